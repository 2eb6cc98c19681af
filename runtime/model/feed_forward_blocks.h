// Feed-forward blocks: the gated unit, dense or spread over experts.

#pragma once

#include "runtime/base/arena.h"
#include "runtime/model/model_config.h"
#include "runtime/model/weights.h"

namespace jangwon::runtime {

// out_TD = down(activation(gate(x), up(x))). Strides are padded(hidden_size).
void feed_forward_dense(const OpContext& context, const ModelConfig& config, const SwigluWeights& weights,
                        const float* hidden_TD, int num_tokens, float* out_TD, Arena& arena);

// out_TD = Σ over the chosen experts of weight · expert(x), in the order of choice, + the shared experts.
void feed_forward_experts(const OpContext& context, const ModelConfig& config, const LayerWeights& weights,
                          const float* hidden_TD, int num_tokens, float* out_TD, Arena& arena);

}  // namespace jangwon::runtime
