// Who computes on the CPU: the lane kernels of an instruction set, the threads that share a
// step's work, and their scratch. An operator's work is cut into tasks whose results do not
// depend on who runs them.

#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/base/memory_arena.h"
#include "runtime/base/thread_pool.h"
#include "runtime/kernels/cpu/lane_kernels.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// What one worker computes with between the beginning and the end of a task; it grows to the
// largest task and stays.
struct CpuScratch {
  std::vector<float> decoded_row;    // of a quantised matrix
  std::vector<float> decoded_panel;  // [cols, kPanelWidth]
  std::vector<uint16_t> rounded_rows;
  std::vector<uint16_t> rounded_between;  // what is computed and read again
  std::vector<std::byte> chain_work;
  std::vector<std::byte> turned;  // latents of some blocks, as values
  std::vector<const std::byte*> bf16_keys;
  std::vector<const std::byte*> bf16_values;
  std::vector<const float*> key_blocks;
  std::vector<const float*> value_blocks;
  std::vector<float> queries;  // and keys and decays of the delta rule
  std::vector<float> scores;
  std::vector<float> products;
  std::vector<float> choice;   // of a router: the scores that decide
  std::vector<int32_t> order;  // of experts or keys; blocks that a tile sees
  std::vector<float> softmax;  // padded to whole lanes

  int64_t size_bytes() const;
};

// Room for `size` values, with whatever stands in it. It never shrinks: what a larger task comes
// back to would have to be cleared.
template <typename Value>
void grow(std::vector<Value>& room, int64_t size) {
  if (std::ssize(room) < size) room.resize(static_cast<size_t>(size));
}

// Rows as LaneKernels::round_row leaves them.
struct RoundedRows {
  const uint16_t* data = nullptr;
  int64_t stride = 0;  // in halves

  const uint16_t* row(int64_t index) const { return data + index * stride; }
};

// Rows that many tasks read, rounded once for all of them; grows to the largest step and stays.
class RowBuffer {
 public:
  // Room for rows of chain_row_size(inner), with whatever stands in it.
  void reserve(int64_t num_rows, int64_t inner);
  uint16_t* row(int64_t index) {
    return reinterpret_cast<uint16_t*>(memory_.data()) + index * stride_;
  }
  RoundedRows rows() { return {row(0), stride_}; }
  int64_t size_bytes() const { return static_cast<int64_t>(memory_.size_bytes()); }

 private:
  AlignedBuffer memory_;
  int64_t stride_ = 0;
};

// Of an operator that reads and writes so many bytes a row: as few as are worth a thread's while,
// since the rows of a small batch would otherwise all be one thread's.
constexpr int64_t rows_per_task_of(int64_t row_bytes) {
  constexpr int64_t kTaskBytes = 64 << 10;
  return row_bytes >= kTaskBytes ? 1 : kTaskBytes / (row_bytes > 0 ? row_bytes : 1);
}

constexpr int64_t row_buffer_bytes(int64_t num_rows, int64_t inner) {
  return num_rows * chain_row_size(inner) * static_cast<int64_t>(sizeof(uint16_t));
}

struct CpuContext : OpContext {
  CpuContext(const LaneKernels& lane_kernels, Numerics numerics_of_products,
             const ContextOptions& options);

  // body(first, count, scratch) over rows cut into groups of at most `rows_per_task`. A thread
  // begins with the part of the rows that it has in every such call: of two operators over the same
  // rows the second finds what the first wrote in its own cache.
  void for_rows(int64_t num_rows, int64_t rows_per_task,
                const std::function<void(int64_t first, int64_t count, CpuScratch& scratch)>& body);
  // body(task, scratch) for each of num_tasks tasks.
  void for_tasks(int64_t num_tasks,
                 const std::function<void(int64_t task, CpuScratch& scratch)>& body);

  // Into `rounded_inputs`.
  RoundedRows round_rows(ConstRows x, int64_t num_rows, int64_t inner);

  // Products with inputs rounded to bf16; chains where the numerics say nothing of them.
  void chain_gemm(const ChainArguments& a) const {
    numerics == Numerics::kAmx ? lanes.split_gemm(a) : lanes.chain_gemm(a);
  }
  void chain_values(const ChainValuesArguments& a) const {
    numerics == Numerics::kAmx ? lanes.split_values(a) : lanes.chain_values(a);
  }

  struct alignas(64) RowPart {  // a line of the cache each: threads write them at the same time
    std::atomic<int64_t> next_group{0};
    int64_t end_group = 0;
  };

  const LaneKernels& lanes;
  const Numerics numerics;
  ThreadPool pool;
  std::vector<RowPart> row_parts;   // one a worker
  MemoryArena weights;              // of packed matrices, which may outlive the context
  std::vector<CpuScratch> scratch;  // one a worker
  RowBuffer rounded_inputs;         // of the operator that runs
  RowBuffer rounded_between;        // its own outputs that it reads again
};

// Rows of one task, into its scratch.
RoundedRows round_into(std::vector<uint16_t>& room, const LaneKernels& lanes, ConstRows x,
                       int64_t num_rows, int64_t inner);

int64_t cpu_held_scratch_bytes(OpContext& context);

// out = the activation of gate and up over `size` elements; out may be gate.
inline void activate_lanes(const LaneKernels& lanes, Activation activation, float limit,
                           const float* gate, const float* up, int64_t size, float* out) {
  switch (activation) {
    case Activation::kSwiglu:
      return lanes.f32_silu_mul(gate, up, size, out);
    case Activation::kClampedSwiglu:
      return lanes.f32_clamped_swiglu(gate, up, size, limit, out);
    case Activation::kLimitedSwiglu:
      return lanes.f32_limited_swiglu(gate, up, size, limit, out);
  }
}

inline CpuContext& as_cpu(OpContext& context) {
  return static_cast<CpuContext&>(context);
}

}  // namespace jangwon::runtime
