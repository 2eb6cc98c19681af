// A list of single keys and not of patterns, since "dropout" in a name does not make a key
// harmless. A key that changes nothing only at one value says at which; any other value is refused.
// The reason stands beside each key because the list grows with every new checkpoint, and whoever
// adds one has to have thought of it. tests/runtime/model/config_test.cc.

#include "runtime/model/inert_config_keys.h"

#include <nlohmann/json.hpp>

#include "runtime/model/config_reader.h"

namespace jangwon::runtime {
namespace {

// Older configs carry these beside the model; transformers samples by them only where
// generation_config.json is absent.
constexpr const char* kGeneration = "how replies are generated is read from generation_config.json";

constexpr InertKey kInertKeys[] = {
    {"_attn_implementation", "which kernels the Python class chose"},
    {"_attn_implementation_autoset", "which kernels the Python class chose"},
    {"_attn_implementation_internal", "which kernels the Python class chose"},
    {"_commit_hash", "where the config was saved from"},
    {"_experts_implementation", "which kernels the Python class chose"},
    {"_flash_attn_2_enabled", "which kernels the Python class chose"},
    {"_from_model_config", "who wrote the file"},
    {"_name_or_path", "where the config was saved from"},
    {"activation_dropout", "dropout is off in inference"},
    {"add_cross_attention", "there is no encoder to attend to", "[false]"},
    {"attention_dropout", "dropout is off in inference"},
    {"attention_probs_dropout_prob", "dropout is off in inference"},
    {"attn_dropout", "dropout is off in inference"},
    {"attn_implementation", "which kernels the Python class chose"},
    {"attn_pdrop", "dropout is off in inference"},
    {"auto_map", "Python classes of remote code; the forward pass here is our own"},
    {"aux_loss_alpha", "weight of a training loss"},
    {"aux_loss_coef", "weight of a training loss"},
    {"bad_words_ids", kGeneration, "[[]]"},
    {"base_model_ep_plan", "how the Python class is distributed"},
    {"base_model_pp_plan", "how the Python class is distributed"},
    {"base_model_tp_plan", "how the Python class is distributed"},
    {"begin_suppress_tokens", kGeneration, "[[]]"},
    {"bos_token_id", "the chat template and the tokenizer write it, not the model"},
    {"chunk_size_feed_forward", "rows of a feed-forward layer do not depend on each other"},
    {"classifier_dropout", "dropout is off in inference"},
    {"cls_token_id", "no sequence is classified"},
    {"cross_attention_hidden_size", "there is no encoder to attend to", "[]"},
    {"decoder_start_token_id", "a prompt begins as its template says"},
    {"diversity_penalty", kGeneration, "[0.0]"},
    {"do_sample", kGeneration, "[false]"},
    {"dropout", "dropout is off in inference"},
    {"early_stopping", kGeneration, "[false]"},
    {"embd_dropout", "dropout is off in inference"},
    {"embd_pdrop", "dropout is off in inference"},
    {"embedding_dropout", "dropout is off in inference"},
    {"encoder_no_repeat_ngram_size", kGeneration, "[0]"},
    {"end_token_id", "generation ends at eos_token_id"},
    {"ep_size", "how training was distributed"},
    {"expert_dropout", "dropout is off in inference"},
    {"exponential_decay_length_penalty", kGeneration, "[]"},
    {"ffn_dropout", "dropout is off in inference"},
    {"finetuning_task", "what it was trained for"},
    {"forced_bos_token_id", kGeneration, "[]"},
    {"forced_eos_token_id", kGeneration, "[]"},
    {"gradient_checkpointing", "memory of training"},
    {"gradient_checkpointing_kwargs", "memory of training"},
    {"group_size_ratio", "attention in training; inference attends to everything"},
    {"hidden_dropout", "dropout is off in inference"},
    {"hidden_dropout_prob", "dropout is off in inference"},
    {"id2label", "names of classes; no sequence is classified"},
    {"initializer_factor", "used before training only"},
    {"initializer_range", "used before training only"},
    {"is_decoder", "the architectures here are decoders"},
    {"is_encoder_decoder", "there is no encoder", "[false]"},
    {"keys_to_ignore_at_inference", "what the Python class returns"},
    {"label2id", "names of classes; no sequence is classified"},
    {"label_smoothing", "shape of a training loss"},
    {"layerdrop", "layers are dropped in training only"},
    {"length_penalty", kGeneration, "[1.0]"},
    {"loss_type", "shape of a training loss"},
    {"mask_token_id", "no token is masked"},
    {"max_length", "the task says how long a reply may be"},
    {"min_length", kGeneration, "[0]"},
    {"model_max_length", "a limit of the training code"},
    {"model_name", "where the config was saved from"},
    {"mtp_loss_scaling_factor", "weight of a training loss"},
    {"neftune_noise_alpha", "noise in training"},
    {"no_repeat_ngram_size", kGeneration, "[0]"},
    {"num_beam_groups", kGeneration, "[1]"},
    {"num_beams", kGeneration, "[1]"},
    {"num_labels", "no sequence is classified"},
    {"num_return_sequences", kGeneration, "[1]"},
    {"output_attentions", "what the Python class returns"},
    {"output_hidden_states", "what the Python class returns"},
    {"output_past", "what the Python class returns"},
    {"output_router_logits", "what the Python class returns"},
    {"output_scores", "what the Python class returns"},
    {"pad_token_id", "no sequence is padded"},
    {"prefix", "a text in front of every prompt", "[\"\"]"},
    {"pretraining_tp", "how training was distributed"},
    {"problem_type", "no sequence is classified"},
    {"pruned_heads", "no head may be missing", "[{}]"},
    {"remove_invalid_values", kGeneration, "[false]"},
    {"repetition_penalty", kGeneration, "[1.0]"},
    {"resid_dropout", "dropout is off in inference"},
    {"resid_pdrop", "dropout is off in inference"},
    {"residual_dropout", "dropout is off in inference"},
    {"return_dict", "what the Python class returns"},
    {"return_dict_in_generate", "what the Python class returns"},
    {"router_aux_loss_coef", "weight of a training loss"},
    {"router_jitter_noise", "noise in training"},
    {"router_z_loss_coef", "weight of a training loss"},
    {"sep_token_id", "the chat template writes it, not the model"},
    {"seq_aux", "shape of a training loss"},
    {"summary_activation", "a head for classification, which is not there"},
    {"summary_first_dropout", "dropout is off in inference"},
    {"summary_proj_to_labels", "a head for classification, which is not there"},
    {"summary_type", "a head for classification, which is not there"},
    {"summary_use_proj", "a head for classification, which is not there"},
    {"suppress_tokens", kGeneration, "[[]]"},
    {"task_specific_params", "defaults of pipelines that nobody calls here"},
    {"temperature", kGeneration, "[1.0]"},
    {"tf_legacy_loss", "shape of a training loss"},
    {"tie_encoder_decoder", "there is no encoder", "[false]"},
    {"tokenizer_class", "tokenizer.json is read as it is"},
    {"tokenizer_model_max_length", "a limit of the training code"},
    {"tokenizer_padding_side", "no sequence is padded"},
    {"top_k", kGeneration, "[50, 0]"},
    {"top_p", kGeneration, "[1.0]"},
    {"torchscript", "how the Python class is exported"},
    {"tp_plan", "how the Python class is distributed"},
    {"transformers.js_config", "for another program"},
    {"transformers_version", "who wrote the file"},
    {"trl_version", "who wrote the file"},
    {"typical_p", kGeneration, "[1.0]"},
    {"unk_token_id", "the tokenizer writes it, not the model"},
    {"unsloth_fixed", "who wrote the file"},
    {"unsloth_tokenizer_fixed", "who wrote the file"},
    {"unsloth_version", "who wrote the file"},
    {"use_bfloat16", "how training was computed; torch_dtype says what the weights are"},
    {"use_cache", "caching changes no result"},
    {"use_flash_attention", "which kernels the Python class chose"},
    {"use_flash_attention_2", "which kernels the Python class chose"},
    {"use_flash_attn", "which kernels the Python class chose"},
    {"use_reentrant", "memory of training"},
    {"use_return_dict", "what the Python class returns"},
    {"z_loss_coef", "weight of a training loss"},
};

}  // namespace

std::span<const InertKey> inert_config_keys() {
  return kInertKeys;
}

void skip_inert_keys(ConfigReader& reader) {
  for (const InertKey& inert : kInertKeys) {
    if (inert.only == nullptr) {
      reader.skip(inert.key);
    } else {
      reader.expect_one_of(inert.key, Json::parse(inert.only), inert.reason);
    }
  }
}

}  // namespace jangwon::runtime
