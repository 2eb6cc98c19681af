// Every table of lane kernels that this machine can run is held to the portable one, bit for bit,
// and that one to double precision within a bound derived from the norms of what is summed. A new
// table is covered once it is in the list.

#include "runtime/kernels/cpu/lane_kernel_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <string>

#include "runtime/base/aligned_buffer.h"
#include "tests/runtime/kernels/cpu/amx_model.h"

namespace jangwon::runtime {
namespace {

constexpr double kEpsilon = 1.1920929e-7;  // of float

std::vector<float> random_floats(std::mt19937& random, size_t count, float scale = 1.0f) {
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float& value : values)
    value = normal(random);
  return values;
}

uint16_t bf16_bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return static_cast<uint16_t>(bits >> 16);
}

float bf16_value(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

const LaneKernels& portable() {
  return *available_lane_kernels().front();
}

// Every table, and that of AMX over modelled tiles where the machine has what they need beside.
const std::vector<const LaneKernels*>& chain_tables() {
  static const std::vector<const LaneKernels*> tables = [] {
    std::vector<const LaneKernels*> list = available_lane_kernels();
#if defined(__x86_64__)
    static LaneKernels modelled;
    for (const LaneKernels* table : available_lane_kernels()) {
      if (std::string(table->isa) != "avx512_bf16") continue;
      modelled = *table;
      modelled.isa = "modelled_amx";
      modelled.split_gemm = modelled_amx_gemm;
      modelled.split_values = modelled_amx_values;
      list.push_back(&modelled);
    }
#endif
    return list;
  }();
  return tables;
}

struct GemmShape {
  int rows;
  int inner;
  int panels;
};

class LaneKernelsTest : public testing::TestWithParam<const LaneKernels*> {};

// y over shapes: 1, odd, tile ± 1, large.
constexpr GemmShape kGemmShapes[] = {{1, 1, 1},   {1, 63, 9},  {1, 64, 8},   {2, 65, 3},
                                     {3, 128, 4}, {5, 129, 5}, {6, 200, 11}, {7, 24, 13},
                                     {13, 7, 6},  {48, 300, 5}};

template <typename Weight>
std::vector<float> run_gemm(const LaneKernels& table, const GemmShape& shape,
                            const std::vector<float>& x, const std::vector<Weight>& weights) {
  std::vector<const Weight*> panels;
  for (int p = 0; p < shape.panels; ++p)
    panels.push_back(weights.data() +
                     static_cast<size_t>(p) * static_cast<size_t>(shape.inner) * kVectorLanes);
  const int64_t stride = shape.panels * kVectorLanes;
  std::vector<float> y(static_cast<size_t>(shape.rows * stride), NAN);
  GemmArguments<Weight> arguments{shape.rows,      shape.inner,   shape.panels, x.data(),
                                  shape.inner + 3, panels.data(), y.data(),     stride};
  if constexpr (sizeof(Weight) == 4) {
    table.f32_f32w_gemm(arguments);
  } else {
    table.f32_bf16w_gemm(arguments);
  }
  return y;
}

TEST_P(LaneKernelsTest, f32_f32w_gemm) {
  std::mt19937 random(1);
  for (const GemmShape& shape : kGemmShapes) {
    const std::vector<float> x =
        random_floats(random, static_cast<size_t>(shape.rows * (shape.inner + 3)));
    const std::vector<float> w =
        random_floats(random, static_cast<size_t>(shape.panels * shape.inner * kVectorLanes));
    const std::vector<float> y = run_gemm(*GetParam(), shape, x, w);
    EXPECT_EQ(y, run_gemm(portable(), shape, x, w))
        << shape.rows << "x" << shape.inner << "x" << shape.panels;
    for (int row = 0; row < shape.rows; ++row) {
      for (int n = 0; n < shape.panels * kVectorLanes; ++n) {
        double sum = 0.0;
        double norm = 0.0;
        for (int k = 0; k < shape.inner; ++k) {
          const double term =
              static_cast<double>(x[static_cast<size_t>(row * (shape.inner + 3) + k)]) *
              w[static_cast<size_t>((n / kVectorLanes * shape.inner + k) * kVectorLanes +
                                    n % kVectorLanes)];
          sum += term;
          norm += std::abs(term);
        }
        // A chain of at most 64 roundings, then one for each further chain.
        const double bound = kEpsilon * (64 + shape.inner / 64) * norm;
        ASSERT_NEAR(y[static_cast<size_t>(row * shape.panels * kVectorLanes + n)], sum, bound);
      }
    }
  }
}

TEST_P(LaneKernelsTest, f32_bf16w_gemm) {
  std::mt19937 random(2);
  for (const GemmShape& shape : kGemmShapes) {
    const std::vector<float> x =
        random_floats(random, static_cast<size_t>(shape.rows * (shape.inner + 3)));
    std::vector<uint16_t> halves;
    std::vector<float> floats;
    for (const float value :
         random_floats(random, static_cast<size_t>(shape.panels * shape.inner * kVectorLanes))) {
      halves.push_back(bf16_bits(value));
      floats.push_back(bf16_value(halves.back()));
    }
    EXPECT_EQ(run_gemm(*GetParam(), shape, x, halves), run_gemm(portable(), shape, x, floats));
  }
}

// --- chains ---

// To bf16 as the definition has it: the nearer of the two neighbours, the even one of equals,
// nothing subnormal.
float rounded_to_bf16(float value) {
  if (std::abs(value) < 0x1p-126f) return std::copysign(0.0f, value);
  const float below = bf16_value(bf16_bits(value));
  const float above = bf16_value(static_cast<uint16_t>(bf16_bits(value) + 1));
  const double down = std::abs(static_cast<double>(value) - below);
  const double up = std::abs(static_cast<double>(above) - value);
  if (down != up) return down < up ? below : above;
  return bf16_bits(value) % 2 == 0 ? below : above;
}

float fp8_number(uint8_t code) {
  const int exponent = code >> 3 & 15;
  const int fraction = code & 7;
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -9)
                              : std::ldexp(8.0f + static_cast<float>(fraction), exponent - 10);
  return code < 128 ? magnitude : -magnitude;
}

