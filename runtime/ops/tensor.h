// How activations stand in a device's memory: rows of floats, one after the other.

#pragma once

#include <cstdint>

namespace jangwon::runtime {

// Row strides of activations are multiples of this many floats, so that a kernel may write whole
// vectors at a row's end.
constexpr int64_t kRowAlignment = 16;
constexpr int64_t padded(int64_t size) {
  return (size + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
}

// Rows of `stride` floats each. How many rows there are, and how much of each counts, the
// operator's arguments say.
struct ConstRows {
  const float* data = nullptr;
  int64_t stride = 0;

  constexpr const float* row(int64_t index) const { return data + index * stride; }
};

struct Rows {
  float* data = nullptr;
  int64_t stride = 0;

  constexpr float* row(int64_t index) const { return data + index * stride; }
  constexpr operator ConstRows() const { return {data, stride}; }
};

}  // namespace jangwon::runtime
