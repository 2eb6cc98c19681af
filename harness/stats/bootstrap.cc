// Draws come from our own generator in the order of the index, so that an interval has the same
// bits on every machine and in every order of threads; that is why nothing here runs in parallel.
// BCa counts ties half: with accuracies of few questions many replicates equal the estimate, and
// counting them all on one side would shift the interval. tests/golden/stats holds values of
// another implementation.

#include "harness/stats/bootstrap.h"

#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/moments.h"
#include "harness/stats/special_functions.h"
#include "harness/stats/splitmix64.h"

namespace jangwon::harness {

namespace {

// Replicates closer to the estimate than this are ties: sums in another order may differ
// in the last bits.
constexpr double kTie = 1e-12;

std::vector<double> resampled_means(std::span<const double> x, const BootstrapOptions& options) {
  SplitMix64 random(options.seed);
  std::vector<double> means;
  means.reserve(static_cast<size_t>(options.replicates));
  for (int replicate = 0; replicate < options.replicates; ++replicate) {
    CompensatedSum sum;
    for (size_t i = 0; i < x.size(); ++i)
      sum.add(x[random.index(x.size())]);
    means.push_back(sum.value() / static_cast<double>(x.size()));
  }
  return means;
}

BootstrapResult percentile_result(std::span<const double> replicates,
                                  const BootstrapOptions& options) {
  const double tail = (1 - options.confidence) / 2;
  BootstrapResult result;
  result.ci = {*quantile_of(replicates, tail), *quantile_of(replicates, 1 - tail)};
  if (const auto variance = variance_of(replicates)) result.se = std::sqrt(*variance);
  result.seed = options.seed;
  result.replicates = options.replicates;
  return result;
}

// The skewness of the jackknife means, over six; 0 for a symmetric or constant sample.
double jackknife_acceleration(std::span<const double> x) {
  const double total = sum_of(x);
  std::vector<double> jackknife;
  for (double value : x)
    jackknife.push_back((total - value) / static_cast<double>(x.size() - 1));
  const double centre = *mean_of(jackknife);
  CompensatedSum cubes, squares;
  for (double value : jackknife) {
    const double deviation = centre - value;
    cubes.add(deviation * deviation * deviation);
    squares.add(deviation * deviation);
  }
  const double denominator = 6 * std::pow(squares.value(), 1.5);
  return denominator > 0 ? cubes.value() / denominator : 0.0;
}

}  // namespace

std::optional<BootstrapResult> bootstrap_percentile(std::span<const double> x,
                                                    const BootstrapOptions& options) {
  if (x.empty()) return std::nullopt;
  return percentile_result(resampled_means(x, options), options);
}

std::optional<BootstrapResult> bootstrap_bca(std::span<const double> x,
                                             const BootstrapOptions& options) {
  if (x.size() < 2) return std::nullopt;
  const std::vector<double> means = resampled_means(x, options);
  const double estimate = *mean_of(x);
  double below = 0;
  for (double mean : means) {
    if (mean < estimate - kTie) {
      below += 1;
    } else if (std::fabs(mean - estimate) <= kTie) {
      below += 0.5;
    }
  }
  if (below == 0 || below == options.replicates) return std::nullopt;
  const double z0 = normal_quantile(below / options.replicates);
  const double acceleration = jackknife_acceleration(x);
  const auto adjusted = [&](double q) {
    const double z = z0 + normal_quantile(q);
    return normal_cdf(z0 + z / (1 - acceleration * z));
  };
  const double tail = (1 - options.confidence) / 2;
  BootstrapResult result;
  result.ci = {*quantile_of(means, adjusted(tail)), *quantile_of(means, adjusted(1 - tail))};
  result.z0 = z0;
  result.acceleration = acceleration;
  result.seed = options.seed;
  result.replicates = options.replicates;
  return result;
}

std::optional<BootstrapResult> bootstrap_clusters(std::span<const std::vector<double>> clusters,
                                                  const BootstrapOptions& options) {
  std::vector<double> sums;
  bool any = false;
  for (const auto& values : clusters) {
    sums.push_back(sum_of(values));
    any = any || !values.empty();
  }
  if (!any) return std::nullopt;
  SplitMix64 random(options.seed);
  std::vector<double> means;
  for (int replicate = 0; replicate < options.replicates; ++replicate) {
    double sum = 0;
    size_t size = 0;
    for (size_t i = 0; i < clusters.size(); ++i) {
      const uint64_t drawn = random.index(clusters.size());
      sum += sums[drawn];
      size += clusters[drawn].size();
    }
    // A replicate of empty clusters only has no mean; it cannot happen with clusters
    // made from questions.
    if (size > 0) means.push_back(sum / static_cast<double>(size));
  }
  if (means.empty()) return std::nullopt;
  return percentile_result(means, options);
}

}  // namespace jangwon::harness
