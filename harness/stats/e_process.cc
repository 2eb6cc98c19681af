#include "harness/stats/e_process.h"

#include <cmath>

#include "harness/stats/special_functions.h"

namespace jangwon::harness {

namespace {

// Against "a discordant question goes either way with probability 1/2": 2^n B(a+b, a+c)/B(a, a).
double e_value_two_sided(long regressions, long improvements, double a) {
  const auto b = static_cast<double>(regressions), c = static_cast<double>(improvements);
  return std::exp((b + c) * std::log(2.0) + log_beta(a + b, a + c) - log_beta(a, a));
}

}  // namespace

double e_value_harm(long regressions, long improvements, double a) {
  const auto b = static_cast<double>(regressions), c = static_cast<double>(improvements);
  // 1 - I_{1/2}(a+b, a+c) = I_{1/2}(a+c, a+b): no cancellation.
  return e_value_two_sided(regressions, improvements, a) * beta_cdf(a + c, a + b, 0.5) / 0.5;
}

}  // namespace jangwon::harness
