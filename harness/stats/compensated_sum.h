// A sum that does not lose small terms (Neumaier's variant of Kahan's summation). Every mean and
// variance of this folder goes through it in index order, so that a result does not depend on who
// added what first.

#pragma once

#include <cmath>

namespace jangwon::harness {

class CompensatedSum {
 public:
  void add(double term) {
    const double next = sum_ + term;
    correction_ += std::fabs(sum_) >= std::fabs(term) ? (sum_ - next) + term : (term - next) + sum_;
    sum_ = next;
  }
  double value() const { return sum_ + correction_; }

 private:
  double sum_ = 0;
  double correction_ = 0;
};

}  // namespace jangwon::harness
