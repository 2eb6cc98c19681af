// jangwon gate: reads the gate file and the sides, asks for the verdict, writes it in every format
// that was asked for. The verdict itself is made in reports/gate.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/gate_probes.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "reports/gate/baseline_file.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/gate_run.h"
#include "reports/output_claim.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFormats = {"text", "json", "junit", "github", "gitlab", "badge"};

struct Options {
  std::string config;
  std::string candidate;
  std::string baseline;
  std::string anchor;
  std::string reference;
  std::vector<std::string> formats;
  std::string out;
  std::string report_url;
  std::string language;
  bool json = false;
  bool informational = false;
  bool verbose = false;
  bool config_from_baseline = false;
  ProbeOptions probes;
};

struct RecordOptions {
  std::string task;
  std::string model;
  std::string file;
  ProbeOptions probes;
};

struct ExplainOptions {
  std::string file;
  std::string check;
  std::string language;
  bool json = false;
};

// A run that never began is incomplete, which is another thing than a reference that is missing.
Result<reports::EvaluationSide> read_candidate(const std::string& path) {
  if (!path_exists(path + "/run.json") && !reports::is_baseline_folder(path)) {
    return Status(
        StatusCode::kIncomplete,
        "{path} holds no run (run.json), so nothing ran; make one with `jangwon run … -o {path}`",
        {{"path", path}});
  }
  return reports::read_side(path);
}

// A baseline that a file or a flag names must be there; one that nobody named may be absent.
Result<std::optional<reports::EvaluationSide>> read_optional_side(const std::string& path) {
  if (path.empty()) return std::optional<reports::EvaluationSide>();
  JANGWON_ASSIGN_OR_RETURN(reports::EvaluationSide side, reports::read_side(path));
  return std::optional(std::move(side));
}

Result<reports::GateConfig> read_config(const Options& options) {
  if (!options.config_from_baseline) return reports::read_gate_config(options.config);
  JANGWON_ASSIGN_OR_RETURN(const reports::GateConfig named,
                           reports::read_gate_config(options.config));
  const std::string baseline = options.baseline.empty() ? named.rolling : options.baseline;
  if (baseline.empty()) {
    return invalid_argument(
        "{config} names no rolling baseline, so --config-from-baseline needs --baseline",
        {{"config", options.config}});
  }
  JANGWON_RETURN_IF_ERROR(reports::read_side(baseline).status());
  const std::string kept = baseline + "/gate.yaml";
  if (!path_exists(kept)) {
    return not_found(
        "{baseline}/gate.yaml is missing: accept the baseline with `jangwon baseline accept … "
        "--gate {config}`, or "
        "leave --config-from-baseline out",
        {{"baseline", baseline}, {"config", options.config}});
  }
  JANGWON_ASSIGN_OR_RETURN(reports::GateConfig config, reports::read_gate_config(kept));
  return config;
}

// Appends: several steps of one job share the file.
Status append_to(const std::string& path, const std::string& text) {
  JANGWON_ASSIGN_OR_RETURN(FileWriter file, FileWriter::open(path, FileWriter::Start::kAtEnd));
  JANGWON_RETURN_IF_ERROR(file.append(text));
  return file.close();
}

bool wants(const Options& options, const char* format) {
  return std::find(options.formats.begin(), options.formats.end(), format) != options.formats.end();
}

// The text is for the log of a job; a format that is meant to be piped on stands alone.
bool wants_text(const Options& options) {
  return !options.json && (options.formats.empty() || !options.out.empty() ||
                           wants(options, "text") || wants(options, "github"));
}

