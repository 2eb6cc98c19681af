// What a run is made of before anything is asked: shared by the run itself and by the estimate of
// one (run_estimate.h), so that what is foretold is what is done.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "harness/backends/all_backends.h"
#include "harness/run_loop/prepared_task.h"
#include "harness/run_loop/run_config.h"
#include "harness/run_loop/run_manifest.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

RunRequest request_of(const RunConfig& config);

// Records are told apart by their model's name alone.
Status check_model_names(const std::vector<AskedModel>& models);

// --scoring is only for tasks that ask for no replies.
Status check_scoring(const RunConfig& config, const std::vector<TaskSpec>& specs);

// Without progress and stop, which are the caller's.
BackendOptions backend_options(const RunConfig& config, const std::vector<TaskSpec>& specs,
                               const AskedModel& model);

// For each sample of the task, whether it is asked here.
std::vector<bool> members_of(const PreparedTask& task, const std::optional<Shard>& shard);

// What run.json freezes: seed, data set, tasks.
nlohmann::ordered_json frozen_json(const RunConfig& config, const std::vector<PreparedTask>& tasks);

}  // namespace jangwon::harness
