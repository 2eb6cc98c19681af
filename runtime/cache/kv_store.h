// The blocks of one device: one piece of memory, in it for each layer block after block, so that
// caches of small layers, too, stand in large pages. An operator gets a layer's base, its bytes per
// block and a table of block ids.

#pragma once

#include <cstddef>
#include <vector>

#include "runtime/cache/kv_layout.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

struct LayerBlocks {
  std::byte* base = nullptr;
  int64_t bytes_per_block = 0;

  std::byte* at(BlockId id) const { return base + id * bytes_per_block; }
};

class KvStore {
 public:
  KvStore(Ops ops, const CacheLayout& layout, const std::vector<int>& blocks_of_group);

  int num_groups() const { return static_cast<int>(groups_.size()); }
  int group_of_layer(int layer) const {
    return group_of_layer_[static_cast<size_t>(layer)];
  }  // -1: a layer of states
  LayerBlocks blocks(int layer) const;
  int64_t bytes_of_block(int group) const {
    return groups_[static_cast<size_t>(group)].bytes_of_block();
  }
  int64_t size_bytes() const { return static_cast<int64_t>(memory_.size_bytes()); }

  // Of every layer of the group. On the host, the layers' parts of a block stand one
  // after the other.
  void zero(int group, BlockId id);
  void copy_out(int group, BlockId id, std::byte* to) const;
  void copy_in(int group, BlockId id, const std::byte* from);

 private:
  Ops ops_;
  std::vector<KvGroup> groups_;
  std::vector<int> group_of_layer_;
  std::vector<int64_t> offset_of_layer_;  // in bytes; of layers of a group
  DeviceBuffer memory_;
};

}  // namespace jangwon::runtime
