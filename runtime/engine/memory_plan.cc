// Tests: tests/runtime/engine/memory_plan_test.cc.

#include "runtime/engine/memory_plan.h"

#include <algorithm>

#include "runtime/device/devices.h"
#include "runtime/model/cache_layout.h"

namespace jangwon::runtime {
namespace {

// Groups without a window share what the others leave: each gets the same number of blocks, because a token takes one
// place in every one of them.
CacheCapacity plan_cache(const CacheLayout& layout, const EngineOptions& options, int context_tokens) {
  const int64_t batch = std::max(1, options.max_batch_size);
  CacheCapacity capacity;
  capacity.blocks_of_group.resize(layout.groups.size());
  const int64_t windowed_groups =
      std::count_if(layout.groups.begin(), layout.groups.end(), [](const KvGroup& group) { return group.window > 0; });
  int64_t bytes_left = options.kv_cache_max_bytes;
  int64_t growing_bytes = 0;  // of one block of each group without a window
  for (size_t i = 0; i < layout.groups.size(); ++i) {
    const KvGroup& group = layout.groups[i];
    if (group.window == 0) {
      growing_bytes += group.bytes_of_block();
      continue;
    }
    // Twice what the running sequences need: the rest holds the ends of shared prefixes.
    const int64_t of_one = max_blocks_of_sequence(group, context_tokens, options.max_step_tokens);
    const int64_t wanted = std::min(2 * batch * of_one, batch * blocks_for(context_tokens));
    const int64_t affordable = options.kv_cache_max_bytes / 2 / windowed_groups / group.bytes_of_block();
    capacity.blocks_of_group[i] = static_cast<int>(std::max(of_one, std::min(wanted, affordable)));
    bytes_left -= capacity.blocks_of_group[i] * group.bytes_of_block();
  }
  for (size_t i = 0; i < layout.groups.size(); ++i) {
    if (layout.groups[i].window > 0) continue;
    const int64_t of_one = blocks_for(context_tokens);
    int64_t wanted = std::min(batch * of_one, bytes_left / growing_bytes);
    if (options.kv_cache_tokens > 0) wanted = blocks_for(options.kv_cache_tokens);
    capacity.blocks_of_group[i] = static_cast<int>(std::clamp<int64_t>(wanted, of_one, int64_t{1} << 30));
  }
  // A batch of sequences, and as many snapshots that others may start from.
  if (!layout.states.empty()) capacity.num_state_slots = static_cast<int>(2 * batch);
  return capacity;
}

}  // namespace

int max_blocks_of_sequence(const KvGroup& group, int context_tokens, int step_tokens) {
  if (group.window == 0) return blocks_for(context_tokens);
  // A window that ends anywhere in the step, and a block more at either end.
  const int64_t held = int64_t{group.window} + step_tokens + 2 * kBlockTokens;
  return blocks_for(std::min<int64_t>(held, context_tokens));
}

MemoryPlan plan_memory(const ModelConfig& config, const EngineOptions& options) {
  return plan_memory(config, options, *all_op_tables().back());
}

MemoryPlan plan_memory(const ModelConfig& config, const EngineOptions& options, const OpTable& ops) {
  MemoryPlan plan;
  plan.max_context_tokens = config.max_position_embeddings;
  if (options.max_context_tokens > 0)
    plan.max_context_tokens = std::min(plan.max_context_tokens, options.max_context_tokens);
  plan.cache_layout = make_cache_layout(config, ops);
  plan.cache_capacity = plan_cache(plan.cache_layout, options, plan.max_context_tokens);
  for (size_t i = 0; i < plan.cache_layout.groups.size(); ++i)
    plan.kv_cache_bytes += plan.cache_capacity.blocks_of_group[i] * plan.cache_layout.groups[i].bytes_of_block();
  return plan;
}

}  // namespace jangwon::runtime
