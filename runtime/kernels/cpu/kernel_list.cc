#include "runtime/kernels/cpu/kernel_list.h"

namespace jangwon::runtime {

const std::vector<const KernelTable*>& available_kernel_tables() {
  static const std::vector<const KernelTable*> tables = [] {
    std::vector<const KernelTable*> list = {&kPortableKernels};
#if defined(__x86_64__)
    const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (fma) list.push_back(&kAvx2Kernels);
    if (fma && __builtin_cpu_supports("avx512f")) list.push_back(&kAvx512Kernels);
#endif
    return list;
  }();
  return tables;
}

const KernelTable* find_kernel_table(const std::string& isa) {
  for (const KernelTable* table : available_kernel_tables()) {
    if (isa == table->isa) return table;
  }
  return nullptr;
}

}  // namespace jangwon::runtime
