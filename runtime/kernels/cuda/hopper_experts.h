// Experts with many rows on Hopper: gate and up with their activation, and down, by wgmma.

#pragma once

#include "runtime/kernels/cuda/cuda_matrix.h"

namespace jangwon::runtime {

// An expert of fewer rows has one row tile of mma.sync, which reads its weights once as well.
constexpr int kFewestWgmmaRows = 17;

// What wgmma multiplies: panels of bf16 as they stand. Other formats stay with mma.sync.
inline bool is_for_wgmma(const MatrixView& view) {
  return view.storage == MatrixView::Storage::kTensor && view.format == ChainFormat::kBf16 &&
         view.group_size == 0;
}

// The rows of all experts, rounded to bf16, as the kernels copy them: for each eight inputs all
// rows, 16 bytes a row. Inputs that there are not, up to a multiple of sixteen, are zero.
struct WgmmaRows {
  uint16_t* hidden = nullptr;  // [hidden_size / 8, num_rows, 8]
  uint16_t* inner = nullptr;   // [inner_size / 8, num_rows, 8]
  int num_rows = 0;
};

int64_t wgmma_rows_bytes(int64_t num_rows, int64_t hidden_size, int64_t inner_size);

// In the context's scratch, which is the operator's until it ends; `hidden` is filled.
WgmmaRows make_wgmma_rows(CudaContext& cuda, const ExpertArguments& a);

// Experts that have at least `fewest_rows` rows, of `count` from `first` on.
struct WgmmaExperts {
  int first = 0;
  int count = 0;
  int fewest_rows = 0;
};
// Of `count` experts each, on the device. REQUIRES: all of them are for wgmma.
struct WgmmaMatrices {
  const MatrixView* gates_E = nullptr;
  const MatrixView* ups_E = nullptr;
  const MatrixView* downs_E = nullptr;
};

// Results in gathered_SD.
void run_wgmma_experts(CudaContext& cuda, const ExpertArguments& a, const WgmmaRows& rows,
                       const WgmmaExperts& experts, const WgmmaMatrices& matrices);

}  // namespace jangwon::runtime
