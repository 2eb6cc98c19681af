// Ratios of neighbouring probabilities, walked outwards from the mode and normalised: no factorial
// can overflow and the small tails keep their relative precision.

#include "harness/stats/hypergeometric.h"

#include <algorithm>

#include "harness/stats/compensated_sum.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

Hypergeometric hypergeometric(long drawn, long successes, long total) {
  JANGWON_CHECK(drawn >= 0 && successes >= 0 && drawn <= total && successes <= total);
  const long failures = total - successes;
  Hypergeometric result;
  result.lowest = std::max(0L, drawn - failures);
  const long highest = std::min(drawn, successes);
  result.pmf.assign(static_cast<size_t>(highest - result.lowest + 1), 0.0);
  const auto at = [&](long x) -> double& {
    return result.pmf[static_cast<size_t>(x - result.lowest)];
  };
  const long mode = std::clamp((drawn + 1) * (successes + 1) / (total + 2), result.lowest, highest);
  at(mode) = 1.0;
  for (long x = mode; x < highest; ++x) {
    at(x + 1) = at(x) * static_cast<double>(successes - x) * static_cast<double>(drawn - x) /
                (static_cast<double>(x + 1) * static_cast<double>(failures - drawn + x + 1));
  }
  for (long x = mode; x > result.lowest; --x) {
    at(x - 1) = at(x) * static_cast<double>(x) * static_cast<double>(failures - drawn + x) /
                (static_cast<double>(successes - x + 1) * static_cast<double>(drawn - x + 1));
  }
  CompensatedSum sum;
  for (double p : result.pmf)
    sum.add(p);
  for (double& p : result.pmf)
    p /= sum.value();
  return result;
}

}  // namespace jangwon::harness
