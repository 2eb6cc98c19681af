#include "harness/commands/command.h"

#include <CLI/CLI.hpp>

namespace jangwon::harness {

void add_commands(CLI::App& app, CommandContext& context) {
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
  add_bench_command(app, context);
  add_selftest_command(app, context);
}

}  // namespace jangwon::harness