// A random matrix in one of the formats, and the numbers that it stands for.
struct ChainMatrix {
  ChainFormat format;
  int inner;
  int num_panels;
  int group_size;
  std::vector<std::vector<std::byte>> panels;
  std::vector<std::vector<float>> scales;
  std::vector<std::vector<uint16_t>> halved_scales;  // the same as bf16
  bool has_offsets;
  std::vector<std::vector<uint8_t>> offsets;  // zeros where there are none
  std::vector<uint16_t> codebook;
  std::vector<float> numbers;  // [inner, num_panels * 16], without the scales

  ChainMatrix(ChainFormat format, const GemmShape& shape, int group_size, bool with_offsets,
              float magnitude, std::mt19937& random)
      : format(format),
        inner(shape.inner),
        num_panels(shape.panels),
        group_size(group_size),
        has_offsets(with_offsets) {
    const int pairs = (inner + 1) / 2;
    const int groups = (inner + group_size - 1) / group_size;
    std::normal_distribution<float> normal(0.0f, 1.0f);
    for (int i = 0; i < 32; ++i)
      codebook.push_back(bf16_bits(normal(random)));
    numbers.resize(static_cast<size_t>(inner * num_panels * kPanelWidth));
    const int pair_bytes = format == ChainFormat::kBf16     ? 64
                           : format == ChainFormat::kNibble ? 16
                                                            : 32;
    for (int p = 0; p < num_panels; ++p) {
      panels.emplace_back(static_cast<size_t>(pairs * pair_bytes));
      scales.emplace_back();
      halved_scales.emplace_back();
      offsets.emplace_back();
      for (int i = 0; i < groups * kPanelWidth; ++i) {
        halved_scales.back().push_back(bf16_bits(std::abs(normal(random)) + 0.1f));
        scales.back().push_back(bf16_value(halved_scales.back().back()));
        offsets.back().push_back(with_offsets ? static_cast<uint8_t>(random() % 17) : uint8_t{0});
      }
      for (int k = 0; k < inner; ++k)
        for (int lane = 0; lane < kPanelWidth; ++lane)
          put(p, k, lane, magnitude * normal(random), static_cast<uint8_t>(random()));
    }
  }

  void put(int panel, int k, int lane, float value, uint8_t code) {
    std::byte* pair = panels[static_cast<size_t>(panel)].data();
    float number = 0.0f;
    if (format == ChainFormat::kBf16) {
      const uint16_t bits = bf16_bits(value);
      std::memcpy(pair + k / 2 * 64 + lane * 4 + k % 2 * 2, &bits, 2);
      number = bf16_value(bits);
    } else if (format == ChainFormat::kNibble) {
      pair[k / 2 * 16 + lane] |= std::byte(static_cast<uint8_t>((code & 15) << (k % 2 * 4)));
      const uint8_t offset = offsets[static_cast<size_t>(panel)]
                                    [static_cast<size_t>(k / group_size * kPanelWidth + lane)];
      number = bf16_value(codebook[(code & 15) + offset]);
    } else {
      if (format == ChainFormat::kFp8 && (code & 0x7f) == 0x7f) code = 0x80;
      pair[k / 2 * 32 + lane * 2 + k % 2] = std::byte(code);
      number = format == ChainFormat::kInt8 ? static_cast<float>(static_cast<int8_t>(code))
                                            : fp8_number(code);
    }
    numbers[static_cast<size_t>((k * num_panels + panel) * kPanelWidth + lane)] = number;
  }

  std::vector<float> multiply(const LaneKernels& table, bool is_split, int rows,
                              const std::vector<float>& x, bool scaled, bool halved,
                              bool y_is_far = false) const {
    std::vector<const std::byte*> panel_pointers;
    std::vector<const std::byte*> scale_pointers;
    std::vector<const uint8_t*> offset_pointers;
    for (int p = 0; p < num_panels; ++p) {
      const auto at = static_cast<size_t>(p);
      panel_pointers.push_back(panels[at].data());
      scale_pointers.push_back(halved ? reinterpret_cast<const std::byte*>(halved_scales[at].data())
                                      : reinterpret_cast<const std::byte*>(scales[at].data()));
      offset_pointers.push_back(offsets[at].data());
    }
    const int64_t stride = num_panels * kPanelWidth;
    const AlignedBuffer room(static_cast<size_t>(rows * stride) * sizeof(float));
    const std::span<float> y(room.as<float>(), static_cast<size_t>(rows * stride));
    std::fill(y.begin(), y.end(), NAN);
    std::vector<std::byte> work(static_cast<size_t>(gemm_work_bytes(inner)));
    const int64_t x_stride = chain_row_size(inner);
    std::vector<uint16_t> rounded(static_cast<size_t>(rows * x_stride), 0x7fc1);
    for (int row = 0; row < rows; ++row)
      table.round_row(x.data() + row * (inner + 3), inner, rounded.data() + row * x_stride);
    (is_split ? table.split_gemm
              : table.chain_gemm)({.format = format,
                                   .num_rows = rows,
                                   .inner = inner,
                                   .num_panels = num_panels,
                                   .x = rounded.data(),
                                   .x_stride = x_stride,
                                   .panels = panel_pointers.data(),
                                   .scales = scaled ? scale_pointers.data() : nullptr,
                                   .scales_are_bf16 = halved,
                                   .offsets = has_offsets ? offset_pointers.data() : nullptr,
                                   .codebook = codebook.data(),
                                   .group_size = group_size,
                                   .y = y.data(),
                                   .y_stride = stride,
                                   .y_is_far = y_is_far,
                                   .work = work.data()});
    return {y.begin(), y.end()};
  }
};

enum class Order { kChain, kSplit };

class ChainTest
    : public testing::TestWithParam<std::tuple<const LaneKernels*, ChainFormat, Order>> {
 protected:
  static const LaneKernels& table() { return *std::get<0>(GetParam()); }
  static ChainFormat format() { return std::get<1>(GetParam()); }
  static bool is_split() { return std::get<2>(GetParam()) == Order::kSplit; }
};

