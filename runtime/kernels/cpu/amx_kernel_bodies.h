// Products in the tiles of AMX, written once over what a machine's tiles do. Eight tiles hold
// sixteen rows of 64 bytes or fewer:
//
//   Tiles::configure(inner_pairs, rows, more)   tiles 0, 4 and 5 have `rows` rows, 1, 6 and 7
//                                               `more`, or are not there; 0 and 1 four bytes a
//                                               pair; 2 and 3 a row a pair
//   Tiles::zero<t>()   Tiles::load<t>(base, stride in bytes)   Tiles::store<t>(base, stride)
//   Tiles::multiply<sum, inputs, weights>()                    TDPBF16PS
//   Tiles::release()
//
// and Helper rounds probabilities, adds up scaled groups and writes past the caches, and its Chain
// decodes stored weights. The kernels' own tests compile them with tiles that are arrays.
//
// Panels need no rearranging: sixteen pairs of sixteen outputs are one tile of weights as they
// stand, and so are sixteen rounded rows of inputs. Only what a group's end cuts is copied.

#pragma once

#include "runtime/kernels/cpu/chain_kernel_bodies.h"

namespace jangwon::runtime::amx_kernel_bodies {

using chain_kernel_bodies::CodeMeaning;
using chain_kernel_bodies::kPairBytes;
using chain_kernel_bodies::meaning_of;
using chain_kernel_bodies::PairRange;
using chain_kernel_bodies::repeat_tile;

constexpr int kTileRows = 16;
constexpr int kTileBytes = 1024;
constexpr int kTilePairs = 16;  // of inputs
// Groups whose sums wait for their scales, so that an output is read and written once for all.
constexpr int kGroupsAtOnce = 4;

// The work space: rounded rows of probabilities, and room for two tiles of inputs, two of weights
// and four of sums of each group.
struct Work {
  static constexpr int kSumTiles = 4;
  static constexpr int64_t kGroupFloats = int64_t{kSumTiles} * kTileBytes / 4;

  std::byte* inputs[2];
  std::byte* weights[2];
  float* sums;  // [kGroupsAtOnce, kSumTiles] of tiles
  uint16_t* rows;
  static_assert(4 * kTileBytes + kGroupsAtOnce * kGroupFloats * 4 + 64 <= kTileWorkBytes);

  explicit Work(std::byte* work) {
    std::byte* at = work + (64 - reinterpret_cast<uintptr_t>(work) % 64) % 64;
    for (int i = 0; i < 2; ++i) {
      inputs[i] = at + i * kTileBytes;
      weights[i] = at + (2 + i) * kTileBytes;
    }
    sums = reinterpret_cast<float*>(at + 4 * kTileBytes);
    rows = reinterpret_cast<uint16_t*>(sums + kGroupsAtOnce * kGroupFloats);
  }
  float* sum(int group, int tile) const {
    return sums + group * kGroupFloats + (tile - kSumTiles) * (kTileBytes / 4);
  }
};

// Sums of some groups for the outputs of a panel, and what they add up to.
struct ScaledSums {
  const std::byte* scales;  // of the panel
  bool are_bf16;
  int first_group;
  int num_groups;
  const float* sums;  // a tile of each group, Work::kGroupFloats apart
  int num_rows;
  float* y;
  int64_t y_stride;
};

// Sixteen pairs of some rows as they stand, or with zeros where the group ends: what follows there
// belongs to another sum, and if it is no number it would not become zero.
struct InputTile {
  const void* base;
  int64_t stride;  // in bytes
};
inline InputTile input_tile(const ChainArguments& a, int row, int count, int pair, int num_pairs,
                            bool group_ends, std::byte* room) {
  const uint16_t* first = a.x + row * a.x_stride + int64_t{2} * pair;
  const bool has_zeros_behind = !group_ends && pair % kTilePairs == 0;
  if (num_pairs == kTilePairs || has_zeros_behind) return {first, 2 * a.x_stride};
  __builtin_memset(room, 0, kTileBytes);
  for (int r = 0; r < count; ++r)
    __builtin_memcpy(room + 64 * r, first + r * a.x_stride, static_cast<size_t>(4 * num_pairs));
  return {room, 64};
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
    chain_kernel_bodies::decode_pairs<typename Helper::Chain, format>(pairs, count, meaning, room);
  }
  return room;
}

