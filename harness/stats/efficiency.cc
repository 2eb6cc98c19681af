#include "harness/stats/efficiency.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/fieller.h"
#include "harness/stats/moments.h"
#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

constexpr double kEqualUtility = 1e-9;

// Calls visit(weights) for every vector of `count` non-negative integers that sum to `left`.
template <typename Visit>
void for_each_weighting(size_t count, int left, std::vector<int>& weights, const Visit& visit) {
  if (count == 1) {
    weights.push_back(left);
    visit(weights);
    weights.pop_back();
    return;
  }
  for (int weight = 0; weight <= left; ++weight) {
    weights.push_back(weight);
    for_each_weighting(count - 1, left - weight, weights, visit);
    weights.pop_back();
  }
}

std::vector<size_t> leaders_under(const std::vector<std::vector<double>>& matrix,
                                  const std::vector<int>& weights) {
  std::vector<double> utilities;
  for (const auto& row : matrix) {
    double utility = 0;
    for (size_t j = 0; j < row.size(); ++j)
      utility += weights[j] * row[j];
    utilities.push_back(utility);
  }
  const double best = *std::max_element(utilities.begin(), utilities.end());
  std::vector<size_t> leaders;
  for (size_t i = 0; i < utilities.size(); ++i) {
    if (utilities[i] >= best - kEqualUtility) leaders.push_back(i);
  }
  return leaders;
}

}  // namespace

std::optional<TokensPerCorrect> tokens_per_correct(std::span<const double> tokens,
                                                   std::span<const double> correct,
                                                   double confidence) {
  JANGWON_CHECK(tokens.size() == correct.size());
  const auto n = static_cast<double>(tokens.size());
  if (tokens.size() < 2 || *mean_of(correct) <= 0) return std::nullopt;
  const RatioMoments moments = {*mean_of(tokens), *mean_of(correct), *variance_of(tokens) / n,
                                *variance_of(correct) / n, *covariance_of(tokens, correct) / n};
  TokensPerCorrect result;
  result.value = moments.mean_x / moments.mean_y;
  const double variance = moments.var_x - 2 * result.value * moments.cov_xy +
                          result.value * result.value * moments.var_y;
  result.se = std::sqrt(std::max(0.0, variance)) / moments.mean_y;
  result.ci = fieller(moments, normal_two_sided(confidence)).ci;
  return result;
}

double chance_corrected(double score, double chance) {
  JANGWON_CHECK(chance < 1);
  return (score - chance) / (1 - chance);
}

std::vector<size_t> pareto_front(std::span<const CostScore> points) {
  const auto beats = [](const CostScore& a, const CostScore& b) {
    return a.cost <= b.cost && a.score >= b.score && (a.cost < b.cost || a.score > b.score);
  };
  std::vector<size_t> front;
  for (size_t i = 0; i < points.size(); ++i) {
    if (std::none_of(points.begin(), points.end(),
                     [&](const CostScore& other) { return beats(other, points[i]); }))
      front.push_back(i);
  }
  return front;
}

std::vector<double> first_place_shares(const std::vector<std::vector<double>>& matrix, int steps) {
  JANGWON_CHECK(!matrix.empty() && !matrix.front().empty() && steps >= 1);
  for (const auto& row : matrix)
    JANGWON_CHECK(row.size() == matrix.front().size());
  std::vector<double> wins(matrix.size(), 0.0);
  double total = 0;
  std::vector<int> weights;
  for_each_weighting(matrix.front().size(), steps, weights, [&](const std::vector<int>& weighting) {
    const std::vector<size_t> leaders = leaders_under(matrix, weighting);
    for (size_t leader : leaders)
      wins[leader] += 1.0 / static_cast<double>(leaders.size());
    total += 1;
  });
  for (double& win : wins)
    win /= total;
  return wins;
}

}  // namespace jangwon::harness
