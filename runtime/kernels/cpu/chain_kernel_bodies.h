// The bodies of LaneKernels::chain_gemm, written once over how an instruction set holds two inputs
// of sixteen outputs. Included by one .cc per instruction set with its own Chain:
//
//   Chain::Sum        sixteen float sums: zero, load(const float*), load_bf16(const uint16_t*),
//                     fma(a, b, c), store(float*)
//   Chain::Input      two inputs of one row in memory; Chain::Broadcast in registers
//   Chain::kReadsRows                            whether a rounded row is a row of Inputs as it
//                                                stands; if not, Chain::widen(row, pairs, out)
//   Chain::Pair       two weights of sixteen outputs
//   Chain::Decoder    what a format's codes mean, in registers
//   Chain::round(x, inner, out)                  LaneKernels::round_row
//   Chain::load<format>(pair, decoder)           from a panel in one of the formats
//   Chain::accumulate(sum, broadcast, weights)   what a pair adds
//   Chain::WithOffsets                           the Chain of a kNibble with offsets
//   Chain::kTileRows, Chain::tile_panels(rows)   the tiles of sums that fit in registers
//   Chain::kTallRows, Chain::tall_panels(rows)   those of more rows, over weights that were decoded
//                                                to bf16, and Chain::Decoded, whose sums they are;
//                                                or 0
//   Chain::kTilePairs, Chain::fold(sum)          what happens after so many pairs of a group
//   Chain::Rounding                              while one lives, subnormal numbers count as zero
//
// As in lane_kernel_bodies.h nothing here calls an inline function of another header that could be
// shared: those of chain_rounding.h have internal linkage.

#pragma once

#include "runtime/kernels/cpu/chain_rounding.h"
#include "runtime/kernels/cpu/lane_kernels.h"

namespace jangwon::runtime::chain_kernel_bodies {

// Weights of this size are walked for all rows before the next are: they stay in the second-level
// cache meanwhile.
constexpr int64_t kResidentBytes = int64_t{1} << 18;

// How far ahead of the products weights are asked for, in bytes of a panel. The processor's own
// prefetching stops at each page and follows four panels at a time late: with this a few rows read
// memory 7 to 20 % faster, and many rows wait less for the second-level cache.
constexpr int64_t kPrefetchBytes = 1024;
constexpr int64_t kCacheLine = 64;

// What stands `step` panels after panel `index` of a call. Behind the last one it is where the next
// call's will be if panels stand side by side, as those of a matrix do; else null.
template <typename Pointer>
inline Pointer panel_after(const Pointer* panels, int num_panels, int index, int step) {
  if (index + step < num_panels) return panels[index + step];
  const int64_t size = num_panels > 1 ? panels[1] - panels[0] : 0;
  if (panels[num_panels - 1] != panels[0] + (num_panels - 1) * size) return nullptr;
  return panels[index] + step * size;
}

// Where the line is that lies kPrefetchBytes ahead of one `at` bytes into a panel: at a panel's end
// in the one that comes `step` panels later, which may lie anywhere.
struct PanelsAhead {
  const std::byte* panel = nullptr;
  const std::byte* next = nullptr;  // less the bytes of a panel
  int64_t panel_bytes = 0;

  PanelsAhead() = default;
  PanelsAhead(const ChainArguments& a, int64_t panel_bytes, int index, int step)
      : panel(a.panels[index]),
        next(panel_after(a.panels, a.num_panels, index, step)),
        panel_bytes(panel_bytes) {
    next = (next ? next : panel) - panel_bytes;
  }
  const std::byte* line(int64_t at) const {
    const int64_t ahead = at + kPrefetchBytes;
    return (ahead < panel_bytes ? panel : next) + ahead;
  }
};

template <ChainFormat format>
constexpr int64_t kPairBytes = format == ChainFormat::kBf16     ? 64
                               : format == ChainFormat::kNibble ? 16
                                                                : 32;

// What the codes of a group mean; of kNibble alone.
struct CodeMeaning {
  const uint16_t* codebook;
  const uint8_t* offsets;  // of the group, or null
};

template <typename Sum, int kRows, int kPanels>
struct Tile {
  Sum sums[kRows][kPanels];

