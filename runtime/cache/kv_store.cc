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
      offset_of_layer_(num_layers(layout)) {
  int64_t bytes = 0;
  for (size_t group = 0; group < groups_.size(); ++group) {
    for (const int layer : groups_[group].layers) {
      group_of_layer_[static_cast<size_t>(layer)] = static_cast<int>(group);
      offset_of_layer_[static_cast<size_t>(layer)] = bytes;
      bytes += blocks_of_group[group] * groups_[group].bytes_per_block;
    }
  }
  memory_ = DeviceBuffer(ops, static_cast<size_t>(bytes));
}

LayerBlocks KvStore::blocks(int layer) const {
  const KvGroup& group = groups_[static_cast<size_t>(group_of_layer(layer))];
  return {memory_.data() + offset_of_layer_[static_cast<size_t>(layer)], group.bytes_per_block};
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
