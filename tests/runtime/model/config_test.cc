// Configs: both generations of spellings load, and what is unknown, missing or contradictory is
// refused by name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/inert_config_keys.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {
namespace {

using testing::HasSubstr;

Json golden_config(const std::string& name) {
  return read_json_file(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + name +
                        "/config.json")
      .value();
}

struct Change {
  const char* what;
  const char* model;
  const char* patch;    // a JSON merge patch; null removes
  const char* message;  // part of the error; empty: must still load
};

class ConfigChange : public testing::TestWithParam<Change> {};

TEST_P(ConfigChange, IsAcceptedOrRefusedByName) {
  Json config = golden_config(GetParam().model);
  config.merge_patch(parse_json(GetParam().patch).value());
  const auto parsed = parse_model_config(config, "config.json");
  const std::string expected = GetParam().message;
  if (expected.empty()) {
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    return;
  }
  ASSERT_FALSE(parsed.ok());
  EXPECT_THAT(parsed.status().message(), HasSubstr(expected));
  EXPECT_THAT(parsed.status().message(), testing::StartsWith("config.json"));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, ConfigChange,
    testing::Values(
        Change{"unchanged", "axk1_groups", "{}", ""},
        Change{"inert", "axk1_groups",
               R"({"transformers_version":"5.1","attention_dropout":0.1,"auto_map":{"a":"b"}})",
               ""},
        Change{"unknown_key", "axk1_groups", R"({"swiglu_limits":[7]})", "swiglu_limits"},
        Change{"near_key", "solar_yarn", R"({"rms_norm_epss":1e-5})",
               "did you mean \"rms_norm_eps\""},
        Change{"missing_key", "axk1_groups", R"({"q_lora_rank":null})", "q_lora_rank"},
        Change{"missing_type", "axk1_groups", R"({"model_type":null})", "model_type"},
        Change{"unknown_type", "axk1_groups", R"({"model_type":"axk3"})", "axk3"},
        Change{"other_spelling", "axk1_groups", R"({"model_type":"AXK1"})", ""},
        Change{"foreign_class", "axk1_groups", R"({"architectures":["DeepseekV3ForCausalLM"]})",
               "DeepseekV3ForCausalLM"},
        Change{"fraction", "axk1_groups", R"({"hidden_size":96.5})", "hidden_size"},
        Change{"text", "axk1_groups", R"({"hidden_size":"96"})", "hidden_size"},
        Change{"negative", "axk1_groups", R"({"num_hidden_layers":-4})", "num_hidden_layers"},
        Change{"absurd", "axk1_groups", R"({"num_hidden_layers":100000000})", "num_hidden_layers"},
        Change{"huge", "axk1_groups", R"({"vocab_size":18446744073709551615})", "vocab_size"},
        Change{"other_activation", "solar_yarn", R"({"hidden_act":"gelu"})", "hidden_act"},
        Change{"biases", "solar_yarn", R"({"attention_bias":true})", "attention_bias"},
        Change{"qk_norm", "solar_yarn", R"({"use_qk_norm":true})", "use_qk_norm"},
        Change{"heads", "solar_yarn", R"({"num_key_value_heads":3})", "num_key_value_heads"},
        Change{"latent_heads", "axk1_groups", R"({"num_key_value_heads":2})",
               "num_key_value_heads"},
        Change{"groups", "axk1_groups", R"({"n_group":3})", "n_group"},
        Change{"kept_groups", "axk1_groups", R"({"topk_group":5})", "topk_group"},
        Change{"too_few_kept", "axk1_groups", R"({"topk_group":1,"num_experts_per_tok":5})",
               "topk_group"},
        Change{"too_many_chosen", "axk1_groups", R"({"num_experts_per_tok":17})",
               "num_experts_per_tok"},
        Change{"softmax_router", "axk1_groups", R"({"scoring_func":"softmax"})", "scoring_func"},
        Change{"other_topk", "axk1_groups", R"({"topk_method":"greedy"})", "topk_method"},
        Change{"frequency", "axk1_groups", R"({"moe_layer_freq":2})", "moe_layer_freq"},
        Change{"indexer_missing", "axk2", R"({"index_topk":null})", "index_topk"},
        Change{"indexer_too_narrow", "axk2", R"({"index_head_dim":8})", "index_head_dim"},
        Change{"indexed_layers", "axk2",
               R"({"layer_types":["indexed_attention","indexed_attention","indexed_attention"]})",
               ""},
        Change{"other_layers", "axk2",
               R"({"layer_types":["indexed_attention","full_attention","full_attention"]})",
               "full_attention"},
        Change{"too_few_layers", "axk2", R"({"layer_types":["indexed_attention"]})", "layer_types"},
        Change{"no_groups", "axk2", R"({"n_group":null,"topk_group":null})", ""},
        Change{"frequency_with_meaning", "axk2", R"({"moe_layer_freq":2})", ""},
        Change{"first_dense_by_default", "axk2", R"({"first_k_dense_replace":null})", ""},
        Change{"kept_and_zeros", "axk2", R"({"topk_group":1})", ""},
        Change{"no_interval", "solar_open2", R"({"gqa_interval":null})", ""},
        Change{"no_list", "solar_open2", R"({"gqa_layers":null})", ""},
        Change{"list_outside", "solar_open2", R"({"gqa_layers":[0,6]})", "gqa_layers"},
        Change{
            "third_kind", "solar_open2",
            R"({"layer_types":["full_attention","linear_attention","linear_attention","mamba","linear_attention",
                                  "linear_attention"]})",
            "mamba"},
        Change{"linear_missing", "solar_open2", R"({"linear_attn_config":null})",
               "linear_attn_config"},
        Change{"linear_unknown", "solar_open2", R"({"linear_attn_config":{"expand_v":2}})",
               "expand_v"},
        Change{"linear_shared_keys", "solar_open2", R"({"linear_attn_config":{"num_kv_heads":2}})",
               "num_kv_heads"},
        Change{"decay_floor", "solar_open2", R"({"kda_gate_lower_bound":-5.0})", ""},
        Change{"decay_floor_above", "solar_open2", R"({"kda_gate_lower_bound":5.0})",
               "kda_gate_lower_bound"},
        Change{"idle_rope", "solar_open2",
               R"({"rope_theta":null,"rope_parameters":{"rope_type":"yarn","factor":8}})", ""},
        Change{"rotated", "solar_open2", R"({"use_rope":true})", "use_rope"},
        Change{"full_rank", "solar_open2", R"({"kda_use_full_proj":true})", "kda_use_full_proj"},
        Change{"twice_and_same", "solar_yarn", R"({"num_experts":16})", ""},
        Change{"twice_and_different", "solar_yarn", R"({"num_experts":8})", "n_routed_experts"},
        Change{
            "mlp_list", "axk1_groups",
            R"({"first_k_dense_replace":null,"mlp_layer_types":["dense","sparse","sparse","sparse"]})",
            ""},
        Change{"mlp_list_short", "exaone_window", R"({"mlp_layer_types":["dense"]})",
               "mlp_layer_types"},
        Change{"mlp_list_against_first", "exaone_window", R"({"first_k_dense_replace":2})",
               "first_k_dense_replace"},
        Change{"mlp_neither", "axk1_groups", R"({"first_k_dense_replace":null})",
               "first_k_dense_replace"},
        Change{"dense_without_width", "axk1_groups", R"({"intermediate_size":null})",
               "intermediate_size"},
        Change{"pattern_alone", "exaone_window", R"({"layer_types":null})", ""},
        Change{"pattern_number", "exaone_window",
               R"({"layer_types":null,"sliding_window_pattern":4})", ""},
        Change{"pattern_against_list", "exaone_window", R"({"sliding_window_pattern":"LG"})",
               "sliding_window_pattern"},
        Change{"pattern_of_letters", "exaone_window", R"({"sliding_window_pattern":"LLLX"})",
               "LLLX"},
        Change{
            "layer_type", "exaone_lists",
            R"({"layer_types":["full_attention","chunked_attention","full_attention","full_attention"]})",
            "chunked_attention"},
        Change{"draft_of_its_own_window", "exaone2",
               R"({"mtp_layer_types":["sliding_attention"],"mtp_sliding_windows":[12]})", ""},
        Change{"draft_kind", "exaone2", R"({"mtp_layer_types":["chunked_attention"]})",
               "chunked_attention"},
        Change{"draft_window", "exaone2",
               R"({"mtp_layer_types":["sliding_attention"],"mtp_sliding_windows":["all"]})",
               "mtp_sliding_windows"},
        Change{"window_missing", "exaone_window", R"({"sliding_window":null})", "sliding_window"},
        Change{"old_dtype_key", "solar_plain", R"({"dtype":"float32"})", ""},
        Change{"dtypes_differ", "solar_plain", R"({"dtype":"bfloat16"})", "dtype"},
        Change{"eos_list", "solar_plain", R"({"eos_token_id":[2,24,25]})", ""},
        Change{"eos_outside", "solar_plain", R"({"eos_token_id":600})", "eos_token_id"},
        Change{"rope_differs", "solar_plain", R"({"rope_theta":1e6})", "rope_theta"},
        Change{"unknown_quantisation", "solar_plain",
               R"({"quantization_config":{"quant_method":"awq"}})", "awq"},
        Change{
            "unknown_format", "solar_plain",
            R"({"quantization_config":{"quant_method":"compressed-tensors","format":"nvfp4-pack-quantized"}})",
            "nvfp4-pack-quantized"},
        Change{
            "static_activations", "solar_plain",
            R"({"quantization_config":{"quant_method":"fp8","fmt":"e4m3","activation_scheme":"static"}})",
            "activation_scheme"},
        Change{
            "columns_in_order", "solar_int4_group32",
            R"({"quantization_config":{"config_groups":{"group_0":{"weights":{"actorder":"weight"}}}}})",
            ""},
        Change{
            "columns_out_of_order", "solar_int4_group32",
            R"({"quantization_config":{"config_groups":{"group_0":{"weights":{"actorder":"group"}}}}})",
            "actorder"},
        Change{
            "bad_pattern", "solar_plain",
            R"({"quantization_config":{"quant_method":"fp8","modules_to_not_convert":["re:(("]}})",
            "re:(("}),
    [](const auto& param) { return std::string(param.param.what); });

