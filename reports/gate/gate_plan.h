// What a check can see before anybody runs it: the drop it detects, its power at the margin, what a
// naive threshold would do, and what it costs. A check that cannot decide is refused before it
// wastes a night or fails good builds.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/task/task_profile.h"
#include "reports/gate/gate_config.h"
#include "reports/gate/ratio_claim.h"
#include "reports/language.h"

namespace jangwon::reports {

// Variances of one question, for planning: of one run (decoding), and between questions of the true
// difference of two models.
struct PlanningVariance {
  double sigma2_run = 0.06;
  double omega2 = 0.05;
  bool measured = false;  // from a baseline with repeats; else planning values
};

// What tasks say of themselves, for the time before there is a baseline.
using TaskProfiles = std::vector<harness::TaskProfile>;

// Null for an unknown task.
const harness::TaskProfile* find_profile(const TaskProfiles& known, const std::string& task);

// What the baseline recorded of its task, else what is known of it, else values of no task in
// particular. `baseline` may be null.
harness::PlanningValues planning_values(const std::string& task, const TaskOutcomes* baseline,
                                        const TaskProfiles& known);

// From the baseline where it has at least two runs a question that are no copies; otherwise the
// planning values of the task.
PlanningVariance planning_variance(const std::string& task, const TaskOutcomes* baseline,
                                   const TaskProfiles& known);

// The tasks of which the number of published questions is known.
std::vector<std::string> published_tasks(const TaskProfiles& known);

// Questions of the published benchmark; absent for a task of which that is not known.
std::optional<int> published_size(const std::string& task, const TaskProfiles& known);

struct PlanRequest {
  std::string task;
  std::string metric = kAccuracyMetric;
  Scope scope = Scope::kFixedItems;
  int n = 0;
  // of the questions, when a population is asked about; 0: each question by itself
  int clusters = 0;
  int repeats = 1;           // of the candidate
  int baseline_repeats = 0;  // 0: as many as the candidate
  // the same run seed on both sides, as `run` does unless told otherwise
  bool paired_by_seed = true;
  double margin = 0.02;   // a drop, as a share
  double min_effect = 0;  // a smaller drop does not fail
  double alpha = 0.01;    // of the check, after the shares of the look and the stream
  // of the file: a check that alone is harmed is held to alpha / num_tests by Holm
  int num_tests = 1;
  double min_power = 0.5;
  std::optional<double> mean_generation_ms;
  // at temperature 0 further runs are copies: the plan counts one, and more do not help
  bool greedy = false;
  PlanningVariance variance;
  double level = 0.7;  // the baseline's score: near 1, a fall adds discordant runs
  std::optional<double>
      // of a yes-or-no side metric, in the baseline: its decoding variance is
      // bounded by rate(1-rate)
      rate;

  double alpha_used() const { return alpha / num_tests; }
};

// One task of a claim "at least rho of the reference".
struct ClaimPart {
  std::string task;
  int n = 0;
  int repeats = 1;
  double reference_score = 0;
  double se = 0;  // of the mean of model - rho * reference over questions
  double df = 1;
};

// Every part measured: se and df from both runs. Otherwise: from the planning values, for a model
// as good as the reference.
struct PlannedClaim {
  double rho = 0.95;
  Combine combine = Combine::kAll;
  double claim_alpha = 0.05;  // at which it is shown
  double harm_alpha = 0.01;   // at which it fails, after Holm over the file
  std::vector<ClaimPart> parts;
  // the chance to be shown when the model is as good as the reference
  double power_at_parity = 0;
  std::optional<double> detectable_ratio;  // shown with power 0.8; absent: no ratio is
  std::optional<double> failing_ratio;     // fails with power 0.8; absent: no ratio does
};

struct PlannedCheck {
  std::string id;
  PlanRequest request;
  std::optional<double> detectable_drop;  // with power 0.8; absent: not even a fall to zero
  double power_at_margin = 0;
  double naive_false_alarm = 0;  // of "score fell by more than 1 point" on an unchanged build
  double naive_at_margin = 0;    // of "score fell by more than the margin"
  long generations = 0;          // of the candidate
  std::optional<double> engine_seconds;
  // on both sides, for finding_power 0.8 at the margin; 0: no number of runs is enough
  int repeats_needed = 0;
  // at the margin, of the test alone: a drop that is found may still be below min_effect
  double finding_power = 0;
  bool decidable = true;              // finding_power is enough; min_effect is the file's own wish
  std::optional<PlannedClaim> claim;  // of an L3 check, which has no margin
};

// The chance that the gate fails the check when the candidate has fallen by `drop` and no other
// check is harmed: that of the exact test which judges it, at the alpha that is left after look,
// stream and Holm. What the stream of a sequential gate finds beyond the final test is not counted.
double check_power(double drop, const PlanRequest& request);

// The drop that check_power finds with 0.8; absent: not even a fall to zero.
std::optional<double> detectable_drop(const PlanRequest& request);

// The same check without its min_effect: what the test finds, whether or not the file lets
// it fail for that.
PlanRequest without_min_effect(PlanRequest request);

PlannedCheck plan_check(const std::string& id, const PlanRequest& request);

// REQUIRES: parts is not empty.
PlannedClaim plan_claim(const GateCheck& check, double harm_alpha, std::vector<ClaimPart> parts);

// Absent where the contrast does not vary or nothing was asked on both sides.
std::optional<ClaimPart> claim_part(const RatioClaim& measured, int repeats);

// One L2 check on one task of `size` questions, at the last planned look, as if it were the only
// one of its file. `outcomes` is the baseline's; may be null.
PlanRequest plan_request(const GateConfig& config, const GateCheck& check, const std::string& task,
                         int size, const TaskOutcomes* outcomes, const TaskProfiles& known);

// Every L2 and L3 check of the file on the baseline's tasks and models (or the published sizes
// without one), at the last planned look. Without a baseline "*" means the tasks that the file
// names, or every known one where it names none. Errors: a task that is neither in the
// baseline nor published.
Result<std::vector<PlannedCheck>> plan_gate(const GateConfig& config,
                                            const EvaluationSide* baseline,
                                            const TaskProfiles& known);

// invalid_argument that names the first check which cannot decide; ok otherwise. A claim is never
// refused: that it cannot be shown is an answer, and power_at_parity says how likely it is.
Status plan_status(const std::vector<PlannedCheck>& plan);

std::string plan_text(const std::vector<PlannedCheck>& plan, Language language);
nlohmann::ordered_json plan_json(const std::vector<PlannedCheck>& plan);

}  // namespace jangwon::reports
