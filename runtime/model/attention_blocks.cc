// Latent attention always runs on the latent ("absorbed"), in prefill as in decode: the two forms
// round differently, and a token must not depend on which one its neighbours were computed with.

#include "runtime/model/attention_blocks.h"

namespace jangwon::runtime {
namespace {

AttentionShape shape_of(const AttentionStep& step) {
  AttentionShape shape = attention_shape_of(step.config, step.layer);
  shape.sinks_H = step.weights.sinks_H.data();
  return shape;
}

// What the step's tokens bring to the cache.
struct KeysAndValues {
  ConstRows k = {};
  ConstRows v = {};
  ConstRows index_k = {};
};

void append_keys(Ops ops, const AttentionStep& step, const KeysAndValues& kv) {
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  ops->append_kv(*ops.context, {.shape = shape_of(step),
                                .sequences = sequences.data(),
                                .num_sequences = static_cast<int>(sequences.size()),
                                .k = kv.k,
                                .v = kv.v,
                                .index_k = kv.index_k,
                                .cache = step.cache});
}

void attend_to_keys(Ops ops, const AttentionStep& step, ConstRows q, ChosenKeys chosen, Rows out) {
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  ops->attend(*ops.context, {.shape = shape_of(step),
                             .sequences = sequences.data(),
                             .num_sequences = static_cast<int>(sequences.size()),
                             .q = q,
                             .cache = step.cache,
                             .chosen = chosen,
                             .out = out});
}

// Of the latent: what every head's queries are made from.
struct LatentQueries {
  Rows q_THK;               // [nope | rotary | output gate, where there is one] a head
  int64_t head_stride = 0;  // of q_THK
  ConstRows low_TQ;         // normalised; null where one projection makes the queries
};

LatentQueries make_latent_queries(Ops ops, const AttentionStep& step, ConstRows hidden_TD,
                                  DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  OpContext& context = *ops.context;
  LatentQueries queries;
  queries.head_stride = a.head_dim + (a.output_gate ? a.v_head_dim : 0);
  queries.q_THK = arena.make_rows(num_tokens, a.num_attention_heads * queries.head_stride);
  if (a.q_lora_rank == 0) {
    ops->linear(context, {.x = hidden_TD,
                          .num_rows = num_tokens,
                          .weight = weights.q_HKxD.get(),
                          .y = queries.q_THK});
    return queries;
  }
  // With an output gate both forms go on, the normalised one first.
  const int64_t raw_at = a.output_gate ? a.q_lora_rank : 0;
  const Rows low_TQ = arena.make_rows(num_tokens, raw_at + padded(a.q_lora_rank));
  const Rows raw_TQ = {low_TQ.data + raw_at, low_TQ.stride};
  ops->linear(
      context,
      {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.q_a_QD.get(), .y = raw_TQ});
  ops->rms_norm(context, {.in = raw_TQ,
                          .weight = weights.q_a_norm_Q.data(),
                          .num_rows = num_tokens,
                          .size = a.q_lora_rank,
                          .epsilon = static_cast<float>(a.latent_norm_eps),
                          .out = low_TQ});
  ops->linear(
      context,
      {.x = low_TQ, .num_rows = num_tokens, .weight = weights.q_b_HKxQ.get(), .y = queries.q_THK});
  queries.low_TQ = low_TQ;
  return queries;
}

// The indexer turns the first components of its queries and keys in half-split pairs, whatever
// attention itself does.
RotateArguments index_rotation(const AttentionStep& step, Rows rows, int num_heads) {
  const int size = step.config.attention.index_head_dim;
  RotateArguments rotation{.in = rows,
                           .in_head_stride = size,
                           .num_tokens = step.tokens.num_tokens,
                           .num_heads = num_heads,
                           .size = size,
                           .angles = step.tokens.angles_of(step.layer),
                           .out = rows,
                           .out_head_stride = size};
  rotation.angles.pairs = RotaryPairs::kHalfSplit;
  return rotation;
}

constexpr float kIndexNormEpsilon = 1e-6f;

ConstRows make_index_keys(Ops ops, const AttentionStep& step, ConstRows hidden_TD,
                          DeviceArena& arena) {
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  const int size = step.config.attention.index_head_dim;
  const Rows k_TK = arena.make_rows(num_tokens, size);
  ops->linear(
      *ops.context,
      {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.index_k_KD.get(), .y = k_TK});
  ops->layer_norm(*ops.context, {.in = k_TK,
                                 .weight = weights.index_k_norm_K.data(),
                                 .bias = weights.index_k_norm_bias_K.data(),
                                 .num_rows = num_tokens,
                                 .size = size,
                                 .epsilon = kIndexNormEpsilon,
                                 .out = k_TK});
  ops->rotate(*ops.context, index_rotation(step, k_TK, 1));
  return k_TK;
}

// REQUIRES: the step's index keys are in the cache.
ChosenKeys choose_keys(Ops ops, const AttentionStep& step, ConstRows hidden_TD, ConstRows low_TQ,
                       DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  OpContext& context = *ops.context;
  const Rows q_THK = arena.make_rows(num_tokens, int64_t{a.index_n_heads} * a.index_head_dim);
  const Rows weights_TH = arena.make_rows(num_tokens, a.index_n_heads);
  ops->linear(
      context,
      {.x = low_TQ, .num_rows = num_tokens, .weight = weights.index_q_HKxQ.get(), .y = q_THK});
  ops->rotate(context, index_rotation(step, q_THK, a.index_n_heads));
  ops->linear(context, {.x = hidden_TD,
                        .num_rows = num_tokens,
                        .weight = weights.index_weights_HD.get(),
                        .y = weights_TH});
  uint16_t* masks = arena.make<uint16_t>(num_tokens * step.cache.page_stride);
  ops->choose_keys(context, {.shape = shape_of(step),
                             .num_heads = a.index_n_heads,
                             .sequences = sequences.data(),
                             .num_sequences = static_cast<int>(sequences.size()),
                             .q = q_THK,
                             .weights = weights_TH,
                             .cache = step.cache,
                             .num_chosen = a.index_topk,
                             .masks = masks,
                             .stride = step.cache.page_stride});
  return {.masks = masks, .stride = step.cache.page_stride};
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
          .first_key = layer.first_key,
          .scale = static_cast<float>(layer.softmax_scale),
          .cache_dtype = config.kv_cache_dtype,
          .index_key_size = latent && a.index_topk > 0 ? a.index_head_dim : 0};
}

void attend_grouped(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                    DeviceArena& arena) {
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
  ops->linear(context,
              {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.q_HKxD.get(), .y = q_THK});
  ops->linear(context,
              {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.k_GKxD.get(), .y = k_TGK});
  ops->linear(context,
              {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.v_GKxD.get(), .y = v_TGK});

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

  append_keys(ops, step, {.k = k_TGK, .v = v_TGK});
  attend_to_keys(ops, step, q_THK, {}, attended_THK);
  if (a.output_gate) {
    ops->linear(
        context,
        {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.gate_HKxD.get(), .y = q_THK});
    ops->gate(context, {.in = attended_THK,
                        .gate = q_THK,
                        .num_rows = num_tokens,
                        .size = static_cast<int>(q_size),
                        .out = attended_THK});
  }
  ops->linear(
      context,
      {.x = attended_THK, .num_rows = num_tokens, .weight = weights.o_DxHK.get(), .y = out_TD});
}

void attend_latent(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                   DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  const int64_t heads = a.num_attention_heads;
  const int64_t rank = a.kv_lora_rank;
  const int64_t key_size = rank + a.qk_rope_head_dim;
  OpContext& context = *ops.context;
  const LatentQueries queries = make_latent_queries(ops, step, hidden_TD, arena);

  // The latent is normalised; one rotary key for all heads, which is not, follows it in the row.
  const Rows kv_TR = arena.make_rows(num_tokens, key_size);
  ops->linear(
      context,
      {.x = hidden_TD, .num_rows = num_tokens, .weight = weights.kv_a_RD.get(), .y = kv_TR});
  ops->rms_norm(context, {.in = kv_TR,
                          .weight = weights.kv_a_norm_R.data(),
                          .num_rows = num_tokens,
                          .size = a.kv_lora_rank,
                          .epsilon = static_cast<float>(a.latent_norm_eps),
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
  ops->linear_heads(context, {.x = queries.q_THK,
                              .x_head_stride = queries.head_stride,
                              .num_rows = num_tokens,
                              .num_heads = a.num_attention_heads,
                              .weights_H = into.data(),
                              .y = latent_q,
                              .y_head_stride = key_size});
  rotation.in = {queries.q_THK.data + a.qk_nope_head_dim, queries.q_THK.stride};
  rotation.in_head_stride = queries.head_stride;
  rotation.num_heads = a.num_attention_heads;
  rotation.out = {latent_q.data + rank, latent_q.stride};
  rotation.out_head_stride = key_size;
  ops->rotate(context, rotation);

  const Rows attended_THR = arena.make_rows(num_tokens, heads * rank);
  const bool indexed = a.index_topk > 0;
  append_keys(ops, step,
              {.k = kv_TR,
               .index_k = indexed ? make_index_keys(ops, step, hidden_TD, arena) : ConstRows()});
  const ChosenKeys chosen =
      indexed ? choose_keys(ops, step, hidden_TD, queries.low_TQ, arena) : ChosenKeys();
  attend_to_keys(ops, step, latent_q, chosen, attended_THR);
  const Rows values_THK = arena.make_rows(num_tokens, heads * a.v_head_dim);
  ops->linear_heads(context, {.x = attended_THR,
                              .x_head_stride = rank,
                              .num_rows = num_tokens,
                              .num_heads = a.num_attention_heads,
                              .weights_H = from.data(),
                              .y = values_THK,
                              .y_head_stride = a.v_head_dim});
  if (a.output_gate) {
    ops->gate(context, {.in = values_THK,
                        .gate = {queries.q_THK.data + a.head_dim, queries.q_THK.stride},
                        .num_rows = num_tokens,
                        .num_heads = a.num_attention_heads,
                        .size = a.v_head_dim,
                        .in_head_stride = a.v_head_dim,
                        .gate_head_stride = queries.head_stride,
                        .out = values_THK,
                        .out_head_stride = a.v_head_dim});
  }
  ops->linear(
      context,
      {.x = values_THK, .num_rows = num_tokens, .weight = weights.o_DxHK.get(), .y = out_TD});
}

}  // namespace jangwon::runtime
