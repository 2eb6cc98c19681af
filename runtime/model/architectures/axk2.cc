// A.X K2 (SK Telecom): latent attention with an output gate, whose keys an indexer chooses once the
// context is longer than "index_topk" (DeepSeek's sparse attention); gated norms before every
// attention and every expert layer; a sigmoid router whose rejected groups count as zero.

#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

constexpr IntegerRange kSize{1, 1 << 16};

void read_indexer(ConfigReader& reader, ModelConfig& config) {
  AttentionConfig& attention = config.attention;
  attention.index_topk = static_cast<int>(reader.integer({"index_topk"}, {1, 1 << 30}));
  attention.index_n_heads = static_cast<int>(reader.integer({"index_n_heads"}, {1, 4096}));
  attention.index_head_dim = static_cast<int>(reader.integer({"index_head_dim"}, kSize));
  if (attention.index_head_dim < attention.qk_rope_head_dim) {
    reader.refuse(
        "\"index_head_dim\" is smaller than \"qk_rope_head_dim\", which the indexer rotates");
  }
  const auto kinds = reader.find_strings({"layer_types"});
  if (kinds && kinds->size() != config.layers.size())
    reader.refuse("\"layer_types\" does not have one entry a layer");
  for (const std::string& kind : kinds.value_or(std::vector<std::string>())) {
    if (kind != "indexed_attention") {
      reader.refuse(
          "\"layer_types\" holds \"{kind}\"; every layer of this model is \"indexed_attention\"",
          {{"kind", kind}});
    }
  }
}

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_latent_attention(reader, config, LatentQuery::kHasRank);
  config.attention.output_gate = true;
  read_indexer(reader, config);
  config.gated_norm_rank = static_cast<int>(reader.integer({"gated_norm_rank"}, kSize));
  read_feed_forward_kinds(reader, config, FirstDense::kOneWhereAbsent,
                          ExpertFrequency::kAsConfigured);
  config.moe.router.rejected_score = 0.0f;
  read_corrected_experts(reader, config);
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table);
}

}  // namespace

Architecture axk2_architecture() {
  return {.name = "axk2",
          .model_types = {"axk2", "AXK2"},
          .class_names = {"AXK2ForCausalLM"},
          .read_config = read_config,
          .add_tensors = add_tensors,
          .reasoning = ReasoningStyle::kThinkTags};
}

}  // namespace jangwon::runtime
