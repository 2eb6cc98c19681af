// The forward pass of every architecture; what differs between them is fields of the config. Goldens of each:
// tests/runtime/model/golden_test.cc.

#include "runtime/model/decoder.h"

#include <algorithm>

#include "runtime/model/feed_forward_blocks.h"

namespace jangwon::runtime {

Decoder::Decoder(const Model& model, Ops ops) : model_(model), ops_(ops), step_arena_(ops), layer_arena_(ops) {}

void Decoder::begin(std::span<const SequenceStep> sequences, const KvStore& cache) {
  const ModelConfig& config = model_.config;
  cache_ = &cache;
  step_arena_.reset();
  tokens_ = {};
  wanted_rows_.clear();
  std::vector<int32_t> ids;
  std::vector<int32_t> positions;
  for (const SequenceStep& sequence : sequences) {
    const int count = static_cast<int>(sequence.token_ids.size());
    tokens_.sequences.push_back({tokens_.num_tokens, count, sequence.first_position});
    for (int i = 0; i < count; ++i) {
      ids.push_back(sequence.token_ids[static_cast<size_t>(i)]);
      positions.push_back(sequence.first_position + i);
      if (i >= sequence.first_wanted) wanted_rows_.push_back(tokens_.num_tokens + i);
    }
    tokens_.num_tokens += count;
  }
  upload_page_tables(sequences, cache.num_groups());
  compute_angles(positions);
  hidden_TD_ = step_arena_.make_rows(tokens_.num_tokens, config.hidden_size);
  ops_->embed(*ops_.context, {.table_VD = model_.weights.token_embedding_VD.get(),
                              .ids_T = step_arena_.upload(ids),
                              .num_tokens = tokens_.num_tokens,
                              .multiplier = static_cast<float>(config.embedding_multiplier),
                              .hidden_TD = hidden_TD_});
}

void Decoder::upload_page_tables(std::span<const SequenceStep> sequences, int num_groups) {
  page_tables_.clear();
  for (int group = 0; group < num_groups; ++group) {
    size_t stride = 0;
    for (const SequenceStep& sequence : sequences)
      stride = std::max(stride, sequence.block_tables[static_cast<size_t>(group)].size());
    std::vector<int32_t> ids(sequences.size() * stride, kNoBlock);
    for (size_t s = 0; s < sequences.size(); ++s) {
      const std::vector<BlockId>& table = sequences[s].block_tables[static_cast<size_t>(group)];
      std::copy(table.begin(), table.end(), ids.begin() + static_cast<int64_t>(s * stride));
    }
    page_tables_.push_back({step_arena_.upload(ids), static_cast<int64_t>(stride)});
  }
}

void Decoder::compute_angles(const std::vector<int32_t>& positions) {
  const int32_t* positions_T = step_arena_.upload(positions);
  for (size_t i = 0; i < model_.config.ropes.size(); ++i) {
    const RopeConfig& rope = model_.config.ropes[i];
    const DeviceVector& frequencies = model_.weights.rope_frequencies[i];
    float* cosines = step_arena_.make<float>(tokens_.num_tokens * frequencies.size());
    float* sines = step_arena_.make<float>(tokens_.num_tokens * frequencies.size());
    ops_->rotary_angles(*ops_.context, {.positions_T = positions_T,
                                        .num_tokens = tokens_.num_tokens,
                                        .inverse_frequencies = frequencies.data(),
                                        .num_pairs = static_cast<int>(frequencies.size()),
                                        .magnitude = rope.magnitude,
                                        .cosines = cosines,
                                        .sines = sines});
    tokens_.ropes.push_back({.pairs = rope.pairs, .dims = rope.dims, .cosines = cosines, .sines = sines});
  }
}

void Decoder::normalize(const DeviceVector& norm_D, ConstRows in_TD, int num_rows, Rows out_TD) {
  ops_->rms_norm(*ops_.context, {.in = in_TD,
                                 .weight = norm_D.data(),
                                 .num_rows = num_rows,
                                 .size = model_.config.hidden_size,
                                 .epsilon = static_cast<float>(model_.config.rms_norm_eps),
                                 .out = out_TD});
}

// In place, after the norm.
void Decoder::gate_norm(const NormGateWeights& gate, Rows normed_TD) {
  if (!gate.down_RD) return;
  OpContext& context = *ops_.context;
  const int rank = static_cast<int>(gate.down_RD->rows());
  const int hidden = model_.config.hidden_size;
  const Rows low_TR = layer_arena_.make_rows(tokens_.num_tokens, rank);
  const Rows gate_TD = layer_arena_.make_rows(tokens_.num_tokens, hidden);
  const int num_rows = tokens_.num_tokens;
  ops_->linear(context, {.x = normed_TD, .num_rows = num_rows, .weight = gate.down_RD.get(), .y = low_TR});
  ops_->gate(context, {.in = low_TR, .gate = low_TR, .num_rows = num_rows, .size = rank, .out = low_TR});
  ops_->linear(context, {.x = low_TR, .num_rows = num_rows, .weight = gate.up_DR.get(), .y = gate_TD});
  ops_->gate(context, {.in = normed_TD, .gate = gate_TD, .num_rows = num_rows, .size = hidden, .out = normed_TD});
}

// After the sub-layer's own norm where there is one.
void Decoder::add_residual(const DeviceVector& norm_D, Rows update_TD) {
  if (!norm_D.empty()) normalize(norm_D, update_TD, tokens_.num_tokens, update_TD);
  ops_->add_residual(*ops_.context, {.update_TD = update_TD,
                                     .num_rows = tokens_.num_tokens,
                                     .size = model_.config.hidden_size,
                                     .multiplier = static_cast<float>(model_.config.residual_multiplier),
                                     .hidden_TD = hidden_TD_});
}

void Decoder::run_layer(int index) {
  const ModelConfig& config = model_.config;
  const LayerConfig& layer = config.layers[static_cast<size_t>(index)];
  const LayerWeights& weights = model_.weights.layers[static_cast<size_t>(index)];
  const int num_tokens = tokens_.num_tokens;
  layer_arena_.reset();
  const Rows normed_TD = layer_arena_.make_rows(num_tokens, config.hidden_size);
  const Rows update_TD = layer_arena_.make_rows(num_tokens, config.hidden_size);

  const LayerBlocks blocks = cache_->blocks(index);
  const PageTable& pages = page_tables_[static_cast<size_t>(cache_->group_of_layer(index))];
  const AttentionStep attention{config,
                                layer,
                                weights.attention,
                                tokens_,
                                {.blocks = blocks.base,
                                 .block_bytes = blocks.bytes_per_block,
                                 .page_table = pages.ids,
                                 .page_stride = pages.stride}};
  normalize(weights.attention_norm_D, hidden_TD_, num_tokens, normed_TD);
  gate_norm(weights.attention_norm_gate, normed_TD);
  const auto attend = layer.attention == AttentionKind::kLatent ? attend_latent : attend_grouped;
  attend(ops_, attention, normed_TD, update_TD, layer_arena_);
  add_residual(weights.post_attention_norm_D, update_TD);

  normalize(weights.feed_forward_norm_D, hidden_TD_, num_tokens, normed_TD);
  gate_norm(weights.feed_forward_norm_gate, normed_TD);
  if (layer.feed_forward == FeedForwardKind::kDense) {
    feed_forward_dense(ops_, layer, weights.dense, normed_TD, num_tokens, update_TD, layer_arena_);
  } else {
    feed_forward_experts(ops_, config, layer, weights, normed_TD, num_tokens, update_TD, layer_arena_);
  }
  add_residual(weights.post_feed_forward_norm_D, update_TD);
}

void Decoder::run_layers(int first, int last) {
  for (int layer = first; layer < last; ++layer)
    run_layer(layer);
}

// Only the rows whose logits are wanted go through the final norm and the head.
StepOutput Decoder::finish() {
  const ModelConfig& config = model_.config;
  const int num_rows = static_cast<int>(wanted_rows_.size());
  const Rows hidden_TD = step_arena_.make_rows(num_rows, config.hidden_size);
  const Rows normed_TD = step_arena_.make_rows(num_rows, config.hidden_size);
  const Rows logits_TV = step_arena_.make_rows(num_rows, config.vocab_size);
  ops_->gather_rows(*ops_.context, {.in = hidden_TD_,
                                    .indices = step_arena_.upload(wanted_rows_),
                                    .num_rows = num_rows,
                                    .size = config.hidden_size,
                                    .out = hidden_TD});
  normalize(model_.weights.final_norm_D, hidden_TD, num_rows, normed_TD);
  ops_->linear(*ops_.context, {.x = normed_TD,
                               .num_rows = num_rows,
                               .weight = model_.weights.lm_head_VD.get(),
                               .scale = static_cast<float>(config.logits_multiplier),
                               .y = logits_TV});
  return {.num_rows = num_rows, .logits_TV = logits_TV, .hidden_TD = hidden_TD, .normed_TD = normed_TD};
}

StepOutput Decoder::run(std::span<const SequenceStep> sequences, const KvStore& cache) {
  begin(sequences, cache);
  run_layers(0, num_layers());
  return finish();
}

ConstRows Decoder::normed_hidden_TD() {
  const Rows normed_TD = step_arena_.make_rows(tokens_.num_tokens, model_.config.hidden_size);
  normalize(model_.weights.final_norm_D, hidden_TD_, tokens_.num_tokens, normed_TD);
  return normed_TD;
}

void Decoder::reserve(const Workspace& workspace) {
  step_arena_.reserve(static_cast<size_t>(workspace.step_bytes));
  layer_arena_.reserve(static_cast<size_t>(workspace.layer_bytes));
}

Workspace Decoder::largest_workspace() const {
  return {.step_bytes = static_cast<int64_t>(step_arena_.peak_bytes()),
          .layer_bytes = static_cast<int64_t>(layer_arena_.peak_bytes())};
}

int64_t Decoder::workspace_bytes() const {
  return static_cast<int64_t>(step_arena_.size_bytes() + layer_arena_.size_bytes());
}

}  // namespace jangwon::runtime
