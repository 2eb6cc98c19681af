#include "runtime/base/tensor_view.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/check.h"

namespace jangwon {

Shape::Shape(std::initializer_list<int64_t> list) {
  JANGWON_CHECK(list.size() <= kMaxRank);
  std::copy(list.begin(), list.end(), dims.begin());
  rank = static_cast<int>(list.size());
}

int64_t Shape::num_elements() const {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i)
    count *= dims[i];
  return count;
}

std::string Shape::to_text() const {
  std::string text = "[";
  for (int i = 0; i < rank; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(dims[i]);
  }
  return text + "]";
}

bool Shape::operator==(const Shape& other) const {
  return rank == other.rank && std::equal(dims.begin(), dims.begin() + rank, other.dims.begin());
}

void copy_as_float(const TensorView& tensor, int64_t first, int64_t count, float* out) {
  const char* bytes =
      static_cast<const char*>(tensor.data) + first * static_cast<int64_t>(size_of(tensor.dtype));
  switch (tensor.dtype) {
    case DType::kF32:
      std::memcpy(out, bytes, static_cast<size_t>(count) * 4);
      return;
    case DType::kBF16:
    case DType::kF16:
      for (int64_t i = 0; i < count; ++i) {
        uint16_t bits;
        std::memcpy(&bits, bytes + 2 * i, 2);
        out[i] = tensor.dtype == DType::kBF16 ? float_from_bf16(bits) : float_from_f16(bits);
      }
      return;
    case DType::kF8E4M3:
      for (int64_t i = 0; i < count; ++i)
        out[i] = float_from_e4m3(static_cast<uint8_t>(bytes[i]));
      return;
    default:
      check_failed(__FILE__, __LINE__, "a floating dtype", tensor.name);
  }
}

}  // namespace jangwon
