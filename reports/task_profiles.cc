#include "reports/task_profiles.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/task/task_catalogue.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

using harness::TaskProfile;

// The entries of `tasks` in the settings of a run; none where it recorded none.
std::vector<Json> recorded_tasks(const harness::RunResult& result) {
  std::vector<Json> tasks;
  const Json& settings = *result.settings;
  if (!settings.contains("tasks") || !settings["tasks"].is_array()) return tasks;
  for (const Json& task : settings["tasks"]) {
    if (task.is_object()) tasks.push_back(task);
  }
  return tasks;
}

}  // namespace

std::vector<TaskProfile> task_profiles_of(const harness::RunResult& result) {
  std::vector<TaskProfile> profiles;
  for (const Json& task : recorded_tasks(result)) {
    if (!task.contains("profile")) continue;
    Result<TaskProfile> profile = harness::parse_task_profile(task["profile"], "results.json");
    if (profile.ok()) profiles.push_back(std::move(profile).value());
  }
  return profiles;
}

void leave_out_profiles(Json& tasks) {
  if (!tasks.is_array()) return;
  for (Json& task : tasks) {
    if (task.is_object()) task.erase("profile");
  }
}

void add_task_profiles(Registry& registry, const std::vector<RunFolder>& runs) {
  std::set<std::string> named;
  for (const RunFolder& run : runs) {
    for (TaskProfile& profile : task_profiles_of(run.result)) {
      if (!named.insert(profile.name).second) continue;
      const auto known =
          std::find_if(registry.tasks.begin(), registry.tasks.end(),
                       [&](const TaskProfile& task) { return task.name == profile.name; });
      if (known == registry.tasks.end()) {
        registry.tasks.push_back(std::move(profile));
      } else if (!known->published || profile.published) {
        *known = std::move(profile);
      }
    }
  }
}

const std::vector<TaskProfile>& installed_task_profiles() {
  static const std::vector<TaskProfile> kProfiles = [] {
    std::vector<TaskProfile> profiles;
    const Result<std::vector<harness::TaskSpec>> specs = harness::list_tasks("");
    if (!specs.ok()) return profiles;
    for (const harness::TaskSpec& spec : *specs)
      profiles.push_back(spec.profile);
    return profiles;
  }();
  return kProfiles;
}

std::vector<std::string> table_columns(const Registry& registry,
                                       const std::vector<RunFolder>& runs) {
  std::set<std::string> columns;
  for (const TaskProfile& task : registry.tasks) {
    for (const std::string& column : task.columns())
      columns.insert(column);
  }
  for (const RunFolder& run : runs) {
    for (const Json& task : recorded_tasks(run.result)) {
      if (!task.contains("strata_keys") || !task["strata_keys"].is_array()) continue;
      for (const Json& key : task["strata_keys"]) {
        if (key.is_string()) columns.insert(key.get<std::string>());
      }
    }
  }
  return {columns.begin(), columns.end()};
}

}  // namespace jangwon::reports