// The tiles of sums of 32 rows × two panels, or of less of each: body(tile, which half of the rows,
// which panel).
template <bool second_rows, bool second_panel, typename Body>
inline void for_sum_tiles(const Body& body) {
  const auto visit = [&](auto half, auto p) __attribute__((always_inline)) {
    body(std::integral_constant<int, 4 + 2 * half() + p()>{}, half, p);
  };
  repeat_tile<second_rows ? 2 : 1, second_panel ? 2 : 1>(visit);
}

// Adds some pairs of one group to the tiles of sums.
template <typename Tiles, typename Helper, ChainFormat format, bool second_rows, bool second_panel>
inline void add_pairs(const ChainArguments& a, const Work& work, PairRange range, int group,
                      int row, int count, int panel) {
  const int first_count = second_rows ? kTileRows : count;
  const bool group_ends = range.end < (a.inner + 1) / 2;
  for (int first = range.begin; first < range.end; first += kTilePairs) {
    const int size = range.end - first < kTilePairs ? range.end - first : kTilePairs;
    const InputTile inputs =
        input_tile(a, row, first_count, first, size, group_ends, work.inputs[0]);
    Tiles::template load<0>(inputs.base, inputs.stride);
    Tiles::template load<2>(
        weight_tile<Helper, format>(a.panels[panel], first, size, meaning_of(a, panel, group),
                                    work.weights[0]),
        64);
    Tiles::template multiply<4, 0, 2>();
    if constexpr (second_panel) {
      Tiles::template load<3>(
          weight_tile<Helper, format>(a.panels[panel + 1], first, size,
                                      meaning_of(a, panel + 1, group), work.weights[1]),
          64);
      Tiles::template multiply<5, 0, 3>();
    }
    if constexpr (second_rows) {
      const InputTile more = input_tile(a, row + kTileRows, count - kTileRows, first, size,
                                        group_ends, work.inputs[1]);
      Tiles::template load<1>(more.base, more.stride);
      Tiles::template multiply<6, 1, 2>();
      if constexpr (second_panel) Tiles::template multiply<7, 1, 3>();
    }
  }
}

// Outputs that are written once, whole lines at a time.
inline bool y_is_streamed(const ChainArguments& a) {
  return a.y_is_far && !a.scales && reinterpret_cast<uintptr_t>(a.y) % 64 == 0 &&
         a.y_stride % kPanelWidth == 0;
}

