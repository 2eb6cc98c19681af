// The forward pass of every architecture; what differs between them is fields of the config. Goldens of each:
// tests/runtime/model/golden_test.cc.

#include "runtime/model/decoder.h"

#include <algorithm>

#include "runtime/model/feed_forward_blocks.h"

namespace jangwon::runtime {
namespace {

void embed(const ModelConfig& config, const TensorView& table_VD, std::span<const SequenceStep> sequences,
           float* hidden_TD) {
  const int64_t stride = padded(config.hidden_size);
  const float multiplier = static_cast<float>(config.embedding_multiplier);
  for (const SequenceStep& sequence : sequences) {
    for (const int32_t id : sequence.token_ids) {
      copy_as_float(table_VD, int64_t{id} * config.hidden_size, config.hidden_size, hidden_TD);
      for (int i = 0; multiplier != 1.0f && i < config.hidden_size; ++i)
        hidden_TD[i] *= multiplier;
      hidden_TD += stride;
    }
  }
}

}  // namespace

void Decoder::normalize(const std::vector<float>& norm_D, const float* in_TD, int num_tokens, float* out_TD) {
  const ModelConfig& config = model_.config;
  const int64_t stride = padded(config.hidden_size);
  constexpr int kTokensPerTask = 32;
  context_.pool.parallel_for((num_tokens + kTokensPerTask - 1) / kTokensPerTask, [&](int64_t task) {
    const int end = std::min<int>(num_tokens, static_cast<int>(task + 1) * kTokensPerTask);
    for (int t = static_cast<int>(task) * kTokensPerTask; t < end; ++t)
      context_.kernels.f32_rms_norm(in_TD + t * stride, norm_D.data(), config.hidden_size,
                                    static_cast<float>(config.rms_norm_eps), out_TD + t * stride);
  });
}

// hidden += multiplier · update, after the sub-layer's own norm where there is one.
void Decoder::add_residual(const std::vector<float>& norm_D, float* update_TD, int num_tokens, float* hidden_TD) {
  const ModelConfig& config = model_.config;
  if (!norm_D.empty()) normalize(norm_D, update_TD, num_tokens, update_TD);
  const float multiplier = static_cast<float>(config.residual_multiplier);
  const int64_t stride = padded(config.hidden_size);
  for (int t = 0; t < num_tokens; ++t)
    for (int64_t i = t * stride; i < t * stride + config.hidden_size; ++i)
      hidden_TD[i] += multiplier == 1.0f ? update_TD[i] : update_TD[i] * multiplier;
}

void Decoder::run_layer(int index, const StepTokens& tokens, std::span<const AttentionSequence> sequences,
                        float* hidden_TD) {
  const ModelConfig& config = model_.config;
  const LayerConfig& layer = config.layers[static_cast<size_t>(index)];
  const LayerWeights& weights = model_.weights.layers[static_cast<size_t>(index)];
  const int num_tokens = tokens.num_tokens;
  const size_t floats = static_cast<size_t>(num_tokens * padded(config.hidden_size));
  layer_arena_.reset();
  float* normed_TD = layer_arena_.make<float>(floats);
  float* update_TD = layer_arena_.make<float>(floats);

  normalize(weights.attention_norm_D, hidden_TD, num_tokens, normed_TD);
  const auto attend = layer.attention == AttentionKind::kLatent ? attend_latent : attend_grouped;
  attend(context_, config, layer, weights.attention, tokens, sequences, normed_TD, update_TD, layer_arena_);
  add_residual(weights.post_attention_norm_D, update_TD, num_tokens, hidden_TD);

  normalize(weights.feed_forward_norm_D, hidden_TD, num_tokens, normed_TD);
  if (layer.feed_forward == FeedForwardKind::kDense) {
    feed_forward_dense(context_, config, weights.dense, normed_TD, num_tokens, update_TD, layer_arena_);
  } else {
    feed_forward_experts(context_, config, weights, normed_TD, num_tokens, update_TD, layer_arena_);
  }
  add_residual(weights.post_feed_forward_norm_D, update_TD, num_tokens, hidden_TD);
}

const float* Decoder::forward(std::span<const SequenceStep> sequences, KvStore& cache, const HiddenObserver& observer) {
  const ModelConfig& config = model_.config;
  const int64_t stride = padded(config.hidden_size);
  std::vector<int32_t> positions;
  std::vector<int> logit_rows;
  for (const SequenceStep& sequence : sequences) {
    for (int i = 0; i < static_cast<int>(sequence.token_ids.size()); ++i) {
      if (i >= sequence.first_logit) logit_rows.push_back(static_cast<int>(positions.size()));
      positions.push_back(sequence.first_position + i);
    }
  }
  const int num_tokens = static_cast<int>(positions.size());
  step_arena_.reset();
  const size_t angles = static_cast<size_t>(num_tokens) * config.ropes.front().inverse_frequencies.size();
  float* cosines = step_arena_.make<float>(angles);
  float* sines = step_arena_.make<float>(angles);
  compute_rotary_angles(config.ropes.front().inverse_frequencies, config.ropes.front().magnitude, positions.data(),
                        num_tokens, cosines, sines);
  const StepTokens tokens{num_tokens, positions.data(), cosines, sines};

  float* hidden_TD = step_arena_.make<float>(static_cast<size_t>(num_tokens * stride));
  embed(config, model_.weights.token_embedding_VD, sequences, hidden_TD);
  if (observer) observer(0, hidden_TD, stride, num_tokens);

  std::vector<std::vector<float*>> blocks(sequences.size());
  std::vector<AttentionSequence> attention(sequences.size());
  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    const size_t group = static_cast<size_t>(cache.group_of_layer(layer));
    const LayerBlocks memory = cache.blocks(layer);
    int row = 0;
    for (size_t s = 0; s < sequences.size(); ++s) {
      blocks[s].clear();
      for (const BlockId id : sequences[s].block_tables[group])
        blocks[s].push_back(id == kNoBlock ? nullptr : reinterpret_cast<float*>(memory.at(id)));
      const int count = static_cast<int>(sequences[s].token_ids.size());
      attention[s] = {row, count, sequences[s].first_position, blocks[s]};
      row += count;
    }
    run_layer(layer, tokens, attention, hidden_TD);
    if (observer && layer + 1 < config.num_hidden_layers) observer(layer + 1, hidden_TD, stride, num_tokens);
  }

