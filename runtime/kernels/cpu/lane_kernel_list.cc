#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {

const std::vector<const LaneKernels*>& available_lane_kernels() {
  static const std::vector<const LaneKernels*> tables = [] {
    std::vector<const LaneKernels*> list = {&kPortableKernels};
#if defined(__x86_64__)
    const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (fma) list.push_back(&kAvx2Kernels);
    const bool avx512 = fma && __builtin_cpu_supports("avx512f");
    if (avx512) list.push_back(&kAvx512Kernels);
    if (avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bf16")) {
      list.push_back(&kAvx512Bf16Kernels);
    }
#endif
    return list;
  }();
  return tables;
}

}  // namespace jangwon::runtime
