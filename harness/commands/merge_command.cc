// jangwon merge OUT SHARD…: the shards of a run become the run.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <memory>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/run_loop/merge.h"
#include "reports/report.h"
#include "runtime/base/localized.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct MergeFlags {
  std::string output;
  std::vector<std::string> shards;
  bool json = false;
};

Status merge(const MergeFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const RunResult result, merge_shards(flags.output, flags.shards));
  JANGWON_RETURN_IF_ERROR(reports::write_report(
      {flags.output}, {reports::ReportFormat::kMarkdown, reports::ReportFormat::kSite},
      flags.output));
  if (flags.json) {
    write_output(to_results_json(result));
  } else {
    JANGWON_ASSIGN_OR_RETURN(const reports::TableInput table,
                             reports::load_run_table(flags.output));
    write_output(reports::render_table(table, reports::TableFormat::kText,
                                       {.language = reports::language_of_environment()}));
    write_output(localized("Run folder: {output}", {{"output", flags.output}}) + "\n");
  }
  if (result.complete) return ok_status();
  return {StatusCode::kIncomplete,
          "the run is incomplete: samples ended in an error of ours; `jangwon run -o {output}` "
          "asks for them again",
          {{"output", flags.output}}};
}

}  // namespace

void add_merge_command(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand("merge", "Put the shards of a run together");
  auto flags = std::make_shared<MergeFlags>();
  command.add_option("out", flags->output, "new run folder")->required();
  command.add_option("shards", flags->shards, "run folders of all shards, in any order")
      ->required();
  command.add_flag("--json", flags->json, "results.json on stdout instead of the table");
  set_examples(command, {{"jangwon merge runs/whole runs/shard_0 runs/shard_1 runs/shard_2",
                          "the results of an undivided run"},
                         {"jangwon merge runs/whole runs/shard_* --json",
                          "results.json to another program"}});
  command.callback([flags, &context] { context.status = merge(*flags); });
}

}  // namespace jangwon::harness
