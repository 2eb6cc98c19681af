// What a check can see before anybody runs it: the drop it detects, its power at the margin, what a naive threshold
// would do, and what it costs. A check that cannot decide is refused before it wastes a night or fails good builds.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/bilingual.h"
#include "reports/gate/gate_config.h"

namespace jangwon::reports {

// Variances of one question, for planning: of one run (decoding), and between questions of the true difference of two
// models.
struct PlanningVariance {
  double sigma2_run = 0.06;
  double omega2 = 0.05;
  bool measured = false;  // from a baseline with repeats; else planning values
};

// From the baseline where it has at least two runs a question that are no copies; otherwise the planning values of the
// task.
PlanningVariance planning_variance(const std::string& task, const TaskOutcomes* baseline);

// The tasks whose published size and planning variances are known.
std::vector<std::string> published_tasks();

// Questions of the published benchmark; absent for an unknown task.
std::optional<int> published_size(const std::string& task);

struct PlanRequest {
  std::string task;
  std::string metric = kAccuracyMetric;
  Scope scope = Scope::kFixedItems;
  int n = 0;
  int repeats = 1;
  double margin = 0.02;  // a drop, as a share
  double alpha = 0.01;
  double min_power = 0.5;
  std::optional<double> mean_generation_ms;
  bool greedy = false;  // at temperature 0 further runs are copies: the plan counts one, and more do not help
  PlanningVariance variance;
  std::optional<double>
      rate;  // of a yes-or-no side metric, in the baseline: its decoding variance is bounded by rate(1-rate)
};

struct PlannedCheck {
  std::string id;
  PlanRequest request;
  double detectable_drop = 0;  // with power 0.8
  double power_at_margin = 0;
  double naive_false_alarm = 0;  // of "score fell by more than 1 point" on an unchanged build
  double naive_at_margin = 0;    // of "score fell by more than the margin"
  long generations = 0;          // of the candidate
  std::optional<double> engine_seconds;
  int repeats_needed = 0;  // for power 0.8 at the margin; 0: no number of runs is enough
  bool decidable = true;
};

PlannedCheck plan_check(const std::string& id, const PlanRequest& request);

// One L2 check on one task of `size` questions, at the last planned look. `outcomes` is the baseline's; may be null.
PlanRequest plan_request(const GateConfig& config, const GateCheck& check, const std::string& task, int size,
                         const TaskOutcomes* outcomes);

// Every L2 check of the file on the baseline's tasks (or the published sizes without one), at the last planned look.
// Errors: a task that is neither in the baseline nor published.
Result<std::vector<PlannedCheck>> plan_gate(const GateConfig& config, const EvaluationSide* baseline);

// invalid_argument that names the first check which cannot decide; ok otherwise.
Status plan_status(const std::vector<PlannedCheck>& plan);

std::string plan_text(const std::vector<PlannedCheck>& plan, Language language);
nlohmann::ordered_json plan_json(const std::vector<PlannedCheck>& plan);

}  // namespace jangwon::reports
