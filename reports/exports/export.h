// jangwon export: a run folder in the format of another tool.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::reports {

enum class ExportFormat {
  kLmEval,
  kInspect,
  kEveryEvalEver,
  kHfEvalResults,
  kLivecodebench,
  kJunit
};

std::optional<ExportFormat> export_format_of_name(std::string_view name);  // lm-eval, inspect, …
std::vector<std::string> export_format_names();

struct ExportOptions {
  std::string run_folder;
  std::string output_folder;
  std::string organization = "unknown";  // who publishes the results; every-eval-ever asks for it
  // ORG/NAME at Hugging Face, for a run of one model; empty: the model's name
  std::string model_id;
};

// Writes the files and returns their paths. Errors: not a run folder or one without results, a
// model_id for a run of several models, nothing that the format can hold (a run without programming
// tasks for livecodebench), a file that cannot be written.
Result<std::vector<std::string>> export_run(ExportFormat format, const ExportOptions& options);

}  // namespace jangwon::reports
