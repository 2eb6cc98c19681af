// A run folder as the reports see it: results.json and run.json, and from the journal one small
// outcome a sample. The transcripts stay on disk; where each record lies is remembered, so that
// they can be copied out later.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "harness/record/score.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

struct RunFolder {
  std::string path;
  std::string name;    // the last part of the path
  JsonValue run_json;  // null where the file is missing, or no JSON
  harness::RunResult result;
};

// Errors: no results.json (the run did not end; the message says how to end it), or one
// that cannot be read.
Result<RunFolder> read_run_folder(const std::string& path);

// Reads several; equal names get their number, so that a name stays the name of one run.
Result<std::vector<RunFolder>> read_run_folders(const std::vector<std::string>& paths);

// What tables keep of a harness::SampleOutcome: a number for each string.
struct SampleOutcome {
  uint32_t item = 0;  // index into OutcomeTask::items
  int32_t repeat = 0;
  harness::Verdict verdict = harness::Verdict::kNoAnswer;  // of the headline score
  // equal to `verdict` where there is no native score
  harness::Verdict native = harness::Verdict::kNoAnswer;
  bool truncated = false;
  bool unterminated_reasoning = false;
  int32_t num_prompt_tokens = 0;
  int32_t num_completion_tokens = 0;
  double duration_ms = 0.0;
  uint64_t offset = 0;  // of the line in samples.jsonl
  uint64_t length = 0;  // without its newline
};

// A question: its id and those of its columns that tables use (category, difficulty, date, …).
struct OutcomeItem {
  std::string id;
  std::map<std::string, std::string> columns;
};

struct OutcomeTask {
  std::string task;
  std::vector<OutcomeItem> items;                              // in order of first appearance
  std::map<std::string, std::vector<SampleOutcome>> by_model;  // in journal order
};

struct RunOutcomes {
  std::vector<OutcomeTask> tasks;  // in order of first appearance
  std::string first_started_at;
  std::string last_started_at;
};

// One pass over samples.jsonl; memory is proportional to the number of records, not to their size.
// A missing journal gives no outcomes; an incomplete last line is skipped. Of the questions'
// columns those in `columns` are kept: any other may be a whole question.
Result<RunOutcomes> read_outcomes(const std::string& run_folder,
                                  const std::vector<std::string>& columns);

const OutcomeTask* find_task(const RunOutcomes& outcomes, const std::string& task);

// Question means of the headline verdicts, one entry an item; absent where no run of the item
// counts. Errors of ours are left out, never entered as 0.
std::vector<std::optional<double>> question_means(const OutcomeTask& task,
                                                  const std::string& model);

}  // namespace jangwon::reports
