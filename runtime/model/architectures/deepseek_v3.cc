// DeepSeek-V3 and V3.1: latent attention, dense layers first, a sigmoid router over groups with a
// correction bias in fp32; its multi-token-prediction layer follows the last one in the checkpoint
// and drafts where that is asked for.

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"
#include "runtime/model/deepseek_blocks.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_latent_attention(reader, config, LatentQuery::kMayBeDirect);
  read_feed_forward_kinds(reader, config, FirstDense::kRequired);
  read_sigmoid_experts(reader, config);
  config.moe.correction_bias = read_topk_method(reader);
  if (config.moe.correction_bias == Presence::kOptional)
    config.moe.correction_bias = Presence::kRequired;
  config.draft = deepseek_draft(config);
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table);
  add_deepseek_mtp_tensors(table);
}

}  // namespace

Architecture deepseek_v3_architecture() {
  return {.name = "deepseek_v3",
          .model_types = {"deepseek_v3"},
          .class_names = {"DeepseekV3ForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
