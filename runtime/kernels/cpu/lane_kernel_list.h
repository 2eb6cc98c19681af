// The tables of kernels, one per file that is compiled for an instruction set.

#pragma once

#include <vector>

#include "runtime/kernels/cpu/lane_kernels.h"

namespace jangwon::runtime {

extern const LaneKernels kPortableKernels;
#if defined(__x86_64__)
extern const LaneKernels kAvx2Kernels;    // AVX2 and FMA
extern const LaneKernels kAvx512Kernels;  // AVX-512 F
// AVX-512 F, BW, VL and BF16; like the one before but for chains.
extern const LaneKernels kAvx512Bf16Kernels;
void avx512_bf16_chain_gemm(const ChainArguments& arguments);
void avx512_bf16_chain_values(const ChainValuesArguments& arguments);
#endif

// Every table that this machine can run, the portable one first, the fastest last.
const std::vector<const LaneKernels*>& available_lane_kernels();

}  // namespace jangwon::runtime
