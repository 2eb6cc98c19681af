// What the kernels in tiles leave to ordinary vectors: rounding of inputs, decoding of stored
// weights (by Chain), scales of groups, stores that no cache keeps.

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
  // y = Σ scale · sum, group after group; of the first one y is zero before.
  static void add_scaled(const amx_kernel_bodies::ScaledSums& a) {
    switch (a.num_groups) {
      case 1:
        return add_groups<1>(a);
      case 2:
        return add_groups<2>(a);
      case 3:
        return add_groups<3>(a);
      default:
        return add_groups<4>(a);
    }
  }

  // A tile of sums to lines of memory, which no cache keeps; whole for others after end_streams().
  static void stream(const float* sums, int num_rows, float* y, int64_t y_stride) {
    for (int row = 0; row < num_rows; ++row)
      _mm512_stream_ps(y + row * y_stride, _mm512_load_ps(sums + row * kPanelWidth));
  }
  static void end_streams() { _mm_sfence(); }

 private:
  template <int groups>
  static void add_groups(const amx_kernel_bodies::ScaledSums& a) {
    static_assert(groups <= amx_kernel_bodies::kGroupsAtOnce);
    using Sum = Avx512Bf16Chain::Lanes;
    using amx_kernel_bodies::Work;
    using chain_kernel_bodies::repeat;
    Sum scales[groups];
    repeat<groups>([&](auto g) __attribute__((always_inline)) {
      const int64_t first = int64_t{a.first_group + g()} * kPanelWidth;
      scales[g()] = a.are_bf16 ? Sum::load_bf16(reinterpret_cast<const uint16_t*>(a.scales) + first)
                               : Sum::load(reinterpret_cast<const float*>(a.scales) + first);
    });
    for (int row = 0; row < a.num_rows; ++row) {
      float* const y = a.y + row * a.y_stride;
      Sum total = a.first_group == 0 ? Sum::zero() : Sum::load(y);
      repeat<groups>([&](auto g) __attribute__((always_inline)) {
        const float* sums = a.sums + g() * Work::kGroupFloats + row * kPanelWidth;
        total = Sum::fma(scales[g()], Sum::load(sums), total);
      });
      total.store(y);
    }
  }
};

}  // namespace
}  // namespace jangwon::runtime
