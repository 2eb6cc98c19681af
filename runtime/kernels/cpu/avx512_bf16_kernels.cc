// Chains with the instruction that defines them: VDPBF16PS adds two products to each of sixteen sums, the odd one
// first, and knows no subnormal numbers. Stored integers and FP8 become bf16 in registers, exactly.

#if defined(__x86_64__)

#include "runtime/kernels/cpu/avx512_bf16_chain.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
void avx512_bf16_chain_gemm(const ChainArguments& arguments) {
  chain_kernel_bodies::chain_gemm<Avx512Bf16Chain>(arguments);
}

void avx512_bf16_chain_values(const ChainValuesArguments& arguments) {
  chain_kernel_bodies::chain_values<Avx512Bf16Chain>(arguments);
}

}  // namespace jangwon::runtime

#endif
