// Tests: tests/runtime/ops/matrix_test.cc.

#include "runtime/ops/chain_layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace jangwon::runtime {
namespace {

using Codebook = ChainCodebook;

const Codebook& signed_nibbles() {  // code 8 is zero
  static const Codebook codebook = [] {
    Codebook values{};
    for (int i = 0; i < 16; ++i)
      values[static_cast<size_t>(i)] = bf16_of(static_cast<float>(i - 8));
    return values;
  }();
  return codebook;
}

const Codebook& shifted_nibbles() {  // code + 16 − zero point
  static const Codebook codebook = [] {
    Codebook values{};
    for (int i = 0; i < 32; ++i)
      values[static_cast<size_t>(i)] = bf16_of(static_cast<float>(i - 16));
    return values;
  }();
  return codebook;
}

const Codebook& e2m1_numbers() {
  static const Codebook codebook = [] {
    constexpr float kMagnitudes[8] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f};
    Codebook values{};
    for (size_t i = 0; i < 8; ++i) {
      values[i] = bf16_of(kMagnitudes[i]);
      values[i + 8] = bf16_of(-kMagnitudes[i]);
    }
    return values;
  }();
  return codebook;
}

bool is_even_group(int64_t group_size, int64_t cols) {
  return (group_size % 2 == 0 && group_size >= 16) || group_size >= cols;
}

int64_t even_group(int64_t group_size, int64_t cols) {
  return group_size >= cols ? cols + cols % 2 : group_size;
}

// The row of the checkpoint's tensor behind a row of the matrix.
int64_t stored_row_of(const StoredMatrix& stored, int64_t row) {
  return stored.first_row + row * stored.row_step;
}

struct PanelTarget {
  std::byte* codes;
  std::byte* scales;
  uint8_t* offsets;
  int64_t cols;
};

// Element (k, lane) of a panel of two-byte or one-byte elements.
template <typename Element>
void put(std::byte* codes, int64_t k, int64_t lane, Element value) {
  std::memcpy(
      codes + ((k / 2 * kPanelWidth + lane) * 2 + k % 2) * static_cast<int64_t>(sizeof(Element)),
      &value, sizeof(Element));
}

void put_nibble(std::byte* codes, int64_t k, int64_t lane, uint32_t code) {
  codes[k / 2 * kPanelWidth + lane] |= std::byte(static_cast<uint8_t>(code << (k % 2 * 4)));
}

void put_scale(std::byte* scales, int64_t group, int64_t lane, float value) {
  std::memcpy(scales + (group * kPanelWidth + lane) * 4, &value, 4);
}

void fill_row(const Fp8Rows& rows, int64_t stored_row, int64_t lane, const PanelTarget& target) {
  const uint8_t* codes = rows.data + stored_row * target.cols;
  const float* scales = rows.scales.data() + stored_row / rows.block_rows * rows.scale_cols;
  for (int64_t begin = 0, group = 0; begin < target.cols; begin += rows.block_cols, ++group) {
    float scale = scales[group];
    const int64_t end = std::min(target.cols, begin + rows.block_cols);
    for (int64_t k = begin; k < end; ++k) {
      if ((codes[k] & 0x7f) == 0x7f) scale = std::numeric_limits<float>::quiet_NaN();
      put(target.codes, k, lane, codes[k]);
    }
    put_scale(target.scales, group, lane, scale);
  }
}

void fill_row(const PackedIntRows& rows, int64_t stored_row, int64_t lane,
              const PanelTarget& target) {
  const int per_word = 32 / rows.bits;
  const int64_t words = (target.cols + per_word - 1) / per_word;
  const int64_t groups = (target.cols + rows.group_size - 1) / rows.group_size;
  const uint32_t mask = (1u << rows.bits) - 1;
  const char* data = reinterpret_cast<const char*>(rows.data) + stored_row * words * 4;
  for (int64_t k = 0; k < target.cols; ++k) {
    uint32_t word;
    std::memcpy(&word, data + k / per_word * 4, 4);
    const uint32_t code = (word >> (k % per_word * rows.bits)) & mask;
    if (rows.bits == 8) {
      put(target.codes, k, lane, static_cast<int8_t>(static_cast<int>(code) - 128));
    } else {
      put_nibble(target.codes, k, lane, code);
    }
  }
  for (int64_t group = 0; group < groups; ++group) {
    const size_t at = static_cast<size_t>(stored_row * groups + group);
    put_scale(target.scales, group, lane, rows.scales[at]);
    // Zero points are stored as their code − 8.
    if (!rows.zeros.empty())
      target.offsets[group * kPanelWidth + lane] =
          static_cast<uint8_t>(8 - std::lround(rows.zeros[at]));
  }
}

