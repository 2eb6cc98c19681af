#include "tests/cuda_emulator/tensor_core.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace jangwon::cuda_emulator::tensor_core {
namespace {

constexpr int kZeroExponent = -133;  // what a term that is zero contributes to the largest exponent
constexpr int kFloatMinExponent = -126;
constexpr std::uint32_t kCanonicalNan = 0x7fffffff;

// significand * 2^(exponent - 23)
struct Parts {
  std::int64_t significand;
  int exponent;
};

Parts split(float value, int min_exponent) {
  if (value == 0) return {0, kZeroExponent};
  int exponent;
  const float fraction = std::frexp(value, &exponent);  // in [0.5, 1)
  exponent -= 1;
  if (exponent < min_exponent) {
    return {static_cast<std::int64_t>(std::ldexp(value, 23 - min_exponent)), min_exponent};
  }
  return {static_cast<std::int64_t>(std::ldexp(fraction, 24)), exponent};
}

// Towards zero; a shift by 64 and more gives 0.
std::int64_t shift_right(std::int64_t value, int bits) {
  if (bits >= 63) return 0;
  return value < 0 ? -(-value >> bits) : value >> bits;
}

// sum * 2^exponent_of_unit, cut off to `fraction_bits`.
float truncate(std::int64_t sum, int exponent_of_unit, int fraction_bits) {
  if (sum == 0) return 0;
  const auto magnitude = static_cast<std::uint64_t>(sum < 0 ? -sum : sum);
  const int exponent =
      std::max(int(std::bit_width(magnitude)) - 1 + exponent_of_unit, kFloatMinExponent);
  const int drop = std::max(0, exponent - fraction_bits - exponent_of_unit);
  const double kept = drop >= 64 ? 0.0 : static_cast<double>(magnitude >> drop << drop);
  const double value = std::ldexp(sum < 0 ? -kept : kept, exponent_of_unit);
  // exact, or an overflow to infinity; minus zero becomes zero
  return static_cast<float>(value) + 0.0f;
}

float add_block(const float* a, int a_min_exponent, const float* b, int b_min_exponent, float c,
                const Arithmetic& arithmetic) {
  bool finite = std::isfinite(c);
  float special = finite ? 0 : c;  // the sum of all terms that are not finite
  for (int i = 0; i < arithmetic.block; ++i) {
    if (std::isfinite(a[i]) && std::isfinite(b[i])) continue;
    finite = false;
    special += a[i] * b[i];
  }
  if (!finite) return std::isnan(special) ? std::bit_cast<float>(kCanonicalNan) : special;

  constexpr int kMaxBlock = 32;
  Parts terms[kMaxBlock + 1];  // with 46 fraction bits, as the product of two significands has
  int largest = kZeroExponent - 1000;
  for (int i = 0; i < arithmetic.block; ++i) {
    const Parts x = split(a[i], a_min_exponent), y = split(b[i], b_min_exponent);
    terms[i] = {x.significand * y.significand, x.exponent + y.exponent};
  }
  const Parts accumulator = split(c, kFloatMinExponent);
  terms[arithmetic.block] = {accumulator.significand << 23, accumulator.exponent};
  for (int i = 0; i <= arithmetic.block; ++i) {
    if (terms[i].significand == 0) terms[i].exponent = kZeroExponent;
    largest = std::max(largest, terms[i].exponent);
  }
  std::int64_t sum = 0;
  for (int i = 0; i <= arithmetic.block; ++i) {
    sum += shift_right(terms[i].significand,
                       46 - arithmetic.fraction_bits + largest - terms[i].exponent);
  }
  return truncate(sum, largest - arithmetic.fraction_bits, arithmetic.result_fraction_bits);
}

// --- the fast form for bf16: eight columns side by side in integers of 32 bits ---
//
// A product of two bf16 significands has 14 fraction bits and is below 2^16, so with up to 25
// fraction bits a term is below 2^27 and sixteen of them below 2^31 (255 * 255 * 2^11 * 16 is). The
// accumulator is added in double.

constexpr int kLanes = 8, kK = 16, kMaxBlocks = kK / 8;
constexpr int kRowsAtOnce = 16;       // what one warp owns of an mma or a wgmma
constexpr int kNoExponent = -10'000;  // of a zero factor, so that its product never is the largest
using Lanes = std::int32_t __attribute__((vector_size(4 * kLanes)));
using Doubles = double __attribute__((vector_size(8 * kLanes)));
using Words = std::int64_t __attribute__((vector_size(8 * kLanes)));

// Finite bf16 numbers, significand * 2^(exponent - 7). T is int, or Lanes for eight of them.
template <class T>
struct Bf16Parts {
  T significand[kK], exponent[kK];
  T has_zero[kMaxBlocks] = {};  // all ones if a number of the block is zero
  bool finite = true;
};

[[gnu::always_inline]] inline Lanes select(const Lanes& condition, const Lanes& yes,
                                           const Lanes& no) {
  return condition != 0 ? yes : no;
}
[[gnu::always_inline]] inline Lanes fill(int value) {
  return Lanes{} + value;
}

[[gnu::always_inline]] inline void split_row(const std::uint16_t* a_K, int block,
                                             Bf16Parts<int>* parts) {
  *parts = {};
  for (int k = 0; k < kK; ++k) {
    const int biased = a_K[k] >> 7 & 0xff, fraction = a_K[k] & 0x7f;
    const int magnitude = biased == 0 ? fraction : fraction | 0x80;
    parts->significand[k] = (a_K[k] & 0x8000) != 0 ? -magnitude : magnitude;
    parts->exponent[k] = magnitude == 0 ? kNoExponent : (biased == 0 ? 1 : biased) - 127;
    if (magnitude == 0) parts->has_zero[k / block] = -1;
    parts->finite = parts->finite && biased != 0xff;
  }
}

[[gnu::always_inline]] inline void split_columns(const std::uint16_t* b_NK, int block,
                                                 Bf16Parts<Lanes>* parts) {
  *parts = {};
  Lanes special = {};
  for (int k = 0; k < kK; ++k) {
    Lanes bits = {};
    for (int i = 0; i < kLanes; ++i)
      bits[i] = b_NK[i * kK + k];
    const Lanes biased = bits >> 7 & 0xff, fraction = bits & 0x7f;
    const Lanes is_subnormal = biased == 0;
    const Lanes magnitude = fraction | (~is_subnormal & 0x80);
    const Lanes sign = -(bits >> 15), is_zero = magnitude == 0;
    parts->significand[k] = (magnitude ^ sign) - sign;
    parts->exponent[k] = select(is_zero, fill(kNoExponent), biased - is_subnormal - 127);
    parts->has_zero[k / block] |= is_zero;
    special |= biased == 0xff;
  }
  for (int i = 0; i < kLanes; ++i)
    parts->finite = parts->finite && special[i] == 0;
}

// One block of eight columns of one row. False if a result is not finite.
// Always inlined, because it is compiled with and without AVX2.
[[gnu::always_inline]] inline bool add_block_bf16(const Bf16Parts<int>& a,
                                                  const Bf16Parts<Lanes>& b, int first,
                                                  const Arithmetic& arithmetic, float* d) {
  const int block = arithmetic.block, fraction_bits = arithmetic.fraction_bits;
  Lanes bits;
  std::memcpy(&bits, d, sizeof bits);
  const Lanes biased = bits >> 23 & 0xff, is_subnormal = biased == 0, c_sign = bits >> 31;
  const Lanes c_magnitude = (bits & 0x7fffff) | (~is_subnormal & 0x800000);
  const Lanes c_exponent =
      select(c_magnitude == 0, fill(kZeroExponent), biased - is_subnormal - 127);

  const Lanes has_zero = b.has_zero[first / block] | a.has_zero[first / block];
  Lanes largest = select(has_zero, fill(kZeroExponent), fill(kNoExponent));
  largest = select(largest > c_exponent, largest, c_exponent);
  for (int k = first; k < first + block; ++k) {
    const Lanes exponent = b.exponent[k] + a.exponent[k];
    largest = select(largest > exponent, largest, exponent);
  }
  Lanes sum = {};
  for (int k = first; k < first + block; ++k) {
    Lanes shift = largest - (b.exponent[k] + a.exponent[k]);
    shift = select(shift > 31, fill(31), shift);
    const Lanes product = (b.significand[k] * a.significand[k]) << (fraction_bits - 14);
    const Lanes sign = product >> 31;
    const Lanes magnitude = ((product ^ sign) - sign) >> shift;
    sum += (magnitude ^ sign) - sign;
  }
  Lanes c_shift = largest - c_exponent;
  c_shift = select(c_shift > 31, fill(31), c_shift);
  const Lanes c_kept = (c_magnitude << (fraction_bits - 23)) >> c_shift;
  const Doubles total = __builtin_convertvector(sum, Doubles) +
                        __builtin_convertvector((c_kept ^ c_sign) - c_sign, Doubles);

  // 24 significant bits, cut off in the bit pattern; then an exact scaling by a power of two.
  constexpr std::int64_t kCutOff = (std::int64_t{1} << 29) - 1;
  const Words scale = (__builtin_convertvector(largest, Words) - fraction_bits + 1023) << 52;
  const Doubles value = (Doubles)((Words)total & ~kCutOff) * (Doubles)scale;
  bool finite = true;
  for (int i = 0; i < kLanes; ++i) {
    d[i] = static_cast<float>(value[i]);
    finite = finite && std::isfinite(d[i]);
    if (std::abs(value[i]) < 0x1p-126) {  // a subnormal result keeps fewer bits
      d[i] = truncate(static_cast<std::int64_t>(total[i]), largest[i] - fraction_bits, 23);
    }
  }
  return finite;
}

[[gnu::always_inline]] inline void multiply(int m, int n, const std::uint16_t* a_MK,
                                            const std::uint16_t* b_NK, float* d_MN,
                                            const Arithmetic& arithmetic) {
  Bf16Parts<int> rows[kRowsAtOnce];
  for (int row = 0; row < m; ++row)
    split_row(a_MK + row * kK, arithmetic.block, &rows[row]);
  for (int column = 0; column < n; column += kLanes) {
    Bf16Parts<Lanes> columns;
    split_columns(b_NK + column * kK, arithmetic.block, &columns);
    for (int row = 0; row < m; ++row) {
      float* d = d_MN + row * n + column;
      float c[kLanes];
      std::memcpy(c, d, sizeof c);
      bool finite = rows[row].finite && columns.finite;
      for (int i = 0; i < kLanes; ++i)
        finite = finite && std::isfinite(c[i]);
      for (int k = 0; finite && k < kK; k += arithmetic.block) {
        finite = add_block_bf16(rows[row], columns, k, arithmetic, d);
      }
      if (finite) continue;
      const auto to_float = [](std::uint16_t bits) {
        return std::bit_cast<float>(std::uint32_t{bits} << 16);
      };
      for (int i = 0; i < kLanes; ++i) {
        float a[kK], b[kK];
        for (int k = 0; k < kK; ++k)
          a[k] = to_float(a_MK[row * kK + k]), b[k] = to_float(b_NK[(column + i) * kK + k]);
        d[i] = dot(a, kBf16MinExponent, b, kBf16MinExponent, kK, c[i], arithmetic);
      }
    }
  }
}

#ifdef __x86_64__
[[gnu::target("avx2")]] void multiply_avx2(int m, int n, const std::uint16_t* a_MK,
                                           const std::uint16_t* b_NK, float* d_MN,
                                           const Arithmetic& arithmetic) {
  multiply(m, n, a_MK, b_NK, d_MN, arithmetic);
}
#endif

}  // namespace

