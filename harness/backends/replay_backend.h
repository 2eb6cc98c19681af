// Recorded replies as a backend: somebody else's outputs are graded here, a run is judged again, the harness is tested.

#pragma once

#include <memory>
#include <string>

#include "harness/backends/backend.h"

namespace jangwon::harness {

// `path` is a run folder, a file in one of the formats of replay_formats.h, or a folder with samples_*.jsonl of
// lm-eval. A request that has no recorded reply, or whose prompt does not contain the question that the reply was
// recorded for, comes back with FinishReason::kError.
Result<std::unique_ptr<Backend>> make_replay_backend(const std::string& path);

// The name of the recorded model where the path alone tells it: the last component without its extension.
std::string replay_name(const std::string& path);

}  // namespace jangwon::harness
