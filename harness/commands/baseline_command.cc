// jangwon baseline accept | list | diff | verify: the folders that a gate compares with. A gate
// file is kept with a baseline only if it stands alone: the copy has nothing beside it that it
// could extend. The clock is read here and not in reports/gate, and SOURCE_DATE_EPOCH takes its
// place, so that a baseline which is made again from the same run is the same file.
// tests/e2e/gate_test.cc.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "reports/gate/baseline_file.h"
#include "reports/gate/compare_report.h"
#include "reports/gate/gate_config.h"
#include "reports/gate/wording.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/standard_streams.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string run;
  std::string as;
  std::string reason;
  std::string by;
  std::string gate;
  std::string root = "baselines";
  std::string a;
  std::string b;
  std::string language;
  bool json = false;
};

// A bare name stands for a folder below the root.
std::string folder_of(const Options& options, const std::string& name) {
  return name.find('/') == std::string::npos ? options.root + "/" + name : name;
}

// SOURCE_DATE_EPOCH makes the file reproducible, as builds expect.
std::string now_utc() {
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"))
    now = static_cast<std::time_t>(std::atoll(epoch));
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// The text of a gate file that can stand alone, because the copy has nothing beside it to extend.
Result<std::string> read_gate(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::parse(text, path));
  JANGWON_RETURN_IF_ERROR(reports::parse_gate_config(text, path).status());
  if (root.has("extends"))
    return root.error(
        "a gate file that is kept with a baseline must not extend another one; write its checks "
        "out");
  return text;
}

Status accept(const Options& options) {
  const std::string folder = folder_of(options, options.as);
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide run, reports::read_side(options.run));
  std::string gate;
  if (!options.gate.empty()) {
    JANGWON_ASSIGN_OR_RETURN(gate, read_gate(options.gate));
  }
  JANGWON_RETURN_IF_ERROR(
      reports::accept_baseline(run, folder, {options.reason, options.by, now_utc(), gate}));
  if (options.json) {
    write_output(to_json_text({{"baseline", folder}, {"tasks", run.tasks.size()}}));
  } else {
    write_output(localized("{folder}: {tasks} results of {run} accepted",
                           {{"folder", folder}, {"tasks", run.tasks.size()}, {"run", run.name}}) +
                 "\n");
  }
  return ok_status();
}

Json summary_json(const reports::BaselineSummary& summary) {
  Json scores = Json::array();
  for (const auto& score : summary.scores) {
    scores.push_back({{"model", score.model},
                      {"task", score.task},
                      {"value", score.value},
                      {"n", score.n},
                      {"repeats", score.repeats}});
  }
  return {{"path", summary.path},
          {"name", summary.name},
          {"reason", summary.note.reason},
          {"accepted_by", summary.note.accepted_by},
          {"accepted_at", summary.note.accepted_at},
          {"run", summary.run},
          {"scores", scores}};
}

Status list(const Options& options) {
  Json all = Json::array();
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> folders,
                           reports::list_baselines(options.root));
  for (const std::string& folder : folders) {
    JANGWON_ASSIGN_OR_RETURN(const reports::BaselineSummary summary,
                             reports::read_baseline_summary(folder));
    all.push_back(summary_json(summary));
    if (options.json) continue;
    write_output(fmt::format("{}  {}  {}  ({})\n", summary.path, summary.note.accepted_at,
                             summary.note.reason, summary.run));
    for (const auto& score : summary.scores)
      write_output(fmt::format("  {} · {}  {}  n={} K={}\n", score.model, score.task,
                               reports::points(score.value), score.n, score.repeats));
  }
  if (options.json) {
    write_output(to_json_text(all));
  } else if (all.empty()) {
    write_output(localized("no baseline below {root}", {{"root", options.root}}) + "\n");
  }
  return ok_status();
}

