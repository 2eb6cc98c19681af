#include "runtime/model/inert_config_keys.h"

namespace jangwon::runtime {
namespace {

constexpr InertKey kInertKeys[] = {
    {"_attn_implementation_autoset", "which kernels the Python class chose"},
    {"_name_or_path", "where the config was saved from"},
    {"attention_dropout", "dropout is off in inference"},
    {"attn_pdrop", "dropout is off in inference"},
    {"auto_map", "Python classes of remote code; the forward pass here is our own"},
    {"aux_loss_alpha", "weight of a training loss"},
    {"bos_token_id", "the chat template and the tokenizer write it, not the model"},
    {"dropout", "dropout is off in inference"},
    {"embd_pdrop", "dropout is off in inference"},
    {"end_token_id", "generation ends at eos_token_id"},
    {"ep_size", "how training was distributed"},
    {"hidden_dropout", "dropout is off in inference"},
    {"initializer_range", "used before training only"},
    {"output_attentions", "what the Python class returns"},
    {"output_hidden_states", "what the Python class returns"},
    {"output_router_logits", "what the Python class returns"},
    {"pad_token_id", "no sequence is padded"},
    {"pretraining_tp", "how training was distributed"},
    {"resid_pdrop", "dropout is off in inference"},
    {"return_dict", "what the Python class returns"},
    {"router_aux_loss_coef", "weight of a training loss"},
    {"router_jitter_noise", "noise in training"},
    {"router_z_loss_coef", "weight of a training loss"},
    {"seq_aux", "shape of a training loss"},
    {"summary_first_dropout", "dropout is off in inference"},
    {"transformers_version", "who wrote the file"},
    {"use_cache", "caching changes no result"},
    {"use_return_dict", "what the Python class returns"},
};

}  // namespace

std::span<const InertKey> inert_config_keys() {
  return kInertKeys;
}

}  // namespace jangwon::runtime