// Against double precision over inputs rounded as they should be: a sum of n terms is n
// roundings off at most.
TEST_P(ChainTest, AddsUpTheRoundedInputs) {
  std::mt19937 random(11);
  for (const GemmShape& shape : kGemmShapes) {
    for (const int group_size : {32, shape.inner + shape.inner % 2}) {
      const bool scaled = format() != ChainFormat::kBf16;
      const ChainMatrix matrix(format(), shape, group_size, false, 1.0f, random);
      const std::vector<float> x =
          random_floats(random, static_cast<size_t>(shape.rows * (shape.inner + 3)));
      const std::vector<float> y =
          matrix.multiply(table(), is_split(), shape.rows, x, scaled, false);
      const int outputs = shape.panels * kPanelWidth;
      for (int row = 0; row < shape.rows; ++row) {
        for (int n = 0; n < outputs; ++n) {
          double sum = 0.0;
          double norm = 0.0;
          for (int k = 0; k < shape.inner; ++k) {
            const auto& scales = matrix.scales[static_cast<size_t>(n / kPanelWidth)];
            const float scale =
                scaled ? scales[static_cast<size_t>(k / group_size * kPanelWidth + n % kPanelWidth)]
                       : 1.0f;
            const double term =
                static_cast<double>(scale) *
                rounded_to_bf16(x[static_cast<size_t>(row * (shape.inner + 3) + k)]) *
                matrix.numbers[static_cast<size_t>(k * outputs + n)];
            sum += term;
            norm += std::abs(term);
          }
          ASSERT_NEAR(y[static_cast<size_t>(row * outputs + n)], sum,
                      kEpsilon * (shape.inner + 4) * norm)
              << shape.rows << "x" << shape.inner << "x" << shape.panels << ", group "
              << group_size;
        }
      }
    }
  }
}

// Magnitudes from the subnormal to the huge: what counts as zero, and when, is part
// of the definition.
TEST_P(ChainTest, HasTheBitsOfThePortableOne) {
  if (&table() == &portable()) GTEST_SKIP() << "this is the portable one";
  std::mt19937 random(12);
  for (const GemmShape& shape : kGemmShapes) {
    for (const float magnitude : {1e-39f, 3e-38f, 1e-20f, 1.0f, 1e15f}) {
      for (const int choice : {0, 1, 2, 3}) {
        const bool scaled = format() != ChainFormat::kBf16;
        const bool halved = choice % 2 == 1;
        const bool with_offsets = choice >= 2 && format() == ChainFormat::kNibble;
        const int group_size = choice == 0 ? shape.inner + shape.inner % 2 : 32;
        const ChainMatrix matrix(format(), shape, group_size, with_offsets, 1.0f, random);
        const std::vector<float> x =
            random_floats(random, static_cast<size_t>(shape.rows * (shape.inner + 3)), magnitude);
        ASSERT_EQ(matrix.multiply(table(), is_split(), shape.rows, x, scaled, halved),
                  matrix.multiply(portable(), is_split(), shape.rows, x, scaled, halved))
            << shape.rows << "x" << shape.inner << "x" << shape.panels << ", " << magnitude << ", "
            << choice;
      }
    }
    const ChainMatrix small(format(), shape, 32, false, 3e-38f, random);  // subnormal weights, too
    const std::vector<float> x =
        random_floats(random, static_cast<size_t>(shape.rows * (shape.inner + 3)));
    ASSERT_EQ(small.multiply(table(), is_split(), shape.rows, x, false, false),
              small.multiply(portable(), is_split(), shape.rows, x, false, false));
  }
}

// How rows and panels are cut into tiles changes no bit: every count of rows up to where all cuts
// repeat, the fewer of them with panels that leave every remainder, and inputs that end within a
// pair, a group and a tile.
TEST_P(ChainTest, HasTheBitsOfThePortableOneHoweverRowsAreCut) {
  if (&table() == &portable()) GTEST_SKIP() << "this is the portable one";
  std::mt19937 random(17);
  for (int rows = 1; rows <= 49; ++rows) {
    constexpr int kRowsOfAllCuts = 14;
    for (int panels = 1; panels <= 9; ++panels) {
      if (rows > kRowsOfAllCuts && panels != 1 + rows % 9) continue;
      const GemmShape shape = {rows, 1 + (rows * 10 + panels * 14) % 101, panels};
      const bool scaled = format() != ChainFormat::kBf16 && (rows + panels) % 3 > 0;
      const bool with_offsets = format() == ChainFormat::kNibble && rows % 2 == 0;
      const int group_size = panels % 4 == 3 ? 18 : 32;
      const ChainMatrix matrix(format(), shape, group_size, with_offsets, 1.0f, random);
      const std::vector<float> x =
          random_floats(random, static_cast<size_t>(rows * (shape.inner + 3)));
      const bool halved = panels % 2 == 0;
      const std::vector<float> expected =
          matrix.multiply(portable(), is_split(), rows, x, scaled, halved);
      for (const bool y_is_far : {false, true})
        ASSERT_EQ(matrix.multiply(table(), is_split(), rows, x, scaled, halved, y_is_far), expected)
            << rows << "x" << shape.inner << "x" << panels << ", " << y_is_far;
    }
  }
}

// Of many rows parts of panels are decoded first and inputs multiplied part by part; of one row
// neither. Groups that fill no whole part, that are larger than one, one for all inputs, and none.
TEST_P(ChainTest, ARowHasItsBitsAmongMany) {
  std::mt19937 random(23);
  constexpr int kRows = 37;
  for (const int inner : {280, 531, 702}) {
    const int whole = inner + inner % 2;
    for (const int group_size : {0, 18, 22, 32, 128, 300, whole}) {
      const GemmShape shape = {kRows, inner, 5};
      const bool scaled = format() != ChainFormat::kBf16 && group_size > 0;
      const bool with_offsets = scaled && format() == ChainFormat::kNibble && group_size % 3 != 0;
      const ChainMatrix matrix(format(), shape, scaled ? group_size : whole, with_offsets, 1.0f,
                               random);
      const std::vector<float> x = random_floats(random, static_cast<size_t>(kRows * (inner + 3)));
      const std::vector<float> many =
          matrix.multiply(table(), is_split(), kRows, x, scaled, inner == 531, true);
      const int64_t stride = shape.panels * kPanelWidth;
      for (int row = 0; row < kRows; row += 9) {
        const std::vector<float> alone = matrix.multiply(
            table(), is_split(), 1, {x.begin() + row * (inner + 3), x.end()}, scaled, inner == 531);
        ASSERT_EQ(alone, std::vector<float>(many.begin() + row * stride,
                                            many.begin() + (row + 1) * stride))
            << inner << ", groups of " << group_size << ", row " << row;
      }
    }
  }
}

