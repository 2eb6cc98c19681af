// Qwen3-MoE: grouped attention with norms on queries and keys, a softmax router without bias,
// groups or shared experts. Layers of mlp_only_layers, and those that decoder_sparse_step
// leaves out, are dense.

#include <algorithm>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  config.attention.qk_norm = true;
  read_shared_rope(reader, config, config.attention.head_dim, RotaryPairs::kHalfSplit);
  reader.expect("attention_bias", false, "no released checkpoint has these biases");
  reader.expect("use_sliding_window", false, "no released checkpoint has windows");
  reader.find("sliding_window");  // both keys say nothing while use_sliding_window is false
  reader.find("max_window_layers");

  MoeConfig& moe = config.moe;
  moe.num_experts =
      static_cast<int>(reader.integer({"num_experts", "num_local_experts"}, {1, 4096}));
  moe.num_experts_per_tok =
      static_cast<int>(reader.integer({"num_experts_per_tok"}, {1, moe.num_experts}));
  moe.moe_intermediate_size =
      static_cast<int>(reader.integer({"moe_intermediate_size"}, {1, 1 << 20}));
  moe.router = {.scoring = RouterScoring::kSoftmax,
                .num_experts = moe.num_experts,
                .num_chosen = moe.num_experts_per_tok,
                .normalize = reader.boolean({"norm_topk_prob"}),
                .epsilon = 0.0f};

  const int64_t step = reader.integer({"decoder_sparse_step"}, {1, 1024});
  const std::vector<int64_t> dense =
      reader.find_integers({"mlp_only_layers"}).value_or(std::vector<int64_t>());
  bool any_dense = false;
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    const bool sparse =
        std::find(dense.begin(), dense.end(), i) == dense.end() && (i + 1) % step == 0;
    config.layers[static_cast<size_t>(i)].feed_forward =
        sparse ? FeedForwardKind::kExperts : FeedForwardKind::kDense;
    any_dense = any_dense || !sparse;
  }
  const auto width = reader.find_integer({"intermediate_size"}, {1, 1 << 20});
  if (any_dense && !width)
    reader.refuse("\"intermediate_size\" is missing, and there are dense layers");
  config.intermediate_size = static_cast<int>(width.value_or(0));
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table);
}

}  // namespace

Architecture qwen3_moe_architecture() {
  return {.name = "qwen3_moe",
          .model_types = {"qwen3_moe"},
          .class_names = {"Qwen3MoeForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
