// HyperCLOVA X SEED Think (Naver), the text part: dense, grouped attention, Granite's multipliers
// on embedding, residual, attention scores and logits (here the logits are multiplied), and
// optionally an RMSNorm after each sub-layer.

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  read_shared_rope(reader, config, config.attention.head_dim, RotaryPairs::kHalfSplit);
  reader.expect("attention_bias", false, "no released checkpoint has these biases");
  reader.expect("mlp_bias", false, "no released checkpoint has these biases");
  config.intermediate_size = static_cast<int>(reader.integer({"intermediate_size"}, {1, 1 << 20}));
  // Absent or null stands for "no multiplier"; of attention, for the usual scale.
  config.embedding_multiplier = reader.find_number({"embedding_multiplier"}).value_or(1.0);
  config.residual_multiplier = reader.find_number({"residual_multiplier"}).value_or(1.0);
  config.logits_multiplier = reader.find_number({"logits_scaling"}).value_or(1.0);
  if (const std::optional<double> scale = reader.find_number({"attention_multiplier"})) {
    for (LayerConfig& layer : config.layers)
      layer.softmax_scale = *scale;
  }
  // The published class and that of transformers differ in what an absent key means: then
  // the files decide.
  const std::optional<bool> post_norm = reader.find_boolean({"use_post_norm"});
  config.post_sublayer_norms = !post_norm   ? Presence::kOptional
                               : *post_norm ? Presence::kRequired
                                            : Presence::kAbsent;
}

void add_post_norms(TensorTable& table, const std::string& prefix, const LayerConfig&,
                    LayerWeights& weights) {
  const Presence presence = table.config().post_sublayer_norms;
  if (presence == Presence::kAbsent) return;
  const std::pair<const char*, DeviceVector*> norms[] = {
      {"post_norm1.weight", &weights.post_attention_norm_D},
      {"post_norm2.weight", &weights.post_feed_forward_norm_D}};
  for (const auto& [name, target] : norms) {
    table.add({.name = prefix + name,
               .shape = {table.config().hidden_size},
               .target = target,
               .presence = presence,
               .counted = presence == Presence::kRequired});
  }
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table, {}, add_post_norms);
}

}  // namespace

Architecture hyperclovax_architecture() {
  return {.name = "hyperclovax",
          .model_types = {"hyperclovax"},
          .class_names = {"HyperCLOVAXForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
