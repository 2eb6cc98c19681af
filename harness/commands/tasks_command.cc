// jangwon tasks list | show NAME | render NAME: what can be asked, and exactly how.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/prompt/prompt_renderer.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

struct TasksFlags {
  std::string name;
  std::string include_path;
  bool json = false;
};

Json summary_of(const TaskSpec& task) {
  Json styles = Json::array();
  for (const PromptStyle& style : task.styles)
    styles.push_back(style.name);
  return Json{{"name", task.name},
              {"version", task.version},
              {"title", task.title},
              {"description", task.description},
              {"folder", task.folder},
              {"sha256", task.sha256},
              {"kind", task.kind == TaskKind::kGenerate ? "generate" : "multiple_choice"},
              {"bundled", task.bundled_manifest},
              {"published", task.published_manifest},
              {"split", task.split},
              {"styles", styles},
              {"repeats", task.repeats},
              {"filters", task.filters},
              {"scorer", task.scorers.front().name},
              {"scorer_options", Json::parse(task.scorers.front().options_json)},
              {"metric", task.metric},
              {"cluster_key", task.cluster_key},
              {"strata_keys", task.strata_keys}};
}

Status list(const TasksFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> tasks, list_tasks(flags.include_path));
  if (flags.json) {
    Json all = Json::array();
    for (const TaskSpec& task : tasks)
      all.push_back(summary_of(task));
    std::fputs(to_json_text(all).c_str(), stdout);
    return ok_status();
  }
  size_t width = 0;
  for (const TaskSpec& task : tasks)
    width = std::max(width, task.name.size());
  for (const TaskSpec& task : tasks)
    fmt::print("{:<{}}  v{}  {}\n", task.name, width, task.version, task.description);
  return ok_status();
}

Status show(const TasksFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const TaskSpec task, find_task(flags.name, flags.include_path));
  if (flags.json) {
    std::fputs(to_json_text(summary_of(task)).c_str(), stdout);
    return ok_status();
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(task.folder + "/task.yaml"));
  fmt::print("# {}/task.yaml\n{}", task.folder, text);
  return ok_status();
}

}  // namespace

void add_tasks_command(CLI::App& app, CommandContext& context) {
  CLI::App& group = *app.add_subcommand("tasks", "What can be asked: list, show");
  group.require_subcommand(1);
  auto flags = std::make_shared<TasksFlags>();

  CLI::App& list_command = *group.add_subcommand("list", "All tasks");
  list_command.add_option("--include-path,--include_path", flags->include_path, "a folder of further tasks");
  list_command.add_flag("--json", flags->json, "JSON on stdout");
  list_command.callback([flags, &context] { context.status = list(*flags); });

  CLI::App& show_command =
      *group.add_subcommand("show", "One task: its task.yaml, or with --json what was read from it");
  show_command.add_option("name", flags->name, "a task's name, or a folder with a task.yaml")->required();
  show_command.add_option("--include-path,--include_path", flags->include_path, "a folder of further tasks");
  show_command.add_flag("--json", flags->json, "JSON on stdout");
  show_command.callback([flags, &context] { context.status = show(*flags); });
}

}  // namespace jangwon::harness