// Everything that a code may stand for, one at a time.
TEST_P(ChainTest, ReadsEveryCode) {
  std::mt19937 random(13);
  ChainMatrix matrix(format(), {1, 256, 2}, 32, false, 1.0f, random);
  for (auto& panel : matrix.panels)
    std::fill(panel.begin(), panel.end(), std::byte{0});
  for (int panel = 0; panel < 2; ++panel)
    for (int k = 0; k < 256; ++k)
      for (int lane = 0; lane < kPanelWidth; ++lane)
        matrix.put(panel, k, lane, std::ldexp(1.0f + static_cast<float>(lane) / 16, k / 2 - 64),
                   static_cast<uint8_t>(k + lane));
  for (int k = 0; k < 256; ++k) {
    std::vector<float> x(259, 0.0f);
    x[static_cast<size_t>(k)] = 1.0f;
    const std::vector<float> y = matrix.multiply(table(), is_split(), 1, x, false, false);
    for (int n = 0; n < 2 * kPanelWidth; ++n)
      ASSERT_EQ(y[static_cast<size_t>(n)],
                matrix.numbers[static_cast<size_t>(k * 2 * kPanelWidth + n)])
          << k << ", " << n;
  }
}

// From the description of TDPBF16PS, in numbers too plain to be subnormal.
TEST(ChainOrderTest, SplitSumsAreThoseOfTiles) {
  std::mt19937 random(16);
  for (const int inner : {2, 32, 40, 64, 100}) {
    const ChainMatrix matrix(ChainFormat::kBf16, {3, inner, 2}, inner, false, 1.0f, random);
    const std::vector<float> x = random_floats(random, static_cast<size_t>(3 * (inner + 3)));
    const std::vector<float> split = matrix.multiply(portable(), true, 3, x, false, false);
    const std::vector<float> chain = matrix.multiply(portable(), false, 3, x, false, false);
    for (int row = 0; row < 3; ++row) {
      for (int n = 0; n < 2 * kPanelWidth; ++n) {
        const auto input = [&](int k) {
          return rounded_to_bf16(x[static_cast<size_t>(row * (inner + 3) + k)]);
        };
        const auto weight = [&](int k) {
          return matrix.numbers[static_cast<size_t>(k * 2 * kPanelWidth + n)];
        };
        float total = 0.0f;
        for (int tile = 0; tile < inner; tile += 32) {
          float even = 0.0f;
          float odd = 0.0f;
          for (int k = tile; k < std::min(inner, tile + 32); k += 2) {
            even = std::fma(input(k), weight(k), even);
            odd = std::fma(input(k + 1), weight(k + 1), odd);
          }
          total = total + (even + odd);
        }
        float sum = 0.0f;
        for (int k = 0; k < inner; k += 2)
          sum = std::fma(input(k), weight(k), std::fma(input(k + 1), weight(k + 1), sum));
        const size_t at = static_cast<size_t>(row * 2 * kPanelWidth + n);
        ASSERT_EQ(split[at], total) << inner;
        ASSERT_EQ(chain[at], sum) << inner;
      }
    }
  }
}

// Tiles that add in another order are not listed.
TEST(ChainOrderTest, OtherSumsAreNoticed) {
  LaneKernels other = portable();
  EXPECT_TRUE(has_split_bits_of(other, portable()));
  other.split_gemm = other.chain_gemm;
  EXPECT_FALSE(has_split_bits_of(other, portable()));
  other = portable();
  other.split_values = other.chain_values;
  EXPECT_FALSE(has_split_bits_of(other, portable()));
}

TEST_P(ChainTest, ANanIsNotLost) {
  std::mt19937 random(14);
  const ChainMatrix matrix(format(), {1, 40, 1}, 40, false, 1.0f, random);
  std::vector<float> x(43, 1.0f);
  uint32_t bits = 0x7f800001;  // the fraction lies below what bf16 keeps
  std::memcpy(&x[17], &bits, 4);
  for (const float value : matrix.multiply(table(), is_split(), 1, x, false, false))
    EXPECT_TRUE(std::isnan(value));
}

TEST(ChainValuesTest, AreOneChainOverTheBlocks) {
  std::mt19937 random(15);
  for (const auto& [rows, num_blocks, num_panels] :
       {std::tuple{1, 1, 1}, {3, 2, 5}, {6, 7, 4}, {17, 3, 9}}) {
    std::vector<std::vector<uint16_t>> blocks;
    std::vector<const std::byte*> pointers;
    for (int b = 0; b < num_blocks; ++b) {
      blocks.emplace_back();
      for (int i = 0; i < num_panels * kBlockTokens * kVectorLanes; ++i)
        blocks.back().push_back(bf16_bits(random_floats(random, 1)[0]));
    }
    for (const auto& block : blocks)
      pointers.push_back(reinterpret_cast<const std::byte*>(block.data()));
    const int keys = num_blocks * kBlockTokens;
    const int num_rows = rows;
    const int panels = num_panels;
    std::vector<float> p = random_floats(random, static_cast<size_t>(rows * keys));
    for (int i = 0; i < 5; ++i)
      p[static_cast<size_t>(i)] = 0.0f;
    const std::vector<float> start =
        random_floats(random, static_cast<size_t>(rows * panels * kVectorLanes));
    bool is_split = false;
    const auto run = [&](const LaneKernels& table, int cut, bool continues) {
      std::vector<float> out = start;
      std::vector<std::byte> work(static_cast<size_t>(chain_work_bytes(keys)));
      for (int first = 0; first < static_cast<int>(pointers.size()); first += cut) {
        (is_split ? table.split_values : table.chain_values)(
            {.num_rows = num_rows,
             .p = p.data() + first * kBlockTokens,
             .p_stride = keys,
             .num_blocks = std::min(cut, static_cast<int>(pointers.size()) - first),
             .blocks = pointers.data() + first,
             .num_panels = panels,
             .out = out.data(),
             .out_stride = panels * kVectorLanes,
             .continues = continues || first > 0,
             .work = work.data()});
      }
      return out;
    };
    for (const LaneKernels* table : chain_tables()) {
      for (const bool split : {false, true}) {
        is_split = split;
        const std::vector<float> out = run(*table, num_blocks, false);
        EXPECT_EQ(out, run(portable(), num_blocks, false));
        EXPECT_EQ(out, run(*table, 1, false))
            << "a chain that is cut between blocks is the same chain";
        EXPECT_EQ(run(*table, num_blocks, true), run(portable(), 1, true));
        for (int r = 0; r < rows; ++r) {
          for (int n = 0; n < panels * kVectorLanes; ++n) {
            double sum = 0.0;
            double norm = 0.0;
            for (int key = 0; key < keys; ++key) {
              const int in_block = key % kBlockTokens;
              const uint16_t value =
                  blocks[static_cast<size_t>(key / kBlockTokens)][static_cast<size_t>(
                      n / kVectorLanes * kBlockTokens * kVectorLanes +
                      in_block / 2 * 2 * kVectorLanes + n % kVectorLanes * 2 + in_block % 2)];
              const double term =
                  static_cast<double>(rounded_to_bf16(p[static_cast<size_t>(r * keys + key)])) *
                  static_cast<double>(bf16_value(value));
              sum += term;
              norm += std::abs(term);
            }
            ASSERT_NEAR(out[static_cast<size_t>(r * panels * kVectorLanes + n)], sum,
                        kEpsilon * keys * norm);
          }
        }
      }
    }
  }
}

