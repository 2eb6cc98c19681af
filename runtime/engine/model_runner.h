// A model ready to run: weights, and what its devices compute it with, sized by one plan.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/engine/compute_devices.h"
#include "runtime/engine/engine_options.h"
#include "runtime/engine/memory_plan.h"
#include "runtime/engine/pipeline.h"
#include "runtime/model/model.h"
#include "runtime/model/model_loader.h"

namespace jangwon::runtime {

class ModelRunner {
 public:
  static Result<std::unique_ptr<ModelRunner>> load(const std::string& dir,
                                                   const EngineOptions& options);
  // What load() does before it reads weights: the model's files are looked through, and nothing but
  // its config and its plan can be asked.
  static Result<std::unique_ptr<ModelRunner>> open(const std::string& dir,
                                                   const EngineOptions& options);
  Status make_plan(const std::string& dir, const EngineOptions& options);
  // With the draft module where there is one.
  static Result<std::unique_ptr<ModelRunner>> load_whole(const std::string& dir,
                                                         EngineOptions options);

  const Model& model() const { return *model_; }
  const ModelConfig& config() const { return model_->config; }
  const MemoryPlan& plan() const { return plan_; }
  // Of the device that makes the logits.
  const OpTable& ops() const { return *bound_ops().table; }
  OpContext& context() const { return *bound_ops().context; }
  Ops bound_ops() const;
  // One choice a row of the output.
  void choose_tokens(const StepOutput& output, std::span<const TokenWish> wishes,
                     std::span<TokenChoice> choices) const;

  // `size` values of each of `count` rows in a device's memory, without gaps.
  static std::vector<float> download(Ops ops, ConstRows rows, int64_t count, int64_t size);
  // "cpu", or "cuda"; with its architecture where results depend on it; of several "cuda,cpu"
  std::string device() const;
  // the variant of the devices' operators: "avx512", "sm_90"
  std::string isa() const;
  Pipeline& pipeline() { return *pipeline_; }  // REQUIRES: all layers are in memory
  // REQUIRES, both: they are not, and the embedding is
  WeightLoader& loader() { return *loader_; }
  Decoder& layer_decoder() { return *layer_decoder_; }

 private:
  ModelRunner() = default;
  std::string names_of_tables(std::string (*name)(const OpTable&)) const;

  ComputeDevices devices_;
  std::unique_ptr<Model> model_;
  MemoryPlan plan_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<WeightLoader> loader_;
  std::unique_ptr<Decoder> layer_decoder_;
};

}  // namespace jangwon::runtime
