// Products with weight matrices in every format, alone, by head and by expert's share, against
// double precision within a bound from the norms of what is summed.

#include <algorithm>
#include <cstring>

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

struct Shape {
  int tokens;
  int rows;  // outputs
  int cols;
};

// One, odd, around a panel, around a tile, more than a chain's length, many rows.
constexpr Shape kShapes[] = {{1, 1, 1},     {1, 16, 64},   {2, 17, 65},
                             {3, 15, 130},  {5, 100, 33},  {13, 64, 128},
                             {37, 33, 200}, {64, 160, 96}, {70, 257, 300}};

class MatrixTest : public OpTest {};

std::vector<float> product(Device& device, const PackedMatrix& weight, const std::vector<float>& x,
                           int tokens, float scale = 1.0f) {
  const Rows y = device.make_rows(tokens, weight.rows());
  device->linear(device.context(), {.x = device.upload_rows(x, weight.cols()),
                                    .num_rows = tokens,
                                    .scale = scale,
                                    .products = {{&weight, y}}});
  return device.download(y, tokens, weight.rows());
}

// What a chain's inputs become: the nearer bf16 number, the even one of equals.
float rounded_to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
  std::memcpy(&value, &bits, 4);
  return value;
}

// `w` in a format that chains know is multiplied with rounded inputs, in one chain.
void expect_product(const std::vector<float>& y, const std::vector<float>& inputs,
                    const std::vector<float>& w, const std::vector<float>& bias, const Shape& shape,
                    double scale = 1.0, Numerics numerics = Numerics::kFloat32) {
  std::vector<float> x = inputs;
  if (numerics != Numerics::kFloat32)
    std::transform(x.begin(), x.end(), x.begin(), rounded_to_bf16);
  const int roundings = numerics != Numerics::kFloat32 ? shape.cols + 3 : 66 + shape.cols / 64;
  for (int t = 0; t < shape.tokens; ++t) {
    for (int n = 0; n < shape.rows; ++n) {
      double sum = bias.empty() ? 0.0 : bias[static_cast<size_t>(n)];
      double norm = std::abs(sum);
      for (int k = 0; k < shape.cols; ++k) {
        const double term = static_cast<double>(x[static_cast<size_t>(t * shape.cols + k)]) *
                            w[static_cast<size_t>(n * shape.cols + k)];
        sum += term;
        norm += std::abs(term);
      }
      // A chain of at most 64 roundings, one for each further chain, one each for bias and scale;
      // or one chain of all.
      ASSERT_NEAR(y[static_cast<size_t>(t * shape.rows + n)], sum * scale,
                  kFloatEpsilon * roundings * norm * std::abs(scale));
    }
  }
}

TEST_P(MatrixTest, LinearIsTheProductAndTheBiasTimesTheScale) {
  std::mt19937 random(1);
  for (const Shape& shape : kShapes) {
    const std::vector<float> x = random_floats(random, int64_t{shape.tokens} * shape.cols);
    const std::vector<float> w = random_floats(random, int64_t{shape.rows} * shape.cols);
    const std::vector<float> bias =
        shape.tokens % 2 ? random_floats(random, shape.rows) : std::vector<float>();
    for (const float scale : {1.0f, 0.125f}) {
      const std::vector<float> y = run_everywhere([&](Device& device) {
        return product(device, *device.pack(w, shape.rows, shape.cols, bias), x, shape.tokens,
                       scale);
      });
      expect_product(y, x, w, bias, shape, scale);
    }
  }
}

// A matrix of a layer, in one of the kinds that its others may not have.
struct Kind {
  int rows;
  DType dtype;
  MadeWeights made = {};
  PackedUse use = PackedUse::kProduct;
  bool has_bias = false;
};

// Every matrix's outputs one after the other. The last slots are the matrices', the first ones
// empty.
std::vector<float> products(Device& device, const std::vector<WeightMatrix>& weights,
                            const std::vector<float>& x, int tokens, float scale) {
  LinearArguments a{
      .x = device.upload_rows(x, weights[0]->cols()), .num_rows = tokens, .scale = scale};
  size_t slot = static_cast<size_t>(kMaxLinearProducts) - weights.size();
  for (const WeightMatrix& weight : weights)
    a.products[slot++] = {weight.get(), device.make_rows(tokens, weight->rows())};
  device->linear(device.context(), a);
  std::vector<float> all;
  for (const LinearProduct& product : a.products) {
    if (!product.weight) continue;
    const std::vector<float> y = device.download(product.y, tokens, product.weight->rows());
    all.insert(all.end(), y.begin(), y.end());
  }
  return all;
}

