#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "reports/gate/gate_plan.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct Options {
  std::string config;
  std::string baseline;
  std::string task;
  int repeats = 1;
  int num_questions = 0;
  std::string margin = "2pt";
  std::string scope = "fixed_items";
  double alpha = 0.01;
  double min_power = 0.5;
  std::string language;
  bool json = false;
};

Result<std::vector<reports::PlannedCheck>> plan_of_file(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::GateConfig config, reports::read_gate_config(options.config));
  if (options.baseline.empty()) return reports::plan_gate(config, nullptr);
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide baseline, reports::read_side(options.baseline));
  return reports::plan_gate(config, &baseline);
}

Result<std::vector<reports::PlannedCheck>> plan_of_task(const Options& options) {
  reports::PlanRequest request;
  request.task = options.task;
  request.repeats = options.repeats;
  request.alpha = options.alpha;
  request.min_power = options.min_power;
  const auto scope = reports::scope_of_name(options.scope);
  if (!scope) return invalid_argument("--scope is " + options.scope + "; it can be fixed_items or population");
  request.scope = *scope;
  JANGWON_ASSIGN_OR_RETURN(const reports::Amount margin, reports::parse_amount(options.margin));
  if (margin.relative || margin.value <= 0) return invalid_argument("--margin must be in points, e.g. 2pt");
  request.margin = margin.value;
  request.level = reports::planning_level(options.task);
  std::optional<reports::EvaluationSide> baseline;
  const reports::TaskOutcomes* outcomes = nullptr;
  if (!options.baseline.empty()) {
    JANGWON_ASSIGN_OR_RETURN(baseline, reports::read_side(options.baseline));
    for (const reports::TaskOutcomes& each : baseline->tasks) {
      if (each.task == options.task) outcomes = &each;
    }
    if (outcomes == nullptr) {
      return invalid_argument(unknown_name_message("task", options.task, baseline->task_names())).at(options.baseline);
    }
    request.mean_generation_ms = outcomes->mean_generation_ms;
    request.greedy = reports::runs_are_copies(*outcomes);
    request.baseline_repeats = outcomes->repeats;
    request.level =
        reports::indicator_rate(*outcomes, *reports::find_indicator(reports::kAccuracyMetric)).value_or(request.level);
  }
  request.variance = reports::planning_variance(options.task, outcomes);
  const auto published = reports::published_size(options.task);
  request.n = options.num_questions > 0 ? options.num_questions
              : outcomes                ? static_cast<int>(outcomes->items.size())
                                        : published.value_or(0);
  if (request.n < 2)
    return invalid_argument(unknown_name_message("task", options.task, reports::published_tasks()) +
                            " (a task of your own needs its number of questions, -n)");
  return std::vector<reports::PlannedCheck>{reports::plan_check(options.task, request)};
}

Status plan(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::Language language, reports::chosen_language(options.language));
  if (options.config.empty() == options.task.empty())
    return invalid_argument("plan needs either --config GATE.yaml or --task TASK with --repeats K");
  JANGWON_ASSIGN_OR_RETURN(const auto checks, options.task.empty() ? plan_of_file(options) : plan_of_task(options));
  if (options.json) {
    write_output(to_json_text(reports::plan_json(checks)));
  } else {
    write_output(reports::plan_text(checks, language));
  }
  return reports::plan_status(checks);
}

}  // namespace

void add_plan_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("plan", "what a gate can detect, what it costs, and whether it can decide at all");
  const auto options = std::make_shared<Options>();
  command->add_option("--config,-c", options->config, "a gate file: every accuracy check of it");
  command->add_option("--task,-t", options->task, "one task instead");
  command->add_option("--repeats,-k", options->repeats, "runs a question")
      ->transform(setting_check("repeats"))
      ->capture_default_str();
  command->add_option("-n", options->num_questions, "questions; otherwise the baseline's or the published number")
      ->transform(setting_check("num_questions"));
  command->add_option("--margin", options->margin, "the drop that must be found")->capture_default_str();
  command->add_option("--scope", options->scope, "fixed_items or population")->capture_default_str();
  command->add_option("--alpha", options->alpha, "false-alarm rate")
      ->transform(setting_check("alpha"))
      ->capture_default_str();
  command->add_option("--min-power", options->min_power, "refuse below this power at the margin")
      ->transform(setting_check("min_power"))
      ->capture_default_str();
  command->add_option("--baseline", options->baseline, "take variances, sizes and times from this run or baseline");
  command->add_option("--lang", options->language, "ko or en (default: that of LANG)");
  command->add_flag("--json", options->json, "print JSON");
  set_examples(*command, {{"jangwon plan --task aime25 --repeats 32 --margin 2pt",
                           "can 32 runs a question find a drop of 2 points?"},
                          {"jangwon plan -c gate.yaml --baseline baselines/main", "every check of a gate"}});
  command->callback([options, &context] { context.status = plan(*options); });
}

}  // namespace jangwon::harness
