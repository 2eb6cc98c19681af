// Latent attention always runs on the latent ("absorbed"), in prefill as in decode: the two forms round differently,
// and a token must not depend on which one its neighbours were computed with.

#include "runtime/model/attention_blocks.h"

#include <algorithm>
#include <cstring>

namespace jangwon::runtime {
namespace {

constexpr int64_t kTokensPerTask = 16;

// body(t) for every token, some tokens a task.
void for_each_token(const OpContext& context, int num_tokens, const std::function<void(int)>& body) {
  const int64_t tasks = (num_tokens + kTokensPerTask - 1) / kTokensPerTask;
  context.pool.parallel_for(tasks, [&](int64_t task) {
    const int end = static_cast<int>(std::min<int64_t>(num_tokens, (task + 1) * kTokensPerTask));
    for (int t = static_cast<int>(task * kTokensPerTask); t < end; ++t)
      body(t);
  });
}

RotaryAngles angles_of(const StepTokens& tokens, int dims, int t) {
  const int64_t offset = static_cast<int64_t>(t) * (dims / 2);
  return {tokens.cosines + offset, tokens.sines + offset};
}

// Which block of which sequence a token's keys go to.
std::vector<float*> blocks_of_tokens(std::span<const AttentionSequence> sequences, int num_tokens) {
  std::vector<float*> blocks(static_cast<size_t>(num_tokens));
  for (const AttentionSequence& sequence : sequences) {
    for (int i = 0; i < sequence.num_tokens; ++i) {
      const int position = sequence.first_position + i;
      blocks[static_cast<size_t>(sequence.first_row + i)] = sequence.blocks[static_cast<size_t>(position / kLanes)];
    }
  }
  return blocks;
}

// Rows of heads with padding between them → rows without: [T, heads, padded(size)] to [T, heads · size].
void close_gaps(const OpContext& context, int num_tokens, int heads, int size, const float* in, int64_t in_stride,
                float* out, int64_t out_stride) {
  for_each_token(context, num_tokens, [&](int t) {
    for (int head = 0; head < heads; ++head)
      std::memcpy(out + t * out_stride + static_cast<int64_t>(head) * size,
                  in + t * in_stride + static_cast<int64_t>(head) * padded(size),
                  sizeof(float) * static_cast<size_t>(size));
  });
}

}  // namespace

GroupedAttention make_grouped_attention(const ModelConfig& config, int window, const float* sinks_H) {
  const AttentionConfig& a = config.attention;
  return {.num_heads = a.num_attention_heads,
          .num_kv_heads = a.num_key_value_heads,
          .head_dim = a.head_dim,
          .window = window,
          .scale = static_cast<float>(a.softmax_scale),
          .sinks_H = sinks_H};
}

LatentAttention make_latent_attention(const ModelConfig& config) {
  const AttentionConfig& a = config.attention;
  return {.num_heads = a.num_attention_heads,
          .latent_size = a.kv_lora_rank,
          .rotary_size = a.qk_rope_head_dim,
          .scale = static_cast<float>(a.softmax_scale)};
}

int64_t cache_block_floats(const ModelConfig& config, const LayerConfig& layer) {
  const int64_t floats = layer.attention == AttentionKind::kLatent
                             ? make_latent_attention(config).block_floats()
                             : make_grouped_attention(config, 0, nullptr).block_floats();
  return padded(floats);
}

void attend_grouped(const OpContext& context, const ModelConfig& config, const LayerConfig& layer,
                    const AttentionWeights& weights, const StepTokens& tokens,
                    std::span<const AttentionSequence> sequences, const float* hidden_TD, float* out_TD, Arena& arena) {
  const AttentionConfig& a = config.attention;
  const int num_tokens = tokens.num_tokens;
  const int64_t hidden_stride = padded(config.hidden_size);
  const int64_t q_size = int64_t{a.num_attention_heads} * a.head_dim;
  const int64_t kv_size = int64_t{a.num_key_value_heads} * a.head_dim;
  const int64_t q_stride = padded(q_size);
  const int64_t kv_stride = padded(kv_size);
  float* q_THK = arena.make<float>(static_cast<size_t>(num_tokens * q_stride));
  float* k_TGK = arena.make<float>(static_cast<size_t>(num_tokens * kv_stride));
  float* v_TGK = arena.make<float>(static_cast<size_t>(num_tokens * kv_stride));
  linear(context, weights.q_HKxD, hidden_TD, hidden_stride, num_tokens, q_THK, q_stride);
  linear(context, weights.k_GKxD, hidden_TD, hidden_stride, num_tokens, k_TGK, kv_stride);
  linear(context, weights.v_GKxD, hidden_TD, hidden_stride, num_tokens, v_TGK, kv_stride);

  const GroupedAttention attention =
      make_grouped_attention(config, layer.window, weights.sinks_H.empty() ? nullptr : weights.sinks_H.data());
  const float epsilon = static_cast<float>(config.rms_norm_eps);
  const std::vector<float*> blocks = blocks_of_tokens(sequences, num_tokens);
  const auto prepare_head = [&](float* head, const std::vector<float>& norm_K, int t) {
    if (a.qk_norm) context.kernels.f32_rms_norm(head, norm_K.data(), a.head_dim, epsilon, head);
    if (layer.rope != kNoRope)
      rotate(config.ropes.front().pairs, angles_of(tokens, config.ropes.front().dims, t), config.ropes.front().dims,
             head);
  };
  for_each_token(context, num_tokens, [&](int t) {
    for (int64_t head = 0; head < a.num_attention_heads; ++head)
      prepare_head(q_THK + t * q_stride + head * a.head_dim, weights.q_norm_K, t);
    for (int64_t head = 0; head < a.num_key_value_heads; ++head)
      prepare_head(k_TGK + t * kv_stride + head * a.head_dim, weights.k_norm_K, t);
    attention.store(blocks[static_cast<size_t>(t)], tokens.positions[t], k_TGK + t * kv_stride, v_TGK + t * kv_stride);
  });

  const int64_t attended_stride = a.num_attention_heads * padded(a.head_dim);
  float* attended = arena.make<float>(static_cast<size_t>(num_tokens * attended_stride));
  attention.attend(context, sequences, q_THK, q_stride, attended, attended_stride);
  float* heads_THK = attended;
  if (padded(a.head_dim) != a.head_dim) {
    heads_THK = q_THK;  // no longer needed
    close_gaps(context, num_tokens, a.num_attention_heads, a.head_dim, attended, attended_stride, heads_THK, q_stride);
  }
  linear(context, weights.o_DxHK, heads_THK, heads_THK == attended ? attended_stride : q_stride, num_tokens, out_TD,
         hidden_stride);
}

void attend_latent(const OpContext& context, const ModelConfig& config, const LayerConfig& layer,
                   const AttentionWeights& weights, const StepTokens& tokens,
                   std::span<const AttentionSequence> sequences, const float* hidden_TD, float* out_TD, Arena& arena) {
  const AttentionConfig& a = config.attention;
  const LatentAttention attention = make_latent_attention(config);
  const int num_tokens = tokens.num_tokens;
  const int64_t hidden_stride = padded(config.hidden_size);
  const int heads = a.num_attention_heads;
  const float epsilon = static_cast<float>(config.rms_norm_eps);
  const int64_t low_stride = padded(a.q_lora_rank);
  const int64_t q_stride = padded(int64_t{heads} * a.head_dim);
  const int64_t kv_stride = padded(attention.key_size());
  float* low_TQ = arena.make<float>(static_cast<size_t>(num_tokens * low_stride));
  float* q_THK = arena.make<float>(static_cast<size_t>(num_tokens * q_stride));
  float* kv_TR = arena.make<float>(static_cast<size_t>(num_tokens * kv_stride));

  linear(context, weights.q_a_QD, hidden_TD, hidden_stride, num_tokens, low_TQ, low_stride);
  linear(context, weights.kv_a_RD, hidden_TD, hidden_stride, num_tokens, kv_TR, kv_stride);
  const std::vector<float*> blocks = blocks_of_tokens(sequences, num_tokens);
  const auto rotate_if_any = [&](float* x, int t) {
    if (layer.rope != kNoRope)
      rotate(config.ropes.front().pairs, angles_of(tokens, config.ropes.front().dims, t), config.ropes.front().dims, x);
  };
  for_each_token(context, num_tokens, [&](int t) {
    float* low = low_TQ + t * low_stride;
    float* kv = kv_TR + t * kv_stride;
    context.kernels.f32_rms_norm(low, weights.q_a_norm_Q.data(), a.q_lora_rank, epsilon, low);
    context.kernels.f32_rms_norm(kv, weights.kv_a_norm_R.data(), a.kv_lora_rank, epsilon, kv);
    rotate_if_any(kv + a.kv_lora_rank, t);  // one rotary key for all heads, not normalised
    attention.store(blocks[static_cast<size_t>(t)], tokens.positions[t], kv);
  });
  linear(context, weights.q_b_HKxQ, low_TQ, low_stride, num_tokens, q_THK, q_stride);

  // Queries [nope | rotary] become [latent | rotary]; the product writes whole vectors, so the rotary part follows it.
  const int64_t key_size = attention.key_size();
  const int64_t latent_stride = padded(heads * key_size + kLanes);
  const int64_t attended_head = padded(a.kv_lora_rank);
  const int64_t attended_stride = heads * attended_head;
  const int64_t value_stride = padded(int64_t{heads} * a.v_head_dim + kLanes);
  float* latent_q = arena.make<float>(static_cast<size_t>(num_tokens * latent_stride));
  float* attended = arena.make<float>(static_cast<size_t>(num_tokens * attended_stride));
  float* value_THK = arena.make<float>(static_cast<size_t>(num_tokens * value_stride));
  const int64_t token_tasks = (num_tokens + kTokensPerTask - 1) / kTokensPerTask;
  context.pool.parallel_for(token_tasks, [&](int64_t task) {
    const int64_t first = task * kTokensPerTask;
    const int count = static_cast<int>(std::min<int64_t>(kTokensPerTask, num_tokens - first));
    for (int head = 0; head < heads; ++head) {
      const WeightMatrix& into = weights.query_into_latent_H[static_cast<size_t>(head)];
      const float* q = q_THK + first * q_stride + static_cast<int64_t>(head) * a.head_dim;
      float* target = latent_q + first * latent_stride + head * key_size;
      into.multiply_panels(context.kernels, q, q_stride, count, 0, into.num_panels(), target, latent_stride);
      for (int i = 0; i < count; ++i) {
        float* rotary = target + i * latent_stride + a.kv_lora_rank;
        std::memcpy(rotary, q + i * q_stride + a.qk_nope_head_dim,
                    sizeof(float) * static_cast<size_t>(a.qk_rope_head_dim));
        rotate_if_any(rotary, static_cast<int>(first) + i);
      }
    }
  });
  attention.attend(context, sequences, latent_q, latent_stride, attended, attended_stride);
  context.pool.parallel_for(token_tasks, [&](int64_t task) {
    const int64_t first = task * kTokensPerTask;
    const int count = static_cast<int>(std::min<int64_t>(kTokensPerTask, num_tokens - first));
    for (int head = 0; head < heads; ++head) {  // ascending: a product's surplus lanes are overwritten by the next head
      const WeightMatrix& from = weights.value_from_latent_H[static_cast<size_t>(head)];
      from.multiply_panels(context.kernels, attended + first * attended_stride + head * attended_head, attended_stride,
                           count, 0, from.num_panels(), value_THK + first * value_stride + int64_t{head} * a.v_head_dim,
                           value_stride);
    }
  });
  linear(context, weights.o_DxHK, value_THK, value_stride, num_tokens, out_TD, hidden_stride);
}

}  // namespace jangwon::runtime