TEST(ConfigTest, ExpertsStandWhereTheFrequencySays) {
  const auto kinds_with = [](const char* patch) {
    Json config = golden_config("axk2");
    config["num_hidden_layers"] = 6;
    config.merge_patch(parse_json(patch).value());
    const ModelConfig model = parse_model_config(config, "config.json").value();
    std::string kinds;
    for (const LayerConfig& layer : model.layers)
      kinds += layer.feed_forward == FeedForwardKind::kDense ? 'd' : 'e';
    return kinds;
  };
  EXPECT_EQ(kinds_with(R"({"first_k_dense_replace":null})"), "deeeee");
  EXPECT_EQ(kinds_with(R"({"first_k_dense_replace":0,"moe_layer_freq":3})"), "eddedd");
  EXPECT_EQ(kinds_with(R"({"first_k_dense_replace":3,"moe_layer_freq":2})"), "dddded");
  // A list says it all.
  EXPECT_EQ(kinds_with(R"({"first_k_dense_replace":null,"moe_layer_freq":2,
                           "mlp_layer_types":["sparse","dense","sparse","sparse","sparse","dense"]})"),
            "edeeed");
}

TEST(ConfigTest, LinearLayersStandWhereTheListsSay) {
  const auto mixers_with = [](const char* patch) {
    Json config = golden_config("solar_open2");
    config.merge_patch(parse_json(patch).value());
    const ModelConfig model = parse_model_config(config, "config.json").value();
    std::string mixers;
    for (const LayerConfig& layer : model.layers)
      mixers += layer.mixer == Mixer::kDeltaRule ? 'l' : 'f';
    return mixers;
  };
  EXPECT_EQ(mixers_with("{}"), "flllfl");
  EXPECT_EQ(mixers_with(R"({"gqa_layers":[1,2],"gqa_interval":1})"), "lfflll");
  EXPECT_EQ(mixers_with(R"({"gqa_layers":null,"gqa_interval":1})"), "flflfl");
  EXPECT_EQ(mixers_with(R"({"gqa_layers":null,"gqa_interval":null})"), "flllfl");
  EXPECT_EQ(
      mixers_with(
          R"({"layer_types":["linear_attention","linear_attention","full_attention","linear_attention",
                                           "full_attention","full_attention"]})"),
      "llflff");
}

