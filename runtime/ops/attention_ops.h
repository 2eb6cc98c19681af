// Attention over the blocks of a paged cache, and how keys and values stand in a block.
//
// A block holds kLanes tokens of one layer. Keys stand transposed, components outside and tokens inside, so that a
// vector holds one component of sixteen keys and a score is one chain over the components; the block is then exactly a
// panel of the matrix product.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/ops/linear.h"

namespace jangwon::runtime {

// The tokens of one sequence in a step.
struct AttentionSequence {
  int first_row = 0;  // of its first token, in q_THK and out_THK
  int num_tokens = 0;
  int first_position = 0;  // of its first token
  // The layer's blocks by position / kLanes; those that lie before every visible key may be null.
  std::span<float* const> blocks;
};

// Grouped-query attention. A block is keys [G, K, kLanes], then values [G, kLanes, padded(K)].
struct GroupedAttention {
  int num_heads = 0;               // H
  int num_kv_heads = 0;            // G
  int head_dim = 0;                // K
  int window = 0;                  // keys that a query sees, itself included; 0: all before it
  float scale = 1.0f;              // of the scores
  const float* sinks_H = nullptr;  // one more logit a head in the softmax's sum; null where there is none

  int64_t block_floats() const;
  // key and value [G, K] of the token at `position` into its block.
  void store(float* block, int position, const float* key_GK, const float* value_GK) const;
  // out_THK [row, H·K] from q_THK; strides in floats.
  void attend(const OpContext& context, std::span<const AttentionSequence> sequences, const float* q_THK,
              int64_t q_stride, float* out_THK, int64_t out_stride) const;
};

// Attention over MLA's latent: one key for all heads, [latent R | rotary], whose first R components are the value too.
// A block is [R + rotary, kLanes].
struct LatentAttention {
  int num_heads = 0;
  int latent_size = 0;  // R
  int rotary_size = 0;
  float scale = 1.0f;

  int key_size() const { return latent_size + rotary_size; }
  int64_t block_floats() const;
  void store(float* block, int position, const float* key) const;
  // q [row, H·key_size()] → out [row, H·padded(R)].
  void attend(const OpContext& context, std::span<const AttentionSequence> sequences, const float* q, int64_t q_stride,
              float* out, int64_t out_stride) const;
};

}  // namespace jangwon::runtime
