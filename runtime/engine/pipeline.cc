#include "runtime/engine/pipeline.h"

#include <algorithm>

#include "runtime/engine/placement.h"

namespace jangwon::runtime {

Pipeline::Pipeline(const Model& model, const MemoryPlan& plan, const std::vector<Ops>& ops)
    : model_(model) {
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const StagePlan& planned = plan.stages[i];
    Stage& stage = stages_.emplace_back();
    stage.ops = ops[i];
    stage.first_layer = planned.first_layer;
    stage.end_layer = planned.end_layer;
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
  const ConstRows sent_TD = from.decoder->hidden_TD();
  const Rows received_TD = to.decoder->receive(sequences_, *to.cache);
  size_t num_tokens = 0;
  for (const SequenceStep& sequence : sequences_)
    num_tokens += sequence.token_ids.size();
  on_the_way_.resize(num_tokens * static_cast<size_t>(sent_TD.stride));
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

StepOutput Pipeline::run(std::span<const SequenceStep> sequences) {
  begin(sequences);
  run_layers(0, model_.config.num_hidden_layers);
  return finish();
}

}  // namespace jangwon::runtime
