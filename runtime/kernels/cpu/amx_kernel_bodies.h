// Products in the tiles of AMX, written once over what a machine's tiles do. Eight tiles hold
// sixteen rows of 64 bytes:
//
//   Tiles::configure(inner_pairs)       sixteen rows everywhere but in tiles 2 and 3, which get a
//                                       row a pair; tiles 0 and 1 get four bytes a pair
//   Tiles::zero<t>()   Tiles::load<t>(base, stride in bytes)   Tiles::store<t>(base, stride)
//   Tiles::multiply<sum, inputs, weights>()                    TDPBF16PS
//   Tiles::release()
//
// and Helper turns floats to bf16 and stored weights to tiles: Helper::round(x, inner, out) and
// Helper::decode<format>(pairs, count, meaning, out). The kernels' own tests compile them with
// tiles that are arrays.
//
// Panels need no rearranging: sixteen pairs of sixteen outputs are one tile of weights as they
// stand. Inputs are packed tile by tile in the work space.

#pragma once

#include "runtime/kernels/cpu/chain_kernel_bodies.h"

namespace jangwon::runtime::amx_kernel_bodies {

using chain_kernel_bodies::CodeMeaning;
using chain_kernel_bodies::kPairBytes;

constexpr int kTileRows = 16;
constexpr int kTileBytes = 1024;
constexpr int kTilePairs = 16;

// The work space: inputs of kMaxAmxRows rows, tile after tile, and behind them room for two tiles
// of weights and four of sums.
struct Work {
  std::byte* inputs;
  std::byte* weights[2];
  float* sums[4];

