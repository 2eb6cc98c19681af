// The bodies of LaneKernels::chain_gemm, written once over how an instruction set holds two inputs
// of sixteen outputs. Included by one .cc per instruction set with its own Chain:
//
//   Chain::Lanes      sixteen floats: zero, load(const float*), load_bf16(const uint16_t*),
//                     fma(a, b, c), add(a, b), store(float*)
//   Chain::Input      two inputs of one row in memory
//   Chain::kReadsRows                            whether a rounded row is a row of Inputs as it
//                                                stands; if not, Chain::widen(row, pairs, out)
//   Chain::Pair       two weights of sixteen outputs; Chain::store_bf16(pair, out)
//   Chain::Decoder    what a format's codes mean, in registers
//   Chain::round(x, inner, out)                  LaneKernels::round_row
//   Chain::load<format>(pair, decoder)           from a panel in one of the formats
//   Chain::Sums<rows, panels>                    the sums of a tile in registers: clear(),
//                                                begin_tile(), add<step, row, panel>(input, pair),
//                                                end_tile(), total<row, panel>()
//   Chain::kSteps, Chain::broadcast<step>(input) the products of a pair, one after the other
//   Chain::kTilePairs                            pairs of a group between begin_tile and end_tile
//   Chain::kTileRows, Chain::tile_panels(rows)   the tile that fits the registers
//   Chain::Rounding                              while one lives, subnormal numbers count as zero
//
// As in lane_kernel_bodies.h nothing here calls an inline function of another header that could be
// shared: those of chain_rounding.h have internal linkage. Loops over a tile are unrolled with
// constant indices (repeat), since a compiler keeps an array in registers only then.

#pragma once

#include <utility>

#include "runtime/kernels/cpu/chain_rounding.h"
#include "runtime/kernels/cpu/lane_kernels.h"

namespace jangwon::runtime::chain_kernel_bodies {

// Weights of this size are walked for all rows before the next are: they stay in the second-level
// cache meanwhile.
constexpr int64_t kResidentBytes = int64_t{1} << 18;

// How far ahead of the products weights are asked for, in bytes of a panel, and at its end of the
// panel that is read next. The processor's own prefetching stops at each page and follows four
// panels at a time late: with this a few rows read memory 7 to 20 % faster, and many rows wait less
// for the second-level cache.
constexpr int64_t kPrefetchBytes = 1024;
constexpr int64_t kCacheLine = 64;
// The same for scales, which lie apart from the codes: half a line a group of a panel.
constexpr int64_t kScalesAhead = 256;
// Rows up to which codes are decoded on their way to the products, and not before.
constexpr int kDirectRows = 6;

template <ChainFormat format>
constexpr int64_t kPairBytes = format == ChainFormat::kBf16     ? 64
                               : format == ChainFormat::kNibble ? 16
                                                                : 32;

// What the codes of a group mean; of kNibble alone.
struct CodeMeaning {
  const uint16_t* codebook;
  const uint8_t* offsets;  // of the group, or null
};

namespace {

inline CodeMeaning meaning_of(const ChainArguments& a, int panel, int group) {
  return {a.codebook, a.offsets ? a.offsets[panel] + int64_t{group} * kPanelWidth : nullptr};
}

// Where panels that all rows have in common are decoded to, behind the rest of the work space.
inline std::byte* decoded_panels(const ChainArguments& a) {
  std::byte* room = a.work + chain_work_bytes(a.inner);
  return room + (64 - reinterpret_cast<uintptr_t>(room) % 64) % 64;
}

// The panels that are read after those of a tile; none where nobody knows.
struct NextPanels {
  const std::byte* const* panels;
  int count;

