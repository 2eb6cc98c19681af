// One side of a comparison: what a model got right, question by question and run by run, with the
// settings it ran under. It comes from a run folder or from an accepted baseline (baseline_file.h);
// everything after that does not care which.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/score.h"
#include "harness/task/task_profile.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

// One run of one question. A run that is planned but not in the journal is not present.
struct RunOutcome {
  bool present = false;
  harness::Verdict verdict = harness::Verdict::kNoAnswer;
  bool truncated = false;
  bool unterminated_reasoning = false;
  bool timed_out = false;  // a program under test ran past its time limit
  std::string answer;      // what was extracted; empty when nothing was, and in baselines

  bool counts() const { return present && harness::counts(verdict); }
  bool correct() const { return present && verdict == harness::Verdict::kCorrect; }
  bool failed() const { return present && !harness::counts(verdict); }  // an error of ours
};

struct ItemOutcomes {
  std::string id;
  // category, licence, contest, …: what strata, clusters and windows use
  std::map<std::string, std::string> columns;
  std::string prompt_digest;      // the first 8 hex digits of the prompt's SHA-256
  std::vector<RunOutcome> runs;   // by repeat
  int64_t num_output_tokens = 0;  // over the runs that are present
};

// One model on one task.
struct TaskOutcomes {
  std::string model;
  bool stand_in = false;
  std::string task;
  std::string metric;
  std::string cluster_key;
  std::vector<std::string> strata_keys;
  int planned_items = 0;
  int repeats = 1;
  std::vector<ItemOutcomes> items;          // by id
  JsonValue profile = JsonValue::object();  // what the task said of itself, as run.json has it
  // run.json, flattened: "task.dataset_sha256", "sampling.temperature", …
  std::map<std::string, std::string> settings;
  std::optional<double> mean_generation_ms;  // engine time of one generation

  bool complete() const;      // every planned run is there and none is an error of ours
  double error_rate() const;  // errors of ours over runs present; 0 when nothing is present
  int64_t num_present() const;
};

struct EvaluationSide {
  std::string path;
  std::string name;  // the last part of the path, or the baseline's name
  bool is_baseline = false;
  std::string journal_sha256;  // of the transcripts it was made from
  // RFC 3339: when the run began; of an old baseline, when it was accepted
  std::string date;
  // of what was tested, where a CI said it, else of this program; empty: not known
  std::string commit;
  std::vector<TaskOutcomes> tasks;

  const TaskOutcomes* find(const std::string& model, const std::string& task) const;
  std::vector<std::string> models() const;  // in order of first appearance
  std::vector<std::string> task_names() const;
};

// What the task said of itself when it was run, else what it says where it comes with the program;
// its name alone where neither is known.
harness::TaskProfile profile_of(const TaskOutcomes& outcomes);

// A folder with run.json and samples.jsonl, or a baseline's folder. Errors:
// neither; a damaged file.
Result<EvaluationSide> read_side(const std::string& path);

Result<EvaluationSide> read_run_side(const std::string& run_folder);

}  // namespace jangwon::reports
