// Experts by wgmma: the bits of those by mma.sync for any number of rows and any sizes, and what
// becomes of a GPU on which the two do not agree. That mma.sync's are right tests/runtime/ops and
// tensor_products_test.cc hold.

#include "runtime/kernels/cuda/hopper_experts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "runtime/kernels/cuda/cuda_experts.h"
#include "runtime/kernels/cuda/cuda_ops.h"
#include "runtime/kernels/cuda/self_check.h"
#include "runtime/ops/device_memory.h"
#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {
namespace {

using cuda_emulator::Architecture;
using cuda_emulator::Arithmetic;
using ::testing::HasSubstr;

const OpTable& tensor_table() {
  for (const OpTable* table : cuda_op_tables())
    if (table->numerics == Numerics::kTensor) return *table;
  ADD_FAILURE() << "no table";
  return *cuda_op_tables().front();
}

std::unique_ptr<CudaContext> make_context(int device) {
  std::unique_ptr<OpContext> context = tensor_table().make_context({.device = device});
  return std::unique_ptr<CudaContext>(static_cast<CudaContext*>(context.release()));
}

struct Layer {
  const char* what;
  std::vector<int> rows_of_expert;
  int hidden;
  int inner;
  Activation activation = Activation::kSwiglu;
  bool has_bias = false;
  PackedUse use = PackedUse::kProduct;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"one row, one of everything", {1}, 16, 16},
      {"full tiles and stages", {128}, 128, 256},
      {"a row more than a tile, none, a tile", {129, 0, 128, 3}, 72, 40},
      {"odd sizes", {18, 5}, 45, 33, Activation::kClampedSwiglu, true},
      {"a ring that goes round", {30, 17}, 392, 300, Activation::kLimitedSwiglu},
      {"copied from the host",
       {20, 0, 2, 40},
       64,
       100,
       Activation::kSwiglu,
       true,
       PackedUse::kStreamedProduct}};
  return all;
}

// One layer's matrices and rows, the same for every context.
class LayerOn {
 public:
  LayerOn(CudaContext& cuda, const Layer& layer)
      : cuda_(cuda), layer_(layer), arena_({&tensor_table(), &cuda}) {
    for (size_t e = 0; e < layer.rows_of_expert.size(); ++e) {
      const size_t at = matrices_.size();
      matrices_.push_back(pack(layer.inner, layer.hidden));
      matrices_.push_back(pack(layer.inner, layer.hidden));
      matrices_.push_back(pack(layer.hidden, layer.inner));
      experts_.push_back({matrices_[at].get(), matrices_[at + 1].get(), matrices_[at + 2].get()});
    }
  }

  std::vector<float> run(int fewest_wgmma_rows) {
    std::vector<int32_t> offsets_E = {0};
    for (const int rows : layer_.rows_of_expert)
      offsets_E.push_back(offsets_E.back() + rows);
    const int num_rows = offsets_E.back();
    std::vector<int32_t> token_of_row;
    for (int row = 0; row < num_rows; ++row)
      token_of_row.push_back(num_rows - 1 - row);
    std::mt19937 random(7);
    ExpertArguments a{.hidden_TD = {arena_.upload(random_floats(random, num_rows * layer_.hidden)),
                                    layer_.hidden},
                      .num_tokens = num_rows,
                      .experts_E = experts_.data(),
                      .num_experts = static_cast<int>(experts_.size()),
                      .num_chosen = 1,
                      .hidden_size = layer_.hidden,
                      .inner_size = layer_.inner,
                      .activation = layer_.activation,
                      .limit = 7.0f};
    const std::vector<float> weights(static_cast<size_t>(num_rows), 1.0f);
    a.routing.weights_TA = const_cast<float*>(arena_.upload(weights));
    a.routing.offsets_E = const_cast<int32_t*>(arena_.upload(offsets_E));
    a.routing.row_of_slot_TA = const_cast<int32_t*>(arena_.upload(token_of_row));
    a.routing.token_of_row_TA = const_cast<int32_t*>(arena_.upload(token_of_row));
    a.out_TD = {arena_.make<float>(num_rows * layer_.hidden), layer_.hidden};
    a.gathered_SD = {arena_.make<float>(num_rows * layer_.hidden), layer_.hidden};
    a.gate_SF = {arena_.make<float>(num_rows * layer_.inner), layer_.inner};
    cuda_.fewest_wgmma_rows = fewest_wgmma_rows;
    cuda_experts(cuda_, a);
    std::vector<float> out(static_cast<size_t>(num_rows * layer_.hidden));
    tensor_table().download(cuda_, out.data(), a.out_TD.data, out.size() * sizeof(float));
    return out;
  }

