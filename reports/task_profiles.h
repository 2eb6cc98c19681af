// Profiles of the tasks that runs asked, as the runs themselves recorded them: a task's folder may
// be on another machine.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "harness/task/task_profile.h"
#include "reports/registry.h"
#include "reports/run_folder.h"

namespace jangwon::reports {

// Runs of earlier versions recorded none, and one that cannot be read is none.
std::vector<harness::TaskProfile> task_profiles_of(const harness::RunResult& result);

// Takes them out of the `tasks` of a run's settings, where settings are shown in full: they
// are no settings.
void leave_out_profiles(nlohmann::ordered_json& tasks);

// Adds those of the runs to the registry's. What a run says of its task stands above what is
// installed, because it is what was asked; of two runs the first counts.
void add_task_profiles(Registry& registry, const std::vector<RunFolder>& runs);

// Those of the tasks that come with the program, read once; none where they cannot be read.
const std::vector<harness::TaskProfile>& installed_task_profiles();

// Every column of these tasks by which tables and pages cut. Runs of earlier versions name
// their strata alone.
std::vector<std::string> table_columns(const Registry& registry,
                                       const std::vector<RunFolder>& runs);

}  // namespace jangwon::reports
