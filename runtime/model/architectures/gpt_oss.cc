// gpt-oss (OpenAI): grouped attention with biases and one sink a head, windows on every other
// layer, YaRN without rounding; experts in fused MXFP4 tensors with gate and up rows in turns,
// biases, a clamped SwiGLU, and a softmax over the chosen experts only.

#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  config.attention.biases = reader.boolean({"attention_bias"});
  config.attention.sinks = true;
  read_shared_rope(reader, config, config.attention.head_dim, RotaryPairs::kHalfSplit);
  read_windows(reader, config);
  if (const auto length = reader.find_integer({"initial_context_length"}, {1, 1 << 30});
      length && config.ropes.front().yarn &&
      config.ropes.front().yarn->original_max_position_embeddings != static_cast<double>(*length)) {
    reader.refuse("\"initial_context_length\" differs from \"original_max_position_embeddings\"");
  }

  MoeConfig& moe = config.moe;
  moe.num_experts =
      static_cast<int>(reader.integer({"num_local_experts", "num_experts"}, {1, 4096}));
  moe.num_experts_per_tok = static_cast<int>(
      reader.integer({"num_experts_per_tok", "experts_per_token"}, {1, moe.num_experts}));
  // The experts' width is the config's intermediate_size; there are no dense layers.
  moe.moe_intermediate_size = static_cast<int>(reader.integer({"intermediate_size"}, {1, 1 << 20}));
  moe.biases = true;
  moe.router = {.scoring = RouterScoring::kSoftmaxOverChosen,
                .num_experts = moe.num_experts,
                .num_chosen = moe.num_experts_per_tok,
                .normalize = false};
  for (LayerConfig& layer : config.layers)
    layer.feed_forward = FeedForwardKind::kExperts;
  const double limit = reader.positive_number({"swiglu_limit"});
  for (LayerConfig& layer : config.layers) {
    layer.activation = Activation::kClampedSwiglu;
    layer.swiglu_limit = limit;
  }
  if (config.quantization.format != WeightFormat::kMxfp4) {
    reader.refuse("gpt_oss is supported as released, with \"quant_method\" \"mxfp4\"");
  }
  if (config.hidden_size % 32 != 0 || moe.moe_intermediate_size % 32 != 0) {
    reader.refuse("MXFP4 needs \"hidden_size\" and \"intermediate_size\" in multiples of 32");
  }
}

void add_fused_experts(TensorTable& table, const std::string& prefix, LayerWeights& layer) {
  const MoeConfig& moe = table.config().moe;
  const int64_t hidden = table.config().hidden_size;
  const int64_t inner = moe.moe_intermediate_size;
  const int64_t experts = moe.num_experts;
  layer.experts_E.resize(static_cast<size_t>(experts));
  table.add({.name = prefix + "mlp.router.weight",
             .shape = {experts, hidden},
             .target = &layer.router_ED,
             .use = PackedUse::kFloat32Product});
  table.add({.name = prefix + "mlp.router.bias",
             .shape = {experts},
             .target = BiasTarget{&layer.router_ED}});
  const auto add = [&](const char* name, Shape shape, TensorTarget target,
                       Quantizable quantizable) {
    table.add({.name = prefix + "mlp.experts." + name,
               .shape = shape,
               .target = target,
               .quantizable = quantizable,
               .per_token = false,
               .routed = true});
  };
  add("gate_up_proj", {experts, 2 * inner, hidden}, FusedGateUpTarget{&layer.experts_E},
      Quantizable::kYes);
  add("gate_up_proj_bias", {experts, 2 * inner}, FusedGateUpBiasTarget{&layer.experts_E},
      Quantizable::kNo);
  add("down_proj", {experts, hidden, inner}, FusedDownTarget{&layer.experts_E}, Quantizable::kYes);
  add("down_proj_bias", {experts, hidden}, FusedDownBiasTarget{&layer.experts_E}, Quantizable::kNo);
}

void add_tensors(TensorTable& table) {
  add_embedding_tensors(table);
  for (size_t i = 0; i < table.config().layers.size(); ++i) {
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    LayerWeights& layer = table.weights().layers[i];
    add_layer_norms(table, prefix, NormPlace::kBeforeFeedForward, table.config().layers[i], layer);
    add_grouped_attention_tensors(table, prefix, layer.attention);
    add_fused_experts(table, prefix, layer);
  }
}

}  // namespace

Architecture gpt_oss_architecture() {
  return {.name = "gpt_oss",
          .model_types = {"gpt_oss"},
          .class_names = {"GptOssForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kHarmony};
}

}  // namespace jangwon::runtime
