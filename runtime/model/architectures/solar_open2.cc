// Solar Open 2 (Upstage): most layers are linear attention by the delta rule (KDA), whose state
// replaces a cache; some are grouped attention with an output gate. No layer has a position
// embedding: the rope keys of its configs say nothing. Experts and router are those of Solar Open.
//
// "gqa_interval" counts the linear layers after each full one, the first being full; another class
// of the same name reads it as a period, which does not give the layers of the released model.

#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

constexpr int kDefaultInterval = 3;

// Which layers are full: "layer_types", else "gqa_layers", else "gqa_interval".
std::vector<bool> read_full_layers(ConfigReader& reader, size_t num_layers) {
  const auto kinds = reader.find_strings({"layer_types"});
  const auto listed = reader.find_integers({"gqa_layers"});
  const int64_t interval =
      reader.find_integer({"gqa_interval"}, {0, 1024}).value_or(kDefaultInterval);
  std::vector<bool> full(num_layers, false);
  if (kinds) {
    if (kinds->size() != num_layers)
      reader.refuse("\"layer_types\" does not have one entry a layer");
    for (size_t i = 0; i < std::min(kinds->size(), num_layers); ++i) {
      full[i] = (*kinds)[i] == "full_attention";
      if (!full[i] && (*kinds)[i] != "linear_attention") {
        reader.refuse(
            "\"layer_types\" holds \"{index}\", neither full_attention nor linear_attention",
            {{"index", (*kinds)[i]}});
      }
    }
    return full;
  }
  for (size_t i = 0; !listed && i < num_layers; ++i)
    full[i] = static_cast<int64_t>(i) % (interval + 1) == 0;
  for (const int64_t layer : listed.value_or(std::vector<int64_t>())) {
    if (layer < 0 || layer >= static_cast<int64_t>(num_layers)) {
      reader.refuse("\"gqa_layers\" names layer {layer}, which is not there", {{"layer", layer}});
    } else {
      full[static_cast<size_t>(layer)] = true;
    }
  }
  return full;
}

void read_linear_attention(ConfigReader& outer, ModelConfig& config) {
  const Json* dictionary = outer.find("linear_attn_config");
  if (dictionary == nullptr || !dictionary->is_object()) {
    outer.refuse("\"linear_attn_config\" is missing or no object");
    return;
  }
  ConfigReader reader(*dictionary, "\"linear_attn_config\"");
  DeltaConfig& delta = config.delta;
  delta.num_heads = static_cast<int>(reader.integer({"num_heads"}, {1, 4096}));
  delta.head_dim = static_cast<int>(reader.integer({"head_dim"}, {1, 4096}));
  delta.num_taps = static_cast<int>(reader.integer({"short_conv_kernel_size"}, {1, 64}));
  reader.expect("num_kv_heads", delta.num_heads, "every head has keys and values of its own");
  const Status status = reader.finish();
  if (!status.ok()) outer.refuse(status.sentence());
}

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  config.attention.output_gate = reader.find_boolean({"use_gqa_gate"}).value_or(true);
  read_linear_attention(reader, config);
  config.delta.beta_scale =
      reader.find_boolean({"kda_allow_neg_eigval"}).value_or(true) ? 2.0 : 1.0;
  // Implementations disagree on whether the log decay has a floor; those that have
  // one read it here.
  config.delta.decay_floor = reader.find_number({"kda_gate_lower_bound"})
                                 .value_or(-std::numeric_limits<double>::infinity());
  if (!(config.delta.decay_floor < 0.0)) reader.refuse("\"kda_gate_lower_bound\" must be negative");
  const std::vector<bool> full = read_full_layers(reader, config.layers.size());
  for (size_t i = 0; i < config.layers.size(); ++i) {
    config.layers[i].rope = kNoRope;
    if (!full[i]) config.layers[i].mixer = Mixer::kDeltaRule;
  }
  for (const char* key : {"rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor"})
    reader.skip(key);
  reader.expect("use_rope", false, "no released checkpoint has a position embedding");
  reader.expect("use_qk_norm", false, "no released checkpoint has these norms");
  reader.expect("use_gqa_gate_bias", false, "no released checkpoint has these biases");
  reader.expect("attention_bias", false, "no released checkpoint has these biases");
  reader.expect("kda_use_full_proj", false, "decay and gate of linear attention are of low rank");
  read_feed_forward_kinds(reader, config, FirstDense::kZeroWhereAbsent);
  read_corrected_experts(reader, config);
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table);
}

}  // namespace

Architecture solar_open2_architecture() {
  return {.name = "solar_open2",
          .model_types = {"solar_open2"},
          .class_names = {"SolarOpen2ForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkMarks};
}

}  // namespace jangwon::runtime
