// The two kinds of attention as blocks of a decoder layer: projections, norms, rotation, cache, attention, output.

#pragma once

#include <span>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/model/model_config.h"
#include "runtime/model/weights.h"
#include "runtime/ops/attention_ops.h"

namespace jangwon::runtime {

// What the tokens of a step have in common for every layer.
struct StepTokens {
  int num_tokens = 0;                  // T
  const int32_t* positions = nullptr;  // [T]
  const float* cosines = nullptr;      // [T, rotated / 2]
  const float* sines = nullptr;
};

// The attention operators of a config, for the layout of cache blocks as well.
GroupedAttention make_grouped_attention(const ModelConfig& config, int window, const float* sinks_H);
LatentAttention make_latent_attention(const ModelConfig& config);

// Floats of one block of the cache of one layer.
int64_t cache_block_floats(const ModelConfig& config, const LayerConfig& layer);

// One layer's attention: out_TD from the normalised hidden_TD. `sequences` cover all tokens of the step; their blocks
// get the step's keys and values. D strides are padded(hidden_size). Memory comes from `arena`.
void attend_grouped(const OpContext& context, const ModelConfig& config, const LayerConfig& layer,
                    const AttentionWeights& weights, const StepTokens& tokens,
                    std::span<const AttentionSequence> sequences, const float* hidden_TD, float* out_TD, Arena& arena);
void attend_latent(const OpContext& context, const ModelConfig& config, const LayerConfig& layer,
                   const AttentionWeights& weights, const StepTokens& tokens,
                   std::span<const AttentionSequence> sequences, const float* hidden_TD, float* out_TD, Arena& arena);

}  // namespace jangwon::runtime
