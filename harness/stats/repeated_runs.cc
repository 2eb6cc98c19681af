#include "harness/stats/repeated_runs.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/moments.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

std::vector<double> means_of_rows(const ScoreMatrix& matrix) {
  std::vector<double> means;
  for (const auto& row : matrix)
    means.push_back(*mean_of(row));
  return means;
}

std::vector<double> means_of_columns(const ScoreMatrix& matrix) {
  std::vector<double> means;
  for (size_t k = 0; k < matrix.front().size(); ++k) {
    CompensatedSum sum;
    for (const auto& row : matrix)
      sum.add(row[k]);
    means.push_back(sum.value() / static_cast<double>(matrix.size()));
  }
  return means;
}

}  // namespace

std::optional<VarianceDecomposition> decompose_variance(const ScoreMatrix& matrix) {
  if (matrix.empty() || matrix.front().empty()) return std::nullopt;
  for (const auto& row : matrix)
    JANGWON_CHECK(row.size() == matrix.front().size(), "questions with different numbers of runs");
  const auto n = static_cast<double>(matrix.size());
  const auto repeats = static_cast<double>(matrix.front().size());
  const std::vector<double> means = means_of_rows(matrix);

  VarianceDecomposition result;
  result.mean = *mean_of(means);
  result.run_means = means_of_columns(matrix);
  result.naive_binomial_se = std::sqrt(result.mean * (1 - result.mean) / (n * repeats));
  if (const auto variance = variance_of(means)) {
    result.msb = repeats * *variance;
    result.se_total = std::sqrt(*result.msb / (n * repeats));
  }
  if (repeats < 2) return result;
  CompensatedSum within;
  for (size_t i = 0; i < matrix.size(); ++i) {
    for (double value : matrix[i])
      within.add((value - means[i]) * (value - means[i]));
  }
  result.msw = within.value() / (n * (repeats - 1));
  result.sigma2_run = result.msw;
  result.se_run = std::sqrt(*result.msw / (n * repeats));
  result.sd_run_means = std::sqrt(*variance_of(result.run_means));
  if (!result.msb) return result;
  result.sigma2_question = std::max(0.0, (*result.msb - *result.msw) / repeats);
  const double total = *result.sigma2_question + *result.msw;
  if (total > 0) result.icc = *result.sigma2_question / total;
  return result;
}

double projected_standard_error(double sigma2_question, double sigma2_run, double num_questions,
                                double repeats) {
  return std::sqrt((sigma2_question + sigma2_run / repeats) / num_questions);
}

std::optional<long> repeats_required(double target_se, double sigma2_question, double sigma2_run,
                                     double num_questions) {
  const double left_for_runs = num_questions * target_se * target_se - sigma2_question;
  if (left_for_runs <= 0) return std::nullopt;
  // An exact integer must not be rounded up by the last bit of the division.
  return std::max(1L, static_cast<long>(std::ceil(sigma2_run / left_for_runs - 1e-12)));
}

PosteriorMean bayes_at_n(const std::vector<std::vector<int>>& outcomes,
                         std::span<const double> weights,
                         const std::vector<std::vector<int>>& prior_outcomes) {
  JANGWON_CHECK(!outcomes.empty() && !weights.empty());
  const size_t prior_size = prior_outcomes.empty() ? 0 : prior_outcomes.front().size();
  const auto total = static_cast<double>(weights.size() + prior_size + outcomes.front().size());
  CompensatedSum mean, variance;
  for (size_t question = 0; question < outcomes.size(); ++question) {
    std::vector<double> counts(weights.size(), 1.0);
    for (int category : outcomes[question])
      counts.at(static_cast<size_t>(category)) += 1;
    if (!prior_outcomes.empty()) {
      for (int category : prior_outcomes[question])
        counts.at(static_cast<size_t>(category)) += 1;
    }
    CompensatedSum first, second;
    for (size_t j = 0; j < weights.size(); ++j) {
      const double gain = weights[j] - weights[0];
      first.add(counts[j] / total * gain);
      second.add(counts[j] / total * gain * gain);
    }
    mean.add(first.value());
    variance.add(second.value() - first.value() * first.value());
  }
  const auto n = static_cast<double>(outcomes.size());
  return {weights[0] + mean.value() / n, std::sqrt(variance.value() / (n * n * (total + 1)))};
}

}  // namespace jangwon::harness
