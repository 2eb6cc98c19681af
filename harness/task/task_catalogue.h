// Which tasks there are: the folders below tasks/, below --include-path, and any folder named by its path.

#pragma once

#include <string>
#include <vector>

#include "harness/task/task_spec.h"

namespace jangwon::harness {

// `include_path` may be empty. Sorted by name; a broken task.yaml is an error, not a gap in the list.
Result<std::vector<TaskSpec>> list_tasks(const std::string& include_path);

// `name` is a task's name, one of the spellings that other harnesses use for it, or the path of a folder with a
// task.yaml.
Result<TaskSpec> find_task(const std::string& name, const std::string& include_path);

}  // namespace jangwon::harness