  const std::byte* panel(int p) const { return panels[p < count ? p : count - 1]; }
};
inline NextPanels next_of(const ChainArguments& a, int panel, int end_panel) {
  if (panel < end_panel) return {a.panels + panel, end_panel - panel};
  return {a.next_panels, a.num_next_panels};
}

// Pairs whose sums are computed for all rows before the next ones: so many that what a tile makes
// of inputs or panels stays in the first-level cache, and whole groups.
inline int chunk_of_groups(const ChainArguments& a) {
  constexpr int kChunkPairs = 128;
  if (!a.scales) return kChunkPairs;
  const int group_pairs = a.group_size / 2;
  if (group_pairs >= kChunkPairs) return group_pairs;
  return kChunkPairs / group_pairs * group_pairs;
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

}  // namespace

template <int... indices, typename Body>
__attribute__((always_inline)) inline void repeat_each(std::integer_sequence<int, indices...>,
                                                       const Body& body) {
  (body(std::integral_constant<int, indices>{}), ...);
}
// body(0) to body(count - 1), each with its index as a constant.
template <int count, typename Body>
__attribute__((always_inline)) inline void repeat(const Body& body) {
  repeat_each(std::make_integer_sequence<int, count>{}, body);
}
template <int rows, int panels, typename Body>
__attribute__((always_inline)) inline void repeat_tile(const Body& body) {
  repeat<rows>([&](auto row) __attribute__((always_inline)) {
    repeat<panels>([&](auto panel) __attribute__((always_inline)) { body(row, panel); });
  });
}

// A chain's only step is a pair.
template <typename Chain>
struct PlainChain {
  static constexpr int kTilePairs = 1 << 30;
  template <int rows, int panels, typename Lanes>
  struct SumsOf {
    Lanes sums[rows][panels];

    __attribute__((always_inline)) void clear() {
      repeat_tile<rows, panels>([&](auto r, auto p)
                                    __attribute__((always_inline)) { sums[r][p] = Lanes::zero(); });
    }
    __attribute__((always_inline)) void begin_tile() {}
    template <int step, int r, int p, typename Broadcast, typename Pair>
    __attribute__((always_inline)) void add(const Broadcast& x, const Pair& w) {
      sums[r][p] = Chain::template accumulate<step>(sums[r][p], x, w);
    }
    __attribute__((always_inline)) void end_tile() {}
    template <int r, int p>
    __attribute__((always_inline)) Lanes& total() {
      return sums[r][p];
    }
  };
};

// A chain of float multiply-adds over a Vec of lane_kernel_bodies.h: two for each instruction of
// AVX512_BF16. An instruction set adds the sizes of its tiles, and how it reads a pair of weights.
template <typename Vec>
struct FloatChain : PlainChain<FloatChain<Vec>> {
  struct Lanes : Vec {
    Lanes() = default;
    Lanes(const Vec& v) : Vec(v) {}
    static Lanes zero() { return Vec::zero(); }
    static Lanes load(const float* x) { return Vec::load(x); }
    static Lanes load_bf16(const uint16_t* x) { return Vec::load(x); }
    static Lanes fma(const Lanes& a, const Lanes& b, const Lanes& c) { return Vec::fma(a, b, c); }
    static Lanes add(const Lanes& a, const Lanes& b) { return Vec::add(a, b); }
  };
  struct Pair {
    Vec even, odd;
  };
  template <int rows, int panels>
  using Sums = typename PlainChain<FloatChain>::template SumsOf<rows, panels, Lanes>;
  using Input = chain_rounding::FloatPair;
  using Rounding = chain_rounding::FlushSubnormals;

  static constexpr bool kReadsRows = false;

  static void round(const float* x, int inner, uint16_t* out) {
    chain_rounding::round_row(x, inner, out);
  }
  static void widen(const uint16_t* row, int pairs, Input* out) {
    chain_rounding::widen_row(row, pairs, out);
  }
  // The odd inputs of all rows before the even ones: what waits for a sum is far behind it.
  static constexpr int kSteps = 2;
  template <int step>
  static Vec broadcast(const Input& x) {
    return Vec::broadcast(step == 0 ? x.odd : x.even);
  }
  template <int step>
  static Lanes accumulate(const Lanes& sum, const Vec& x, const Pair& w) {
    return Vec::fma(x, step == 0 ? w.odd : w.even, sum);
  }
};

// Sums as the tiles of AMX have them: even and odd inputs apart for sixteen pairs, then
// both into the total.
template <typename Base>
struct SplitChain : Base {
  static constexpr int kTileRows = Base::kSplitTileRows;
  static constexpr int tile_panels(int rows) { return Base::split_tile_panels(rows); }
  static constexpr int kTilePairs = 16;
  using Lanes = typename Base::Lanes;
  template <int rows, int panels>
  struct Sums {
    Lanes even[rows][panels];
    Lanes odd[rows][panels];
    Lanes totals[rows][panels];

