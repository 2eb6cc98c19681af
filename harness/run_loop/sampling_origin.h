// Which sampling value holds, and who set it: flag > task > the model's
// generation_config.json > the default of whoever samples: greedy for the engine, a server's
// own and unknown one for a server.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harness/backends/backend.h"
#include "harness/task/task_spec.h"
#include "runtime/base/completion.h"
#include "runtime/base/json_value.h"

namespace jangwon::harness {

struct ResolvedSampling {
  SamplingParams params;  // without its seed
  SetSampling set;
  // {"temperature": {"value": 0.6, "origin": "generation_config"}, …} for run.json; the value is
  // null where it is not known ("the server's default").
  JsonValue origins;
};

ResolvedSampling resolve_sampling(const TaskSampling& flags, const TaskSampling& task,
                                  const BackendInfo& model);

// The flags that were given, for run.json: an object with those values alone.
nlohmann::ordered_json sampling_flags_json(const TaskSampling& flags);

// The key of everything one sample draws: no draw depends on the batch, the order or a resume.
uint64_t sample_seed(uint64_t run_seed, const std::string& task, const std::string& sample_id,
                     int repeat);

}  // namespace jangwon::harness
