// Latent attention has two forms that round differently. Absorbed, a query is carried into the
// latent and sees one key for all heads: little to read, much to multiply, right for a reply's
// token. Expanded, every head has keys and values of its own, made from the latents: a third of the
// products where many tokens share them, right for a prompt. Which one a token gets is a matter of
// its request and position alone (runtime/README.md), never of who is in the step with it; the
// cache holds the same latents for both.

#include "runtime/model/attention_blocks.h"

namespace jangwon::runtime {
namespace {

AttentionShape shape_of(const AttentionStep& step) {
  AttentionShape shape = attention_shape_of(step.config, step.layer);
  shape.sinks_H = step.weights.sinks_H.data();
  return shape;
}

std::vector<const PackedMatrix*> pointers_to(const std::vector<WeightMatrix>& matrices) {
  std::vector<const PackedMatrix*> pointers;
  for (const WeightMatrix& matrix : matrices)
    pointers.push_back(matrix.get());
  return pointers;
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

void attend_to_keys(Ops ops, const AttentionStep& step, const std::vector<SequenceRows>& sequences,
                    ConstRows q, ChosenKeys chosen, Rows out) {
  ops->attend(*ops.context, {.shape = shape_of(step),
                             .sequences = sequences.data(),
                             .num_sequences = static_cast<int>(sequences.size()),
                             .q = q,
                             .cache = step.cache,
                             .chosen = chosen,
                             .out = out});
}

// Of the latent: what comes before attention.
struct LatentRows {
  Rows q_THK = {};          // [nope | rotary | output gate, where there is one] a head
  int64_t head_stride = 0;  // of q_THK
  // What queries are made from, and its norm; null where one projection makes them.
  Rows raw_TQ = {};
  Rows low_TQ = {};
  Rows kv_TR = {};  // [latent | rotary key of all heads]
  // Where there is an indexer.
  Rows index_k_TK = {};
  Rows index_weights_TH = {};
};

LatentRows make_latent_rows(const AttentionStep& step, DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const int num_tokens = step.tokens.num_tokens;
  LatentRows rows;
  rows.head_stride = a.head_dim + (a.output_gate ? a.v_head_dim : 0);
  rows.q_THK = arena.make_rows(num_tokens, a.num_attention_heads * rows.head_stride);
  if (a.q_lora_rank > 0) {
    // With an output gate both forms go on, the normalised one first.
    const int64_t raw_at = a.output_gate ? a.q_lora_rank : 0;
    rows.low_TQ = arena.make_rows(num_tokens, raw_at + padded(a.q_lora_rank));
    rows.raw_TQ = {rows.low_TQ.data + raw_at, rows.low_TQ.stride};
  }
  rows.kv_TR = arena.make_rows(num_tokens, int64_t{a.kv_lora_rank} + a.qk_rope_head_dim);
  if (a.index_topk > 0) {
    rows.index_k_TK = arena.make_rows(num_tokens, a.index_head_dim);
    rows.index_weights_TH = arena.make_rows(num_tokens, a.index_n_heads);
  }
  return rows;
}

// Of low rank, after their first projection.
void finish_queries(Ops ops, const AttentionStep& step, const LatentRows& latent) {
  const AttentionConfig& a = step.config.attention;
  const int num_tokens = step.tokens.num_tokens;
  ops->rms_norm(*ops.context, {.in = latent.raw_TQ,
                               .weight = step.weights.q_a_norm_Q.data(),
                               .num_rows = num_tokens,
                               .size = a.q_lora_rank,
                               .epsilon = static_cast<float>(a.latent_norm_eps),
                               .out = latent.low_TQ});
  ops->linear(*ops.context, {.x = latent.low_TQ,
                             .num_rows = num_tokens,
                             .products = {{step.weights.q_b_HKxQ.get(), latent.q_THK}}});
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

void finish_index_keys(Ops ops, const AttentionStep& step, Rows k_TK) {
  const AttentionWeights& weights = step.weights;
  ops->layer_norm(*ops.context, {.in = k_TK,
                                 .weight = weights.index_k_norm_K.data(),
                                 .bias = weights.index_k_norm_bias_K.data(),
                                 .num_rows = step.tokens.num_tokens,
                                 .size = step.config.attention.index_head_dim,
                                 .epsilon = kIndexNormEpsilon,
                                 .out = k_TK});
  ops->rotate(*ops.context, index_rotation(step, k_TK, 1));
}

// REQUIRES: the step's index keys are in the cache.
ChosenKeys choose_keys(Ops ops, const AttentionStep& step, const LatentRows& latent,
                       DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const int num_tokens = step.tokens.num_tokens;
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  OpContext& context = *ops.context;
  const Rows q_THK = arena.make_rows(num_tokens, int64_t{a.index_n_heads} * a.index_head_dim);
  ops->linear(context, {.x = latent.low_TQ,
                        .num_rows = num_tokens,
                        .products = {{step.weights.index_q_HKxQ.get(), q_THK}}});
  ops->rotate(context, index_rotation(step, q_THK, a.index_n_heads));
  uint16_t* masks = arena.make<uint16_t>(num_tokens * step.cache.page_stride);
  ops->choose_keys(context, {.shape = shape_of(step),
                             .num_heads = a.index_n_heads,
                             .sequences = sequences.data(),
                             .num_sequences = static_cast<int>(sequences.size()),
                             .q = q_THK,
                             .weights = latent.index_weights_TH,
                             .cache = step.cache,
                             .num_chosen = a.index_topk,
                             .masks = masks,
                             .stride = step.cache.page_stride});
  return {.masks = masks, .stride = step.cache.page_stride};
}

// Queries of some rows, [nope | rotary] a head, `head_stride` apart.
struct QueryRows {
  Rows q_THK = {};
  int64_t head_stride = 0;
  int num_rows = 0;
};

// The rotary part of the queries is turned by `angles` on its way, which has none where it is
// turned already. values_THK [rows, H, v_head_dim].
void attend_absorbed(Ops ops, const AttentionStep& step, const std::vector<SequenceRows>& sequences,
                     const QueryRows& queries, const RotaryAngles& angles, ChosenKeys chosen,
                     Rows values_THK, DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int64_t heads = a.num_attention_heads;
  const int64_t rank = a.kv_lora_rank;
  const int64_t key_size = rank + a.qk_rope_head_dim;
  OpContext& context = *ops.context;
  // Queries [nope | rotary] become [latent | rotary].
  const Rows latent_q = arena.make_rows(queries.num_rows, heads * key_size);
  const std::vector<const PackedMatrix*> into = pointers_to(weights.query_into_latent_H);
  ops->linear_heads(context, {.x = queries.q_THK,
                              .x_head_stride = queries.head_stride,
                              .num_rows = queries.num_rows,
                              .num_heads = a.num_attention_heads,
                              .weights_H = into.data(),
                              .y = latent_q,
                              .y_head_stride = key_size});
  ops->rotate(context, {.in = {queries.q_THK.data + a.qk_nope_head_dim, queries.q_THK.stride},
                        .in_head_stride = queries.head_stride,
                        .num_tokens = queries.num_rows,
                        .num_heads = a.num_attention_heads,
                        .size = a.qk_rope_head_dim,
                        .angles = angles,
                        .out = {latent_q.data + rank, latent_q.stride},
                        .out_head_stride = key_size});
  const Rows attended_THR = arena.make_rows(queries.num_rows, heads * rank);
  attend_to_keys(ops, step, sequences, latent_q, chosen, attended_THR);
  const std::vector<const PackedMatrix*> from = pointers_to(weights.value_from_latent_H);
  ops->linear_heads(context, {.x = attended_THR,
                              .x_head_stride = rank,
                              .num_rows = queries.num_rows,
                              .num_heads = a.num_attention_heads,
                              .weights_H = from.data(),
                              .y = values_THK,
                              .y_head_stride = a.v_head_dim});
}

// Queries whose rotary part is turned already. As many heads at a time as their expanded keys find
// room for.
void attend_expanded(Ops ops, const AttentionStep& step, QueryRows queries, Rows values_THK,
                     DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const ExpandedKeys& keys = *step.expanded;
  OpContext& context = *ops.context;
  if (a.output_gate) {  // which stands between the heads' queries
    const Rows dense =
        arena.make_rows(queries.num_rows, int64_t{a.num_attention_heads} * a.head_dim);
    ops->rotate(context, {.in = queries.q_THK,
                          .in_head_stride = queries.head_stride,
                          .num_tokens = queries.num_rows,
                          .num_heads = a.num_attention_heads,
                          .size = a.head_dim,
                          .out = dense,
                          .out_head_stride = a.head_dim});
    queries.q_THK = dense;
  }
  const std::vector<const PackedMatrix*> of_keys = pointers_to(step.weights.key_from_latent_H);
  const std::vector<const PackedMatrix*> of_values = pointers_to(step.weights.value_from_latent_H);
  std::byte* scratch = arena.make<std::byte>(keys.scratch_bytes);
  AttentionShape shape = expanded_shape_of(step.config, step.layer);
  shape.num_heads = shape.num_kv_heads = 1;
  const int64_t head_block_bytes = ops->kv_block_bytes(shape);
  for (const ExpandedGroup& group : keys.groups) {
    const int64_t room = keys.scratch_bytes / (group.num_blocks * head_block_bytes);
    const int heads_at_a_time =
        static_cast<int>(std::clamp<int64_t>(room, 1, a.num_attention_heads));
    const Rows q = {queries.q_THK.row(group.first_row), queries.q_THK.stride};
    const Rows values = {values_THK.row(group.first_row), values_THK.stride};
    for (int head = 0; head < a.num_attention_heads; head += heads_at_a_time) {
      shape.num_heads = shape.num_kv_heads =
          std::min(heads_at_a_time, a.num_attention_heads - head);
      ops->expand_latents(context, {.latent = shape_of(step),
                                    .cache = step.cache,
                                    .block_ids = group.block_ids,
                                    .num_blocks = group.num_blocks,
                                    .expanded = shape,
                                    .keys_H = of_keys.data() + head,
                                    .values_H = of_values.data() + head,
                                    .blocks = scratch});
      ops->attend(context,
                  {.shape = shape,
                   .sequences = group.sequences.data(),
                   .num_sequences = static_cast<int>(group.sequences.size()),
                   .q = {q.data + int64_t{head} * shape.key_size, q.stride},
                   .cache = {.blocks = scratch,
                             .block_bytes = ops->kv_block_bytes(shape),
                             .page_table = keys.page_table,
                             .page_stride = keys.page_stride},
                   .out = {values.data + int64_t{head} * shape.value_size, values.stride}});
    }
  }
}

// The step's tokens without those that meet expanded keys, their rows from 0 on.
std::vector<SequenceRows> absorbed_sequences(const StepTokens& tokens) {
  std::vector<SequenceRows> sequences;
  int num_rows = 0;
  for (size_t s = 0; s < tokens.sequences.size(); ++s) {
    const int num_expanded = tokens.num_expanded[s];
    const SequenceRows& all = tokens.sequences[s];
    sequences.push_back(
        {num_rows, all.num_tokens - num_expanded, all.first_position + num_expanded});
    num_rows += all.num_tokens - num_expanded;
  }
  return sequences;
}

// Rows of `size` floats in the order of `indices`, or as they stand where there is none.
Rows in_order(Ops ops, Rows in, const int32_t* indices, int num_rows, int64_t size,
              DeviceArena& arena) {
  if (indices == nullptr) return in;
  const Rows out = arena.make_rows(num_rows, size);
  ops->gather_rows(*ops.context, {.in = in,
                                  .indices = indices,
                                  .num_rows = num_rows,
                                  .size = static_cast<int>(size),
                                  .out = out});
  return out;
}

// A step in which some or all tokens meet expanded keys. [T, H, v_head_dim].
Rows attend_in_both_forms(Ops ops, const AttentionStep& step, const LatentRows& latent,
                          DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const StepTokens& tokens = step.tokens;
  const int num_heads = a.num_attention_heads;
  const Rows rotary = {latent.q_THK.data + a.qk_nope_head_dim, latent.q_THK.stride};
  const RotaryAngles angles = tokens.angles_of(step.layer);
  if (angles.cosines)
    ops->rotate(*ops.context, {.in = rotary,
                               .in_head_stride = latent.head_stride,
                               .num_tokens = tokens.num_tokens,
                               .num_heads = num_heads,
                               .size = a.qk_rope_head_dim,
                               .angles = angles,
                               .out = rotary,
                               .out_head_stride = latent.head_stride});
  const Rows q_THK = in_order(ops, latent.q_THK, tokens.row_at_place, tokens.num_tokens,
                              num_heads * latent.head_stride, arena);
  const int64_t value_floats = int64_t{num_heads} * a.v_head_dim;
  const Rows values_THK = arena.make_rows(tokens.num_tokens, value_floats);
  const int num_expanded = tokens.num_expanded_rows;
  attend_expanded(ops, step, {q_THK, latent.head_stride, num_expanded}, values_THK, arena);
  if (num_expanded < tokens.num_tokens)
    attend_absorbed(ops, step, absorbed_sequences(tokens),
                    {{q_THK.row(num_expanded), q_THK.stride},
                     latent.head_stride,
                     tokens.num_tokens - num_expanded},
                    {}, {}, {values_THK.row(num_expanded), values_THK.stride}, arena);
  return in_order(ops, values_THK, tokens.place_of_row, tokens.num_tokens, value_floats, arena);
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

bool expands_latents(const ModelConfig& config) {
  return config.attention.kv_lora_rank > 0 && config.attention.index_topk == 0;
}

AttentionShape expanded_shape_of(const ModelConfig& config, const LayerConfig& layer) {
  const AttentionConfig& a = config.attention;
  AttentionShape shape = attention_shape_of(config, layer);
  shape.kind = AttentionKind::kGrouped;
  shape.num_kv_heads = a.num_attention_heads;
  shape.key_size = a.qk_nope_head_dim + a.qk_rope_head_dim;
  shape.value_size = a.v_head_dim;
  return shape;
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
  const Rows gate_THK = a.output_gate ? arena.make_rows(num_tokens, q_size) : Rows();
  const Rows attended_THK = arena.make_rows(num_tokens, q_size);
  OpContext& context = *ops.context;
  ops->linear(context, {.x = hidden_TD,
                        .num_rows = num_tokens,
                        .products = {{weights.q_HKxD.get(), q_THK},
                                     {weights.k_GKxD.get(), k_TGK},
                                     {weights.v_GKxD.get(), v_TGK},
                                     {weights.gate_HKxD.get(), gate_THK}}});

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
  attend_to_keys(ops, step, step.tokens.sequences, q_THK, {}, attended_THK);
  if (a.output_gate) {
    ops->gate(context, {.in = attended_THK,
                        .gate = gate_THK,
                        .num_rows = num_tokens,
                        .size = static_cast<int>(q_size),
                        .out = attended_THK});
  }
  ops->linear(
      context,
      {.x = attended_THK, .num_rows = num_tokens, .products = {{weights.o_DxHK.get(), out_TD}}});
}

void attend_latent(Ops ops, const AttentionStep& step, ConstRows hidden_TD, Rows out_TD,
                   DeviceArena& arena) {
  const AttentionConfig& a = step.config.attention;
  const AttentionWeights& weights = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  OpContext& context = *ops.context;
  const LatentRows latent = make_latent_rows(step, arena);
  ops->linear(context, {.x = hidden_TD,
                        .num_rows = num_tokens,
                        .products = {{weights.q_HKxD.get(), latent.q_THK},
                                     {weights.q_a_QD.get(), latent.raw_TQ},
                                     {weights.kv_a_RD.get(), latent.kv_TR},
                                     {weights.index_k_KD.get(), latent.index_k_TK},
                                     {weights.index_weights_HD.get(), latent.index_weights_TH}}});
  if (a.q_lora_rank > 0) finish_queries(ops, step, latent);

  // The latent is normalised; the rotary key is not.
  const Rows kv_TR = latent.kv_TR;
  ops->rms_norm(context, {.in = kv_TR,
                          .weight = weights.kv_a_norm_R.data(),
                          .num_rows = num_tokens,
                          .size = a.kv_lora_rank,
                          .epsilon = static_cast<float>(a.latent_norm_eps),
                          .out = kv_TR});
  const Rows rotary_key = {kv_TR.data + a.kv_lora_rank, kv_TR.stride};
  const RotaryAngles angles = step.tokens.angles_of(step.layer);
  if (angles.cosines)
    ops->rotate(context, {.in = rotary_key,
                          .num_tokens = num_tokens,
                          .num_heads = 1,
                          .size = a.qk_rope_head_dim,
                          .angles = angles,
                          .out = rotary_key});

  const bool indexed = a.index_topk > 0;
  if (indexed) finish_index_keys(ops, step, latent.index_k_TK);
  append_keys(ops, step, {.k = kv_TR, .index_k = latent.index_k_TK});
  Rows values_THK;
  if (step.expanded) {
    values_THK = attend_in_both_forms(ops, step, latent, arena);
  } else {
    values_THK = arena.make_rows(num_tokens, int64_t{a.num_attention_heads} * a.v_head_dim);
    const ChosenKeys chosen = indexed ? choose_keys(ops, step, latent, arena) : ChosenKeys();
    attend_absorbed(ops, step, step.tokens.sequences,
                    {latent.q_THK, latent.head_stride, num_tokens}, angles, chosen, values_THK,
                    arena);
  }
  if (a.output_gate) {
    ops->gate(context, {.in = values_THK,
                        .gate = {latent.q_THK.data + a.head_dim, latent.q_THK.stride},
                        .num_rows = num_tokens,
                        .num_heads = a.num_attention_heads,
                        .size = a.v_head_dim,
                        .in_head_stride = a.v_head_dim,
                        .gate_head_stride = latent.head_stride,
                        .out = values_THK,
                        .out_head_stride = a.v_head_dim});
  }
  ops->linear(
      context,
      {.x = values_THK, .num_rows = num_tokens, .products = {{weights.o_DxHK.get(), out_TD}}});
}

}  // namespace jangwon::runtime