// With values that no parser could mean, so that reading one of them would show.
LayerConfig draft_of(const std::string& model, const std::string& patch) {
  Json config = golden_config(model);
  config.merge_patch(parse_json(patch).value());
  const auto parsed = parse_model_config(config, "config.json");
  EXPECT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_TRUE(parsed.value().draft.has_value());
  return parsed.value().draft->layer;
}

TEST(ConfigTest, ADraftLayerHasItsOwnWindowAndRotatesInAnyCase) {
  EXPECT_EQ(draft_of("exaone_mtp", "{}").window, 8) << "that of layer 0";
  EXPECT_EQ(draft_of("exaone2", "{}").window, 0);
  EXPECT_EQ(draft_of("exaone2", "{}").rope, 0) << "though global layers do not rotate";
  EXPECT_EQ(
      draft_of("exaone2", R"({"mtp_layer_types":["sliding_attention"],"mtp_sliding_windows":[12]})")
          .window,
      12);
  EXPECT_EQ(draft_of("exaone2", R"({"mtp_layer_types":["sliding_attention"]})").window, 8)
      << "the scalar";
  EXPECT_EQ(draft_of("exaone2", R"({"mtp_layer_types":null})").window, 8) << "that of layer 0";
  EXPECT_EQ(draft_of("exaone2", R"({"mlp_layer_types":["sparse","sparse","dense","sparse","sparse"],
                                    "first_k_dense_replace":0})")
                .feed_forward,
            FeedForwardKind::kDense);
  EXPECT_EQ(draft_of("deepseek_v3_mtp", R"({"first_k_dense_replace":3})").feed_forward,
            FeedForwardKind::kExperts);
}

