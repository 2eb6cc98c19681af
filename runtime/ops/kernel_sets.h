// The tables themselves, one per file that is compiled for an instruction set. Only kernel_table.cc asks for them.

#pragma once

#include "runtime/ops/kernel_table.h"

namespace jangwon::runtime {

extern const KernelTable kPortableKernels;
#if defined(__x86_64__)
extern const KernelTable kAvx2Kernels;    // AVX2 and FMA
extern const KernelTable kAvx512Kernels;  // AVX-512 F
#endif

}  // namespace jangwon::runtime
