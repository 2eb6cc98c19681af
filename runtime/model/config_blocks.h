// What the configs of several architectures have in common, read once.

#pragma once

#include "runtime/model/model_config.h"

namespace jangwon::runtime {

// vocab_size, hidden_size, layers, norms, head, ids, the inert keys, quantization_config. Fills
// `layers` with defaults.
void read_shape(ConfigReader& reader, ModelConfig& config);

// Heads of grouped-query attention; head_dim defaults to hidden_size / heads, as every
// class of it does.
void read_grouped_attention(ConfigReader& reader, ModelConfig& config);

// Ranks and head sizes of latent attention, which every layer has. kMayBeDirect: without
// "q_lora_rank" one projection makes the queries.
enum class LatentQuery { kHasRank, kMayBeDirect };
void read_latent_sizes(ConfigReader& reader, ModelConfig& config, LatentQuery query);

// The same and one rotary embedding for every layer, with the softmax scale that it brings.
void read_latent_attention(ConfigReader& reader, ModelConfig& config, LatentQuery query);

// Of latent attention, after ropes and layers are known.
void set_latent_softmax_scales(ModelConfig& config);

// Which layers are dense: mlp_layer_types, is_moe_layer or first_k_dense_replace. Reads
// intermediate_size. kAsConfigured: of the layers behind those, each whose index is no multiple of
// "moe_layer_freq" is dense, too.
enum class FirstDense { kRequired, kZeroWhereAbsent, kOneWhereAbsent };
enum class ExpertFrequency { kEveryLayer, kAsConfigured };
void read_feed_forward_kinds(ConfigReader& reader, ModelConfig& config, FirstDense first_dense,
                             ExpertFrequency frequency = ExpertFrequency::kEveryLayer);

// Experts and the sigmoid router of the DeepSeek family. What rejected groups count
// as is set before.
void read_sigmoid_experts(ConfigReader& reader, ModelConfig& config);
// The same with a correction bias, which every checkpoint of the architecture has ("noaux_tc").
void read_corrected_experts(ConfigReader& reader, ModelConfig& config);

// One rotary embedding for every layer: `head_dim` components could be rotated.
void read_shared_rope(ConfigReader& reader, ModelConfig& config, int64_t head_dim,
                      RotaryPairs pairs);

// layer_types or sliding_window_pattern, and the windows: "sliding_windows" layer by layer, where
// the entries of global layers say nothing, or one "sliding_window". Returns whether there is a
// window to speak of.
bool read_windows(ConfigReader& reader, ModelConfig& config);

// "rope_interleave", true where absent.
RotaryPairs read_rotary_pairs(ConfigReader& reader);

}  // namespace jangwon::runtime