// Some pairs of 32 rows × two panels, or of less of each. y = sums, which go on from those before,
// or y = Σ scale · sums over the groups.
template <typename Tiles, typename Helper, ChainFormat format, bool second_rows, bool second_panel>
inline void multiply_tiles(const ChainArguments& a, const Work& work, PairRange range, int row,
                           int count, int panel) {
  const auto add = [&](PairRange pairs, int group) __attribute__((always_inline)) {
    add_pairs<Tiles, Helper, format, second_rows, second_panel>(a, work, pairs, group, row, count,
                                                                panel);
  };
  const auto num_rows = [&](int half) {
    return !second_rows ? count : half == 0 ? kTileRows : count - kTileRows;
  };
  const auto output = [&](int half, int p) {
    return a.y + (row + half * kTileRows) * a.y_stride + int64_t{panel + p} * kPanelWidth;
  };
  if (!a.scales) {
    const int64_t stride = 4 * a.y_stride;
    for_sum_tiles<second_rows, second_panel>([&](auto tile, int half, int p) {
      if (range.begin == 0) return Tiles::template zero<tile()>();
      Tiles::template load<tile()>(output(half, p), stride);
    });
    add(range, 0);
    if (!y_is_streamed(a)) {
      for_sum_tiles<second_rows, second_panel>([&](auto tile, int half, int p) {
        Tiles::template store<tile()>(output(half, p), stride);
      });
      return;
    }
    for_sum_tiles<second_rows, second_panel>(
        [&](auto tile, int, int) { Tiles::template store<tile()>(work.sum(0, tile), 64); });
    for_sum_tiles<second_rows, second_panel>([&](auto tile, int half, int p) {
      Helper::stream(work.sum(0, tile), num_rows(half), output(half, p), a.y_stride);
    });
    return;
  }
  const int group_pairs = a.group_size / 2;
  int group = range.begin / group_pairs;
  for (int begin = range.begin; begin < range.end;) {
    int num_groups = 0;
    for (; num_groups < kGroupsAtOnce && begin < range.end; ++num_groups, begin += group_pairs) {
      for_sum_tiles<second_rows, second_panel>(
          [&](auto tile, int, int) { Tiles::template zero<tile()>(); });
      const int end = range.end - begin > group_pairs ? begin + group_pairs : range.end;
      add({begin, end}, group + num_groups);
      for_sum_tiles<second_rows, second_panel>([&](auto tile, int, int) {
        Tiles::template store<tile()>(work.sum(num_groups, tile), 64);
      });
    }
    for_sum_tiles<second_rows, second_panel>([&](auto tile, int half, int p) {
      Helper::add_scaled({.scales = a.scales[panel + p],
                          .are_bf16 = a.scales_are_bf16,
                          .first_group = group,
                          .num_groups = num_groups,
                          .sums = work.sum(0, tile),
                          .num_rows = num_rows(half),
                          .y = output(half, p),
                          .y_stride = a.y_stride});
    });
    group += num_groups;
  }
}

template <typename Tiles, typename Helper, ChainFormat format, bool second_rows>
inline void multiply_panels(const ChainArguments& a, const Work& work, PairRange range, int row,
                            int count, int panel, int end_panel) {
  for (; panel + 2 <= end_panel; panel += 2)
    multiply_tiles<Tiles, Helper, format, second_rows, true>(a, work, range, row, count, panel);
  if (panel < end_panel)
    multiply_tiles<Tiles, Helper, format, second_rows, false>(a, work, range, row, count, panel);
}

// Some pairs of some panels for all rows, 32 at a time.
template <typename Tiles, typename Helper, ChainFormat format>
inline void multiply_range(const ChainArguments& a, const Work& work, PairRange range, int panel,
                           int end_panel, int& configured) {
  for (int row = 0; row < a.num_rows; row += 2 * kTileRows) {
    const int count = a.num_rows - row < 2 * kTileRows ? a.num_rows - row : 2 * kTileRows;
    const bool second_rows = count > kTileRows;
    // A tile's time is its rows'.
    if (count != configured)
      Tiles::configure(kTilePairs, second_rows ? kTileRows : count,
                       second_rows ? count - kTileRows : 0);
    configured = count;
    if (second_rows) {
      multiply_panels<Tiles, Helper, format, true>(a, work, range, row, count, panel, end_panel);
    } else {
      multiply_panels<Tiles, Helper, format, false>(a, work, range, row, count, panel, end_panel);
    }
  }
}

