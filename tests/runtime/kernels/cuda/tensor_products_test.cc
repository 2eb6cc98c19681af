// The numerics `tensor` against its definition, written as a loop over the emulator's model of one
// tensor core (tests/cuda_emulator/tensor_core.h): inputs rounded to bf16, sixteen at a time in
// their order, a group's sum times its scale added in float32.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "runtime/kernels/cuda/cuda_ops.h"
#include "runtime/ops/device_memory.h"
#include "tests/cuda_emulator/emulator.h"
#include "tests/cuda_emulator/tensor_core.h"

namespace jangwon::runtime {
namespace {

using cuda_emulator::Architecture;
namespace tensor_core = cuda_emulator::tensor_core;

const OpTable& tensor_table() {
  for (const OpTable* table : cuda_op_tables())
    if (table->numerics == Numerics::kTensor) return *table;
  ADD_FAILURE() << "no table";
  return *cuda_op_tables().front();
}

float rounded_to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
  std::memcpy(&value, &bits, 4);
  return value;
}

// Σ over groups of scale · (the group's products, sixteen at a time).
float by_definition(const float* x, const float* codes, const std::vector<float>& scales, int cols,
                    int group_size, const tensor_core::Arithmetic& arithmetic) {
  float total = 0.0f;
  for (int begin = 0, group = 0; begin < cols; begin += group_size, ++group) {
    float part = 0.0f;
    for (int k = begin; k < std::min(begin + group_size, cols); k += 16) {
      float a[16] = {};
      float b[16] = {};
      for (int i = 0; i < 16 && k + i < cols; ++i) {
        a[i] = rounded_to_bf16(x[k + i]);
        b[i] = codes[k + i];
      }
      part = tensor_core::dot(a, tensor_core::kBf16MinExponent, b, tensor_core::kBf16MinExponent,
                              16, part, arithmetic);
    }
    total = scales.empty() ? part : std::fma(scales[static_cast<size_t>(group)], part, total);
  }
  return total;
}

struct Case {
  const char* what;
  int tokens;
  int rows;
  int cols;
  bool fp8;  // e4m3 with a scale for each 32 inputs of a row; otherwise bf16
};

constexpr Case kCases[] = {{"one row", 1, 16, 64, false},
                           {"odd sizes", 3, 37, 45, false},
                           {"more than is held", 17, 70, 300, false},
                           {"scales", 5, 33, 96, true},
                           {"a short last group", 18, 16, 80, true}};

class TensorProducts : public testing::TestWithParam<Architecture> {
 protected:
  void SetUp() override { cuda_emulator::set_architecture(GetParam()); }
  void TearDown() override { cuda_emulator::set_architecture(Architecture::kHopper); }
};

TEST_P(TensorProducts, AreSummedAsTheDefinitionSays) {
  const auto& arithmetic =
      GetParam() == Architecture::kHopper ? tensor_core::kHopperBf16 : tensor_core::kAmpereBf16;
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    constexpr int kGroup = 32;
    const int groups = (c.cols + kGroup - 1) / kGroup;
    std::vector<float> x(static_cast<size_t>(c.tokens * c.cols));
    for (float& value : x)
      value = normal(random);
    std::vector<uint16_t> halves(static_cast<size_t>(c.rows * c.cols));
    std::vector<uint8_t> bytes(halves.size());
    std::vector<float> codes(halves.size());
    for (size_t i = 0; i < codes.size(); ++i) {
      codes[i] = rounded_to_bf16(normal(random));
      if (c.fp8) {
        bytes[i] = static_cast<uint8_t>(random() % 0x7f | (random() % 2 << 7));
        codes[i] = float_from_e4m3(bytes[i]);
      }
      uint32_t bits;
      std::memcpy(&bits, &codes[i], 4);
      halves[i] = static_cast<uint16_t>(bits >> 16);
    }
    std::vector<float> scales(c.fp8 ? static_cast<size_t>(c.rows * groups) : 0);
    for (float& scale : scales)
      scale = 0.01f * normal(random);
    StoredMatrix stored;
    stored.rows = c.rows;
    stored.cols = c.cols;
    stored.format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
    if (c.fp8)
      stored.format = Fp8Rows{.data = bytes.data(),
                              .scales = scales,
                              .block_rows = 1,
                              .block_cols = kGroup,
                              .scale_cols = groups};

    const OpTable& table = tensor_table();
    const std::unique_ptr<OpContext> context = table.make_context({});
    const Ops ops{&table, context.get()};
    DeviceArena arena(ops);
    const WeightMatrix weight = table.pack(*context, stored, PackedUse::kProduct);
    const Rows y = arena.make_rows(c.tokens, c.rows);
    table.linear(
        *context,
        {.x = {arena.upload(x), c.cols}, .num_rows = c.tokens, .products = {{weight.get(), y}}});
    for (int t = 0; t < c.tokens; ++t) {
      std::vector<float> row(static_cast<size_t>(c.rows));
      table.download(*context, row.data(), y.row(t), row.size() * sizeof(float));
      for (int n = 0; n < c.rows; ++n) {
        const std::vector<float> of_row(scales.begin() + n * groups * (c.fp8 ? 1 : 0),
                                        scales.begin() + (n + 1) * groups * (c.fp8 ? 1 : 0));
        ASSERT_EQ(row[static_cast<size_t>(n)],
                  by_definition(x.data() + t * c.cols, codes.data() + n * c.cols, of_row, c.cols,
                                c.fp8 ? kGroup : c.cols + 15, arithmetic))
            << "row " << t << ", output " << n;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, TensorProducts,
                         testing::Values(Architecture::kHopper, Architecture::kAmpere),
                         [](const auto& param) {
                           return param.param == Architecture::kHopper ? "hopper" : "ampere";
                         });

}  // namespace
}  // namespace jangwon::runtime