// Small matrices before large ones, rounded inputs beside floats, matrices that are cut into many
// tasks beside such that are not.
TEST_P(MatrixTest, MatricesOverTheSameRowsAreEachAsAlone) {
  constexpr PackedUse kFloats = PackedUse::kFloat32Product;
  const MadeWeights int8{8, 32};
  const MadeWeights int4{4, 64};
  struct Case {
    int cols;
    std::vector<Kind> kinds;
  };
  std::vector<Case> cases = {
      {65, {{17, DType::kBF16}}},
      {33, {{1, DType::kF32}, {100, DType::kF32}}},
      {150, {{96, DType::kBF16}, {16, DType::kBF16}, {17, DType::kBF16}}},
      {96, {{20, DType::kBF16, {}, kFloats}, {49, DType::kBF16, int8}, {49, DType::kF32, int8}}},
      {128,
       {{3, DType::kF32},
        {130, DType::kBF16, int4, PackedUse::kProduct, true},
        {64, DType::kBF16},
        {1, DType::kBF16, int8},
        {33, DType::kF32, int8, kFloats, true},
        {18, DType::kF16}}},
  };
  std::vector<int> token_counts = {1, 5, 17, 70};
  if (is_emulated(*GetParam())) {
    token_counts = {1, 17};
  } else {
    cases.push_back({700,
                     {{90, DType::kBF16},
                      {300, DType::kF32},
                      {900, DType::kBF16, int8},
                      {80, DType::kBF16, {}, kFloats},
                      {1100, DType::kBF16}}});
  }
  std::mt19937 random(11);
  for (const Case& c : cases) {
    std::vector<std::vector<float>> floats;
    std::vector<std::vector<uint16_t>> halves;
    std::vector<StoredMatrix> stored;
    for (const Kind& kind : c.kinds) {
      floats.push_back(random_floats(random, int64_t{kind.rows} * c.cols));
      halves.emplace_back();
      for (const float value : floats.back()) {
        uint32_t bits;
        std::memcpy(&bits, &value, 4);
        // In F16 the same bits are other numbers; without one of them all are below two.
        const uint32_t kept = kind.dtype == DType::kF16 ? 0xbfff : 0xffff;
        halves.back().push_back(static_cast<uint16_t>(bits >> 16 & kept));
      }
      const void* data = halves.back().data();
      if (kind.dtype == DType::kF32) data = floats.back().data();
      stored.push_back({.rows = kind.rows,
                        .cols = c.cols,
                        .format = PlainRows{.dtype = kind.dtype, .data = data},
                        .made = kind.made});
      if (kind.has_bias) stored.back().bias = random_floats(random, kind.rows);
    }
    const auto pack_all = [&](Device& device) {
      std::vector<WeightMatrix> weights;
      for (size_t i = 0; i < c.kinds.size(); ++i)
        weights.push_back(device->pack(device.context(), stored[i], c.kinds[i].use));
      return weights;
    };
    for (const int tokens : token_counts) {
      const std::vector<float> x = random_floats(random, int64_t{tokens} * c.cols);
      const float scale = tokens == 17 ? 0.125f : 1.0f;
      const std::vector<float> together = run_everywhere(
          [&](Device& device) { return products(device, pack_all(device), x, tokens, scale); });
      std::vector<float> alone;
      Device device(*GetParam(), 1);
      for (const WeightMatrix& weight : pack_all(device)) {
        const std::vector<float> y = product(device, *weight, x, tokens, scale);
        alone.insert(alone.end(), y.begin(), y.end());
      }
      ASSERT_EQ(together, alone) << c.kinds.size() << " matrices, " << tokens << " rows";
    }
  }
}

TEST_P(MatrixTest, ARowDependsOnNoOther) {
  std::mt19937 random(2);
  for (const Shape& shape : kShapes) {
    const std::vector<float> x = random_floats(random, int64_t{shape.tokens} * shape.cols);
    const std::vector<float> w = random_floats(random, int64_t{shape.rows} * shape.cols);
    Device device(*GetParam(), 2);
    const WeightMatrix weight = device.pack(w, shape.rows, shape.cols);
    const std::vector<float> together = product(device, *weight, x, shape.tokens);
    for (int t = 0; t < shape.tokens; ++t) {
      const std::vector<float> alone = product(
          device, *weight, {x.begin() + t * shape.cols, x.begin() + (t + 1) * shape.cols}, 1);
      ASSERT_EQ(alone, std::vector<float>(together.begin() + t * shape.rows,
                                          together.begin() + (t + 1) * shape.rows));
    }
  }
}

