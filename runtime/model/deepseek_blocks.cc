#include "runtime/model/deepseek_blocks.h"

namespace jangwon::runtime {

Presence read_topk_method(ConfigReader& reader) {
  const std::optional<std::string> method = reader.find_string({"topk_method"});
  if (!method) return Presence::kOptional;
  if (*method == "noaux_tc") return Presence::kRequired;
  if (*method != "none")
    reader.refuse("\"topk_method\" is \"{method}\"; \"noaux_tc\" and \"none\" are known",
                  {{"method", *method}});
  return Presence::kAbsent;
}

void add_deepseek_mtp_tensors(TensorTable& table, const FurtherTensors& further) {
  const ModelConfig& config = table.config();
  LayerConfig layer = config.layers.back();
  layer.feed_forward = FeedForwardKind::kExperts;
  for (int i = 0; i < config.num_nextn_predict_layers; ++i) {
    const bool used = i == 0 && config.drafts();
    DraftWeights no_draft;
    LayerWeights no_layer;
    LayerWeights& weights = used ? table.weights().layers.back() : no_layer;
    const size_t first = table.specs().size();
    const std::string prefix = "model.layers." + std::to_string(config.num_hidden_layers + i) + ".";
    add_draft_tensors(table,
                      {.token_norm = prefix + "enorm.weight",
                       .hidden_norm = prefix + "hnorm.weight",
                       .join = prefix + "eh_proj.weight",
                       .final_norm = prefix + "shared_head.norm.weight"},
                      used ? table.weights().draft : no_draft);
    add_layer_tensors(table, prefix, layer, {}, weights);
    if (further) further(table, prefix, layer, weights);
    if (i == 0 && config.draft) {
      table.mark_draft(first, Counted::kNo);
    } else {
      table.pass_over(first, "multi-token prediction, which is not used here", Counted::kNo);
    }
    for (const char* copy : {"embed_tokens.weight", "shared_head.head.weight"})
      table.unused(prefix + copy, {config.vocab_size, config.hidden_size},
                   "a copy of the model's own", false);
  }
}

std::optional<DraftConfig> deepseek_draft(const ModelConfig& config) {
  if (config.num_nextn_predict_layers == 0 || config.layers.empty()) return std::nullopt;
  DraftConfig draft{.layer = config.layers.back()};  // latent attention is the same in every layer
  draft.layer.feed_forward = FeedForwardKind::kExperts;
  draft.layer.first_key = 1;
  return draft;
}

}  // namespace jangwon::runtime
