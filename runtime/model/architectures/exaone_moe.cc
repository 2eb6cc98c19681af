// K-EXAONE (LG AI Research), both generations: grouped attention with an RMSNorm on each head's
// queries and keys; windowed layers rotate them, global layers have no position embedding at all; a
// sigmoid router whose correction bias lies under mlp., not under mlp.gate.; one dense
// multi-token-prediction layer, which drafts where that is asked for.

#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/config_blocks.h"

namespace jangwon::runtime {
namespace {

// Second generation: a limit above zero holds gate and up back before the activation, on every
// unit of the layer.
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
      reader.refuse("\"swiglu_limits\" has no limit for layer {layer}", {{"layer", i}});
      return;
    }
    if (limit == 0.0) continue;
    config.layers[i].activation = Activation::kLimitedSwiglu;
    config.layers[i].swiglu_limit = limit.get<double>();
  }
}

// Of a windowed draft layer: its entry in the list, or the window of the others.
int read_draft_window(ConfigReader& reader, const Json* windows) {
  const IntegerRange range{1, 1 << 30};
  if (windows != nullptr && windows->is_array() && !windows->empty() &&
      !windows->front().is_null()) {
    const Json& window = windows->front();
    if (window.is_number_integer() && window >= range.min && window <= range.max)
      return window.get<int>();
    reader.refuse("\"mtp_sliding_windows\" has no number of keys for layer 0");
    return 0;
  }
  const std::optional<int64_t> window = reader.find_integer({"sliding_window"}, range);
  if (!window)
    reader.refuse(
        "the draft layer has a window, but neither \"mtp_sliding_windows\" nor \"sliding_window\" "
        "says which");
  return static_cast<int>(window.value_or(0));
}

// The draft layer is dense and rotates whatever its window. The first generation has no fields for
// it: it attends as layer 0 does.
void read_draft(ConfigReader& reader, ModelConfig& config) {
  const auto kinds = reader.find_strings({"mtp_layer_types"});
  const Json* windows = reader.find("mtp_sliding_windows");
  reader.find("mtp_num_speculative_steps");  // a recommendation: how often one draft uses the layer
  if (config.num_nextn_predict_layers == 0 || config.layers.empty()) return;
  DraftConfig draft{.layer = config.layers.front()};
  draft.layer.feed_forward = FeedForwardKind::kDense;
  draft.layer.rope = 0;
  draft.layer.first_key = 1;
  if (kinds && !kinds->empty()) {
    const std::string& kind = kinds->front();
    if (kind != "full_attention" && kind != "sliding_attention") {
      reader.refuse(
          "\"mtp_layer_types\" holds \"{kind}\", neither full_attention nor sliding_attention",
          {{"kind", kind}});
    }
    const bool sliding = kind == "sliding_attention";
    draft.layer.window = 0;
    if (sliding) draft.layer.window = read_draft_window(reader, windows);
  }
  if (config.intermediate_size == 0)
    reader.refuse("\"intermediate_size\" is missing, and the draft layer is dense");
  config.draft = draft;
}

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_shape(reader, config);
  read_grouped_attention(reader, config);
  config.attention.qk_norm = true;
  read_shared_rope(reader, config, config.attention.head_dim, RotaryPairs::kHalfSplit);
  const bool has_windows = read_windows(reader, config);
  read_feed_forward_kinds(reader, config, FirstDense::kRequired);
  read_corrected_experts(reader, config);
  reader.expect("attention_bias", false, "no released checkpoint has these biases");
  read_swiglu_limits(reader, config);
  // Without any window there is nothing that would rotate; the reference then rotates everywhere.
  for (LayerConfig& layer : config.layers) {
    if (has_windows && layer.window == 0) layer.rope = kNoRope;
  }
  read_draft(reader, config);
}

// One layer drafts, however many the config announces; each step of a draft uses it again.
void add_mtp_tensors(TensorTable& table) {
  const ModelConfig& config = table.config();
  for (int i = 0; i < config.num_nextn_predict_layers; ++i) {
    const bool used = i == 0 && config.drafts();
    DraftWeights no_draft;
    LayerWeights no_layer;
    const size_t first = table.specs().size();
    if (i == 0) {
      add_draft_tensors(table,
                        {.token_norm = "mtp.pre_fc_norm_embedding.weight",
                         .hidden_norm = "mtp.pre_fc_norm_hidden.weight",
                         .join = "mtp.fc.weight",
                         .final_norm = "mtp.norm.weight"},
                        used ? table.weights().draft : no_draft);
    }
    add_layer_tensors(table, "mtp.layers." + std::to_string(i) + ".", config.draft->layer, {},
                      used ? table.weights().layers.back() : no_layer);
    if (i == 0) {
      table.mark_draft(first, Counted::kYes);
    } else {
      table.pass_over(first, "multi-token prediction, which is not used here", Counted::kYes);
    }
  }
}

void add_tensors(TensorTable& table) {
  add_decoder_tensors(table, {.correction_bias = "mlp.e_score_correction_bias"});
  add_mtp_tensors(table);
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
