#include "harness/stats/rank_intervals.h"

#include <algorithm>

namespace jangwon::harness {

const char* name_of(Medal medal) {
  switch (medal) {
    case Medal::kNone:
      return "";
    case Medal::kGold:
      return "gold";
    case Medal::kSilver:
      return "silver";
    case Medal::kBronze:
      return "bronze";
  }
  return "";
}

std::vector<RankInterval> rank_intervals(std::span<const double> scores,
                                         const std::function<double(size_t, size_t)>& adjusted_p,
                                         double alpha) {
  const int count = static_cast<int>(scores.size());
  std::vector<RankInterval> ranks(scores.size(), RankInterval{1, count});
  for (size_t i = 0; i < scores.size(); ++i) {
    for (size_t j = 0; j < scores.size(); ++j) {
      if (i == j || adjusted_p(std::min(i, j), std::max(i, j)) >= alpha) continue;
      if (scores[j] > scores[i]) ++ranks[i].best;
      if (scores[j] < scores[i]) --ranks[i].worst;
    }
  }
  return ranks;
}

Medal medal_of(const RankInterval& rank) {
  switch (rank.best) {
    case 1:
      return Medal::kGold;
    case 2:
      return Medal::kSilver;
    case 3:
      return Medal::kBronze;
    default:
      return Medal::kNone;
  }
}

}  // namespace jangwon::harness