// Not inlined: no arithmetic of it may move before the mode of rounding is set.
template <typename Tiles, typename Helper, ChainFormat format>
__attribute__((noinline)) void gemm_of(const ChainArguments& a) {
  using chain_kernel_bodies::kResidentBytes;
  const Work work(a.work);
  int configured = 0;
  if (format == ChainFormat::kBf16 || a.num_rows <= 2 * kTileRows) {
    const int pairs = (a.inner + 1) / 2;
    const int64_t panel_bytes = int64_t{pairs} * kPairBytes<format>;
    const int64_t fit = kResidentBytes / panel_bytes / 2 * 2;
    const int block = fit < 2 ? 2 : fit > a.num_panels ? a.num_panels : static_cast<int>(fit);
    for (int panel = 0; panel < a.num_panels; panel += block)
      multiply_range<Tiles, Helper, format>(
          a, work, {0, pairs}, panel, a.num_panels - panel < block ? a.num_panels : panel + block,
          configured);
    if (y_is_streamed(a)) Helper::end_streams();
  } else if constexpr (format != ChainFormat::kBf16) {
    chain_kernel_bodies::for_decoded<typename Helper::Chain, format>(
        a, [&](const ChainArguments& decoded, PairRange range) {
          multiply_range<Tiles, Helper, ChainFormat::kBf16>(decoded, work, range, 0,
                                                            decoded.num_panels, configured);
        });
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
constexpr int kBlockPairs = kBlockTokens / 2;

// Some panels of values, whose sums wait for their own product before the next one: four at a time
// keep the tiles busy.
template <typename Tiles, int kPanels>
inline void values_of_panels(const ChainValuesArguments& a, const Work& work, int64_t work_stride,
                             int row, int panel) {
  static_assert(kPanels == 1 || kPanels == 4);
  float* const out = a.out + row * a.out_stride + panel * kVectorLanes;
  const int64_t out_stride = 4 * a.out_stride;
  if (a.continues) {
    Tiles::template load<4>(out, out_stride);
    if constexpr (kPanels == 4) {
      Tiles::template load<5>(out + kVectorLanes, out_stride);
      Tiles::template load<6>(out + 2 * kVectorLanes, out_stride);
      Tiles::template load<7>(out + 3 * kVectorLanes, out_stride);
    }
  } else {
    Tiles::template zero<4>();
    if constexpr (kPanels == 4) {
      Tiles::template zero<5>();
      Tiles::template zero<6>();
      Tiles::template zero<7>();
    }
  }
  constexpr int64_t kPanelBytes = kBlockPairs * 64;
  for (int block = 0; block < a.num_blocks; ++block) {
    const uint16_t* p = work.rows + block * kBlockTokens;
    const std::byte* values = a.blocks[block] + panel * kPanelBytes;
    Tiles::template load<0>(p, 2 * work_stride);
    Tiles::template load<2>(values, 64);
    Tiles::template multiply<4, 0, 2>();
    if constexpr (kPanels == 4) {
      Tiles::template load<3>(values + kPanelBytes, 64);
      Tiles::template multiply<5, 0, 3>();
      Tiles::template load<1>(p, 2 * work_stride);
      Tiles::template load<2>(values + 2 * kPanelBytes, 64);
      Tiles::template multiply<6, 1, 2>();
      Tiles::template load<3>(values + 3 * kPanelBytes, 64);
      Tiles::template multiply<7, 1, 3>();
    }
  }
  Tiles::template store<4>(out, out_stride);
  if constexpr (kPanels == 4) {
    Tiles::template store<5>(out + kVectorLanes, out_stride);
    Tiles::template store<6>(out + 2 * kVectorLanes, out_stride);
    Tiles::template store<7>(out + 3 * kVectorLanes, out_stride);
  }
}

template <typename Tiles, typename Helper>
__attribute__((noinline)) void values(const ChainValuesArguments& a) {
  static_assert(kMaxValueRows == kTileRows);
  const Work work(a.work);
  const int keys = a.num_blocks * kBlockTokens;
  const int64_t stride = chain_row_size(keys);
  for (int row = 0; row < a.num_rows; row += kTileRows) {
    const int count = a.num_rows - row < kTileRows ? a.num_rows - row : kTileRows;
    for (int r = 0; r < count; ++r)
      Helper::round(a.p + (row + r) * a.p_stride, keys, work.rows + r * stride);
    Tiles::configure(kBlockPairs, count, count);
    int panel = 0;
    for (; panel + 4 <= a.num_panels; panel += 4)
      values_of_panels<Tiles, 4>(a, work, stride, row, panel);
    for (; panel < a.num_panels; ++panel)
      values_of_panels<Tiles, 1>(a, work, stride, row, panel);
  }
  Tiles::release();
}

}  // namespace jangwon::runtime::amx_kernel_bodies