  // Only the rows whose logits are wanted go through the final norm and the head; all do for an observer.
  if (observer) {
    float* normed_TD = step_arena_.make<float>(static_cast<size_t>(num_tokens * stride));
    normalize(model_.weights.final_norm_D, hidden_TD, num_tokens, normed_TD);
    observer(config.num_hidden_layers, normed_TD, stride, num_tokens);
  }
  const int num_rows = static_cast<int>(logit_rows.size());
  float* rows_TD = step_arena_.make<float>(static_cast<size_t>(num_rows * stride));
  for (int i = 0; i < num_rows; ++i)
    std::copy_n(hidden_TD + logit_rows[static_cast<size_t>(i)] * stride, config.hidden_size, rows_TD + i * stride);
  normalize(model_.weights.final_norm_D, rows_TD, num_rows, rows_TD);
  float* logits_TV = step_arena_.make<float>(static_cast<size_t>(num_rows * logits_stride()));
  linear(context_, model_.weights.lm_head_VD, rows_TD, stride, num_rows, logits_TV, logits_stride());
  const float multiplier = static_cast<float>(config.logits_multiplier);
  for (int64_t i = 0; multiplier != 1.0f && i < num_rows * logits_stride(); ++i)
    logits_TV[i] *= multiplier;
  return logits_TV;
}

}  // namespace jangwon::runtime
