// A typed look at tensor data that somebody else owns: a mapped file, an arena, a cache.
// Row-major and dense.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "runtime/base/dtype.h"

namespace jangwon {

// Dimensions, outermost first; at most kMaxRank.
struct Shape {
  static constexpr int kMaxRank = 6;
  std::array<int64_t, kMaxRank> dims{};
  int rank = 0;

  Shape() = default;
  Shape(std::initializer_list<int64_t> list);
  int64_t operator[](int i) const { return dims[i]; }
  int64_t num_elements() const;  // of a scalar: 1
  std::string to_text() const;   // "[2, 3]"
  bool operator==(const Shape& other) const;
};

struct TensorView {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  const void* data = nullptr;  // may be unaligned: safetensors promises no alignment

  int64_t size_bytes() const { return shape.num_elements() * static_cast<int64_t>(size_of(dtype)); }
};

// Copies `count` elements starting at `first` into floats. REQUIRES a floating dtype (F32,
// F16, BF16, F8_E4M3).
void copy_as_float(const TensorView& tensor, int64_t first, int64_t count, float* out);

}  // namespace jangwon
