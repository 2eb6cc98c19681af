// Scoring layer by layer, for a model that does not fit into memory: the hidden states of all
// tokens stay, and the weights of each layer are read once, run over every token and dropped.
//
//   LayerMajorPass pass(runner, options);
//   pass.begin(waiting);
//   while (!pass.at_head()) pass.run_layer();
//   for each of pass.steps(): pass.finish(step);
//
// The steps are those of the scheduler, which knows no memory: they are recorded once, prefixes
// that are shared and states that are copied included, and repeated for each layer over a cache
// that has this layer alone. So every token meets the operators that it meets in memory, and by
// batch invariance their bits. Tests: tests/runtime/engine/layer_major_test.cc.

#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runtime/engine/model_runner.h"
#include "runtime/engine/sequence.h"

namespace jangwon::runtime {

class Scheduler;

class LayerMajorPass {
 public:
  // Both outlive the pass.
  LayerMajorPass(ModelRunner& runner, const EngineOptions& options);
  ~LayerMajorPass();

  // A sequence's part of a step.
  struct Tokens {
    size_t sequence = 0;  // its place among those given to begin()
    int first_position = 0;
    int count = 0;
    int first_wanted = 0;  // of the step's tokens, as in SequenceStep
    std::vector<std::vector<BlockId>> block_tables;
    StateSlot state = kNoSlot;
  };
  struct Step {
    std::vector<CacheCommand> commands;  // before it
    std::vector<Tokens> tokens;
    int64_t first_row = 0;  // among the hidden states of the pass
    int num_rows = 0;
    int num_wanted = 0;
  };

  // Of `waiting` the first ones, as many as the hidden states have room for, at least one.
  // They are copied.
  void begin(const std::vector<Sequence*>& waiting);
  int num_sequences() const { return static_cast<int>(sequences_.size()); }
  int num_cached_tokens(size_t sequence) const { return sequences_[sequence].num_cached_tokens; }

  bool at_head() const { return next_layer_ == runner_.config().num_hidden_layers; }
  void run_layer();  // REQUIRES: !at_head()

  // REQUIRES: at_head().
  const std::vector<Step>& steps() const { return steps_; }
  StepOutput finish(const Step& step);

 private:
  void record(Scheduler& scheduler);
  CacheLayout layout_of_layer(int layer) const;
  std::vector<SequenceStep> sequence_steps(const Step& step) const;
  Rows hidden_rows(const Step& step) const;

  ModelRunner& runner_;
  EngineOptions options_;
  std::deque<Sequence> sequences_;
  std::unordered_map<const Sequence*, size_t> place_of_;
  std::vector<int> num_left_;  // of each sequence, tokens that are not recorded
  int64_t num_pending_ = 0;    // all of them together
  std::vector<Step> steps_;
  int64_t num_rows_ = 0;
  DeviceBuffer hidden_;  // [num_rows, hidden_size], padded
  int next_layer_ = 0;
  std::optional<CacheMemory> no_layer_;  // for the head, which reads no cache
};

}  // namespace jangwon::runtime
