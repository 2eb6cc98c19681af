#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "reports/gate/compare_report.h"
#include "runtime/base/json.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct Options {
  std::string a;
  std::string b;
  std::string scope;
  std::string language;
  int max_flips = 10;
  bool json = false;
  reports::CompareRequest request;
};

Status compare(Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const reports::Language language,
                           reports::chosen_language(options.language));
  if (!options.scope.empty()) {
    options.request.scope = reports::scope_of_name(options.scope);
    if (!options.request.scope)
      return invalid_argument("--scope is {scope}; it can be fixed_items or population",
                              {{"scope", options.scope}});
  }
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide a, reports::read_side(options.a));
  JANGWON_ASSIGN_OR_RETURN(const reports::EvaluationSide b, reports::read_side(options.b));
  JANGWON_ASSIGN_OR_RETURN(const reports::CompareReport report,
                           reports::compare_sides(a, b, options.request));
  if (options.json) {
    write_output(to_json_text(reports::compare_json(report)));
  } else {
    write_output(reports::compare_text(report, language, options.max_flips));
  }
  return reports::comparability_status(report);
}

}  // namespace

void add_compare_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand(
      "compare", "compare two runs or baselines question by question (B minus A)");
  const auto options = std::make_shared<Options>();
  command->add_option("A", options->a, "run folder or baseline: the reference")->required();
  command->add_option("B", options->b, "run folder or baseline: the candidate")->required();
  command->add_option("--tasks,--task,-t", options->request.tasks, "only these tasks")
      ->delimiter(',');
  command->add_option("--model-a", options->request.model_a, "the model of A, when it has several");
  command->add_option("--model-b", options->request.model_b, "the model of B, when it has several");
  command->add_option(
      "--scope", options->scope,
      "fixed_items (did these questions change?) or population (is B better on such questions?)");
  command->add_option("--ratio", options->request.rho, "the share of A that B is tested to reach")
      ->transform(setting_check("ratio"))
      ->capture_default_str();
  command->add_option("--flips", options->max_flips, "flipped questions listed a task")
      ->transform(setting_check("flips"))
      ->capture_default_str();
  command->add_option("--lang", options->language, "ko or en (default: that of LANG)");
  command->add_flag("--json", options->json, "print JSON");
  set_examples(*command,
               {{"jangwon compare runs/first runs/second", "what changed, question by question"},
                {"jangwon compare runs/first runs/second --scope population --tasks {task}",
                 "is the second better on such questions?"}});
  command->callback([options, &context] { context.status = compare(*options); });
}

}  // namespace jangwon::harness
