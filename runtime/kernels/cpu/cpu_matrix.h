// Weight matrices on the CPU, and products with them.

#pragma once

#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {

// F32 and BF16 weights are copied into panels of kPanelWidth rows, transposed; F16 becomes F32. Quantised weights stay
// in their mapped file, and a panel is decoded when it is used: that costs cols · kPanelWidth conversions a panel and
// step, shared by all rows of the step, and no memory. So do the rows of a look-up table.
constexpr int64_t kHeadRowsPerTask = 16;  // of linear_heads

class CpuMatrix : public PackedMatrix {
 public:
  CpuMatrix(CpuContext& context, StoredMatrix stored, PackedUse use);

  int64_t memory_bytes() const override;
  int64_t num_panels() const { return (rows() + kPanelWidth - 1) / kPanelWidth; }

  // y[:, kPanelWidth · first_panel …] for `num_panels` panels of outputs, bias included, on the calling thread. y's
  // stride is at least padded(rows).
  void multiply_panels(const LaneKernels& lanes, ConstRows x, int num_rows, int64_t first_panel, int64_t num_panels,
                       Rows y, CpuScratch& scratch) const;
  void copy_row(int64_t row, float* out) const { stored_.decode_row(row, out); }

 private:
  enum class Storage { kF32Panels, kBf16Panels, kDecoded };
  Storage storage_ = Storage::kDecoded;
  AlignedBuffer panels_;               // [num_panels, cols, kPanelWidth]
  std::vector<const void*> pointers_;  // to each panel
  StoredMatrix stored_;                // bias in every case, the weights where they are decoded when used
};

inline const CpuMatrix& as_cpu(const PackedMatrix& matrix) {
  return static_cast<const CpuMatrix&>(matrix);
}

PackedSize cpu_packed_size(const StoredMatrix& stored, PackedUse use);
std::unique_ptr<const PackedMatrix> cpu_pack(OpContext& context, StoredMatrix stored, PackedUse use);
void cpu_embed(OpContext& context, const EmbedArguments& a);
void cpu_linear(OpContext& context, const LinearArguments& a);
void cpu_linear_heads(OpContext& context, const HeadLinearArguments& a);

}  // namespace jangwon::runtime
