// A.X K1 (SK Telecom): latent attention as in DeepSeek-V3, a sigmoid router over groups, and one more RMSNorm on the
// output of every expert layer, routed and shared together, before the residual. The dense layer's file carries that
// norm too, but the reference never calls it there. Released without correction bias (topk_method "none"): it counts as
// zero.

#include "runtime/model/architectures/deepseek_blocks.h"
#include "runtime/model/config_blocks.h"
#include "runtime/model/model_registry.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_latent_attention(reader, config);
  read_feed_forward_kinds(reader, config, FirstDense::kRequired);
  read_sigmoid_experts(reader, config);
  config.moe.correction_bias = read_topk_method(reader);
  config.post_moe_norm = true;
}

void add_tensors(TensorTable& table) {
  const ModelConfig& config = table.config();
  add_embedding_tensors(table);
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    LayerWeights& layer = table.weights().layers[static_cast<size_t>(i)];
    add_layer_norms(table, prefix, layer);
    add_latent_attention_tensors(table, prefix, layer.attention);
    if (config.layers[static_cast<size_t>(i)].feed_forward == FeedForwardKind::kDense) {
      add_swiglu_tensors(table, prefix + "mlp.", config.intermediate_size, layer.dense);
      table.unused(prefix + "post_mlp_layernorm.weight", {config.hidden_size},
                   "the reference has an identity in its place on dense layers", false);
    } else {
      add_expert_tensors(table, prefix, "mlp.gate.e_score_correction_bias", layer);
      table.vector(prefix + "post_mlp_layernorm.weight", config.hidden_size, &layer.post_feed_forward_norm_D);
    }
  }
  // Not counted: the release announces the block in its config, but its size leaves no room for the tensors.
  add_deepseek_mtp_tensors(table, false);
}

}  // namespace

Architecture axk1_architecture() {
  return {.name = "axk1",
          .model_types = {"axk1", "AXK1"},
          .class_names = {"AXK1ForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
