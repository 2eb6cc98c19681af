// The paper model of the operators against counts that are made one by one, and the timer.

#include "runtime/ops/op_cost.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "runtime/ops/timed_ops.h"
#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

// Of a matrix that is nowhere.
struct MatrixOnPaper : PackedMatrix {
  MatrixOnPaper(int64_t rows, int64_t cols, int64_t bytes)
      : PackedMatrix(rows, cols), size_bytes(bytes) {}
  int64_t memory_bytes() const override { return size_bytes; }
  int64_t size_bytes = 0;
};

TEST(OpCostTest, AProductReadsItsWeightsOnceAndItsRowsEach) {
  const MatrixOnPaper weight(300, 200, 300 * 200 * 2);
  for (const int rows : {1, 7, 64}) {
    const OpCost cost = cost_of(LinearArguments{.num_rows = rows, .products = {{&weight}}});
    EXPECT_EQ(cost.bytes, 300 * 200 * 2 + rows * (300 + 200) * 4);
    EXPECT_EQ(cost.products, 2.0 * rows * 300 * 200);
  }
}

TEST(OpCostTest, MatricesOverTheSameRowsReadThemOnce) {
  const MatrixOnPaper large(300, 200, 300 * 200 * 2);
  const MatrixOnPaper small(20, 200, 20 * 200 * 4);
  for (const int rows : {1, 7, 64}) {
    const OpCost cost =
        cost_of(LinearArguments{.num_rows = rows, .products = {{&large}, {}, {&small}}});
    EXPECT_EQ(cost.bytes, 300 * 200 * 2 + 20 * 200 * 4 + rows * (300 + 20 + 200) * 4);
    EXPECT_EQ(cost.products, 2.0 * rows * (300 + 20) * 200);
  }
}

TEST(OpCostTest, AttentionReadsEveryKeyThatSomebodySees) {
  for (const int window : {0, 1, 5, 16, 100})
    for (const SequenceRows& sequence : {SequenceRows{0, 1, 0}, SequenceRows{0, 1, 40},
                                         SequenceRows{0, 30, 0}, SequenceRows{0, 9, 31}}) {
      const AttentionShape shape{.kind = AttentionKind::kGrouped,
                                 .num_heads = 6,
                                 .num_kv_heads = 2,
                                 .key_size = 8,
                                 .value_size = 8,
                                 .window = window,
                                 .cache_dtype = DType::kBF16};
      std::set<int> seen;
      double pairs = 0.0;
      for (int i = 0; i < sequence.num_tokens; ++i) {
        const int position = sequence.first_position + i;
        for (int key = 0; key <= position; ++key) {
          if (window > 0 && key <= position - window) continue;
          seen.insert(key);
          ++pairs;
        }
      }
      const OpCost cost =
          cost_of(AttendArguments{.shape = shape, .sequences = &sequence, .num_sequences = 1});
      EXPECT_EQ(cost.products, pairs * 6 * 2 * (8 + 8)) << window;
      EXPECT_EQ(cost.bytes, static_cast<double>(seen.size()) * 2 * (8 + 8) * 2 +
                                sequence.num_tokens * 6.0 * (8 + 8) * 4)
          << window;
    }
}

TEST(OpCostTest, LatentsAreReadOnceForAllHeads) {
  const MatrixOnPaper key(12, 32, 12 * 32 * 2);
  const MatrixOnPaper value(8, 32, 8 * 32 * 2);
  const std::vector<const PackedMatrix*> keys_H(3, &key);
  const std::vector<const PackedMatrix*> values_H(3, &value);
  const OpCost cost = cost_of(ExpandLatentsArguments{
      .latent = {.key_size = 32 + 4, .value_size = 32, .cache_dtype = DType::kBF16},
      .num_blocks = 5,
      .expanded = {.num_heads = 3, .num_kv_heads = 3, .key_size = 12 + 4, .value_size = 8},
      .keys_H = keys_H.data(),
      .values_H = values_H.data()});
  EXPECT_EQ(cost.products, 2.0 * 80 * 3 * (12 + 8) * 32);
  EXPECT_EQ(cost.bytes, 80.0 * (36 + 3 * (16 + 8)) * 2 + 3 * (12 + 8) * 32 * 2);
}