  Work(std::byte* work, int num_tiles) : inputs(align(work)) {
    std::byte* rest = inputs + int64_t{2} * num_tiles * kTileBytes;
    for (int i = 0; i < 2; ++i)
      weights[i] = rest + i * kTileBytes;
    for (int i = 0; i < 4; ++i)
      sums[i] = reinterpret_cast<float*>(rest + (2 + i) * kTileBytes);
  }
  static std::byte* align(std::byte* work) {
    return work + (64 - reinterpret_cast<uintptr_t>(work) % 64) % 64;
  }
  std::byte* input_tile(int half, int tile, int num_tiles) const {
    return inputs + (int64_t{half} * num_tiles + tile) * kTileBytes;
  }
};

// Rows [0, count) of x, at most 2 · kTileRows, to tiles of `pairs_of_tile` pairs; rows and inputs
// that are not there are zero. `groups_of`: where a tile begins, in pairs.
template <typename Helper>
inline void pack_inputs(const float* x, int64_t x_stride, int count, int inner, int group_size,
                        int pairs_of_tile, const Work& work, int num_tiles) {
  uint16_t row[2 * kTilePairs];
  for (int r = 0; r < 2 * kTileRows; ++r) {
    int tile = 0;
    for (int group = 0; group < inner; group += group_size) {
      const int end = inner - group < group_size ? inner : group + group_size;
      for (int first = group; first < end; first += 2 * pairs_of_tile, ++tile) {
        const int size = end - first < 2 * pairs_of_tile ? end - first : 2 * pairs_of_tile;
        __builtin_memset(row, 0, sizeof(row));
        if (r < count) Helper::round(x + r * x_stride + first, size, row);
        const int64_t row_bytes = 4 * pairs_of_tile;
        __builtin_memcpy(
            work.input_tile(r / kTileRows, tile, num_tiles) + r % kTileRows * row_bytes, row,
            static_cast<size_t>(row_bytes));
      }
    }
  }
}

constexpr int tiles_of(int inner, int group_size) {
  const int whole = inner / group_size;
  const int rest = inner - whole * group_size;
  const int per_group = (group_size + 2 * kTilePairs - 1) / (2 * kTilePairs);
  return whole * per_group + (rest + 2 * kTilePairs - 1) / (2 * kTilePairs);
}

// Sixteen pairs of a panel: as they stand, or decoded, or with zeros where the group ends.
template <typename Helper, ChainFormat format>
inline const std::byte* weight_tile(const std::byte* panel, int pair, int count,
                                    const CodeMeaning& meaning, std::byte* room) {
  const std::byte* pairs = panel + pair * kPairBytes<format>;
  if constexpr (format == ChainFormat::kBf16) {
    if (count == kTilePairs) return pairs;
    __builtin_memset(room, 0, kTileBytes);
    __builtin_memcpy(room, pairs, static_cast<size_t>(64 * count));
  } else {
    if (count < kTilePairs) __builtin_memset(room, 0, kTileBytes);
    Helper::template decode<format>(pairs, count, meaning, room);
  }
  return room;
}

// y = scale · sums, or y += scale · sums, of the rows that there are.
template <typename Helper>
inline void take_sums(const ChainArguments& a, const float* sums, int row, int count, int panel,
                      int group) {
  const int64_t first = int64_t{group} * kPanelWidth;
  for (int r = 0; r < count; ++r) {
    float* y = a.y + (row + r) * a.y_stride + static_cast<int64_t>(panel) * kPanelWidth;
    if (!a.scales) {
      __builtin_memcpy(y, sums + r * kPanelWidth, 4 * kPanelWidth);
    } else {
      Helper::add_scaled(a.scales[panel], first, a.scales_are_bf16, sums + r * kPanelWidth,
                         group == 0, y);
    }
  }
}

// 32 rows × two panels: four tiles of sums.
template <typename Tiles, typename Helper, ChainFormat format>
inline void two_panels(const ChainArguments& a, const Work& work, int num_tiles, int row, int count,
                       int panel) {
  const int pairs = (a.inner + 1) / 2;
  const int group_pairs = a.scales ? a.group_size / 2 : pairs;
  const bool second_rows = count > kTileRows;
  const bool second_panel = panel + 1 < a.num_panels;
  int tile = 0;
  for (int begin = 0, group = 0; begin < pairs; begin += group_pairs, ++group) {
    const int end = pairs - begin > group_pairs ? begin + group_pairs : pairs;
    Tiles::template zero<4>();
    Tiles::template zero<5>();
    Tiles::template zero<6>();
    Tiles::template zero<7>();
    for (int first = begin; first < end; first += kTilePairs, ++tile) {
      const int size = end - first < kTilePairs ? end - first : kTilePairs;
      const auto meaning = [&](int p) {
        return CodeMeaning{a.codebook,
                           a.offsets ? a.offsets[p] + int64_t{group} * kPanelWidth : nullptr};
      };
      Tiles::template load<0>(work.input_tile(0, tile, num_tiles), 64);
      Tiles::template load<2>(weight_tile<Helper, format>(a.panels[panel], first, size,
                                                          meaning(panel), work.weights[0]),
                              64);
      Tiles::template multiply<4, 0, 2>();
      if (second_panel) {
        Tiles::template load<3>(weight_tile<Helper, format>(a.panels[panel + 1], first, size,
                                                            meaning(panel + 1), work.weights[1]),
                                64);
        Tiles::template multiply<5, 0, 3>();
      }
      if (!second_rows) continue;
      Tiles::template load<1>(work.input_tile(1, tile, num_tiles), 64);
      Tiles::template multiply<6, 1, 2>();
      if (second_panel) Tiles::template multiply<7, 1, 3>();
    }
    Tiles::template store<4>(work.sums[0], 64);
    Tiles::template store<5>(work.sums[1], 64);
    Tiles::template store<6>(work.sums[2], 64);
    Tiles::template store<7>(work.sums[3], 64);
    const int first_count = second_rows ? kTileRows : count;
    for (int p = 0; p < (second_panel ? 2 : 1); ++p) {
      take_sums<Helper>(a, work.sums[p], row, first_count, panel + p, group);
      if (second_rows)
        take_sums<Helper>(a, work.sums[2 + p], row + kTileRows, count - kTileRows, panel + p,
                          group);
    }
  }
}

template <typename Tiles, typename Helper, ChainFormat format>
__attribute__((noinline)) void gemm_of(const ChainArguments& a) {
  const int inner = a.inner + a.inner % 2;
  const int group_size = a.scales ? a.group_size : inner;
  const int num_tiles = tiles_of(inner, group_size);
  const Work work(a.work, num_tiles);
  const int64_t panel_bytes = inner / 2 * kPairBytes<format>;
  const int64_t fit = chain_kernel_bodies::kResidentBytes / panel_bytes / 2 * 2;
  const int block = fit < 2 ? 2 : fit > a.num_panels ? a.num_panels : static_cast<int>(fit);
  const bool one_tile = a.num_rows <= 2 * kTileRows;
  Tiles::configure(kTilePairs);
  for (int panel = 0; panel < a.num_panels; panel += one_tile ? a.num_panels : block) {
    const int end_panel = one_tile || a.num_panels - panel < block ? a.num_panels : panel + block;
    for (int row = 0; row < a.num_rows; row += 2 * kTileRows) {
      const int count = a.num_rows - row < 2 * kTileRows ? a.num_rows - row : 2 * kTileRows;
      pack_inputs<Helper>(a.x + row * a.x_stride, a.x_stride, count, a.inner, group_size,
                          kTilePairs, work, num_tiles);
      ChainArguments part = a;
      part.num_panels = end_panel;
      for (int p = panel; p < end_panel; p += 2)
        two_panels<Tiles, Helper, format>(part, work, num_tiles, row, count, p);
    }
  }
  Tiles::release();
}

template <typename Tiles, typename Helper>
void gemm(const ChainArguments& a) {
  const typename Helper::Rounding rounding;
  switch (a.format) {
    case ChainFormat::kBf16:
      return gemm_of<Tiles, Helper, ChainFormat::kBf16>(a);
    case ChainFormat::kInt8:
      return gemm_of<Tiles, Helper, ChainFormat::kInt8>(a);
    case ChainFormat::kFp8:
      return gemm_of<Tiles, Helper, ChainFormat::kFp8>(a);
    case ChainFormat::kNibble:
      return gemm_of<Tiles, Helper, ChainFormat::kNibble>(a);
  }
}

// A block of keys is a tile of eight pairs.
template <typename Tiles, typename Helper>
void values(const ChainValuesArguments& a) {
  constexpr int kBlockPairs = kBlockTokens / 2;
  const Work work(a.work, a.num_blocks);
  float* const sums = work.sums[0];
  Tiles::configure(kBlockPairs);
  for (int row = 0; row < a.num_rows; row += kTileRows) {
    const int count = a.num_rows - row < kTileRows ? a.num_rows - row : kTileRows;
    pack_inputs<Helper>(a.p + row * a.p_stride, a.p_stride, count, a.num_blocks * kBlockTokens,
                        a.num_blocks * kBlockTokens, kBlockPairs, work, a.num_blocks);
    for (int panel = 0; panel < a.num_panels; ++panel) {
      float* const out = a.out + row * a.out_stride + panel * kVectorLanes;
      if (a.continues) {
        for (int r = 0; r < count; ++r)
          __builtin_memcpy(sums + r * kVectorLanes, out + r * a.out_stride, 4 * kVectorLanes);
        Tiles::template load<4>(sums, 64);
      } else {
        Tiles::template zero<4>();
      }
      for (int block = 0; block < a.num_blocks; ++block) {
        Tiles::template load<0>(work.input_tile(0, block, a.num_blocks), 4 * kBlockPairs);
        Tiles::template load<2>(a.blocks[block] + panel * kBlockPairs * 64, 64);
        Tiles::template multiply<4, 0, 2>();
      }
      Tiles::template store<4>(sums, 64);
      for (int r = 0; r < count; ++r)
        __builtin_memcpy(out + r * a.out_stride, sums + r * kVectorLanes, 4 * kVectorLanes);
    }
  }
  Tiles::release();
}

}  // namespace jangwon::runtime::amx_kernel_bodies
