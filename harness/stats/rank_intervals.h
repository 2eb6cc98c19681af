// Ranks and medals that say what the data can tell: a rank is an interval, a medal is shared inside
// a group of ties.

#pragma once

#include <functional>
#include <span>
#include <vector>

namespace jangwon::harness {

struct RankInterval {
  int best = 0;
  int worst = 0;
};

enum class Medal { kNone, kGold, kSilver, kBronze };
const char* name_of(Medal medal);  // "", gold, silver, bronze

// Model i ranks from 1 + (models significantly better) to M - (models significantly worse).
// adjusted_p(i, j), i < j, is the two-sided p of the pair, adjusted for all pairs (holm.h).
std::vector<RankInterval> rank_intervals(std::span<const double> scores,
                                         const std::function<double(size_t, size_t)>& adjusted_p,
                                         double alpha = 0.05);

// By the best rank that a model can have.
Medal medal_of(const RankInterval& rank);

}  // namespace jangwon::harness
