// Holds a model on this machine to the engine's contract (runtime/README.md): what a request gets
// does not depend on how it is run.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::runtime {

// One way to run the requests, against each of them alone in the engine, on one
// thread, nothing shared.
struct DeterminismCheck {
  std::string numerics;
  std::string kv_cache_dtype;
  std::string what;
  int num_requests = 0;
  int64_t num_tokens = 0;  // whose ids and log-probabilities were compared
  std::string difference;  // the first; empty where there is none
};

struct DeterminismOptions {
  std::string numerics = {};        // only these; empty: all
  std::string kv_cache_dtype = {};  // only this; empty: all
  std::string device = {};          // as EngineOptions::device
  uint64_t seed = 1;                // of prompts and draws
  // of draws in the runs that are compared: another one must show differences
  uint64_t compared_seed = 1;
  std::function<void(const DeterminismCheck&)> on_check = {};
};

Result<std::vector<DeterminismCheck>> check_determinism(const std::string& dir,
                                                        const DeterminismOptions& options);

}  // namespace jangwon::runtime
