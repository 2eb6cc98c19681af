// How keys and values stand in a block of the cache. A device is free to have a layout of its own;
// this one suits all that compute a score as one chain over the components: lanes are keys.
//
//   in F32   keys     [G, key_size, 16 keys]
//            values   [G, 16 keys, value_size padded]
//   in BF16  keys     [G, key_size / 2, 16 keys, 2 components], a panel of weights with components
//                     for inputs
//            values   [G, panels of 16 components, 8 pairs of keys, 16 components, 2 keys], panels
//                     with keys for inputs
//
// Latent attention has no values, its keys are read as such. Then the keys of an indexer,
// [index_key_size, 16 keys] in F32.

#pragma once

#include "runtime/ops/arguments.h"
#include "runtime/ops/weight_panels.h"

namespace jangwon::runtime {

static_assert(kBlockTokens == kPanelWidth);
// two components or keys in BF16, of sixteen lanes
constexpr int64_t kKeyPairBytes = 4 * kPanelWidth;
constexpr int64_t kValuePanelBytes = kBlockTokens / 2 * kKeyPairBytes;

// In bytes of a block.
struct KvBlockLayout {
  int64_t key_bytes = 0;    // of a key head
  int64_t value_bytes = 0;  // of a key head; none of latent attention
  int64_t values_offset = 0;
  int64_t index_keys_offset = 0;
  int64_t block_bytes = 0;
};

KvBlockLayout kv_block_layout_of(const AttentionShape& shape);

inline int64_t kv_block_bytes_of(const AttentionShape& shape) {
  return kv_block_layout_of(shape).block_bytes;
}

}  // namespace jangwon::runtime
