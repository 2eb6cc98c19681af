// Products of some rows with a matrix, in the order of sums of the CPU's kernels: a thread an
// output, its rows in registers, the rows' inputs in shared memory a piece at a time. Weights stand
// so that sixteen threads read neighbours.
//
// No tensor core adds in these orders; what is fast on a GPU has numerics of its own.

#pragma once

#include "runtime/kernels/cuda/cuda_matrix.h"
#include "runtime/kernels/cuda/lane_math.h"

namespace jangwon::runtime {

constexpr int kProductThreads = 64;  // outputs of a block
constexpr int kProductRows = 4;      // of a block
constexpr int kProductInputs = 256;  // at a time; whole parts of a float32 sum, whole pairs
// multiply-adds of a float32 sum that are added up by themselves
constexpr int kSumPart = 64;
constexpr unsigned kProductSharedBytes = kProductRows * kProductInputs * sizeof(float);
static_assert(kProductInputs % kSumPart == 0 && kProductThreads % kPanelWidth == 0);

// Row r of a tile is row `indices[r]` of the data, or row r where there are no indices.
struct TileInputs {
  const float* data;
  int64_t stride;
  const int32_t* indices;
};

struct ProductTile {
  float sums[kProductRows];

  __device__ float with_bias(const MatrixView& matrix, int n, int row) const {
    return matrix.bias ? sums[row] + matrix.bias[n] : sums[row];
  }
};

namespace product_tile {

// The next inputs of all rows, rounded where the product is a chain's; zeroes where there are none.
__device__ inline void load_inputs(const MatrixView& m, const TileInputs& x, int count, int begin,
                                   float* inputs) {
  const bool rounds =
      m.storage == MatrixView::Storage::kChain || m.storage == MatrixView::Storage::kSplitChain;
  __syncthreads();  // the last ones were read
  for (int i = static_cast<int>(threadIdx.x); i < kProductRows * kProductInputs;
       i += kProductThreads) {
    const int row = i / kProductInputs;
    const int k = begin + i % kProductInputs;
    float value = 0.0f;
    if (row < count && k < m.cols)
      value = x.data[(x.indices ? x.indices[row] : row) * x.stride + k];
    inputs[i] = rounds ? round_to_bf16(value) : value;
  }
  __syncthreads();
}

template <typename Element>
__device__ float element_value(Element element) {
  if constexpr (sizeof(Element) == 2) {
    return value_of_bf16(element);
  } else {
    return element;
  }
}

template <typename Element>
__device__ void add_float_products(const MatrixView& m, const TileInputs& x, int count, int n,
                                   ProductTile& tile) {
  float* inputs = shared_array<float>(0, kProductRows * kProductInputs);
  const auto* panel =
      reinterpret_cast<const Element*>(m.elements + n / kPanelWidth * m.panel_bytes) +
      n % kPanelWidth;
  for (int begin = 0; begin < m.cols; begin += kProductInputs) {
    load_inputs(m, x, count, begin, inputs);
    const int end = min(begin + kProductInputs, m.cols);
    for (int part = begin; n < m.rows && part < end; part += kSumPart) {
      float sums[kProductRows] = {};
      for (int k = part; k < min(part + kSumPart, end); ++k) {
        const float weight = element_value(panel[int64_t{k} * kPanelWidth]);
#pragma unroll
        for (int r = 0; r < kProductRows; ++r)
          sums[r] = fmaf(inputs[r * kProductInputs + k - begin], weight, sums[r]);
      }
#pragma unroll
      for (int r = 0; r < kProductRows; ++r)
        tile.sums[r] = part == 0 ? sums[r] : tile.sums[r] + sums[r];
    }
  }
}

// e4m3 without its NaNs, which whoever packs a matrix with one puts into the scale.
__device__ inline float value_of_e4m3(uint8_t code) {
  const int exponent = (code >> 3) & 15;
  const int fraction = code & 7;
  float value = exponent == 0 ? static_cast<float>(fraction) * 0x1p-9f
                              : __int_as_float((exponent - 7 + 127) << 23 | fraction << 20);
  if ((code & 0x7f) == 0x7f) value = 0.0f;
  return code < 128 ? value : -value;
}

struct WeightPair {
  float even;
  float odd;
};

// `codes` are those of the output, `offset` what its group adds to a code.
template <ChainFormat format>
__device__ WeightPair weight_pair(const MatrixView& m, const std::byte* panel, int pair, int lane,
                                  int offset) {
  const int64_t at = int64_t{pair} * kPanelWidth + lane;
  if constexpr (format == ChainFormat::kBf16) {
    const unsigned both = reinterpret_cast<const uint32_t*>(panel)[at];
    return {__uint_as_float(both << 16), __uint_as_float(both & 0xffff0000u)};
  } else if constexpr (format == ChainFormat::kNibble) {
    const int code = reinterpret_cast<const uint8_t*>(panel)[at];
    return {value_of_bf16(m.codebook[(code & 15) + offset]),
            value_of_bf16(m.codebook[(code >> 4) + offset])};
  } else if constexpr (format == ChainFormat::kInt8) {
    const auto* codes = reinterpret_cast<const int8_t*>(panel) + 2 * at;
    return {static_cast<float>(codes[0]), static_cast<float>(codes[1])};
  } else {
    const auto* codes = reinterpret_cast<const uint8_t*>(panel) + 2 * at;
    return {value_of_e4m3(codes[0]), value_of_e4m3(codes[1])};
  }
}

template <ChainFormat format, bool kSplits>
__device__ void add_chains(const MatrixView& m, const TileInputs& x, int count, int n,
                           ProductTile& tile) {
  float* inputs = shared_array<float>(0, kProductRows * kProductInputs);
  const std::byte* panel = m.elements + n / kPanelWidth * m.panel_bytes;
  const int lane = n % kPanelWidth;
  const int pairs = (m.cols + 1) / 2;
  const int group_pairs = m.group_size > 0 ? m.group_size / 2 : pairs;
  const int groups = m.group_size > 0 ? ceil_div(m.cols, m.group_size) : 0;
  const int64_t scales_at = int64_t{n / kPanelWidth} * groups * kPanelWidth + lane;
  PairSum<kSplits> sums[kProductRows];
  for (int r = 0; r < kProductRows; ++r)
    tile.sums[r] = 0.0f;
  int group = 0;
  int in_group = 0;
  int offset = 0;
  for (int begin = 0; begin < pairs; begin += kProductInputs / 2) {
    load_inputs(m, x, count, 2 * begin, inputs);
    const int end = min(begin + kProductInputs / 2, pairs);
    for (int pair = begin; n < m.rows && pair < end; ++pair) {
      if (in_group == 0 && m.offsets) offset = m.offsets[scales_at + int64_t{group} * kPanelWidth];
      const WeightPair w = weight_pair<format>(m, panel, pair, lane, offset);
      const float* both = inputs + 2 * (pair - begin);
#pragma unroll
      for (int r = 0; r < kProductRows; ++r)
        sums[r].add(both[r * kProductInputs], both[r * kProductInputs + 1], w.even, w.odd);
      ++in_group;
      const bool ends = in_group == group_pairs || pair + 1 == pairs;
      if (ends || in_group % kSplitPairs == 0)
#pragma unroll
        for (int r = 0; r < kProductRows; ++r)
          sums[r].fold();
      if (!ends) continue;
      if (m.scales) {
        const int64_t at = scales_at + int64_t{group} * kPanelWidth;
        const float scale = m.scales_are_bf16
                                ? value_of_bf16(reinterpret_cast<const uint16_t*>(m.scales)[at])
                                : reinterpret_cast<const float*>(m.scales)[at];
#pragma unroll
        for (int r = 0; r < kProductRows; ++r) {
          tile.sums[r] = flushing_fma(scale, sums[r].total, tile.sums[r]);
          sums[r] = {};
        }
      } else {
        for (int r = 0; r < kProductRows; ++r)
          tile.sums[r] = sums[r].total;
      }
      ++group;
      in_group = 0;
    }
  }
}

template <bool kSplits>
__device__ void add_chains_of(const MatrixView& m, const TileInputs& x, int count, int n,
                              ProductTile& tile) {
  switch (m.format) {
    case ChainFormat::kBf16:
      return add_chains<ChainFormat::kBf16, kSplits>(m, x, count, n, tile);
    case ChainFormat::kInt8:
      return add_chains<ChainFormat::kInt8, kSplits>(m, x, count, n, tile);
    case ChainFormat::kFp8:
      return add_chains<ChainFormat::kFp8, kSplits>(m, x, count, n, tile);
    case ChainFormat::kNibble:
      return add_chains<ChainFormat::kNibble, kSplits>(m, x, count, n, tile);
  }
}

}  // namespace product_tile

// tile.sums = the first `count` rows · output n, without its bias. All threads of the block take
// part, those whose output is none by carrying inputs.
__device__ inline void multiply_tile(const MatrixView& m, const TileInputs& x, int count, int n,
                                     ProductTile& tile) {
  using Storage = MatrixView::Storage;
  if (m.storage == Storage::kF32Panels) {
    product_tile::add_float_products<float>(m, x, count, n, tile);
  } else if (m.storage == Storage::kBf16Panels) {
    product_tile::add_float_products<uint16_t>(m, x, count, n, tile);
  } else if (m.storage == Storage::kChain) {
    product_tile::add_chains_of<false>(m, x, count, n, tile);
  } else {
    product_tile::add_chains_of<true>(m, x, count, n, tile);
  }
}

}  // namespace jangwon::runtime
