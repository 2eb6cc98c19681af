// Tango's statistic falls in the difference, so its interval is found by bisection between
// brackets; at the edges (no discordant pair, or all of them) a faster method would have to be
// guarded. Where the difference does not vary at all there is no t and no p: they are absent, not 0
// and 1. tests/golden/stats, tests/harness/stats/stats_property_test.cc.

#include "harness/stats/paired_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/stats/clusters.h"
#include "harness/stats/moments.h"
#include "harness/stats/special_functions.h"
#include "harness/stats/wilson.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

std::vector<double> differences_of(std::span<const double> first, std::span<const double> second) {
  JANGWON_CHECK(first.size() == second.size());
  std::vector<double> differences(first.size());
  for (size_t i = 0; i < first.size(); ++i)
    differences[i] = first[i] - second[i];
  return differences;
}

// Tango's score statistic at the hypothesised difference `delta`, with the nuisance probability at
// its constrained maximum-likelihood value (the larger root of a quadratic).
double tango_statistic(double n, double b, double c, double delta) {
  const double qa = 2 * n;
  const double qb = -b - c + (2 * n - b + c) * delta;
  const double qc = -c * delta * (1 - delta);
  const double q = (std::sqrt(std::max(0.0, qb * qb - 4 * qa * qc)) - qb) / (2 * qa);
  const double variance = n * (2 * q + delta * (1 - delta));
  const double numerator = b - c - n * delta;
  if (variance > 0) return numerator / std::sqrt(variance);
  return numerator == 0 ? 0.0 : std::copysign(std::numeric_limits<double>::infinity(), numerator);
}

// The statistic falls in delta, so bisection finds where it meets the target; 200 halvings are more
// than a double has.
double solve_tango(double n, double b, double c, Interval bracket, double target) {
  for (int i = 0; i < 200; ++i) {
    const double middle = (bracket.low + bracket.high) / 2;
    (tango_statistic(n, b, c, middle) > target ? bracket.low : bracket.high) = middle;
  }
  return (bracket.low + bracket.high) / 2;
}

}  // namespace

std::optional<PairedCountsSummary> summarise_pairs(const PairedCounts& counts, double confidence) {
  if (counts.n() < 2) return std::nullopt;
  const auto n = static_cast<double>(counts.n());
  const auto both = static_cast<double>(counts.both);
  const auto only_first = static_cast<double>(counts.only_first);
  const auto only_second = static_cast<double>(counts.only_second);
  PairedCountsSummary result;
  result.diff = (only_first - only_second) / n;
  result.se_paired =
      std::sqrt((only_first + only_second - n * result.diff * result.diff) / (n - 1) / n);
  const double share_first = (both + only_first) / n, share_second = (both + only_second) / n;
  const double variance_first = share_first * (1 - share_first) / (n - 1);
  const double variance_second = share_second * (1 - share_second) / (n - 1);
  const double covariance = (both / n - share_first * share_second) / (n - 1);
  result.se_unpaired = std::sqrt(variance_first + variance_second);
  if (variance_first > 0 && variance_second > 0)
    result.corr = covariance / std::sqrt(variance_first * variance_second);
  if (result.se_unpaired > 0)
    result.variance_reduction =
        1 - result.se_paired * result.se_paired / (result.se_unpaired * result.se_unpaired);
  const double half = normal_two_sided(confidence) * result.se_paired;
  result.ci = {result.diff - half, result.diff + half};
  if (result.se_paired > 0) {
    result.z = result.diff / result.se_paired;
    result.p_two_sided = 2 * normal_upper_tail(std::fabs(*result.z));
  }
  return result;
}

