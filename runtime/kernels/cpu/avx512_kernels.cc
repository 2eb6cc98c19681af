// The operators with AVX-512 F: one register holds all lanes.

#if defined(__x86_64__)

#include <immintrin.h>

#include "runtime/base/sanitized.h"
#include "runtime/kernels/cpu/chain_kernel_bodies.h"
#include "runtime/kernels/cpu/lane_kernel_bodies.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
namespace {

struct Avx512Vec {
  static constexpr int kTileRows = 6;
  static constexpr int kTilePanels = 4;
  __m512 v;

  static Avx512Vec zero() { return {_mm512_setzero_ps()}; }
  static Avx512Vec broadcast(float x) { return {_mm512_set1_ps(x)}; }
  static Avx512Vec load(const float* x) { return {_mm512_loadu_ps(x)}; }
  static Avx512Vec load(const uint16_t* x) {
    const __m512i bits =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(bits, 16))};
  }
  static Avx512Vec fma(Avx512Vec a, Avx512Vec b, Avx512Vec c) {
    return {_mm512_fmadd_ps(a.v, b.v, c.v)};
  }
  static Avx512Vec add(Avx512Vec a, Avx512Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
  static Avx512Vec sub(Avx512Vec a, Avx512Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
  static Avx512Vec mul(Avx512Vec a, Avx512Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
  static Avx512Vec div(Avx512Vec a, Avx512Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
  static Avx512Vec max(Avx512Vec a, Avx512Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
  static Avx512Vec min(Avx512Vec a, Avx512Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
  static Avx512Vec round(Avx512Vec a) {
    return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
  }
  static Avx512Vec power_of_two(Avx512Vec n) {
    const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n.v), _mm512_set1_epi32(127));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23))};
  }
  static Avx512Vec zero_where_below(Avx512Vec x, float limit, Avx512Vec value) {
    const __mmask16 keep = _mm512_cmp_ps_mask(x.v, _mm512_set1_ps(limit), _CMP_NLT_UQ);
    return {_mm512_maskz_mov_ps(keep, value.v)};
  }
  void store(float* out) const { _mm512_storeu_ps(out, v); }
};

// chain_kernel_bodies::turn_pairs: words within quads, then a square of eight by
// eight quads turned.
void turn_pairs(const std::byte* in, std::byte* out) {
  const __m512i ends = _mm512_set1_epi64(static_cast<int64_t>(0xffff00000000ffffu));
  const __m512i second = _mm512_set1_epi64(0x00000000ffff0000);
  __m512i rows[8];
  for (int j = 0; j < 8; ++j) {
    const __m512i quads = _mm512_loadu_si512(in + 64 * j);
    const __m512i up = _mm512_slli_epi64(_mm512_and_si512(quads, second), 16);
    const __m512i down = _mm512_and_si512(_mm512_srli_epi64(quads, 16), second);
    rows[j] = _mm512_or_si512(_mm512_and_si512(quads, ends), _mm512_or_si512(up, down));
  }
  __m512i twos[8];
  for (int j = 0; j < 4; ++j) {
    twos[2 * j] = _mm512_unpacklo_epi64(rows[2 * j], rows[2 * j + 1]);
    twos[2 * j + 1] = _mm512_unpackhi_epi64(rows[2 * j], rows[2 * j + 1]);
  }
  // Of 128-bit parts: output i has part i / 2 of the four with its parity.
  for (int odd = 0; odd < 2; ++odd) {
    const __m512i low = _mm512_shuffle_i64x2(twos[odd], twos[2 + odd], 0x44);
    const __m512i high = _mm512_shuffle_i64x2(twos[odd], twos[2 + odd], 0xee);
    const __m512i low2 = _mm512_shuffle_i64x2(twos[4 + odd], twos[6 + odd], 0x44);
    const __m512i high2 = _mm512_shuffle_i64x2(twos[4 + odd], twos[6 + odd], 0xee);
    _mm512_storeu_si512(out + 64 * odd, _mm512_shuffle_i64x2(low, low2, 0x88));
    _mm512_storeu_si512(out + 64 * (2 + odd), _mm512_shuffle_i64x2(low, low2, 0xdd));
    _mm512_storeu_si512(out + 64 * (4 + odd), _mm512_shuffle_i64x2(high, high2, 0x88));
    _mm512_storeu_si512(out + 64 * (6 + odd), _mm512_shuffle_i64x2(high, high2, 0xdd));
  }
}

