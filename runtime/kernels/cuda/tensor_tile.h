// Products of sixteen rows with panels of a matrix by tensor cores: a warp a panel, sixteen inputs
// a step in their order, whatever the number of rows, so that a row depends on no other. Inputs are
// rounded to bf16 and wait in shared memory; weights stand in the panels of ops/chain_layout.h,
// whose pairs of inputs are the registers that the instruction wants. Every format's codes are bf16
// numbers; a group's sum is multiplied by its scale and added in float32.

#pragma once

#include "runtime/kernels/cuda/product_tile.h"

namespace jangwon::runtime {

constexpr int kTensorWarps = 4;
constexpr int kTensorThreads = kTensorWarps * kWarpSize;
constexpr int kTensorOutputs = kTensorWarps * kPanelWidth;  // of a block
constexpr int kTensorRows = 16;                             // of a block
constexpr int kTensorInputs = 256;                          // at a time
constexpr int kTensorStep = 16;                             // inputs of an instruction
// Four words more than a row needs: eight rows at the same input then lie in different banks.
constexpr int kTensorRowWords = kTensorInputs / 2 + 4;
constexpr unsigned kTensorSharedBytes = kTensorRows * kTensorRowWords * sizeof(uint32_t);
static_assert(kTensorInputs % kTensorStep == 0);

// The sums of one panel, as the instruction gives them to the lanes: of outputs 8 j + 2 (lane % 4)
// + i % 2 and row lane / 4 + i / 2 * 8.
struct TensorTile {
  float sums[2][4] = {};
  float parts[2][4] = {};  // of the group that is being added up
};

__device__ inline int tensor_row_of(int i) {
  return static_cast<int>(threadIdx.x) % kWarpSize / 4 + i / 2 * 8;
}
__device__ inline int tensor_output_of(int panel, int j, int i) {
  return panel * kPanelWidth + 8 * j + 2 * (static_cast<int>(threadIdx.x) % 4) + i % 2;
}

namespace tensor_tile {

__device__ inline uint32_t two_halves(uint16_t low, uint16_t high) {
  return low | static_cast<uint32_t>(high) << 16;
}

__device__ inline void load_inputs(const TileInputs& x, int count, int cols, int begin,
                                   uint32_t* words) {
  __syncthreads();  // the last ones were read
  for (int i = static_cast<int>(threadIdx.x); i < kTensorRows * kTensorInputs / 2;
       i += kTensorThreads) {
    const int row = i / (kTensorInputs / 2);
    const int pair = i % (kTensorInputs / 2);
    const int k = begin + 2 * pair;
    uint16_t halves[2] = {0, 0};
    if (row < count) {
      const float* of_row = x.data + (x.indices ? x.indices[row] : row) * x.stride;
#pragma unroll
      for (int h = 0; h < 2; ++h)
        if (k + h < cols) halves[h] = nearest_bf16(of_row[k + h]);
    }
    words[row * kTensorRowWords + pair] = two_halves(halves[0], halves[1]);
  }
  __syncthreads();
}

// Exact: codes are whole numbers below 256 and numbers of e4m3.
__device__ inline uint16_t exact_bf16(float value) {
  return static_cast<uint16_t>(__float_as_uint(value) >> 16);
}

// Two inputs' weights of one output, as bf16.
__device__ inline uint32_t weight_word(const MatrixView& m, const std::byte* panel, int pair,
                                       int lane, int offset) {
  const int64_t at = int64_t{pair} * kPanelWidth + lane;
  if (m.format == ChainFormat::kBf16) return reinterpret_cast<const uint32_t*>(panel)[at];
  if (m.format == ChainFormat::kNibble) {
    const int code = reinterpret_cast<const uint8_t*>(panel)[at];
    return two_halves(m.codebook[(code & 15) + offset], m.codebook[(code >> 4) + offset]);
  }
  const product_tile::WeightPair w =
      m.format == ChainFormat::kInt8
          ? product_tile::weight_pair<ChainFormat::kInt8>(m, panel, pair, lane, offset)
          : product_tile::weight_pair<ChainFormat::kFp8>(m, panel, pair, lane, offset);
  return two_halves(exact_bf16(w.even), exact_bf16(w.odd));
}

// One step of one matrix: `a` are the rows' inputs from `k` on.
__device__ inline void add_step(const MatrixView& m, int panel, int k, const uint32_t (&a)[4],
                                TensorTile& tile) {
  const std::byte* elements = m.elements + panel * m.panel_bytes;
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int pairs = (m.cols + 1) / 2;
  const int group = m.group_size > 0 ? k / m.group_size : 0;
  const int groups = m.group_size > 0 ? ceil_div(m.cols, m.group_size) : 0;
  const int64_t of_group = (int64_t{panel} * groups + group) * kPanelWidth;
#pragma unroll
  for (int j = 0; j < 2; ++j) {
    const int output = 8 * j + lane / 4;
    const int offset = m.offsets ? m.offsets[of_group + output] : 0;
    uint32_t b[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const int pair = k / 2 + lane % 4 + 4 * r;
      b[r] = pair < pairs ? weight_word(m, elements, pair, output, offset) : 0;
    }
    mma_m16n8k16_bf16(tile.parts[j], a, b);
  }
  const int next = k + kTensorStep;
  const bool group_ends = next >= m.cols || (m.group_size > 0 && next % m.group_size == 0);
  if (!group_ends) return;
#pragma unroll
  for (int j = 0; j < 2; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      float& part = tile.parts[j][i];
      if (m.scales) {
        const int64_t at = of_group + 8 * j + 2 * (lane % 4) + i % 2;
        const float scale = m.scales_are_bf16
                                ? value_of_bf16(reinterpret_cast<const uint16_t*>(m.scales)[at])
                                : reinterpret_cast<const float*>(m.scales)[at];
        tile.sums[j][i] = fmaf(scale, part, tile.sums[j][i]);
      } else {
        tile.sums[j][i] = part;
      }
      part = 0.0f;
    }
  }
}

}  // namespace tensor_tile