    __attribute__((always_inline)) void clear() {
      repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
        totals[r][p] = Lanes::zero();
      });
    }
    __attribute__((always_inline)) void begin_tile() {
      repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
        even[r][p] = Lanes::zero();
        odd[r][p] = Lanes::zero();
      });
    }
    template <int step, int r, int p, typename Broadcast>
    __attribute__((always_inline)) void add(const Broadcast& x, const typename Base::Pair& w) {
      Lanes& sum = step == 0 ? odd[r][p] : even[r][p];
      sum = Lanes::fma(x, step == 0 ? w.odd : w.even, sum);
    }
    __attribute__((always_inline)) void end_tile() {
      repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
        totals[r][p] = Lanes::add(totals[r][p], Lanes::add(even[r][p], odd[r][p]));
      });
    }
    template <int r, int p>
    __attribute__((always_inline)) Lanes& total() {
      return totals[r][p];
    }
  };
};

struct PairRange {
  int begin;
  int end;
};

// Some rows of inputs, `stride` from one to the next; pair `begin` of the first stands at `first`.
template <typename Chain>
struct InputRows {
  const typename Chain::Input* first;
  int64_t stride;
  int begin;

  // Some pairs of rounded rows, `row_stride` halves from one to the next. `work`: room for them.
  static InputRows of(const uint16_t* rows, int64_t row_stride, PairRange range, int count,
                      std::byte* work) {
    if constexpr (Chain::kReadsRows) {
      return {reinterpret_cast<const typename Chain::Input*>(rows), row_stride / 2, 0};
    } else {
      auto* inputs = reinterpret_cast<typename Chain::Input*>(work);
      const int pairs = range.end - range.begin;
      // Rows an even number of kilobytes apart would share a few lines of the first-level cache.
      const int64_t stride = pairs + 8;
      for (int r = 0; r < count; ++r)
        Chain::widen(rows + r * row_stride + int64_t{2} * range.begin, pairs, inputs + r * stride);
      return {inputs, stride, range.begin};
    }
  }
};

// Adds pairs [begin, end) of `panels` panels, which begin at `weights`, to a tile's sums, and asks
// for what stands at the same places from `ahead` on.
template <typename Chain, ChainFormat format, int rows, int panels, typename Sums>
__attribute__((always_inline)) inline void add_pairs(
    const std::byte* const (&weights)[panels], const std::byte* const (&ahead)[panels],
    const typename Chain::Decoder (&decoder)[panels], const InputRows<Chain>& inputs, int begin,
    int end, Sums& sums) {
  constexpr int64_t kSize = kPairBytes<format>;
  const typename Chain::Input* x = inputs.first + (begin - inputs.begin);
  const int64_t stride = inputs.stride;
  for (int i = begin; i < end; ++i, ++x) {
    typename Chain::Pair w[panels];
    repeat<panels>([&](auto p) __attribute__((always_inline)) {
      w[p] = Chain::template load<format>(weights[p] + i * kSize, decoder[p]);
    });
    if (i % (kCacheLine / kSize) == 0) {
      repeat<panels>([&](auto p) __attribute__((always_inline)) {
        __builtin_prefetch(ahead[p] + i * kSize);
      });
    }
    repeat<Chain::kSteps>([&](auto step) __attribute__((always_inline)) {
      repeat<rows>([&](auto r) __attribute__((always_inline)) {
        const auto input = Chain::template broadcast<step()>(x[r * stride]);
        repeat<panels>([&](auto p) __attribute__((always_inline)) {
          sums.template add<step(), r(), p()>(input, w[p]);
        });
      });
    });
  }
}

// One group, or inputs without one: pairs [begin, end) of rows × panels, added to the sums.
template <typename Chain, ChainFormat format, int rows, int panels>
__attribute__((always_inline)) inline void add_group(
    const ChainArguments& a, const InputRows<Chain>& inputs, const NextPanels& next, int panel,
    int group, int begin, int end, typename Chain::template Sums<rows, panels>& sums) {
  constexpr int64_t kSize = kPairBytes<format>;
  constexpr int kPairsAhead = kPrefetchBytes / kSize;
  const int last_begin = (a.inner + 1) / 2 - kPairsAhead;
  const std::byte* weights[panels];
  const std::byte* ahead[panels];
  typename Chain::Decoder decoder[panels];
  repeat<panels>([&](auto p) __attribute__((always_inline)) {
    weights[p] = a.panels[panel + p];
    decoder[p] = Chain::template decoder<format>(meaning_of(a, panel + p, group));
  });
  for (int first = begin; first < end;) {
    int last = end - first > Chain::kTilePairs ? first + Chain::kTilePairs : end;
    // Where a tile ends is part of its sums, but for a chain, which any cut leaves as it is.
    if (Chain::kTilePairs > kPairsAhead && first < last_begin && last > last_begin)
      last = last_begin;
    const bool to_next = next.count > 0 && first >= last_begin;
    repeat<panels>([&](auto p) __attribute__((always_inline)) {
      ahead[p] = to_next ? next.panel(p) - last_begin * kSize : weights[p] + kPrefetchBytes;
    });
    sums.begin_tile();
    add_pairs<Chain, format, rows, panels>(weights, ahead, decoder, inputs, first, last, sums);
    sums.end_tile();
    first = last;
  }
}

