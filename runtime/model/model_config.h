// What a model is, read from config.json: sizes, and which blocks each layer is put together from.
// Key names are those of Hugging Face; an architecture file maps deviating keys onto these fields.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/dtype.h"
#include "runtime/model/quantization_config.h"
#include "runtime/model/rope_config.h"
#include "runtime/ops/arguments.h"
#include "runtime/ops/stored_matrix.h"

namespace jangwon::runtime {

struct Architecture;

enum class FeedForwardKind { kDense, kExperts };
enum class Presence { kAbsent, kOptional, kRequired };

struct AttentionConfig {
  int num_attention_heads = 0;
  int num_key_value_heads = 0;
  int head_dim = 0;      // of queries and keys
  bool qk_norm = false;  // RMSNorm over each head's queries and keys, before rotation
  bool biases = false;   // on q, k, v and o
  bool sinks = false;
  // Its output is multiplied by sigmoids before the last projection. Grouped attention has a
  // projection for them; of latent attention q_b_proj makes them beside the queries, from the
  // query's latent before and after its norm.
  bool output_gate = false;

  // kLatent only. head_dim = qk_nope_head_dim + qk_rope_head_dim.
  int q_lora_rank = 0;  // 0: queries come from the hidden state in one projection
  int kv_lora_rank = 0;
  int qk_nope_head_dim = 0;
  int qk_rope_head_dim = 0;
  int v_head_dim = 0;
  double latent_norm_eps = 0.0;

  // An indexer lets each query see the index_topk keys that it values most; 0: there is none.
  int index_topk = 0;
  int index_n_heads = 0;
  int index_head_dim = 0;
};

// Of layers with Mixer::kDeltaRule.
struct DeltaConfig {
  int num_heads = 0;
  int head_dim = 0;  // of queries, keys and values; the rank of decay and gate, too
  int num_taps = 0;
  double beta_scale = 1.0;
  double decay_floor = 0.0;  // of the logarithm; minus infinity: none
};

struct MoeConfig {
  int num_experts = 0;
  int num_experts_per_tok = 0;
  int moe_intermediate_size = 0;
  int num_shared_experts = 0;
  Presence correction_bias = Presence::kAbsent;  // of the router's choice
  bool biases = false;                           // on the router and the experts
  RouterOptions router;
};

constexpr int kNoRope = -1;

// How a layer brings tokens together.
enum class Mixer {
  kAttention,
  kDeltaRule,  // linear attention: a state in place of keys and values
};

struct LayerConfig {
  Mixer mixer = Mixer::kAttention;
  AttentionKind attention = AttentionKind::kGrouped;
  int window = 0;  // keys that a query sees, itself included; 0: all before it
  // keys before it are none: the first pair of a draft layer stands at position 1
  int first_key = 0;
  int rope = 0;  // index into ModelConfig::ropes; kNoRope: no position embedding (NoPE)
  double softmax_scale = 1.0;
  FeedForwardKind feed_forward = FeedForwardKind::kDense;
  Activation activation = Activation::kSwiglu;  // of dense units, experts and shared experts alike
  double swiglu_limit = 0.0;                    // of an activation that has one
};

// A multi-token-prediction layer, which drafts: from a position's hidden state after the
// final norm, the vector that the head reads, and the token behind it, the token after
// that. See decoder.h.
struct DraftConfig {
  LayerConfig layer;
  bool loaded = false;  // drafts were asked for; else the files' tensors are known and passed over
};

struct ModelConfig {
  std::string model_type;                      // as the config spells it
  const Architecture* architecture = nullptr;  // of the registry: axk1, exaone_moe, …
  bool text_part = false;                      // of a multimodal checkpoint; see text_part.h

  int vocab_size = 0;
  int hidden_size = 0;
  int num_hidden_layers = 0;
  int intermediate_size = 0;  // of dense layers; 0 where there are none
  int max_position_embeddings = 0;
  double rms_norm_eps = 0.0;
  bool tie_word_embeddings = false;
  std::vector<int32_t> eos_token_ids;  // of config.json; generation_config.json goes before

  AttentionConfig attention;
  DeltaConfig delta;
  std::vector<RopeConfig> ropes;  // layers name theirs by index
  MoeConfig moe;                  // num_experts 0: a dense model
  std::vector<LayerConfig> layers;

  // norms before attention and experts are gated; 0: none is
  int gated_norm_rank = 0;
  bool zero_centred_norms = false;  // RMSNorm weights are stored as w − 1
  // RMSNorm on the output of expert layers, before the residual
  bool post_moe_norm = false;
  // RMSNorm on the output of every attention and feed-forward
  Presence post_sublayer_norms = Presence::kAbsent;
  double embedding_multiplier = 1.0;
  double residual_multiplier = 1.0;
  double logits_multiplier = 1.0;

  MadeWeights made_weights;            // of its plain linear layers, when they are loaded
  DType kv_cache_dtype = DType::kF32;  // F32 or BF16: of no checkpoint, but of how it is to be run
  // of plain tensors, as the config announces it; each tensor carries its own
  std::string dtype;
  int num_nextn_predict_layers = 0;  // multi-token-prediction layers that the config announces
  std::optional<DraftConfig> draft;  // of the first of them, where we know what it computes
  QuantizationConfig quantization;

  bool drafts() const { return draft && draft->loaded; }
  // The draft layer stands behind the others: layer num_hidden_layers.
  const LayerConfig& layer(int index) const {
    return index < num_hidden_layers ? layers[static_cast<size_t>(index)] : draft->layer;
  }
  // Floats a token takes in the cache of that layer, and a sequence whatever its length.
  int64_t cache_floats_per_token(const LayerConfig& layer) const;
  int64_t state_floats(const LayerConfig& layer) const;
};

}  // namespace jangwon::runtime
