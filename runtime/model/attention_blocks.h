// The two kinds of attention as blocks of a decoder layer: projections, norms, rotation, cache,
// attention, output.

#pragma once

#include <vector>

#include "runtime/model/model_config.h"
#include "runtime/model/weights.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

// What the tokens of a step have in common for every layer.
struct StepTokens {
  int num_tokens = 0;                   // T
  std::vector<SequenceRows> sequences;  // B, covering all tokens in their order
  std::vector<int32_t> state_slots;     // of each sequence; where a layer keeps a state
  // the angles of the step's positions, for each of the config's ropes
  std::vector<RotaryAngles> ropes;

  // Of a layer; without cosines where it has no position embedding.
  RotaryAngles angles_of(const LayerConfig& layer) const;
};

// One layer's attention as the operators see it: shape and window, without the sinks.
AttentionShape attention_shape_of(const ModelConfig& config, const LayerConfig& layer);

// out_TD from the normalised hidden_TD. The step's keys and values go to `cache`. D strides are
// padded(hidden_size). Memory comes from `arena`.
struct AttentionStep {
  const ModelConfig& config;
  const LayerConfig& layer;
  const AttentionWeights& weights;
  const StepTokens& tokens;
  PagedKv cache;
};
void attend_grouped(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                    DeviceArena& arena);
void attend_latent(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                   DeviceArena& arena);

}  // namespace jangwon::runtime
