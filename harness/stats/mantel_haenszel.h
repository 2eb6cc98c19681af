// The regression test: Mantel-Haenszel stratified by question, exact. "No question's chance of
// success has changed" (scope: fixed_items), for any number of runs a side; with one run a side it
// is McNemar's exact test.

#pragma once

#include <optional>
#include <span>

#include "harness/stats/interval.h"

namespace jangwon::harness {

// One question on both sides.
struct RepeatedPair {
  long baseline_successes = 0;
  long baseline_runs = 0;
  long candidate_successes = 0;
  long candidate_runs = 0;
};

struct MantelHaenszel {
  double z = 0;  // negative: the candidate is worse; 0 when no question could tell
  double chi2 = 0;
  double p_worse_asymptotic = 0.5;
  double p_worse_exact = 1;   // P(candidate successes <= observed | margins)
  double p_better_exact = 1;  // P(candidate successes >= observed | margins)
  double p_two_sided_exact = 1;
};

// Exact conditional p-values by convolving each question's hypergeometric; questions with runs on
// one side only carry no information. O(S^2) in the total width S of the distributions: MMLU-Pro's
// 12,032 questions take well under a second.
MantelHaenszel mantel_haenszel(std::span<const RepeatedPair> questions);

struct FixedItemsDifference {
  double diff = 0;  // candidate minus baseline, mean over questions
  std::optional<double> se;
};

// The difference with the question set fixed: SE^2 = n^-2 sum [p_b(1-p_b)/(K_b-1) +
// p_c(1-p_c)/(K_c-1)]. The standard error is absent when a question has fewer than two runs on a
// side. Absent without questions.
std::optional<FixedItemsDifference> fixed_items_difference(std::span<const RepeatedPair> questions);

}  // namespace jangwon::harness
