// Who uses which block, and which blocks can be found again: ids, users and hashes. Knows no
// model and no memory.
//
// A block that nobody uses is free. One that was published under the hash of its prefix stays
// findable while it is free, until its place is needed:
//
//   allocate → used → publish → used, findable → release → free, findable → allocate →
//   used (forgotten)
//                  → release → free                      ↘ find, retain → used, findable

#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/cache/kv_layout.h"
#include "runtime/cache/prefix_hash.h"

namespace jangwon::runtime {

class BlockPool {
 public:
  explicit BlockPool(int num_blocks);

  int num_blocks() const { return static_cast<int>(blocks_.size()); }
  int num_free() const { return static_cast<int>(free_.size()); }
  int num_users(BlockId id) const { return at(id).users; }

  // A block with one user; empty where all are in use. Takes blocks that cannot be found first,
  // then the findable one that was unused for longest.
  std::optional<BlockId> allocate();
  void retain(BlockId id);
  void release(BlockId id);  // REQUIRES: num_users(id) > 0

  // The first block published under a hash stays; the content would be the same bits anyway.
  void publish(BlockId id, PrefixHash prefix);
  bool is_published(BlockId id) const { return at(id).prefix.has_value(); }
  std::optional<BlockId> find(PrefixHash prefix) const;

 private:
  struct Block {
    int users = 0;
    uint64_t freed_at = 0;  // 0: never published
    std::optional<PrefixHash> prefix;
  };
  Block& at(BlockId id) { return blocks_[static_cast<size_t>(id)]; }
  const Block& at(BlockId id) const { return blocks_[static_cast<size_t>(id)]; }

  std::vector<Block> blocks_;
  std::set<std::pair<uint64_t, BlockId>> free_;  // by freed_at
  std::unordered_map<PrefixHash, BlockId, HashOfPrefix> published_;
  uint64_t clock_ = 0;
};

}  // namespace jangwon::runtime
