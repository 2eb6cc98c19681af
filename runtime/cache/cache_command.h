// What has to happen to a device's memory before the next forward pass. The books (cache_ledger.h)
// decide and write commands; the memory (cache_memory.h) carries them out in their order. So
// deciding needs no memory, and a test can read what was decided.

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "runtime/cache/kv_layout.h"

namespace jangwon::runtime {

// Kernels read whole blocks; what an earlier sequence left there must not meet a zero weight as
// infinity or NaN.
struct ZeroBlock {
  int group = 0;
  BlockId block = kNoBlock;
};

struct ZeroState {
  StateSlot slot = kNoSlot;
};

struct CopyState {
  StateSlot from = kNoSlot;
  StateSlot to = kNoSlot;
};

struct GroupBlock {
  int group = 0;
  // SwapIn: kNoBlock where the sequence found the block in the cache and needs no copy
  BlockId block = kNoBlock;
};

// What one sequence holds goes to host memory and comes back, under a number of its own.
struct SwapOut {
  uint64_t ticket = 0;
  std::vector<GroupBlock> blocks;
  StateSlot state = kNoSlot;
};
struct SwapIn {  // `blocks` in the order of SwapOut
  uint64_t ticket = 0;
  std::vector<GroupBlock> blocks;
  StateSlot state = kNoSlot;
};
struct DropSwapped {  // nobody will ask for it
  uint64_t ticket = 0;
};

using CacheCommand = std::variant<ZeroBlock, ZeroState, CopyState, SwapOut, SwapIn, DropSwapped>;

}  // namespace jangwon::runtime
