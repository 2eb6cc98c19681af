// How much memory a model takes with these options, known before any of it is taken.

#pragma once

#include <cstdint>

#include "runtime/cache/kv_layout.h"
#include "runtime/engine/engine_options.h"
#include "runtime/model/model_config.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

struct MemoryPlan {
  int max_context_tokens = 0;
  CacheLayout cache_layout;
  CacheCapacity cache_capacity;
  int64_t kv_cache_bytes = 0;
};

// At least one whole context always fits the cache. Without a table: the fastest of this machine.
MemoryPlan plan_memory(const ModelConfig& config, const EngineOptions& options);
MemoryPlan plan_memory(const ModelConfig& config, const EngineOptions& options, const OpTable& ops);

// Blocks of a group that one sequence can hold at a time.
int max_blocks_of_sequence(const KvGroup& group, int context_tokens, int step_tokens);

}  // namespace jangwon::runtime
