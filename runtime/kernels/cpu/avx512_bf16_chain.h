// How AVX512_BF16 holds two inputs of sixteen outputs, for the .cc files that are compiled with it.
// VDPBF16PS adds two products to each of sixteen sums, the odd one first, and knows no subnormal
// numbers. Stored integers and FP8 become bf16 in registers, exactly.

#pragma once

#include <immintrin.h>

#include "runtime/kernels/cpu/chain_kernel_bodies.h"

namespace jangwon::runtime {
namespace {

struct Avx512Bf16OffsetChain;

struct Avx512Bf16Chain : chain_kernel_bodies::PlainChain {
  static constexpr int kTileRows = 6;
  static constexpr int tile_panels(int) { return 4; }
  // 28 registers of sums at most: the fewer panels side by side, the more rows share one walk over
  // the weights. More than 14 rows wait for products, whatever the number of walks.
  static constexpr int kTallRows = 14;
  static constexpr int tall_panels(int rows) { return rows <= 9 ? 3 : 2; }
  using Decoded = Avx512Bf16Chain;
  struct Sum {
    __m512 v;
    static Sum zero() { return {_mm512_setzero_ps()}; }
    static Sum load(const float* x) { return {_mm512_loadu_ps(x)}; }
    static Sum load_bf16(const uint16_t* x) {
      const __m512i bits =
          _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
      return {_mm512_castsi512_ps(_mm512_slli_epi32(bits, 16))};
    }
    static Sum fma(Sum a, Sum b, Sum c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
    void store(float* out) const { _mm512_storeu_ps(out, v); }
  };
  using Input = uint32_t;  // two bf16
  using Broadcast = __m512i;
  using Pair = __m512i;
  using Rounding = chain_rounding::FlushSubnormals;  // for the scales' multiply-adds
  struct Decoder {
    __m512i codebook;
    __m512i offsets;  // of Avx512Bf16OffsetChain
  };
  using WithOffsets = Avx512Bf16OffsetChain;

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
  static Broadcast broadcast(const Input& x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  static Sum accumulate(Sum sum, Broadcast x, Pair w) {
    return {_mm512_dpbf16_ps(sum.v, reinterpret_cast<__m512bh>(w), reinterpret_cast<__m512bh>(x))};
  }

  template <ChainFormat format>
  static Decoder decoder(chain_kernel_bodies::CodeMeaning meaning) {
    Decoder decoder = {};
    if constexpr (format == ChainFormat::kNibble) {
      // Twice the sixteen numbers of a code without an offset: its fifth bit says nothing.
      decoder.codebook = _mm512_broadcast_i64x4(
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(meaning.codebook)));
    }
    if constexpr (format == ChainFormat::kFp8) {
      // NaN, and the subnormal magnitudes 0 to 7 · 2^-9 as bf16.
      alignas(64) static constexpr uint16_t kSmall[32] = {0x0000, 0x0000, 0x3b00, 0x3b80, 0x3bc0,
                                                          0x3c00, 0x3c20, 0x3c40, 0x3c60};
      decoder.codebook = _mm512_load_si512(kSmall);
    }
    return decoder;
  }

  // Words of a byte a lane, its low half in the even one's low bits and its high half in the odd
  // one's.
  static __m512i nibbles(const std::byte* pair) {
    const __m512i bytes =
        _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pair)));
    const __m512i words = _mm512_shuffle_epi8(
        bytes,
        _mm512_set_epi64(
            static_cast<int64_t>(0x800f800f800e800e), static_cast<int64_t>(0x800d800d800c800c),
            static_cast<int64_t>(0x800b800b800a800a), static_cast<int64_t>(0x8009800980088008),
            static_cast<int64_t>(0x8007800780068006), static_cast<int64_t>(0x8005800580048004),
            static_cast<int64_t>(0x8003800380028002), static_cast<int64_t>(0x8001800180008000)));
    return _mm512_srlv_epi16(words, _mm512_set1_epi32(0x00040000));
  }

  static __m512i from_int8(const std::byte* pair) {
    const auto* halves = reinterpret_cast<const __m128i*>(pair);
    const __m512 low = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(halves)));
    const __m512 high = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(halves + 1)));
    return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
  }

  static __m512i from_fp8(const std::byte* pair, const Decoder& decoder) {
    const __m512i codes =
        _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(pair)));
    // One more than the magnitude: NaN becomes 0 and stands with the subnormal ones.
    const __m512i number =
        _mm512_and_si512(_mm512_add_epi16(codes, _mm512_set1_epi16(1)), _mm512_set1_epi16(0x7f));
    // The fraction's three bits at the top of bf16's seven, the exponent's bias 127 in place of 7.
    const __m512i normal =
        _mm512_add_epi16(_mm512_slli_epi16(number, 4), _mm512_set1_epi16((120 << 7) - (1 << 4)));
    const __mmask32 small = _mm512_cmple_epu16_mask(number, _mm512_set1_epi16(8));
    const __m512i value = _mm512_mask_permutexvar_epi16(normal, small, number, decoder.codebook);
    constexpr int kOrOfMasked = 0xf8;  // value | (sign & mask)
    return _mm512_ternarylogic_epi32(value, _mm512_slli_epi16(codes, 8),
                                     _mm512_set1_epi16(static_cast<int16_t>(0x8000)), kOrOfMasked);
  }

  template <ChainFormat format>
  static Pair load(const std::byte* pair, const Decoder& decoder) {
    if constexpr (format == ChainFormat::kBf16) return _mm512_loadu_si512(pair);
    if constexpr (format == ChainFormat::kInt8) return from_int8(pair);
    if constexpr (format == ChainFormat::kFp8) return from_fp8(pair, decoder);
    if constexpr (format == ChainFormat::kNibble)
      return _mm512_permutexvar_epi16(nibbles(pair), decoder.codebook);
  }
};

// Of kNibble where a code and its group's offset are a number of the codebook.
struct Avx512Bf16OffsetChain : Avx512Bf16Chain {
  template <ChainFormat format>
  static Decoder decoder(chain_kernel_bodies::CodeMeaning meaning) {
    static_assert(format == ChainFormat::kNibble);
    const __m512i offsets =
        _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(meaning.offsets)));
    return {_mm512_loadu_si512(meaning.codebook),
            _mm512_or_si512(offsets, _mm512_slli_epi32(offsets, 16))};
  }
  template <ChainFormat format>
  static Pair load(const std::byte* pair, const Decoder& decoder) {
    const __m512i codes = _mm512_and_si512(nibbles(pair), _mm512_set1_epi16(15));
    return _mm512_permutexvar_epi16(_mm512_add_epi16(codes, decoder.offsets), decoder.codebook);
  }
};

}  // namespace
}  // namespace jangwon::runtime
