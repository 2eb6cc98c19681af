#include "runtime/cache/kv_store.h"

#include <algorithm>

namespace jangwon::runtime {
namespace {

size_t num_layers(const CacheLayout& layout) {
  int last = -1;
  for (const KvGroup& group : layout.groups)
    for (const int layer : group.layers)
      last = std::max(last, layer);
  for (const StateLayer& state : layout.states)
    last = std::max(last, state.layer);
  return static_cast<size_t>(last + 1);
}

}  // namespace

KvStore::KvStore(Ops ops, const CacheLayout& layout, const std::vector<int>& blocks_of_group)
    : ops_(ops),
      groups_(layout.groups),
      group_of_layer_(num_layers(layout), -1),
      memory_(num_layers(layout)) {
  for (size_t group = 0; group < groups_.size(); ++group) {
    const size_t bytes =
        static_cast<size_t>(blocks_of_group[group] * groups_[group].bytes_per_block);
    for (const int layer : groups_[group].layers) {
      group_of_layer_[static_cast<size_t>(layer)] = static_cast<int>(group);
      memory_[static_cast<size_t>(layer)] = DeviceBuffer(ops, bytes);
    }
  }
}

LayerBlocks KvStore::blocks(int layer) const {
  const KvGroup& group = groups_[static_cast<size_t>(group_of_layer(layer))];
  return {memory_[static_cast<size_t>(layer)].data(), group.bytes_per_block};
}

int64_t KvStore::size_bytes() const {
  int64_t bytes = 0;
  for (const DeviceBuffer& memory : memory_)
    bytes += static_cast<int64_t>(memory.size_bytes());
  return bytes;
}

void KvStore::zero(int group, BlockId id) {
  for (const int layer : groups_[static_cast<size_t>(group)].layers)
    ops_->clear(*ops_.context, blocks(layer).at(id),
                static_cast<size_t>(blocks(layer).bytes_per_block));
}

void KvStore::copy_out(int group, BlockId id, std::byte* to) const {
  for (const int layer : groups_[static_cast<size_t>(group)].layers) {
    const LayerBlocks from = blocks(layer);
    ops_->download(*ops_.context, to, from.at(id), static_cast<size_t>(from.bytes_per_block));
    to += from.bytes_per_block;
  }
}

void KvStore::copy_in(int group, BlockId id, const std::byte* from) {
  for (const int layer : groups_[static_cast<size_t>(group)].layers) {
    const LayerBlocks to = blocks(layer);
    ops_->upload(*ops_.context, to.at(id), from, static_cast<size_t>(to.bytes_per_block));
    from += to.bytes_per_block;
  }
}

}  // namespace jangwon::runtime
