// jangwon plan: what a gate can detect before anything runs. A gate file is planned by
// reports/gate/gate_plan.h; a single task is one check that is put together here from flags, with
// what a baseline or the task's own profile says where a flag is silent. What cannot decide is
// refused with the exit code of a gate, because a plan is read by continuous integration too.
// tests/reports/gate/gate_plan_test.cc holds the figures, tests/e2e/gate_test.cc the command.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "harness/task/task_catalogue.h"
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
  std::string include_path;
  int repeats = 1;
  int num_questions = 0;
  std::string margin;  // empty: the task's
  std::string scope = "fixed_items";
  double alpha = 0.01;
  double min_power = 0.5;
  std::string language;
  bool json = false;
};

Result<reports::TaskProfiles> known_profiles(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> tasks, list_tasks(options.include_path));
  reports::TaskProfiles profiles;
  for (const TaskSpec& task : tasks)
    profiles.push_back(task.profile);
  return profiles;
}

Result<std::vector<reports::PlannedCheck>> plan_of_file(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::GateConfig config,
                           reports::read_gate_config(options.config));
  JANGWON_ASSIGN_OR_RETURN(const reports::TaskProfiles known, known_profiles(options));
  if (options.baseline.empty()) return reports::plan_gate(config, nullptr, known);
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide baseline,
                           reports::read_side(options.baseline));
  return reports::plan_gate(config, &baseline, known);
}

// The profile of --task: by any word that `run --tasks` takes for one task, or by its name in
// the baseline alone.
Result<reports::TaskProfiles> profile_of_task(const Options& options) {
  const Result<TaskSpec> task = find_task(options.task, options.include_path);
  if (task.ok()) return reports::TaskProfiles{task->profile};
  if (options.baseline.empty() && options.num_questions == 0) return task.status();
  TaskProfile unknown;
  unknown.name = options.task;
  return reports::TaskProfiles{unknown};
}

Result<std::vector<reports::PlannedCheck>> plan_of_task(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::TaskProfiles known, profile_of_task(options));
  const std::string& task = known.front().name;
  reports::PlanRequest request;
  request.task = task;
  request.repeats = options.repeats;
  request.alpha = options.alpha;
  request.min_power = options.min_power;
  const auto scope = reports::scope_of_name(options.scope);
  if (!scope)
    return invalid_argument("--scope is {scope}; it can be fixed_items or population",
                            {{"scope", options.scope}});
  request.scope = *scope;
  request.margin = reports::planning_values(task, nullptr, known).margin;
  if (!options.margin.empty()) {
    JANGWON_ASSIGN_OR_RETURN(const reports::Amount margin, reports::parse_amount(options.margin));
    if (margin.relative || margin.value <= 0)
      return invalid_argument("--margin must be in points, e.g. 2pt");
    request.margin = margin.value;
  }
  std::optional<reports::EvaluationSide> baseline;
  const reports::TaskOutcomes* outcomes = nullptr;
  if (!options.baseline.empty()) {
    JANGWON_ASSIGN_OR_RETURN(baseline, reports::read_side(options.baseline));
    for (const reports::TaskOutcomes& each : baseline->tasks) {
      if (each.task == task) outcomes = &each;
    }
    if (outcomes == nullptr) {
      return invalid_argument(unknown_name_message("task", task, baseline->task_names()))
          .at(options.baseline);
    }
    request.mean_generation_ms = outcomes->mean_generation_ms;
    request.greedy = reports::runs_are_copies(*outcomes);
    request.baseline_repeats = outcomes->repeats;
  }
  request.level = reports::planning_values(task, outcomes, known).score;
  if (outcomes != nullptr)
    request.level =
        reports::indicator_rate(*outcomes, *reports::find_indicator(reports::kAccuracyMetric))
            .value_or(request.level);
  request.variance = reports::planning_variance(task, outcomes, known);
  request.n = options.num_questions > 0 ? options.num_questions
              : outcomes                ? static_cast<int>(outcomes->items.size())
                                        : reports::published_size(task, known).value_or(0);
  if (request.n < 2)
    return invalid_argument("how many questions {task} has is not known; give their number with -n",
                            {{"task", task}});
  return std::vector<reports::PlannedCheck>{reports::plan_check(task, request)};
}

Status plan(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::Language language,
                           reports::chosen_language(options.language));
  if (options.config.empty() == options.task.empty())
    return invalid_argument("plan needs either --config GATE.yaml or --task TASK with --repeats K");
  JANGWON_ASSIGN_OR_RETURN(const auto checks,
                           options.task.empty() ? plan_of_file(options) : plan_of_task(options));
  if (options.json) {
    write_output(to_json_text(reports::plan_json(checks)));
  } else {
    write_output(reports::plan_text(checks, language));
  }
  return reports::plan_status(checks);
}

}  // namespace

void add_plan_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand(
      "plan", "what a gate can detect, what it costs, and whether it can decide at all");
  const auto options = std::make_shared<Options>();
  command->add_option("--config,-c", options->config, "a gate file: every accuracy check of it");
  command->add_option("--task,-t", options->task,
                      "one task instead: its name, or a folder with a task.yaml");
  command->add_option("--include-path", options->include_path, "a folder of further tasks");
  command->add_option("--repeats,-k", options->repeats, "runs a question")
      ->transform(setting_check("repeats"))
      ->capture_default_str();
  command
      ->add_option("-n", options->num_questions,
                   "questions; otherwise the baseline's or the published number")
      ->transform(setting_check("num_questions"));
  command->add_option("--margin", options->margin,
                      "the drop that must be found (default: the task's)");
  command->add_option("--scope", options->scope, "fixed_items or population")
      ->capture_default_str();
  command->add_option("--alpha", options->alpha, "false-alarm rate")
      ->transform(setting_check("alpha"))
      ->capture_default_str();
  command->add_option("--min-power", options->min_power, "refuse below this power at the margin")
      ->transform(setting_check("min_power"))
      ->capture_default_str();
  command->add_option("--baseline", options->baseline,
                      "take variances, sizes and times from this run or baseline");
  command->add_option("--lang", options->language, "ko or en (default: that of LANG)");
  command->add_flag("--json", options->json, "print JSON");
  set_examples(*command,
               {{"jangwon plan --task {task} --repeats 32 --margin 2pt",
                 "can 32 runs a question find a drop of 2 points?"},
                {"jangwon plan -c gate.yaml --baseline baselines/main", "every check of a gate"}});
  command->callback([options, &context] { context.status = plan(*options); });
}

}  // namespace jangwon::harness
