#include "harness/stats/mcnemar.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

McNemar mcnemar(long regressions, long improvements) {
  JANGWON_CHECK(regressions >= 0 && improvements >= 0);
  McNemar result;
  const long n = regressions + improvements;
  if (n == 0) return result;
  const auto gap = static_cast<double>(regressions - improvements);
  const auto size = static_cast<double>(n);
  result.chi2 = gap * gap / size;
  result.p_chi2 = chi_squared_upper_tail(result.chi2, 1);
  const double corrected = std::max(0.0, std::fabs(gap) - 1);
  result.chi2_cc = corrected * corrected / size;
  result.p_chi2_cc = chi_squared_upper_tail(result.chi2_cc, 1);
  const long fewer = std::min(regressions, improvements);
  const double tail = fair_binomial_lower_tail(fewer, n), point = fair_binomial_pmf(fewer, n);
  result.p_exact = std::min(1.0, 2 * tail);
  result.p_mid = regressions == improvements ? 1 - point : 2 * tail - point;
  result.p_one_sided_exact = fair_binomial_upper_tail(regressions, n);
  return result;
}

}  // namespace jangwon::harness
