// The states of recurrent layers: slots of fixed size, one for each running sequence, some
// more for snapshots.

#pragma once

#include <cstddef>
#include <vector>

#include "runtime/cache/kv_layout.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

struct LayerSlots {
  std::byte* base = nullptr;
  int64_t bytes_per_slot = 0;

  std::byte* at(StateSlot slot) const { return base + slot * bytes_per_slot; }
};

class StateStore {
 public:
  StateStore(Ops ops, const CacheLayout& layout, int num_slots);

  LayerSlots slots(int layer) const;  // REQUIRES: the layer has states
  int64_t bytes_of_slot() const { return bytes_of_slot_; }
  int64_t size_bytes() const;

  // Of every layer that has states. On the host, the layers' parts of a slot stand one
  // after the other.
  void zero(StateSlot slot);
  void copy(StateSlot from, StateSlot to);
  void copy_out(StateSlot slot, std::byte* to) const;
  void copy_in(StateSlot slot, const std::byte* from);

 private:
  struct Layer {
    int layer = 0;
    int64_t bytes = 0;
    DeviceBuffer memory;  // [num_slots, bytes]
    std::byte* at(StateSlot slot) const { return memory.data() + slot * bytes; }
  };
  Ops ops_;
  std::vector<Layer> layers_;
  int64_t bytes_of_slot_ = 0;
};

}  // namespace jangwon::runtime
