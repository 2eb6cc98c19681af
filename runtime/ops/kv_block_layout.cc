// Tests: tests/runtime/ops/attention_test.cc.

#include "runtime/ops/kv_block_layout.h"

#include <algorithm>

namespace jangwon::runtime {

KvBlockLayout kv_block_layout_of(const AttentionShape& shape) {
  const bool latent = shape.kind == AttentionKind::kLatent;
  // Kernels read whole vectors of the latent as values: into the rotary part and, where that
  // is short, past it.
  const int64_t key_size =
      latent ? std::max<int64_t>(shape.key_size, padded(shape.value_size)) : shape.key_size;
  constexpr int64_t kFloatLanes = kBlockTokens * static_cast<int64_t>(sizeof(float));
  KvBlockLayout layout;
  if (shape.cache_dtype == DType::kBF16) {
    layout.key_bytes = (key_size + 1) / 2 * kKeyPairBytes;
    layout.value_bytes = padded(shape.value_size) / kPanelWidth * kValuePanelBytes;
  } else {
    layout.key_bytes = key_size * kFloatLanes;
    layout.value_bytes = padded(shape.value_size) * kFloatLanes;
  }
  if (latent) layout.value_bytes = 0;
  layout.values_offset = shape.num_kv_heads * layout.key_bytes;
  layout.index_keys_offset = layout.values_offset + shape.num_kv_heads * layout.value_bytes;
  layout.block_bytes = layout.index_keys_offset + shape.index_key_size * kFloatLanes;
  return layout;
}

}  // namespace jangwon::runtime
