// What the layers of a model keep between steps: keys and values in groups of layers, and
// states of fixed size.
//
// Layers with the same needs form a group and share block ids: one table of ids a sequence and
// group says where the tokens lie in every layer of the group. A group with a window lets go of
// blocks as soon as they lie behind it, so groups run out at different times and have a pool of
// blocks each. A recurrent layer (a convolution's tail, the state of linear attention) has no
// blocks: its state is of one size however long the sequence is, and belongs to it alone.
//
//   window     0    128      0    128      state           the windows of a model's layers
//   group      0      1      0      1          -           make_cache_layout (../model)

#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/dtype.h"
#include "runtime/ops/kv_block.h"

namespace jangwon::runtime {

using BlockId = int32_t;
constexpr BlockId kNoBlock = -1;

// Where a sequence's states lie; the same in every recurrent layer.
using StateSlot = int32_t;
constexpr StateSlot kNoSlot = -1;

struct KvGroup {
  int window = 0;               // keys that a query sees, itself included; 0: all before it
  DType dtype = DType::kF32;    // of the elements
  int64_t bytes_per_block = 0;  // of one layer
  std::vector<int> layers;

  int64_t bytes_of_block() const {
    return bytes_per_block * static_cast<int64_t>(layers.size());
  }  // in all layers
};

struct StateLayer {
  int layer = 0;
  int64_t bytes = 0;  // of one sequence
};

struct CacheLayout {
  std::vector<KvGroup> groups;
  std::vector<StateLayer> states;

  int64_t state_bytes() const {  // of one sequence, all layers
    int64_t bytes = 0;
    for (const StateLayer& state : states)
      bytes += state.bytes;
    return bytes;
  }
};

// How much of it there is room for.
struct CacheCapacity {
  std::vector<int> blocks_of_group;
  int num_state_slots = 0;
};

constexpr int blocks_for(int64_t tokens) {
  return static_cast<int>((tokens + kBlockTokens - 1) / kBlockTokens);
}

// The first block with a key that the query at `position` sees.
constexpr int first_visible_block(int window, int position) {
  const int first_key = window > 0 && position >= window ? position - window + 1 : 0;
  return first_key / kBlockTokens;
}

}  // namespace jangwon::runtime