TEST_P(LaneKernelsTest, turn_pairs) {
  std::vector<uint16_t> in(256);
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<uint16_t>(i * 257);
  std::vector<uint16_t> out(256);
  GetParam()->turn_pairs(reinterpret_cast<const std::byte*>(in.data()),
                         reinterpret_cast<std::byte*>(out.data()));
  for (size_t component = 0; component < 16; ++component)
    for (size_t key = 0; key < 16; ++key)
      EXPECT_EQ(out[key / 2 * 32 + component * 2 + key % 2],
                in[component / 2 * 32 + key * 2 + component % 2]);
}

std::string name_of_chain(const testing::TestParamInfo<ChainTest::ParamType>& info) {
  const char* formats[] = {"bf16", "int8", "fp8", "nibble"};
  return std::string(std::get<0>(info.param)->isa) + "_" +
         formats[static_cast<int>(std::get<1>(info.param))] +
         (std::get<2>(info.param) == Order::kSplit ? "_split" : "_chain");
}

INSTANTIATE_TEST_SUITE_P(Tables, ChainTest,
                         testing::Combine(testing::ValuesIn(chain_tables()),
                                          testing::Values(ChainFormat::kBf16, ChainFormat::kInt8,
                                                          ChainFormat::kFp8, ChainFormat::kNibble),
                                          testing::Values(Order::kChain, Order::kSplit)),
                         name_of_chain);

TEST_P(LaneKernelsTest, f32_rms_norm) {
  std::mt19937 random(3);
  for (const int size : {1, 15, 16, 17, 96, 1000}) {
    const std::vector<float> x = random_floats(random, static_cast<size_t>(size), 3.0f);
    const std::vector<float> weight = random_floats(random, static_cast<size_t>(size));
    std::vector<float> out(x.size());
    std::vector<float> expected(x.size());
    GetParam()->f32_rms_norm(x.data(), weight.data(), size, 1e-5f, out.data());
    portable().f32_rms_norm(x.data(), weight.data(), size, 1e-5f, expected.data());
    EXPECT_EQ(out, expected) << size;
    double squares = 0.0;
    for (const float value : x)
      squares += static_cast<double>(value) * value;
    const double scale = 1.0 / std::sqrt(squares / size + 1e-5);
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(out[i], x[i] * scale * weight[i], 1e-5 * (1e-6 + std::abs(out[i])) + 1e-7);
  }
}

TEST_P(LaneKernelsTest, f32_add_scaled) {
  std::mt19937 random(21);
  for (const size_t size : {1u, 15u, 16u, 17u, 100u}) {
    for (const float multiplier : {1.0f, 0.3f}) {
      const std::vector<float> x = random_floats(random, size, 3.0f);
      const std::vector<float> before = random_floats(random, size, 2.0f);
      std::vector<float> out = before;
      GetParam()->f32_add_scaled(x.data(), multiplier, static_cast<int64_t>(size), out.data());
      for (size_t i = 0; i < size; ++i) {
        const float added = x[i] * multiplier;
        ASSERT_EQ(out[i], before[i] + added) << i << " of " << size;
      }
    }
  }
}

TEST_P(LaneKernelsTest, f32_divide) {
  std::mt19937 random(22);
  for (const int size : {1, 15, 16, 17, 100}) {
    const std::vector<float> x = random_floats(random, static_cast<size_t>(size), 3.0f);
    std::vector<float> out(x.size() + 1, 77.0f);
    GetParam()->f32_divide(x.data(), 1.7f, size, out.data());
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(out[i], x[i] / 1.7f) << i << " of " << size;
    EXPECT_EQ(out.back(), 77.0f);
  }
}

TEST_P(LaneKernelsTest, f32_rotate) {
  std::mt19937 random(23);
  for (const int num_pairs : {1, 8, 16, 24, 64}) {
    const auto count = static_cast<size_t>(num_pairs);
    const std::vector<float> in = random_floats(random, 2 * count, 2.0f);
    const std::vector<float> cosines = random_floats(random, count);
    const std::vector<float> sines = random_floats(random, count);
    for (const bool halves : {false, true}) {
      const auto rotate =
          halves ? GetParam()->f32_rotate_halves : GetParam()->f32_rotate_neighbours;
      std::vector<float> apart(in.size() + 1, 77.0f);
      rotate(in.data(), cosines.data(), sines.data(), num_pairs, apart.data());
      EXPECT_EQ(apart.back(), 77.0f);
      std::vector<float> in_place = in;
      rotate(in_place.data(), cosines.data(), sines.data(), num_pairs, in_place.data());
      for (size_t i = 0; i < count; ++i) {
        const size_t at = halves ? i : 2 * i;
        const size_t partner = halves ? count + i : 2 * i + 1;
        const float of_a[] = {in[at] * cosines[i], in[at] * sines[i]};
        const float of_b[] = {in[partner] * sines[i], in[partner] * cosines[i]};
        ASSERT_EQ(apart[at], of_a[0] - of_b[0]) << i << " of " << num_pairs;
        ASSERT_EQ(apart[partner], of_b[1] + of_a[1]) << i << " of " << num_pairs;
        ASSERT_EQ(in_place[at], apart[at]);
        ASSERT_EQ(in_place[partner], apart[partner]);
      }
    }
  }
}

