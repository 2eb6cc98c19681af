// The composition root: declares the commands, runs the one that was asked for, turns its Status into a sentence and an
// exit code.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "harness/commands/command.h"

int main(int argc, char** argv) {
  using namespace jangwon::harness;
  CLI::App app{"Jangwon evaluates Korean large language models."};
  app.name("jangwon");
  app.require_subcommand(1);
  CommandContext context;
  add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!context.status.ok()) {
    std::fprintf(stderr, "jangwon: %s\n", context.status.message().c_str());
    return exit_code(context.status.code());
  }
  return 0;
}
