// A.X K1 (SK Telecom): latent attention as in DeepSeek-V3, a sigmoid router over groups, and one
// more RMSNorm on the output of every expert layer, routed and shared together, before the
// residual. The dense layer's file carries that norm too, but the reference never calls it there.
// Released without correction bias (topk_method "none"): it counts as zero.

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"
#include "runtime/model/deepseek_blocks.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_latent_attention(reader, config, LatentQuery::kHasRank);
  read_feed_forward_kinds(reader, config, FirstDense::kRequired);
  read_sigmoid_experts(reader, config);
  config.moe.correction_bias = read_topk_method(reader);
  config.post_moe_norm = true;
}

void add_post_mlp_norm(TensorTable& table, const std::string& prefix, const LayerConfig& layer,
                       LayerWeights& weights) {
  const int64_t hidden = table.config().hidden_size;
  const std::string norm = prefix + "post_mlp_layernorm.weight";
  if (layer.feed_forward == FeedForwardKind::kExperts) {
    table.vector(norm, hidden, &weights.post_feed_forward_norm_D);
  } else {
    table.unused(norm, {hidden}, "the reference has an identity in its place on dense layers",
                 false);
  }
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table, {}, add_post_mlp_norm);
  // The release announces the layer in its config, but its size leaves no room for the tensors:
  // no draft module.
  add_deepseek_mtp_tensors(table, add_post_mlp_norm);
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
