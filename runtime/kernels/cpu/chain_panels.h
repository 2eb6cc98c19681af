// Weight matrices as the chain's kernels read them: every published format in its stored size, in panels.

#pragma once

#include <bit>
#include <cmath>
#include <optional>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/kernels/cpu/cpu_context.h"

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
//   integers of 4 bits               kNibble, a codebook of integers, zero points as offsets into it
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
  int64_t scale_bytes() const { return num_groups() * kPanelWidth * (scales_are_bf16 ? 2 : 4); }  // of a panel
  int64_t offset_bytes() const { return has_offsets ? num_groups() * kPanelWidth : 0; }           // of a panel
  int64_t memory_bytes() const;
};

// None for F32 and F16 that stay what they are: their products are computed in float32.
std::optional<ChainLayout> chain_layout_of(const StoredMatrix& stored);

class ChainPanels {
 public:
  ChainPanels(CpuContext& context, const StoredMatrix& stored, const ChainLayout& layout);

  int64_t memory_bytes() const { return layout_.memory_bytes(); }
  // Of panels [first_panel, …); the caller fills in rows, inputs, outputs and work space.
  ChainArguments arguments(int64_t first_panel, int64_t num_panels) const;

 private:
  void fill_panel(const StoredMatrix& stored, int64_t panel, CpuScratch& scratch);

  ChainLayout layout_;
  AlignedBuffer memory_;  // all panels, then all scales, then all offsets
  std::vector<const std::byte*> panels_;
  std::vector<const std::byte*> scales_;
  std::vector<const uint8_t*> offsets_;
  const uint16_t* codebook_ = nullptr;
};

}  // namespace jangwon::runtime
