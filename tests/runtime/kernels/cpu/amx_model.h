// LaneKernels::split_gemm and split_values as the kernels of AMX compute them, over modelled tiles.
// They need AVX512_BF16.

#pragma once

#include "runtime/kernels/cpu/lane_kernels.h"

namespace jangwon::runtime {

void modelled_amx_gemm(const ChainArguments& arguments);
void modelled_amx_values(const ChainValuesArguments& arguments);

}  // namespace jangwon::runtime
