// A model ready to run: weights, kernels, threads, cache and decoder in one place, sized by one plan.

#pragma once

#include <memory>
#include <string>

#include "runtime/base/thread_pool.h"
#include "runtime/cache/kv_cache.h"
#include "runtime/model/decoder.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {

struct RunnerOptions {
  int num_threads = 0;         // 0: available_cpus()
  std::string isa = {};        // empty: the fastest
  int max_context_tokens = 0;  // 0: what the config allows
  int max_batch_size = 1;
  int max_step_tokens = 512;
  int64_t kv_cache_tokens = 0;  // 0: a full batch of full contexts within kv_cache_max_bytes
  int64_t kv_cache_max_bytes = int64_t{1} << 30;
};

// Blocks of each pool of the cache.
struct CachePlan {
  int max_context_tokens = 0;
  int num_full_blocks = 0;
  int num_windowed_blocks = 0;
  int64_t bytes_per_token = 0;  // of all layers that keep every token
  int64_t total_bytes = 0;
};

// At least one whole context always fits.
CachePlan plan_cache(const ModelConfig& config, const RunnerOptions& options);

// Keys that a query of the widest windowed layer sees; 0 where no layer has a window.
int largest_window(const ModelConfig& config);

// Blocks that one sequence can hold of a pool at a time.
int max_blocks_of_sequence(const ModelConfig& config, CachePool pool, int context_tokens, int step_tokens);

class ModelRunner {
 public:
  static Result<std::unique_ptr<ModelRunner>> load(const std::string& dir, const RunnerOptions& options);

  const Model& model() const { return *model_; }
  const ModelConfig& config() const { return model_->config; }
  const CachePlan& plan() const { return plan_; }
  const KernelTable& kernels() const { return *kernels_; }
  int num_threads() const { return pool_->num_threads(); }
  KvCache& cache() { return *cache_; }
  Decoder& decoder() { return *decoder_; }

 private:
  ModelRunner() = default;
  std::unique_ptr<ThreadPool> pool_;
  const KernelTable* kernels_ = nullptr;
  std::unique_ptr<Model> model_;
  CachePlan plan_;
  std::unique_ptr<KvCache> cache_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace jangwon::runtime