void fill_row(const Mxfp4Rows& rows, int64_t stored_row, int64_t lane, const PanelTarget& target) {
  const int64_t blocks = target.cols / 32;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t index = stored_row * blocks + block;
    const uint8_t* bytes = rows.blocks + index * 16;
    for (int i = 0; i < 16; ++i) {
      put_nibble(target.codes, block * 32 + 2 * i, lane, bytes[i] & 15u);
      put_nibble(target.codes, block * 32 + 2 * i + 1, lane, static_cast<uint32_t>(bytes[i]) >> 4);
    }
    // An exponent as bf16 has it; 2^-127 would be subnormal and counts as zero, 255 stands for NaN.
    const uint8_t exponent = rows.scales[index];
    const uint16_t scale = exponent == 255 ? 0x7fc0 : static_cast<uint16_t>(exponent << 7);
    std::memcpy(target.scales + (block * kPanelWidth + lane) * 2, &scale, 2);
  }
}

// The nearest whole number, the even one of two, for |value| < 2^22: adding that much leaves
// no bits below one.
float nearest(float value) {
  constexpr float kShift = 12582912.0f;  // 1.5 · 2^23
  return (value + kShift) - kShift;
}

float steps_of(float value, float scale, float lowest, float highest) {
  return nearest(std::min(std::max(value / scale, lowest), highest));
}

// The sum of the squared errors of a group in steps of `scale`.
float squared_error(const float* values, int64_t count, float scale, float lowest, float highest) {
  float sum = 0.0f;
  for (int64_t i = 0; i < count; ++i) {
    const float q = steps_of(values[i], scale, lowest, highest);
    const float error = values[i] - q * scale;
    sum += error * error;
  }
  return sum;
}

float rounded_to_bf16(float value) {
  return std::bit_cast<float>(static_cast<uint32_t>(bf16_of(value)) << 16);
}

// The largest magnitude becomes the last step on its side, or one that all steps reach, or
// is cut a little.
float choose_scale(const float* values, int64_t count, int bits) {
  float extreme = 0.0f;
  float sum = 0.0f;  // no number where one of the group is none
  for (int64_t i = 0; i < count; ++i) {
    extreme = std::abs(values[i]) > std::abs(extreme) ? values[i] : extreme;
    sum += values[i] * 0.0f;
  }
  if (sum != 0.0f) return std::numeric_limits<float>::quiet_NaN();
  if (extreme == 0.0f) return 0.0f;
  const float highest = static_cast<float>((1 << (bits - 1)) - 1);
  const float lowest = -highest - 1.0f;
  float best = rounded_to_bf16(std::abs(extreme) / highest);
  if (bits == 8) return best;
  float least = squared_error(values, count, best, lowest, highest);
  for (const float candidate :
       {extreme / lowest, extreme / (lowest + 0.5f), extreme / (lowest - 0.7f)}) {
    const float scale = rounded_to_bf16(candidate);
    const float error = squared_error(values, count, scale, lowest, highest);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

void make_row(const float* values, const MadeWeights& made, int64_t lane,
              const PanelTarget& target) {
  const float highest = static_cast<float>((1 << (made.bits - 1)) - 1);
  for (int64_t begin = 0, group = 0; begin < target.cols; begin += made.group_size, ++group) {
    const int64_t end = std::min(target.cols, begin + made.group_size);
    const float scale = choose_scale(values + begin, end - begin, made.bits);
    const uint16_t half = bf16_of(scale);
    std::memcpy(target.scales + (group * kPanelWidth + lane) * 2, &half, 2);
    for (int64_t k = begin; k < end; ++k) {
      const bool counts = scale != 0.0f && std::isfinite(scale);
      const int q =
          counts ? static_cast<int>(steps_of(values[k], scale, -highest - 1.0f, highest)) : 0;
      if (made.bits == 8) {
        put(target.codes, k, lane, static_cast<int8_t>(q));
      } else {
        put_nibble(target.codes, k, lane, static_cast<uint32_t>(q + 8));
      }
    }
  }
}

// Four pairs of inputs of four rows, turned into four lanes of four pairs.
using FourPairs = uint32_t __attribute__((vector_size(16)));
void turn_four_rows(const uint16_t* const* rows, int64_t k, std::byte* out) {
  FourPairs in[4];
  for (int i = 0; i < 4; ++i)
    std::memcpy(&in[i], rows[i] + k, sizeof in[i]);
  const FourPairs low_01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);
  const FourPairs low_23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
  const FourPairs high_01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);
  const FourPairs high_23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
  const FourPairs turned[4] = {__builtin_shufflevector(low_01, low_23, 0, 1, 4, 5),
                               __builtin_shufflevector(low_01, low_23, 2, 3, 6, 7),
                               __builtin_shufflevector(high_01, high_23, 0, 1, 4, 5),
                               __builtin_shufflevector(high_01, high_23, 2, 3, 6, 7)};
  for (int pair = 0; pair < 4; ++pair)
    std::memcpy(out + pair * 4 * kPanelWidth, &turned[pair], sizeof turned[pair]);
}

// A few inputs of sixteen rows at a time, so that what is written is written in order.
void fill_bf16_panel(const uint16_t* const (&rows)[kPanelWidth], int64_t count, int64_t cols,
                     std::byte* out) {
  int64_t k = 0;
  for (; count == kPanelWidth && k + 8 <= cols; k += 8, out += 16 * kPanelWidth)
    for (int64_t lane = 0; lane < kPanelWidth; lane += 4)
      turn_four_rows(rows + lane, k, out + 4 * lane);
  for (; k + 2 <= cols; k += 2, out += 4 * kPanelWidth)
    for (int64_t lane = 0; lane < count; ++lane)
      std::memcpy(out + 4 * lane, rows[lane] + k, 4);
  for (int64_t lane = 0; k < cols && lane < count; ++lane)
    std::memcpy(out + 4 * lane, rows[lane] + k, 2);
}

}  // namespace

