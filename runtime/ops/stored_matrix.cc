// Tests: tests/runtime/ops/stored_matrix_test.cc, and the quantised golden checkpoints end to end.

#include "runtime/ops/stored_matrix.h"

#include <array>
#include <cmath>
#include <cstring>

#include "runtime/base/tensor_view.h"

namespace jangwon::runtime {
namespace {

void decode(const PlainRows& rows, int64_t stored_row, int64_t cols, float* out) {
  const TensorView view{.name = {}, .dtype = rows.dtype, .shape = {}, .data = rows.data};
  copy_as_float(view, stored_row * cols, cols, out);
}

const std::array<float, 256>& e4m3_values() {
  static const std::array<float, 256> values = [] {
    std::array<float, 256> table{};
    for (int i = 0; i < 256; ++i)
      table[static_cast<size_t>(i)] = float_from_e4m3(static_cast<uint8_t>(i));
    return table;
  }();
  return values;
}

void decode(const Fp8Rows& rows, int64_t stored_row, int64_t cols, float* out) {
  const std::array<float, 256>& values = e4m3_values();
  const uint8_t* q = rows.data + stored_row * cols;
  const float* scales = rows.scales.data() + stored_row / rows.block_rows * rows.scale_cols;
  for (int64_t begin = 0, block = 0; begin < cols; begin += rows.block_cols, ++block) {
    const int64_t end = std::min(cols, begin + rows.block_cols);
    for (int64_t i = begin; i < end; ++i)
      out[i] = values[q[i]] * scales[block];
  }
}

void decode(const PackedIntRows& rows, int64_t stored_row, int64_t cols, float* out) {
  const int per_word = 32 / rows.bits;
  const int64_t words = (cols + per_word - 1) / per_word;
  const int64_t groups = (cols + rows.group_size - 1) / rows.group_size;
  const uint32_t mask = (1u << rows.bits) - 1;
  const float offset = static_cast<float>(1 << (rows.bits - 1));
  const char* data = reinterpret_cast<const char*>(rows.data) + stored_row * words * 4;
  for (int64_t i = 0; i < cols; ++i) {
    uint32_t word;
    std::memcpy(&word, data + i / per_word * 4, 4);
    const float q = static_cast<float>((word >> (i % per_word * rows.bits)) & mask) - offset;
    const int64_t group = stored_row * groups + i / rows.group_size;
    const float zero = rows.zeros.empty() ? 0.0f : rows.zeros[static_cast<size_t>(group)];
    out[i] = (q - zero) * rows.scales[static_cast<size_t>(group)];
  }
}

void decode(const Mxfp4Rows& rows, int64_t stored_row, int64_t cols, float* out) {
  static constexpr std::array<float, 16> kE2m1 = {0.0f,  0.5f,  1.0f,  1.5f,  2.0f,  3.0f,
                                                  4.0f,  6.0f,  -0.0f, -0.5f, -1.0f, -1.5f,
                                                  -2.0f, -3.0f, -4.0f, -6.0f};
  const int64_t blocks = cols / 32;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t index = stored_row * blocks + block;
    const float scale = std::ldexp(1.0f, static_cast<int>(rows.scales[index]) - 127);
    const uint8_t* bytes = rows.blocks + index * 16;
    for (int i = 0; i < 16; ++i) {
      out[block * 32 + 2 * i] = kE2m1[bytes[i] & 15] * scale;
      out[block * 32 + 2 * i + 1] = kE2m1[bytes[i] >> 4] * scale;
    }
  }
}

}  // namespace

void StoredMatrix::decode_row(int64_t row, float* out) const {
  const int64_t stored_row = first_row + row * row_step;
  std::visit([&](const auto& rows_of_format) { decode(rows_of_format, stored_row, cols, out); },
             format);
}

}  // namespace jangwon::runtime
