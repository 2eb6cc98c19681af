#include "runtime/model/model_config.h"

namespace jangwon::runtime {

int64_t ModelConfig::cache_floats_per_token(const LayerConfig& layer) const {
  if (layer.mixer == Mixer::kDeltaRule) return 0;
  if (layer.attention == AttentionKind::kLatent) {
    const int index_key = attention.index_topk > 0 ? attention.index_head_dim : 0;
    return attention.kv_lora_rank + attention.qk_rope_head_dim + index_key;
  }
  return int64_t{2} * attention.num_key_value_heads * attention.head_dim;
}

int64_t ModelConfig::state_floats(const LayerConfig& layer) const {
  if (layer.mixer != Mixer::kDeltaRule) return 0;
  return int64_t{delta.num_heads} * delta.head_dim * (delta.head_dim + 3 * (delta.num_taps - 1));
}

}  // namespace jangwon::runtime
