#include "harness/task/task_catalogue.h"

#include <algorithm>
#include <filesystem>

#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

// Spellings of the four tasks in lm-eval, inspect, evalscope and the technical reports, folded to lower case without
// punctuation.
struct Alias {
  const char* folded;
  const char* name;
};
constexpr Alias kAliases[] = {
    {"aime2025", "aime25"},
    {"aime25", "aime25"},
    {"livecodebench", "livecodebench_v6"},
    {"livecodebenchv6", "livecodebench_v6"},
    {"lcbv6", "livecodebench_v6"},
    {"lcb", "livecodebench_v6"},
    {"lcbcodegeneration", "livecodebench_v6"},
    {"kmmlupro", "kmmlu_pro"},
    {"mmlupro", "mmlu_pro"},
};

std::string fold(const std::string& name) {
  std::string folded;
  for (char c : name) {
    if (c == '-' || c == '_' || c == ' ' || c == ':' || c == '.') continue;
    folded += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return folded;
}

Status collect(const fs::path& root, std::vector<std::string>& folders) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, error)) {
    if (path_exists(entry.path() / "task.yaml")) folders.push_back(entry.path().string());
  }
  if (error) return not_found("cannot list the tasks below " + root.string() + ": " + error.message());
  return ok_status();
}

Result<std::vector<std::string>> task_folders(const std::string& include_path) {
  JANGWON_ASSIGN_OR_RETURN(const std::string installed, find_installed("tasks"));
  std::vector<std::string> folders;
  JANGWON_RETURN_IF_ERROR(collect(installed, folders));
  if (!include_path.empty()) JANGWON_RETURN_IF_ERROR(collect(include_path, folders));
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

Result<std::vector<TaskSpec>> list_tasks(const std::string& include_path) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> folders, task_folders(include_path));
  std::vector<TaskSpec> tasks;
  for (const std::string& folder : folders) {
    JANGWON_ASSIGN_OR_RETURN(TaskSpec task, read_task_spec(folder));
    tasks.push_back(std::move(task));
  }
  std::sort(tasks.begin(), tasks.end(), [](const TaskSpec& a, const TaskSpec& b) { return a.name < b.name; });
  for (size_t i = 1; i < tasks.size(); ++i) {
    if (tasks[i].name == tasks[i - 1].name) {
      return invalid_argument("two tasks are called \"" + tasks[i].name + "\": " + tasks[i - 1].folder + " and " +
                              tasks[i].folder + "; rename one");
    }
  }
  return tasks;
}

Result<TaskSpec> find_task(const std::string& name, const std::string& include_path) {
  if (name.find('/') != std::string::npos) {
    if (!path_exists(fs::path(name) / "task.yaml")) {
      return not_found("no task.yaml in the folder " + name + "; give a task's name or the folder of one");
    }
    return read_task_spec(name);
  }
  // The folder is called like its task as a rule; then the other files need not be read.
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> folders, task_folders(include_path));
  for (const std::string& folder : folders) {
    if (fs::path(folder).filename() == name) {
      JANGWON_ASSIGN_OR_RETURN(TaskSpec task, read_task_spec(folder));
      if (task.name == name) return task;
    }
  }
  JANGWON_ASSIGN_OR_RETURN(std::vector<TaskSpec> tasks, list_tasks(include_path));
  std::vector<std::string> known;
  for (TaskSpec& task : tasks) {
    if (task.name == name || fold(task.name) == fold(name)) return std::move(task);
    known.push_back(task.name);
  }
  for (const Alias& alias : kAliases) {
    if (alias.name != name && fold(name) == alias.folded) return find_task(alias.name, include_path);
  }
  return not_found(unknown_name_message("task", name, known));
}

}  // namespace jangwon::harness
