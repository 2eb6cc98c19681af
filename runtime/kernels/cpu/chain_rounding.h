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

// To bf16 and back: nearest even, subnormal numbers to zero, a NaN stays one.
inline float round_to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  const uint32_t magnitude = bits & 0x7fffffffu;
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1)) & 0xffff0000u;
  rounded = magnitude > 0x7f800000u ? (bits | 0x00400000u) & 0xffff0000u : rounded;
  rounded = magnitude < 0x00800000u ? bits & 0x80000000u : rounded;
  std::memcpy(&value, &rounded, 4);
  return value;
}

inline void round_row(const float* x, int inner, FloatPair* out) {
  const int whole = inner / 2;
  for (int i = 0; i < whole; ++i)
    out[i] = {round_to_bf16(x[2 * i]), round_to_bf16(x[2 * i + 1])};
  if (inner % 2 == 1) out[whole] = {round_to_bf16(x[inner - 1]), 0.0f};
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
