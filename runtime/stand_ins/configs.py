"""The configs of the three stand-ins: published keys, small numbers, every feature of the architecture switched on.

vocab_size is filled in from the tokenizer. The sizes keep a folder under 6 MB in bf16.
"""

AXK1 = dict(
    architectures=["AXK1ForCausalLM"], model_type="axk1", hidden_act="silu", attention_bias=False,
    attention_dropout=0.0, initializer_range=0.02, use_cache=True, tie_word_embeddings=False,
    hidden_size=128, intermediate_size=256, moe_intermediate_size=48, num_hidden_layers=6, first_k_dense_replace=1,
    moe_layer_freq=1, num_attention_heads=4, num_key_value_heads=4, q_lora_rank=96, kv_lora_rank=64,
    qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=32, n_routed_experts=8, n_shared_experts=1,
    num_experts_per_tok=2, n_group=4, topk_group=2, topk_method="none", scoring_func="sigmoid", norm_topk_prob=True,
    routed_scaling_factor=2.5, aux_loss_alpha=0.0001, rms_norm_eps=1e-6, rope_theta=10000.0, rope_interleave=True,
    rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=1024, beta_fast=32, beta_slow=1,
                      mscale=1.0, mscale_all_dim=0.0),
    max_position_embeddings=4096, num_nextn_predict_layers=0, pretraining_tp=1)

K_EXAONE = dict(
    architectures=["ExaoneMoEForCausalLM"], model_type="exaone_moe", hidden_act="silu", attention_dropout=0.0,
    initializer_range=0.02, use_cache=True, tie_word_embeddings=False, hidden_size=128, intermediate_size=256,
    moe_intermediate_size=36, num_hidden_layers=8, first_k_dense_replace=1,
    mlp_layer_types=["dense"] + ["sparse"] * 7, num_attention_heads=4, num_key_value_heads=2, head_dim=32,
    num_experts=8, num_shared_experts=1, num_experts_per_tok=2, n_group=1, topk_group=1, scoring_func="sigmoid",
    topk_method="noaux_tc", norm_topk_prob=True, routed_scaling_factor=2.5, rms_norm_eps=1e-5,
    sliding_window=128, sliding_window_pattern="LLLG",
    layer_types=(["sliding_attention"] * 3 + ["full_attention"]) * 2, rope_theta=1000000.0, rope_scaling=None,
    max_position_embeddings=4096, num_nextn_predict_layers=0)

SOLAR_OPEN = dict(
    architectures=["SolarOpenForCausalLM"], model_type="solar_open", hidden_act="silu", attention_bias=False,
    attention_dropout=0.0, initializer_range=0.02, use_cache=True, tie_word_embeddings=False, hidden_size=128,
    intermediate_size=256, moe_intermediate_size=48, num_hidden_layers=6, first_k_dense_replace=0,
    num_attention_heads=4, num_key_value_heads=2, head_dim=32, n_routed_experts=8, n_shared_experts=1,
    num_experts_per_tok=2, n_group=1, topk_group=1, norm_topk_prob=True, routed_scaling_factor=1.0,
    rms_norm_eps=1e-5, rope_theta=1000000.0, partial_rotary_factor=1.0, use_qk_norm=False,
    rope_scaling=dict(type="yarn", factor=2.0, original_max_position_embeddings=2048),
    max_position_embeddings=4096)

CONFIGS = {"standin-axk1": AXK1, "standin-k-exaone": K_EXAONE, "standin-solar-open": SOLAR_OPEN}
STANDS_FOR = {"standin-axk1": "skt/A.X-K1", "standin-k-exaone": "LGAI-EXAONE/K-EXAONE-236B-A23B",
              "standin-solar-open": "upstage/Solar-Open-100B"}
