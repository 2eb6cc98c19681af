// A weight matrix in the format of its checkpoint, read row by row as floats. This is the
// one place that knows how each published weight format is laid out (facts and formulas
// stand at each struct).

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "runtime/base/dtype.h"

namespace jangwon::runtime {

// F32, F16 or BF16, rows of `cols` elements.
struct PlainRows {
  DType dtype = DType::kF32;
  const void* data = nullptr;
};

// FP8 e4m3 with one scale a block: value = e4m3 · scale[row / block_rows, col / block_cols].
// Blocks are ragged at the edges. One scale a row is a block of 1 × cols, one a tensor a
// block of rows × cols.
struct Fp8Rows {
  const uint8_t* data = nullptr;
  std::vector<float> scales;
  int64_t block_rows = 1;
  int64_t block_cols = 1;
  int64_t scale_cols = 1;
};

// compressed-tensors "pack-quantized": 32 / bits integers an int32, low bits first, each stored
// with 2^(bits − 1) added; value = (q − zero) · scale[row, col / group_size]. Zero points are
// packed along the rows.
struct PackedIntRows {
  int bits = 4;
  const int32_t* data = nullptr;  // [rows, ceil(cols · bits / 32)]
  std::vector<float> scales;      // [rows, groups]
  std::vector<float> zeros;       // [rows, groups]; empty where symmetric
  int64_t group_size = 32;
};

// MXFP4: blocks of 32 values along a row, 16 bytes each, low nibble first; value = e2m1 ·
// 2^(scale − 127).
struct Mxfp4Rows {
  const uint8_t* blocks = nullptr;  // [stored rows, cols / 32, 16]
  const uint8_t* scales = nullptr;  // [stored rows, cols / 32]
};

// What a matrix of plain floats is made into when it is packed: integers of `bits` in groups along
// a row, with a scale in bf16 each. Every group takes, of a few scales, the one with the least
// squared error. Known to chains alone.
struct MadeWeights {
  int bits = 0;  // 8 or 4; 0: the matrix stays what it is
  int64_t group_size = 0;

  bool operator==(const MadeWeights&) const = default;
};

struct StoredMatrix {
  int64_t rows = 0;
  int64_t cols = 0;
  // Row r of the matrix is stored row first_row + r · row_step: fused tensors hold gate and
  // up rows in turns.
  int64_t first_row = 0;
  int64_t row_step = 1;
  std::variant<PlainRows, Fp8Rows, PackedIntRows, Mxfp4Rows> format;
  MadeWeights made;
  std::vector<float> bias;  // [rows], added to a product's outputs; or empty

  // Writes row `row` as `cols` floats, exactly what the format stands for in fp32.
  void decode_row(int64_t row, float* out) const;
};

}  // namespace jangwon::runtime
