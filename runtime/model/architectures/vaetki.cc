// VAETKI (NC AI consortium), 112B, 20B and 7B, and the text part of VL: latent attention in every
// layer, windowed layers with a rope of their own, zero-centred norms before and after each
// sub-layer, a sigmoid router without correction bias.
//
// Global layers turn at a larger base, by an eighth of the position (position interpolation from 4k
// to 32k) unless the config scales them by YaRN, which then holds for them alone.

#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

constexpr int kLocalRope = 0;
constexpr int kGlobalRope = 1;
constexpr int kGlobalPeriod = 6;  // every sixth layer is global where the config lists none
constexpr float kInterpolation = 8.0f;

void read_layer_kinds(ConfigReader& reader, ModelConfig& config) {
  if (reader.find("layer_types")) {
    read_windows(reader, config);
  } else {
    const int window = static_cast<int>(reader.integer({"sliding_window"}, {1, 1 << 30}));
    for (size_t i = 0; i < config.layers.size(); ++i)
      config.layers[i].window = (i + 1) % kGlobalPeriod == 0 ? 0 : window;
  }
  for (LayerConfig& layer : config.layers)
    layer.rope = layer.window > 0 ? kLocalRope : kGlobalRope;
}

void read_ropes(ConfigReader& reader, ModelConfig& config) {
  RopeConfig local;
  local.dims = config.attention.qk_rope_head_dim;
  local.pairs = read_rotary_pairs(reader);
  RopeConfig global = local;
  local.theta = reader.positive_number({"rope_theta", "rope_theta_local"});
  global.theta = reader.positive_number({"rope_theta_global"});
  derive_frequencies(local);
  const Json* scaling = reader.find("rope_scaling");
  // VL's word for none
  const bool plain = scaling && scaling->is_object() && scaling->value("type", Json()) == "rope";
  if (scaling && !plain) global.yarn = read_yarn(reader, *scaling, "rope_scaling");
  derive_frequencies(global);
  if (!global.yarn) {
    for (float& frequency : global.inverse_frequencies)
      frequency /= kInterpolation;
  }
  config.ropes = {local, global};
}

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_latent_sizes(reader, config, LatentQuery::kHasRank);
  read_layer_kinds(reader, config);
  read_ropes(reader, config);
  set_latent_softmax_scales(config);
  read_feed_forward_kinds(reader, config, FirstDense::kRequired);
  read_sigmoid_experts(reader, config);
  config.attention.latent_norm_eps = config.rms_norm_eps;
  config.zero_centred_norms = true;
}

void add_sublayer_norms(TensorTable& table, const std::string& prefix, const LayerConfig&,
                        LayerWeights& weights) {
  const int64_t hidden = table.config().hidden_size;
  table.norm(prefix + "pre_mlp_layernorm.weight", hidden, &weights.feed_forward_norm_D);
  table.norm(prefix + "post_mlp_layernorm.weight", hidden, &weights.post_feed_forward_norm_D);
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table, {.post_attention_norm = NormPlace::kAfterAttention},
                      add_sublayer_norms);
}

}  // namespace

Architecture vaetki_architecture() {
  return {.name = "vaetki",
          .model_types = {"vaetki", "vaetki_vl_moe_text"},
          .class_names = {"VaetkiForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
