// Two tasks may not answer to one word, folded to lower case without punctuation: a user's task
// that takes the name or an alias of another is refused where the list is read, not resolved by the
// order of folders.

#include "harness/task/task_catalogue.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

std::string fold(const std::string& name) {
  std::string folded;
  for (char c : name) {
    if (c == '-' || c == '_' || c == ' ' || c == ':' || c == '.') continue;
    folded += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return folded;
}

Status collect(const fs::path& root, std::vector<std::string>& folders) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(root.string()));
  for (const std::string& name : names) {
    if (path_exists(root / name / "task.yaml")) folders.push_back((root / name).string());
  }
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

bool answers_to(const TaskSpec& task, const std::string& folded) {
  const std::vector<std::string>& aliases = task.profile.aliases;
  return fold(task.name) == folded ||
         std::any_of(aliases.begin(), aliases.end(),
                     [&](const std::string& alias) { return fold(alias) == folded; });
}

// A word that two tasks answer to would mean whichever was read first.
Status check_names(const std::vector<TaskSpec>& tasks) {
  std::map<std::string, const TaskSpec*> owner;
  for (const TaskSpec& task : tasks) {
    std::vector<std::string> names = task.profile.aliases;
    names.push_back(task.name);
    for (const std::string& name : names) {
      const auto [known, fresh] = owner.emplace(fold(name), &task);
      if (fresh || known->second == &task) continue;
      return invalid_argument(
          "two tasks are called \"{index}\": {folder} and {folder_2}; rename one",
          {{"index", name}, {"folder", known->second->folder}, {"folder_2", task.folder}});
    }
  }
  return ok_status();
}

// Titles of groups by name, in the file's order; none where there is no file.
Status read_group_titles(const std::string& path, std::vector<TaskGroup>& groups) {
  if (!path_exists(path)) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  JANGWON_RETURN_IF_ERROR(root.expect_keys({"groups"}));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode titles, root.at("groups"));
  for (const std::string& name : titles.keys()) {
    TaskGroup group;
    group.name = name;
    JANGWON_RETURN_IF_ERROR(titles.read(name, group.title));
    groups.push_back(std::move(group));
  }
  return ok_status();
}

// What `word` may have meant, where it is no task.
Status unknown_word(const std::string& word, const std::vector<TaskSpec>& tasks,
                    const std::vector<TaskGroup>& groups) {
  std::vector<std::string> known;
  for (const TaskSpec& task : tasks)
    known.push_back(task.name);
  for (const TaskGroup& group : groups)
    if (!group.name.empty()) known.push_back(group.name);
  return not_found(unknown_name_message("task", word, known));
}

// By name, by an alias or by a path; nothing where no task answers.
Result<std::optional<TaskSpec>> look_up(const std::string& name, const std::string& include_path) {
  if (name.find('/') != std::string::npos) {
    if (!path_exists(fs::path(name) / "task.yaml")) {
      return not_found(
          "no task.yaml in the folder {folder}; give a task's name or the folder of one",
          {{"folder", name}});
    }
    JANGWON_ASSIGN_OR_RETURN(TaskSpec task, read_task_spec(name));
    return std::optional(std::move(task));
  }
  // The folder is called like its task as a rule; then the other files need not be read.
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> folders, task_folders(include_path));
  for (const std::string& folder : folders) {
    if (fs::path(folder).filename() == name) {
      JANGWON_ASSIGN_OR_RETURN(TaskSpec task, read_task_spec(folder));
      if (task.name == name) return std::optional(std::move(task));
    }
  }
  JANGWON_ASSIGN_OR_RETURN(std::vector<TaskSpec> tasks, list_tasks(include_path));
  for (TaskSpec& task : tasks) {
    if (answers_to(task, fold(name))) return std::optional(std::move(task));
  }
  return std::optional<TaskSpec>();
}

}  // namespace

Result<std::vector<TaskSpec>> list_tasks(const std::string& include_path) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> folders, task_folders(include_path));
  std::vector<TaskSpec> tasks;
  for (const std::string& folder : folders) {
    JANGWON_ASSIGN_OR_RETURN(TaskSpec task, read_task_spec(folder));
    tasks.push_back(std::move(task));
  }
  std::sort(tasks.begin(), tasks.end(),
            [](const TaskSpec& a, const TaskSpec& b) { return a.name < b.name; });
  JANGWON_RETURN_IF_ERROR(check_names(tasks));
  return tasks;
}

Result<std::vector<TaskGroup>> list_groups(const std::vector<TaskSpec>& tasks,
                                           const std::string& include_path) {
  std::vector<TaskGroup> groups;
  JANGWON_ASSIGN_OR_RETURN(const std::string installed, find_installed("tasks"));
  JANGWON_RETURN_IF_ERROR(read_group_titles(installed + "/groups.yaml", groups));
  if (!include_path.empty())
    JANGWON_RETURN_IF_ERROR(read_group_titles(include_path + "/groups.yaml", groups));
  std::map<std::string, std::vector<std::string>> members;
  for (const TaskSpec& task : tasks) {
    if (task.profile.groups.empty()) members[""].push_back(task.name);
    for (const std::string& group : task.profile.groups)
      members[group].push_back(task.name);
  }
  std::vector<TaskGroup> filled;
  for (TaskGroup& group : groups) {
    const auto found = members.find(group.name);
    if (found == members.end()) continue;
    group.tasks = std::move(found->second);
    members.erase(found);
    filled.push_back(std::move(group));
  }
  const std::vector<std::string> without = std::move(members[""]);
  members.erase("");
  for (auto& [name, names] : members)
    filled.push_back({name, Message::value(name), std::move(names)});
  if (!without.empty()) filled.push_back({"", {}, without});
  return filled;
}

Result<TaskSpec> find_task(const std::string& name, const std::string& include_path) {
  JANGWON_ASSIGN_OR_RETURN(std::optional<TaskSpec> task, look_up(name, include_path));
  if (task) return *std::move(task);
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> tasks, list_tasks(include_path));
  return unknown_word(name, tasks, {});
}

Result<std::vector<TaskSpec>> find_tasks(const std::string& word, const std::string& include_path) {
  JANGWON_ASSIGN_OR_RETURN(std::optional<TaskSpec> task, look_up(word, include_path));
  std::vector<TaskSpec> found;
  if (task) {
    found.push_back(*std::move(task));
    return found;
  }
  JANGWON_ASSIGN_OR_RETURN(std::vector<TaskSpec> tasks, list_tasks(include_path));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskGroup> groups, list_groups(tasks, include_path));
  const auto group = std::find_if(groups.begin(), groups.end(), [&](const TaskGroup& one) {
    return !one.name.empty() && fold(one.name) == fold(word);
  });
  if (group == groups.end()) return unknown_word(word, tasks, groups);
  for (TaskSpec& each : tasks) {
    if (std::find(group->tasks.begin(), group->tasks.end(), each.name) != group->tasks.end())
      found.push_back(std::move(each));
  }
  return found;
}

}  // namespace jangwon::harness
