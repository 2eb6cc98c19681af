// K-EXAONE (LG AI Research), both generations: grouped attention with an RMSNorm on each head's queries and keys;
// windowed layers rotate them, global layers have no position embedding at all; a sigmoid router whose correction bias
// lies under mlp., not under mlp.gate.; one dense multi-token-prediction block in the checkpoint, which plain
// generation does not use.

#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

// Second generation: a limit above zero holds gate and up back before the activation, on every unit of the layer.
void read_swiglu_limits(ConfigReader& reader, ModelConfig& config) {
  const Json* limits = reader.find("swiglu_limits");
  if (limits == nullptr) return;
  if (!limits->is_array() || limits->size() != config.layers.size()) {
    reader.refuse("\"swiglu_limits\" does not have one entry a layer");
    return;
  }
  for (size_t i = 0; i < limits->size(); ++i) {
    const Json& limit = (*limits)[i];
    if (!limit.is_number() || !(limit.get<double>() >= 0.0)) {
      reader.refuse("\"swiglu_limits\" has no limit for layer " + std::to_string(i));
      return;
    }
    if (limit == 0.0) continue;
    config.layers[i].activation = Activation::kLimitedSwiglu;
    config.layers[i].swiglu_limit = limit.get<double>();
  }
}

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  config.attention.qk_norm = true;
  read_shared_rope(reader, config, config.attention.head_dim, RotaryPairs::kHalfSplit);
  const bool has_windows = read_windows(reader, config);
  read_feed_forward_kinds(reader, config, FirstDense::kRequired);
  read_sigmoid_experts(reader, config);
  reader.expect("topk_method", "noaux_tc", "the router chooses by score and correction bias");
  reader.expect("attention_bias", false, "no released checkpoint has these biases");
  config.moe.correction_bias = Presence::kRequired;
  read_swiglu_limits(reader, config);
  // They describe the multi-token-prediction block alone.
  for (const char* key : {"mtp_layer_types", "mtp_sliding_windows", "mtp_num_speculative_steps"})
    reader.find(key);
  // Without any window there is nothing that would rotate; the reference then rotates everywhere.
  for (LayerConfig& layer : config.layers) {
    if (has_windows && layer.window == 0) layer.rope = kNoRope;
  }
}

void add_mtp_tensors(TensorTable& table) {
  const ModelConfig& config = table.config();
  const AttentionConfig& a = config.attention;
  const int64_t hidden = config.hidden_size;
  const int64_t q_size = int64_t{a.num_attention_heads} * a.head_dim;
  const int64_t kv_size = int64_t{a.num_key_value_heads} * a.head_dim;
  const auto unused = [&](const std::string& name, Shape shape) {
    table.unused("mtp." + name, shape, "multi-token prediction, which plain generation does not use", true);
  };
  unused("fc.weight", {hidden, 2 * hidden});
  for (const char* norm : {"pre_fc_norm_embedding", "pre_fc_norm_hidden", "norm"})
    unused(std::string(norm) + ".weight", {hidden});
  for (int i = 0; i < config.num_nextn_predict_layers; ++i) {
    const std::string p = "layers." + std::to_string(i) + ".";
    unused(p + "input_layernorm.weight", {hidden});
    unused(p + "post_attention_layernorm.weight", {hidden});
    unused(p + "self_attn.q_proj.weight", {q_size, hidden});
    unused(p + "self_attn.k_proj.weight", {kv_size, hidden});
    unused(p + "self_attn.v_proj.weight", {kv_size, hidden});
    unused(p + "self_attn.o_proj.weight", {hidden, q_size});
    unused(p + "self_attn.q_norm.weight", {a.head_dim});
    unused(p + "self_attn.k_norm.weight", {a.head_dim});
    unused(p + "mlp.gate_proj.weight", {config.intermediate_size, hidden});
    unused(p + "mlp.up_proj.weight", {config.intermediate_size, hidden});
    unused(p + "mlp.down_proj.weight", {hidden, config.intermediate_size});
  }
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table, {.correction_bias = "mlp.e_score_correction_bias"});
  if (table.config().num_nextn_predict_layers > 0) add_mtp_tensors(table);
}

}  // namespace

Architecture exaone_moe_architecture() {
  return {.name = "exaone_moe",
          .model_types = {"exaone_moe"},
          .class_names = {"ExaoneMoEForCausalLM", "ExaoneMoeForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