Status verify(const Options& options) {
  std::vector<std::string> folders = {folder_of(options, options.a)};
  if (options.a.empty()) {
    JANGWON_ASSIGN_OR_RETURN(folders, reports::list_baselines(options.root));
  }
  if (folders.empty())
    return {
        StatusCode::kNotComparable, "there is no baseline below {root}", {{"root", options.root}}};
  for (const std::string& folder : folders) {
    JANGWON_RETURN_IF_ERROR(reports::verify_baseline(folder));
    JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide side, reports::read_baseline(folder));
    if (!options.json)
      write_output(localized("{folder}: {tasks} results, unchanged",
                             {{"folder", folder}, {"tasks", side.tasks.size()}}) +
                   "\n");
  }
  if (options.json) write_output(to_json_text({{"verified", folders}}));
  return ok_status();
}

Status diff(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::Language language,
                           reports::chosen_language(options.language));
  // A folder that exists is meant as it stands; otherwise the name of a baseline.
  const auto path = [&](const std::string& name) {
    return path_exists(name) ? name : folder_of(options, name);
  };
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide a, reports::read_side(path(options.a)));
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide b, reports::read_side(path(options.b)));
  JANGWON_ASSIGN_OR_RETURN(const reports::CompareReport report, reports::compare_sides(a, b, {}));
  if (options.json) {
    write_output(to_json_text(reports::compare_json(report)));
  } else {
    write_output(reports::compare_text(report, language, 10));
  }
  return reports::comparability_status(report);
}

}  // namespace

void add_baseline_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand(
      "baseline", "accept a run as the reference of a gate; list, compare, verify");
  command->require_subcommand(1);
  set_examples(*command,
               {{"jangwon baseline accept runs/first --as main --reason \"first release\"", ""},
                {"jangwon baseline list", ""},
                {"jangwon baseline verify", ""}});
  const auto options = std::make_shared<Options>();
  const auto add = [&](CLI::App* sub, Status (*body)(const Options&)) {
    sub->add_option("--root", options->root, "folder that holds the baselines")
        ->capture_default_str();
    sub->add_flag("--json", options->json, "print JSON");
    sub->callback([options, body, &context] { context.status = body(*options); });
    return sub;
  };
  CLI::App* accepting =
      add(command->add_subcommand("accept", "make a complete run the new reference"), accept);
  accepting->add_option("RUN", options->run, "run folder")->required();
  accepting->add_option("--as", options->as, "name below the root, or a path")->required();
  accepting->add_option("--reason", options->reason, "why, for those who read the history")
      ->required();
  accepting->add_option("--by", options->by, "who accepts it");
  accepting->add_option("--gate", options->gate,
                        "gate file kept with the baseline, for gate --config-from-baseline");
  set_examples(
      *accepting,
      {{"jangwon baseline accept runs/first --as main --reason \"first release\"", ""},
       {"jangwon baseline accept runs/new --as main --reason \"new template\" --gate gate.yaml",
        "with the gate that judges by it"}});
  CLI::App* listing = add(command->add_subcommand("list", "the baselines and their scores"), list);
  set_examples(*listing,
               {{"jangwon baseline list", ""},
                {"jangwon baseline list --root baselines --json", "for another program"}});
  CLI::App* comparing =
      add(command->add_subcommand("diff", "compare two baselines, or a baseline and a run"), diff);
  comparing->add_option("A", options->a, "baseline: the reference")->required();
  comparing->add_option("B", options->b, "baseline or run: the candidate")->required();
  comparing->add_option("--lang", options->language, "ko or en (default: that of LANG)");
  set_examples(*comparing, {{"jangwon baseline diff main runs/new", ""},
                            {"jangwon baseline diff main last_month --lang ko", ""}});
  CLI::App* verifying = add(
      command->add_subcommand("verify", "check that no file of a baseline was changed"), verify);
  set_examples(*verifying,
               {{"jangwon baseline verify", "all of them"}, {"jangwon baseline verify main", ""}});
  verifying->add_option("NAME", options->a, "one baseline; otherwise all");
}

}  // namespace jangwon::harness
