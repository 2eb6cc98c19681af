// The devices that compute a model, one after the other: each runs its layers over what it holds of
// the cache, and hands the residual stream on to the next. The stream is float32 on every device
// and goes from one to the next as it is, so the bits are those of one device. Between GPUs the
// host does not wait for it; from or to a CPU it goes over the host.
//
//   pipeline.apply(commands);
//   pipeline.begin(sequences);
//   pipeline.run_layers(0, num_layers);
//   const StepOutput output = pipeline.finish();   // in the memory of last()
//
// A step is on one device at a time. Cut into parts that follow one another through the stages it
// would keep several at work, but each part would read the weights of all experts that it chose: on
// paper that gains only where a part has some 5,000 tokens (128 experts, 8 a token, an H100), or
// reads more of the cache than of weights.
//
// Steps of decoding are graphs where a device has them, filled up to one of a few sizes; nothing of
// it shows in a result. Tests: tests/runtime/engine, placement_test.cc and step_graphs_test.cc.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/cache/cache_memory.h"
#include "runtime/engine/memory_plan.h"
#include "runtime/model/decoder.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {

struct Stage {
  Ops ops;
  int first_layer = 0;
  int end_layer = 0;
  bool has_graphs = false;  // of steps that come again
  std::unique_ptr<CacheMemory> cache;
  std::unique_ptr<Decoder> decoder;
};

class Pipeline {
 public:
  // With the caches of the plan, whose stages are as many as `ops`. The model and the operators
  // outlive the pipeline.
  Pipeline(const Model& model, const MemoryPlan& plan, const std::vector<Ops>& ops);

  void apply(const std::vector<CacheCommand>& commands);

  // As Decoder's. What `sequences` points to must stay until finish().
  void begin(std::span<const SequenceStep> sequences);
  void run_layers(int first, int last);
  StepOutput finish();
  StepOutput run(std::span<const SequenceStep> sequences);

  // Of the step that began: the stage whose memory holds its residual stream.
  Stage& current() { return stages_[current_]; }
  // The one with the head, and with the draft module where there is one.
  Stage& last() { return stages_.back(); }
  std::vector<Stage>& stages() { return stages_; }

 private:
  void hand_on();
  void hand_over(const Stage& from, const Stage& to, Rows received_TD);
  std::optional<StepFill> graph_fill(std::span<const SequenceStep> sequences) const;

  const Model& model_;
  bool any_graphs_ = false;
  bool pads_ = true;  // every device knows what padding is
  const int max_padded_rows_;
  const int max_blocks_;  // of a sequence
  std::vector<Stage> stages_;
  size_t current_ = 0;
  std::vector<SequenceStep> sequences_;
  std::vector<float> on_the_way_;  // a residual stream, from device to device
};

}  // namespace jangwon::runtime
