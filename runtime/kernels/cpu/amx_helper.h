// What the kernels in tiles leave to ordinary vectors: rounding of inputs, decoding of stored
// weights (by Chain), scales of groups.

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
