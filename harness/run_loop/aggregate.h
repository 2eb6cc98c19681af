// Records → results. Pure: the same journal gives the same RunResult, whatever the order of its lines.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "harness/record/sample_record.h"
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

// The little of a record that results need; a journal of a hundred thousand samples fits in memory this way.
struct Outcome {
  RecordKey key;
  Verdict verdict = Verdict::kNoAnswer;
  bool truncated = false;
  bool unterminated_reasoning = false;
  ReplyLanguages reply_languages;
  struct ModeScore {
    ScoreMode mode;
    Verdict verdict;
    std::optional<double> value;
    std::string answer = {};                    // where a metric of the task votes
    std::map<std::string, bool> variants = {};  // whether it passes under a named change of the rule
    std::map<std::string, Share> shares = {};   // of several things in one reply, by name
  };
  std::vector<ModeScore> scores;
  std::map<std::string, std::string> columns;  // cluster and strata keys → value
};

Outcome outcome_of(const SampleRecord& record, const PlannedTask& task);

// Values: mean over questions of the mean over runs that count; runs that ended in an error of ours are left out and
// make the result incomplete. Intervals: effective-n Wilson over questions (harness/stats/score_interval.h), clustered
// where the task names a cluster key. Rows stand in the plan's order: model, task, official before native.
RunResult aggregate(const RunPlan& plan, const std::vector<Outcome>& outcomes);

}  // namespace jangwon::harness
