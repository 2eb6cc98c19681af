// jangwon init [FILE]: a commented file of settings, made from the flags of `jangwon run`.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/run_settings.h"
#include "runtime/base/file.h"
#include "runtime/base/new_file.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

Status write_settings(const CLI::App& app, const std::string& path) {
  const std::string text = settings_template(*app.get_subcommand("run"));
  if (path == "-") {
    write_output(text);
    return ok_status();
  }
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    return invalid_argument("{path} is there already; remove it or name another file",
                            {{"path", path}});
  }
  JANGWON_RETURN_IF_ERROR(write_new_file(path, text));
  write_output(path + "\n");
  return ok_status();
}

}  // namespace

void add_init_command(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("init", "Write a commented file of settings for jangwon run --config");
  auto path = std::make_shared<std::string>("jangwon.yaml");
  command.add_option("file", *path, "file to write (default jangwon.yaml); - writes to stdout");
  set_examples(command, {{"jangwon init && jangwon run --config jangwon.yaml --set limit=20",
                          "a file, and a run with one setting changed"},
                         {"jangwon init -", "every setting with its meaning, on the terminal"}});
  command.callback([&app, path, &context] { context.status = write_settings(app, *path); });
}

}  // namespace jangwon::harness
