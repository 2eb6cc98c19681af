#include "reports/site/task_groups.h"

#include <algorithm>

#include "harness/task/task_catalogue.h"

namespace jangwon::reports {

Result<std::vector<ColumnGroup>> group_columns(const std::vector<TableColumn>& columns,
                                               const Registry& registry) {
  std::vector<harness::TaskSpec> tasks;
  for (const TableColumn& column : columns) {
    harness::TaskSpec& task = tasks.emplace_back();
    task.name = column.id;
    const harness::TaskProfile* profile = find_task(registry, column.id);
    if (profile != nullptr && !profile->groups.empty())
      task.profile.groups = {profile->groups.back()};
  }
  std::vector<ColumnGroup> groups;
  const auto add = [&](const Message& title, const std::vector<std::string>& names) {
    ColumnGroup& group = groups.emplace_back();
    group.title = title;
    for (const TableColumn& column : columns) {
      if (std::find(names.begin(), names.end(), column.id) != names.end())
        group.tasks.push_back(&column);
    }
  };
  const Result<std::vector<harness::TaskGroup>> found = harness::list_groups(tasks, "");
  if (found.ok()) {
    for (const harness::TaskGroup& group : *found)
      add(group.title, group.tasks);
  } else if (found.status().code() != StatusCode::kNotFound) {
    return found.status();
  } else {
    for (const harness::TaskSpec& task : tasks)
      add({}, {task.name});
  }
  return groups;
}

}  // namespace jangwon::reports
