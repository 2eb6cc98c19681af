// The weights of a model, in the form the blocks use. Written once at load, never after.

#pragma once

#include <vector>

#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

struct SwigluWeights {
  WeightMatrix gate_FD;
  WeightMatrix up_FD;
  WeightMatrix down_DF;
};

// y · sigmoid(up · silu(down · y)) follows a norm where these are.
struct NormGateWeights {
  WeightMatrix down_RD;
  WeightMatrix up_DR;
};

struct AttentionWeights {
  WeightMatrix q_HKxD;  // not where latent queries have a rank of their own

  // Grouped.
  WeightMatrix k_GKxD;
  WeightMatrix v_GKxD;
  DeviceVector q_norm_K;
  DeviceVector k_norm_K;
  DeviceVector sinks_H;
  WeightMatrix gate_HKxD;

  // Latent. The up-projection of keys and values is kept as small matrices a head: attention that
  // runs on the latent carries queries into it and sums of it out, the expanded form makes keys and
  // values of it.
  WeightMatrix q_a_QD;  // none where q_HKxD makes the queries in one step
  DeviceVector q_a_norm_Q;
  WeightMatrix q_b_HKxQ;  // with an output gate [H · (head_dim + v_head_dim), 2 · Q]
  WeightMatrix kv_a_RD;   // latent and rotary key
  DeviceVector kv_a_norm_R;
  std::vector<WeightMatrix> query_into_latent_H;  // each [R, qk_nope_head_dim]
  std::vector<WeightMatrix> value_from_latent_H;  // each [v_head_dim, R]
  std::vector<WeightMatrix> key_from_latent_H;    // each [qk_nope_head_dim, R]; see expands_latents

  // Of the indexer.
  WeightMatrix index_q_HKxQ;
  WeightMatrix index_k_KD;
  DeviceVector index_k_norm_K;
  DeviceVector index_k_norm_bias_K;
  WeightMatrix index_weights_HD;

  WeightMatrix o_DxHK;
};

struct DeltaWeights {
  WeightMatrix q_HKxD;
  WeightMatrix k_HKxD;
  WeightMatrix v_HKxD;
  DeviceVector q_taps;  // [H · K, num_taps]
  DeviceVector k_taps;
  DeviceVector v_taps;
  WeightMatrix decay_down_RD;
  WeightMatrix decay_up_HKxR;
  DeviceVector log_rate_H;
  DeviceVector decay_bias_HK;
  WeightMatrix beta_HD;
  WeightMatrix gate_down_RD;
  WeightMatrix gate_up_HKxR;
  DeviceVector out_norm_K;
  WeightMatrix o_DxHK;
};

struct LayerWeights {
  DeviceVector attention_norm_D;  // before attention
  NormGateWeights attention_norm_gate;
  AttentionWeights attention;
  DeltaWeights delta;                  // in its place
  DeviceVector post_attention_norm_D;  // on its output; post_sublayer_norms only
  DeviceVector feed_forward_norm_D;    // before the feed-forward
  NormGateWeights feed_forward_norm_gate;
  SwigluWeights dense;     // dense layers
  WeightMatrix router_ED;  // expert layers …
  DeviceVector correction_bias_E;
  std::vector<SwigluWeights> experts_E;
  std::vector<ExpertMatrices> expert_matrices_E;  // the same, as the operator takes them
  SwigluWeights shared;                           // all shared experts side by side
  DeviceVector post_feed_forward_norm_D;
};

// What joins a hidden state and a token before the draft layer, and the norm behind it.
struct DraftWeights {
  WeightMatrix token_embedding_VD;  // where the layers before are another device's; else null
  DeviceVector token_norm_D;
  DeviceVector hidden_norm_D;
  WeightMatrix join_Dx2D;  // of [token | hidden state]
  DeviceVector final_norm_D;
};

struct Weights {
  WeightMatrix token_embedding_VD;   // for look-up
  std::vector<LayerWeights> layers;  // the draft layer is the last where there is one
  DraftWeights draft;
  DeviceVector final_norm_D;
  WeightMatrix lm_head_VD;
};

}  // namespace jangwon::runtime