 private:
  static std::vector<float> random_floats(std::mt19937& random, int count) {
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values)
      value = normal(random);
    return values;
  }

  WeightMatrix pack(int rows, int cols) {
    std::vector<uint16_t> halves;
    for (const float value : random_floats(random_, rows * cols))
      halves.push_back(bf16_of(0.2f * value));
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
    if (layer_.has_bias) stored.bias = random_floats(random_, rows);
    return tensor_table().pack(cuda_, std::move(stored), layer_.use);
  }

  CudaContext& cuda_;
  const Layer& layer_;
  DeviceArena arena_;
  std::mt19937 random_{5};
  std::vector<WeightMatrix> matrices_;
  std::vector<ExpertMatrices> experts_;
};

class HopperExperts : public testing::Test {
 protected:
  void TearDown() override {
    cuda_emulator::set_arithmetic(Arithmetic::kTensorCore);
    cuda_emulator::set_architecture(Architecture::kHopper);
    cuda_emulator::set_device_count(1);
  }
};

TEST_F(HopperExperts, PassTheSelfCheck) {
  EXPECT_EQ(check_wgmma_experts(0), "");
}

TEST_F(HopperExperts, HaveTheBitsOfMmaSync) {
  const std::unique_ptr<CudaContext> cuda = make_context(0);
  for (const Layer& layer : layers()) {
    SCOPED_TRACE(layer.what);
    LayerOn on(*cuda, layer);
    const std::vector<float> expected = on.run(kNoWgmma);
    EXPECT_EQ(on.run(1), expected);
    EXPECT_EQ(on.run(kFewestWgmmaRows), expected) << "some experts by the one, some by the other";
  }
}

// Otherwise equal bits would say nothing.
TEST_F(HopperExperts, AreByWgmmaWhereTheyHaveRowsEnough) {
  const std::unique_ptr<CudaContext> cuda = make_context(0);
  EXPECT_EQ(cuda->fewest_wgmma_rows, kFewestWgmmaRows);
  EXPECT_EQ(cuda->why_slower, "");
  cuda_emulator::set_arithmetic(Arithmetic::kOrderedWgmma);
  const Layer layer{
      "one of many rows, one of few", {kFewestWgmmaRows, kFewestWgmmaRows - 1}, 80, 64};
  LayerOn on(*cuda, layer);
  const std::vector<float> by_mma = on.run(kNoWgmma);
  const std::vector<float> out = on.run(kFewestWgmmaRows);
  const auto of_token = [&](const std::vector<float>& values, int token) {
    return std::vector<float>(values.begin() + token * layer.hidden,
                              values.begin() + (token + 1) * layer.hidden);
  };
  const int num_rows = 2 * kFewestWgmmaRows - 1;
  for (int row = 0; row < num_rows; ++row) {
    const int token = num_rows - 1 - row;
    if (row < kFewestWgmmaRows) {
      EXPECT_NE(of_token(out, token), of_token(by_mma, token)) << "row " << row;
    } else {
      EXPECT_EQ(of_token(out, token), of_token(by_mma, token)) << "row " << row;
    }
  }
}

TEST_F(HopperExperts, AreByMmaSyncOnAnOlderGpu) {
  cuda_emulator::set_architecture(Architecture::kAmpere);
  const std::unique_ptr<CudaContext> cuda = make_context(0);
  EXPECT_EQ(cuda->fewest_wgmma_rows, kNoWgmma);
  EXPECT_EQ(cuda->why_slower, "");
}

TEST_F(HopperExperts, AreByMmaSyncWhereTheTwoDoNotAgree) {
  constexpr int kDevice = 5;  // that no other test uses: a GPU is asked once
  cuda_emulator::set_device_count(kDevice + 1);
  cuda_emulator::set_arithmetic(Arithmetic::kOrderedWgmma);
  EXPECT_THAT(check_wgmma_experts(kDevice), HasSubstr("numbers have other bits than by mma.sync"));
  const std::unique_ptr<CudaContext> cuda = make_context(kDevice);
  EXPECT_EQ(cuda->fewest_wgmma_rows, kNoWgmma);
  EXPECT_THAT(cuda->why_slower, HasSubstr("experts by wgmma: "));
  const Layer layer{"many rows", {40}, 80, 64};
  LayerOn on(*cuda, layer);
  const std::vector<float> out = on.run(cuda->fewest_wgmma_rows);
  cuda_emulator::set_arithmetic(Arithmetic::kTensorCore);
  EXPECT_EQ(on.run(kNoWgmma), out);
}

}  // namespace
}  // namespace jangwon::runtime
