// As cuda_runtime.h: the type, its conversions and no arithmetic.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

struct alignas(2) __half {
  std::uint16_t bits;
};
using half = __half;

inline float __half2float(__half value) {
  const std::uint32_t sign = std::uint32_t{value.bits & 0x8000u} << 16;
  const std::uint32_t exponent = value.bits >> 10 & 31u, fraction = value.bits & 0x3ffu;
  float magnitude = std::ldexp(static_cast<float>(fraction | (exponent == 0 ? 0u : 0x400u)),
                               static_cast<int>(exponent == 0 ? 1 : exponent) - 25);
  if (exponent == 31) magnitude = std::bit_cast<float>(0x7f800000u | fraction << 13);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
}
// To nearest, ties to even.
inline __half __float2half_rn(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  if (value != value) return {0x7fff};
  const float magnitude = std::abs(value);
  if (magnitude >= 65520.0f) return {static_cast<std::uint16_t>(sign | 0x7c00)};
  if (magnitude < 0x1p-14f)
    return {
        static_cast<std::uint16_t>(sign | static_cast<int>(std::nearbyint(magnitude * 0x1p24f)))};
  const std::uint32_t rebased = (bits & 0x7fffffff) - (112u << 23);
  return {static_cast<std::uint16_t>(sign | (rebased + 0xfff + (rebased >> 13 & 1)) >> 13)};
}
inline __half __float2half(float value) {
  return __float2half_rn(value);
}
inline std::uint16_t __half_as_ushort(__half value) {
  return value.bits;
}
inline __half __ushort_as_half(std::uint16_t bits) {
  return {bits};
}
