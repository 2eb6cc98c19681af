#include "harness/commands/command.h"

#include <CLI/CLI.hpp>

namespace jangwon::harness {

void add_commands(CLI::App& app, CommandContext& context) {
  static_cast<void>(app);
  static_cast<void>(context);
}

}  // namespace jangwon::harness
