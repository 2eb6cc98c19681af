// The composition root: declares the commands, runs the one that was asked for, turns its Status into a sentence and an
// exit code.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <new>

#include "harness/commands/command.h"
#include "runtime/base/nearest_name.h"

namespace {

// The first word must be a command; CLI11 would only say that one is required.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return "";
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return "";
    names.push_back(command->get_name());
  }
  return jangwon::unknown_name_message("command", argv[1], names);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace jangwon::harness;
  CLI::App app{"Jangwon evaluates Korean large language models."};
  app.name("jangwon");
  app.require_subcommand(1);
  CommandContext context;
  add_commands(app, context);
  if (const std::string wrong = unknown_command(app, argc, argv); !wrong.empty()) {
    std::fprintf(stderr, "jangwon: %s\n", wrong.c_str());
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "jangwon: out of memory; what a run has written is kept, and the same command goes on\n");
    return exit_code(jangwon::StatusCode::kUnavailable);
  }
  if (!context.status.ok()) {
    std::fprintf(stderr, "jangwon: %s\n", context.status.message().c_str());
    return exit_code(context.status.code());
  }
  return 0;
}
