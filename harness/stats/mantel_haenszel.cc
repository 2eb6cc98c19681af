#include "harness/stats/mantel_haenszel.h"

#include <cmath>
#include <vector>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/hypergeometric.h"
#include "harness/stats/special_functions.h"

namespace jangwon::harness {

namespace {

// Outcomes as likely as the observed one up to rounding belong to the two-sided tail.
constexpr double kTieTolerance = 1e-9;

std::vector<double> convolve(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size() + b.size() - 1, 0.0);
  for (size_t j = 0; j < b.size(); ++j) {
    for (size_t i = 0; i < a.size(); ++i)
      result[i + j] += a[i] * b[j];
  }
  return result;
}

}  // namespace

MantelHaenszel mantel_haenszel(std::span<const RepeatedPair> questions) {
  CompensatedSum excess, variance;
  std::vector<double> distribution = {1.0};  // of the candidate's successes, shifted by `lowest`
  long lowest = 0, observed = 0;
  for (const RepeatedPair& question : questions) {
    if (question.baseline_runs == 0 || question.candidate_runs == 0) continue;
    const long runs = question.baseline_runs + question.candidate_runs;
    const long successes = question.baseline_successes + question.candidate_successes;
    const auto total = static_cast<double>(runs), hits = static_cast<double>(successes);
    const auto on_candidate = static_cast<double>(question.candidate_runs);
    const auto on_baseline = static_cast<double>(question.baseline_runs);
    excess.add(static_cast<double>(question.candidate_successes) - hits * on_candidate / total);
    variance.add(hits * (total - hits) * on_baseline * on_candidate /
                 (total * total * (total - 1)));
    const Hypergeometric one = hypergeometric(question.candidate_runs, successes, runs);
    lowest += one.lowest;
    observed += question.candidate_successes;
    if (one.pmf.size() > 1) distribution = convolve(distribution, one.pmf);
  }
  MantelHaenszel result;
  if (variance.value() > 0) result.z = excess.value() / std::sqrt(variance.value());
  result.chi2 = result.z * result.z;
  result.p_worse_asymptotic = normal_cdf(result.z);
  const auto at = static_cast<size_t>(observed - lowest);
  CompensatedSum worse, better, two_sided;
  for (size_t i = 0; i < distribution.size(); ++i) {
    if (i <= at) worse.add(distribution[i]);
    if (i >= at) better.add(distribution[i]);
    if (distribution[i] <= distribution[at] * (1 + kTieTolerance)) two_sided.add(distribution[i]);
  }
  result.p_worse_exact = std::fmin(1.0, worse.value());
  result.p_better_exact = std::fmin(1.0, better.value());
  result.p_two_sided_exact = std::fmin(1.0, two_sided.value());
  return result;
}

std::optional<FixedItemsDifference> fixed_items_difference(
    std::span<const RepeatedPair> questions) {
  CompensatedSum difference, variance;
  size_t n = 0;
  bool every_question_repeated = true;
  for (const RepeatedPair& question : questions) {
    if (question.baseline_runs == 0 || question.candidate_runs == 0) continue;
    ++n;
    const auto runs_b = static_cast<double>(question.baseline_runs);
    const auto runs_c = static_cast<double>(question.candidate_runs);
    const double p_b = static_cast<double>(question.baseline_successes) / runs_b;
    const double p_c = static_cast<double>(question.candidate_successes) / runs_c;
    difference.add(p_c - p_b);
    if (question.baseline_runs < 2 || question.candidate_runs < 2) {
      every_question_repeated = false;
      continue;
    }
    variance.add(p_b * (1 - p_b) / (runs_b - 1) + p_c * (1 - p_c) / (runs_c - 1));
  }
  if (n == 0) return std::nullopt;
  FixedItemsDifference result;
  result.diff = difference.value() / static_cast<double>(n);
  if (every_question_repeated) result.se = std::sqrt(variance.value()) / static_cast<double>(n);
  return result;
}

}  // namespace jangwon::harness
