// The paged cache of keys and values: blocks of kLanes tokens, shared between sequences with a common prefix.
//
// Layers that see the whole context and layers with a window have a pool of blocks each, because a window's blocks come
// free as soon as they lie behind it. A block that is full and whose tokens' whole prefix is known is published under a
// hash of that prefix; it stays findable after its last user is gone, until its place is needed.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/ops/kernel_table.h"

namespace jangwon::runtime {

using BlockId = int32_t;
constexpr BlockId kNoBlock = -1;

// 128 bits over all tokens from the start of the sequence: equal by accident never happens.
struct PrefixHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const PrefixHash&) const = default;
};
PrefixHash extend_prefix(PrefixHash prefix, const int32_t* token_ids, int count);

enum class CachePool { kFull = 0, kWindowed = 1 };
constexpr int kNumCachePools = 2;

class KvCache {
 public:
  // A layer's pool by its index; `block_floats` of one block of one layer; blocks a pool, 0 where no layer belongs to
  // it.
  KvCache(const std::vector<CachePool>& pool_of_layer, int64_t block_floats, int num_full_blocks,
          int num_windowed_blocks);

  CachePool pool_of_layer(int layer) const { return layers_[static_cast<size_t>(layer)].pool; }
  bool has_pool(CachePool pool) const { return !pool_at(pool).blocks.empty(); }
  int num_blocks(CachePool pool) const { return static_cast<int>(pool_at(pool).blocks.size()); }
  int num_free_blocks(CachePool pool) const { return static_cast<int>(pool_at(pool).free.size()); }
  float* block(int layer, BlockId id) const;

  // A zeroed block with one user; empty where all are in use. Takes unpublished blocks first, then the published one
  // that was unused for longest.
  std::optional<BlockId> allocate(CachePool pool);
  void retain(CachePool pool, BlockId id);
  void release(CachePool pool, BlockId id);

  // The first block published under a hash stays; the content would be the same bits anyway.
  void publish(CachePool pool, BlockId id, PrefixHash prefix);
  std::optional<BlockId> find(CachePool pool, PrefixHash prefix) const;

 private:
  struct HashOfPrefix {
    size_t operator()(const PrefixHash& prefix) const { return static_cast<size_t>(prefix.low); }
  };
  struct Block {
    int users = 0;
    uint64_t freed_at = 0;  // 0: never published
    std::optional<PrefixHash> prefix;
  };
  struct Pool {
    std::vector<Block> blocks;
    std::set<std::pair<uint64_t, BlockId>> free;  // by freed_at
    std::unordered_map<PrefixHash, BlockId, HashOfPrefix> published;
    std::vector<int> layers;
  };
  struct Layer {
    CachePool pool = CachePool::kFull;
    AlignedBuffer storage;  // [num_blocks, block_floats]
  };
  Pool& pool_at(CachePool pool) { return pools_[static_cast<size_t>(pool)]; }
  const Pool& pool_at(CachePool pool) const { return pools_[static_cast<size_t>(pool)]; }

  int64_t block_floats_ = 0;
  Pool pools_[kNumCachePools];
  std::vector<Layer> layers_;
  uint64_t clock_ = 0;
};

}  // namespace jangwon::runtime
