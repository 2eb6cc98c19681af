// The two kinds of attention as blocks of a decoder layer: projections, norms, rotation, cache,
// attention, output.

#pragma once

#include <vector>

#include "runtime/model/latent_expansion.h"
#include "runtime/model/model_config.h"
#include "runtime/model/weights.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

// What the tokens of a step have in common for every layer.
struct StepTokens {
  int num_tokens = 0;                   // T
  std::vector<SequenceRows> sequences;  // B, covering all tokens in their order
  std::vector<int32_t> state_slots;     // of each sequence; where a layer keeps a state
  // Of latent attention: how many of each sequence's tokens, the first ones, meet expanded keys,
  // and how many rows these are together. Where the step has others too, all expanded rows have a
  // place before all others.
  std::vector<int> num_expanded;
  int num_expanded_rows = 0;
  const int32_t* row_at_place = nullptr;  // [T], on the device; null: each row at its own place
  const int32_t* place_of_row = nullptr;  // [T]
  // the angles of the step's positions, for each of the config's ropes
  std::vector<RotaryAngles> ropes;

  // Of a layer; without cosines where it has no position embedding.
  RotaryAngles angles_of(const LayerConfig& layer) const;
};

// One layer's attention as the operators see it: shape and window, without the sinks.
AttentionShape attention_shape_of(const ModelConfig& config, const LayerConfig& layer);

// Whether latent attention has an expanded form at all. Where an indexer chooses keys, all tokens
// are computed on the latent: each has its own few keys.
bool expands_latents(const ModelConfig& config);
// Of expanded latents: grouped attention with a key head for each query head.
AttentionShape expanded_shape_of(const ModelConfig& config, const LayerConfig& layer);

// out_TD from the normalised hidden_TD. The step's keys and values go to `cache`. D strides are
// padded(hidden_size). Memory comes from `arena`.
struct AttentionStep {
  const ModelConfig& config;
  const LayerConfig& layer;
  const AttentionWeights& weights;
  const StepTokens& tokens;
  PagedKv cache;
  const ExpandedKeys* expanded = nullptr;  // null: no token of the step meets any
};
void attend_grouped(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                    DeviceArena& arena);
void attend_latent(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                   DeviceArena& arena);

}  // namespace jangwon::runtime