TEST_P(LaneKernelsTest, f32_layer_norm) {
  std::mt19937 random(9);
  for (const int size : {1, 15, 16, 17, 96, 1000}) {
    std::vector<float> x = random_floats(random, static_cast<size_t>(size), 3.0f);
    for (float& value : x)
      value += 7.0f;
    const std::vector<float> weight = random_floats(random, static_cast<size_t>(size));
    const std::vector<float> bias = random_floats(random, static_cast<size_t>(size));
    std::vector<float> out(x.size());
    std::vector<float> expected(x.size());
    GetParam()->f32_layer_norm(x.data(), weight.data(), bias.data(), size, 1e-6f, out.data());
    portable().f32_layer_norm(x.data(), weight.data(), bias.data(), size, 1e-6f, expected.data());
    EXPECT_EQ(out, expected) << size;
    double mean = 0.0;
    for (const float value : x)
      mean += value / static_cast<double>(size);
    double variance = 0.0;
    for (const float value : x)
      variance += (value - mean) * (value - mean) / size;
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(out[i], (x[i] - mean) / std::sqrt(variance + 1e-6) * weight[i] + bias[i], 2e-5);
  }
}

TEST_P(LaneKernelsTest, f32_sigmoid_mul) {
  std::mt19937 random(10);
  for (const size_t size : {1u, 16u, 17u, 100u}) {
    std::vector<float> gate = random_floats(random, size, 5.0f);
    gate[0] = -200.0f;
    const std::vector<float> x = random_floats(random, size, 3.0f);
    std::vector<float> out(size);
    std::vector<float> expected(size);
    GetParam()->f32_sigmoid_mul(gate.data(), x.data(), static_cast<int64_t>(size), out.data());
    portable().f32_sigmoid_mul(gate.data(), x.data(), static_cast<int64_t>(size), expected.data());
    EXPECT_EQ(out, expected);
    for (size_t i = 0; i < size; ++i) {
      const double exact = x[i] / (1.0 + std::exp(-static_cast<double>(gate[i])));
      ASSERT_NEAR(out[i], exact, 6 * kEpsilon * std::abs(exact) + 1e-37);
    }
  }
}

TEST_P(LaneKernelsTest, f32_silu_mul) {
  std::mt19937 random(4);
  for (const size_t size : {1u, 16u, 17u, 100u}) {
    std::vector<float> gate = random_floats(random, size, 5.0f);
    gate[0] = -200.0f;  // e^200 overflows, silu does not
    const std::vector<float> up = random_floats(random, size);
    std::vector<float> out(size);
    std::vector<float> expected(size);
    GetParam()->f32_silu_mul(gate.data(), up.data(), static_cast<int64_t>(size), out.data());
    portable().f32_silu_mul(gate.data(), up.data(), static_cast<int64_t>(size), expected.data());
    EXPECT_EQ(out, expected);
    for (size_t i = 0; i < size; ++i)
      ASSERT_NEAR(out[i], gate[i] / (1.0 + std::exp(-static_cast<double>(gate[i]))) * up[i],
                  2e-6 * (1 + std::abs(out[i])));
  }
}

TEST_P(LaneKernelsTest, f32_clamped_swiglu) {
  std::mt19937 random(5);
  const std::vector<float> gate = random_floats(random, 51, 6.0f);
  const std::vector<float> up = random_floats(random, 51, 6.0f);
  std::vector<float> out(51);
  std::vector<float> expected(51);
  GetParam()->f32_clamped_swiglu(gate.data(), up.data(), 51, 7.0f, out.data());
  portable().f32_clamped_swiglu(gate.data(), up.data(), 51, 7.0f, expected.data());
  EXPECT_EQ(out, expected);
  for (size_t i = 0; i < gate.size(); ++i) {
    const double g = std::min<double>(gate[i], 7.0);
    const double u = std::clamp<double>(up[i], -7.0, 7.0);
    ASSERT_NEAR(out[i], g / (1.0 + std::exp(-1.702 * g)) * (u + 1.0),
                3e-6 * (1 + std::abs(out[i])));
  }
}

TEST_P(LaneKernelsTest, f32_limited_swiglu) {
  std::mt19937 random(8);
  const std::vector<float> gate = random_floats(random, 51, 6.0f);
  const std::vector<float> up = random_floats(random, 51, 6.0f);
  std::vector<float> out(51);
  std::vector<float> expected(51);
  GetParam()->f32_limited_swiglu(gate.data(), up.data(), 51, 5.0f, out.data());
  portable().f32_limited_swiglu(gate.data(), up.data(), 51, 5.0f, expected.data());
  EXPECT_EQ(out, expected);
  for (size_t i = 0; i < gate.size(); ++i) {
    const double g = std::min<double>(gate[i], 5.0);
    ASSERT_NEAR(out[i], g / (1.0 + std::exp(-g)) * std::clamp<double>(up[i], -5.0, 5.0),
                3e-6 * (1 + std::abs(out[i])));
  }
}

TEST_P(LaneKernelsTest, f32_sigmoid) {
  std::vector<float> values;
  for (float x = -100.0f; x <= 100.0f; x += 0.37f)
    values.push_back(x);
  std::vector<float> out = values;
  std::vector<float> expected = values;
  GetParam()->f32_sigmoid(out.data(), static_cast<int64_t>(out.size()));
  portable().f32_sigmoid(expected.data(), static_cast<int64_t>(expected.size()));
  EXPECT_EQ(out, expected);
  for (size_t i = 0; i < values.size(); ++i) {
    const double exact = 1.0 / (1.0 + std::exp(-static_cast<double>(values[i])));
    ASSERT_NEAR(out[i], exact, 4 * kEpsilon * exact + 1e-37);
  }
}