TEST(ConfigTest, InertKeysTakeAnyValueOrThoseThatChangeNothing) {
  for (const InertKey& inert : inert_config_keys()) {
    const auto with = [&](const Json& value) {
      Json config = golden_config("axk1_groups");
      config[inert.key] = value;
      return parse_model_config(config, "config.json").status().message();
    };
    EXPECT_EQ(with(Json()), "") << inert.key;
    if (inert.only == nullptr) {
      for (const Json& value : {Json("odd"), Json(-7.25), Json(true), Json{{"a", {1, 2}}}})
        EXPECT_EQ(with(value), "") << inert.key;
      continue;
    }
    for (const Json& value : Json::parse(inert.only))
      EXPECT_EQ(with(value), "") << inert.key << " " << value;
    for (const Json& value : {Json("odd"), Json(-7.25), Json{{"a", {1, 2}}}})
      EXPECT_THAT(with(value),
                  testing::AllOf(HasSubstr("config.json: \"" + std::string(inert.key) + "\" is "),
                                 HasSubstr(inert.reason)))
          << inert.key;
  }
}

// Named one by one, because a value that matters must never slip into the list.
TEST(ConfigTest, WhatToolsLeaveBehindIsReadByWhatItMeans) {
  const struct {
    const char* patch;
    const char* message;  // empty: loads
  } cases[] = {
      {R"({"unsloth_version":"2026.4.7","unsloth_fixed":true,"model_name":"a/b","trl_version":"0.2"})",
       ""},
      {R"({"torchscript":false,"use_bfloat16":false,"tf_legacy_loss":false,"chunk_size_feed_forward":0})",
       ""},
      {R"({"id2label":{"0":"LABEL_0"},"label2id":{"LABEL_0":0},"num_labels":2,"tokenizer_class":"X"})",
       ""},
      {R"({"is_decoder":true,"is_encoder_decoder":false,"add_cross_attention":false,"tie_encoder_decoder":false})",
       ""},
      {R"({"top_k":50,"top_p":1.0,"temperature":1.0,"num_beams":1,"do_sample":false,"max_length":20})",
       ""},
      {R"({"is_encoder_decoder":true})", "is_encoder_decoder"},
      {R"({"add_cross_attention":true})", "add_cross_attention"},
      {R"({"pruned_heads":{"0":[1]}})", "pruned_heads"},
      {R"({"repetition_penalty":1.2})", "generation_config.json"},
      {R"({"temperature":0.6})", "generation_config.json"},
      {R"({"suppress_tokens":[1]})", "generation_config.json"},
      {R"({"prefix":"Answer: "})", "in front of every prompt"},
      {R"({"lora_alpha":16})", "lora_alpha"},
      {R"({"attn_temperature_tuning":4})", "attn_temperature_tuning"},
      {R"({"final_logit_softcapping":30.0})", "final_logit_softcapping"},
  };
  for (const auto& c : cases) {
    Json config = golden_config("axk1_groups");
    config.update(parse_json(c.patch).value());
    const std::string message = parse_model_config(config, "config.json").status().message();
    if (std::string(c.message).empty()) {
      EXPECT_EQ(message, "") << c.patch;
    } else {
      EXPECT_THAT(message, HasSubstr(c.message)) << c.patch;
    }
  }
}

TEST(ConfigTest, AnUnknownKeyThatIsNullSaysNothing) {
  Json config = golden_config("axk1_groups");
  config["final_logit_softcapping"] = nullptr;
  EXPECT_TRUE(parse_model_config(config, "config.json").ok());
}

Json inside_a_vision_model(const std::string& patch) {
  Json outer = {{"model_type", "vlm"},
                {"architectures", {"HCXVisionV2ForCausalLM"}},
                {"text_config", golden_config("hyperclovax")},
                {"vision_config", {{"depth", 32}}},
                {"image_token_id", 128060},
                {"freeze_encoder", false},
                {"possible_resolutions", {{336, 336}}},
                {"torch_dtype", "bfloat16"}};
  outer.merge_patch(parse_json(patch).value());
  return outer;
}

