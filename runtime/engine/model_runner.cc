#include "runtime/engine/model_runner.h"

#include "runtime/base/nearest_name.h"
#include "runtime/kernels/cpu/kernel_list.h"

namespace jangwon::runtime {
namespace {

Result<const KernelTable*> choose_kernels(const std::string& isa) {
  if (isa.empty()) return available_kernel_tables().back();
  if (const KernelTable* table = find_kernel_table(isa)) return table;
  std::vector<std::string> known;
  for (const KernelTable* table : available_kernel_tables())
    known.emplace_back(table->isa);
  return invalid_argument(unknown_name_message("instruction set of this machine", isa, known));
}

}  // namespace

Result<std::unique_ptr<ModelRunner>> ModelRunner::load(const std::string& dir, const EngineOptions& options) {
  std::unique_ptr<ModelRunner> runner(new ModelRunner());
  JANGWON_ASSIGN_OR_RETURN(runner->kernels_, choose_kernels(options.isa));
  runner->pool_ = std::make_unique<ThreadPool>(options.num_threads > 0 ? options.num_threads : available_cpus());
  JANGWON_ASSIGN_OR_RETURN(runner->model_, load_model(dir, *runner->pool_));
  runner->plan_ = plan_memory(runner->config(), options);
  runner->cache_ = std::make_unique<CacheMemory>(runner->plan_.cache_layout, runner->plan_.cache_capacity);
  runner->decoder_ = std::make_unique<Decoder>(*runner->model_, OpContext{*runner->kernels_, *runner->pool_});
  return runner;
}

}  // namespace jangwon::runtime
