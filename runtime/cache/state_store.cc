#include "runtime/cache/state_store.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace jangwon::runtime {

StateStore::StateStore(Ops ops, const CacheLayout& layout, int num_slots)
    : ops_(ops), bytes_of_slot_(layout.state_bytes()) {
  for (const StateLayer& state : layout.states)
    layers_.push_back({state.layer, state.bytes,
                       DeviceBuffer(ops, static_cast<size_t>(state.bytes * num_slots))});
}

LayerSlots StateStore::slots(int layer) const {
  const auto found = std::find_if(layers_.begin(), layers_.end(),
                                  [&](const Layer& l) { return l.layer == layer; });
  JANGWON_CHECK(found != layers_.end());
  return {found->memory.data(), found->bytes};
}

int64_t StateStore::size_bytes() const {
  int64_t bytes = 0;
  for (const Layer& layer : layers_)
    bytes += static_cast<int64_t>(layer.memory.size_bytes());
  return bytes;
}

void StateStore::zero(StateSlot slot) {
  for (const Layer& layer : layers_)
    ops_->clear(*ops_.context, layer.at(slot), static_cast<size_t>(layer.bytes));
}

void StateStore::copy(StateSlot from, StateSlot to) {
  for (const Layer& layer : layers_)
    ops_->copy(*ops_.context, layer.at(to), layer.at(from), static_cast<size_t>(layer.bytes));
}

void StateStore::copy_out(StateSlot slot, std::byte* to) const {
  for (const Layer& layer : layers_) {
    ops_->download(*ops_.context, to, layer.at(slot), static_cast<size_t>(layer.bytes));
    to += layer.bytes;
  }
}

void StateStore::copy_in(StateSlot slot, const std::byte* from) {
  for (const Layer& layer : layers_) {
    ops_->upload(*ops_.context, layer.at(slot), from, static_cast<size_t>(layer.bytes));
    from += layer.bytes;
  }
}

}  // namespace jangwon::runtime
