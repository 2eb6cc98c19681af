// Solar Open (Upstage): grouped attention without biases or norms on queries and keys, rotary
// embedding with YaRN on every layer, experts everywhere, a sigmoid router with correction bias.

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  read_shared_rope(reader, config, config.attention.head_dim, RotaryPairs::kHalfSplit);
  read_feed_forward_kinds(reader, config, FirstDense::kZeroWhereAbsent);
  read_corrected_experts(reader, config);
  reader.expect("attention_bias", false, "no released checkpoint has these biases");
  reader.expect("use_qk_norm", false, "no released checkpoint has these norms");
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table);
}

}  // namespace

Architecture solar_open_architecture() {
  return {.name = "solar_open",
          .model_types = {"solar_open"},
          .class_names = {"SolarOpenForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kChannels};
}

}  // namespace jangwon::runtime
