// The devices that compute a model, one after the other: each runs its layers over what it holds of
// the cache, and hands the residual stream on to the next. The stream is float32 on every device
// and goes over the host as it is, so the bits are those of one device.
//
//   pipeline.apply(commands);
//   pipeline.begin(sequences);
//   pipeline.run_layers(0, num_layers);
//   const StepOutput output = pipeline.finish();   // in the memory of last()
//
// A step is on one device at a time. Tests: tests/runtime/engine/placement_test.cc.

#pragma once

#include <memory>
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

  const Model& model_;
  std::vector<Stage> stages_;
  size_t current_ = 0;
  std::vector<SequenceStep> sequences_;
  std::vector<float> on_the_way_;  // a residual stream, from device to device
};

}  // namespace jangwon::runtime
