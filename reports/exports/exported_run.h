// A run as the exporters need it: questions in a stable order, their replies read from the
// journal one at a time.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "harness/record/sample_record.h"
#include "harness/task/task_profile.h"
#include "reports/exports/export.h"
#include "reports/run_folder.h"
#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

struct ExportedQuestion {
  std::string id;
  std::vector<SampleOutcome> runs;  // by repeat
};

// One task of one model.
struct ExportedTask {
  std::string model;
  std::string model_id;  // as the outside world calls it
  std::string task;
  const harness::MetricResult* official = nullptr;  // headline; never null
  const harness::MetricResult* native = nullptr;    // may be null
  const Json* settings = nullptr;                   // of the task, from run.json
  const Json* model_settings = nullptr;             // likewise of the model
  // what the task says of itself; its name alone where it says nothing
  harness::TaskProfile profile;
  bool miniature = false;                   // the questions are a set that comes with the program
  std::vector<ExportedQuestion> questions;  // numbers in numeric order, others in byte order

  // The task's name in files of this format.
  const std::string& name_in(const std::string& format) const;

  // A sampling parameter as it was used; null where it was not set.
  Json sampling(const std::string& name) const;
};

class ExportedRun {
 public:
  static Result<ExportedRun> read(const ExportOptions& options);
  ~ExportedRun();
  ExportedRun(ExportedRun&&) noexcept;

  // in the order of results.json
  const std::vector<ExportedTask>& tasks() const;
  std::vector<std::vector<const ExportedTask*>> tasks_by_model() const;  // in the same order
  const Json& run() const;                                               // run.json
  bool complete() const;
  const std::string& started_at() const;  // RFC 3339, of the run
  const std::string& ended_at() const;    // of the last reply

  Result<harness::SampleRecord> record(const SampleOutcome& outcome) const;

  // Deterministic identifier of something of this run: hexadecimal, 64 digits.
  std::string identifier(const std::string& of) const;

 private:
  ExportedRun();
  struct State;
  std::unique_ptr<State> state_;
};

// The data set of a task at Hugging Face, OWNER/NAME; for a miniature set and for a user's own
// questions a name that is none of theirs (jangwon/NAME, local/NAME).
std::string dataset_id(const ExportedTask& task);
bool is_on_hub(const ExportedTask& task);

// A name as a file name: runs of characters that file systems refuse become "__", as in
// lm-evaluation-harness.
std::string file_name_of(const std::string& name);

// Writes a whole file, below the output folder, and the folders above it. A file that no export has
// written is never replaced.
Status write_export(const ExportOptions& options, const std::string& path,
                    const std::string& content);
// The same in two steps, for who writes in between.
Status claim_export(const ExportOptions& options, const std::string& path);
Status sign_export(const ExportOptions& options, const std::string& path);

// ---- one function a format; each appends the paths it wrote.
using Paths = std::vector<std::string>;
Status export_lm_eval(const ExportedRun& run, const ExportOptions& options, Paths& paths);
Status export_inspect(const ExportedRun& run, const ExportOptions& options, Paths& paths);
Status export_every_eval_ever(const ExportedRun& run, const ExportOptions& options, Paths& paths);
Status export_hf_eval_results(const ExportedRun& run, const ExportOptions& options, Paths& paths);
Status export_livecodebench(const ExportedRun& run, const ExportOptions& options, Paths& paths);
Status export_junit(const ExportedRun& run, const ExportOptions& options, Paths& paths);

}  // namespace jangwon::reports