// The pairs of `range` of rows × panels; y holds the sums of those before.
template <typename Chain, ChainFormat format, int rows, int panels>
inline void chain_tile(const ChainArguments& a, const InputRows<Chain>& inputs,
                       const NextPanels& next, PairRange range, int row, int panel) {
  using Lanes = typename Chain::Lanes;
  float* const y = a.y + row * a.y_stride + int64_t{panel} * kPanelWidth;
  const int64_t y_stride = a.y_stride;
  typename Chain::template Sums<rows, panels> sums;
  sums.clear();
  if (!a.scales) {
    if (range.begin > 0) {
      repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
        sums.template total<r(), p()>() = Lanes::load(y + r * y_stride + p * kPanelWidth);
      });
    }
    add_group<Chain, format, rows, panels>(a, inputs, next, panel, 0, range.begin, range.end, sums);
    repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
      sums.template total<r(), p()>().store(y + r * y_stride + p * kPanelWidth);
    });
    return;
  }
  const int group_pairs = a.group_size / 2;
  const int64_t scale_bytes = kPanelWidth * (a.scales_are_bf16 ? 2 : 4);
  int group = range.begin / group_pairs;
  repeat<panels>([&](auto p) __attribute__((always_inline)) {
    for (int64_t ahead = 0; ahead < kScalesAhead; ahead += kCacheLine)
      __builtin_prefetch(a.scales[panel + p] + group * scale_bytes + ahead);
  });
  for (int begin = range.begin; begin < range.end; begin += group_pairs, ++group) {
    add_group<Chain, format, rows, panels>(
        a, inputs, next, panel, group, begin,
        range.end - begin > group_pairs ? begin + group_pairs : range.end, sums);
    repeat<panels>([&](auto p) __attribute__((always_inline)) {
      const std::byte* scales = a.scales[panel + p] + group * scale_bytes;
      __builtin_prefetch(scales + kScalesAhead);
      const Lanes scale = a.scales_are_bf16
                              ? Lanes::load_bf16(reinterpret_cast<const uint16_t*>(scales))
                              : Lanes::load(reinterpret_cast<const float*>(scales));
      repeat<rows>([&](auto r) __attribute__((always_inline)) {
        float* out = y + r * y_stride + p * kPanelWidth;
        const Lanes before = group == 0 ? Lanes::zero() : Lanes::load(out);
        Lanes::fma(scale, sums.template total<r(), p()>(), before).store(out);
      });
    });
    sums.clear();
  }
}

template <typename Chain, ChainFormat format, int rows>
inline void chain_rows(const ChainArguments& a, const InputRows<Chain>& inputs, PairRange range,
                       int row, int panel, int end_panel) {
  constexpr int kPanels = Chain::tile_panels(rows);
  for (; panel + kPanels <= end_panel; panel += kPanels)
    chain_tile<Chain, format, rows, kPanels>(a, inputs, next_of(a, panel + kPanels, end_panel),
                                             range, row, panel);
  for (; panel < end_panel; ++panel)
    chain_tile<Chain, format, rows, 1>(a, inputs, next_of(a, panel + 1, end_panel), range, row,
                                       panel);
}

// `rows` rows or, at the end, the fewer that are left.
template <typename Chain, ChainFormat format, int rows>
inline void chain_some_rows(const ChainArguments& a, const InputRows<Chain>& inputs,
                            PairRange range, int count, int row, int panel, int end_panel) {
  if (count == rows)
    return chain_rows<Chain, format, rows>(a, inputs, range, row, panel, end_panel);
  if constexpr (rows > 1)
    chain_some_rows<Chain, format, rows - 1>(a, inputs, range, count, row, panel, end_panel);
}