  void clear() {
    for (auto& row : sums)
      for (Sum& sum : row)
        sum = Sum::zero();
  }
  void store(const ChainArguments& a, int row, int panel) const {
    for (int r = 0; r < kRows; ++r)
      for (int p = 0; p < kPanels; ++p)
        sums[r][p].store(a.y + (row + r) * a.y_stride +
                         static_cast<int64_t>(panel + p) * kPanelWidth);
  }
};

template <typename Chain, int kRows, int kPanels>
inline void fold_all(typename Chain::Sum (&sums)[kRows][kPanels]) {
  for (auto& row : sums)
    for (typename Chain::Sum& sum : row)
      sum = Chain::fold(sum);
}

// A chain's only step is a pair.
struct PlainChain {
  static constexpr int kTilePairs = 1 << 30;
  static constexpr int kTallRows = 0;
  template <typename Sum>
  static Sum fold(Sum sum) {
    return sum;
  }
};

// A chain of float multiply-adds over a Vec of lane_kernel_bodies.h: two for each instruction of
// AVX512_BF16. An instruction set adds the sizes of its tiles, and how it reads a pair of weights.
template <typename Vec>
struct FloatChain : PlainChain {
  struct Sum : Vec {
    Sum() = default;
    Sum(const Vec& v) : Vec(v) {}
    static Sum zero() { return Vec::zero(); }
    static Sum load(const float* x) { return Vec::load(x); }
    static Sum load_bf16(const uint16_t* x) { return Vec::load(x); }
    static Sum fma(const Sum& a, const Sum& b, const Sum& c) { return Vec::fma(a, b, c); }
    static Sum add(const Sum& a, const Sum& b) { return Vec::add(a, b); }
  };
  struct Broadcast {
    Vec even, odd;
  };
  struct Pair {
    Vec even, odd;
  };
  using Input = chain_rounding::FloatPair;
  using Rounding = chain_rounding::FlushSubnormals;

  static constexpr bool kReadsRows = false;

  static void round(const float* x, int inner, uint16_t* out) {
    chain_rounding::round_row(x, inner, out);
  }
  static void widen(const uint16_t* row, int pairs, Input* out) {
    chain_rounding::widen_row(row, pairs, out);
  }
  static Broadcast broadcast(const Input& x) {
    return {Vec::broadcast(x.even), Vec::broadcast(x.odd)};
  }
  static Sum accumulate(const Sum& sum, const Broadcast& x, const Pair& w) {
    return Vec::fma(x.even, w.even, Vec::fma(x.odd, w.odd, sum));
  }
};

// Sums as the tiles of AMX have them: even and odd inputs apart for sixteen pairs, then
// both into the total.
template <typename Base>
struct SplitChain : Base {
  using WithOffsets = SplitChain;
  static constexpr int kTileRows = Base::kSplitTileRows;
  static constexpr int tile_panels(int) { return Base::kSplitTilePanels; }
  static constexpr int kTilePairs = 16;
  using Lanes = typename Base::Sum;
  struct Sum {
    Lanes total, even, odd;
    static Sum zero() { return {Lanes::zero(), Lanes::zero(), Lanes::zero()}; }
    static Sum load(const float* x) { return {Lanes::load(x), Lanes::zero(), Lanes::zero()}; }
    static Sum load_bf16(const uint16_t* x) {
      return {Lanes::load_bf16(x), Lanes::zero(), Lanes::zero()};
    }
    static Sum fma(const Sum& a, const Sum& b, const Sum& c) {
      return {Lanes::fma(a.total, b.total, c.total), Lanes::zero(), Lanes::zero()};
    }
    void store(float* out) const { total.store(out); }
  };
  static Sum accumulate(const Sum& sum, const typename Base::Broadcast& x,
                        const typename Base::Pair& w) {
    return {sum.total, Lanes::fma(x.even, w.even, sum.even), Lanes::fma(x.odd, w.odd, sum.odd)};
  }
  static Sum fold(const Sum& sum) {
    return {Lanes::add(sum.total, Lanes::add(sum.even, sum.odd)), Lanes::zero(), Lanes::zero()};
  }
};

// Some rows of inputs, `stride` from one to the next.
template <typename Chain>
struct InputRows {
  const typename Chain::Input* first;
  int64_t stride;

