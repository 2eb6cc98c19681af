// Hugging Face: MODEL/.eval_results/TASK.yaml, to be put into the model's repository. Text is
// written as JSON strings, which YAML reads alike.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/arithmetic.h"
#include "reports/exports/exported_run.h"

namespace jangwon::reports {

namespace {

std::string quoted(const std::string& text) {
  std::string line = to_json_line(Json(text));
  while (!line.empty() && line.back() == '\n')
    line.pop_back();
  return line;
}

// How the number came about: without that two of them cannot be compared.
std::string notes_of(const ExportedRun& run, const ExportedTask& task) {
  const harness::MetricResult& row = *task.official;
  std::string notes = fmt::format("no tools; {} questions, {} runs each; prompt style {}", row.n,
                                  row.repeats, task.settings->value("style", ""));
  if (row.ci_low && row.ci_high) {
    notes += fmt::format("; 95 % interval {:.1f} to {:.1f}", *row.ci_low * 100, *row.ci_high * 100);
  }
  if (const Json tokens = task.sampling("max_tokens"); tokens.is_number())
    notes += "; max_tokens " + tokens.dump();
  if (const Json heat = task.sampling("temperature"); heat.is_number())
    notes += "; temperature " + heat.dump();
  for (const auto& [name, value] : arithmetic_of(*task.model_settings))
    notes += "; " + name + " " + value;
  if (task.miniature) notes += "; bundled miniature questions, NOT the published benchmark";
  if (row.stand_in) notes += "; a stand-in, NOT the real model";
  if (!run.complete()) notes += "; the run is incomplete";
  return notes;
}

}  // namespace

Status export_hf_eval_results(const ExportedRun& run, const ExportOptions& options, Paths& paths) {
  for (const ExportedTask& task : run.tasks()) {
    if (!task.official->value) continue;
    std::string yaml =
        fmt::format("- dataset:\n    id: {}\n    task_id: {}\n", quoted(dataset_id(task)),
                    quoted(task.name_in("hf-eval-results")));
    if (const Json revision = task.settings->value("dataset_revision", Json());
        revision.is_string()) {
      yaml += "    revision: " + quoted(revision.get<std::string>()) + "\n";
    }
    yaml += fmt::format("  value: {:.2f}\n", *task.official->value * 100);
    if (run.started_at().size() >= 10)
      yaml += "  date: " + quoted(run.started_at().substr(0, 10)) + "\n";
    yaml += "  notes: " + quoted(notes_of(run, task)) + "\n";
    const std::string path = options.output_folder + "/" + file_name_of(task.model_id) +
                             "/.eval_results/" + file_name_of(task.task) + ".yaml";
    JANGWON_RETURN_IF_ERROR(write_export(options, path, yaml));
    paths.push_back(path);
  }
  if (!paths.empty()) return ok_status();
  return invalid_argument("the run {run_folder} has no score to export: nothing counted",
                          {{"run_folder", options.run_folder}});
}

}  // namespace jangwon::reports
