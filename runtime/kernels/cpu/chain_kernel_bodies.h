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
  static constexpr int kTileRows = Base::kSplitTileRows;
  static constexpr int kTilePanels = Base::kSplitTilePanels;
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
                      int begin, int end, Tile<typename Chain::Sum, kRows, kPanels>& tile) {
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
          __builtin_prefetch(weights[p] + i * kPairBytes<format> + kPrefetchBytes);
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

template <typename Chain, ChainFormat format, int kRows, int kPanels>
inline void chain_tile(const ChainArguments& a, const InputRows<Chain>& inputs, int row,
                       int panel) {
  using Sum = typename Chain::Sum;
  const int pairs = (a.inner + 1) / 2;
  Tile<Sum, kRows, kPanels> total;
  total.clear();
  if (!a.scales) {
    add_group<Chain, format>(a, inputs, panel, 0, 0, pairs, total);
    return total.store(a, row, panel);
  }
  const int group_pairs = a.group_size / 2;
  for (int begin = 0, group = 0; begin < pairs; begin += group_pairs, ++group) {
    Tile<Sum, kRows, kPanels> part;
    part.clear();
    add_group<Chain, format>(a, inputs, panel, group, begin,
                             pairs - begin > group_pairs ? begin + group_pairs : pairs, part);
    for (int p = 0; p < kPanels; ++p) {
      const int64_t first = int64_t{group} * kPanelWidth;
      const std::byte* scales = a.scales[panel + p];
      const Sum scale = a.scales_are_bf16
                            ? Sum::load_bf16(reinterpret_cast<const uint16_t*>(scales) + first)
                            : Sum::load(reinterpret_cast<const float*>(scales) + first);
      for (int r = 0; r < kRows; ++r)
        total.sums[r][p] = Sum::fma(scale, part.sums[r][p], total.sums[r][p]);
    }
  }
  total.store(a, row, panel);
}

template <typename Chain, ChainFormat format, int kRows>
inline void chain_rows(const ChainArguments& a, const InputRows<Chain>& inputs, int row, int panel,
                       int end_panel) {
  if constexpr (kRows == 1) {
    // One row has few chains to overlap.
    for (; panel + 2 * Chain::kTilePanels <= end_panel; panel += 2 * Chain::kTilePanels)
      chain_tile<Chain, format, 1, 2 * Chain::kTilePanels>(a, inputs, row, panel);
  }
  for (; panel + Chain::kTilePanels <= end_panel; panel += Chain::kTilePanels)
    chain_tile<Chain, format, kRows, Chain::kTilePanels>(a, inputs, row, panel);
  for (; panel < end_panel; ++panel)
    chain_tile<Chain, format, kRows, 1>(a, inputs, row, panel);
}

// kRows rows or, at the end, the fewer that are left.
template <typename Chain, ChainFormat format, int kRows>
inline void chain_some_rows(const ChainArguments& a, const InputRows<Chain>& inputs, int count,
                            int row, int panel, int end_panel) {
  if (count == kRows) return chain_rows<Chain, format, kRows>(a, inputs, row, panel, end_panel);
  if constexpr (kRows > 1)
    chain_some_rows<Chain, format, kRows - 1>(a, inputs, count, row, panel, end_panel);
}

// Not inlined: no arithmetic of it may move before the mode of rounding is set.
template <typename Chain, ChainFormat format>
__attribute__((noinline)) void chain_gemm_of(const ChainArguments& a) {
  static_assert(Chain::kTileRows <= kMaxChainRows && sizeof(typename Chain::Input) <= 8);
  const int pairs = (a.inner + 1) / 2;
  const int64_t panel_bytes = pairs * kPairBytes<format>;
  const int64_t fit = kResidentBytes / panel_bytes / Chain::kTilePanels * Chain::kTilePanels;
  const int block = fit < Chain::kTilePanels ? Chain::kTilePanels
                    : fit > a.num_panels     ? a.num_panels
                                             : static_cast<int>(fit);
  // A few rows read every weight once whatever the order: no reason to widen them more than once.
  const bool one_tile = a.num_rows <= Chain::kTileRows;
  for (int panel = 0; panel < a.num_panels; panel += one_tile ? a.num_panels : block) {
    const int end_panel = one_tile || a.num_panels - panel < block ? a.num_panels : panel + block;
    for (int row = 0; row < a.num_rows; row += Chain::kTileRows) {
      const int count = a.num_rows - row < Chain::kTileRows ? a.num_rows - row : Chain::kTileRows;
      const auto inputs =
          InputRows<Chain>::of(a.x + row * a.x_stride, a.x_stride, count, pairs, a.work);
      chain_some_rows<Chain, format, Chain::kTileRows>(a, inputs, count, row, panel, end_panel);
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
  int panel = 0;
  for (; panel + Chain::kTilePanels <= a.num_panels; panel += Chain::kTilePanels)
    values_tile<Chain, kRows, Chain::kTilePanels>(a, inputs, row, panel);
  for (; panel < a.num_panels; ++panel)
    values_tile<Chain, kRows, 1>(a, inputs, row, panel);
}

template <typename Chain>
__attribute__((noinline)) void chain_values_of(const ChainValuesArguments& a) {
  const int keys = a.num_blocks * kBlockTokens;
  const int64_t stride = chain_row_size(keys);
  auto* rows = reinterpret_cast<uint16_t*>(a.work);
  std::byte* room = a.work + Chain::kTileRows * stride * 2;
  for (int row = 0; row < a.num_rows; row += Chain::kTileRows) {
    const int count = a.num_rows - row < Chain::kTileRows ? a.num_rows - row : Chain::kTileRows;
    for (int r = 0; r < count; ++r)
      Chain::round(a.p + (row + r) * a.p_stride, keys, rows + r * stride);
    const auto inputs = InputRows<Chain>::of(rows, stride, count, keys / 2, room);
    values_rows<Chain, Chain::kTileRows>(a, inputs, count, row);
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
