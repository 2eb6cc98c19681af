// The forward pass of every architecture; what differs between them is fields of the config.
// Goldens of each: tests/runtime/model/golden_test.cc.

#include "runtime/model/decoder.h"

#include <algorithm>
#include <atomic>

#include "runtime/model/cache_layout.h"
#include "runtime/model/delta_block.h"
#include "runtime/model/feed_forward_blocks.h"
#include "runtime/ops/idle_ops.h"

namespace jangwon::runtime {

namespace {

int64_t next_serial() {
  static std::atomic<int64_t> serial = 0;
  return ++serial;
}

}  // namespace

Decoder::Decoder(const Model& model, Ops ops)
    : model_(model),
      ops_(ops),
      serial_(next_serial()),
      step_arena_(ops),
      layer_arena_(ops),
      draft_arena_(ops) {
  for (const RopeConfig& rope : model.config.ropes)
    rope_frequencies_.emplace_back(ops, rope.inverse_frequencies);
}

Rows Decoder::load(std::span<const SequenceStep> sequences, CacheMemory& cache,
                   const StepFill& fill) {
  cache_ = &cache;
  step_arena_.reset();
  upload_tokens(sequences, fill, step_arena_);
  order_by_form(step_arena_);
  upload_page_tables(sequences, cache.kv().num_groups(), fill, step_arena_);
  hidden_TD_ = step_arena_.make_rows(tokens_.num_tokens, model_.config.hidden_size);
  return hidden_TD_;
}

void Decoder::prepare(std::span<const SequenceStep> sequences, CacheMemory& cache) {
  cache_ = &cache;
  step_arena_.reset();
  upload_tokens(sequences, {}, step_arena_);
  order_by_form(step_arena_);
  upload_page_tables(sequences, cache.kv().num_groups(), {}, step_arena_);
  compute_angles(step_arena_);
}

void Decoder::begin(std::span<const SequenceStep> sequences, CacheMemory& cache) {
  load(sequences, cache, {});
  compute_angles(step_arena_);
  embed(model_.weights.token_embedding_VD, hidden_TD_);
}

void Decoder::begin(std::span<const SequenceStep> sequences, CacheMemory& cache, Rows hidden_TD) {
  prepare(sequences, cache);
  hidden_TD_ = hidden_TD;
  embed(model_.weights.token_embedding_VD, hidden_TD_);
}

void Decoder::resume(std::span<const SequenceStep> sequences, CacheMemory& cache, Rows hidden_TD) {
  prepare(sequences, cache);
  hidden_TD_ = hidden_TD;
}

Rows Decoder::receive(std::span<const SequenceStep> sequences, CacheMemory& cache) {
  const Rows hidden_TD = load(sequences, cache, {});
  compute_angles(step_arena_);
  return hidden_TD;
}

// All that the host says of the step's tokens. Rows of padding are token 0 at position 0 to
// whatever looks at one row alone.
void Decoder::upload_tokens(std::span<const SequenceStep> sequences, const StepFill& fill,
                            DeviceArena& arena) {
  tokens_ = {};
  std::vector<int32_t> ids;
  std::vector<int32_t> positions;
  std::vector<int32_t> wanted;
  for (const SequenceStep& sequence : sequences) {
    const int count = static_cast<int>(sequence.token_ids.size());
    tokens_.state_slots.push_back(sequence.state);
    tokens_.sequences.push_back({tokens_.num_tokens, count, sequence.first_position});
    const int num_expanded =
        expands_latents(model_.config)
            ? std::clamp(sequence.absorbed_from - sequence.first_position, 0, count)
            : 0;
    tokens_.num_expanded.push_back(num_expanded);
    tokens_.num_expanded_rows += num_expanded;
    for (int i = 0; i < count; ++i) {
      ids.push_back(sequence.token_ids[static_cast<size_t>(i)]);
      positions.push_back(sequence.first_position + i);
      if (i >= sequence.first_wanted) wanted.push_back(tokens_.num_tokens + i);
    }
    tokens_.num_tokens += count;
  }
  num_outputs_ = static_cast<int>(wanted.size());
  for (; tokens_.num_tokens < fill.num_rows; ++tokens_.num_tokens) {
    tokens_.state_slots.push_back(kNoSlot);
    tokens_.sequences.push_back({tokens_.num_tokens, 1, -1});
    tokens_.num_expanded.push_back(0);
    ids.push_back(0);
    positions.push_back(0);
    wanted.push_back(tokens_.num_tokens);
  }
  num_wanted_ = static_cast<int>(wanted.size());
  ids_T_ = arena.upload(ids);
  positions_T_ = arena.upload(positions);
  wanted_rows_ = arena.upload(wanted);
}

// Where the step has tokens of both forms: those that meet expanded keys before the others.
void Decoder::order_by_form(DeviceArena& arena) {
  const int num_absorbed = tokens_.num_tokens - tokens_.num_expanded_rows;
  if (tokens_.num_expanded_rows == 0 || num_absorbed == 0) return;
  std::vector<int32_t> row_at(static_cast<size_t>(tokens_.num_tokens));
  std::vector<int32_t> place_of(row_at.size());
  int32_t next_expanded = 0;
  int32_t next_absorbed = tokens_.num_expanded_rows;
  for (size_t s = 0; s < tokens_.sequences.size(); ++s) {
    const SequenceRows& sequence = tokens_.sequences[s];
    for (int i = 0; i < sequence.num_tokens; ++i) {
      const int32_t place = i < tokens_.num_expanded[s] ? next_expanded++ : next_absorbed++;
      row_at[static_cast<size_t>(place)] = sequence.first_row + i;
      place_of[static_cast<size_t>(sequence.first_row + i)] = place;
    }
  }
  tokens_.row_at_place = arena.upload(row_at);
  tokens_.place_of_row = arena.upload(place_of);
}

void Decoder::embed(const WeightMatrix& table_VD, Rows out_TD) {
  ops_->embed(*ops_.context, {.table_VD = table_VD.get(),
                              .ids_T = ids_T_,
                              .num_tokens = tokens_.num_tokens,
                              .multiplier = static_cast<float>(model_.config.embedding_multiplier),
                              .hidden_TD = out_TD});
}

void Decoder::upload_page_tables(std::span<const SequenceStep> sequences, int num_groups,
                                 const StepFill& fill, DeviceArena& arena) {
  page_tables_.clear();
  for (int group = 0; group < num_groups; ++group) {
    size_t stride = static_cast<size_t>(fill.num_blocks);
    for (const SequenceStep& sequence : sequences)
      stride = std::max(stride, sequence.block_tables[static_cast<size_t>(group)].size());
    std::vector<int32_t> ids(tokens_.sequences.size() * stride, kNoBlock);
    for (size_t s = 0; s < sequences.size(); ++s) {
      const std::vector<BlockId>& table = sequences[s].block_tables[static_cast<size_t>(group)];
      std::copy(table.begin(), table.end(), ids.begin() + static_cast<int64_t>(s * stride));
    }
    const int32_t* on_device = arena.upload(ids);
    page_tables_.push_back({on_device, static_cast<int64_t>(stride), std::move(ids), {}});
  }
}

void Decoder::compute_angles(DeviceArena& arena) {
  for (size_t i = 0; i < model_.config.ropes.size(); ++i) {
    const RopeConfig& rope = model_.config.ropes[i];
    const DeviceVector& frequencies = rope_frequencies_[i];
    float* cosines = arena.make<float>(tokens_.num_tokens * frequencies.size());
    float* sines = arena.make<float>(tokens_.num_tokens * frequencies.size());
    ops_->rotary_angles(*ops_.context, {.positions_T = positions_T_,
                                        .num_tokens = tokens_.num_tokens,
                                        .inverse_frequencies = frequencies.data(),
                                        .num_pairs = static_cast<int>(frequencies.size()),
                                        .magnitude = rope.magnitude,
                                        .cosines = cosines,
                                        .sines = sines});
    tokens_.ropes.push_back(
        {.pairs = rope.pairs, .dims = rope.dims, .cosines = cosines, .sines = sines});
  }
}

StepOutput Decoder::run_operators(const StepPart& part) {
  compute_angles(step_arena_);
  if (part.embeds) embed(model_.weights.token_embedding_VD, hidden_TD_);
  run_layers(part.first_layer, part.end_layer);
  return part.has_head ? finish() : StepOutput();
}

// The decoder's own code decides what its operators are told, from the model and from these.
std::vector<int64_t> Decoder::graph_key(const StepPart& part) const {
  const auto address = [](const void* memory) {
    return static_cast<int64_t>(reinterpret_cast<intptr_t>(memory));
  };
  std::vector<int64_t> key{serial_,
                           part.first_layer,
                           part.end_layer,
                           part.embeds,
                           part.has_head,
                           address(cache_),
                           tokens_.num_tokens,
                           static_cast<int64_t>(tokens_.sequences.size()),
                           num_wanted_,
                           address(ids_T_),
                           address(positions_T_),
                           address(wanted_rows_),
                           address(hidden_TD_.data)};
  for (const PageTable& pages : page_tables_) {
    key.push_back(address(pages.ids));
    key.push_back(pages.stride);
  }
  return key;
}

// Of a step that is replayed the code is gone through all the same, over operators that do nothing:
// where its results stand is said by nobody else.
StepOutput Decoder::compute(const StepPart& part, bool through_graph) {
  if (!through_graph || !ops_->begin_graph) return run_operators(part);
  const std::vector<int64_t> key = graph_key(part);
  const Ops real = ops_;
  const bool has_states = cache_->states().bytes_of_slot() > 0;
  const GraphRun run = real->begin_graph(
      *real.context, {.key = key.data(),
                      .key_size = static_cast<int>(key.size()),
                      .sequences = tokens_.sequences.data(),
                      .num_sequences = static_cast<int>(tokens_.sequences.size()),
                      .slot_of_sequence = has_states ? tokens_.state_slots.data() : nullptr});
  const OpTable idle = idle_ops(*real.table);
  if (run == GraphRun::kReplayed) ops_.table = &idle;
  const StepOutput output = run_operators(part);
  ops_ = real;
  real->end_graph(*real.context);
  return output;
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
  ops_->linear(context,
               {.x = normed_TD, .num_rows = num_rows, .products = {{gate.down_RD.get(), low_TR}}});
  ops_->gate(context,
             {.in = low_TR, .gate = low_TR, .num_rows = num_rows, .size = rank, .out = low_TR});
  ops_->linear(context,
               {.x = low_TR, .num_rows = num_rows, .products = {{gate.up_DR.get(), gate_TD}}});
  ops_->gate(
      context,
      {.in = normed_TD, .gate = gate_TD, .num_rows = num_rows, .size = hidden, .out = normed_TD});
}

// After the sub-layer's own norm where there is one.
void Decoder::add_residual(const DeviceVector& norm_D, Rows update_TD) {
  if (!norm_D.empty()) normalize(norm_D, update_TD, tokens_.num_tokens, update_TD);
  ops_->add_residual(*ops_.context,
                     {.update_TD = update_TD,
                      .num_rows = tokens_.num_tokens,
                      .size = model_.config.hidden_size,
                      .multiplier = static_cast<float>(model_.config.residual_multiplier),
                      .hidden_TD = hidden_TD_});
}

const ExpandedKeys* Decoder::expanded_keys_of(const LayerConfig& layer, PageTable& pages) {
  if (tokens_.num_expanded_rows == 0 || layer.attention != AttentionKind::kLatent) return nullptr;
  if (!pages.expanded) {
    AttentionShape head = expanded_shape_of(model_.config, layer);
    const int num_heads = head.num_heads;
    head.num_heads = head.num_kv_heads = 1;
    pages.expanded = make_expanded_keys({.sequences = tokens_.sequences,
                                         .num_expanded = tokens_.num_expanded,
                                         .page_table = pages.on_host,
                                         .page_stride = pages.stride,
                                         .window = layer.window,
                                         .num_heads = num_heads,
                                         .head_block_bytes = ops_->kv_block_bytes(head)},
                                        step_arena_);
  }
  return &*pages.expanded;
}

void Decoder::mix_tokens(int index, ConstRows normed_TD, Rows update_TD) {
  const ModelConfig& config = model_.config;
  const LayerConfig& layer = config.layer(index);
  const LayerWeights& weights = model_.weights.layers[static_cast<size_t>(index)];
  if (layer.mixer == Mixer::kDeltaRule) {
    const LayerSlots slots = cache_->states().slots(index);
    const DeltaStep delta{config,
                          weights.delta,
                          tokens_,
                          {.slots = slots.base,
                           .slot_bytes = slots.bytes_per_slot,
                           .slot_of_sequence = tokens_.state_slots.data()}};
    mix_by_delta_rule(ops_, delta, normed_TD, update_TD, layer_arena_);
    return;
  }
  const LayerBlocks blocks = cache_->kv().blocks(index);
  PageTable& pages = page_tables_[static_cast<size_t>(cache_->kv().group_of_layer(index))];
  const AttentionStep attention{config,
                                layer,
                                weights.attention,
                                tokens_,
                                {.blocks = blocks.base,
                                 .block_bytes = blocks.bytes_per_block,
                                 .page_table = pages.ids,
                                 .page_stride = pages.stride},
                                expanded_keys_of(layer, pages)};
  const auto attend = layer.attention == AttentionKind::kLatent ? attend_latent : attend_grouped;
  attend(ops_, attention, normed_TD, update_TD, layer_arena_);
}

void Decoder::run_layer(int index) {
  const ModelConfig& config = model_.config;
  const LayerConfig& layer = config.layer(index);
  const LayerWeights& weights = model_.weights.layers[static_cast<size_t>(index)];
  const int num_tokens = tokens_.num_tokens;
  layer_arena_.reset();
  const Rows normed_TD = layer_arena_.make_rows(num_tokens, config.hidden_size);
  const Rows update_TD = layer_arena_.make_rows(num_tokens, config.hidden_size);

  normalize(weights.attention_norm_D, hidden_TD_, num_tokens, normed_TD);
  gate_norm(weights.attention_norm_gate, normed_TD);
  mix_tokens(index, normed_TD, update_TD);
  add_residual(weights.post_attention_norm_D, update_TD);

  normalize(weights.feed_forward_norm_D, hidden_TD_, num_tokens, normed_TD);
  gate_norm(weights.feed_forward_norm_gate, normed_TD);
  if (layer.feed_forward == FeedForwardKind::kDense) {
    feed_forward_dense(ops_, layer, weights.dense, normed_TD, num_tokens, update_TD, layer_arena_);
  } else {
    feed_forward_experts(ops_, config, layer, weights, normed_TD, num_tokens, update_TD,
                         layer_arena_);
  }
  add_residual(weights.post_feed_forward_norm_D, update_TD);
}

void Decoder::run_layers(int first, int last) {
  for (int layer = first; layer < last; ++layer)
    run_layer(layer);
}

StepOutput Decoder::finish() {
  return read_head(model_.weights.final_norm_D, step_arena_);
}

// Only the rows whose logits are wanted go through the last norm and the head. The normed ones stay
// through the step, because the next draft may begin with them.
StepOutput Decoder::read_head(const DeviceVector& norm_D, DeviceArena& arena) {
  const ModelConfig& config = model_.config;
  const int num_rows = num_wanted_;
  const Rows hidden_TD = arena.make_rows(num_rows, config.hidden_size);
  const Rows normed_TD = step_arena_.make_rows(num_rows, config.hidden_size);
  const Rows logits_TV = arena.make_rows(num_rows, config.vocab_size);
  ops_->gather_rows(*ops_.context, {.in = hidden_TD_,
                                    .indices = wanted_rows_,
                                    .num_rows = num_rows,
                                    .size = config.hidden_size,
                                    .out = hidden_TD});
  normalize(norm_D, hidden_TD, num_rows, normed_TD);
  ops_->linear(*ops_.context, {.x = normed_TD,
                               .num_rows = num_rows,
                               .scale = static_cast<float>(config.logits_multiplier),
                               .products = {{model_.weights.lm_head_VD.get(), logits_TV}}});
  return {.num_rows = num_outputs_,
          .logits_TV = logits_TV,
          .hidden_TD = hidden_TD,
          .normed_TD = normed_TD};
}

StepOutput Decoder::run(std::span<const SequenceStep> sequences, CacheMemory& cache) {
  begin(sequences, cache);
  run_layers(0, num_layers());
  return finish();
}

ConstRows Decoder::normed_hidden_TD() {
  const Rows normed_TD = step_arena_.make_rows(tokens_.num_tokens, model_.config.hidden_size);
  normalize(model_.weights.final_norm_D, hidden_TD_, tokens_.num_tokens, normed_TD);
  return normed_TD;
}

// --- drafts ---

float* Decoder::hidden_place(const KeptHidden& kept) const {
  const int layer = hidden_state_layer(model_.config);
  const size_t group = static_cast<size_t>(cache_->kv().group_of_layer(layer));
  const BlockId block = kept.block_tables[group][static_cast<size_t>(kept.position / kBlockTokens)];
  return reinterpret_cast<float*>(cache_->kv().blocks(layer).at(block));
}

void Decoder::keep_hidden(std::span<const KeptHidden> kept, ConstRows hidden_TD,
                          CacheMemory& cache) {
  cache_ = &cache;
  const size_t bytes = static_cast<size_t>(model_.config.hidden_size) * sizeof(float);
  for (const KeptHidden& one : kept)
    ops_->copy(*ops_.context, hidden_place(one), hidden_TD.row(one.row), bytes);
}

Rows Decoder::gather_draft_hidden(std::span<const DraftStep> sequences, ConstRows hidden_TD) {
  const int size = model_.config.hidden_size;
  std::vector<int32_t> rows;
  for (const DraftStep& sequence : sequences)
    for (int i = 0; i < static_cast<int>(sequence.tokens.token_ids.size()); ++i)
      rows.push_back(std::max(0, sequence.first_hidden + i));
  const Rows out_TD = draft_arena_.make_rows(tokens_.num_tokens, size);
  ops_->gather_rows(*ops_.context, {.in = hidden_TD,
                                    .indices = draft_arena_.upload(rows),
                                    .num_rows = tokens_.num_tokens,
                                    .size = size,
                                    .out = out_TD});
  for (size_t s = 0; s < sequences.size(); ++s) {
    if (sequences[s].where == FirstHidden::kInRows || sequences[s].tokens.token_ids.empty())
      continue;
    const KeptHidden before{.row = 0,
                            .position = sequences[s].tokens.first_position - 1,
                            .block_tables = sequences[s].tokens.block_tables};
    ops_->copy(*ops_.context, out_TD.row(tokens_.sequences[s].first_row), hidden_place(before),
               static_cast<size_t>(size) * sizeof(float));
  }
  return out_TD;
}

StepOutput Decoder::draft(std::span<const DraftStep> sequences, ConstRows hidden_TD,
                          CacheMemory& cache) {
  const DraftWeights& draft = model_.weights.draft;
  const int size = model_.config.hidden_size;
  cache_ = &cache;
  draft_arena_.reset();
  std::vector<SequenceStep> steps;
  for (const DraftStep& sequence : sequences) {
    steps.push_back(sequence.tokens);
    steps.back().absorbed_from = 0;  // proposals are no results
  }
  upload_tokens(steps, {}, draft_arena_);
  upload_page_tables(steps, cache.kv().num_groups(), {}, draft_arena_);
  compute_angles(draft_arena_);

  hidden_TD_ = draft_arena_.make_rows(tokens_.num_tokens, size);
  const Rows joined_Tx2D = draft_arena_.make_rows(tokens_.num_tokens, 2 * size);
  embed(draft.token_embedding_VD ? draft.token_embedding_VD : model_.weights.token_embedding_VD,
        hidden_TD_);
  normalize(draft.token_norm_D, hidden_TD_, tokens_.num_tokens, joined_Tx2D);
  normalize(draft.hidden_norm_D, gather_draft_hidden(sequences, hidden_TD), tokens_.num_tokens,
            {joined_Tx2D.data + size, joined_Tx2D.stride});
  ops_->linear(*ops_.context, {.x = joined_Tx2D,
                               .num_rows = tokens_.num_tokens,
                               .products = {{draft.join_Dx2D.get(), hidden_TD_}}});
  run_layer(num_layers());
  return read_head(draft.final_norm_D, draft_arena_);
}

// --- memory ---

void Decoder::reserve(const Workspace& workspace) {
  step_arena_.reserve(static_cast<size_t>(workspace.step_bytes));
  layer_arena_.reserve(static_cast<size_t>(workspace.layer_bytes));
  draft_arena_.reserve(static_cast<size_t>(workspace.draft_bytes));
}

Workspace Decoder::largest_workspace() const {
  return {.step_bytes = static_cast<int64_t>(step_arena_.peak_bytes()),
          .layer_bytes = static_cast<int64_t>(layer_arena_.peak_bytes()),
          .draft_bytes = static_cast<int64_t>(draft_arena_.peak_bytes())};
}

int64_t Decoder::workspace_bytes() const {
  return static_cast<int64_t>(step_arena_.size_bytes() + layer_arena_.size_bytes() +
                              draft_arena_.size_bytes());
}

}  // namespace jangwon::runtime
