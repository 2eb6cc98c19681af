// Matrix products with weights: y = x · Wᵀ + b.

#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/base/thread_pool.h"
#include "runtime/ops/kernel_table.h"
#include "runtime/ops/stored_matrix.h"

namespace jangwon::runtime {

// Who computes: the kernels chosen at load and the threads that share the work.
struct OpContext {
  const KernelTable& kernels;
  ThreadPool& pool;
};

// Row strides of activations are multiples of kLanes, so that a kernel may write whole vectors.
constexpr int64_t padded(int64_t size) {
  return (size + kLanes - 1) / kLanes * kLanes;
}

// A weight matrix of [rows (outputs), cols (inputs)], ready for the kernels. F32 and BF16 weights are copied into
// panels of kLanes rows, transposed; F16 becomes F32. Quantised weights stay in their mapped file, and a panel is
// decoded when it is used: that costs cols·16 conversions a panel and step, shared by all rows of the step, and no
// memory.
class WeightMatrix {
 public:
  WeightMatrix() = default;
  static WeightMatrix pack(StoredMatrix stored);
  // From floats that are no checkpoint tensor as they stand: `values` is [rows, cols].
  static WeightMatrix pack_floats(const std::vector<float>& values, int64_t rows, int64_t cols);

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  bool empty() const { return rows_ == 0; }
  int64_t num_panels() const { return padded(rows_) / kLanes; }
  int64_t size_bytes() const;  // what a step reads of it

  std::vector<float> bias;  // [rows], or empty

  // y[:, 16·first_panel …] for `num_panels` panels of outputs, on the calling thread. x is [num_rows, x_stride],
  // y [num_rows, y_stride] with y_stride ≥ padded(rows). Includes the bias.
  void multiply_panels(const KernelTable& kernels, const float* x, int64_t x_stride, int num_rows, int64_t first_panel,
                       int64_t num_panels, float* y, int64_t y_stride) const;

 private:
  enum class Storage { kEmpty, kF32Panels, kBf16Panels, kDecoded };
  Storage storage_ = Storage::kEmpty;
  int64_t rows_ = 0;
  int64_t cols_ = 0;
  AlignedBuffer panels_;               // [num_panels, cols, kLanes]
  std::vector<const void*> pointers_;  // to each panel
  StoredMatrix stored_;                // kDecoded only
};

// y_TN = x_TK · W_NKᵀ + b, split over the pool.
void linear(const OpContext& context, const WeightMatrix& weight, const float* x_TK, int64_t x_stride, int num_rows,
            float* y_TN, int64_t y_stride);

}  // namespace jangwon::runtime