  // Of rounded rows, `row_stride` halves from one to the next. `work`: room for `count` rows.
  static InputRows of(const uint16_t* rows, int64_t row_stride, int count, int pairs,
                      std::byte* work) {
    if constexpr (Chain::kReadsRows) {
      return {reinterpret_cast<const typename Chain::Input*>(rows), row_stride / 2};
    } else {
      auto* inputs = reinterpret_cast<typename Chain::Input*>(work);
      for (int r = 0; r < count; ++r)
        Chain::widen(rows + r * row_stride, pairs, inputs + int64_t{r} * pairs);
      return {inputs, pairs};
    }
  }
  typename Chain::Broadcast broadcast(int row, int pair) const {
    return Chain::broadcast(first[row * stride + pair]);
  }
};

// The chains of one group, pairs [begin, end), of rows × panels that stay in registers.
template <typename Chain, ChainFormat format, int kRows, int kPanels>
inline void add_group(const ChainArguments& a, const InputRows<Chain>& inputs, int panel, int group,
                      int begin, int end, const PanelsAhead (&ahead)[kPanels],
                      Tile<typename Chain::Sum, kRows, kPanels>& tile) {
  const std::byte* weights[kPanels];
  typename Chain::Decoder decoder[kPanels];
  for (int p = 0; p < kPanels; ++p) {
    weights[p] = a.panels[panel + p];
    const uint8_t* offsets =
        a.offsets ? a.offsets[panel + p] + int64_t{group} * kPanelWidth : nullptr;
    decoder[p] = Chain::template decoder<format>({a.codebook, offsets});
  }
  for (int first = begin; first < end;) {
    const int last = end - first > Chain::kTilePairs ? first + Chain::kTilePairs : end;
    for (int i = first; i < last; ++i) {
      typename Chain::Pair w[kPanels];
      for (int p = 0; p < kPanels; ++p)
        w[p] = Chain::template load<format>(weights[p] + i * kPairBytes<format>, decoder[p]);
      if (i % (kCacheLine / kPairBytes<format>) == 0) {
        for (int p = 0; p < kPanels; ++p)
          __builtin_prefetch(ahead[p].line(i * kPairBytes<format>));
      }
      for (int r = 0; r < kRows; ++r) {
        const typename Chain::Broadcast x = inputs.broadcast(r, i);
        for (int p = 0; p < kPanels; ++p)
          tile.sums[r][p] = Chain::accumulate(tile.sums[r][p], x, w[p]);
      }
    }
    fold_all<Chain>(tile.sums);
    first = last;
  }
}

// Scales and offsets are few bytes a panel, too few for the processor to see a stream in them: each
// group asks for those of the panels that come next.
template <int kPanels>
inline void ask_for_scales(const ChainArguments& a, int panel, int group) {
  const int64_t first = int64_t{group} * kPanelWidth;
  for (int p = panel; p < panel + kPanels; ++p) {
    const std::byte* scales = panel_after(a.scales, a.num_panels, p, kPanels);
    if (scales) __builtin_prefetch(scales + first * (a.scales_are_bf16 ? 2 : 4));
    if (!a.offsets) continue;
    const uint8_t* offsets = panel_after(a.offsets, a.num_panels, p, kPanels);
    if (offsets) __builtin_prefetch(offsets + first);
  }
}

template <typename Sum, int kRows, int kPanels>
inline void add_scaled(const ChainArguments& a, int panel, int group,
                       const Tile<Sum, kRows, kPanels>& part, Tile<Sum, kRows, kPanels>& total) {
  const int64_t first = int64_t{group} * kPanelWidth;
  for (int p = 0; p < kPanels; ++p) {
    const std::byte* scales = a.scales[panel + p];
    const Sum scale = a.scales_are_bf16
                          ? Sum::load_bf16(reinterpret_cast<const uint16_t*>(scales) + first)
                          : Sum::load(reinterpret_cast<const float*>(scales) + first);
    for (int r = 0; r < kRows; ++r)
      total.sums[r][p] = Sum::fma(scale, part.sums[r][p], total.sums[r][p]);
  }
}

template <typename Chain, ChainFormat format, int kRows, int kPanels>
inline void chain_tile(const ChainArguments& a, const InputRows<Chain>& inputs, int row,
                       int panel) {
  using Sum = typename Chain::Sum;
  const int pairs = (a.inner + 1) / 2;
  PanelsAhead ahead[kPanels];
  for (int p = 0; p < kPanels; ++p)
    ahead[p] = PanelsAhead(a, pairs * kPairBytes<format>, panel + p, kPanels);
  const int group_pairs = a.scales ? a.group_size / 2 : pairs;
  Tile<Sum, kRows, kPanels> total;
  if (a.scales) total.clear();
  for (int begin = 0, group = 0; begin < pairs; begin += group_pairs, ++group) {
    Tile<Sum, kRows, kPanels> part;
    part.clear();
    if (a.scales && row == 0) ask_for_scales<kPanels>(a, panel, group);
    add_group<Chain, format>(a, inputs, panel, group, begin,
                             pairs - begin > group_pairs ? begin + group_pairs : pairs, ahead,
                             part);
    if (!a.scales) return part.store(a, row, panel);
    add_scaled(a, panel, group, part, total);
  }
  total.store(a, row, panel);
}

template <typename Chain, ChainFormat format, int kRows>
inline void chain_rows(const ChainArguments& a, const InputRows<Chain>& inputs, int row, int panel,
                       int end_panel) {
  constexpr int kPanels = Chain::tile_panels(kRows);
  if constexpr (kRows == 1) {
    // One row has few chains to overlap.
    for (; panel + 2 * kPanels <= end_panel; panel += 2 * kPanels)
      chain_tile<Chain, format, 1, 2 * kPanels>(a, inputs, row, panel);
  }
  for (; panel + kPanels <= end_panel; panel += kPanels)
    chain_tile<Chain, format, kRows, kPanels>(a, inputs, row, panel);
  if constexpr (kPanels > 1) {
    for (; panel < end_panel; ++panel)
      chain_tile<Chain, format, kRows, 1>(a, inputs, row, panel);
  }
}

// The rows of the next tile, as evenly as they go: one of a row or two would leave most registers
// idle.
constexpr int tile_rows(int rows_left, int most) {
  const int tiles = (rows_left + most - 1) / most;
  return (rows_left + tiles - 1) / tiles;
}

// kRows rows or fewer.
template <typename Chain, ChainFormat format, int kRows>
inline void chain_some_rows(const ChainArguments& a, const InputRows<Chain>& inputs, int count,
                            int row, int panel, int end_panel) {
  if (count == kRows) return chain_rows<Chain, format, kRows>(a, inputs, row, panel, end_panel);
  if constexpr (kRows > 1)
    chain_some_rows<Chain, format, kRows - 1>(a, inputs, count, row, panel, end_panel);
}

// --- tall tiles ---
//
// More rows share a walk over weights that have to be decoded, which is done some pairs ahead, into
// the first-level cache: one product of a tile for all formats. With weights in bf16 nothing is
// saved, and from 16 rows on fewer panels side by side cost 5 to 9 %.

constexpr int kDecodedPairs = 32;

// Pairs [begin, end) of a group, as bf16.
template <typename Chain, ChainFormat format>
__attribute__((noinline)) void decode_pairs(const ChainArguments& a, int panel, int group,
                                            int begin, int end, const PanelsAhead& ahead,
                                            std::byte* out) {
  const uint8_t* offsets = a.offsets ? a.offsets[panel] + int64_t{group} * kPanelWidth : nullptr;
  const typename Chain::Decoder decoder = Chain::template decoder<format>({a.codebook, offsets});
  const std::byte* pairs = a.panels[panel];
  for (int i = begin; i < end; ++i) {
    if (i % (kCacheLine / kPairBytes<format>) == 0)
      __builtin_prefetch(ahead.line(i * kPairBytes<format>));
    const auto w = Chain::template load<format>(pairs + i * kPairBytes<format>, decoder);
    static_assert(sizeof(w) == kPairBytes<ChainFormat::kBf16>);
    __builtin_memcpy(out + (i - begin) * int64_t{sizeof(w)}, &w, sizeof(w));
  }
}
using DecodePairs = void (*)(const ChainArguments& a, int panel, int group, int begin, int end,
                             const PanelsAhead& ahead, std::byte* out);

// How the panels of a call come to bf16.
struct PanelSource {
  DecodePairs decode;
  int64_t pair_bytes;
};

template <typename Chain, int kRows, int kPanels>
inline void tall_tile(const ChainArguments& a, const PanelSource& source,
                      const InputRows<Chain>& inputs, int row, int panel) {
  constexpr int64_t kPairSize = kPairBytes<ChainFormat::kBf16>;
  using Sum = typename Chain::Sum;
  const int pairs = (a.inner + 1) / 2;
  const int group_pairs = a.scales ? a.group_size / 2 : pairs;
  const typename Chain::Decoder decoder = Chain::template decoder<ChainFormat::kBf16>({});
  alignas(64) std::byte decoded[kPanels][kDecodedPairs * kPairSize];
  PanelsAhead ahead[kPanels];
  for (int p = 0; p < kPanels; ++p)
    ahead[p] = PanelsAhead(a, pairs * source.pair_bytes, panel + p, kPanels);
  Tile<Sum, kRows, kPanels> total;
  if (a.scales) total.clear();
  for (int begin = 0, group = 0; begin < pairs; begin += group_pairs, ++group) {
    const int end = pairs - begin > group_pairs ? begin + group_pairs : pairs;
    Tile<Sum, kRows, kPanels> part;
    part.clear();
    if (a.scales && row == 0) ask_for_scales<kPanels>(a, panel, group);
    for (int first = begin; first < end;) {
      const int last = end - first > kDecodedPairs ? first + kDecodedPairs : end;
      for (int p = 0; p < kPanels; ++p)
        source.decode(a, panel + p, group, first, last, ahead[p], decoded[p]);
      for (int i = first; i < last; ++i) {
        typename Chain::Pair w[kPanels];
        for (int p = 0; p < kPanels; ++p)
          w[p] = Chain::template load<ChainFormat::kBf16>(decoded[p] + (i - first) * kPairSize,
                                                          decoder);
        for (int r = 0; r < kRows; ++r) {
          const typename Chain::Broadcast x = inputs.broadcast(r, i);
          for (int p = 0; p < kPanels; ++p)
            part.sums[r][p] = Chain::accumulate(part.sums[r][p], x, w[p]);
        }
      }
      first = last;
    }
    if (!a.scales) return part.store(a, row, panel);
    add_scaled(a, panel, group, part, total);
  }
  total.store(a, row, panel);
}

template <typename Chain, int kRows>
inline void tall_rows(const ChainArguments& a, const PanelSource& source,
                      const InputRows<Chain>& inputs, int count, int row, int panel,
                      int end_panel) {
  if (count < kRows) {
    if constexpr (kRows > Chain::kTileRows + 1)
      tall_rows<Chain, kRows - 1>(a, source, inputs, count, row, panel, end_panel);
    return;
  }
  constexpr int kPanels = Chain::tall_panels(kRows);
  for (; panel + kPanels <= end_panel; panel += kPanels)
    tall_tile<Chain, kRows, kPanels>(a, source, inputs, row, panel);
  for (; panel < end_panel; ++panel)
    tall_tile<Chain, kRows, 1>(a, source, inputs, row, panel);
}

// Not inlined: no arithmetic of it may move before the mode of rounding is set.
template <typename Chain, ChainFormat format>
__attribute__((noinline)) void chain_gemm_of(const ChainArguments& a) {
  static_assert(Chain::kReadsRows ||
                (Chain::kTileRows <= kMaxChainRows && sizeof(typename Chain::Input) <= 8));
  constexpr int kPanels = Chain::tile_panels(1);
  constexpr bool kIsTall = Chain::kTallRows > 0 && format != ChainFormat::kBf16;
  constexpr int kMostRows = kIsTall ? Chain::kTallRows : Chain::kTileRows;
  const int pairs = (a.inner + 1) / 2;
  const int64_t panel_bytes = pairs * kPairBytes<format>;
  const int64_t fit = kResidentBytes / panel_bytes / kPanels * kPanels;
  const int block = fit < kPanels        ? kPanels
                    : fit > a.num_panels ? a.num_panels
                                         : static_cast<int>(fit);
  // A few rows read every weight once whatever the order: no reason to widen them more than once.
  const bool one_tile = a.num_rows <= kMostRows;
  for (int panel = 0; panel < a.num_panels; panel += one_tile ? a.num_panels : block) {
    const int end_panel = one_tile || a.num_panels - panel < block ? a.num_panels : panel + block;
    for (int row = 0; row < a.num_rows;) {
      const int count = tile_rows(a.num_rows - row, kMostRows);
      const uint16_t* rows = a.x + row * a.x_stride;
      if constexpr (kIsTall) {
        if (count > Chain::kTileRows) {
          using Decoded = typename Chain::Decoded;
          constexpr PanelSource kSource = {decode_pairs<Chain, format>, kPairBytes<format>};
          const auto inputs = InputRows<Decoded>::of(rows, a.x_stride, count, pairs, a.work);
          tall_rows<Decoded, Chain::kTallRows>(a, kSource, inputs, count, row, panel, end_panel);
          row += count;
          continue;
        }
      }
      const auto inputs = InputRows<Chain>::of(rows, a.x_stride, count, pairs, a.work);
      chain_some_rows<Chain, format, Chain::kTileRows>(a, inputs, count, row, panel, end_panel);
      row += count;
    }
  }
}

// --- attention over a bf16 cache ---

constexpr int kBlockPairs = kBlockTokens / 2;

template <typename Chain, int kRows, int kPanels>
inline void values_tile(const ChainValuesArguments& a, const InputRows<Chain>& inputs, int row,
                        int panel) {
  using Sum = typename Chain::Sum;
  constexpr int64_t kPairSize = kPairBytes<ChainFormat::kBf16>;
  const typename Chain::Decoder decoder = Chain::template decoder<ChainFormat::kBf16>({});
  Sum sums[kRows][kPanels];
  for (int r = 0; r < kRows; ++r)
    for (int p = 0; p < kPanels; ++p)
      sums[r][p] = a.continues
                       ? Sum::load(a.out + (row + r) * a.out_stride + (panel + p) * kVectorLanes)
                       : Sum::zero();
  for (int block = 0; block < a.num_blocks; ++block) {
    const std::byte* values = a.blocks[block] + panel * kBlockPairs * kPairSize;
    for (int i = 0; i < kBlockPairs; ++i) {
      typename Chain::Pair v[kPanels];
      for (int p = 0; p < kPanels; ++p)
        v[p] = Chain::template load<ChainFormat::kBf16>(values + (p * kBlockPairs + i) * kPairSize,
                                                        decoder);
      for (int r = 0; r < kRows; ++r) {
        const typename Chain::Broadcast x = inputs.broadcast(r, block * kBlockPairs + i);
        for (int p = 0; p < kPanels; ++p)
          sums[r][p] = Chain::accumulate(sums[r][p], x, v[p]);
      }
    }
    fold_all<Chain>(sums);
  }
  for (int r = 0; r < kRows; ++r)
    for (int p = 0; p < kPanels; ++p)
      sums[r][p].store(a.out + (row + r) * a.out_stride + (panel + p) * kVectorLanes);
}

template <typename Chain, int kRows>
inline void values_rows(const ChainValuesArguments& a, const InputRows<Chain>& inputs, int count,
                        int row) {
  if (count < kRows) {
    if constexpr (kRows > 1) values_rows<Chain, kRows - 1>(a, inputs, count, row);
    return;
  }
  constexpr int kPanels = Chain::tile_panels(kRows);
  int panel = 0;
  for (; panel + kPanels <= a.num_panels; panel += kPanels)
    values_tile<Chain, kRows, kPanels>(a, inputs, row, panel);
  if constexpr (kPanels > 1) {
    for (; panel < a.num_panels; ++panel)
      values_tile<Chain, kRows, 1>(a, inputs, row, panel);
  }
}

template <typename Chain>
__attribute__((noinline)) void chain_values_of(const ChainValuesArguments& a) {
  const int keys = a.num_blocks * kBlockTokens;
  const int64_t stride = chain_row_size(keys);
  auto* rows = reinterpret_cast<uint16_t*>(a.work);
  std::byte* room = a.work + Chain::kTileRows * stride * 2;
  for (int row = 0; row < a.num_rows;) {
    const int count = tile_rows(a.num_rows - row, Chain::kTileRows);
    for (int r = 0; r < count; ++r)
      Chain::round(a.p + (row + r) * a.p_stride, keys, rows + r * stride);
    const auto inputs = InputRows<Chain>::of(rows, stride, count, keys / 2, room);
    values_rows<Chain, Chain::kTileRows>(a, inputs, count, row);
    row += count;
  }
}

template <typename Chain>
void chain_values(const ChainValuesArguments& a) {
  const typename Chain::Rounding rounding;
  chain_values_of<Chain>(a);
}

// A pair of components by sixteen keys is eight quads of two keys: quad i of input j becomes quad j
// of output i, its two words in the middle changing places.
inline void turn_pairs(const std::byte* in, std::byte* out) {
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j) {
      uint64_t quad;
      __builtin_memcpy(&quad, in + 64 * j + 8 * i, 8);
      quad = (quad & 0xffff00000000ffffu) | ((quad & 0x00000000ffff0000u) << 16) |
             ((quad >> 16) & 0x00000000ffff0000u);
      __builtin_memcpy(out + 64 * i + 8 * j, &quad, 8);
    }
  }
}

