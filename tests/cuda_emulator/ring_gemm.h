// A kernel that has everything of Hopper in it, for tests of the emulator.

#pragma once

#include "runtime/kernels/cuda/device.h"

namespace jangwon::runtime {

// y = x · wᵀ. REQUIRES: hidden_size is a multiple of 8.
void bf16_ring_gemm(const bf16* x_TD, const bf16* w_FD, int num_tokens, int out_features,
                    int hidden_size, bf16* y_TF, cudaStream_t stream);

}  // namespace jangwon::runtime
