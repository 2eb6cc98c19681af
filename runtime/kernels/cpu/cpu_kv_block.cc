// In BF16 a block holds pairs of components by keys, of values pairs of keys by components; two
// rows side by side are the second, and turn_pairs makes the one of the other. Tests:
// tests/runtime/ops/attention_test.cc and latents_test.cc.

#include "runtime/kernels/cpu/cpu_kv_block.h"

#include <algorithm>
#include <cstring>

#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {
namespace {

// Components [16 · panel, …) of sixteen rounded rows, in pairs of tokens.
void pair_tokens(const RoundedRows& rows, int64_t panel, PanelOfPairs& out) {
  for (int64_t i = 0; i < kPairsOfPanel; ++i) {
    const uint16_t* even = rows.row(2 * i) + panel * kPanelWidth;
    const uint16_t* odd = rows.row(2 * i + 1) + panel * kPanelWidth;
    for (int k = 0; k < kPanelWidth; ++k)
      out.pairs[i][k] = even[k] | static_cast<uint32_t>(odd[k]) << 16;
  }
}

}  // namespace

void write_bf16_keys(const LaneKernels& lanes, ConstRows rows, int64_t key_size, std::byte* keys,
                     std::vector<uint16_t>& room) {
  const RoundedRows rounded = round_into(room, lanes, rows, kBlockTokens, key_size);
  PanelOfPairs of_tokens;
  const int64_t num_pairs = (key_size + 1) / 2;
  for (int64_t pair = 0; pair < num_pairs; pair += kPairsOfPanel) {
    pair_tokens(rounded, pair / kPairsOfPanel, of_tokens);
    if (num_pairs - pair >= kPairsOfPanel) {
      lanes.turn_pairs(of_tokens.bytes(), keys + pair * kKeyPairBytes);
      continue;
    }
    PanelOfPairs of_components;
    lanes.turn_pairs(of_tokens.bytes(), of_components.bytes());
    std::memcpy(keys + pair * kKeyPairBytes, of_components.bytes(),
                static_cast<size_t>((num_pairs - pair) * kKeyPairBytes));
  }
}

void write_bf16_values(const LaneKernels& lanes, ConstRows rows, int64_t value_size,
                       std::byte* values, std::vector<uint16_t>& room) {
  const RoundedRows rounded = round_into(room, lanes, rows, kBlockTokens, value_size);
  PanelOfPairs panel;
  for (int64_t i = 0; i < padded(value_size) / kPanelWidth; ++i) {
    pair_tokens(rounded, i, panel);
    std::memcpy(values + i * kValuePanelBytes, panel.bytes(), kValuePanelBytes);
  }
}

}  // namespace jangwon::runtime
