// Arithmetic with the bits of the CPU's portable kernels (kernels/cpu/lane_kernel_bodies.h,
// chain_rounding.h): what they do to a lane of a vector, a thread does here. The files that include
// it are compiled without contraction.

#pragma once

#include <cmath>

#include "runtime/kernels/cuda/device.h"
#include "runtime/ops/arguments.h"

namespace jangwon::runtime {

constexpr int kLanes = 16;  // of every sum over lanes: kernels/cpu/lane_kernels.h, kVectorLanes

// As the x86 instructions: the second operand where the comparison is false, so NaN in it survives.
__device__ inline float larger(float a, float b) {
  return a > b ? a : b;
}
__device__ inline float smaller(float a, float b) {
  return a < b ? a : b;
}

__device__ inline float exponential(float x) {
  const float clamped = larger(smaller(x, 88.0f), -87.0f);
  const float n = rintf(clamped * 1.44269504088896341f);
  float r = fmaf(n, -0.693359375f, clamped);
  r = fmaf(n, 2.12194440054690583e-4f, r);
  float p = 1.0f / 5040.0f;
  p = fmaf(p, r, 1.0f / 720.0f);
  p = fmaf(p, r, 1.0f / 120.0f);
  p = fmaf(p, r, 1.0f / 24.0f);
  p = fmaf(p, r, 1.0f / 6.0f);
  p = fmaf(p, r, 0.5f);
  p = fmaf(p, r, 1.0f);
  p = fmaf(p, r, 1.0f);
  const float power_of_two = __int_as_float((static_cast<int>(n) + 127) << 23);
  return x < -87.0f ? 0.0f : p * power_of_two;
}

__device__ inline float sigmoid(float x) {
  return 1.0f / (1.0f + exponential(0.0f - x));
}

__device__ inline float softplus(float x) {
  const float u = exponential(smaller(x, 0.0f - x));
  const float s = u / (2.0f + u);
  const float square = s * s;
  float p = 1.0f / 15.0f;
#pragma unroll
  for (int n = 13; n >= 1; n -= 2)
    p = fmaf(p, square, 1.0f / static_cast<float>(n));
  return larger(0.0f, x) + 2.0f * (s * p);
}

__device__ inline float activate(Activation activation, float limit, float gate, float up) {
  if (activation == Activation::kSwiglu) return gate * sigmoid(gate) * up;
  const float g = smaller(gate, limit);
  const float u = larger(smaller(up, limit), -limit);
  if (activation == Activation::kLimitedSwiglu) return g * sigmoid(g) * u;
  return g * sigmoid(1.702f * g) * (u + 1.0f);
}

// Lane 0 + lane 8, … then halves again, in every sixteen threads by themselves; all get the sum.
// All lanes of the warp take part.
__device__ inline float sum_lanes(float value) {
  for (int half = kLanes / 2; half > 0; half /= 2)
    value = value + __shfl_down_sync(kFullWarp, value, half, kLanes);
  return __shfl_sync(kFullWarp, value, 0, kLanes);
}

// The same by one thread.
__device__ inline float sum_lanes(float (&lanes)[kLanes]) {
  // With counts that a compiler unrolls, so that the lanes stay in registers.
  constexpr int kHalvings = 4;
  static_assert(1 << kHalvings == kLanes);
#pragma unroll
  for (int step = 0; step < kHalvings; ++step) {
    const int half = kLanes / 2 >> step;
#pragma unroll
    for (int i = 0; i < kLanes / 2; ++i)
      if (i < half) lanes[i] = lanes[i] + lanes[i + half];
  }
  return lanes[0];
}

// The RMSNorm of a row by sixteen threads, each its own elements. out may be in. All lanes of the
// warp take part, those without a row with a size of nothing.
__device__ inline float rms_scale(const float* in, int lane, int size, float epsilon) {
  float squares = 0.0f;
  for (int i = lane; i < size; i += kLanes)
    squares = fmaf(in[i], in[i], squares);
  const float mean = sum_lanes(squares) / static_cast<float>(size);
  return 1.0f / sqrtf(mean + epsilon);
}

// --- chains: inputs are bf16 numbers, subnormal ones count as zero throughout ---

__device__ inline float value_of_bf16(uint16_t bits) {
  return __uint_as_float(static_cast<unsigned>(bits) << 16);
}

// To nearest even; what is subnormal stays.
__device__ inline uint16_t nearest_bf16(float value) {
  const unsigned bits = __float_as_uint(value);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// To bf16 and back, subnormal numbers to zero.
__device__ inline float round_to_bf16(float value) {
  const unsigned bits = __float_as_uint(value);
  const unsigned magnitude = bits & 0x7fffffffu;
  unsigned rounded = (bits + 0x7fffu + ((bits >> 16) & 1)) & 0xffff0000u;
  if (magnitude > 0x7f800000u) rounded = (bits | 0x00400000u) & 0xffff0000u;
  if (magnitude < 0x00800000u) rounded = bits & 0x80000000u;
  return __uint_as_float(rounded);
}

#ifdef __CUDACC__
__device__ inline float flushing_fma(float a, float b, float c) {
  float result;
  asm("fma.rn.ftz.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}
__device__ inline float flushing_add(float a, float b) {
  float result;
  asm("add.rn.ftz.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
#else
inline float flushed(float value) {
  return fabsf(value) < 0x1p-126f ? copysignf(0.0f, value) : value;
}
inline float flushing_fma(float a, float b, float c) {
  return flushed(fmaf(flushed(a), flushed(b), flushed(c)));
}
inline float flushing_add(float a, float b) {
  return flushed(flushed(a) + flushed(b));
}
#endif

// Sums of pairs in the order of the numerics: one chain, odd element first (kChain); or even and
// odd elements in a chain each, added to the total after so many pairs (kAmx).
constexpr int kSplitPairs = 16;

template <bool kSplits>
struct PairSum {
  float total = 0.0f;
  float even = 0.0f;
  float odd = 0.0f;

  __device__ void add(float x_even, float x_odd, float w_even, float w_odd) {
    if constexpr (kSplits) {
      even = flushing_fma(x_even, w_even, even);
      odd = flushing_fma(x_odd, w_odd, odd);
    } else {
      total = flushing_fma(x_even, w_even, flushing_fma(x_odd, w_odd, total));
    }
  }
  // After kSplitPairs pairs, and after the last.
  __device__ void fold() {
    if constexpr (kSplits) {
      total = flushing_add(total, flushing_add(even, odd));
      even = 0.0f;
      odd = 0.0f;
    }
  }
};

}  // namespace jangwon::runtime
