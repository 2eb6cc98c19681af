// Recorded replies as a backend: somebody else's outputs are graded here, a run is judged again, the harness is tested.

#pragma once

#include <memory>
#include <string>

#include "harness/backends/backend.h"

namespace jangwon::harness {

// `path` is a run folder, or a JSONL file of rows {"id", "output"} with optional "task" (needed when ids of two tasks
// collide), "repeat" (0), "model", "finish_reason" ("stop"), "reasoning" and "continuation_logprobs". A request that
// has no recorded reply comes back with FinishReason::kError.
Result<std::unique_ptr<Backend>> make_replay_backend(const std::string& path);

// The name of the recorded model where the path alone tells it: the last component without its extension.
std::string replay_name(const std::string& path);

}  // namespace jangwon::harness
