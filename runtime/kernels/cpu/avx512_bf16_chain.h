// How AVX512_BF16 holds two inputs of sixteen outputs, for the .cc files that are compiled with it.
// VDPBF16PS adds two products to each of sixteen sums, the odd one first, and knows no subnormal
// numbers. Stored integers and FP8 become bf16 in registers, exactly.

#pragma once

#include <immintrin.h>

#include "runtime/base/sanitized.h"
#include "runtime/kernels/cpu/chain_kernel_bodies.h"

namespace jangwon::runtime {
namespace {

struct Avx512Bf16Chain : chain_kernel_bodies::PlainChain<Avx512Bf16Chain> {
#ifdef JANGWON_SANITIZED  // as in avx512_kernels.cc
  static constexpr int kTileRows = 3;
  static constexpr int tile_panels(int rows) {
    return rows == 1 ? 2 : 1;
  }
#else
  static constexpr int kTileRows = 6;
  static constexpr int tile_panels(int rows) {
    return rows == 1 ? 8 : 4;
  }
#endif
  struct Lanes {
    __m512 v;
    static Lanes zero() { return {_mm512_setzero_ps()}; }
    static Lanes load(const float* x) { return {_mm512_loadu_ps(x)}; }
    static Lanes load_bf16(const uint16_t* x) {
      const __m512i bits =
          _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
      return {_mm512_castsi512_ps(_mm512_slli_epi32(bits, 16))};
    }
    static Lanes fma(Lanes a, Lanes b, Lanes c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
    void store(float* out) const { _mm512_storeu_ps(out, v); }
  };
  using Input = uint32_t;  // two bf16
  using Pair = __m512i;
  template <int rows, int panels>
  using Sums = SumsOf<rows, panels, Lanes>;
  using Rounding = chain_rounding::FlushSubnormals;  // for the scales' multiply-adds
  struct Decoder {
    __m512i codebook;
    __m512i offsets;
  };

  static constexpr bool kReadsRows = true;

  static void round(const float* x, int inner, uint16_t* halves) {
    int i = 0;
    for (; i + 32 <= inner; i += 32) {
      const __m512bh both =
          _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(x + i));
      _mm512_storeu_si512(halves + i, reinterpret_cast<__m512i>(both));
    }
    if (i == inner) return;
    const int rest = inner - i;
    const __mmask16 low = static_cast<__mmask16>(rest >= 16 ? 0xffffu : (1u << rest) - 1);
    const __mmask16 high = static_cast<__mmask16>(rest > 16 ? (1u << (rest - 16)) - 1 : 0);
    const __m512bh both = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, x + i + 16),
                                              _mm512_maskz_loadu_ps(low, x + i));
    _mm512_storeu_si512(halves + i, reinterpret_cast<__m512i>(both));
  }
  static constexpr int kSteps = 1;
  template <int step>
  static __m512i broadcast(const Input& x) {
    return _mm512_set1_epi32(static_cast<int>(x));
  }
  template <int step>
  static Lanes accumulate(Lanes sum, __m512i x, Pair w) {
    return {_mm512_dpbf16_ps(sum.v, reinterpret_cast<__m512bh>(w), reinterpret_cast<__m512bh>(x))};
  }

  static void store_bf16(Pair w, std::byte* out) {
    _mm512_storeu_si512(out, w);
  }

  template <ChainFormat format>
  static Decoder decoder(chain_kernel_bodies::CodeMeaning meaning) {
    Decoder decoder = {};
    if constexpr (format == ChainFormat::kNibble) {
      decoder.codebook = _mm512_loadu_si512(meaning.codebook);
      if (meaning.offsets) {
        const __m512i offsets = _mm512_cvtepu8_epi32(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(meaning.offsets)));
        decoder.offsets = _mm512_or_si512(offsets, _mm512_slli_epi32(offsets, 16));
      }
    }
    if constexpr (format == ChainFormat::kFp8) {
      // The subnormal magnitudes 0 to 7 · 2^-9 as bf16.
      alignas(64) static constexpr uint16_t kSmall[32] = {0x0000, 0x3b00, 0x3b80, 0x3bc0,
                                                          0x3c00, 0x3c20, 0x3c40, 0x3c60};
      decoder.codebook = _mm512_load_si512(kSmall);
    }
    return decoder;
  }

  template <ChainFormat format>
  static Pair load(const std::byte* pair, const Decoder& decoder) {
    if constexpr (format == ChainFormat::kBf16) {
      return _mm512_loadu_si512(pair);
    } else if constexpr (format == ChainFormat::kNibble) {
      const __m512i byte =
          _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pair)));
      const __m512i both = _mm512_or_si512(byte, _mm512_slli_epi32(byte, 12));
      const __m512i codes = _mm512_and_si512(both, _mm512_set1_epi32(0x000f000f));
      return _mm512_permutexvar_epi16(_mm512_add_epi16(codes, decoder.offsets), decoder.codebook);
    } else {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pair));
      if constexpr (format == ChainFormat::kInt8) {
        const __m512 low = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm256_castsi256_si128(bytes)));
        const __m512 high =
            _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm256_extracti128_si256(bytes, 1)));
        return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
      } else {
        const __m512i words = _mm512_cvtepu8_epi16(bytes);
        const __m512i magnitude = _mm512_and_si512(words, _mm512_set1_epi16(0x7f));
        // The fraction's three bits at the top of bf16's seven, the exponent's bias
        // 127 in place of 7.
        const __m512i normal =
            _mm512_add_epi16(_mm512_slli_epi16(magnitude, 4), _mm512_set1_epi16(120 << 7));
        const __mmask32 small = _mm512_cmplt_epu16_mask(magnitude, _mm512_set1_epi16(8));
        const __mmask32 nan = _mm512_cmpeq_epi16_mask(magnitude, _mm512_set1_epi16(0x7f));
        const __m512i value =
            _mm512_mask_permutexvar_epi16(normal, small, magnitude, decoder.codebook);
        const __m512i sign =
            _mm512_slli_epi16(_mm512_andnot_si512(_mm512_set1_epi16(0x7f), words), 8);
        return _mm512_or_si512(_mm512_mask_mov_epi16(value, nan, _mm512_setzero_si512()), sign);
      }
    }
  }
};

}  // namespace
}  // namespace jangwon::runtime
