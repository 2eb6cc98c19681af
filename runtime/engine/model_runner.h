// A model ready to run: weights, kernels, threads, cache and decoder in one place, sized by one plan.

#pragma once

#include <memory>
#include <string>

#include "runtime/base/thread_pool.h"
#include "runtime/cache/cache_memory.h"
#include "runtime/engine/engine_options.h"
#include "runtime/engine/memory_plan.h"
#include "runtime/model/decoder.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {

class ModelRunner {
 public:
  static Result<std::unique_ptr<ModelRunner>> load(const std::string& dir, const EngineOptions& options);

  const Model& model() const { return *model_; }
  const ModelConfig& config() const { return model_->config; }
  const MemoryPlan& plan() const { return plan_; }
  const KernelTable& kernels() const { return *kernels_; }
  int num_threads() const { return pool_->num_threads(); }
  CacheMemory& cache() { return *cache_; }
  Decoder& decoder() { return *decoder_; }

 private:
  ModelRunner() = default;
  std::unique_ptr<ThreadPool> pool_;
  const KernelTable* kernels_ = nullptr;
  std::unique_ptr<Model> model_;
  MemoryPlan plan_;
  std::unique_ptr<CacheMemory> cache_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace jangwon::runtime
