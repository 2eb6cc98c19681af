// Latent attention always runs on the latent ("absorbed"), in prefill as in decode: the two forms round differently,
// and a token must not depend on which one its neighbours were computed with.

#include "runtime/model/attention_blocks.h"

namespace jangwon::runtime {
namespace {

AttentionShape shape_of(const AttentionStep& step) {
  AttentionShape shape = attention_shape_of(step.config, step.layer);
  shape.sinks_H = step.weights.sinks_H.data();
  return shape;
}

void append_and_attend(Ops ops, const AttentionStep& step, ConstRows q, ConstRows k, ConstRows v, Rows out) {
  const AttentionShape shape = shape_of(step);
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  const int num_sequences = static_cast<int>(sequences.size());
  ops->append_kv(*ops.context, {.shape = shape,
                                .sequences = sequences.data(),
                                .num_sequences = num_sequences,
                                .k = k,
                                .v = v,
                                .cache = step.cache});
  ops->attend(*ops.context, {.shape = shape,
                             .sequences = sequences.data(),
                             .num_sequences = num_sequences,
                             .q = q,
                             .cache = step.cache,
                             .out = out});
}

}  // namespace

RotaryAngles StepTokens::angles_of(const LayerConfig& layer) const {
  return layer.rope == kNoRope ? RotaryAngles() : ropes[static_cast<size_t>(layer.rope)];
}

AttentionShape attention_shape_of(const ModelConfig& config, const LayerConfig& layer) {
  const AttentionConfig& a = config.attention;
  const bool latent = layer.attention == AttentionKind::kLatent;
  return {.kind = layer.attention,
          .num_heads = a.num_attention_heads,
          .num_kv_heads = latent ? 1 : a.num_key_value_heads,
          .key_size = latent ? a.kv_lora_rank + a.qk_rope_head_dim : a.head_dim,
          .value_size = latent ? a.kv_lora_rank : a.head_dim,
          .window = layer.window,
          .scale = static_cast<float>(layer.softmax_scale)};
}

void attend_grouped(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD, DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  const int64_t q_size = int64_t{a.num_attention_heads} * a.head_dim;
  const int64_t kv_size = int64_t{a.num_key_value_heads} * a.head_dim;
  const Rows q_THK = arena.make_rows(num_tokens, q_size);
  const Rows k_TGK = arena.make_rows(num_tokens, kv_size);
  const Rows v_TGK = arena.make_rows(num_tokens, kv_size);
  const Rows attended_THK = arena.make_rows(num_tokens, q_size);
  OpContext& context = *ops.context;
  ops->linear(context, {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.q_HKxD.get(), .y = q_THK});
  ops->linear(context, {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.k_GKxD.get(), .y = k_TGK});
  ops->linear(context, {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.v_GKxD.get(), .y = v_TGK});

  RotateArguments rotation{.in = q_THK,
                           .in_head_stride = a.head_dim,
                           .num_tokens = num_tokens,
                           .num_heads = a.num_attention_heads,
                           .size = a.head_dim,
                           .norm_K = weights.q_norm_K.data(),
                           .epsilon = static_cast<float>(step.config.rms_norm_eps),
                           .angles = step.tokens.angles_of(step.layer),
                           .out = q_THK,
                           .out_head_stride = a.head_dim};
  const bool changed = rotation.angles.cosines != nullptr || a.qk_norm;
  if (changed) ops->rotate(context, rotation);
  rotation.in = rotation.out = k_TGK;
  rotation.num_heads = a.num_key_value_heads;
  rotation.norm_K = weights.k_norm_K.data();
  if (changed) ops->rotate(context, rotation);

  append_and_attend(ops, step, q_THK, k_TGK, v_TGK, attended_THK);
  ops->linear(context, {.x = attended_THK, .num_rows = num_tokens, .weight = weights.o_DxHK.get(), .y = out_TD});
}

void attend_latent(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD, DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  const int64_t heads = a.num_attention_heads;
  const int64_t rank = a.kv_lora_rank;
  const int64_t key_size = rank + a.qk_rope_head_dim;
  const float epsilon = static_cast<float>(step.config.rms_norm_eps);
  OpContext& context = *ops.context;

  const Rows q_THK = arena.make_rows(num_tokens, heads * a.head_dim);
  if (a.q_lora_rank == 0) {
    ops->linear(context, {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.q_HKxD.get(), .y = q_THK});
  } else {
    const Rows low_TQ = arena.make_rows(num_tokens, a.q_lora_rank);
    ops->linear(context, {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.q_a_QD.get(), .y = low_TQ});
    ops->rms_norm(context, {.in = low_TQ,
                            .weight = weights.q_a_norm_Q.data(),
                            .num_rows = num_tokens,
                            .size = a.q_lora_rank,
                            .epsilon = epsilon,
                            .out = low_TQ});
    ops->linear(context, {.x = low_TQ, .num_rows = num_tokens, .weight = weights.q_b_HKxQ.get(), .y = q_THK});
  }

  // The latent is normalised; one rotary key for all heads, which is not, follows it in the row.
  const Rows kv_TR = arena.make_rows(num_tokens, key_size);
  ops->linear(context, {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.kv_a_RD.get(), .y = kv_TR});
  ops->rms_norm(context, {.in = kv_TR,
                          .weight = weights.kv_a_norm_R.data(),
                          .num_rows = num_tokens,
                          .size = a.kv_lora_rank,
                          .epsilon = epsilon,
                          .out = kv_TR});
  const Rows rotary_key = {kv_TR.data + rank, kv_TR.stride};
  RotateArguments rotation{.in = rotary_key,
                           .num_tokens = num_tokens,
                           .num_heads = 1,
                           .size = a.qk_rope_head_dim,
                           .angles = step.tokens.angles_of(step.layer),
                           .out = rotary_key};
  if (rotation.angles.cosines) ops->rotate(context, rotation);

  // Queries [nope | rotary] become [latent | rotary].
  const Rows latent_q = arena.make_rows(num_tokens, heads * key_size);
  std::vector<const PackedMatrix*> into;
  std::vector<const PackedMatrix*> from;
  for (int64_t head = 0; head < heads; ++head) {
    into.push_back(weights.query_into_latent_H[static_cast<size_t>(head)].get());
    from.push_back(weights.value_from_latent_H[static_cast<size_t>(head)].get());
  }
  ops->linear_heads(context, {.x = q_THK,
                              .x_head_stride = a.head_dim,
                              .num_rows = num_tokens,
                              .num_heads = a.num_attention_heads,
                              .weights_H = into.data(),
                              .y = latent_q,
                              .y_head_stride = key_size});
  rotation.in = {q_THK.data + a.qk_nope_head_dim, q_THK.stride};
  rotation.in_head_stride = a.head_dim;
  rotation.num_heads = a.num_attention_heads;
  rotation.out = {latent_q.data + rank, latent_q.stride};
  rotation.out_head_stride = key_size;
  ops->rotate(context, rotation);

  const Rows attended_THR = arena.make_rows(num_tokens, heads * rank);
  append_and_attend(ops, step, latent_q, kv_TR, {}, attended_THR);
  const Rows values_THK = arena.make_rows(num_tokens, heads * a.v_head_dim);
  ops->linear_heads(context, {.x = attended_THR,
                              .x_head_stride = rank,
                              .num_rows = num_tokens,
                              .num_heads = a.num_attention_heads,
                              .weights_H = from.data(),
                              .y = values_THK,
                              .y_head_stride = a.v_head_dim});
  ops->linear(context, {.x = values_THK, .num_rows = num_tokens, .weight = weights.o_DxHK.get(), .y = out_TD});
}

}  // namespace jangwon::runtime
