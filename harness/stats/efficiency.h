// Scores against costs: tokens per correct answer, the Pareto front, the share of preferences under
// which a model is first.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/stats/interval.h"

namespace jangwon::harness {

struct TokensPerCorrect {
  double value = 0;
  double se = 0;               // delta method
  std::optional<Interval> ci;  // Fieller; absent when no finite interval exists
};

// Mean tokens over mean correctness, both per question. Absent for fewer than two questions or when
// nothing is correct.
std::optional<TokensPerCorrect> tokens_per_correct(std::span<const double> tokens,
                                                   std::span<const double> correct,
                                                   double confidence = kDefaultConfidence);

// (score - chance)/(1 - chance). REQUIRES: chance < 1.
double chance_corrected(double score, double chance);

struct CostScore {
  double cost = 0;
  double score = 0;
};

// Indices, in order, of the points that no other point beats: cheaper or equal and better or equal,
// one of them strictly.
std::vector<size_t> pareto_front(std::span<const CostScore> points);

// For each model (row) the share of all weightings i/steps of the criteria (columns, scaled so that
// higher is better) under which it is first; joint firsts share. Utilities closer than 1e-9 are
// equal. REQUIRES: a rectangular matrix, steps >= 1.
std::vector<double> first_place_shares(const std::vector<std::vector<double>>& matrix, int steps);

}  // namespace jangwon::harness
