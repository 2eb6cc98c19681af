// Shards → the run they are parts of, as if it had never been split.

#pragma once

#include <string>
#include <vector>

#include "harness/record/run_result.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// Writes run.json, samples.jsonl and results.json into `output_folder`; results.json has the
// bytes of an unsplit run's. The shards may be given in any order and are not changed. Errors,
// before anything is written: a folder that is no shard, a shard that is missing or given twice,
// settings that differ (the first key and both values), replies that are missing, a reply that
// stands in two shards, a shard that is still running, an output folder that holds a run. Replies
// that ended in an error of ours are taken over: the result is then incomplete, and `jangwon run
// -o` asks for them again.
Result<RunResult> merge_shards(const std::string& output_folder,
                               const std::vector<std::string>& shard_folders);

}  // namespace jangwon::harness
