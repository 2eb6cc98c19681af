// A step goes through the stages in turn. On GPUs two things keep the host out of its way: a step
// of decoding is filled up to one of a few sizes, so that a graph which was captured once serves
// many of them, and what a stage hands on is copied behind its own work. Steps with rows that
// nobody wants, long ones and those that expand latents are computed operator by operator; what all
// of them say is the same. Tests: tests/runtime/engine, placement_test.cc and step_graphs_test.cc.

#include "runtime/engine/pipeline.h"

#include <algorithm>
#include <bit>

#include "runtime/engine/placement.h"

namespace jangwon::runtime {
namespace {

// Steps of more rows keep a GPU busy for longer than the host takes to launch them.
constexpr int kMaxGraphRows = 128;
// Graphs of a few sizes serve all: one is found again the sooner the fewer there are, and costs the
// rows and the splits of attention that it is too large.
constexpr int kRowsOfSize = 8;
constexpr int kFewestBlocks = 16;

int graph_rows(int num_tokens) {
  if (num_tokens >= kRowsOfSize) return (num_tokens + kRowsOfSize - 1) / kRowsOfSize * kRowsOfSize;
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>(num_tokens)));
}

}  // namespace

Pipeline::Pipeline(const Model& model, const MemoryPlan& plan, const std::vector<Ops>& ops)
    : model_(model),
      max_padded_rows_(plan.max_batch_size),
      max_blocks_(static_cast<int>(blocks_for(plan.max_context_tokens))) {
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const StagePlan& planned = plan.stages[i];
    Stage& stage = stages_.emplace_back();
    stage.ops = ops[i];
    stage.first_layer = planned.first_layer;
    stage.end_layer = planned.end_layer;
    const bool knows_graphs = ops[i]->begin_graph != nullptr;
    pads_ = pads_ && knows_graphs;
    stage.has_graphs = knows_graphs && planned.first_streamed_layer >= planned.end_layer;
    any_graphs_ = any_graphs_ || stage.has_graphs;
    stage.cache = std::make_unique<CacheMemory>(
        ops[i], layout_of_stage(plan.cache_layout, planned, model.config.num_hidden_layers),
        plan.cache_capacity);
    stage.decoder = std::make_unique<Decoder>(model, ops[i]);
    stage.decoder->reserve(planned.workspace);
  }
}

void Pipeline::apply(const std::vector<CacheCommand>& commands) {
  for (Stage& stage : stages_)
    stage.cache->apply(commands);
}

void Pipeline::begin(std::span<const SequenceStep> sequences) {
  sequences_.assign(sequences.begin(), sequences.end());
  current_ = 0;
  stages_.front().decoder->begin(sequences, *stages_.front().cache);
}

void Pipeline::hand_on() {
  const Stage& from = stages_[current_];
  const Stage& to = stages_[++current_];
  hand_over(from, to, to.decoder->receive(sequences_, *to.cache));
}

void Pipeline::hand_over(const Stage& from, const Stage& to, Rows received_TD) {
  const ConstRows sent_TD = from.decoder->hidden_TD();
  if (from.ops.table == to.ops.table && from.ops->send) {
    from.ops->send(*from.ops.context, *to.ops.context, received_TD.data, sent_TD.data,
                   static_cast<size_t>(from.decoder->num_rows() * sent_TD.stride) * sizeof(float));
    return;
  }
  on_the_way_.resize(static_cast<size_t>(from.decoder->num_rows() * sent_TD.stride));
  const size_t bytes = on_the_way_.size() * sizeof(float);
  from.ops->download(*from.ops.context, on_the_way_.data(), sent_TD.data, bytes);
  to.ops->upload(*to.ops.context, received_TD.data, on_the_way_.data(), bytes);
}

void Pipeline::run_layers(int first, int last) {
  while (first < last) {
    while (first >= current().end_layer)
      hand_on();
    const int end = std::min(last, current().end_layer);
    current().decoder->run_layers(first, end);
    first = end;
  }
}

StepOutput Pipeline::finish() {
  while (current_ + 1 < stages_.size())
    hand_on();
  return current().decoder->finish();
}

// Decoding, a token and perhaps drafts a sequence, comes again and again in the same sizes, and
// what the host takes to launch it shows. A prompt's chunk is of a size of its own and long in
// computing. A stage whose experts are streamed waits for the routing in every layer, and what
// waits cannot be captured; nor can drafting, which waits for every proposal, and the drawing of
// tokens.
std::optional<StepFill> Pipeline::graph_fill(std::span<const SequenceStep> sequences) const {
  if (!any_graphs_) return std::nullopt;
  int num_tokens = 0;
  int num_blocks = kFewestBlocks;
  for (const SequenceStep& sequence : sequences) {
    if (sequence.first_wanted > 0) return std::nullopt;
    // Which latents are expanded is another matter in every step.
    if (expands_latents(model_.config) && sequence.absorbed_from > sequence.first_position)
      return std::nullopt;
    num_tokens += static_cast<int>(sequence.token_ids.size());
    for (const std::vector<BlockId>& table : sequence.block_tables)
      num_blocks = std::max(num_blocks, static_cast<int>(table.size()));
  }
  if (num_tokens == 0 || num_tokens > kMaxGraphRows) return std::nullopt;
  // Never beyond the memory that was planned.
  return StepFill{
      .num_rows = pads_ ? std::min(graph_rows(num_tokens), max_padded_rows_) : 0,
      .num_blocks = std::min(static_cast<int>(std::bit_ceil(static_cast<unsigned>(num_blocks))),
                             max_blocks_)};
}

StepOutput Pipeline::run(std::span<const SequenceStep> sequences) {
  const std::optional<StepFill> fill = graph_fill(sequences);
  StepOutput output;
  for (current_ = 0; current_ < stages_.size(); ++current_) {
    Stage& stage = current();
    const bool is_last = current_ + 1 == stages_.size();
    const Rows hidden_TD = stage.decoder->load(sequences, *stage.cache, fill.value_or(StepFill()));
    if (current_ > 0) hand_over(stages_[current_ - 1], stage, hidden_TD);
    output = stage.decoder->compute({.first_layer = stage.first_layer,
                                     .end_layer = stage.end_layer,
                                     .embeds = current_ == 0,
                                     .has_head = is_last},
                                    stage.has_graphs && fill.has_value());
  }
  current_ = stages_.size() - 1;
  return output;
}

}  // namespace jangwon::runtime
