// Which tasks there are: the folders below tasks/, below --include-path, and any folder named by
// its path. Groups of tasks are data too: a task names its groups, and a file groups.yaml beside
// the folders gives them titles.

#pragma once

#include <string>
#include <vector>

#include "harness/task/task_spec.h"

namespace jangwon::harness {

struct TaskGroup {
  std::string name;  // empty: the tasks that name no group
  Message title;
  std::vector<std::string> tasks;  // by name
};

// `include_path` may be empty. Sorted by name; a broken task.yaml is an error, not a
// gap in the list.
Result<std::vector<TaskSpec>> list_tasks(const std::string& include_path);

// In the order of groups.yaml, then by name, the tasks without a group last. A group without
// tasks is left out.
Result<std::vector<TaskGroup>> list_groups(const std::vector<TaskSpec>& tasks,
                                           const std::string& include_path);

// `name` is a task's name, one of its aliases (in any case, with any punctuation), or the path of a
// folder with a task.yaml.
Result<TaskSpec> find_task(const std::string& name, const std::string& include_path);

// The tasks that a word means: the one that find_task finds, or those of a group.
Result<std::vector<TaskSpec>> find_tasks(const std::string& word, const std::string& include_path);

}  // namespace jangwon::harness
