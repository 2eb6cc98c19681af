// The scheduler runs first and alone, over copies of the sequences, and what it decides is written
// down as steps; then each layer replays all steps. So there is one scheduler, and it need not know
// of layers. The batch is made so small that no sequence loses its place, because a token that is
// computed twice would need two rows of hidden states. While a layer is computed the disk reads the
// next one.

#include "runtime/engine/layer_major.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/engine/scheduler.h"

namespace jangwon::runtime {
namespace {

// As many sequences at a time as surely find room for all their tokens: nobody loses his place, and
// no token is computed twice.
int batch_of(const MemoryPlan& plan, const EngineOptions& options, int longest) {
  int64_t batch = options.max_batch_size;
  for (size_t i = 0; i < plan.cache_layout.groups.size(); ++i)
    batch = std::min<int64_t>(
        batch, plan.cache_capacity.blocks_of_group[i] /
                   max_blocks_of_sequence(plan.cache_layout.groups[i], longest, options));
  if (!plan.cache_layout.states.empty())
    batch = std::min<int64_t>(batch, plan.cache_capacity.num_state_slots - 1);
  return static_cast<int>(std::max<int64_t>(1, batch));
}

}  // namespace

LayerMajorPass::LayerMajorPass(ModelRunner& runner, const EngineOptions& options)
    : runner_(runner), options_(options) {}
LayerMajorPass::~LayerMajorPass() = default;

void LayerMajorPass::begin(const std::vector<Sequence*>& waiting) {
  const MemoryPlan& plan = runner_.plan();
  int longest = 1;
  for (const Sequence* sequence : waiting)
    longest = std::max(longest, sequence->num_tokens());
  Scheduler scheduler({.max_batch_size = batch_of(plan, options_, longest),
                       .max_step_tokens = options_.max_step_tokens,
                       .max_logit_rows = options_.max_logit_rows,
                       .prefix_cache = options_.prefix_cache},
                      plan.cache_layout, plan.cache_capacity);
  // A sequence that shares a prefix takes fewer rows than it has tokens, which shows when it is
  // admitted: there may be room for more then.
  size_t next = 0;
  while (true) {
    for (; next < waiting.size(); ++next) {
      const int count = waiting[next]->num_tokens();
      if (next > 0 && num_rows_ + num_pending_ + count > plan.max_pass_tokens) break;
      Sequence& copy = sequences_.emplace_back();
      copy.seq_id = waiting[next]->seq_id;
      copy.num_prompt_tokens = waiting[next]->num_prompt_tokens;
      copy.token_ids = waiting[next]->token_ids;
      copy.first_logit_position = waiting[next]->first_logit_position;
      place_of_[&copy] = next;
      num_left_.push_back(count);
      num_pending_ += count;
      scheduler.add(&copy);
    }
    if (!scheduler.has_work()) break;
    record(scheduler);
  }
  const int64_t row_bytes =
      padded(runner_.config().hidden_size) * static_cast<int64_t>(sizeof(float));
  hidden_ = DeviceBuffer(runner_.bound_ops(), static_cast<size_t>(num_rows_ * row_bytes));
}

void LayerMajorPass::record(Scheduler& scheduler) {
  const std::vector<ScheduledTokens> scheduled = scheduler.schedule();
  Step& step = steps_.emplace_back();
  step.commands = scheduler.take_commands();
  step.first_row = num_rows_;
  for (const ScheduledTokens& part : scheduled) {
    const Sequence& sequence = *part.sequence;
    Tokens& tokens = step.tokens.emplace_back();
    tokens.sequence = place_of_.at(&sequence);
    tokens.first_position = sequence.num_computed_tokens;
    tokens.count = part.num_tokens;
    tokens.first_wanted = std::clamp(sequence.first_logit_position - sequence.num_computed_tokens,
                                     0, part.num_tokens);
    tokens.block_tables = sequence.cache.block_tables;
    tokens.state = sequence.cache.state;
    step.num_rows += tokens.count;
    step.num_wanted += tokens.count - tokens.first_wanted;
  }
  num_rows_ += step.num_rows;
  scheduler.complete(scheduled);
  for (const ScheduledTokens& part : scheduled) {
    Sequence& sequence = *part.sequence;
    // What was wanted up to here is recorded and will not be wanted again.
    sequence.first_logit_position =
        std::max(sequence.first_logit_position, sequence.num_computed_tokens);
    if (sequence.num_uncomputed_tokens() == 0) scheduler.finish(&sequence);
  }
  for (const Tokens& tokens : step.tokens) {
    int& left = num_left_[tokens.sequence];
    const int now = sequences_[tokens.sequence].num_uncomputed_tokens();
    num_pending_ += now - left;
    left = now;
  }
}

// Groups keep their places, so that the tables of blocks fit.
CacheLayout LayerMajorPass::layout_of_layer(int layer) const {
  CacheLayout layout = runner_.plan().cache_layout;
  for (KvGroup& group : layout.groups)
    std::erase_if(group.layers, [&](int other) { return other != layer; });
  std::erase_if(layout.states, [&](const StateLayer& state) { return state.layer != layer; });
  return layout;
}

std::vector<SequenceStep> LayerMajorPass::sequence_steps(const Step& step) const {
  std::vector<SequenceStep> sequences;
  for (const Tokens& tokens : step.tokens) {
    const Sequence& sequence = sequences_[tokens.sequence];
    sequences.push_back({.token_ids = {sequence.token_ids.data() + tokens.first_position,
                                       static_cast<size_t>(tokens.count)},
                         .first_position = tokens.first_position,
                         .block_tables = tokens.block_tables,
                         .first_wanted = tokens.first_wanted,
                         .state = tokens.state,
                         .absorbed_from = absorbed_from(sequence.num_prompt_tokens)});
  }
  return sequences;
}

Rows LayerMajorPass::hidden_rows(const Step& step) const {
  const int64_t stride = padded(runner_.config().hidden_size);
  return {reinterpret_cast<float*>(hidden_.data()) + step.first_row * stride, stride};
}

void LayerMajorPass::run_layer() {
  JANGWON_CHECK(!at_head());
  const int layer = next_layer_++;
  const WeightPart part{WeightPart::Kind::kLayer, layer};
  WeightLoader& loader = runner_.loader();
  loader.load(part);
  // The disk works while the layer is computed.
  loader.prefetch(at_head() ? WeightPart{WeightPart::Kind::kHead}
                            : WeightPart{WeightPart::Kind::kLayer, next_layer_});
  {
    CacheMemory cache(runner_.bound_ops(), layout_of_layer(layer), runner_.plan().cache_capacity);
    Decoder& decoder = runner_.layer_decoder();
    for (const Step& step : steps_) {
      cache.apply(step.commands);
      const std::vector<SequenceStep> sequences = sequence_steps(step);
      if (layer == 0) {
        decoder.begin(sequences, cache, hidden_rows(step));
      } else {
        decoder.resume(sequences, cache, hidden_rows(step));
      }
      decoder.run_layers(layer, layer + 1);
    }
  }
  loader.drop(part);
  if (!at_head()) return;
  loader.load({WeightPart::Kind::kHead});
  no_layer_.emplace(runner_.bound_ops(), layout_of_layer(-1), runner_.plan().cache_capacity);
}

StepOutput LayerMajorPass::finish(const Step& step) {
  runner_.layer_decoder().resume(sequence_steps(step), *no_layer_, hidden_rows(step));
  return runner_.layer_decoder().finish();
}

}  // namespace jangwon::runtime
