#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {

int64_t CpuScratch::size_bytes() const {
  const auto bytes = [](const auto& values) {
    return static_cast<int64_t>(values.capacity() * sizeof(*values.data()));
  };
  return bytes(decoded_row) + bytes(decoded_panel) + bytes(rounded_rows) + bytes(chain_work) +
         bytes(turned) + bytes(bf16_keys) + bytes(bf16_values) + bytes(key_blocks) +
         bytes(value_blocks) + bytes(queries) + bytes(scores) + bytes(products) + bytes(choice) +
         bytes(order) + bytes(softmax);
}

int64_t cpu_held_scratch_bytes(OpContext& context) {
  int64_t total = 0;
  for (const CpuScratch& scratch : as_cpu(context).scratch)
    total += scratch.size_bytes();
  return total;
}

CpuContext::CpuContext(const LaneKernels& lane_kernels, Numerics numerics_of_products,
                       const ContextOptions& options)
    : lanes(lane_kernels),
      numerics(numerics_of_products),
      pool(options.num_threads),
      scratch(static_cast<size_t>(pool.num_threads())) {
  num_threads = pool.num_threads();
}

void CpuContext::for_tasks(int64_t num_tasks,
                           const std::function<void(int64_t, CpuScratch&)>& body) {
  pool.parallel_for(num_tasks, [&](int64_t task, int worker) {
    body(task, scratch[static_cast<size_t>(worker)]);
  });
}

void CpuContext::for_rows(int64_t num_rows, int64_t rows_per_task,
                          const std::function<void(int64_t, int64_t, CpuScratch&)>& body) {
  for_tasks((num_rows + rows_per_task - 1) / rows_per_task, [&](int64_t task, CpuScratch& own) {
    const int64_t first = task * rows_per_task;
    body(first, std::min(rows_per_task, num_rows - first), own);
  });
}

}  // namespace jangwon::runtime
