// One file a command: `void add_X_command(CLI::App& app, CommandContext& context)` declares its
// flags on the program's CLI11 app and sets a callback that stores the outcome in context.status.
// The list of them stands in command.cc.
//
// Output discipline: results to stdout; progress, notes and warnings to stderr. With --json stdout
// carries JSON alone.

#pragma once

#include "runtime/base/status.h"

namespace CLI {
class App;
}

namespace jangwon::harness {

struct CommandContext {
  // the outcome of the command that ran; main turns it into a message and an exit code
  Status status;
};

// All commands of the program.
void add_commands(CLI::App& app, CommandContext& context);

void add_baseline_command(CLI::App& app, CommandContext& context);
void add_compare_command(CLI::App& app, CommandContext& context);
void add_completion_command(CLI::App& app, CommandContext& context);
void add_export_command(CLI::App& app, CommandContext& context);
void add_gate_command(CLI::App& app, CommandContext& context);
void add_plan_command(CLI::App& app, CommandContext& context);
void add_data_command(CLI::App& app, CommandContext& context);
void add_grade_command(CLI::App& app, CommandContext& context);
void add_init_command(CLI::App& app, CommandContext& context);
void add_merge_command(CLI::App& app, CommandContext& context);
void add_models_command(CLI::App& app, CommandContext& context);
void add_bench_command(CLI::App& app, CommandContext& context);
void add_report_command(CLI::App& app, CommandContext& context);
void add_run_command(CLI::App& app, CommandContext& context);
void add_score_command(CLI::App& app, CommandContext& context);
void add_selftest_command(CLI::App& app, CommandContext& context);
void add_serve_command(CLI::App& app, CommandContext& context);
void add_tasks_command(CLI::App& app, CommandContext& context);

// Parts of `jangwon selftest`, added to its own subcommand.
void add_selftest_determinism(CLI::App& selftest, CommandContext& context);
void add_selftest_stats(CLI::App& selftest, CommandContext& context);

// Parts of `jangwon models`, added to its own subcommand.
void add_models_show_command(CLI::App& models, CommandContext& context);
void add_models_verify_command(CLI::App& models, CommandContext& context);
void add_models_text_commands(CLI::App& models, CommandContext& context);  // tokenize, render

}  // namespace jangwon::harness
