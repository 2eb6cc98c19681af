#include <CLI/CLI.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"

namespace jangwon::harness {

void add_models_command(CLI::App& app, CommandContext& context) {
  CLI::App* models = app.add_subcommand(
      "models",
      "Look at a model's folder: its shapes, its golden outputs, its tokenizer, its template.");
  models->require_subcommand(1);
  set_examples(*models, {{"jangwon models show models/k-exaone", ""},
                         {"jangwon models verify models/k-exaone", ""}});
  add_models_show_command(*models, context);
  add_models_verify_command(*models, context);
  add_models_text_commands(*models, context);
}

}  // namespace jangwon::harness
