#include <CLI/CLI.hpp>
#include <cstdint>
#include <string_view>

#include "harness/commands/command.h"
#include "harness/commands/run_settings.h"
#include "runtime/base/check.h"
#include "tests/fuzz/fuzz_folder.h"

// A file for `jangwon run --config`, and one setting of --set: resolved into flags or a sentence.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const FuzzFolder folder;
  static CLI::App app;
  static harness::CommandContext context;
  static const CLI::App* const run = [] {
    harness::add_run_command(app, context);
    return app.get_subcommand("run");
  }();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string path = folder.write("run.yaml", text);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--config", path}, std::vector<std::string>{"--set", text}}) {
    const auto resolved = harness::resolve_settings(*run, words);
    JANGWON_CHECK(resolved.ok() || !resolved.status().message().empty());
  }
  return 0;
}
