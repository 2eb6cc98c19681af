// For each number t of correct votes: count the ways in which the other categories fill the k - t
// remaining votes with at most t each and exactly r of them at t; such a vote is right with
// probability 1/(r + 1). O(k^2 D r) operations, no sampling and so no seed. long double holds C(n,
// k) for every n that is drawn in practice.

#include "harness/stats/majority_vote.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

long double choose(int n, int k) {
  long double result = 1;
  for (int i = 1; i <= std::min(k, n - k); ++i)
    result = result * static_cast<long double>(n - i + 1) / static_cast<long double>(i);
  return result;
}

// ways[r][s]: s votes given to the categories so far, r of which have exactly `cap`.
using Ways = std::vector<std::vector<long double>>;

Ways add_category(const Ways& ways, int count, int cap, int votes) {
  Ways next(ways.size() + 1, std::vector<long double>(static_cast<size_t>(votes) + 1, 0));
  for (size_t ties = 0; ties < ways.size(); ++ties) {
    for (int used = 0; used <= votes; ++used) {
      const long double weight = ways[ties][static_cast<size_t>(used)];
      if (weight == 0) continue;
      for (int given = 0; given <= std::min({count, cap, votes - used}); ++given)
        next[ties + (given == cap)][static_cast<size_t>(used + given)] +=
            weight * choose(count, given);
    }
  }
  return next;
}

}  // namespace

std::optional<double> majority_at_k(std::span<const int> counts,
                                    std::optional<size_t> correct_index, int k) {
  const int total = std::accumulate(counts.begin(), counts.end(), 0);
  if (k < 1 || k > total) return std::nullopt;
  if (!correct_index) return 0.0;
  JANGWON_CHECK(*correct_index < counts.size());
  const int correct = counts[*correct_index];
  long double right = 0;
  for (int votes = 1; votes <= std::min(correct, k); ++votes) {
    const int left = k - votes;
    Ways ways(1, std::vector<long double>(static_cast<size_t>(left) + 1, 0));
    ways[0][0] = 1;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (i != *correct_index) ways = add_category(ways, counts[i], votes, left);
    }
    for (size_t ties = 0; ties < ways.size(); ++ties)
      right += choose(correct, votes) * ways[ties][static_cast<size_t>(left)] /
               static_cast<long double>(ties + 1);
  }
  return static_cast<double>(right / choose(total, k));
}

}  // namespace jangwon::harness