// A pair of weights is widened to its even and its odd half.
struct Avx512Chain : chain_kernel_bodies::FloatChain<Avx512Vec> {
#ifdef JANGWON_SANITIZED
  // A sanitizer looks at each step of an unrolled tile: whole ones take minutes to compile.
  static constexpr int kTileRows = 3;
  static constexpr int tile_panels(int rows) {
    return rows == 1 ? 2 : 1;
  }
  static constexpr int kSplitTileRows = 2;
  static constexpr int split_tile_panels(int rows) {
    return tile_panels(rows);
  }
#else
  static constexpr int kTileRows = 12;
  static constexpr int tile_panels(int rows) {
    return rows == 1 ? 8 : rows <= 5 ? 4 : 2;
  }
  static constexpr int kSplitTileRows = 6;
  static constexpr int split_tile_panels(int rows) {
    return rows == 1 ? 4 : 2;
  }
#endif
  struct Decoder {
    __m512 low, high;  // the codebook's halves
    __m512i offsets;
    bool has_offsets;
  };

  template <ChainFormat format>
  static Decoder decoder(chain_kernel_bodies::CodeMeaning meaning) {
    Decoder decoder = {};
    if constexpr (format == ChainFormat::kNibble) {
      decoder.low = Avx512Vec::load(meaning.codebook).v;
      decoder.high = Avx512Vec::load(meaning.codebook + 16).v;
      decoder.has_offsets = meaning.offsets != nullptr;
      if (meaning.offsets)
        decoder.offsets = _mm512_cvtepu8_epi32(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(meaning.offsets)));
    }
    return decoder;
  }

  static void widen(const uint16_t* row, int pairs, Input* out) {
    auto* floats = reinterpret_cast<float*>(out);
    int i = 0;
    for (; i + kVectorLanes <= 2 * pairs; i += kVectorLanes)
      Avx512Vec::load(row + i).store(floats + i);
    chain_rounding::widen_row(row + i, pairs - i / 2, out + i / 2);
  }
  static void store_bf16(const Pair& w, std::byte* out) {
    const __m512i even = _mm512_srli_epi32(_mm512_castps_si512(w.even.v), 16);
    const __m512i odd = _mm512_castps_si512(w.odd.v);
    constexpr int kOrAnd = 0xf8;  // even | (odd & mask)
    _mm512_storeu_si512(
        out, _mm512_ternarylogic_epi32(even, odd, _mm512_set1_epi32(static_cast<int>(0xffff0000u)),
                                       kOrAnd));
  }

  // From codes in the low bytes: fraction and exponent move to their places in a float; subnormal
  // ones are counts of 2^-9.
  static __m512 fp8_value(__m512i codes) {
    const __m512i magnitude = _mm512_and_si512(codes, _mm512_set1_epi32(0x7f));
    const __m512i normal =
        _mm512_add_epi32(_mm512_slli_epi32(magnitude, 20), _mm512_set1_epi32(120 << 23));
    const __m512 small = _mm512_mul_ps(_mm512_cvtepi32_ps(magnitude), _mm512_set1_ps(0x1p-9f));
    const __mmask16 is_small = _mm512_cmplt_epi32_mask(magnitude, _mm512_set1_epi32(8));
    const __mmask16 is_number = _mm512_cmpneq_epi32_mask(magnitude, _mm512_set1_epi32(0x7f));
    const __m512i bits = _mm512_maskz_mov_epi32(
        is_number,
        _mm512_castps_si512(_mm512_mask_mov_ps(_mm512_castsi512_ps(normal), is_small, small)));
    const __m512i sign = _mm512_slli_epi32(_mm512_and_si512(codes, _mm512_set1_epi32(0x80)), 24);
    return _mm512_castsi512_ps(_mm512_or_si512(bits, sign));
  }

  template <ChainFormat format>
  static Pair load(const std::byte* pair, const Decoder& decoder) {
    if constexpr (format == ChainFormat::kBf16) {
      const __m512i both = _mm512_loadu_si512(pair);
      return {{_mm512_castsi512_ps(_mm512_slli_epi32(both, 16))},
              {_mm512_castsi512_ps(
                  _mm512_and_si512(both, _mm512_set1_epi32(static_cast<int>(0xffff0000u))))}};
    } else if constexpr (format == ChainFormat::kNibble) {
      const __m512i byte =
          _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pair)));
      if (!decoder.has_offsets)  // an index's other bits do not count
        return {{_mm512_permutexvar_ps(byte, decoder.low)},
                {_mm512_permutexvar_ps(_mm512_srli_epi32(byte, 4), decoder.low)}};
      const __m512i even =
          _mm512_add_epi32(_mm512_and_si512(byte, _mm512_set1_epi32(15)), decoder.offsets);
      const __m512i odd = _mm512_add_epi32(_mm512_srli_epi32(byte, 4), decoder.offsets);
      return {{_mm512_permutex2var_ps(decoder.low, even, decoder.high)},
              {_mm512_permutex2var_ps(decoder.low, odd, decoder.high)}};
    } else {
      const __m512i both =
          _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(pair)));
      if constexpr (format == ChainFormat::kInt8) {
        return {{_mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(both, 24), 24))},
                {_mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(both, 16), 24))}};
      } else {
        return {{fp8_value(_mm512_and_si512(both, _mm512_set1_epi32(0xff)))},
                {fp8_value(_mm512_srli_epi32(both, 8))}};
      }
    }
  }
};

