// What a task says of itself to people and to other programs: names, groups, strata and how they
// are shown, what is published about it. It changes no prompt and no score. Reports, plans and
// exports know a task by its profile alone; it is frozen in run.json with the run, so that a run
// can be shown where the task's folder is not.
//
// The keys are part of task.yaml and described in tasks/README.md.

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/message.h"
#include "runtime/base/status.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

// A column by which accuracy is also given.
struct StratumColumn {
  struct Value {
    std::string value;
    Message title;
  };
  std::string column;
  Message title;
  // those with a name or a place: they come first, in this order; others follow by name
  std::vector<Value> values;
  bool plot = false;
};

// A page that computes scores over a window of dates.
struct DateWindow {
  std::string date;                  // column with ISO dates
  std::vector<std::string> filters;  // columns by which a reader may narrow it further
};

// A figure beside the headline: pass@4, majority@4, spread.
struct FurtherMetric {
  enum class Kind { kPassAtK, kMajorityAtK, kSpread };
  std::string name;
  Kind kind = Kind::kSpread;
  int k = 0;  // 0: the metric has none
};

// The benchmark as it is published: what scores of others are about.
struct PublishedBenchmark {
  std::string hub;  // OWNER/NAME at Hugging Face
  int questions = 0;
  std::string metric;
  // what a published value must be about to be compared
  std::string problem_set;
  // all that are known, which must not be mixed
  std::vector<std::pair<std::string, Message>> problem_sets;
  // of the rows, where copies were confirmed; empty: any copy of that name
  std::vector<std::string> dataset_sha256;
  // below it a deviation from a published score means nothing
  double tolerance = 0.01;
};

// What is assumed before anything was asked: by `plan` where there is no baseline, and by a run for
// the order of its questions.
struct PlanningValues {
  double run_variance = 0.06;       // of one run of one question (decoding)
  double question_variance = 0.05;  // between questions, of the true difference of two models
  double score = 0.7;
  double margin = 0.02;
  // Of a thinking model, roughly. A run asks the tasks with the longest replies first, since one of
  // them begun last would keep a whole batch waiting for itself. No estimate shows it.
  int reply_tokens = 0;  // 0: not said
};

struct TaskProfile {
  std::string name;
  Message title;
  Message description;
  Message domain;
  std::string language;  // of the questions: ko, en, …; empty: not said
  std::vector<std::string> aliases;
  std::vector<std::string> groups;
  std::vector<StratumColumn> strata;
  std::vector<FurtherMetric> metrics;
  std::string cluster_key;  // questions that share it are not independent; empty: none
  // file of the rules by which examinations are passed, beside task.yaml; empty: none
  std::string passes;
  std::optional<DateWindow> date_window;
  double chance = 0;              // the share that a guess gets right
  std::string published_dataset;  // name of the manifest of the published questions; empty: none
  std::optional<PublishedBenchmark> published;
  std::optional<PlanningValues> plan;
  std::map<std::string, std::string> exports;  // by format: the name that the task has there

  std::vector<std::string> strata_keys() const;
  // Every column that tables and pages cut by.
  std::vector<std::string> columns() const;
};

// Keys of task.yaml that belong to the profile.
const std::vector<std::string>& profile_keys();

// Reads those keys of a mapping, which may have others. `name` is required.
Result<TaskProfile> read_task_profile(const YamlNode& root);

// Those keys of the mapping as JSON, for run.json; parse_task_profile reads it back.
nlohmann::ordered_json profile_json(const YamlNode& root);
Result<TaskProfile> parse_task_profile(const nlohmann::ordered_json& json,
                                       const std::string& source);

// The metric that a name means. Errors: an unknown one, k beyond 1 to 10000.
Result<FurtherMetric> parse_further_metric(const std::string& name);

}  // namespace jangwon::harness
