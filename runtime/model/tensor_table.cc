// One row a tensor, with the shape that the config implies, and the loader holds the files to it in
// both directions: a tensor too many is as suspicious as one too few. The shape stands beside the
// place it goes to, so that a transposed or missing projection is told by name before anything is
// computed. Architectures differ by names and by a few further tensors (FurtherTensors); the blocks
// here are what they share. tests/runtime/model/model_loader_test.cc.

#include "runtime/model/tensor_table.h"

#include <cstdlib>
#include <string_view>

namespace jangwon::runtime {

WeightPart part_of(const ModelConfig& config, const TensorSpec& spec) {
  if (std::holds_alternative<EmbeddingTarget>(spec.target)) return {};
  constexpr std::string_view kLayers = "model.layers.";
  if (spec.name.starts_with(kLayers)) {
    const int layer = std::atoi(spec.name.c_str() + kLayers.size());
    if (layer < config.num_hidden_layers) return {WeightPart::Kind::kLayer, layer};
  }
  return {WeightPart::Kind::kHead};
}

std::vector<WeightPart> weight_parts(const ModelConfig& config) {
  std::vector<WeightPart> parts = {{WeightPart::Kind::kEmbedding}};
  for (int layer = 0; layer < config.num_hidden_layers; ++layer)
    parts.push_back({WeightPart::Kind::kLayer, layer});
  parts.push_back({WeightPart::Kind::kHead});
  return parts;
}

void TensorTable::matrix(std::string name, int64_t rows, int64_t cols, WeightMatrix* target) {
  specs_.push_back({.name = std::move(name),
                    .shape = {rows, cols},
                    .target = target,
                    .quantizable = Quantizable::kYes});
}

void TensorTable::vector(std::string name, int64_t size, DeviceVector* target) {
  specs_.push_back({.name = std::move(name), .shape = {size}, .target = target});
}

void TensorTable::norm(std::string name, int64_t size, DeviceVector* target) {
  vector(std::move(name), size, target);
  specs_.back().stored_less_one = config_.zero_centred_norms;
}

void TensorTable::unused(std::string name, Shape shape, std::string reason, bool counted) {
  specs_.push_back({.name = std::move(name),
                    .shape = shape,
                    .target = std::monostate(),
                    .presence = Presence::kOptional,
                    .counted = counted,
                    .per_token = false,
                    .unused_reason = std::move(reason)});
}

void TensorTable::pass_over(size_t first, const std::string& reason, Counted counted) {
  for (size_t i = first; i < specs_.size(); ++i) {
    TensorSpec& spec = specs_[i];
    spec.target = std::monostate();
    spec.presence = Presence::kOptional;
    spec.counted = counted == Counted::kYes;
    spec.per_token = false;
    spec.routed = false;
    spec.unused_reason = reason;
  }
}

void TensorTable::mark_draft(size_t first, Counted counted) {
  for (size_t i = first; i < specs_.size(); ++i) {
    specs_[i].draft = true;
    specs_[i].counted = counted == Counted::kYes;
  }
  if (!config_.drafts())
    pass_over(first, "the draft module, which is read where drafts are asked for", counted);
}

void add_decoder_tensors(TensorTable& table, const DecoderNames& names,
                         const FurtherTensors& further) {
  const ModelConfig& config = table.config();
  add_embedding_tensors(table);
  for (size_t i = 0; i < config.layers.size(); ++i) {
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    const LayerConfig& layer = config.layers[i];
    LayerWeights& weights = table.weights().layers[i];
    add_layer_tensors(table, prefix, layer, names, weights);
    if (further) further(table, prefix, layer, weights);
  }
}

void add_layer_tensors(TensorTable& table, const std::string& prefix, const LayerConfig& layer,
                       const DecoderNames& names, LayerWeights& weights) {
  add_layer_norms(table, prefix, names.post_attention_norm, layer, weights);
  if (layer.mixer == Mixer::kDeltaRule) {
    add_delta_tensors(table, prefix, weights.delta);
  } else if (layer.attention == AttentionKind::kLatent) {
    add_latent_attention_tensors(table, prefix, weights.attention);
  } else {
    add_grouped_attention_tensors(table, prefix, weights.attention);
  }
  if (layer.feed_forward == FeedForwardKind::kDense) {
    add_swiglu_tensors(table, prefix + "mlp.", table.config().intermediate_size, weights.dense);
  } else {
    add_expert_tensors(table, prefix, names.correction_bias, weights);
  }
}

void add_draft_tensors(TensorTable& table, const DraftNames& names, DraftWeights& draft) {
  const int64_t hidden = table.config().hidden_size;
  table.norm(names.token_norm, hidden, &draft.token_norm_D);
  table.norm(names.hidden_norm, hidden, &draft.hidden_norm_D);
  table.matrix(names.join, hidden, 2 * hidden, &draft.join_Dx2D);
  table.norm(names.final_norm, hidden, &draft.final_norm_D);
}

void add_embedding_tensors(TensorTable& table) {
  const ModelConfig& config = table.config();
  Weights& weights = table.weights();
  const Shape shape = {config.vocab_size, config.hidden_size};
  table.add({.name = "model.embed_tokens.weight",
             .shape = shape,
             .target = EmbeddingTarget{&weights},
             .per_token = config.tie_word_embeddings});
  table.norm("model.norm.weight", config.hidden_size, &weights.final_norm_D);
  if (!config.tie_word_embeddings)
    table.add({.name = "lm_head.weight", .shape = shape, .target = &weights.lm_head_VD});
}

namespace {

// Its weight under NAME.weight, or with a gate under NAME.norm.weight.
void add_norm(TensorTable& table, const std::string& name, bool gated, DeviceVector* norm,
              NormGateWeights* gate) {
  const int64_t hidden = table.config().hidden_size;
  table.norm(name + (gated ? ".norm.weight" : ".weight"), hidden, norm);
  if (!gated) return;
  const int64_t rank = table.config().gated_norm_rank;
  table.matrix(name + ".W_down.weight", rank, hidden, &gate->down_RD);
  table.matrix(name + ".W_up.weight", hidden, rank, &gate->up_DR);
}

}  // namespace

void add_layer_norms(TensorTable& table, const std::string& prefix, NormPlace post_attention_norm,
                     const LayerConfig& layer, LayerWeights& weights) {
  const bool gated = table.config().gated_norm_rank > 0;
  add_norm(table, prefix + "input_layernorm", gated, &weights.attention_norm_D,
           &weights.attention_norm_gate);
  const std::string post_attention = prefix + "post_attention_layernorm";
  if (post_attention_norm == NormPlace::kAfterAttention) {
    table.norm(post_attention + ".weight", table.config().hidden_size,
               &weights.post_attention_norm_D);
  } else {
    add_norm(table, post_attention, gated && layer.feed_forward == FeedForwardKind::kExperts,
             &weights.feed_forward_norm_D, &weights.feed_forward_norm_gate);
  }
}

void add_grouped_attention_tensors(TensorTable& table, const std::string& prefix,
                                   AttentionWeights& weights) {
  const AttentionConfig& attention = table.config().attention;
  const int64_t hidden = table.config().hidden_size;
  const int64_t q_size = int64_t{attention.num_attention_heads} * attention.head_dim;
  const int64_t kv_size = int64_t{attention.num_key_value_heads} * attention.head_dim;
  const std::string p = prefix + "self_attn.";
  const struct {
    const char* name;
    int64_t rows;
    int64_t cols;
    WeightMatrix* target;
  } projections[] = {{"q_proj", q_size, hidden, &weights.q_HKxD},
                     {"k_proj", kv_size, hidden, &weights.k_GKxD},
                     {"v_proj", kv_size, hidden, &weights.v_GKxD},
                     {"o_proj", hidden, q_size, &weights.o_DxHK}};
  for (const auto& projection : projections) {
    table.matrix(p + projection.name + ".weight", projection.rows, projection.cols,
                 projection.target);
    if (attention.biases) {
      table.add({.name = p + projection.name + ".bias",
                 .shape = {projection.rows},
                 .target = BiasTarget{projection.target}});
    }
  }
  if (attention.qk_norm) {
    table.norm(p + "q_norm.weight", attention.head_dim, &weights.q_norm_K);
    table.norm(p + "k_norm.weight", attention.head_dim, &weights.k_norm_K);
  }
  if (attention.output_gate) table.matrix(p + "g_proj.weight", q_size, hidden, &weights.gate_HKxD);
  if (attention.sinks) table.vector(p + "sinks", attention.num_attention_heads, &weights.sinks_H);
}

namespace {

void add_indexer_tensors(TensorTable& table, const std::string& prefix, AttentionWeights& weights) {
  const AttentionConfig& a = table.config().attention;
  const int64_t hidden = table.config().hidden_size;
  const int64_t size = a.index_head_dim;
  table.matrix(prefix + "wq_b.weight", a.index_n_heads * size, a.q_lora_rank,
               &weights.index_q_HKxQ);
  table.matrix(prefix + "wk.weight", size, hidden, &weights.index_k_KD);
  table.vector(prefix + "k_norm.weight", size, &weights.index_k_norm_K);
  table.vector(prefix + "k_norm.bias", size, &weights.index_k_norm_bias_K);
  // As a router's: near ties decide which keys are seen.
  table.add({.name = prefix + "weights_proj.weight",
             .shape = {a.index_n_heads, hidden},
             .target = &weights.index_weights_HD,
             .quantizable = Quantizable::kYes,
             .use = PackedUse::kFloat32Product});
}

}  // namespace

void add_latent_attention_tensors(TensorTable& table, const std::string& prefix,
                                  AttentionWeights& weights) {
  const AttentionConfig& a = table.config().attention;
  const int64_t hidden = table.config().hidden_size;
  const int64_t heads = a.num_attention_heads;
  const std::string p = prefix + "self_attn.";
  if (a.q_lora_rank == 0) {
    table.matrix(p + "q_proj.weight", heads * a.head_dim, hidden, &weights.q_HKxD);
  } else {
    table.matrix(p + "q_a_proj.weight", a.q_lora_rank, hidden, &weights.q_a_QD);
    table.norm(p + "q_a_layernorm.weight", a.q_lora_rank, &weights.q_a_norm_Q);
    const int64_t gate = a.output_gate ? a.v_head_dim : 0;
    table.matrix(p + "q_b_proj.weight", heads * (a.head_dim + gate),
                 (a.output_gate ? 2 : 1) * a.q_lora_rank, &weights.q_b_HKxQ);
  }
  table.matrix(p + "kv_a_proj_with_mqa.weight", a.kv_lora_rank + a.qk_rope_head_dim, hidden,
               &weights.kv_a_RD);
  table.norm(p + "kv_a_layernorm.weight", a.kv_lora_rank, &weights.kv_a_norm_R);
  table.add({.name = p + "kv_b_proj.weight",
             .shape = {heads * (a.qk_nope_head_dim + a.v_head_dim), a.kv_lora_rank},
             .target = LatentUpTarget{&weights},
             .quantizable = Quantizable::kYes});
  table.matrix(p + "o_proj.weight", hidden, heads * a.v_head_dim, &weights.o_DxHK);
  if (a.index_topk > 0) add_indexer_tensors(table, p + "indexer.", weights);
}

void add_delta_tensors(TensorTable& table, const std::string& prefix, DeltaWeights& weights) {
  const DeltaConfig& delta = table.config().delta;
  const int64_t hidden = table.config().hidden_size;
  const int64_t size = int64_t{delta.num_heads} * delta.head_dim;
  const int64_t rank = delta.head_dim;
  const std::string p = prefix + "self_attn.";
  const struct {
    const char* name;
    WeightMatrix* matrix;
    DeviceVector* taps;
  } streams[] = {{"q", &weights.q_HKxD, &weights.q_taps},
                 {"k", &weights.k_HKxD, &weights.k_taps},
                 {"v", &weights.v_HKxD, &weights.v_taps}};
  for (const auto& stream : streams) {
    table.matrix(p + stream.name + "_proj.weight", size, hidden, stream.matrix);
    table.add({.name = p + stream.name + "_conv1d.weight",
               .shape = {size, 1, delta.num_taps},
               .target = stream.taps});
  }
  table.matrix(p + "f_a_proj.weight", rank, hidden, &weights.decay_down_RD);
  table.matrix(p + "f_b_proj.weight", size, rank, &weights.decay_up_HKxR);
  table.add(
      {.name = p + "A_log", .shape = {1, 1, delta.num_heads, 1}, .target = &weights.log_rate_H});
  table.vector(p + "dt_bias", size, &weights.decay_bias_HK);
  table.matrix(p + "b_proj.weight", delta.num_heads, hidden, &weights.beta_HD);
  table.matrix(p + "g_a_proj.weight", rank, hidden, &weights.gate_down_RD);
  table.matrix(p + "g_b_proj.weight", size, rank, &weights.gate_up_HKxR);
  table.norm(p + "o_norm.weight", delta.head_dim, &weights.out_norm_K);
  table.matrix(p + "o_proj.weight", hidden, size, &weights.o_DxHK);
}

void add_swiglu_tensors(TensorTable& table, const std::string& prefix, int64_t inner,
                        SwigluWeights& swiglu) {
  const int64_t hidden = table.config().hidden_size;
  table.matrix(prefix + "gate_proj.weight", inner, hidden, &swiglu.gate_FD);
  table.matrix(prefix + "up_proj.weight", inner, hidden, &swiglu.up_FD);
  table.matrix(prefix + "down_proj.weight", hidden, inner, &swiglu.down_DF);
}

void add_expert_tensors(TensorTable& table, const std::string& prefix, const std::string& bias_name,
                        LayerWeights& layer) {
  const MoeConfig& moe = table.config().moe;
  const int64_t hidden = table.config().hidden_size;
  const int64_t inner = moe.moe_intermediate_size;
  table.add({.name = prefix + "mlp.gate.weight",
             .shape = {moe.num_experts, hidden},
             .target = &layer.router_ED,
             .use = PackedUse::kFloat32Product});
  if (moe.correction_bias != Presence::kAbsent) {
    table.add({.name = prefix + bias_name,
               .shape = {moe.num_experts},
               .target = &layer.correction_bias_E,
               .presence = moe.correction_bias,
               .counted = moe.correction_bias == Presence::kRequired});
  }
  layer.experts_E.resize(static_cast<size_t>(moe.num_experts));
  for (int e = 0; e < moe.num_experts; ++e) {
    const std::string expert = prefix + "mlp.experts." + std::to_string(e) + ".";
    SwigluWeights& weights = layer.experts_E[static_cast<size_t>(e)];
    const struct {
      const char* name;
      Shape shape;
      WeightMatrix* target;
    } matrices[] = {{"gate_proj.weight", {inner, hidden}, &weights.gate_FD},
                    {"up_proj.weight", {inner, hidden}, &weights.up_FD},
                    {"down_proj.weight", {hidden, inner}, &weights.down_DF}};
    for (const auto& matrix : matrices) {
      table.add({.name = expert + matrix.name,
                 .shape = matrix.shape,
                 .target = matrix.target,
                 .quantizable = Quantizable::kYes,
                 .per_token = false,
                 .routed = true});
    }
  }
  if (moe.num_shared_experts > 0) {
    add_swiglu_tensors(table, prefix + "mlp.shared_experts.", inner * moe.num_shared_experts,
                       layer.shared);
  }
}

}  // namespace jangwon::runtime
