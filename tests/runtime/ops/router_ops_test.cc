#include "runtime/ops/router_ops.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/kernels/cpu/kernel_list.h"

namespace jangwon::runtime {
namespace {

struct Choice {
  std::vector<int32_t> ids;
  std::vector<float> weights;
};

Choice choose(const RouterOptions& options, std::vector<float> logits, const std::vector<float>& bias = {}) {
  Choice choice;
  choice.ids.resize(static_cast<size_t>(options.num_chosen));
  choice.weights.resize(static_cast<size_t>(options.num_chosen));
  choose_experts(*available_kernel_tables().back(), options, logits.data(), bias.empty() ? nullptr : bias.data(),
                 choice.ids.data(), choice.weights.data());
  return choice;
}

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

TEST(RouterOpsTest, TheBiasDecidesTheChoiceAndNotTheWeight) {
  const RouterOptions options{.num_experts = 4, .num_chosen = 2, .scale = 2.5f};
  const Choice choice = choose(options, {1.0f, 0.9f, 0.0f, -1.0f}, {0.0f, 0.0f, 0.0f, 0.9f});
  EXPECT_EQ(choice.ids, (std::vector<int32_t>{3, 0}));
  const double total = sigmoid(-1.0) + sigmoid(1.0);
  EXPECT_NEAR(choice.weights[0], 2.5 * sigmoid(-1.0) / total, 1e-6);
  EXPECT_NEAR(choice.weights[1], 2.5 * sigmoid(1.0) / total, 1e-6);
}

TEST(RouterOpsTest, GroupsAreKeptByTheirTwoBestScores) {
  const RouterOptions options{.num_experts = 6, .num_chosen = 2, .num_groups = 2, .num_kept_groups = 1};
  // The first group has the single best expert, the second the better pair.
  EXPECT_EQ(choose(options, {3.0f, -3.0f, -3.0f, 1.5f, 1.4f, -3.0f}).ids, (std::vector<int32_t>{3, 4}));
}

TEST(RouterOpsTest, ExpertsOfRejectedGroupsNeverWinWhenTheKeptAreNegative) {
  const RouterOptions options{.num_experts = 4, .num_chosen = 2, .num_groups = 2, .num_kept_groups = 1};
  // All choices are below zero: a rejected expert that counted as 0 would be taken.
  const std::vector<float> bias = {-2.0f, -2.0f, -3.0f, -3.0f};
  EXPECT_EQ(choose(options, {0.0f, 1.0f, 0.0f, 1.0f}, bias).ids, (std::vector<int32_t>{1, 0}));
}

TEST(RouterOpsTest, TiesGoToTheLowerIndex) {
  const RouterOptions options{.num_experts = 5, .num_chosen = 3};
  EXPECT_EQ(choose(options, {0.5f, 1.0f, 1.0f, 0.5f, 0.5f}).ids, (std::vector<int32_t>{1, 2, 0}));
}

TEST(RouterOpsTest, SoftmaxBeforeTheChoiceIsOverAllExperts) {
  RouterOptions options{.scoring = RouterScoring::kSoftmax, .num_experts = 3, .num_chosen = 2, .normalize = false};
  const double total = std::exp(2.0) + std::exp(1.0) + 1.0;
  Choice choice = choose(options, {0.0f, 2.0f, 1.0f});
  EXPECT_EQ(choice.ids, (std::vector<int32_t>{1, 2}));
  EXPECT_NEAR(choice.weights[0], std::exp(2.0) / total, 1e-6);
  options.normalize = true;
  options.epsilon = 0.0f;
  choice = choose(options, {0.0f, 2.0f, 1.0f});
  EXPECT_NEAR(choice.weights[0] + choice.weights[1], 1.0, 1e-6);
}

TEST(RouterOpsTest, SoftmaxOverTheChosenIsOverThemAlone) {
  const RouterOptions options{
      .scoring = RouterScoring::kSoftmaxOverChosen, .num_experts = 3, .num_chosen = 2, .normalize = false};
  const Choice choice = choose(options, {-5.0f, 2.0f, 1.0f});
  EXPECT_EQ(choice.ids, (std::vector<int32_t>{1, 2}));
  EXPECT_NEAR(choice.weights[0], std::exp(1.0) / (std::exp(1.0) + 1.0), 1e-6);
}

}  // namespace
}  // namespace jangwon::runtime
