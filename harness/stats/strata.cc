#include "harness/stats/strata.h"

#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/moments.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

std::optional<StratifiedMean> stratified_mean(std::span<const Stratum> strata) {
  if (strata.empty()) return std::nullopt;
  CompensatedSum population, mean, variance;
  for (const Stratum& stratum : strata)
    population.add(stratum.population);
  for (const Stratum& stratum : strata) {
    JANGWON_CHECK(stratum.sampled > 0 && stratum.sampled <= stratum.population);
    const double weight = stratum.population / population.value();
    mean.add(weight * stratum.mean);
    variance.add(weight * weight * (1 - stratum.sampled / stratum.population) * stratum.variance /
                 stratum.sampled);
  }
  return StratifiedMean{mean.value(), std::sqrt(variance.value())};
}

std::optional<StratifiedMean> macro_average(std::span<const double> means,
                                            std::span<const double> standard_errors) {
  JANGWON_CHECK(means.size() == standard_errors.size());
  if (means.empty()) return std::nullopt;
  CompensatedSum squares;
  for (double se : standard_errors)
    squares.add(se * se);
  const auto count = static_cast<double>(means.size());
  return StratifiedMean{*mean_of(means), std::sqrt(squares.value()) / count};
}

}  // namespace jangwon::harness
