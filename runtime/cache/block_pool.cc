#include "runtime/cache/block_pool.h"

#include "runtime/base/check.h"

namespace jangwon::runtime {

BlockPool::BlockPool(int num_blocks) : blocks_(static_cast<size_t>(num_blocks)) {
  for (BlockId id = 0; id < num_blocks; ++id)
    free_.emplace(0, id);
}

std::optional<BlockId> BlockPool::allocate() {
  if (free_.empty()) return std::nullopt;
  const BlockId id = free_.begin()->second;
  free_.erase(free_.begin());
  if (at(id).prefix) published_.erase(*at(id).prefix);
  at(id) = Block{.users = 1, .freed_at = 0, .prefix = std::nullopt};
  return id;
}

void BlockPool::retain(BlockId id) {
  Block& block = at(id);
  if (block.users++ == 0) free_.erase({block.freed_at, id});
}

void BlockPool::release(BlockId id) {
  Block& block = at(id);
  JANGWON_CHECK(block.users > 0);
  if (--block.users > 0) return;
  block.freed_at = block.prefix ? ++clock_ : 0;
  free_.emplace(block.freed_at, id);
}

void BlockPool::publish(BlockId id, PrefixHash prefix) {
  Block& block = at(id);
  JANGWON_CHECK(block.users > 0);
  if (block.prefix || !published_.emplace(prefix, id).second) return;
  block.prefix = prefix;
}

std::optional<BlockId> BlockPool::find(PrefixHash prefix) const {
  const auto found = published_.find(prefix);
  if (found == published_.end()) return std::nullopt;
  return found->second;
}

}  // namespace jangwon::runtime