int64_t ChainLayout::panel_bytes() const {
  const int64_t pairs = (cols + 1) / 2;
  switch (format) {
    case ChainFormat::kBf16:
      return pairs * 4 * kPanelWidth;
    case ChainFormat::kInt8:
    case ChainFormat::kFp8:
      return pairs * 2 * kPanelWidth;
    case ChainFormat::kNibble:
      return pairs * kPanelWidth;
  }
  return 0;
}

std::optional<ChainLayout> chain_layout_of(const StoredMatrix& stored) {
  ChainLayout layout{.rows = stored.rows, .cols = stored.cols};
  if (stored.made.bits != 0 && std::holds_alternative<PlainRows>(stored.format)) {
    layout.format = stored.made.bits == 4 ? ChainFormat::kNibble : ChainFormat::kInt8;
    layout.group_size = even_group(stored.made.group_size, stored.cols);
    layout.scales_are_bf16 = true;
    return layout;
  }
  if (const auto* plain = std::get_if<PlainRows>(&stored.format)) {
    if (plain->dtype != DType::kBF16) return std::nullopt;
  } else if (const auto* fp8 = std::get_if<Fp8Rows>(&stored.format)) {
    if (!is_even_group(fp8->block_cols, stored.cols)) return layout;
    layout.format = ChainFormat::kFp8;
    layout.group_size = even_group(fp8->block_cols, stored.cols);
  } else if (const auto* packed = std::get_if<PackedIntRows>(&stored.format)) {
    const bool asymmetric = !packed->zeros.empty();
    if (!is_even_group(packed->group_size, stored.cols) || (asymmetric && packed->bits != 4))
      return layout;
    layout.format = packed->bits == 4 ? ChainFormat::kNibble : ChainFormat::kInt8;
    layout.group_size = even_group(packed->group_size, stored.cols);
    layout.has_offsets = asymmetric;
  } else {
    layout.format = ChainFormat::kNibble;
    layout.group_size = 32;
    layout.scales_are_bf16 = true;
  }
  return layout;
}

const ChainCodebook& chain_codebook_of(const StoredMatrix& stored, const ChainLayout& layout) {
  if (std::holds_alternative<Mxfp4Rows>(stored.format)) return e2m1_numbers();
  return layout.has_offsets ? shifted_nibbles() : signed_nibbles();
}

void fill_chain_panel(const StoredMatrix& stored, const ChainLayout& layout, int64_t panel,
                      const ChainPanelMemory& memory, ChainFillScratch scratch) {
  const int64_t first = panel * kPanelWidth;
  const int64_t count = std::min<int64_t>(kPanelWidth, layout.rows - first);
  if (layout.format == ChainFormat::kBf16) {
    const uint16_t* rows[kPanelWidth] = {};
    const auto* plain = std::get_if<PlainRows>(&stored.format);
    scratch.decoded_row.resize(static_cast<size_t>(layout.cols));
    scratch.rounded_rows.resize(plain ? 0 : static_cast<size_t>(count * layout.cols));
    for (int64_t lane = 0; lane < count; ++lane) {
      const int64_t row = first + lane;
      if (plain) {
        rows[lane] =
            static_cast<const uint16_t*>(plain->data) + stored_row_of(stored, row) * layout.cols;
        continue;
      }
      uint16_t* rounded = scratch.rounded_rows.data() + lane * layout.cols;
      stored.decode_row(row, scratch.decoded_row.data());
      for (int64_t k = 0; k < layout.cols; ++k)
        rounded[k] = bf16_of(scratch.decoded_row[static_cast<size_t>(k)]);
      rows[lane] = rounded;
    }
    return fill_bf16_panel(rows, count, layout.cols, memory.codes);
  }
  const PanelTarget target{.codes = memory.codes,
                           .scales = memory.scales,
                           .offsets = memory.offsets,
                           .cols = layout.cols};
  for (int64_t lane = 0; lane < count; ++lane) {
    if (std::holds_alternative<PlainRows>(stored.format)) {
      scratch.decoded_row.resize(static_cast<size_t>(layout.cols));
      stored.decode_row(first + lane, scratch.decoded_row.data());
      make_row(scratch.decoded_row.data(), stored.made, lane, target);
      continue;
    }
    const int64_t row = stored_row_of(stored, first + lane);
    if (const auto* fp8 = std::get_if<Fp8Rows>(&stored.format)) fill_row(*fp8, row, lane, target);
    if (const auto* packed = std::get_if<PackedIntRows>(&stored.format))
      fill_row(*packed, row, lane, target);
    if (const auto* mxfp4 = std::get_if<Mxfp4Rows>(&stored.format))
      fill_row(*mxfp4, row, lane, target);
  }
}

}  // namespace jangwon::runtime
