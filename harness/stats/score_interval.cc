// From the runs of each question to a score with its interval.
//
// Counts of runs may differ between questions (an interrupted run, errors that were left out), so
// the within-question variance is pooled over questions by degrees of freedom; with equal counts
// this is exactly the ANOVA of repeated_runs.h, which score_interval_test checks. Where no standard
// error exists (a single question, a single cluster) the interval falls back to Wilson on the
// number of questions and se_total stays absent: it is wide, as it should be.

#include "harness/stats/score_interval.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/stats/clusters.h"
#include "harness/stats/compensated_sum.h"
#include "harness/stats/moments.h"
#include "harness/stats/strata.h"
#include "harness/stats/wilson.h"

namespace jangwon::harness {

namespace {

struct QuestionMean {
  double mean = 0;
  const QuestionScores* question = nullptr;
};

std::optional<double> run_standard_error(std::span<const QuestionMean> questions) {
  CompensatedSum squares, inverse_runs;
  size_t df = 0;
  for (const auto& [mean, question] : questions) {
    for (double value : question->runs)
      squares.add((value - mean) * (value - mean));
    df += question->runs.size() - 1;
    inverse_runs.add(1.0 / static_cast<double>(question->runs.size()));
  }
  if (df == 0) return std::nullopt;
  const double within = squares.value() / static_cast<double>(df);
  return std::sqrt(within * inverse_runs.value()) / static_cast<double>(questions.size());
}

struct TotalError {
  std::optional<double> se;
  double df = 0;
};

TotalError independent_error(std::span<const double> means) {
  const auto variance = variance_of(means);
  if (!variance) return {};
  return {std::sqrt(*variance / static_cast<double>(means.size())),
          static_cast<double>(means.size() - 1)};
}

TotalError clustered_error(std::span<const QuestionMean> questions, ScoreEstimate& estimate) {
  std::map<std::string, std::vector<double>> by_name;
  std::vector<std::vector<double>> clusters;
  for (const auto& [mean, question] : questions) {
    if (question->cluster.empty()) {
      clusters.push_back({mean});
    } else {
      by_name[question->cluster].push_back(mean);
    }
  }
  for (auto& [name, values] : by_name)
    clusters.push_back(std::move(values));
  estimate.num_clusters = static_cast<int>(clusters.size());
  const auto result = clustered_mean(clusters);
  if (!result || !result->se) return {};
  return {result->se, static_cast<double>(clusters.size() - 1)};
}

TotalError stratified_error(std::span<const QuestionMean> questions, ScoreEstimate& estimate) {
  std::map<std::string, std::vector<double>> by_name;
  for (const auto& [mean, question] : questions)
    by_name[question->stratum].push_back(mean);
  estimate.num_strata = static_cast<int>(by_name.size());
  std::vector<std::vector<double>> strata;
  std::vector<double> singles;
  for (auto& [name, values] : by_name) {
    if (values.size() == 1) {
      singles.push_back(values.front());
    } else {
      strata.push_back(std::move(values));
    }
  }
  if (singles.size() >= 2 || (singles.size() == 1 && strata.empty())) {
    strata.push_back(std::move(singles));
  } else if (singles.size() == 1) {
    strata.front().push_back(singles.front());
  }
  CompensatedSum variance;
  const auto n = static_cast<double>(questions.size());
  for (const auto& values : strata) {
    const auto within = variance_of(values);
    if (!within) return {};
    const auto size = static_cast<double>(values.size());
    variance.add((size / n) * (size / n) * *within / size);
  }
  return {std::sqrt(variance.value()), n - static_cast<double>(strata.size())};
}

const char* method_name(VarianceRule rule) {
  switch (rule) {
    case VarianceRule::kIndependent:
      return "wilson_eff";
    case VarianceRule::kStratified:
      return "wilson_eff_stratified";
    case VarianceRule::kClustered:
      return "wilson_eff_clustered";
  }
  return "";
}

}  // namespace

ScoreEstimate estimate_score(std::span<const QuestionScores> questions,
                             const ScoreIntervalOptions& options) {
  ScoreEstimate estimate;
  estimate.ci_level = options.confidence;
  std::vector<QuestionMean> counted;
  std::vector<double> means;
  for (const QuestionScores& question : questions) {
    if (question.runs.empty()) continue;
    counted.push_back({*mean_of(question.runs), &question});
    means.push_back(counted.back().mean);
    estimate.repeats = std::max(estimate.repeats, static_cast<int>(question.runs.size()));
  }
  if (counted.empty()) return estimate;
  estimate.n = static_cast<int>(counted.size());
  estimate.value = std::clamp(*mean_of(means), 0.0, 1.0);
  estimate.se_run = run_standard_error(counted);
  TotalError total;
  switch (options.rule) {
    case VarianceRule::kIndependent:
      total = independent_error(means);
      break;
    case VarianceRule::kStratified:
      total = stratified_error(counted, estimate);
      break;
    case VarianceRule::kClustered:
      total = clustered_error(counted, estimate);
      break;
  }
  estimate.se_total = total.se;
  if (total.se) estimate.df = total.df;
  estimate.ci_method = method_name(options.rule);
  const EffectiveWilson wilson =
      effective_wilson(*estimate.value, total.se.value_or(0.0), static_cast<double>(estimate.n),
                       {.confidence = options.confidence, .cap = 2.0, .df = total.df});
  estimate.n_eff = wilson.n_eff;
  estimate.ci_low = wilson.interval.low;
  estimate.ci_high = wilson.interval.high;
  return estimate;
}

ScoreEstimate estimate_score(std::span<const double> question_means,
                             const ScoreIntervalOptions& options) {
  std::vector<QuestionScores> questions;
  questions.reserve(question_means.size());
  for (double mean : question_means)
    questions.push_back({.runs = {mean}});
  return estimate_score(questions, options);
}

}  // namespace jangwon::harness
