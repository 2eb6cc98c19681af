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

// Outcomes of one run a side.
struct PairedCounts {
  long both = 0;         // n11
  long only_first = 0;   // n10
  long only_second = 0;  // n01
  long neither = 0;      // n00
  long n() const { return both + only_first + only_second + neither; }
};

struct PairedCountsSummary {
  double diff = 0;
  double se_paired = 0;
  double se_unpaired = 0;  // had the questions not been the same
  // of the two outcomes; absent when one side does not vary
  std::optional<double> corr;
  Interval ci;                               // diff -+ z se_paired
  std::optional<double> z;                   // absent when se_paired is 0
  std::optional<double> p_two_sided;         //
  std::optional<double> variance_reduction;  // 1 - (se_paired/se_unpaired)^2
};

// Absent for fewer than two questions.
std::optional<PairedCountsSummary> summarise_pairs(const PairedCounts& counts,
                                                   double confidence = kDefaultConfidence);

struct PairedMean {
  double diff = 0;
  double se = 0;
  double df = 0;
  std::optional<double> stat;         // diff/se; absent when every difference is the same
  std::optional<double> p_two_sided;  //
  Interval ci;
};

enum class ReferenceDistribution { kStudentT, kNormal };

// The paired t-test on question means (scope: population). Absent for fewer than two questions.
// REQUIRES: first.size() == second.size().
std::optional<PairedMean> paired_mean(
    std::span<const double> first, std::span<const double> second,
    double confidence = kDefaultConfidence,
    ReferenceDistribution distribution = ReferenceDistribution::kStudentT);

// The same from clusters of questions: cluster_of[i] is an index; t with C - 1 degrees of freedom.
std::optional<PairedMean> paired_mean_clustered(std::span<const double> first,
                                                std::span<const double> second,
                                                std::span<const size_t> cluster_of,
                                                double confidence = kDefaultConfidence);

struct DifferenceInterval {
  double diff = 0;
  Interval ci;
  std::optional<double> phi;  // Newcombe's correlation, with his continuity correction
};

// Newcombe 1998, method 10: for K = 1 and few questions. Absent without questions.
std::optional<DifferenceInterval> newcombe_paired(const PairedCounts& counts,
                                                  double confidence = kDefaultConfidence);

// Tango 1998, the score interval for a paired difference. Absent without questions.
std::optional<DifferenceInterval> tango_paired(long n, long only_first, long only_second,
                                               double confidence = kDefaultConfidence);

}  // namespace jangwon::harness
