// Grades a run again from its journal, without generating: other scorer options, a newer scorer,
// another machine.

#pragma once

#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "harness/record/sample_record.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"
#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

struct RescoreConfig {
  std::string run_folder;                          // the parent; it is not changed
  std::string output_folder;                       // a new run folder
  JsonValue scorer_options = JsonValue::object();  // above the task's own
  // The modes that are judged again; the scores of the others are kept.
  std::vector<ScoreMode> modes = {ScoreMode::kOfficial, ScoreMode::kNative};
  // Reads the replies of the official mode instead of the task's own extractor; a name of
  // harness/extractors/named_extractor.h. Tasks whose answers it does not read keep their
  // own. Empty: none.
  std::string extractor;
  // above the run's own; they take their place where there are some
  std::vector<ThinkingMarkers> thinking_markers;
  // where the run's own tasks lie, if they do not come with the program
  std::string include_path;
  int num_graders = 0;
  bool allow_unsandboxed = false;
};

struct ChangedVerdict {
  RecordKey key;
  ScoreMode mode;
  Verdict before, after;
  std::string answer_before, answer_after;  // "" where there is none
};

struct RescoreOutcome {
  RunResult result;
  int num_records = 0;
  std::vector<std::string> unread_tasks;  // that RescoreConfig::extractor does not read
  std::vector<ChangedVerdict> changed;    // by key, official before native
};

// Writes output_folder like a run, its run.json with the parent's path and hash. Errors: not a run
// folder, a task or data set that is not the one of the run (its hash is compared), an output
// folder that holds something.
Result<RescoreOutcome> rescore_run(const RescoreConfig& config);

}  // namespace jangwon::harness
