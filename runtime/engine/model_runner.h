// A model ready to run: weights, kernels, threads, cache and decoder in one place,
// sized by one plan.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/cache/cache_memory.h"
#include "runtime/engine/engine_options.h"
#include "runtime/engine/memory_plan.h"
#include "runtime/model/decoder.h"
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
  const OpTable& ops() const { return *ops_; }
  OpContext& context() const { return *context_; }
  Ops bound_ops() const { return {ops_, context_.get()}; }
  // One choice a row of the output.
  void choose_tokens(const StepOutput& output, std::span<const TokenWish> wishes,
                     std::span<TokenChoice> choices) const;

  // `size` values of each of `count` rows in the device's memory, without gaps.
  std::vector<float> download(ConstRows rows, int64_t count, int64_t size) const;
  // "cpu", or "cuda"; with its architecture where results depend on it
  std::string device() const;
  // the variant of the device's operators: "avx512", "sm_90"
  std::string isa() const;
  CacheMemory& cache() { return *cache_; }  // REQUIRES: all layers are in memory
  WeightLoader& loader() {
    return *loader_;
  }  // REQUIRES: they are not; what stands around them is loaded
  Decoder& decoder() { return *decoder_; }

 private:
  ModelRunner() = default;

  const OpTable* ops_ = nullptr;
  std::unique_ptr<OpContext> context_;
  std::unique_ptr<Model> model_;
  MemoryPlan plan_;
  std::unique_ptr<WeightLoader> loader_;
  std::unique_ptr<CacheMemory> cache_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace jangwon::runtime
