// One metric of one task on two sides, compared question by question.
//
// Two scopes that never mix: fixed_items asks whether these questions are answered differently now
// (only decoding noise counts), population whether the candidate is better on questions of this
// kind (questions are a sample). Differences are candidate minus baseline; p_harm is one-sided, for
// the candidate being worse in the metric's direction.

#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/stats/interval.h"
#include "harness/stats/score_interval.h"
#include "reports/gate/evaluation_side.h"
#include "reports/gate/task_scores.h"

namespace jangwon::reports {

enum class Scope { kFixedItems, kPopulation };
const char* name_of(Scope scope);  // fixed_items, population
std::optional<Scope> scope_of_name(const std::string& name);

struct ComparisonOptions {
  Scope scope = Scope::kFixedItems;
  double confidence = harness::kDefaultConfidence;  // of the two-sided interval
  int max_runs = std::numeric_limits<int>::max();   // the first so many runs of each question
  // seeds the order in which the e-process sees the questions
  std::string order_key;
  std::string by;  // a column: hints per value
};

// An item whose outcome turned: right more often than not on one side, and not on the other.
struct Flip {
  std::string id;
  ItemCount baseline;
  ItemCount candidate;
  // of the side that is wrong: truncated, no_answer, wrong_answer, …
  std::map<std::string, int> reasons;
  std::string baseline_answer;  // of the first run; empty when not recorded
  std::string candidate_answer;
};

struct SideMetric {
  std::string name;
  Direction direction = Direction::kLowerIsBetter;
  std::optional<double> baseline;
  std::optional<double> candidate;
  std::optional<double> p_two_sided;
};

struct StratumHint {
  std::string value;
  int n = 0;
  double delta = 0;
  double p_two_sided = 1;
  double p_adjusted = 1;  // Benjamini-Hochberg over the column's values: a hint, never a verdict
};

struct TaskComparison {
  std::string metric;
  Direction direction = Direction::kHigherIsBetter;
  Scope scope = Scope::kFixedItems;
  int n = 0;  // questions that count on both sides
  int baseline_repeats = 0;
  int candidate_repeats = 0;
  harness::ScoreEstimate baseline;  // of the metric, over the questions compared
  harness::ScoreEstimate candidate;
  std::optional<double> delta;
  std::optional<double> se;
  std::optional<harness::Interval> ci;
  double ci_level = harness::kDefaultConfidence;
  std::string interval_method;  // fixed_items_z, tango, paired_t, paired_t_clustered
  std::string test_method;      // cmh_exact, mcnemar_seed_paired, paired_t, sign_flip, …
  std::optional<double> p_harm;
  std::optional<double> p_better;
  std::optional<double> p_two_sided;
  // the largest value of the harm e-process over the fixed order
  std::optional<double> e_value_harm;
  int e_value_items = 0;  // after how many questions it was reached
  // both sides are greedy: further runs are copies and were left out
  bool one_run_counts = false;
  bool margin_testable = false;  // enough information for "not worse than by a margin"
  long discordant_runs = 0;      // (question, run) pairs with different outcomes
  long paired_runs = 0;
  std::vector<Flip> regressions;  // largest first
  std::vector<Flip> improvements;
  std::vector<SideMetric> side_metrics;
  std::vector<StratumHint> by;
};

// The same model under the same run seed: the k-th runs of a question belong together.
bool paired_by_seed(const TaskOutcomes& baseline, const TaskOutcomes& candidate);

// Compares an indicator (task_scores.h) or mean_output_tokens, whose delta is relative (0.1 = ten
// percent more). REQUIRES: metric is one of those names.
TaskComparison compare_task(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                            const std::string& metric, const ComparisonOptions& options);

// Both sides reduced to the questions that `keep` names.
TaskOutcomes restricted_to(const TaskOutcomes& outcomes, const std::vector<std::string>& ids);

}  // namespace jangwon::reports