float dot(const float* a, int a_min_exponent, const float* b, int b_min_exponent, int k, float c,
          const Arithmetic& arithmetic) {
  for (int i = 0; i < k; i += arithmetic.block) {
    c = add_block(a + i, a_min_exponent, b + i, b_min_exponent, c, arithmetic);
  }
  return c;
}

void multiply_bf16(int m, int n, const std::uint16_t* a_MK, const std::uint16_t* b_NK, float* d_MN,
                   const Arithmetic& arithmetic) {
#ifdef __x86_64__
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx2) return multiply_avx2(m, n, a_MK, b_NK, d_MN, arithmetic);
#endif
  multiply(m, n, a_MK, b_NK, d_MN, arithmetic);
}

float from_e4m3(std::uint8_t bits) {
  const int biased = bits >> 3 & 15, fraction = bits & 7;
  if (biased == 15 && fraction == 7) return std::numeric_limits<float>::quiet_NaN();
  const float magnitude =
      biased == 0 ? std::ldexp(float(fraction), -9) : std::ldexp(float(fraction | 8), biased - 10);
  return (bits & 0x80) != 0 ? -magnitude : magnitude;
}

float from_e5m2(std::uint8_t bits) {  // the upper half of an IEEE half
  const int biased = bits >> 2 & 31, fraction = bits & 3;
  float magnitude =
      biased == 0 ? std::ldexp(float(fraction), -16) : std::ldexp(float(fraction | 4), biased - 17);
  if (biased == 31) magnitude = fraction == 0 ? INFINITY : std::numeric_limits<float>::quiet_NaN();
  return (bits & 0x80) != 0 ? -magnitude : magnitude;
}

}  // namespace jangwon::cuda_emulator::tensor_core
