#include "harness/stats/clusters.h"

#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/moments.h"
#include "harness/stats/special_functions.h"

namespace jangwon::harness {

std::optional<ClusteredMean> clustered_mean(std::span<const std::vector<double>> clusters,
                                            ClusterCorrection correction) {
  std::vector<ClusterSum> sums;
  sums.reserve(clusters.size());
  for (const auto& values : clusters)
    sums.push_back({static_cast<double>(values.size()), sum_of(values)});
  return clustered_mean(sums, correction);
}

std::optional<ClusteredMean> clustered_mean(std::span<const ClusterSum> clusters,
                                            ClusterCorrection correction) {
  CompensatedSum size, total;
  for (const ClusterSum& cluster : clusters) {
    size.add(cluster.size);
    total.add(cluster.sum);
  }
  const double n = size.value();
  if (n <= 0) return std::nullopt;
  ClusteredMean result;
  result.mean = total.value() / n;
  result.n = static_cast<int>(n);
  result.clusters = static_cast<int>(clusters.size());
  if (correction == ClusterCorrection::kFinite && clusters.size() < 2) return result;
  CompensatedSum squares;
  for (const ClusterSum& cluster : clusters) {
    const double deviation = cluster.sum - cluster.size * result.mean;
    squares.add(deviation * deviation);
  }
  const auto count = static_cast<double>(clusters.size());
  const double factor = correction == ClusterCorrection::kFinite ? count / (count - 1) : 1.0;
  result.se = std::sqrt(squares.value() * factor) / n;
  return result;
}

std::optional<Interval> clustered_interval(const ClusteredMean& mean, double confidence) {
  if (!mean.se || mean.clusters < 2) return std::nullopt;
  const double half = student_t_two_sided(confidence, mean.clusters - 1) * *mean.se;
  return Interval{mean.mean - half, mean.mean + half};
}

}  // namespace jangwon::harness
