// What the configs of several architectures have in common, read once.

#pragma once

#include "runtime/model/model_config.h"

namespace jangwon::runtime {

// vocab_size, hidden_size, layers, norms, head, ids, the inert keys, quantization_config. Fills `layers` with defaults.
void read_shape(ConfigReader& reader, ModelConfig& config);

// Heads of grouped-query attention; head_dim defaults to hidden_size / heads, as every class of it does.
void read_grouped_attention(ConfigReader& reader, ModelConfig& config);

// Ranks and head sizes of latent attention, and its softmax scale; reads the rotary keys too.
void read_latent_attention(ConfigReader& reader, ModelConfig& config);

// Which layers are dense: mlp_layer_types, is_moe_layer or first_k_dense_replace. Reads intermediate_size.
enum class FirstDense { kRequired, kZeroWhereAbsent };
void read_feed_forward_kinds(ConfigReader& reader, ModelConfig& config, FirstDense first_dense);

// Experts and the sigmoid router of the DeepSeek family.
void read_sigmoid_experts(ConfigReader& reader, ModelConfig& config);

// One rotary embedding for every layer: `head_dim` components could be rotated.
void read_shared_rope(ConfigReader& reader, ModelConfig& config, int64_t head_dim, RotaryPairs pairs);

// layer_types or sliding_window_pattern, and sliding_window, which is returned: 0 where there is none.
int read_windows(ConfigReader& reader, ModelConfig& config);

}  // namespace jangwon::runtime
