#include "harness/commands/command.h"

#include <CLI/CLI.hpp>

namespace jangwon::harness {

void add_commands(CLI::App& app, CommandContext& context) {
  add_run_command(app, context);
  add_tasks_command(app, context);
}

}  // namespace jangwon::harness
