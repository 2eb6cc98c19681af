// Parsers of architectures are lists of these blocks, so that a key is read in one way wherever it
// stands. Every block refuses what it does not compute (an activation, a router, a bias) by the
// key's name: a model that is run a little differently from how it was trained gives plausible
// answers and wrong scores. Where two keys say the same thing (layer_types and a pattern, a list
// and a first k) they are compared, because one of them must be wrong where they differ.
// tests/runtime/model/config_test.cc.

#include "runtime/model/config_blocks.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/model/inert_config_keys.h"

namespace jangwon::runtime {
namespace {

// Limits that keep every product of two sizes within 64 bits and a forged config from asking
// for absurd memory.
constexpr IntegerRange kWidth{1, 1 << 20};
constexpr IntegerRange kHeads{1, 4096};
constexpr IntegerRange kHeadDim{1, 65536};
constexpr IntegerRange kExperts{1, 4096};
constexpr IntegerRange kLayers{1, 1024};

int as_int(int64_t value) {
  return static_cast<int>(value);
}

}  // namespace

void read_shape(ConfigReader& reader, ModelConfig& config) {
  config.vocab_size = as_int(reader.integer({"vocab_size"}, {1, 1 << 24}));
  config.hidden_size = as_int(reader.integer({"hidden_size"}, kWidth));
  config.num_hidden_layers = as_int(reader.integer({"num_hidden_layers"}, kLayers));
  config.max_position_embeddings =
      as_int(reader.integer({"max_position_embeddings"}, {1, 1 << 30}));
  config.rms_norm_eps = reader.positive_number({"rms_norm_eps"});
  config.tie_word_embeddings = reader.find_boolean({"tie_word_embeddings"}).value_or(false);
  config.num_nextn_predict_layers =
      as_int(reader.find_integer({"num_nextn_predict_layers"}, {0, 64}).value_or(0));
  config.layers.resize(static_cast<size_t>(config.num_hidden_layers));
  config.dtype = reader.find_string({"torch_dtype", "dtype"}).value_or("bfloat16");
  reader.expect("hidden_act", "silu", "the feed-forward layers here are SwiGLU");
  for (const int64_t id : reader.find_integers({"eos_token_id"}).value_or(std::vector<int64_t>())) {
    if (id < 0 || id >= config.vocab_size)
      reader.refuse("\"eos_token_id\" {id} is no token", {{"id", id}});
    config.eos_token_ids.push_back(static_cast<int32_t>(id));
  }
  if (const Json* quantization = reader.find("quantization_config")) {
    Result<QuantizationConfig> parsed = parse_quantization_config(*quantization);
    if (parsed.ok()) {
      config.quantization = std::move(parsed).value();
    } else {
      reader.refuse(parsed.status().sentence());
    }
  }
  skip_inert_keys(reader);
}

void read_grouped_attention(ConfigReader& reader, ModelConfig& config) {
  AttentionConfig& attention = config.attention;
  attention.num_attention_heads = as_int(reader.integer({"num_attention_heads"}, kHeads));
  attention.num_key_value_heads = as_int(reader.integer({"num_key_value_heads"}, kHeads));
  if (attention.num_attention_heads % attention.num_key_value_heads != 0) {
    reader.refuse(
        "\"num_attention_heads\" {num_attention_heads} is no multiple of \"num_key_value_heads\" "
        "{num_key_value_heads}",
        {{"num_attention_heads", attention.num_attention_heads},
         {"num_key_value_heads", attention.num_key_value_heads}});
  }
  const std::optional<int64_t> head_dim = reader.find_integer({"head_dim"}, kHeadDim);
  if (!head_dim && config.hidden_size % attention.num_attention_heads != 0) {
    reader.refuse(
        "\"head_dim\" is missing and \"hidden_size\" is no multiple of \"num_attention_heads\"");
  }
  attention.head_dim =
      as_int(head_dim.value_or(std::max(1, config.hidden_size / attention.num_attention_heads)));
  for (LayerConfig& layer : config.layers)
    layer.softmax_scale = 1.0 / std::sqrt(static_cast<double>(attention.head_dim));
}

void read_latent_sizes(ConfigReader& reader, ModelConfig& config, LatentQuery query) {
  AttentionConfig& attention = config.attention;
  for (LayerConfig& layer : config.layers)
    layer.attention = AttentionKind::kLatent;
  attention.num_attention_heads = as_int(reader.integer({"num_attention_heads"}, kHeads));
  attention.num_key_value_heads = attention.num_attention_heads;
  reader.expect("num_key_value_heads", attention.num_attention_heads,
                "latent attention has one key head for each query head");
  attention.q_lora_rank = as_int(query == LatentQuery::kHasRank
                                     ? reader.integer({"q_lora_rank"}, kWidth)
                                     : reader.find_integer({"q_lora_rank"}, kWidth).value_or(0));
  attention.kv_lora_rank = as_int(reader.integer({"kv_lora_rank"}, kWidth));
  attention.qk_nope_head_dim = as_int(reader.integer({"qk_nope_head_dim"}, kHeadDim));
  attention.qk_rope_head_dim = as_int(reader.integer({"qk_rope_head_dim"}, kHeadDim));
  attention.v_head_dim = as_int(reader.integer({"v_head_dim"}, kHeadDim));
  // The class of norm that the references use for latents is made without the config's epsilon.
  attention.latent_norm_eps = 1e-6;
  attention.head_dim = attention.qk_nope_head_dim + attention.qk_rope_head_dim;
  reader.expect("qk_head_dim", attention.head_dim,
                "it is the sum of qk_nope_head_dim and qk_rope_head_dim");
  // transformers writes the rotated part under head_dim, so that its rotary code finds it.
  reader.expect("head_dim", attention.qk_rope_head_dim, "latent attention has no other head_dim");
  reader.expect("attention_bias", false,
                "biases of latent attention are not known in any released checkpoint");
}

RotaryPairs read_rotary_pairs(ConfigReader& reader) {
  const bool interleaved = reader.find_boolean({"rope_interleave"}).value_or(true);
  return interleaved ? RotaryPairs::kInterleaved : RotaryPairs::kHalfSplit;
}

void read_latent_attention(ConfigReader& reader, ModelConfig& config, LatentQuery query) {
  read_latent_sizes(reader, config, query);
  const int dims = config.attention.qk_rope_head_dim;
  read_shared_rope(reader, config, dims, read_rotary_pairs(reader));
  if (config.ropes.front().dims != dims) {
    reader.refuse(
        "\"partial_rotary_factor\" other than 1 makes no sense with \"qk_rope_head_dim\"");
  }
  set_latent_softmax_scales(config);
}

void set_latent_softmax_scales(ModelConfig& config) {
  const double root = std::sqrt(static_cast<double>(config.attention.head_dim));
  for (LayerConfig& layer : config.layers) {
    const double factor =
        layer.rope == kNoRope
            ? 1.0
            : config.ropes[static_cast<size_t>(layer.rope)].softmax_scale_factor();
    layer.softmax_scale = factor / root;
  }
}

void read_feed_forward_kinds(ConfigReader& reader, ModelConfig& config, FirstDense first_dense,
                             ExpertFrequency frequency) {
  const IntegerRange range{0, config.num_hidden_layers};
  const std::optional<int64_t> first =
      reader.find_integer({"first_k_dense_replace", "first_last_k_dense_replace"}, range);
  int64_t period = 1;
  if (frequency == ExpertFrequency::kAsConfigured) {
    period = reader.find_integer({"moe_layer_freq"}, {1, kLayers.max}).value_or(1);
  } else {
    reader.expect("moe_layer_freq", 1, "every layer after the dense ones has experts");
  }
  std::vector<bool> dense(config.layers.size(), false);
  bool listed = false;
  if (const auto kinds = reader.find_strings({"mlp_layer_types"})) {
    listed = true;
    if (kinds->size() != config.layers.size())
      reader.refuse("\"mlp_layer_types\" does not have one entry a layer");
    for (size_t i = 0; i < std::min(kinds->size(), config.layers.size()); ++i) {
      if ((*kinds)[i] != "dense" && (*kinds)[i] != "sparse") {
        reader.refuse("\"mlp_layer_types\" holds \"{index}\", neither \"dense\" nor \"sparse\"",
                      {{"index", (*kinds)[i]}});
      }
      dense[i] = (*kinds)[i] == "dense";
    }
  }
  if (const Json* flags = reader.find("is_moe_layer")) {
    if (!flags->is_array() || flags->size() != config.layers.size()) {
      reader.refuse("\"is_moe_layer\" does not have one entry a layer");
    } else {
      for (size_t i = 0; i < config.layers.size(); ++i) {
        const bool is_dense = (*flags)[i] == false || (*flags)[i] == 0;
        if (listed && is_dense != dense[i])
          reader.refuse("\"is_moe_layer\" and \"mlp_layer_types\" differ");
        dense[i] = is_dense;
      }
      listed = true;
    }
  }
  if (!listed && !first && first_dense == FirstDense::kRequired) {
    reader.refuse("neither \"first_k_dense_replace\" nor \"mlp_layer_types\" is given");
  }
  for (size_t i = 0; !listed && i < config.layers.size(); ++i)
    dense[i] = static_cast<int64_t>(i) % period != 0;
  if (!listed && !first && first_dense == FirstDense::kOneWhereAbsent) dense[0] = true;
  // A list says it layer by layer and may have further dense layers; the first k must
  // then be among them.
  for (int64_t i = 0; i < first.value_or(0); ++i) {
    if (listed && !dense[static_cast<size_t>(i)]) {
      reader.refuse(
          "\"first_k_dense_replace\" is {first}, but \"mlp_layer_types\" has layer {layer} sparse",
          {{"first", *first}, {"layer", i}});
      break;
    }
    dense[static_cast<size_t>(i)] = true;
  }
  bool any_dense = false;
  for (size_t i = 0; i < config.layers.size(); ++i) {
    config.layers[i].feed_forward = dense[i] ? FeedForwardKind::kDense : FeedForwardKind::kExperts;
    any_dense = any_dense || dense[i];
  }
  const std::optional<int64_t> width = reader.find_integer({"intermediate_size"}, kWidth);
  if (any_dense && !width)
    reader.refuse("\"intermediate_size\" is missing, and there are dense layers");
  config.intermediate_size = as_int(width.value_or(0));
}

void read_sigmoid_experts(ConfigReader& reader, ModelConfig& config) {
  MoeConfig& moe = config.moe;
  moe.num_experts =
      as_int(reader.integer({"n_routed_experts", "num_experts", "num_local_experts"}, kExperts));
  moe.num_experts_per_tok = as_int(reader.integer({"num_experts_per_tok"}, {1, moe.num_experts}));
  moe.moe_intermediate_size = as_int(reader.integer({"moe_intermediate_size"}, kWidth));
  moe.num_shared_experts =
      as_int(reader.find_integer({"n_shared_experts", "num_shared_experts"}, {0, 64}).value_or(0));
  RouterOptions& router = moe.router;
  router.scoring = RouterScoring::kSigmoid;
  router.num_experts = moe.num_experts;
  router.num_chosen = moe.num_experts_per_tok;
  router.num_groups = as_int(reader.find_integer({"n_group"}, {1, moe.num_experts}).value_or(1));
  router.num_kept_groups =
      as_int(reader.find_integer({"topk_group"}, {1, router.num_groups}).value_or(1));
  router.normalize = reader.boolean({"norm_topk_prob"});
  router.scale = static_cast<float>(reader.positive_number({"routed_scaling_factor"}));
  if (moe.num_experts % router.num_groups != 0) {
    reader.refuse("\"n_group\" {num_groups} does not divide the {num_experts} experts",
                  {{"num_groups", router.num_groups}, {"num_experts", moe.num_experts}});
  } else {
    const int group_size = moe.num_experts / router.num_groups;
    if (router.num_groups > 1 && group_size < 2)
      reader.refuse("groups of one expert have no two best scores");
    if (!std::isfinite(router.rejected_score) &&
        router.num_kept_groups * group_size < moe.num_experts_per_tok) {
      reader.refuse("\"topk_group\" keeps fewer experts than \"num_experts_per_tok\" chooses");
    }
  }
  reader.expect("scoring_func", "sigmoid", "this router scores by sigmoid");
}

void read_corrected_experts(ConfigReader& reader, ModelConfig& config) {
  read_sigmoid_experts(reader, config);
  reader.expect("topk_method", "noaux_tc", "the router chooses by score and correction bias");
  config.moe.correction_bias = Presence::kRequired;
}

void read_shared_rope(ConfigReader& reader, ModelConfig& config, int64_t head_dim,
                      RotaryPairs pairs) {
  config.ropes = {read_rope(reader, head_dim, pairs)};
}

namespace {

constexpr IntegerRange kWindow{1, 1 << 30};

// "sliding_windows": one entry a layer, which counts where `windowed` says so.
void read_window_list(ConfigReader& reader, const Json& list, const std::vector<bool>& windowed,
                      ModelConfig& config) {
  if (!list.is_array() || list.size() != config.layers.size()) {
    reader.refuse("\"sliding_windows\" does not have one entry a layer");
    return;
  }
  for (size_t i = 0; i < list.size(); ++i) {
    if (!windowed[i]) continue;
    const bool usable =
        list[i].is_number_integer() && list[i] >= kWindow.min && list[i] <= kWindow.max;
    if (!usable) {
      reader.refuse("\"sliding_windows\" has no number of keys for layer {layer}", {{"layer", i}});
      return;
    }
    config.layers[i].window = list[i].get<int>();
  }
}

}  // namespace

bool read_windows(ConfigReader& reader, ModelConfig& config) {
  const int window = as_int(reader.find_integer({"sliding_window"}, kWindow).value_or(0));
  const size_t layers = config.layers.size();
  std::vector<bool> windowed(layers, false);
  bool given = false;
  if (const Json* pattern = reader.find("sliding_window_pattern")) {
    // "LLLG": local and global layers in turns; a number n: every n-th layer is global.
    if (pattern->is_string() && !pattern->get<std::string>().empty()) {
      const std::string text = pattern->get<std::string>();
      if (text.find_first_not_of("LG") != std::string::npos) {
        reader.refuse("\"sliding_window_pattern\" is \"{text}\", not a sequence of L and G",
                      {{"text", text}});
      }
      for (size_t i = 0; i < layers; ++i)
        windowed[i] = text[i % text.size()] == 'L';
    } else if (pattern->is_number_unsigned() && *pattern != 0) {
      const size_t period = pattern->get<size_t>();
      for (size_t i = 0; i < layers; ++i)
        windowed[i] = (i + 1) % period != 0;
    } else {
      reader.refuse(
          "\"sliding_window_pattern\" is neither a sequence of L and G nor a positive number");
    }
    given = true;
  }
  if (const auto kinds = reader.find_strings({"layer_types"})) {
    if (kinds->size() != layers) reader.refuse("\"layer_types\" does not have one entry a layer");
    for (size_t i = 0; i < std::min(kinds->size(), layers); ++i) {
      const bool sliding = (*kinds)[i] == "sliding_attention";
      if (!sliding && (*kinds)[i] != "full_attention") {
        reader.refuse(
            "\"layer_types\" holds \"{index}\", neither full_attention nor sliding_attention",
            {{"index", (*kinds)[i]}});
      }
      if (given && sliding != windowed[i]) {
        reader.refuse("\"layer_types\" and \"sliding_window_pattern\" differ at layer {layer}",
                      {{"layer", i}});
      }
      windowed[i] = sliding;
    }
    given = true;
  }
  if (window > 0 && !given) {
    reader.refuse(
        "\"sliding_window\" is given without \"layer_types\" or \"sliding_window_pattern\"");
  }
  if (const Json* list = reader.find("sliding_windows")) {
    if (!given)
      reader.refuse(
          "\"sliding_windows\" is given without \"layer_types\" or \"sliding_window_pattern\"");
    read_window_list(reader, *list, windowed, config);
    return std::find(windowed.begin(), windowed.end(), true) != windowed.end();
  }
  for (size_t i = 0; i < layers; ++i) {
    if (!windowed[i]) continue;
    if (window == 0) {
      reader.refuse("layer {layer} has a window, but \"sliding_window\" is missing",
                    {{"layer", i}});
      break;
    }
    config.layers[i].window = window;
  }
  return window > 0;
}

}  // namespace jangwon::runtime