// Each stored format is multiplied as the floats that it stands for.
TEST_P(MatrixTest, StoredFormatsAreMultipliedAsTheirValues) {
  std::mt19937 random(3);
  constexpr int kRows = 37;
  constexpr int kCols = 96;
  std::vector<uint16_t> bf16(kRows * kCols);
  std::vector<uint8_t> fp8(bf16.size());
  std::vector<int32_t> packed(kRows * kCols / 8);
  std::vector<uint8_t> mxfp4(kRows * kCols / 2);
  std::vector<uint8_t> exponents(kRows * kCols / 32);
  for (uint16_t& half : bf16) {
    const float value = std::normal_distribution<float>()(random);
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    half = static_cast<uint16_t>(bits >> 16);
  }
  for (uint8_t& byte : fp8)
    byte = static_cast<uint8_t>(random() % 0x7f) | static_cast<uint8_t>(random() % 2 << 7);
  for (int32_t& word : packed)
    word = static_cast<int32_t>(random());
  for (uint8_t& byte : mxfp4)
    byte = static_cast<uint8_t>(random());
  for (uint8_t& exponent : exponents)
    exponent = static_cast<uint8_t>(124 + random() % 6);

  std::vector<uint8_t> fp8_rows = fp8;
  std::vector<float> zeros(kRows * 3);
  for (float& zero : zeros)
    zero = static_cast<float>(static_cast<int>(random() % 16) - 8);
  std::vector<int32_t> bytes(kRows * kCols / 4);
  for (int32_t& word : bytes)
    word = static_cast<int32_t>(random());

  std::vector<StoredMatrix> formats(7);
  formats[0].format = PlainRows{.dtype = DType::kBF16, .data = bf16.data()};
  // A group that tensor cores' steps do not fill is rounded to bf16, as in the next test.
  const bool of_whole_steps = GetParam()->numerics == Numerics::kTensor;
  formats[1].format = Fp8Rows{.data = fp8.data(),
                              .scales = random_floats(random, 3 * 3, 0.01f),
                              .block_rows = 16,
                              .block_cols = of_whole_steps ? 48 : 40,
                              .scale_cols = 3};
  formats[2].format = PackedIntRows{.bits = 4,
                                    .data = packed.data(),
                                    .scales = random_floats(random, kRows * 3, 0.1f),
                                    .zeros = zeros,
                                    .group_size = 32};
  formats[3].format = Mxfp4Rows{.blocks = mxfp4.data(), .scales = exponents.data()};
  formats[4].format = PackedIntRows{.bits = 4,
                                    .data = packed.data(),
                                    .scales = random_floats(random, kRows * 3, 0.1f),
                                    .zeros = {},
                                    .group_size = 32};
  formats[5].format = PackedIntRows{.bits = 8,
                                    .data = bytes.data(),
                                    .scales = random_floats(random, kRows, 0.1f),
                                    .zeros = {},
                                    .group_size = kCols};
  formats[6].format = Fp8Rows{.data = fp8_rows.data(),
                              .scales = random_floats(random, kRows, 0.01f),
                              .block_rows = 1,
                              .block_cols = kCols,
                              .scale_cols = 1};
  for (StoredMatrix& stored : formats) {
    stored.rows = kRows;
    stored.cols = kCols;
    stored.bias = random_floats(random, kRows);
    std::vector<float> values(kRows * kCols);
    for (int row = 0; row < kRows; ++row)
      stored.decode_row(row, values.data() + row * kCols);
    for (const int tokens : {1, 20}) {
      const std::vector<float> x = random_floats(random, int64_t{tokens} * kCols);
      const std::vector<float> y = run_everywhere([&](Device& device) {
        const WeightMatrix weight = device->pack(device.context(), stored, PackedUse::kProduct);
        return product(device, *weight, x, tokens);
      });
      expect_product(y, x, values, stored.bias, {tokens, kRows, kCols}, 1.0, GetParam()->numerics);
    }
  }
}