Status write_outputs(const Options& options, const reports::GateResult& gate,
                     reports::Language language) {
  const auto write_file = [&](const std::string& name, const std::string& text) -> Status {
    JANGWON_RETURN_IF_ERROR(reports::claim_output(options.out, {name}));
    JANGWON_RETURN_IF_ERROR(write_file_atomically(options.out + "/" + name, text));
    return reports::sign_output(options.out, {name});
  };
  if (!options.out.empty())
    JANGWON_RETURN_IF_ERROR(write_file("gate.json", to_json_text(reports::gate_json(gate))));
  // Without --out a format goes to stdout, where the text gives way to it (wants_text); with --json
  // stdout is gate.json.
  const auto file_or_stdout = [&](const std::string& name, const std::string& text) -> Status {
    if (!options.out.empty()) return write_file(name, text);
    if (options.json) return ok_status();
    write_output(text);
    return ok_status();
  };
  if (wants(options, "json") && options.out.empty() && !options.json)
    write_output(to_json_text(reports::gate_json(gate)));
  if (wants(options, "junit") || wants(options, "gitlab"))
    JANGWON_RETURN_IF_ERROR(file_or_stdout("junit.xml", reports::gate_junit(gate)));
  if (wants(options, "gitlab")) {
    JANGWON_RETURN_IF_ERROR(file_or_stdout("metrics.txt", reports::gate_gitlab_metrics(gate)));
    JANGWON_RETURN_IF_ERROR(file_or_stdout(
        "annotations.json", reports::gate_gitlab_annotations(gate, options.report_url)));
    JANGWON_RETURN_IF_ERROR(
        file_or_stdout("codequality.json", reports::gate_gitlab_code_quality(gate)));
  }
  if (wants(options, "badge"))
    JANGWON_RETURN_IF_ERROR(file_or_stdout("badge.json", reports::gate_badge(gate)));
  if (wants(options, "github")) {
    const std::string summary = reports::gate_github_summary(gate, language);
    const char* step_summary = std::getenv("GITHUB_STEP_SUMMARY");
    if (step_summary != nullptr && *step_summary != '\0')
      JANGWON_RETURN_IF_ERROR(append_to(step_summary, summary));
    if (!options.out.empty()) JANGWON_RETURN_IF_ERROR(file_or_stdout("summary.md", summary));
    if (!options.json) write_output(reports::gate_github_annotations(gate, language));
  }
  return ok_status();
}

Status gate(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::Language language,
                           reports::chosen_language(options.language));
  if (options.config.empty() || options.candidate.empty())
    return invalid_argument("gate needs --config FILE and --candidate RUN");
  for (const std::string& format : options.formats) {
    if (std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end())
      return invalid_argument(unknown_name_message("format", format, kFormats));
  }
  JANGWON_ASSIGN_OR_RETURN(const reports::GateConfig config, read_config(options));
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide candidate,
                           read_candidate(options.candidate));
  JANGWON_ASSIGN_OR_RETURN(
      const auto baseline,
      read_optional_side(options.baseline.empty() ? config.rolling : options.baseline));
  JANGWON_ASSIGN_OR_RETURN(
      const auto anchor,
      read_optional_side(options.anchor.empty() ? config.anchor : options.anchor));
  JANGWON_ASSIGN_OR_RETURN(const auto reference, read_optional_side(options.reference));

  reports::GateInputs inputs;
  inputs.candidate = &candidate;
  inputs.baseline = baseline ? &*baseline : nullptr;
  inputs.anchor = anchor ? &*anchor : nullptr;
  inputs.reference = reference ? &*reference : nullptr;
  inputs.informational = options.informational;
  inputs.probes.replay = [&](const std::string& corpus) {
    return replay_corpus(corpus, options.probes);
  };
  inputs.probes.parity = [&](const std::string& model, const std::string& prompts) {
    return measure_parity(model, prompts, options.probes);
  };
  JANGWON_ASSIGN_OR_RETURN(const reports::GateResult result, reports::run_gate(config, inputs));
  if (options.json) {
    write_output(to_json_text(reports::gate_json(result)));
  } else if (wants_text(options)) {
    write_output(
        reports::gate_text(result, {.language = language, .max_lines = options.verbose ? 0 : 60}));
  }
  JANGWON_RETURN_IF_ERROR(write_outputs(options, result, language));
  return reports::gate_status(result);
}

Status record(const RecordOptions& options) {
  if (options.task.empty() == options.model.empty())
    return invalid_argument(
        "gate record needs either --task (replies for L0) or --model (prompts for L1)");
  JANGWON_ASSIGN_OR_RETURN(const std::string rows,
                           options.model.empty()
                               ? record_replay(options.task, options.file, options.probes)
                               : record_parity(options.model, options.file, options.probes));
  write_output(rows);
  return ok_status();
}

// One check of a stored verdict in full.
Status explain(const ExplainOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::Language language,
                           reports::chosen_language(options.language));
  JANGWON_ASSIGN_OR_RETURN(const Json json, read_json_file(options.file));
  try {
    if (json.at("schema") != "jangwon.gate/1")
      return unsupported("{file} is not a gate.json of this program", {{"file", options.file}});
    std::vector<std::string> known;
    for (const Json& check : json.at("checks")) {
      known.push_back(check.at("id").get<std::string>());
      if (known.back() != options.check) continue;
      const std::string text =
          check.at("explanation").at(reports::name_of(language)).get<std::string>();
      write_output(options.json ? to_json_text(check) : text);
      return ok_status();
    }
    return not_found(unknown_name_message("check", options.check, known)).at(options.file);
  } catch (const Json::exception&) {
    return unsupported("{file} is not a gate.json of this program: {cause}",
                       {{"file", options.file}, {"cause", caught_exception().sentence()}});
  }
}

