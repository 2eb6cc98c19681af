// All memory that outlives a step on one device: blocks, states, and on the host what
// was swapped out.

#pragma once

#include <unordered_map>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/cache/cache_command.h"
#include "runtime/cache/kv_store.h"
#include "runtime/cache/state_store.h"

namespace jangwon::runtime {

class CacheMemory {
 public:
  CacheMemory(Ops ops, const CacheLayout& layout, const CacheCapacity& capacity)
      : kv_(ops, layout, capacity.blocks_of_group),
        states_(ops, layout, capacity.num_state_slots) {}

  KvStore& kv() { return kv_; }
  StateStore& states() { return states_; }
  int64_t swapped_bytes() const;

  void apply(const std::vector<CacheCommand>& commands);

 private:
  void carry_out(const ZeroBlock& command);
  void carry_out(const ZeroState& command);
  void carry_out(const CopyState& command);
  void carry_out(const SwapOut& command);
  void carry_out(const SwapIn& command);
  void carry_out(const DropSwapped& command);

  KvStore kv_;
  StateStore states_;
  std::unordered_map<uint64_t, AlignedBuffer> swapped_;  // by ticket
};

}  // namespace jangwon::runtime