// A group that an odd number of inputs fills cannot be a chain of pairs: such weights are rounded
// to bf16. Nor has bf16 room for a zero point in eight bits.
TEST_P(MatrixTest, WhatNoPairFillsIsRounded) {
  std::mt19937 random(5);
  constexpr int kRows = 19;
  constexpr int kCols = 45;
  std::vector<uint8_t> fp8(kRows * kCols);
  for (uint8_t& byte : fp8)
    byte = static_cast<uint8_t>(random() % 0x7f);
  std::vector<int32_t> bytes(kRows * 12);
  for (int32_t& word : bytes)
    word = static_cast<int32_t>(random());
  std::vector<StoredMatrix> formats(2);
  formats[0].format = Fp8Rows{.data = fp8.data(),
                              .scales = random_floats(random, 2 * 3, 0.01f),
                              .block_rows = 10,
                              .block_cols = 15,
                              .scale_cols = 3};
  formats[1].format = PackedIntRows{.bits = 8,
                                    .data = bytes.data(),
                                    .scales = random_floats(random, kRows, 0.1f),
                                    .zeros = std::vector<float>(kRows, 77.0f),
                                    .group_size = kCols};
  for (StoredMatrix& stored : formats) {
    stored.rows = kRows;
    stored.cols = kCols;
    std::vector<float> values(kRows * kCols);
    for (int row = 0; row < kRows; ++row)
      stored.decode_row(row, values.data() + row * kCols);
    if (GetParam()->numerics != Numerics::kFloat32)
      std::transform(values.begin(), values.end(), values.begin(), rounded_to_bf16);
    const std::vector<float> x = random_floats(random, 7 * kCols);
    const std::vector<float> y = run_everywhere([&](Device& device) {
      const WeightMatrix weight = device->pack(device.context(), stored, PackedUse::kProduct);
      return product(device, *weight, x, 7);
    });
    expect_product(y, x, values, {}, {7, kRows, kCols}, 1.0, GetParam()->numerics);
  }
}

// A router's near ties are decided in float32, whatever the rest is computed in.
TEST_P(MatrixTest, AFloat32ProductRoundsNoInput) {
  std::mt19937 random(6);
  const Shape shape{9, 20, 70};
  std::vector<uint16_t> halves;
  std::vector<float> values;
  for (const float value : random_floats(random, int64_t{shape.rows} * shape.cols)) {
    values.push_back(rounded_to_bf16(value));
    uint32_t bits;
    std::memcpy(&bits, &values.back(), 4);
    halves.push_back(static_cast<uint16_t>(bits >> 16));
  }
  StoredMatrix stored;
  stored.rows = shape.rows;
  stored.cols = shape.cols;
  stored.format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
  const std::vector<float> x = random_floats(random, int64_t{shape.tokens} * shape.cols);
  const std::vector<float> y = run_everywhere([&](Device& device) {
    const WeightMatrix weight = device->pack(device.context(), stored, PackedUse::kFloat32Product);
    return product(device, *weight, x, shape.tokens);
  });
  expect_product(y, x, values, {}, shape);
  Device portable(portable_op_table(Numerics::kFloat32), 1);
  const WeightMatrix weight = portable->pack(portable.context(), stored, PackedUse::kProduct);
  EXPECT_EQ(y, product(portable, *weight, x, shape.tokens));
}

// FP8's NaN is no number, and must not become one.
TEST_P(MatrixTest, ANanAmongTheWeightsShows) {
  std::vector<uint8_t> fp8(2 * 64, 0x38);  // 1.0
  fp8[64 + 5] = 0xff;
  StoredMatrix stored;
  stored.rows = 2;
  stored.cols = 64;
  stored.format = Fp8Rows{.data = fp8.data(),
                          .scales = {1.0f, 1.0f},
                          .block_rows = 1,
                          .block_cols = 64,
                          .scale_cols = 1};
  Device device(*GetParam(), 1);
  const WeightMatrix weight = device->pack(device.context(), stored, PackedUse::kProduct);
  const std::vector<float> y = product(device, *weight, std::vector<float>(64, 1.0f), 1);
  EXPECT_EQ(y[0], 64.0f);
  EXPECT_TRUE(std::isnan(y[1]));
}

