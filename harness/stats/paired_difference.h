// Two models, or two builds, on the same questions: the difference of their scores
// question by question. Pairing removes what both sides find easy or hard, usually more
// than half of the variance.
//
// Direction: first minus second.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/stats/interval.h"

namespace jangwon::harness {

struct PairedMean {
  double diff = 0;
  double se = 0;
  double df = 0;
  std::optional<double> stat;         // diff/se; absent when every difference is the same
  std::optional<double> p_two_sided;  //
  Interval ci;
};

// The paired t-test on question means (scope: population). Absent for fewer than two questions.
// REQUIRES: first.size() == second.size().
std::optional<PairedMean> paired_mean(std::span<const double> first, std::span<const double> second,
                                      double confidence = kDefaultConfidence);

// The same from clusters of questions: cluster_of[i] is an index; t with C - 1 degrees of freedom.
std::optional<PairedMean> paired_mean_clustered(std::span<const double> first,
                                                std::span<const double> second,
                                                std::span<const size_t> cluster_of,
                                                double confidence = kDefaultConfidence);

struct DifferenceInterval {
  double diff = 0;
  Interval ci;
};

// Tango 1998, the score interval for a paired difference. Absent without questions.
std::optional<DifferenceInterval> tango_paired(long n, long only_first, long only_second,
                                               double confidence = kDefaultConfidence);

}  // namespace jangwon::harness