TEST(ConfigTest, ATextModelInsideAVisionModelIsRead) {
  const struct {
    const char* patch;
    const char* message;  // empty: loads
  } cases[] = {
      {"{}", ""},
      {R"({"model_type":"hyperclovax_vision_v2","architectures":["HyperCLOVAXVisionV2ForConditionalGeneration"]})",
       ""},
      {R"({"model_type":"llava"})", "llava"},
      {R"({"architectures":["LlavaForConditionalGeneration"]})", "LlavaForConditionalGeneration"},
      {R"({"text_config":{"model_type":"llama","architectures":null}})",
       "config.json: \"text_config\""},
      {R"({"text_config":{"model_type":"solar_open"}})", "\"text_config\""},
      {R"({"text_config":{"surprise":1}})", "surprise"},
      {R"({"text_config":{"text_config":{}}})", "of its own"},
      {R"({"text_config":7})", "not an object"},
      {R"({"sliding_window":7})", "sliding_window"},
      {R"({"hidden_size":96,"vocab_size":500})", ""},
      {R"({"hidden_size":97})", "hidden_size"},
      {R"({"text_config":{"torch_dtype":null},"torch_dtype":7})", "torch_dtype"},
      {R"({"text_config":{"eos_token_id":null},"eos_token_id":[7,1000000]})", "eos_token_id"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_model_config(inside_a_vision_model(c.patch), "config.json");
    EXPECT_EQ(parsed.ok(), *c.message == 0) << c.patch;
    const std::string message = parsed.ok() ? "" : parsed.status().message();
    EXPECT_THAT(message, HasSubstr(c.message)) << c.patch;
  }
  const ModelConfig shared =
      parse_model_config(
          inside_a_vision_model(R"({"text_config":{"eos_token_id":null,"torch_dtype":null},
                                                   "eos_token_id":[5,6],"torch_dtype":"float16"})"),
          "config.json")
          .value();
  EXPECT_EQ(shared.eos_token_ids, (std::vector<int32_t>{5, 6}));
  EXPECT_EQ(shared.dtype, "float16");
  EXPECT_TRUE(shared.text_part);
  EXPECT_FALSE(shared.tie_word_embeddings);
}

TEST(ConfigTest, PatternsInsideAVisionModelMeanItsNames) {
  const struct {
    const char* pattern;
    bool understood;
  } cases[] = {{"model.language_model.lm_head", true},
               {"lm_head", true},
               {"re:model\\.language_model\\.model\\.layers\\..*q_proj", true},
               {"model.language_model.layers.0.mlp", true},
               {"model.vision_model", true},
               {"re:.*mm_projector.*", true},
               {"re:.*visual.*", true},
               {"model.language_model.model.layers.99", false},
               {"model.encoder", false}};
  for (const auto& c : cases) {
    Json config = inside_a_vision_model("{}");
    config["quantization_config"] = {{"quant_method", "fp8"},
                                     {"modules_to_not_convert", {c.pattern}}};
    const ModelConfig parsed = parse_model_config(config, "config.json").value();
    Weights weights;
    EXPECT_EQ(check_module_patterns(make_tensor_table(parsed, weights)).ok(), c.understood)
        << c.pattern;
  }
}

TEST(ConfigTest, AModulePatternThatMatchesNothingIsRefused) {
  Json config = golden_config("solar_plain");
  config["quantization_config"] = {{"quant_method", "fp8"},
                                   {"modules_to_not_convert", {"lm_head", "re:.*vision.*"}}};
  const ModelConfig parsed = parse_model_config(config, "config.json").value();
  Weights weights;
  const Status status = check_module_patterns(make_tensor_table(parsed, weights));
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("re:.*vision.*"));
}

TEST(ConfigTest, PatternsCoverModulesAndWhatLiesBelow) {
  const struct {
    const char* pattern;
    const char* module;
    bool matches;
  } cases[] = {
      {"lm_head", "lm_head", true},
      {"lm_head", "lm_heads", false},
      {"model.layers.*.self_attn", "model.layers.12.self_attn.q_proj", true},
      {"model.layers.*.self_attn", "model.layers.12.mlp.gate", false},
      {"re:.*mlp\\.gate$", "model.layers.3.mlp.gate", true},
      {"re:.*mlp\\.gate$", "model.layers.3.mlp.gate_proj", false},
      {"re:mlp", "model.layers.3.mlp", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(ModulePattern::parse(c.pattern).value().matches(c.module), c.matches)
        << c.pattern << " " << c.module;
}

}  // namespace
}  // namespace jangwon::runtime