// What stands in a matrix is seen through inputs that are one number: y = x · w.
std::vector<float> weights_seen(Device& device, const StoredMatrix& stored) {
  const WeightMatrix weight = device->pack(device.context(), stored, PackedUse::kProduct);
  std::vector<float> seen(static_cast<size_t>(stored.rows * stored.cols));
  for (int64_t k = 0; k < stored.cols; ++k) {
    std::vector<float> x(static_cast<size_t>(stored.cols), 0.0f);
    x[static_cast<size_t>(k)] = 1.0f;
    const std::vector<float> column = product(device, *weight, x, 1);
    for (int64_t row = 0; row < stored.rows; ++row)
      seen[static_cast<size_t>(row * stored.cols + k)] = column[static_cast<size_t>(row)];
  }
  return seen;
}

TEST_P(MatrixTest, MadeWeightsAreNearTheirOriginals) {
  std::mt19937 random(8);
  constexpr int kRows = 18;
  constexpr int kCols = 150;  // the last group is a short one
  std::vector<float> values = random_floats(random, kRows * kCols, 0.02f);
  for (int k = 64; k < 96; ++k)
    values[static_cast<size_t>(k)] = 0.0f;  // a group of nothing
  values[kCols + 3] = 1.5f;                 // one that stands out
  for (const MadeWeights made :
       {MadeWeights{8, 128}, MadeWeights{8, 32}, MadeWeights{4, 32}, MadeWeights{4, 64}}) {
    StoredMatrix stored;
    stored.rows = kRows;
    stored.cols = kCols;
    stored.format = PlainRows{.dtype = DType::kF32, .data = values.data()};
    stored.made = made;
    const std::vector<float> seen =
        run_everywhere([&](Device& device) { return weights_seen(device, stored); });
    if (GetParam()->numerics == Numerics::kFloat32) {
      EXPECT_EQ(seen, values);  // nothing is made there
      continue;
    }
    double squares = 0.0;
    double plain_squares = 0.0;  // of the simplest way: the largest magnitude is the last step
    const double steps = made.bits == 8 ? 127.0 : 7.0;
    for (int row = 0; row < kRows; ++row) {
      for (int first = 0; first < kCols; first += static_cast<int>(made.group_size)) {
        const int end = std::min<int>(kCols, first + static_cast<int>(made.group_size));
        double largest = 0.0;
        for (int k = first; k < end; ++k)
          largest = std::max(
              largest, std::abs(static_cast<double>(values[static_cast<size_t>(row * kCols + k)])));
        for (int k = first; k < end; ++k) {
          const double value = values[static_cast<size_t>(row * kCols + k)];
          const double error = seen[static_cast<size_t>(row * kCols + k)] - value;
          // Half a step; and the scale is a number of bf16, by which the largest may be cut.
          ASSERT_LE(std::abs(error),
                    largest * (made.bits == 8 ? 0.5 / 127 + 0x1p-8 : 0.5 / 7 + 0.07));
          squares += error * error;
          const double step = largest / steps;
          const double plain = step > 0.0 ? std::nearbyint(value / step) * step - value : 0.0;
          plain_squares += plain * plain;
        }
      }
    }
    EXPECT_LT(squares, plain_squares * (made.bits == 8 ? 1.1 : 1.0));
    Device device(*GetParam(), 1);
    const int64_t planned = device->packed_size(stored, PackedUse::kProduct).memory_bytes;
    EXPECT_EQ(device->pack(device.context(), stored, PackedUse::kProduct)->memory_bytes(), planned);
  }
}

TEST_P(MatrixTest, NoNumberIsMadeOfNone) {
  if (GetParam()->numerics == Numerics::kFloat32) return;
  std::vector<float> values(2 * 64, 1.0f);
  values[64 + 40] = NAN;
  StoredMatrix stored;
  stored.rows = 2;
  stored.cols = 64;
  stored.format = PlainRows{.dtype = DType::kF32, .data = values.data()};
  stored.made = {4, 32};
  Device device(*GetParam(), 1);
  const WeightMatrix weight = device->pack(device.context(), stored, PackedUse::kProduct);
  const std::vector<float> y = product(device, *weight, std::vector<float>(64, 1.0f), 1);
  EXPECT_EQ(y[0], 64.0f);
  EXPECT_TRUE(std::isnan(y[1]));
}

