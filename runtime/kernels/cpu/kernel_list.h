// The tables of kernels, one per file that is compiled for an instruction set.

#pragma once

#include <string>
#include <vector>

#include "runtime/ops/kernel_table.h"

namespace jangwon::runtime {

extern const KernelTable kPortableKernels;
#if defined(__x86_64__)
extern const KernelTable kAvx2Kernels;    // AVX2 and FMA
extern const KernelTable kAvx512Kernels;  // AVX-512 F
#endif

// Every table that this machine can run, the portable one first, the fastest last.
const std::vector<const KernelTable*>& available_kernel_tables();

// By name; nullptr where it is unknown or this machine cannot run it.
const KernelTable* find_kernel_table(const std::string& isa);

}  // namespace jangwon::runtime
