// Weight matrices in a GPU's memory, and products with them.

#pragma once

#include <memory>

#include "runtime/kernels/cuda/cuda_context.h"
#include "runtime/ops/chain_layout.h"

namespace jangwon::runtime {

// Plain data, as kernels take it.
struct MatrixView {
  enum class Storage { kF32Rows, kBf16Rows, kF32Panels, kBf16Panels, kChain, kSplitChain, kTensor };
  Storage storage = Storage::kF32Panels;
  ChainFormat format = ChainFormat::kBf16;  // of chains
  bool scales_are_bf16 = false;
  int32_t rows = 0;
  int32_t cols = 0;
  int32_t group_size = 0;               // inputs with a scale of their own; 0: there are no scales
  const std::byte* elements = nullptr;  // panel `p` begins at p · panel_bytes; rows without gaps
  int64_t panel_bytes = 0;
  const std::byte* scales = nullptr;  // [panels, groups, kPanelWidth]
  const uint8_t* offsets = nullptr;   // [panels, groups, kPanelWidth], or null
  const uint16_t* codebook = nullptr;
  const float* bias = nullptr;  // [rows], or null
  bool operator==(const MatrixView&) const = default;
};

// With PackedUse::kStreamedProduct the matrix stands in pinned memory of the host, whole and as it
// would stand on a GPU, so that one copy brings it there.
//
// In float32 numerics BF16 weights stay what they are and all others become F32: a GPU cannot read
// the checkpoint's file. Chains read every format in its stored size (ops/chain_layout.h).
class CudaMatrix : public PackedMatrix {
 public:
  CudaMatrix(CudaContext& context, const StoredMatrix& stored, PackedUse use);
  ~CudaMatrix() override;
  int64_t memory_bytes() const override { return memory_bytes_; }
  bool is_streamed() const { return is_streamed_; }
  const std::byte* memory() const { return memory_; }
  // REQUIRES: not streamed
  const MatrixView& view() const { return view_; }
  // Of a copy of the memory that stands at `base`.
  MatrixView view_at(const std::byte* base) const;

 private:
  MatrixView view_;
  std::byte* memory_ = nullptr;
  int64_t memory_bytes_ = 0;
  bool is_streamed_ = false;
};

inline const CudaMatrix& as_cuda(const PackedMatrix& matrix) {
  return static_cast<const CudaMatrix&>(matrix);
}
inline const MatrixView& view_of(const PackedMatrix& matrix) {
  return as_cuda(matrix).view();
}

PackedSize cuda_packed_size_of(const StoredMatrix& stored, PackedUse use, Numerics numerics);
template <Numerics numerics>
PackedSize cuda_packed_size(const StoredMatrix& stored, PackedUse use) {
  return cuda_packed_size_of(stored, use, numerics);
}
std::unique_ptr<const PackedMatrix> cuda_pack(OpContext& context, StoredMatrix stored,
                                              PackedUse use);
void cuda_embed(OpContext& context, const EmbedArguments& a);
void cuda_linear(OpContext& context, const LinearArguments& a);
void cuda_linear_heads(OpContext& context, const HeadLinearArguments& a);

}  // namespace jangwon::runtime
