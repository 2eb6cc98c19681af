// Linear attention as a block of a decoder layer: projections, convolutions, the delta rule over
// the sequence's state, a gated norm of each head, output.

#pragma once

#include "runtime/model/attention_blocks.h"

namespace jangwon::runtime {

// The layer's recurrence as the operators see it.
DeltaShape delta_shape_of(const ModelConfig& config);

struct DeltaStep {
  const ModelConfig& config;
  const DeltaWeights& weights;
  const StepTokens& tokens;
  LayerStates states;
};

// out_TD from the normalised hidden_TD; moves the states of the step's sequences on by their
// tokens. D strides are padded(hidden_size). Memory comes from `arena`.
void mix_by_delta_rule(Ops ops, const DeltaStep& step, ConstRows hidden_TD, Rows out_TD,
                       DeviceArena& arena);

}  // namespace jangwon::runtime