std::optional<PairedMean> paired_mean(std::span<const double> first, std::span<const double> second,
                                      double confidence, ReferenceDistribution distribution) {
  const std::vector<double> differences = differences_of(first, second);
  const auto variance = variance_of(differences);
  if (!variance) return std::nullopt;
  const bool normal = distribution == ReferenceDistribution::kNormal;
  PairedMean result;
  result.diff = *mean_of(differences);
  result.se = std::sqrt(*variance / static_cast<double>(differences.size()));
  result.df = static_cast<double>(differences.size() - 1);
  const double quantile =
      normal ? normal_two_sided(confidence) : student_t_two_sided(confidence, result.df);
  result.ci = {result.diff - quantile * result.se, result.diff + quantile * result.se};
  if (result.se > 0) {
    result.stat = result.diff / result.se;
    const double t = std::fabs(*result.stat);
    result.p_two_sided = 2 * (normal ? normal_upper_tail(t) : student_t_upper_tail(t, result.df));
  }
  return result;
}

std::optional<PairedMean> paired_mean_clustered(std::span<const double> first,
                                                std::span<const double> second,
                                                std::span<const size_t> cluster_of,
                                                double confidence) {
  const std::vector<double> differences = differences_of(first, second);
  JANGWON_CHECK(cluster_of.size() == differences.size());
  std::vector<std::vector<double>> clusters;
  for (size_t i = 0; i < differences.size(); ++i) {
    if (cluster_of[i] >= clusters.size()) clusters.resize(cluster_of[i] + 1);
    clusters[cluster_of[i]].push_back(differences[i]);
  }
  std::erase_if(clusters, [](const auto& values) { return values.empty(); });
  const auto mean = clustered_mean(clusters);
  if (!mean || !mean->se) return std::nullopt;
  PairedMean result;
  result.diff = mean->mean;
  result.se = *mean->se;
  result.df = mean->clusters - 1;
  result.ci = *clustered_interval(*mean, confidence);
  if (result.se > 0) {
    result.stat = result.diff / result.se;
    result.p_two_sided = 2 * student_t_upper_tail(std::fabs(*result.stat), result.df);
  }
  return result;
}

std::optional<DifferenceInterval> newcombe_paired(const PairedCounts& counts, double confidence) {
  if (counts.n() == 0) return std::nullopt;
  const auto n = static_cast<double>(counts.n());
  const auto a = static_cast<double>(counts.both), b = static_cast<double>(counts.only_first);
  const auto c = static_cast<double>(counts.only_second), d = static_cast<double>(counts.neither);
  const double p1 = (a + b) / n, p2 = (a + c) / n;
  const Interval first = wilson_interval(p1, n, confidence),
                 second = wilson_interval(p2, n, confidence);
  const double denominator = (a + b) * (c + d) * (a + c) * (b + d);
  double phi = 0;
  if (denominator > 0) {
    const double numerator = a * d - b * c;
    phi = (numerator > 0 ? std::max(numerator - n / 2, 0.0) : numerator) / std::sqrt(denominator);
  }
  const double below1 = p1 - first.low, above1 = first.high - p1;
  const double below2 = p2 - second.low, above2 = second.high - p2;
  DifferenceInterval result;
  result.diff = p1 - p2;
  result.phi = phi;
  result.ci = {
      result.diff - std::sqrt(below1 * below1 - 2 * phi * below1 * above2 + above2 * above2),
      result.diff + std::sqrt(below2 * below2 - 2 * phi * below2 * above1 + above1 * above1)};
  return result;
}

std::optional<DifferenceInterval> tango_paired(long n, long only_first, long only_second,
                                               double confidence) {
  if (n <= 0) return std::nullopt;
  const auto size = static_cast<double>(n), b = static_cast<double>(only_first),
             c = static_cast<double>(only_second);
  const double z = normal_two_sided(confidence);
  DifferenceInterval result;
  result.diff = (b - c) / size;
  result.ci = {solve_tango(size, b, c, {-1 + 1e-15, result.diff}, z),
               solve_tango(size, b, c, {result.diff, 1 - 1e-15}, -z)};
  return result;
}

}  // namespace jangwon::harness
