// Means of questions that come in clusters: problems of one contest, questions about one passage.
// Values of one cluster move together, so clusters and not questions are the independent draws.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/stats/interval.h"

namespace jangwon::harness {

// One cluster, reduced to what the standard error needs.
struct ClusterSum {
  double size = 0;  // questions in it
  double sum = 0;   // of their values
};

struct ClusteredMean {
  double mean = 0;
  std::optional<double> se;  // absent for a single cluster under the correction
  int n = 0;                 // questions
  int clusters = 0;
};

// The finite-cluster factor C/(C-1); without it the standard error is too small for few clusters.
enum class ClusterCorrection { kNone, kFinite };

// Miller 2024 (arXiv 2411.00640), appendix A: sqrt(C/(C-1) * sum over clusters of (sum of (x -
// mean))^2) / n, to be used with t on C - 1 degrees of freedom. Absent without any value.
std::optional<ClusteredMean> clustered_mean(
    std::span<const std::vector<double>> clusters,
    ClusterCorrection correction = ClusterCorrection::kFinite);
std::optional<ClusteredMean> clustered_mean(
    std::span<const ClusterSum> clusters,
    ClusterCorrection correction = ClusterCorrection::kFinite);

// mean -+ t * se with C - 1 degrees of freedom; absent where the standard error is.
std::optional<Interval> clustered_interval(const ClusteredMean& mean,
                                           double confidence = kDefaultConfidence);

}  // namespace jangwon::harness
