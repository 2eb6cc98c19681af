#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {

int64_t CpuScratch::size_bytes() const {
  const auto bytes = [](const auto& values) {
    return static_cast<int64_t>(values.capacity() * sizeof(*values.data()));
  };
  return bytes(decoded_row) + bytes(decoded_panel) + bytes(rounded_rows) + bytes(rounded_between) +
         bytes(chain_work) + bytes(turned) + bytes(bf16_keys) + bytes(bf16_values) +
         bytes(key_blocks) + bytes(value_blocks) + bytes(queries) + bytes(scores) +
         bytes(products) + bytes(choice) + bytes(order) + bytes(softmax);
}

int64_t cpu_held_scratch_bytes(OpContext& context) {
  int64_t total =
      as_cpu(context).rounded_inputs.size_bytes() + as_cpu(context).rounded_between.size_bytes();
  for (const CpuScratch& scratch : as_cpu(context).scratch)
    total += scratch.size_bytes();
  return total;
}

CpuContext::CpuContext(const LaneKernels& lane_kernels, Numerics numerics_of_products,
                       const ContextOptions& options)
    : lanes(lane_kernels),
      numerics(numerics_of_products),
      pool(options.num_threads),
      row_parts(static_cast<size_t>(pool.num_threads())),
      scratch(static_cast<size_t>(pool.num_threads())) {
  num_threads = pool.num_threads();
}

void RowBuffer::reserve(int64_t num_rows, int64_t inner) {
  stride_ = chain_row_size(inner);
  const auto wanted = static_cast<size_t>(row_buffer_bytes(num_rows, inner));
  if (memory_.size_bytes() < wanted) memory_ = AlignedBuffer(wanted);
}

RoundedRows CpuContext::round_rows(ConstRows x, int64_t num_rows, int64_t inner) {
  rounded_inputs.reserve(num_rows, inner);
  const int64_t row_bytes = inner * static_cast<int64_t>(sizeof(float) + sizeof(uint16_t));
  for_rows(num_rows, rows_per_task_of(row_bytes), [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row)
      lanes.round_row(x.row(row), static_cast<int>(inner), rounded_inputs.row(row));
  });
  return rounded_inputs.rows();
}

RoundedRows round_into(std::vector<uint16_t>& room, const LaneKernels& lanes, ConstRows x,
                       int64_t num_rows, int64_t inner) {
  const int64_t stride = chain_row_size(inner);
  grow(room, num_rows * stride);
  for (int64_t row = 0; row < num_rows; ++row)
    lanes.round_row(x.row(row), static_cast<int>(inner), room.data() + row * stride);
  return {room.data(), stride};
}

void CpuContext::for_tasks(int64_t num_tasks,
                           const std::function<void(int64_t, CpuScratch&)>& body) {
  pool.parallel_for(num_tasks, [&](int64_t task, int worker) {
    body(task, scratch[static_cast<size_t>(worker)]);
  });
}

void CpuContext::for_rows(int64_t num_rows, int64_t rows_per_task,
                          const std::function<void(int64_t, int64_t, CpuScratch&)>& body) {
  const int64_t num_groups = (num_rows + rows_per_task - 1) / rows_per_task;
  const int64_t num_parts = std::min<int64_t>(num_groups, num_threads);
  for (int64_t i = 0; i < num_parts; ++i) {
    RowPart& part = row_parts[static_cast<size_t>(i)];
    part.next_group.store(num_groups * i / num_parts, std::memory_order_relaxed);
    part.end_group = num_groups * (i + 1) / num_parts;
  }
  // Whoever is through with its own part helps with the others'.
  pool.parallel_for(num_parts, [&](int64_t, int worker) {
    for (int64_t i = 0; i < num_parts; ++i) {
      RowPart& part = row_parts[static_cast<size_t>((worker + i) % num_parts)];
      for (;;) {
        const int64_t group = part.next_group.fetch_add(1, std::memory_order_relaxed);
        if (group >= part.end_group) break;
        const int64_t first = group * rows_per_task;
        body(first, std::min(rows_per_task, num_rows - first),
             scratch[static_cast<size_t>(worker)]);
      }
    }
  });
}

}  // namespace jangwon::runtime
