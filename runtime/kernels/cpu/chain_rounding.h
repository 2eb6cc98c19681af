// What the instruction sets without AVX512_BF16 share: its rounding of inputs and its treatment of
// subnormal numbers, and the values of FP8. For the .cc files of lane kernels alone: everything has
// internal linkage, since each is compiled with an instruction set of its own.

#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <cstdint>
#include <cstring>

namespace jangwon::runtime::chain_rounding {
namespace {

struct FloatPair {
  float even;
  float odd;
};

// To bf16: nearest even, subnormal numbers to zero, a NaN stays one.
inline uint16_t round_to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  const uint32_t magnitude = bits & 0x7fffffffu;
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1)) & 0xffff0000u;
  rounded = magnitude > 0x7f800000u ? (bits | 0x00400000u) & 0xffff0000u : rounded;
  rounded = magnitude < 0x00800000u ? bits & 0x80000000u : rounded;
  return static_cast<uint16_t>(rounded >> 16);
}

// LaneKernels::round_row
inline void round_row(const float* x, int inner, uint16_t* out) {
  int i = 0;
  for (; i < inner; ++i)
    out[i] = round_to_bf16(x[i]);
  for (; i % 32 != 0; ++i)
    out[i] = 0;
}

inline float from_bf16(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

inline void widen_row(const uint16_t* row, int pairs, FloatPair* out) {
  for (int i = 0; i < pairs; ++i)
    out[i] = {from_bf16(row[2 * i]), from_bf16(row[2 * i + 1])};
}

// Subnormal operands and results of this thread's float instructions count as zero while one lives.
class FlushSubnormals {
 public:
#if defined(__x86_64__)
  FlushSubnormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | 0x8040u);
  }
  ~FlushSubnormals() {
    _mm_setcsr(before_);
  }
#else
  FlushSubnormals() {}
  ~FlushSubnormals() {}
#endif
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  [[maybe_unused]] unsigned before_ = 0;
};

}  // namespace
}  // namespace jangwon::runtime::chain_rounding