// The first `count` rows · the warp's panel of each matrix, which all have as many inputs. All
// threads of the block take part, those whose panel is none by carrying inputs.
template <int kMatrices>
__device__ void multiply_by_tensor_cores(const MatrixView* const (&matrices)[kMatrices],
                                         const TileInputs& x, int count, int panel,
                                         TensorTile (&tiles)[kMatrices]) {
  uint32_t* words = shared_array<uint32_t>(0, kTensorRows * kTensorRowWords);
  const int cols = matrices[0]->cols;
  const bool has_panel = panel * kPanelWidth < matrices[0]->rows;
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  for (int begin = 0; begin < cols; begin += kTensorInputs) {
    tensor_tile::load_inputs(x, count, cols, begin, words);
    for (int k = begin; has_panel && k < min(begin + kTensorInputs, cols); k += kTensorStep) {
      const uint32_t* of_lane = words + lane / 4 * kTensorRowWords + (k - begin) / 2 + lane % 4;
      const uint32_t a[4] = {of_lane[0], of_lane[8 * kTensorRowWords], of_lane[4],
                             of_lane[8 * kTensorRowWords + 4]};
#pragma unroll
      for (int m = 0; m < kMatrices; ++m)
        tensor_tile::add_step(*matrices[m], panel, k, a, tiles[m]);
    }
  }
}

// Calls write(row, n, sum with its bias) for what the lanes hold of one panel.
template <typename Write>
__device__ void write_tensor_tile(const MatrixView& m, const TensorTile& tile, int panel, int count,
                                  const Write& write) {
#pragma unroll
  for (int j = 0; j < 2; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = tensor_row_of(i);
      const int n = tensor_output_of(panel, j, i);
      if (row < count && n < m.rows)
        write(row, n, m.bias ? tile.sums[j][i] + m.bias[n] : tile.sums[j][i]);
    }
  }
}

}  // namespace jangwon::runtime
