// Sixteen tokens' keys and values of one head as a block of a cache in bf16 holds them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/kernels/cpu/lane_kernels.h"
#include "runtime/ops/kv_block_layout.h"
#include "runtime/ops/tensor.h"

namespace jangwon::runtime {

constexpr int kPairsOfPanel = kPanelWidth / 2;

// Sixteen components of sixteen tokens in pairs: of keys, or of components.
struct PanelOfPairs {
  alignas(64) uint32_t pairs[kPairsOfPanel][kPanelWidth];

  std::byte* bytes() { return reinterpret_cast<std::byte*>(pairs); }
};
static_assert(sizeof(PanelOfPairs) == kValuePanelBytes);

// Of sixteen rows of floats, which are rounded into `room`. What a panel has beyond the last
// component becomes zero.
void write_bf16_keys(const LaneKernels& lanes, ConstRows rows, int64_t key_size, std::byte* keys,
                     std::vector<uint16_t>& room);
void write_bf16_values(const LaneKernels& lanes, ConstRows rows, int64_t value_size,
                       std::byte* values, std::vector<uint16_t>& room);

}  // namespace jangwon::runtime