TEST(OpCostTest, OneTokenReadsItsExpertsAndManyTokensReadThemAll) {
  const MatrixOnPaper wide(64, 32, 64 * 32 * 2);
  const MatrixOnPaper narrow(32, 64, 64 * 32 * 2);
  const std::vector<ExpertMatrices> experts(16, {&wide, &wide, &narrow});
  const double weights = 3.0 * 64 * 32 * 2;
  ExpertArguments a{.num_tokens = 1,
                    .experts_E = experts.data(),
                    .num_experts = 16,
                    .num_chosen = 4,
                    .hidden_size = 32,
                    .inner_size = 64};
  const OpCost one = cost_of(a);
  EXPECT_NEAR(one.bytes - 4 * weights, (4 + 1) * 32 * 4 + 4 * (32 + 2 * 64) * 4, 1e-6);
  EXPECT_EQ(one.products, 4 * 2.0 * 3 * 64 * 32);
  a.num_tokens = 1000;
  const OpCost many = cost_of(a);
  EXPECT_NEAR(many.bytes - 1000 * (one.bytes - 4 * weights), 16 * weights, 1.0);
  EXPECT_EQ(many.products, 1000 * one.products);
}

TEST(OpCostTest, TimeIsThatOfTheScarcestPart) {
  const double launch = kH200.launch_s;
  EXPECT_DOUBLE_EQ(seconds_on(kH200, {.bytes = 4.3e12}), launch + 1.0);
  EXPECT_DOUBLE_EQ(seconds_on(kH100, {.bytes = 4.3e12}), launch + 4.3 / 3.0);
  EXPECT_DOUBLE_EQ(seconds_on(kH100, {.bytes = 3.0e12, .products = 2 * 790e12}), launch + 2.0);
  EXPECT_DOUBLE_EQ(seconds_on(kH100, {.products = 790e12, .operations = 3 * 67e12}), launch + 3.0);
}

// The published figure for reading A.X K1's expert of 88 MB: 29 µs on an H100.
TEST(OpCostTest, AnExpertOfAXK1IsReadInTheTimeThatItsBytesTake) {
  const MatrixOnPaper wide(2048, 7168, int64_t{2048} * 7168 * 2);
  const MatrixOnPaper narrow(7168, 2048, int64_t{2048} * 7168 * 2);
  const ExpertMatrices expert{&wide, &wide, &narrow};
  const OpCost cost = cost_of(ExpertArguments{.num_tokens = 1,
                                              .experts_E = &expert,
                                              .num_experts = 1,
                                              .num_chosen = 1,
                                              .hidden_size = 7168,
                                              .inner_size = 2048});
  EXPECT_NEAR(seconds_on(kH100, cost), 88.1e6 / 3.0e12 + kH100.launch_s, 1e-7);
}

TEST(TimedOpsTest, NotesWhatRunsAndChangesNothing) {
  for (const OpTable* table :
       {&portable_op_table(Numerics::kFloat32), find_gpu_op_table(Numerics::kFloat32)}) {
    const OpTable& noted = timed(*table);
    EXPECT_EQ(&noted, &timed(*table));
    const std::unique_ptr<OpContext> context = noted.make_context({});
    const Ops ops{&noted, context.get()};
    DeviceArena arena(ops);
    const std::vector<float> values = {1.0f, -2.0f, 3.0f, 0.5f};
    const float* in = arena.upload(values);
    const Rows out = arena.make_rows(1, 4);
    const auto run = [&] {
      noted.add_residual(*context,
                         {.update_TD = {in, 4}, .num_rows = 1, .size = 4, .hidden_TD = out});
    };
    noted.clear(*context, out.data, 16);
    run();  // while no times are taken
    begin_times();
    run();
    run();
    const OpTimesByName times = end_times();
    run();
    ASSERT_EQ(times.size(), 1u);
    EXPECT_EQ(times.at("add_residual").num_calls, 2);
    EXPECT_EQ(times.at("add_residual").cost.bytes, 2 * 4 * 3 * 4);
    EXPECT_GE(times.at("add_residual").seconds, 0.0);
    EXPECT_GT(times.at("add_residual").h100_seconds, 0.0);
    std::vector<float> sums(4);
    noted.download(*context, sums.data(), out.data, 16);
    EXPECT_EQ(sums, (std::vector<float>{4.0f, -8.0f, 12.0f, 2.0f}));
  }
}

}  // namespace
}  // namespace jangwon::runtime
