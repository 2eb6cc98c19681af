#include "reports/gate/task_scores.h"

#include <algorithm>
#include <cstdlib>

#include "harness/stats/compensated_sum.h"

namespace jangwon::reports {

namespace {

using harness::Verdict;

bool counts(const RunOutcome& run) {
  return run.counts();
}

bool present(const RunOutcome& run) {
  return run.present;
}

}  // namespace

const std::vector<Indicator>& all_indicators() {
  static const std::vector<Indicator> indicators = {
      {kAccuracyMetric, Direction::kHigherIsBetter,
       [](const RunOutcome& run) { return run.correct(); }, counts},
      {"truncation_rate", Direction::kLowerIsBetter,
       [](const RunOutcome& run) { return run.truncated; }, counts},
      {"unterminated_reasoning_rate", Direction::kLowerIsBetter,
       [](const RunOutcome& run) { return run.unterminated_reasoning; }, counts},
      {"extraction_failure_rate", Direction::kLowerIsBetter,
       [](const RunOutcome& run) { return run.verdict == Verdict::kNoAnswer; }, counts},
      {"sandbox_timeout_rate", Direction::kLowerIsBetter,
       [](const RunOutcome& run) { return run.timed_out; }, counts},
      {"error_rate", Direction::kLowerIsBetter, [](const RunOutcome& run) { return run.failed(); },
       present},
  };
  return indicators;
}

const Indicator* find_indicator(std::string_view name) {
  for (const Indicator& indicator : all_indicators()) {
    if (indicator.name == name) return &indicator;
  }
  return nullptr;
}

bool runs_are_copies(const TaskOutcomes& outcomes) {
  const auto temperature = outcomes.settings.find("sampling.temperature");
  if (temperature == outcomes.settings.end() || temperature->second.empty()) return false;
  char* end = nullptr;
  if (std::strtod(temperature->second.c_str(), &end) != 0 || *end != '\0') return false;
  for (const ItemOutcomes& item : outcomes.items) {
    const RunOutcome* first = nullptr;
    for (const RunOutcome& run : item.runs) {
      if (!run.counts()) continue;
      if (first == nullptr) first = &run;
      if (run.verdict != first->verdict || run.truncated != first->truncated) return false;
    }
  }
  return true;
}

ItemCount count_of(const ItemOutcomes& item, const Indicator& indicator, int max_runs) {
  ItemCount count;
  const size_t limit = std::min(item.runs.size(), static_cast<size_t>(std::max(0, max_runs)));
  for (size_t i = 0; i < limit; ++i) {
    if (!indicator.in_base(item.runs[i])) continue;
    ++count.runs;
    count.hits += indicator.holds(item.runs[i]) ? 1 : 0;
  }
  return count;
}

std::optional<double> indicator_rate(const TaskOutcomes& outcomes, const Indicator& indicator) {
  ItemCount total;
  for (const ItemOutcomes& item : outcomes.items) {
    const ItemCount count = count_of(item, indicator, static_cast<int>(item.runs.size()));
    total.hits += count.hits;
    total.runs += count.runs;
  }
  if (total.runs == 0) return std::nullopt;
  return static_cast<double>(total.hits) / static_cast<double>(total.runs);
}

std::optional<double> mean_output_tokens(const TaskOutcomes& outcomes) {
  harness::CompensatedSum sum;
  int n = 0;
  for (const ItemOutcomes& item : outcomes.items) {
    const auto runs = std::count_if(item.runs.begin(), item.runs.end(), present);
    if (runs == 0) continue;
    sum.add(static_cast<double>(item.num_output_tokens) / static_cast<double>(runs));
    ++n;
  }
  if (n == 0) return std::nullopt;
  return sum.value() / n;
}

harness::ScoreEstimate score_of(const TaskOutcomes& outcomes) {
  std::vector<harness::QuestionScores> questions;
  for (const ItemOutcomes& item : outcomes.items) {
    harness::QuestionScores question;
    for (const RunOutcome& run : item.runs) {
      if (run.counts()) question.runs.push_back(run.correct() ? 1.0 : 0.0);
    }
    const auto cluster = item.columns.find(outcomes.cluster_key);
    if (cluster != item.columns.end()) question.cluster = cluster->second;
    questions.push_back(std::move(question));
  }
  harness::ScoreIntervalOptions options;
  if (!outcomes.cluster_key.empty()) options.rule = harness::VarianceRule::kClustered;
  return harness::estimate_score(std::span<const harness::QuestionScores>(questions), options);
}

}  // namespace jangwon::reports
