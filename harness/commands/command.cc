#include "harness/commands/command.h"

#include <CLI/CLI.hpp>

#include "harness/commands/help_text.h"

namespace jangwon::harness {

void add_commands(CLI::App& app, CommandContext& context) {
  app.name("jangwon");
  app.description("Jangwon evaluates Korean large language models.");
  app.formatter(make_help_formatter());
  app.set_help_flag("-h,--help", "this help");
  // main takes it from the words before they are parsed; declared for the help and the completions.
  const CLI::callback_t taken = [](const CLI::results_t&) { return true; };
  app.add_option("--lang", taken, "ko or en (default: that of LANG); every command takes it");
  app.require_subcommand(1);
  set_examples(app,
               {{"jangwon run --model standin-axk1 --tasks {task},{other task} -o runs/first",
                 "a first run"},
                {"jangwon report runs/first --format md,site -o out", "its table and its site"},
                {"jangwon compare runs/first runs/second", "two runs, question by question"}},
               "Every command has --help with examples. Exit codes: 0 ok, 1 a gate failed, 2 usage "
               "or configuration, 3 a "
               "gate could not decide, 4 not comparable or no baseline, 5 incomplete.");
  add_run_command(app, context);
  add_init_command(app, context);
  add_merge_command(app, context);
  add_score_command(app, context);
  add_grade_command(app, context);
  add_report_command(app, context);
  add_compare_command(app, context);
  add_plan_command(app, context);
  add_gate_command(app, context);
  add_baseline_command(app, context);
  add_export_command(app, context);
  add_completion_command(app, context);
  add_tasks_command(app, context);
  add_models_command(app, context);
  add_data_command(app, context);
  add_serve_command(app, context);
  add_bench_command(app, context);
  add_selftest_command(app, context);
}

}  // namespace jangwon::harness
