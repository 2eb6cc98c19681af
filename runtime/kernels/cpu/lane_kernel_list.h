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
void avx512_bf16_round_row(const float* x, int inner, uint16_t* out);
void avx512_bf16_chain_gemm(const ChainArguments& arguments);
void avx512_bf16_chain_values(const ChainValuesArguments& arguments);
constexpr int64_t kAvx512Bf16PeakOperations = int64_t{24} * 2 * 32;
float avx512_bf16_peak_products(int64_t rounds);
// The one before with tiles of AMX_BF16.
extern const LaneKernels kAmxKernels;
void amx_gemm(const ChainArguments& arguments);
void amx_values(const ChainValuesArguments& arguments);
constexpr int64_t kAmxPeakOperations = int64_t{4} * 2 * 16 * 16 * 32;
float amx_peak_products(int64_t rounds);

// Whether VDPBF16PS makes a chain faster here than the two multiply-adds that it stands for,
// measured once: on a Zen 5 it takes half of their time, on a Xeon with AMX twice. Asked of
// machines that have it.
bool has_fast_bf16_chains();
#endif

// Whether `table`'s split products have the bits of `reference`'s on a few matrices: asked of tiles
// before they are used.
bool has_split_bits_of(const LaneKernels& table, const LaneKernels& reference);

// Every table that this machine can run, the portable one first, the fastest last.
const std::vector<const LaneKernels*>& available_lane_kernels();

}  // namespace jangwon::runtime