TEST_P(LaneKernelsTest, f32_decay) {
  std::vector<float> x;
  for (float value = -120.0f; value <= 120.0f; value += 0.173f)
    x.push_back(value);
  std::vector<float> bias(x.size());
  for (size_t i = 0; i < bias.size(); ++i)
    bias[i] = 0.01f * static_cast<float>(i % 7);
  const int size = static_cast<int>(x.size());
  for (const float rate : {0.05f, 1.0f, 3.0f}) {
    for (const float floor : {-INFINITY, -5.0f}) {
      std::vector<float> out(x.size());
      std::vector<float> expected(x.size());
      GetParam()->f32_decay(x.data(), bias.data(), rate, floor, size, out.data());
      portable().f32_decay(x.data(), bias.data(), rate, floor, size, expected.data());
      EXPECT_EQ(out, expected);
      for (size_t i = 0; i < x.size(); ++i) {
        const double sum = static_cast<double>(x[i] + bias[i]);
        const double log = -static_cast<double>(rate) *
                           (std::max(sum, 0.0) + std::log1p(std::exp(-std::abs(sum))));
        const double exact = std::exp(std::max<double>(floor, log));
        // The exponent's rounding counts as often as it is large; below e^-87 the result is zero.
        ASSERT_NEAR(out[i], exact, kEpsilon * (4.0 + 3.0 * std::abs(log)) * exact + 2e-38) << sum;
      }
    }
  }
}

TEST_P(LaneKernelsTest, f32_delta_rule) {
  std::mt19937 random(11);
  for (const int size : {1, 15, 16, 17, 70}) {
    constexpr int kTokens = 5;
    const size_t count = static_cast<size_t>(kTokens * size);
    const int stride = size + 3;
    const int panels = (size + kVectorLanes - 1) / kVectorLanes;
    const std::vector<float> q = random_floats(random, count, 0.3f);
    const std::vector<float> k = random_floats(random, count, 0.3f);
    std::vector<float> decay = random_floats(random, count);
    for (float& value : decay)
      value = 1.0f / (1.0f + value * value);
    const std::vector<float> beta = random_floats(random, kTokens);
    const std::vector<float> v = random_floats(random, static_cast<size_t>(kTokens * stride));
    std::vector<float> before(static_cast<size_t>(panels * size * kVectorLanes), 0.0f);
    for (int j = 0; j < size; ++j)
      for (int i = 0; i < size; ++i)
        before[static_cast<size_t>((j / kVectorLanes * size + i) * kVectorLanes +
                                   j % kVectorLanes)] = random_floats(random, 1)[0];
    const auto run = [&](const LaneKernels& table, std::vector<float>& state) {
      std::vector<float> out(static_cast<size_t>(kTokens * stride), 0.0f);
      table.f32_delta_rule({.num_tokens = kTokens,
                            .size = size,
                            .q = q.data(),
                            .k = k.data(),
                            .decay = decay.data(),
                            .beta = beta.data(),
                            .v = v.data(),
                            .v_stride = stride,
                            .state = state.data(),
                            .out = out.data(),
                            .out_stride = stride});
      return out;
    };
    std::vector<float> state = before;
    std::vector<float> expected_state = before;
    const std::vector<float> out = run(*GetParam(), state);
    EXPECT_EQ(out, run(portable(), expected_state)) << size;
    EXPECT_EQ(state, expected_state) << size;
    for (int j = 0; j < size; ++j) {
      std::vector<double> column(static_cast<size_t>(size));
      for (int i = 0; i < size; ++i)
        column[static_cast<size_t>(i)] = before[static_cast<size_t>(
            (j / kVectorLanes * size + i) * kVectorLanes + j % kVectorLanes)];
      for (int t = 0; t < kTokens; ++t) {
        const size_t first = static_cast<size_t>(t * size);
        double held = 0.0;
        double norm = 1.0;
        for (size_t i = 0; i < column.size(); ++i) {
          column[i] *= static_cast<double>(decay[first + i]);
          held += static_cast<double>(k[first + i]) * column[i];
          norm += std::abs(column[i]);
        }
        const double change = static_cast<double>(beta[static_cast<size_t>(t)]) *
                              (v[static_cast<size_t>(t * stride + j)] - held);
        double read = 0.0;
        for (size_t i = 0; i < column.size(); ++i) {
          column[i] += static_cast<double>(k[first + i]) * change;
          read += static_cast<double>(q[first + i]) * column[i];
          norm += std::abs(column[i]);
        }
        ASSERT_NEAR(out[static_cast<size_t>(t * stride + j)], read,
                    kEpsilon * (size / 4 + 8) * kTokens * norm);
      }
    }
  }
}

TEST_P(LaneKernelsTest, f32_softmax) {
  std::mt19937 random(6);
  for (const auto& [first, last] :
       {std::pair{0, 1}, {0, 16}, {3, 4}, {5, 37}, {17, 300}, {31, 33}}) {
    for (const float sink : {-INFINITY, 0.7f}) {
      const std::vector<float> raw = random_floats(random, 304, 4.0f);
      std::vector<float> p = raw;
      std::vector<float> expected = raw;
      const float total = GetParam()->f32_softmax(p.data(), first, last, 0.3f, sink);
      EXPECT_EQ(total, portable().f32_softmax(expected.data(), first, last, 0.3f, sink));
      EXPECT_EQ(p, expected);
      double exact_total = sink > -INFINITY ? std::exp(static_cast<double>(sink)) : 0.0;
      for (int j = first; j < last; ++j)
        exact_total += std::exp(0.3 * raw[static_cast<size_t>(j)]);
      for (int j = first / kVectorLanes * kVectorLanes;
           j < (last + kVectorLanes - 1) / kVectorLanes * kVectorLanes; ++j) {
        const double exact = j >= first && j < last
                                 ? std::exp(0.3 * raw[static_cast<size_t>(j)]) / exact_total
                                 : 0.0;
        ASSERT_NEAR(p[static_cast<size_t>(j)] / total, exact, 3e-6 * exact);
      }
    }
  }
}

// As the declaration has it, one element after the other.
int64_t peak_of(const std::vector<float>& x) {
  int64_t peak = 0;
  for (int64_t i = 0; i < std::ssize(x); ++i) {
    if (std::isnan(x[static_cast<size_t>(i)])) return -1;
    if (x[static_cast<size_t>(i)] > x[static_cast<size_t>(peak)]) peak = i;
  }
  return x.empty() || !std::isfinite(x[static_cast<size_t>(peak)]) ? -1 : peak;
}

