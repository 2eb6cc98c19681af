#include "runtime/model/deepseek_blocks.h"

namespace jangwon::runtime {

Presence read_topk_method(ConfigReader& reader) {
  const std::optional<std::string> method = reader.find_string({"topk_method"});
  if (!method) return Presence::kOptional;
  if (*method == "noaux_tc") return Presence::kRequired;
  if (*method != "none") reader.refuse("\"topk_method\" is \"" + *method + "\"; \"noaux_tc\" and \"none\" are known");
  return Presence::kAbsent;
}

void add_deepseek_mtp_tensors(TensorTable& table, bool counted) {
  const ModelConfig& config = table.config();
  const AttentionConfig& a = config.attention;
  const MoeConfig& moe = config.moe;
  const int64_t hidden = config.hidden_size;
  const int64_t heads = a.num_attention_heads;
  const std::string reason = "multi-token prediction, which plain generation does not use";
  for (int i = 0; i < config.num_nextn_predict_layers; ++i) {
    const std::string p = "model.layers." + std::to_string(config.num_hidden_layers + i) + ".";
    const auto unused = [&](const std::string& name, Shape shape) { table.unused(p + name, shape, reason, counted); };
    for (const char* norm :
         {"enorm", "hnorm", "input_layernorm", "post_attention_layernorm", "post_mlp_layernorm", "shared_head.norm"})
      unused(std::string(norm) + ".weight", {hidden});
    unused("eh_proj.weight", {hidden, 2 * hidden});
    unused("embed_tokens.weight", {config.vocab_size, hidden});
    unused("shared_head.head.weight", {config.vocab_size, hidden});
    unused("self_attn.q_a_proj.weight", {a.q_lora_rank, hidden});
    unused("self_attn.q_a_layernorm.weight", {a.q_lora_rank});
    unused("self_attn.q_b_proj.weight", {heads * a.head_dim, a.q_lora_rank});
    unused("self_attn.kv_a_proj_with_mqa.weight", {a.kv_lora_rank + a.qk_rope_head_dim, hidden});
    unused("self_attn.kv_a_layernorm.weight", {a.kv_lora_rank});
    unused("self_attn.kv_b_proj.weight", {heads * (a.qk_nope_head_dim + a.v_head_dim), a.kv_lora_rank});
    unused("self_attn.o_proj.weight", {hidden, heads * a.v_head_dim});
    unused("mlp.gate.weight", {moe.num_experts, hidden});
    unused("mlp.gate.e_score_correction_bias", {moe.num_experts});
    const int64_t inner = moe.moe_intermediate_size;
    const auto unused_swiglu = [&](const std::string& name, int64_t width) {
      unused(name + "gate_proj.weight", {width, hidden});
      unused(name + "up_proj.weight", {width, hidden});
      unused(name + "down_proj.weight", {hidden, width});
    };
    for (int e = 0; e < moe.num_experts; ++e)
      unused_swiglu("mlp.experts." + std::to_string(e) + ".", inner);
    if (moe.num_shared_experts > 0) unused_swiglu("mlp.shared_experts.", inner * moe.num_shared_experts);
  }
}

}  // namespace jangwon::runtime
