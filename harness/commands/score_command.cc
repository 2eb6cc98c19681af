// jangwon score RUN: grades a run again from its journal and says which verdicts changed.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "harness/extractors/named_extractor.h"
#include "harness/run_loop/rescore.h"
#include "reports/report.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct ScoreFlags {
  RescoreConfig config;
  std::vector<std::string> options;  // key=value
  std::vector<std::string> thinking_markers;
  std::string mode = "both";
  std::string as;
  bool json = false;
};

Status read_mode(const ScoreFlags& flags, RescoreConfig& config) {
  if (flags.mode == "both") return ok_status();
  if (flags.mode == "official") {
    config.modes = {ScoreMode::kOfficial};
  } else if (flags.mode == "native") {
    config.modes = {ScoreMode::kNative};
  } else {
    return invalid_argument(
        unknown_name_message("--mode", flags.mode, {"official", "native", "both"}));
  }
  return ok_status();
}

Status read_extractor(const ScoreFlags& flags, RescoreConfig& config) {
  if (flags.as.empty()) return ok_status();
  if (!config.extractor.empty())
    return invalid_argument("--as names an extractor too; leave --extractor out");
  std::vector<std::string> peers;
  for (const NamedExtractor& extractor : named_extractors()) {
    if (extractor.peer) peers.emplace_back(extractor.name);
  }
  if (std::find(peers.begin(), peers.end(), flags.as) == peers.end())
    return invalid_argument(unknown_name_message("--as", flags.as, peers));
  config.extractor = flags.as;
  return ok_status();
}

Status read_options(ScoreFlags& flags) {
  Json options = Json::object();
  for (const std::string& option : flags.options) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos || equals == 0) {
      return invalid_argument("--scorer-option takes key=value, and \"{option}\" is not that",
                              {{"option", option}});
    }
    options[option.substr(0, equals)] = option.substr(equals + 1);
  }
  flags.config.scorer_options = std::move(options);
  JANGWON_ASSIGN_OR_RETURN(flags.config.thinking_markers,
                           parse_thinking_markers(flags.thinking_markers));
  JANGWON_RETURN_IF_ERROR(read_mode(flags, flags.config));
  JANGWON_RETURN_IF_ERROR(read_extractor(flags, flags.config));
  if (flags.config.output_folder.empty())
    flags.config.output_folder = flags.config.run_folder + "-rescored";
  return ok_status();
}

Json json_of(const RescoreOutcome& outcome, const ScoreFlags& flags) {
  Json changed = Json::array();
  for (const ChangedVerdict& change : outcome.changed) {
    changed.push_back({{"model", change.key.model},
                       {"task", change.key.task},
                       {"sample_id", change.key.sample_id},
                       {"repeat", change.key.repeat},
                       {"mode", name_of(change.mode)},
                       {"before", name_of(change.before)},
                       {"after", name_of(change.after)},
                       {"answer_before", change.answer_before},
                       {"answer_after", change.answer_after}});
  }
  return Json{{"run", flags.config.run_folder},
              {"output", flags.config.output_folder},
              {"records", outcome.num_records},
              {"changed", changed}};
}

void print_changes(const RescoreOutcome& outcome) {
  struct Tally {
    int gained = 0, lost = 0, other = 0;
  };
  std::map<std::string, Tally> tallies;
  for (const ChangedVerdict& change : outcome.changed) {
    Tally& tally = tallies[fmt::format("{} · {} · {}", change.key.model, change.key.task,
                                       name_of(change.mode))];
    if (change.after == Verdict::kCorrect) {
      ++tally.gained;
    } else if (change.before == Verdict::kCorrect) {
      ++tally.lost;
    } else {
      ++tally.other;
    }
  }
  for (const auto& [name, tally] : tallies)
    write_output(localized("{name}: +{gained} −{lost}, {other} other", {{"name", name},
                                                                        {"gained", tally.gained},
                                                                        {"lost", tally.lost},
                                                                        {"other", tally.other}}) +
                 "\n");
  for (const ChangedVerdict& change : outcome.changed) {
    write_output(fmt::format("  {} {} #{} {}: {} → {} ({} → {})\n", change.key.model,
                             change.key.task, change.key.sample_id, name_of(change.mode),
                             name_of(change.before), name_of(change.after),
                             change.answer_before.empty() ? "–" : change.answer_before,
                             change.answer_after.empty() ? "–" : change.answer_after));
  }
}

Status score(ScoreFlags flags) {
  JANGWON_RETURN_IF_ERROR(read_options(flags));
  JANGWON_ASSIGN_OR_RETURN(const RescoreOutcome outcome, rescore_run(flags.config));
  const std::string& folder = flags.config.output_folder;
  JANGWON_RETURN_IF_ERROR(reports::write_report(
      {folder}, {reports::ReportFormat::kMarkdown, reports::ReportFormat::kSite}, folder));
  if (flags.json) {
    write_output(to_json_text(json_of(outcome, flags)));
  } else {
    for (const std::string& task : outcome.unread_tasks)
      write_output(
          localized("{task}: {extractor} reads no answers of this kind, so its own extractor stays",
                    {{"task", task}, {"extractor", flags.config.extractor}}) +
          "\n");
    write_output(
        localized("{num_records} records graded again, {changed} verdicts changed",
                  {{"num_records", outcome.num_records}, {"changed", outcome.changed.size()}}) +
        "\n");
    print_changes(outcome);
    write_output(localized("Run folder: {output}", {{"output", folder}}) + "\n");
  }
  if (outcome.result.complete) return ok_status();
  return {StatusCode::kIncomplete,
          "the run is incomplete: samples are missing or ended in an error of ours"};
}

}  // namespace

void add_score_command(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("score", "Grade a run again from its journal, without generating");
  auto flags = std::make_shared<ScoreFlags>();
  command.add_option("run", flags->config.run_folder, "run folder")->required();
  command.add_option("-o,--output", flags->config.output_folder,
                     "new run folder (default RUN-rescored)");
  command.add_option(
      "--mode", flags->mode,
      "both (default), official or native: what is judged again; the other mode keeps its scores");
  command.add_option(
      "--extractor", flags->config.extractor,
      "how the official mode reads replies, e.g. mmlu_pro_level_1, answer_letter, native, loose");
  command.add_option("--as", flags->as,
                     "what another harness's extractor would report: lm-eval, simple-evals, "
                     "opencompass, evalscope, "
                     "nemo-skills, lighteval, matharena");
  command.add_option("--scorer-option", flags->options,
                     "key=value, above the task's; may be repeated");
  command
      .add_option("--thinking-markers,--reasoning-markers,--reasoning-tags",
                  flags->thinking_markers,
                  "how the model marks its thinking: a known name, BEGIN...END, JSON or a YAML "
                  "file; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--include-path", flags->config.include_path, "a folder of further tasks");
  command
      .add_option("--graders", flags->config.num_graders,
                  "replies graded at once (default: one a core)")
      ->transform(setting_check("graders"));
  command.add_flag("--allow-unsandboxed", flags->config.allow_unsandboxed,
                   "run model-written code where the kernel refuses the sandbox");
  command.add_flag("--json", flags->json, "JSON on stdout");
  set_examples(
      command,
      {{"jangwon score runs/first --scorer-option rule=loose", "another rule, the same replies"},
       {"jangwon score runs/first --as lm-eval", "what another harness would report"},
       {"jangwon score runs/first --mode native -o runs/again",
        "one mode only, into a folder of your choice"}});
  command.callback([flags, &context] { context.status = score(*flags); });
}

}  // namespace jangwon::harness
