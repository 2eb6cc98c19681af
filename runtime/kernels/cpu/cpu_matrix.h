// Weight matrices on the CPU, and products with them.

#pragma once

#include <memory>
#include <vector>

#include "runtime/kernels/cpu/chain_panels.h"
#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {

// In float32 numerics F32 and BF16 weights are copied into panels of kPanelWidth rows, transposed;
// F16 becomes F32. Quantised weights stay in their mapped file, and a panel is decoded when it is
// used: that costs cols · kPanelWidth conversions a panel and step, shared by all rows of the step,
// and no memory. Chains read every format from panels in its stored size. The rows of a look-up
// table stay in the file.
constexpr int64_t kHeadRowsPerTask = 16;  // of linear_heads

class CpuMatrix;

// Rows to multiply with: as floats, or rounded where the matrix is one of chains. Who has many
// tasks over the same rows rounds them once for all.
struct ProductInputs {
  ConstRows floats = {};
  RoundedRows rounded = {};

  ProductInputs from_row(int64_t first) const {
    ProductInputs rest = *this;
    if (floats.data) rest.floats.data = floats.row(first);
    if (rounded.data) rest.rounded.data = rounded.row(first);
    return rest;
  }
};

// What a product may count on around it.
struct ProductPlace {
  const CpuMatrix* next = nullptr;  // whose panels of these numbers are read after its own
  bool y_is_far = false;            // as in ChainArguments
};

class CpuMatrix final : public PackedMatrix {
 public:
  CpuMatrix(CpuContext& context, StoredMatrix stored, PackedUse use);

  int64_t memory_bytes() const override;
  int64_t num_panels() const { return (rows() + kPanelWidth - 1) / kPanelWidth; }

  bool takes_rounded() const override { return storage_ == Storage::kChain; }

  // y: `num_panels` panels of outputs from first_panel on, bias included, on the calling thread.
  // REQUIRES: inputs of the kind it takes; whole panels of room in y.
  void multiply_panels(const CpuContext& context, const ProductInputs& inputs, int num_rows,
                       int64_t first_panel, int64_t num_panels, Rows y, CpuScratch& scratch,
                       const ProductPlace& place = {}) const;
  void copy_row(int64_t row, float* out) const { stored_.decode_row(row, out); }

 private:
  enum class Storage { kF32Panels, kBf16Panels, kDecoded, kChain };
  Storage storage_ = Storage::kDecoded;
  std::shared_ptr<std::byte> panels_;  // [num_panels, cols, kPanelWidth]
  int64_t panel_bytes_ = 0;            // of all
  std::vector<const void*> pointers_;  // to each panel
  std::unique_ptr<const ChainPanels> chain_;
  StoredMatrix stored_;  // bias in every case, the weights where they are decoded when used
};

inline const CpuMatrix& as_cpu(const PackedMatrix& matrix) {
  return static_cast<const CpuMatrix&>(matrix);
}

PackedSize packed_size_of(const StoredMatrix& stored, PackedUse use, Numerics numerics);
template <Numerics numerics>
PackedSize cpu_packed_size(const StoredMatrix& stored, PackedUse use) {
  return packed_size_of(stored, use, numerics);
}
std::unique_ptr<const PackedMatrix> cpu_pack(OpContext& context, StoredMatrix stored,
                                             PackedUse use);
void cpu_embed(OpContext& context, const EmbedArguments& a);
void cpu_linear(OpContext& context, const LinearArguments& a);
void cpu_linear_heads(OpContext& context, const HeadLinearArguments& a);

}  // namespace jangwon::runtime
