#include "runtime/engine/model_runner.h"

#include <algorithm>

#include "runtime/base/nearest_name.h"
#include "runtime/kernels/cpu/kernel_list.h"

namespace jangwon::runtime {
namespace {

int blocks_for(int64_t tokens) {
  return static_cast<int>((tokens + kLanes - 1) / kLanes);
}

Result<const KernelTable*> choose_kernels(const std::string& isa) {
  if (isa.empty()) return available_kernel_tables().back();
  if (const KernelTable* table = find_kernel_table(isa)) return table;
  std::vector<std::string> known;
  for (const KernelTable* table : available_kernel_tables())
    known.emplace_back(table->isa);
  return invalid_argument(unknown_name_message("instruction set of this machine", isa, known));
}

}  // namespace

int largest_window(const ModelConfig& config) {
  int window = 0;
  for (const LayerConfig& layer : config.layers)
    window = std::max(window, layer.window);
  return window;
}

int max_blocks_of_sequence(const ModelConfig& config, CachePool pool, int context_tokens, int step_tokens) {
  if (pool == CachePool::kFull) return blocks_for(context_tokens);
  // A window that ends anywhere in the step, and a block more at either end.
  const int64_t held = int64_t{largest_window(config)} + step_tokens + 2 * kLanes;
  return blocks_for(std::min<int64_t>(held, context_tokens));
}

CachePlan plan_cache(const ModelConfig& config, const RunnerOptions& options) {
  CachePlan plan;
  plan.max_context_tokens = config.max_position_embeddings;
  if (options.max_context_tokens > 0)
    plan.max_context_tokens = std::min(plan.max_context_tokens, options.max_context_tokens);
  const int64_t block_bytes = cache_block_floats(config) * static_cast<int64_t>(sizeof(float));
  int64_t full_layers = 0;
  int64_t windowed_layers = 0;
  for (const LayerConfig& layer : config.layers)
    ++(layer.window > 0 ? windowed_layers : full_layers);
  const int full_of_one = max_blocks_of_sequence(config, CachePool::kFull, plan.max_context_tokens, 0);
  const int windowed_of_one =
      max_blocks_of_sequence(config, CachePool::kWindowed, plan.max_context_tokens, options.max_step_tokens);

  const int64_t batch = std::max(1, options.max_batch_size);
  if (windowed_layers > 0) {
    // Twice what the running sequences need: the rest holds the ends of shared prefixes.
    const int64_t wanted = std::min<int64_t>(2 * batch * windowed_of_one, batch * full_of_one);
    const int64_t affordable = options.kv_cache_max_bytes / 2 / (block_bytes * windowed_layers);
    plan.num_windowed_blocks = static_cast<int>(std::max<int64_t>(windowed_of_one, std::min(wanted, affordable)));
  }
  if (full_layers > 0) {
    const int64_t left = options.kv_cache_max_bytes - plan.num_windowed_blocks * block_bytes * windowed_layers;
    int64_t wanted = std::min(batch * full_of_one, left / (block_bytes * full_layers));
    if (options.kv_cache_tokens > 0) wanted = blocks_for(options.kv_cache_tokens);
    plan.num_full_blocks = static_cast<int>(std::clamp<int64_t>(wanted, full_of_one, int64_t{1} << 30));
  }
  plan.bytes_per_token = block_bytes * full_layers / kLanes;
  plan.total_bytes = block_bytes * (full_layers * plan.num_full_blocks + windowed_layers * plan.num_windowed_blocks);
  return plan;
}

Result<std::unique_ptr<ModelRunner>> ModelRunner::load(const std::string& dir, const RunnerOptions& options) {
  std::unique_ptr<ModelRunner> runner(new ModelRunner());
  JANGWON_ASSIGN_OR_RETURN(runner->kernels_, choose_kernels(options.isa));
  runner->pool_ = std::make_unique<ThreadPool>(options.num_threads > 0 ? options.num_threads : available_cpus());
  JANGWON_ASSIGN_OR_RETURN(runner->model_, load_model(dir, *runner->pool_));
  runner->plan_ = plan_cache(runner->config(), options);
  std::vector<CachePool> pool_of_layer;
  for (const LayerConfig& layer : runner->config().layers)
    pool_of_layer.push_back(layer.window > 0 ? CachePool::kWindowed : CachePool::kFull);
  runner->cache_ = std::make_unique<KvCache>(pool_of_layer, cache_block_floats(runner->config()),
                                             runner->plan_.num_full_blocks, runner->plan_.num_windowed_blocks);
  runner->decoder_ = std::make_unique<Decoder>(*runner->model_, OpContext{*runner->kernels_, *runner->pool_});
  return runner;
}

}  // namespace jangwon::runtime
