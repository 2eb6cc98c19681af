// Recorded replies as a backend: somebody else's outputs are graded here, a run is judged again,
// the harness is tested.

#pragma once

#include <memory>
#include <string>

#include "harness/backends/all_backends.h"

namespace jangwon::harness {

// `path` is a run folder, a file in one of the formats of replay_formats.h, or a folder with
// samples_*.jsonl of lm-eval. A request that has no recorded reply, or whose prompt does not
// contain the question that the reply was recorded for, comes back with FinishReason::kError.
Result<std::unique_ptr<Backend>> make_replay_backend(const std::string& path,
                                                     const BackendOptions& options = {});

// The name of the recorded model, else that of the file or the folder; a stand-in's replies
// are a stand-in's.
Result<ModelIdentity> identify_replayed_model(const std::string& path);

}  // namespace jangwon::harness
