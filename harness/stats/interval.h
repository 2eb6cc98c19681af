// An interval of real numbers, both ends included.

#pragma once

namespace jangwon::harness {

struct Interval {
  double low = 0;
  double high = 0;
};

constexpr double kDefaultConfidence = 0.95;  // two-sided

}  // namespace jangwon::harness
