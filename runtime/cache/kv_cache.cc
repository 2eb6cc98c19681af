#include "runtime/cache/kv_cache.h"

#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/counter_rng.h"

namespace jangwon::runtime {

PrefixHash extend_prefix(PrefixHash prefix, const int32_t* token_ids, int count) {
  for (int i = 0; i < count; ++i) {
    const uint64_t token = static_cast<uint32_t>(token_ids[i]) + uint64_t{1};
    prefix.low = combine_keys(prefix.low, token);
    prefix.high = combine_keys(prefix.high ^ 0x5851f42d4c957f2dull, token);
  }
  return prefix;
}

KvCache::KvCache(const std::vector<CachePool>& pool_of_layer, int64_t block_floats, int num_full_blocks,
                 int num_windowed_blocks)
    : block_floats_(block_floats) {
  const int counts[kNumCachePools] = {num_full_blocks, num_windowed_blocks};
  layers_.resize(pool_of_layer.size());
  for (size_t i = 0; i < pool_of_layer.size(); ++i) {
    Layer& layer = layers_[i];
    layer.pool = pool_of_layer[i];
    const int blocks = counts[static_cast<int>(layer.pool)];
    layer.storage = AlignedBuffer(static_cast<size_t>(blocks) * static_cast<size_t>(block_floats_) * sizeof(float));
    Pool& pool = pool_at(layer.pool);
    pool.layers.push_back(static_cast<int>(i));
    pool.blocks.resize(static_cast<size_t>(blocks));
  }
  for (Pool& pool : pools_) {
    for (size_t id = 0; id < pool.blocks.size(); ++id)
      pool.free.emplace(0, static_cast<BlockId>(id));
  }
}

float* KvCache::block(int layer, BlockId id) const {
  return layers_[static_cast<size_t>(layer)].storage.as<float>() + id * block_floats_;
}

std::optional<BlockId> KvCache::allocate(CachePool which) {
  Pool& pool = pool_at(which);
  if (pool.free.empty()) return std::nullopt;
  const BlockId id = pool.free.begin()->second;
  pool.free.erase(pool.free.begin());
  Block& block = pool.blocks[static_cast<size_t>(id)];
  if (block.prefix) pool.published.erase(*block.prefix);
  block = Block{.users = 1, .freed_at = 0, .prefix = std::nullopt};
  // Kernels read whole blocks; what an earlier sequence left there must not meet a zero weight as infinity or NaN.
  for (const int layer : pool.layers)
    std::memset(this->block(layer, id), 0, static_cast<size_t>(block_floats_) * sizeof(float));
  return id;
}

void KvCache::retain(CachePool which, BlockId id) {
  Pool& pool = pool_at(which);
  Block& block = pool.blocks[static_cast<size_t>(id)];
  if (block.users++ == 0) pool.free.erase({block.freed_at, id});
}

void KvCache::release(CachePool which, BlockId id) {
  Pool& pool = pool_at(which);
  Block& block = pool.blocks[static_cast<size_t>(id)];
  JANGWON_CHECK(block.users > 0);
  if (--block.users > 0) return;
  block.freed_at = block.prefix ? ++clock_ : 0;
  pool.free.emplace(block.freed_at, id);
}

void KvCache::publish(CachePool which, BlockId id, PrefixHash prefix) {
  Pool& pool = pool_at(which);
  Block& block = pool.blocks[static_cast<size_t>(id)];
  JANGWON_CHECK(block.users > 0);
  if (block.prefix || !pool.published.emplace(prefix, id).second) return;
  block.prefix = prefix;
}

std::optional<BlockId> KvCache::find(CachePool which, PrefixHash prefix) const {
  const Pool& pool = pool_at(which);
  const auto found = pool.published.find(prefix);
  if (found == pool.published.end()) return std::nullopt;
  return found->second;
}

}  // namespace jangwon::runtime
