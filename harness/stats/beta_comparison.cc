#include "harness/stats/beta_comparison.h"

#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

double beta_exceeds(int a1, double b1, double a2, double b2) {
  JANGWON_CHECK(a1 > 0 && b1 > 0 && a2 > 0 && b2 > 0);
  CompensatedSum sum;
  for (int i = 0; i < a1; ++i)
    sum.add(std::exp(log_beta(a2 + i, b1 + b2) - std::log(b1 + i) - log_beta(1.0 + i, b1) -
                     log_beta(a2, b2)));
  return sum.value();
}

}  // namespace jangwon::harness
