#include "runtime/ops/stored_matrix.h"

#include <gtest/gtest.h>

#include <cmath>

namespace jangwon::runtime {
namespace {

std::vector<float> decode(const StoredMatrix& matrix, int64_t row) {
  std::vector<float> out(static_cast<size_t>(matrix.cols));
  matrix.decode_row(row, out.data());
  return out;
}

TEST(StoredMatrixTest, Fp8BlocksAreRaggedAtTheEdges) {
  const std::vector<uint8_t> q = {0x38, 0x40, 0xb8, 0x38, 0x38, 0x38};  // 1 2 −1 / 1 1 1
  StoredMatrix matrix{.rows = 2, .cols = 3, .format = Fp8Rows{q.data(), {10, 100}, 2, 2, 2}};
  EXPECT_EQ(decode(matrix, 0), (std::vector<float>{10, 20, -100}));
  EXPECT_EQ(decode(matrix, 1), (std::vector<float>{10, 10, 100}));
}

TEST(StoredMatrixTest, Fp8CoversSubnormalsAndTheLargestValue) {
  const std::vector<uint8_t> q = {0x00, 0x01, 0x07, 0x08, 0x7e, 0xfe, 0x7f};
  StoredMatrix matrix{.rows = 1, .cols = 7, .format = Fp8Rows{q.data(), {1}, 1, 7, 1}};
  const std::vector<float> row = decode(matrix, 0);
  EXPECT_EQ(std::vector<float>(row.begin(), row.begin() + 6),
            (std::vector<float>{0, std::ldexp(1.0f, -9), std::ldexp(7.0f, -9), std::ldexp(1.0f, -6),
                                448, -448}));
  EXPECT_TRUE(std::isnan(row[6]));
}

TEST(StoredMatrixTest, PackedIntegersLieLowBitsFirst) {
  // 0 … 7 as signed 4-bit values −8 … −1, stored with 8 added.
  const int32_t word = 0x76543210;
  StoredMatrix matrix{
      .rows = 1,
      .cols = 8,
      .format =
          PackedIntRows{.bits = 4, .data = &word, .scales = {2, 10}, .zeros = {}, .group_size = 4}};
  EXPECT_EQ(decode(matrix, 0), (std::vector<float>{-16, -14, -12, -10, -40, -30, -20, -10}));
  std::get<PackedIntRows>(matrix.format).zeros = {-8, -4};
  EXPECT_EQ(decode(matrix, 0), (std::vector<float>{0, 2, 4, 6, 0, 10, 20, 30}));
}

TEST(StoredMatrixTest, PackedEightBitIntegers) {
  const uint32_t word = 0xff808100;  // 0, 129, 128, 255 with 128 added
  StoredMatrix matrix{.rows = 1,
                      .cols = 4,
                      .format = PackedIntRows{.bits = 8,
                                              .data = reinterpret_cast<const int32_t*>(&word),
                                              .scales = {1},
                                              .zeros = {},
                                              .group_size = 4}};
  EXPECT_EQ(decode(matrix, 0), (std::vector<float>{-128, 1, 0, 127}));
}

TEST(StoredMatrixTest, Mxfp4TakesTheLowNibbleFirstAndRowsInTurns) {
  std::vector<uint8_t> blocks(3 * 16, 0);
  blocks[0] = 0x72;   // row 0: 1, 6
  blocks[16] = 0x9f;  // row 1: −6, −0.5
  blocks[32] = 0x01;  // row 2: 0.5, 0
  const std::vector<uint8_t> scales = {127, 128, 126};
  StoredMatrix matrix{.rows = 3, .cols = 32, .format = Mxfp4Rows{blocks.data(), scales.data()}};
  EXPECT_EQ(decode(matrix, 0)[0], 1.0f);
  EXPECT_EQ(decode(matrix, 0)[1], 6.0f);
  EXPECT_EQ(decode(matrix, 1)[0], -12.0f);
  EXPECT_EQ(decode(matrix, 1)[1], -1.0f);
  EXPECT_EQ(decode(matrix, 2)[0], 0.25f);
  matrix.rows = 1;
  matrix.first_row = 1;
  matrix.row_step = 2;
  EXPECT_EQ(decode(matrix, 0)[0], -12.0f);
}

TEST(StoredMatrixTest, HalfPrecisionIsExact) {
  const std::vector<uint16_t> halves = {0x3c00, 0xc000, 0x0001, 0x7bff};
  StoredMatrix matrix{.rows = 2, .cols = 2, .format = PlainRows{DType::kF16, halves.data()}};
  EXPECT_EQ(decode(matrix, 0), (std::vector<float>{1.0f, -2.0f}));
  EXPECT_EQ(decode(matrix, 1), (std::vector<float>{std::ldexp(1.0f, -24), 65504.0f}));
}

}  // namespace
}  // namespace jangwon::runtime