// Some pairs of some panels for all rows, `tile_rows` at a time.
template <typename Chain, ChainFormat format, int tile_rows>
inline void multiply_range(const ChainArguments& a, PairRange range, int panel, int end_panel) {
  for (int row = 0; row < a.num_rows; row += tile_rows) {
    const int count = a.num_rows - row < tile_rows ? a.num_rows - row : tile_rows;
    const auto inputs =
        InputRows<Chain>::of(a.x + row * a.x_stride, a.x_stride, range, count, a.work);
    chain_some_rows<Chain, format, tile_rows>(a, inputs, range, count, row, panel, end_panel);
  }
}

// body(range) over all pairs, `chunk` at a time.
template <typename Body>
inline void for_chunks(const ChainArguments& a, int chunk, const Body& body) {
  const int pairs = (a.inner + 1) / 2;
  for (int begin = 0; begin < pairs; begin += chunk)
    body(PairRange{begin, pairs - begin < chunk ? pairs : begin + chunk});
}

template <typename Chain, ChainFormat format, int tile_rows>
inline void multiply_block(const ChainArguments& a, int panel, int end_panel) {
  const bool is_whole = Chain::kReadsRows || a.num_rows <= Chain::kTileRows;
  for_chunks(a, is_whole ? (a.inner + 1) / 2 : chunk_of_groups(a), [&](PairRange range) {
    multiply_range<Chain, format, tile_rows>(a, range, panel, end_panel);
  });
}

// Some pairs of one group as bf16 numbers, which all codes are: as they stand in a kBf16 panel.
template <typename Chain, ChainFormat format>
inline void decode_pairs(const std::byte* pairs, int count, const CodeMeaning& meaning,
                         std::byte* out) {
  const typename Chain::Decoder decoder = Chain::template decoder<format>(meaning);
  for (int i = 0; i < count; ++i)
    Chain::store_bf16(Chain::template load<format>(pairs + i * kPairBytes<format>, decoder),
                      out + i * kPairBytes<ChainFormat::kBf16>);
}

// `a` with some pairs of panels [panel, panel + count) as bf16 numbers, and nothing else of them;
// `pointers` has room for `count`. The range begins with a group.
template <typename Chain, ChainFormat format>
inline ChainArguments decode_panels(const ChainArguments& a, PairRange range, int panel, int count,
                                    const std::byte** pointers) {
  constexpr int64_t kDecodedBytes = kPairBytes<ChainFormat::kBf16>;
  const int group_pairs = a.scales ? a.group_size / 2 : (a.inner + 1) / 2;
  std::byte* out = decoded_panels(a);
  for (int p = 0; p < count; ++p) {
    pointers[p] = out - range.begin * kDecodedBytes;
    for (int begin = range.begin; begin < range.end;) {
      const int group = begin / group_pairs;
      const int group_end = (group + 1) * group_pairs;
      const int end = group_end < range.end ? group_end : range.end;
      decode_pairs<Chain, format>(a.panels[panel + p] + begin * kPairBytes<format>, end - begin,
                                  meaning_of(a, panel + p, group), out);
      out += (end - begin) * kDecodedBytes;
      begin = end;
    }
  }
  ChainArguments decoded = a;
  decoded.format = ChainFormat::kBf16;
  decoded.num_panels = count;
  decoded.panels = pointers;
  decoded.scales = a.scales ? a.scales + panel : nullptr;
  decoded.offsets = nullptr;
  decoded.num_next_panels = 0;
  decoded.y_is_far = false;  // the next part goes on from it
  decoded.y = a.y + int64_t{panel} * kPanelWidth;
  return decoded;
}

// body(panels, range) over all of them, each part decoded into the first-level cache and multiplied
// there before the next.
template <typename Chain, ChainFormat format, typename Body>
inline void for_decoded(const ChainArguments& a, const Body& body) {
  for (int panel = 0; panel < a.num_panels; panel += kDecodedPanels) {
    const int count = a.num_panels - panel < kDecodedPanels ? a.num_panels - panel : kDecodedPanels;
    for_chunks(a, chunk_of_groups(a), [&](PairRange range) {
      const std::byte* pointers[kDecodedPanels];
      body(decode_panels<Chain, format>(a, range, panel, count, pointers), range);
    });
  }
}

