// What the kernels in tiles leave to ordinary vectors: rounding of inputs, decoding of stored
// weights, scales of groups.

#pragma once

#include "runtime/kernels/cpu/amx_kernel_bodies.h"
#include "runtime/kernels/cpu/avx512_bf16_chain.h"

namespace jangwon::runtime {
namespace {

struct AmxHelper {
  using Chain = Avx512Bf16Chain;
  using Rounding = chain_rounding::FlushSubnormals;

  static void round(const float* x, int inner, uint16_t* out) {
    Avx512Bf16Chain::round(x, inner, out);
  }
  template <ChainFormat format>
  static void decode(const std::byte* pairs, int count,
                     const chain_kernel_bodies::CodeMeaning& meaning, std::byte* out) {
    const Avx512Bf16Chain::Decoder decoder = Avx512Bf16Chain::decoder<format>(meaning);
    for (int i = 0; i < count; ++i) {
      const __m512i weights = Avx512Bf16Chain::load<format>(
          pairs + i * chain_kernel_bodies::kPairBytes<format>, decoder);
      _mm512_storeu_si512(out + 64 * i, weights);
    }
  }
  static void add_scaled(const std::byte* scales, int64_t first, bool are_bf16, const float* sums,
                         bool is_first, float* y) {
    using Sum = Avx512Bf16Chain::Lanes;
    const Sum scale = are_bf16 ? Sum::load_bf16(reinterpret_cast<const uint16_t*>(scales) + first)
                               : Sum::load(reinterpret_cast<const float*>(scales) + first);
    Sum::fma(scale, Sum::load(sums), is_first ? Sum::zero() : Sum::load(y)).store(y);
  }
};

}  // namespace
}  // namespace jangwon::runtime
