// Feed-forward blocks: the gated unit, dense or spread over experts.

#pragma once

#include "runtime/model/model_config.h"
#include "runtime/model/weights.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

// out_TD = down(activation(gate(x), up(x))). Strides are padded(hidden_size).
void feed_forward_dense(Ops ops, const LayerConfig& layer, const SwigluWeights& weights,
                        ConstRows hidden_TD, int num_tokens, Rows out_TD, DeviceArena& arena);

// out_TD = Σ over the chosen experts of weight · expert(x), in the order of choice, +
// the shared experts.
void feed_forward_experts(Ops ops, const ModelConfig& config, const LayerConfig& layer,
                          const LayerWeights& weights, ConstRows hidden_TD, int num_tokens,
                          Rows out_TD, DeviceArena& arena);

}  // namespace jangwon::runtime