template <typename Chain>
void chain_gemm(const ChainArguments& a) {
  const typename Chain::Rounding rounding;
  switch (a.format) {
    case ChainFormat::kBf16:
      return chain_gemm_of<Chain, ChainFormat::kBf16>(a);
    case ChainFormat::kInt8:
      return chain_gemm_of<Chain, ChainFormat::kInt8>(a);
    case ChainFormat::kFp8:
      return chain_gemm_of<Chain, ChainFormat::kFp8>(a);
    case ChainFormat::kNibble:
      if (a.offsets) return chain_gemm_of<typename Chain::WithOffsets, ChainFormat::kNibble>(a);
      return chain_gemm_of<Chain, ChainFormat::kNibble>(a);
  }
}

template <typename Chain>
constexpr ChainKernels make_chains(void (*turn)(const std::byte*, std::byte*) = turn_pairs) {
  return {.round_row = Chain::round,
          .gemm = chain_gemm<Chain>,
          .values = chain_values<Chain>,
          .split_gemm = chain_gemm<SplitChain<Chain>>,
          .split_values = chain_values<SplitChain<Chain>>,
          .turn_pairs = turn,
          .peak = {}};  // that of float multiply-adds, of which a chain is made
}

}  // namespace jangwon::runtime::chain_kernel_bodies