// Vectors and parts that are full, cut and missing.
constexpr int kPeakSizes[] = {1, 2, 15, 16, 17, 31, 33, 1000, 1023, 1024, 1025, 2049, 32769};

TEST_P(LaneKernelsTest, f32_find_peak) {
  const auto find = [](const std::vector<float>& x) {
    return GetParam()->f32_find_peak(x.data(), std::ssize(x));
  };
  EXPECT_EQ(find({}), -1);
  std::mt19937 random(8);
  for (const int size : kPeakSizes) {
    SCOPED_TRACE(size);
    const auto count = static_cast<size_t>(size);
    for (const float scale : {1.0f, 1e-42f, 1e30f}) {  // numbers, subnormal ones, huge ones
      const std::vector<float> plain = random_floats(random, count, scale);
      EXPECT_EQ(find(plain), peak_of(plain));
      // Some are excluded, and the sum of the others is no number either where they are huge.
      std::vector<float> masked = plain;
      for (size_t i = 1; i < count; i += 3)
        masked[i] = -INFINITY;
      EXPECT_EQ(find(masked), peak_of(masked));
    }
    std::vector<float> overflowing(count, 3e38f);
    overflowing.back() = size > 1 ? -INFINITY : 3e38f;
    EXPECT_EQ(find(overflowing), 0);
    // All equal, then equals in two places: the first one is the peak.
    for (const float value : {-2.0f, 0.0f, -0.0f, 1e-45f, -3e38f})
      EXPECT_EQ(find(std::vector<float>(count, value)), 0);
    for (const float value : {-INFINITY, INFINITY, NAN})
      EXPECT_EQ(find(std::vector<float>(count, value)), -1);
    for (int trial = 0; trial < 50; ++trial) {
      const size_t first = trial == 0 ? 0 : random() % count;
      const size_t second = trial == 0 ? count - 1 : first + random() % (count - first);
      std::vector<float> tied(count, -1.0f);
      tied[first] = tied[second] = -0.5f;
      EXPECT_EQ(find(tied), static_cast<int64_t>(first));
      // Zeros are equal whatever their signs.
      tied[second] = 0.0f;
      tied[first] = -0.0f;
      EXPECT_EQ(find(tied), static_cast<int64_t>(first));
      tied[first] = 0.0f;
      if (second > first) tied[second] = -0.0f;
      EXPECT_EQ(find(tied), static_cast<int64_t>(first));
      for (const float value : {NAN, -NAN, INFINITY}) {
        std::vector<float> spoilt = tied;
        spoilt[trial % 2 == 0 ? first : second] = value;
        EXPECT_EQ(find(spoilt), -1);
      }
      tied[second] = INFINITY;
      tied[random() % (second + 1)] = -INFINITY;
      EXPECT_EQ(find(tied), peak_of(tied));
    }
  }
}

TEST_P(LaneKernelsTest, f32_attention_values) {
  std::mt19937 random(7);
  constexpr int kBlocks = 4;
  constexpr int kPanels = 3;
  constexpr int kSize = kPanels * kVectorLanes;
  struct Shape {
    int rows;
    int first;
    int last;
  };
  for (const Shape shape : {Shape{1, 0, 1}, Shape{2, 5, 64}, Shape{7, 16, 33}, Shape{3, 20, 21}}) {
    const int rows = shape.rows;  // not a structured binding: clang 14 cannot capture one
    const int first = shape.first;
    const int last = shape.last;
    std::vector<std::vector<float>> rows_blocks;
    std::vector<std::vector<float>> columns_blocks;
    std::vector<const float*> row_pointers;
    std::vector<const float*> column_pointers;
    for (int b = 0; b < kBlocks; ++b) {
      rows_blocks.push_back(random_floats(random, kVectorLanes * kSize));
      columns_blocks.emplace_back(kVectorLanes * kSize);
      for (int j = 0; j < kVectorLanes; ++j)
        for (int i = 0; i < kSize; ++i)
          columns_blocks.back()[static_cast<size_t>(i * kVectorLanes + j)] =
              rows_blocks.back()[static_cast<size_t>(j * kSize + i)];
    }
    for (int b = 0; b < kBlocks; ++b) {
      row_pointers.push_back(rows_blocks[static_cast<size_t>(b)].data());
      column_pointers.push_back(columns_blocks[static_cast<size_t>(b)].data());
    }
    std::vector<float> p = random_floats(random, static_cast<size_t>(rows) * 64);
    for (int r = 0; r < rows; ++r)
      for (int j = 0; j < 64; ++j)
        if (j < first || j >= last) p[static_cast<size_t>(r * 64 + j)] = 0.0f;
    const auto run = [&](const LaneKernels& table, bool transposed) {
      std::vector<float> out(static_cast<size_t>(rows) * kSize, NAN);
      const AttentionValuesArguments arguments{
          .num_rows = rows,
          .p = p.data(),
          .p_stride = 64,
          .first = first,
          .last = last,
          .blocks = (transposed ? column_pointers : row_pointers).data(),
          .value_stride = kSize,
          .num_panels = kPanels,
          .out = out.data(),
          .out_stride = kSize};
      (transposed ? table.f32_attention_values_transposed : table.f32_attention_values)(arguments);
      return out;
    };
    for (const bool transposed : {false, true}) {
      const std::vector<float> out = run(*GetParam(), transposed);
      EXPECT_EQ(out, run(portable(), transposed));
      for (int r = 0; r < rows; ++r) {
        for (int i = 0; i < kSize; ++i) {
          double sum = 0.0;
          double norm = 0.0;
          for (int j = first; j < last; ++j) {
            const double term = static_cast<double>(p[static_cast<size_t>(r * 64 + j)]) *
                                rows_blocks[static_cast<size_t>(j / kVectorLanes)]
                                           [static_cast<size_t>(j % kVectorLanes * kSize + i)];
            sum += term;
            norm += std::abs(term);
          }
          ASSERT_NEAR(out[static_cast<size_t>(r * kSize + i)], sum, kEpsilon * 64 * norm);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, LaneKernelsTest, testing::ValuesIn(available_lane_kernels()),
                         [](const auto& param) { return std::string(param.param->isa); });

}  // namespace
}  // namespace jangwon::runtime