// Not inlined: no arithmetic of it may move before the mode of rounding is set.
template <typename Chain, ChainFormat format>
__attribute__((noinline)) void chain_gemm_of(const ChainArguments& a) {
  static_assert(Chain::kTileRows <= kMaxChainRows && sizeof(typename Chain::Input) <= 8);
  if constexpr (format == ChainFormat::kBf16) {
    // A tile of rows reads every weight once whatever the order.
    if (a.num_rows <= Chain::kTileRows)
      return multiply_block<Chain, format, Chain::kTileRows>(a, 0, a.num_panels);
    const int64_t panel_bytes = int64_t{(a.inner + 1) / 2} * kPairBytes<format>;
    const int64_t fit = kResidentBytes / panel_bytes / kDecodedPanels * kDecodedPanels;
    const int block = fit < kDecodedPanels ? kDecodedPanels
                      : fit > a.num_panels ? a.num_panels
                                           : static_cast<int>(fit);
    for (int panel = 0; panel < a.num_panels; panel += block)
      multiply_block<Chain, format, Chain::kTileRows>(
          a, panel, a.num_panels - panel < block ? a.num_panels : panel + block);
  } else {
    constexpr int kRows = Chain::kTileRows < kDirectRows ? Chain::kTileRows : kDirectRows;
    if (a.num_rows <= kRows) return multiply_block<Chain, format, kRows>(a, 0, a.num_panels);
    for_decoded<Chain, format>(a, [](const ChainArguments& decoded, PairRange range) {
      multiply_range<Chain, ChainFormat::kBf16, Chain::kTileRows>(decoded, range, 0,
                                                                  decoded.num_panels);
    });
  }
}

// --- attention over a bf16 cache ---

constexpr int kBlockPairs = kBlockTokens / 2;

template <typename Chain, int rows, int panels>
inline void values_tile(const ChainValuesArguments& a, const InputRows<Chain>& inputs, int row,
                        int panel) {
  using Lanes = typename Chain::Lanes;
  constexpr int64_t kPanelBytes = kBlockPairs * kPairBytes<ChainFormat::kBf16>;
  float* const out = a.out + row * a.out_stride + panel * kVectorLanes;
  const int64_t out_stride = a.out_stride;
  typename Chain::Decoder decoder[panels];
  typename Chain::template Sums<rows, panels> sums;
  repeat<panels>([&](auto p) __attribute__((always_inline)) {
    decoder[p] = Chain::template decoder<ChainFormat::kBf16>({});
  });
  sums.clear();
  if (a.continues) {
    repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
      sums.template total<r(), p()>() = Lanes::load(out + r * out_stride + p * kVectorLanes);
    });
  }
  for (int block = 0; block < a.num_blocks; ++block) {
    const std::byte* values[panels];
    const std::byte* ahead[panels];
    const int next = block + 1 < a.num_blocks ? block + 1 : block;
    repeat<panels>([&](auto p) __attribute__((always_inline)) {
      values[p] = a.blocks[block] + (panel + p) * kPanelBytes;
      ahead[p] = a.blocks[next] + (panel + p) * kPanelBytes;
    });
    const InputRows<Chain> block_inputs = {inputs.first + block * kBlockPairs, inputs.stride, 0};
    sums.begin_tile();
    add_pairs<Chain, ChainFormat::kBf16, rows, panels>(values, ahead, decoder, block_inputs, 0,
                                                       kBlockPairs, sums);
    sums.end_tile();
  }
  repeat_tile<rows, panels>([&](auto r, auto p) __attribute__((always_inline)) {
    sums.template total<r(), p()>().store(out + r * out_stride + p * kVectorLanes);
  });
}

template <typename Chain, int rows>
inline void values_rows(const ChainValuesArguments& a, const InputRows<Chain>& inputs, int count,
                        int row) {
  if (count < rows) {
    if constexpr (rows > 1) values_rows<Chain, rows - 1>(a, inputs, count, row);
    return;
  }
  constexpr int kPanels = Chain::tile_panels(rows);
  int panel = 0;
  for (; panel + kPanels <= a.num_panels; panel += kPanels)
    values_tile<Chain, rows, kPanels>(a, inputs, row, panel);
  for (; panel < a.num_panels; ++panel)
    values_tile<Chain, rows, 1>(a, inputs, row, panel);
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
    const auto inputs = InputRows<Chain>::of(rows, stride, {0, keys / 2}, count, room);
    values_rows<Chain, Chain::kTileRows>(a, inputs, count, row);
  }
}

template <typename Chain>
void chain_values(const ChainValuesArguments& a) {
  const typename Chain::Rounding rounding;
  chain_values_of<Chain>(a);
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