constexpr ChainKernels kAvx512Chains = chain_kernel_bodies::make_chains<Avx512Chain>(turn_pairs);

// Tiles wait for each line of weights that they load; multiply-adds of a few rows, which have the
// same sums, read memory as fast as nothing else does.
void tiles_or_lanes_split_gemm(const ChainArguments& a) {
  constexpr int kFewRows = 4;
  a.num_rows <= kFewRows ? kAvx512Chains.split_gemm(a) : amx_gemm(a);
}

}  // namespace

const LaneKernels kAvx512Kernels =
    lane_kernel_bodies::make_table<Avx512Vec>("avx512", kAvx512Chains);
const LaneKernels kAmxKernels = lane_kernel_bodies::make_table<Avx512Vec>(
    "amx",
    ChainKernels{.round_row = avx512_bf16_round_row,
                 .gemm = avx512_bf16_chain_gemm,
                 .values = avx512_bf16_chain_values,
                 .split_gemm = tiles_or_lanes_split_gemm,
                 .split_values = amx_values,
                 .turn_pairs = turn_pairs,
                 .peak = {.operations_per_round = kAmxPeakOperations, .run = amx_peak_products}});
const LaneKernels kAvx512Bf16Kernels = lane_kernel_bodies::make_table<Avx512Vec>(
    "avx512_bf16", ChainKernels{.round_row = avx512_bf16_round_row,
                                .gemm = avx512_bf16_chain_gemm,
                                .values = avx512_bf16_chain_values,
                                .split_gemm = kAvx512Chains.split_gemm,
                                .split_values = kAvx512Chains.split_values,
                                .turn_pairs = turn_pairs,
                                .peak = {.operations_per_round = kAvx512Bf16PeakOperations,
                                         .run = avx512_bf16_peak_products}});

}  // namespace jangwon::runtime

#endif