void add_gate_options(CLI::App* command, const std::shared_ptr<Options>& options) {
  command->add_option("--config,-c", options->config, "the gate file (YAML)");
  command->add_option("--candidate", options->candidate, "run folder of the build under test");
  command->add_option("--baseline", options->baseline,
                      "baseline or run to compare with (instead of the file's rolling one)");
  command->add_option("--anchor", options->anchor, "a second, older baseline, against slow drift");
  command->add_option("--reference", options->reference,
                      "where L3 checks find their reference model");
  command
      ->add_option("--format", options->formats,
                   "text, json, junit, github, gitlab, badge (several allowed)")
      ->delimiter(',');
  command->add_option("--out", options->out, "folder for gate.json and the formats' files");
  command->add_option("--report-url", options->report_url, "link that GitLab shows");
  command->add_option("--lang", options->language, "ko or en (default: that of LANG)");
  command
      ->add_option("--threads", options->probes.num_threads, "threads of the embedded engine (L1)")
      ->transform(setting_check("threads"));
  command->add_option("--include-path", options->probes.include_path,
                      "L0: a folder of further tasks");
  command->add_flag("--json", options->json, "print gate.json to stdout and nothing else");
  command->add_flag("--informational", options->informational, "report, but exit with 0");
  command->add_flag("--verbose", options->verbose, "print everything, however long");
  command->add_flag("--config-from-baseline", options->config_from_baseline,
                    "judge by the gate file that was accepted with the baseline, so that a change "
                    "cannot loosen its own gate");
  command->add_flag("--allow-unsandboxed", options->probes.allow_unsandboxed,
                    "L0: run programs without the sandbox");
}

}  // namespace

void add_gate_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand(
      "gate", "verdict on a build: compare a run with its baseline by a gate file");
  const auto options = std::make_shared<Options>();
  add_gate_options(command, options);
  CLI::App* run_command = command->add_subcommand("run", "the same as `gate` alone");
  add_gate_options(run_command, options);

  set_examples(
      *command,
      {{"jangwon gate -c gate.yaml --candidate runs/new --baseline baselines/main",
        "the verdict is the exit code"},
       {"jangwon gate -c gate.yaml --candidate runs/new --format junit,github --out verdict",
        "for continuous integration"},
       {"jangwon gate explain verdict/gate.json CHECK", "why a check failed"}});
  set_examples(*run_command, {{"jangwon gate run -c gate.yaml --candidate runs/new", ""},
                              {"jangwon gate run -c gate.yaml --candidate runs/new --informational",
                               "a first look, without consequences"}});
  const auto record_options = std::make_shared<RecordOptions>();
  CLI::App* record_command = command->add_subcommand(
      "record", "write what this build gives into rows for L0 or L1 checks");
  record_command->add_option("--task", record_options->task,
                             "the task whose replies are graded (L0)");
  record_command->add_option("--model", record_options->model, "the model that is asked (L1)");
  record_command->add_option("FILE", record_options->file, "rows, one JSON object a line")
      ->required();
  record_command->add_option("--include-path", record_options->probes.include_path,
                             "a folder of further tasks");
  record_command->add_flag("--allow-unsandboxed", record_options->probes.allow_unsandboxed,
                           "run programs without the sandbox");

  set_examples(*record_command, {{"jangwon gate record --task {task} replies.jsonl",
                                  "verdicts of this build on stored replies"},
                                 {"jangwon gate record --model standin-axk1 prompts.jsonl",
                                  "log-probabilities of this build"}});
  const auto explain_options = std::make_shared<ExplainOptions>();
  CLI::App* explain_command = command->add_subcommand("explain", "one check of a stored gate.json");
  explain_command->add_option("GATE_JSON", explain_options->file, "a stored gate.json")->required();
  explain_command->add_option("CHECK", explain_options->check, "the id of a check")->required();
  explain_command->add_option("--lang", explain_options->language,
                              "ko or en (default: that of LANG)");
  explain_command->add_flag("--json", explain_options->json, "the check as it stands in the file");

  set_examples(*explain_command, {{"jangwon gate explain verdict/gate.json score_drop", ""},
                                  {"jangwon gate explain verdict/gate.json score_drop --json",
                                   "as it stands in the file"}});
  command->callback([=, &context] {
    if (record_command->parsed()) {
      context.status = record(*record_options);
    } else if (explain_command->parsed()) {
      context.status = explain(*explain_options);
    } else {
      context.status = gate(*options);
    }
  });
}

}  // namespace jangwon::harness
