// Chains with the instruction that defines them: VDPBF16PS adds two products to each of sixteen
// sums, the odd one first, and knows no subnormal numbers. Stored integers and FP8 become bf16 in
// registers, exactly.

#if defined(__x86_64__)

#include "runtime/kernels/cpu/avx512_bf16_chain.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {

void avx512_bf16_round_row(const float* x, int inner, uint16_t* out) {
  Avx512Bf16Chain::round(x, inner, out);
}

void avx512_bf16_chain_gemm(const ChainArguments& arguments) {
  chain_kernel_bodies::chain_gemm<Avx512Bf16Chain>(arguments);
}

void avx512_bf16_chain_values(const ChainValuesArguments& arguments) {
  chain_kernel_bodies::chain_values<Avx512Bf16Chain>(arguments);
}

float avx512_bf16_peak_products(int64_t rounds) {
  __m512 sums[24];
  for (__m512& sum : sums)
    sum = _mm512_setzero_ps();
  const __m512bh ones = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3f803f80));
  const auto step_eight = [ones](__m512* eight) {
    eight[0] = _mm512_dpbf16_ps(eight[0], ones, ones);
    eight[1] = _mm512_dpbf16_ps(eight[1], ones, ones);
    eight[2] = _mm512_dpbf16_ps(eight[2], ones, ones);
    eight[3] = _mm512_dpbf16_ps(eight[3], ones, ones);
    eight[4] = _mm512_dpbf16_ps(eight[4], ones, ones);
    eight[5] = _mm512_dpbf16_ps(eight[5], ones, ones);
    eight[6] = _mm512_dpbf16_ps(eight[6], ones, ones);
    eight[7] = _mm512_dpbf16_ps(eight[7], ones, ones);
  };
  // In steps of constant indices: a loop over them would keep the sums in memory.
  for (int64_t round = 0; round < rounds; ++round) {
    step_eight(sums);
    step_eight(sums + 8);
    step_eight(sums + 16);
  }
  __m512 total = _mm512_setzero_ps();
  for (const __m512& sum : sums)
    total = _mm512_add_ps(total, sum);
  return _mm512_reduce_add_ps(total);
}

}  // namespace jangwon::runtime

#endif
