// Element types of tensors and their conversion to float.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace jangwon {

enum class DType { kF64, kF32, kF16, kBF16, kF8E4M3, kI64, kI32, kI16, kI8, kU8, kBool };

// The spelling of safetensors: "F32", "BF16", "F8_E4M3", …
const char* name_of(DType dtype);
std::optional<DType> find_dtype(std::string_view name);
size_t size_of(DType dtype);

inline float float_from_bf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}
float float_from_f16(uint16_t bits);
// OCP e4m3 without infinities: S.1111.111 is NaN, the largest finite value is 448.
float float_from_e4m3(uint8_t bits);

}  // namespace jangwon
