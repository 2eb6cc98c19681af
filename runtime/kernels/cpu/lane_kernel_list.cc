#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {

const std::vector<const LaneKernels*>& available_lane_kernels() {
  static const std::vector<const LaneKernels*> tables = [] {
    std::vector<const LaneKernels*> list = {&kPortableKernels};
#if defined(__x86_64__)
    const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (fma) list.push_back(&kAvx2Kernels);
    if (fma && __builtin_cpu_supports("avx512f")) list.push_back(&kAvx512Kernels);
#endif
    return list;
  }();
  return tables;
}

}  // namespace jangwon::runtime
