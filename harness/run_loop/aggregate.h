// Records → results. Pure: the same journal gives the same RunResult, whatever the
// order of its lines.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "harness/record/sample_outcome.h"
#include "harness/scorers/licence_rule.h"
#include "harness/task/task_spec.h"

namespace jangwon::harness {

// What was planned for one task, from run.json.
struct PlannedTask {
  std::string task;
  std::string task_version;
  std::string metric = "accuracy";
  std::string cluster_key;
  std::vector<std::string> strata_keys;
  int num_samples = 0;
  int repeats = 1;
  std::vector<FurtherMetric> metrics;         // beside the headline
  std::optional<LicenceRules> licence_rules;  // of examinations
};

struct PlannedModel {
  std::string model;
  bool stand_in = false;
};

struct RunPlan {
  std::vector<PlannedModel> models;
  std::vector<PlannedTask> tasks;
};

// What aggregate() reads of a record.
OutcomeFields fields_for(const RunPlan& plan);

// Values: mean over questions of the mean over runs that count; runs that ended in an error of ours
// are left out and make the result incomplete. Intervals: effective-n Wilson over questions
// (harness/stats/score_interval.h), clustered where the task names a cluster key. Rows stand in the
// plan's order: model, task, official before native.
RunResult aggregate(const RunPlan& plan, const std::vector<SampleOutcome>& outcomes);

}  // namespace jangwon::harness
