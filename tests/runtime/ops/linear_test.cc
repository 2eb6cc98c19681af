#include "runtime/ops/linear.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/kernels/cpu/kernel_list.h"

namespace jangwon::runtime {
namespace {

std::vector<float> random_floats(std::mt19937& random, int64_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values)
    value = normal(random);
  return values;
}

TEST(LinearTest, NeitherThreadsNorRowsBesideItChangeARow) {
  std::mt19937 random(1);
  for (const auto& [rows, cols] : {std::pair{1, 5}, {16, 64}, {100, 130}, {257, 300}}) {
    WeightMatrix weight = WeightMatrix::pack_floats(random_floats(random, int64_t{rows} * cols), rows, cols);
    weight.bias = random_floats(random, rows);
    constexpr int kTokens = 70;
    const std::vector<float> x = random_floats(random, int64_t{kTokens} * cols);
    const int64_t stride = padded(rows);
    std::vector<float> singly(static_cast<size_t>(kTokens * stride));
    ThreadPool one(1);
    const KernelTable& kernels = *available_kernel_tables().back();
    for (int t = 0; t < kTokens; ++t)
      linear({kernels, one}, weight, x.data() + t * cols, cols, 1, singly.data() + t * stride, stride);
    for (const int threads : {1, 2, 3, 8}) {
      ThreadPool pool(threads);
      std::vector<float> together(singly.size());
      linear({kernels, pool}, weight, x.data(), cols, kTokens, together.data(), stride);
      for (int t = 0; t < kTokens; ++t)
        for (int n = 0; n < rows; ++n)
          ASSERT_EQ(together[static_cast<size_t>(t * stride + n)], singly[static_cast<size_t>(t * stride + n)])
              << threads << " threads, token " << t << ", output " << n;
    }
  }
}

TEST(LinearTest, ComputesTheProductAndTheBias) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  WeightMatrix weight = WeightMatrix::pack_floats(values, 2, 3);
  weight.bias = {10, 20};
  const std::vector<float> x = {1, 0, -1, 2, 2, 2};
  std::vector<float> y(2 * kLanes);
  ThreadPool pool(2);
  linear({*available_kernel_tables().back(), pool}, weight, x.data(), 3, 2, y.data(), kLanes);
  EXPECT_EQ(y[0], 8.0f);
  EXPECT_EQ(y[1], 18.0f);
  EXPECT_EQ(y[kLanes], 22.0f);
  EXPECT_EQ(y[kLanes + 1], 50.0f);
}

}  // namespace
}  // namespace jangwon::runtime
