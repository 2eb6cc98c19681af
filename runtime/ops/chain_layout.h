// What a stored matrix becomes for products whose inputs are bf16 numbers: every published format
// in its stored size, in panels (weight_panels.h). Packed on the host, for every device alike.

#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/ops/stored_matrix.h"
#include "runtime/ops/weight_panels.h"

namespace jangwon::runtime {

// To nearest even; what is subnormal stays, for the kernels count it as zero.
inline uint16_t bf16_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// What a stored matrix becomes; a function of its sizes and its format alone.
//
//   BF16                             kBf16
//   plain floats that are to be made kInt8 or kNibble, scales as bf16
//   FP8                              kFp8, scales of the blocks as floats
//   integers of 4 bits               kNibble, a codebook of integers, zero points as offsets into
//                                    it
//   integers of 8 bits, symmetric    kInt8
//   MXFP4                            kNibble, a codebook of e2m1, scales as bf16
//   groups of an odd number of inputs or of fewer than 16, zero points in 8 bits
//                                    kBf16 of its values, rounded
struct ChainLayout {
  ChainFormat format = ChainFormat::kBf16;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t group_size = 0;  // 0: no scales
  bool scales_are_bf16 = false;
  bool has_offsets = false;

  int64_t num_panels() const { return (rows + kPanelWidth - 1) / kPanelWidth; }
  int64_t panel_bytes() const;
  int64_t num_groups() const { return group_size == 0 ? 0 : (cols + group_size - 1) / group_size; }
  int64_t scale_bytes() const {
    return num_groups() * kPanelWidth * (scales_are_bf16 ? 2 : 4);
  }  // of a panel
  int64_t offset_bytes() const {
    return has_offsets ? num_groups() * kPanelWidth : 0;
  }  // of a panel
  int64_t storage_bytes() const {
    return num_panels() * (panel_bytes() + scale_bytes() + offset_bytes());
  }
};

// None for F32 and F16 that stay what they are: their products are computed in float32.
std::optional<ChainLayout> chain_layout_of(const StoredMatrix& stored);

// What a nibble and its offset together stand for, as numbers of bf16.
using ChainCodebook = std::array<uint16_t, 32>;
const ChainCodebook& chain_codebook_of(const StoredMatrix& stored, const ChainLayout& layout);

// Where one panel goes; all zeroes before.
struct ChainPanelMemory {
  std::byte* codes = nullptr;
  std::byte* scales = nullptr;  // null where the layout has none, as offsets
  uint8_t* offsets = nullptr;
};

struct ChainFillScratch {
  std::vector<float>& decoded_row;
  std::vector<uint16_t>& rounded_rows;
};

void fill_chain_panel(const StoredMatrix& stored, const ChainLayout& layout, int64_t panel,
                      const ChainPanelMemory& memory, ChainFillScratch scratch);

}  // namespace jangwon::runtime
