// The weights of a model, in the form the blocks use. Written once at load, never after.

#pragma once

#include <vector>

#include "runtime/base/tensor_view.h"
#include "runtime/ops/linear.h"

namespace jangwon::runtime {

struct SwigluWeights {
  WeightMatrix gate_FD;
  WeightMatrix up_FD;
  WeightMatrix down_DF;
};

struct AttentionWeights {
  // Grouped.
  WeightMatrix q_HKxD;
  WeightMatrix k_GKxD;
  WeightMatrix v_GKxD;
  std::vector<float> q_norm_K;
  std::vector<float> k_norm_K;
  std::vector<float> sinks_H;

  // Latent. The up-projection of keys and values is kept as two small matrices a head, so that attention runs on the
  // latent: queries are carried into it, sums of it out.
  WeightMatrix q_a_QD;
  std::vector<float> q_a_norm_Q;
  WeightMatrix q_b_HKxQ;
  WeightMatrix kv_a_RD;  // latent and rotary key
  std::vector<float> kv_a_norm_R;
  std::vector<WeightMatrix> query_into_latent_H;  // each [R, qk_nope_head_dim]
  std::vector<WeightMatrix> value_from_latent_H;  // each [v_head_dim, R]

  WeightMatrix o_DxHK;
};

struct LayerWeights {
  std::vector<float> attention_norm_D;  // before attention
  AttentionWeights attention;
  std::vector<float> post_attention_norm_D;  // on its output; post_sublayer_norms only
  std::vector<float> feed_forward_norm_D;    // before the feed-forward
  SwigluWeights dense;                       // dense layers
  WeightMatrix router_ED;                    // expert layers …
  std::vector<float> correction_bias_E;
  std::vector<SwigluWeights> experts_E;
  SwigluWeights shared;  // all shared experts side by side
  std::vector<float> post_feed_forward_norm_D;
};

struct Weights {
  TensorView token_embedding_VD;  // in the mapped file
  std::vector<LayerWeights> layers;
  std::vector<float> final_norm_D;
  WeightMatrix lm_head_VD;
};

}  // namespace jangwon::runtime
