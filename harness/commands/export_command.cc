// jangwon export RUN --format NAME -o DIR: the run in the format of another tool.

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "reports/exports/export.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct ExportFlags {
  reports::ExportOptions options;
  std::vector<std::string> formats;
  bool json = false;
};

Status export_formats(const ExportFlags& flags) {
  std::vector<reports::ExportFormat> formats;
  for (const std::string& name : flags.formats) {
    const auto format = reports::export_format_of_name(name);
    if (!format)
      return invalid_argument(
          unknown_name_message("export format", name, reports::export_format_names()));
    formats.push_back(*format);
  }
  Json written = Json::array();
  for (reports::ExportFormat format : formats) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                             reports::export_run(format, flags.options));
    for (const std::string& path : paths)
      written.push_back(path);
  }
  if (flags.json) {
    write_output(to_json_text(Json{{"written", written}}));
  } else {
    for (const Json& path : written)
      write_output(path.get<std::string>() + "\n");
  }
  return ok_status();
}

}  // namespace

void add_export_command(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand("export", "Write a run in the formats of other tools");
  auto flags = std::make_shared<ExportFlags>();
  command.add_option("run", flags->options.run_folder, "run folder")->required();
  command
      .add_option("-f,--format", flags->formats,
                  "lm-eval, inspect, every-eval-ever, hf-eval-results, livecodebench or junit; "
                  "several with commas")
      ->delimiter(',')
      ->required();
  command.add_option("-o,--output", flags->options.output_folder, "folder for the files")
      ->required();
  command.add_option("--organization", flags->options.organization,
                     "who publishes the results (every-eval-ever)");
  command.add_option("--model-id", flags->options.model_id,
                     "ORG/NAME at Hugging Face, for a run of one model");
  command.add_flag("--json", flags->json, "the paths as JSON");
  set_examples(
      command,
      {{"jangwon export runs/first --format inspect,lm-eval -o exported", "two formats at once"},
       {"jangwon export runs/first --format junit -o exported", "a report that CI systems show"}});
  command.callback([flags, &context] { context.status = export_formats(*flags); });
}

}  // namespace jangwon::harness
