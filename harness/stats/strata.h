// Means over strata: kinds of questions that are all present by design, such as
// MMLU-Pro's 14 categories.
//
// Subjects are strata, not clusters: nobody asks whether a difference would hold for newly drawn
// subjects, and treating them as clusters inflates the standard error of a paired difference on
// MMLU-Pro more than fivefold.

#pragma once

#include <optional>
#include <span>

namespace jangwon::harness {

struct Stratum {
  double population = 0;  // questions of this kind in the full file
  double sampled = 0;     // questions asked
  double mean = 0;        // of their values
  double variance = 0;    // of their values, divisor sampled - 1
};

struct StratifiedMean {
  double mean = 0;
  double se = 0;
};

// sum W_h mean_h with the variance sum W_h^2 (1 - n_h/N_h) s_h^2 / n_h (Cochran), W_h = N_h / N:
// the estimate of the score on the full file from a stratified subset. Absent without strata.
// REQUIRES: 0 < sampled <= population in each.
std::optional<StratifiedMean> stratified_mean(std::span<const Stratum> strata);

// The unweighted mean of several tasks with their standard errors in quadrature. Absent without
// tasks. REQUIRES: means.size() == standard_errors.size().
std::optional<StratifiedMean> macro_average(std::span<const double> means,
                                            std::span<const double> standard_errors);

}  // namespace jangwon::harness