// What is promised before loading is what is held afterwards.
TEST_P(MatrixTest, ThePlannedSizeIsTheHeldSize) {
  std::mt19937 random(7);
  const std::vector<uint16_t> halves(33 * 65, 0x3f80);
  const std::vector<uint8_t> fp8(33 * 65, 0x38);
  const std::vector<int32_t> words(33 * 64, 0x12345678);
  std::vector<StoredMatrix> formats(4);
  formats[0].format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
  formats[1].format = Fp8Rows{.data = fp8.data(),
                              .scales = std::vector<float>(33, 1.0f),
                              .block_rows = 1,
                              .block_cols = 65,
                              .scale_cols = 1};
  formats[2].format = PackedIntRows{.bits = 4,
                                    .data = words.data(),
                                    .scales = std::vector<float>(33 * 2, 1.0f),
                                    .zeros = std::vector<float>(33 * 2, 3.0f),
                                    .group_size = 32};
  formats[3].format = Mxfp4Rows{.blocks = fp8.data(), .scales = fp8.data()};
  for (size_t i = 0; i < formats.size(); ++i) {
    formats[i].rows = i == 3 ? 16 : 33;
    formats[i].cols = i < 2 ? 65 : 64;
    for (const PackedUse use :
         {PackedUse::kProduct, PackedUse::kFloat32Product, PackedUse::kLookup}) {
      Device device(*GetParam(), 1);
      const int64_t planned = device->packed_size(formats[i], use).memory_bytes;
      EXPECT_EQ(device->pack(device.context(), formats[i], use)->memory_bytes(), planned) << i;
    }
  }
}

TEST_P(MatrixTest, LinearHeadsGivesEachHeadItsMatrix) {
  std::mt19937 random(4);
  // Outputs of a head that fill no panel, heads with room between them and without.
  for (const auto& [tokens, heads, rows, cols, gap] :
       {std::tuple{1, 1, 5, 7, 0}, {3, 4, 20, 16, 0}, {21, 3, 32, 24, 8}, {40, 5, 17, 9, 3}}) {
    const int64_t x_size = int64_t{heads} * (cols + gap);
    const int64_t y_size = int64_t{heads} * (rows + gap);
    const std::vector<float> x = random_floats(random, tokens * x_size);
    const std::vector<float> w = random_floats(random, int64_t{heads} * rows * cols);
    const std::vector<float> before = random_floats(random, tokens * y_size);
    const int num_tokens = tokens;
    const int num_heads = heads;
    const int head_rows = rows;
    const int head_cols = cols;
    const int head_gap = gap;
    const std::vector<float> y = run_everywhere([&](Device& device) {
      std::vector<std::vector<float>> parts;
      std::vector<WeightMatrix> matrices;
      std::vector<const PackedMatrix*> pointers;
      for (int head = 0; head < num_heads; ++head) {
        const auto begin = w.begin() + int64_t{head} * head_rows * head_cols;
        parts.emplace_back(begin, begin + int64_t{head_rows} * head_cols);
        matrices.push_back(device.pack(parts.back(), head_rows, head_cols));
        pointers.push_back(matrices.back().get());
      }
      const Rows out = device.upload_rows(before, y_size);
      device->linear_heads(device.context(), {.x = device.upload_rows(x, x_size),
                                              .x_head_stride = head_cols + head_gap,
                                              .num_rows = num_tokens,
                                              .num_heads = num_heads,
                                              .weights_H = pointers.data(),
                                              .y = out,
                                              .y_head_stride = head_rows + head_gap});
      return device.download(out, num_tokens, y_size);
    });
    for (int t = 0; t < tokens; ++t) {
      for (int64_t i = 0; i < y_size; ++i) {
        const int64_t head = i / (rows + gap);
        const int64_t n = i % (rows + gap);
        const size_t at = static_cast<size_t>(t * y_size + i);
        if (n >= rows) {
          ASSERT_EQ(y[at], before[at]) << "what lies between heads stays";
          continue;
        }
        double sum = 0.0;
        double norm = 0.0;
        for (int k = 0; k < cols; ++k) {
          const double term =
              static_cast<double>(x[static_cast<size_t>(t * x_size + head * (cols + gap) + k)]) *
              w[static_cast<size_t>((head * rows + n) * cols + k)];
          sum += term;
          norm += std::abs(term);
        }
        ASSERT_NEAR(y[at], sum, kFloatEpsilon * 65 * norm);
      }
    }
  }
}

JANGWON_TEST_EVERY_OP_TABLE(MatrixTest);

}  // namespace
}  // namespace jangwon::runtime
