// Which experts a token goes to, by the formulas of the models' reports.

#include <algorithm>
#include <numeric>

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

struct Choice {
  std::vector<int32_t> ids;
  std::vector<float> weights;
  std::vector<int32_t> offsets;
  std::vector<int32_t> row_of_slot;
  std::vector<int32_t> token_of_row;
  bool operator==(const Choice&) const = default;
};

class RoutingTest : public OpTest {
 protected:
  // Of as many tokens as there are rows of `num_experts` logits.
  Choice choose(const RouterOptions& options, const std::vector<float>& logits,
                const std::vector<float>& bias = {}) {
    const int tokens = static_cast<int>(logits.size()) / options.num_experts;
    const int64_t slots = int64_t{tokens} * options.num_chosen;
    return run_everywhere([&](Device& device) {
      const ExpertRouting routing{.ids_TA = device.make<int32_t>(slots),
                                  .weights_TA = device.make<float>(slots),
                                  .offsets_E = device.make<int32_t>(options.num_experts + 1),
                                  .row_of_slot_TA = device.make<int32_t>(slots),
                                  .token_of_row_TA = device.make<int32_t>(slots)};
      device->route_experts(device.context(),
                            {.logits_TE = device.upload_rows(logits, options.num_experts),
                             .num_tokens = tokens,
                             .options = options,
                             .bias_E = bias.empty() ? nullptr : device.upload(bias),
                             .routing = routing});
      return Choice{device.download(routing.ids_TA, slots),
                    device.download(routing.weights_TA, slots),
                    device.download(routing.offsets_E, options.num_experts + 1),
                    device.download(routing.row_of_slot_TA, slots),
                    device.download(routing.token_of_row_TA, slots)};
    });
  }
};

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

TEST_P(RoutingTest, TheBiasDecidesTheChoiceAndNotTheWeight) {
  const RouterOptions options{.num_experts = 4, .num_chosen = 2, .scale = 2.5f};
  const Choice choice = choose(options, {1.0f, 0.9f, 0.0f, -1.0f}, {0.0f, 0.0f, 0.0f, 0.9f});
  EXPECT_EQ(choice.ids, (std::vector<int32_t>{3, 0}));
  const double total = sigmoid(-1.0) + sigmoid(1.0);
  EXPECT_NEAR(choice.weights[0], 2.5 * sigmoid(-1.0) / total, 1e-6);
  EXPECT_NEAR(choice.weights[1], 2.5 * sigmoid(1.0) / total, 1e-6);
}

TEST_P(RoutingTest, GroupsAreKeptByTheirTwoBestScores) {
  const RouterOptions options{
      .num_experts = 6, .num_chosen = 2, .num_groups = 2, .num_kept_groups = 1};
  // The first group has the single best expert, the second the better pair.
  EXPECT_EQ(choose(options, {3.0f, -3.0f, -3.0f, 1.5f, 1.4f, -3.0f}).ids,
            (std::vector<int32_t>{3, 4}));
}

TEST_P(RoutingTest, ExpertsOfRejectedGroupsNeverWinWhenTheKeptAreNegative) {
  const RouterOptions options{
      .num_experts = 4, .num_chosen = 2, .num_groups = 2, .num_kept_groups = 1};
  // All choices are below zero: a rejected expert that counted as 0 would be taken.
  const std::vector<float> bias = {-2.0f, -2.0f, -3.0f, -3.0f};
  EXPECT_EQ(choose(options, {0.0f, 1.0f, 0.0f, 1.0f}, bias).ids, (std::vector<int32_t>{1, 0}));
}

TEST_P(RoutingTest, RejectedGroupsCountAsTheOptionsSay) {
  RouterOptions options{.num_experts = 4, .num_chosen = 2, .num_groups = 2, .num_kept_groups = 1};
  options.rejected_score = 0.0f;
  // The kept group has one expert above zero and one below; a rejected one takes the place of the
  // latter and brings its own score as a weight.
  const Choice choice = choose(options, {0.0f, 1.0f, 0.5f, 1.0f}, {-2.0f, 1.0f, -3.0f, -3.0f});
  EXPECT_EQ(choice.ids, (std::vector<int32_t>{1, 2}));
  const double total = sigmoid(1.0) + sigmoid(0.5);
  EXPECT_NEAR(choice.weights[0], sigmoid(1.0) / total, 1e-6);
  EXPECT_NEAR(choice.weights[1], sigmoid(0.5) / total, 1e-6);
}

TEST_P(RoutingTest, TiesGoToTheLowerIndex) {
  const RouterOptions options{.num_experts = 5, .num_chosen = 3};
  EXPECT_EQ(choose(options, {0.5f, 1.0f, 1.0f, 0.5f, 0.5f}).ids, (std::vector<int32_t>{1, 2, 0}));
}

TEST_P(RoutingTest, SoftmaxBeforeTheChoiceIsOverAllExperts) {
  RouterOptions options{
      .scoring = RouterScoring::kSoftmax, .num_experts = 3, .num_chosen = 2, .normalize = false};
  const double total = std::exp(2.0) + std::exp(1.0) + 1.0;
  Choice choice = choose(options, {0.0f, 2.0f, 1.0f});
  EXPECT_EQ(choice.ids, (std::vector<int32_t>{1, 2}));
  EXPECT_NEAR(choice.weights[0], std::exp(2.0) / total, 1e-6);
  options.normalize = true;
  options.epsilon = 0.0f;
  choice = choose(options, {0.0f, 2.0f, 1.0f});
  EXPECT_NEAR(choice.weights[0] + choice.weights[1], 1.0, 1e-6);
}

// More experts than a sum has lanes, and than a warp has.
TEST_P(RoutingTest, SoftmaxIsOverManyExperts) {
  std::mt19937 random(7);
  const RouterOptions options{
      .scoring = RouterScoring::kSoftmax, .num_experts = 70, .num_chosen = 5, .normalize = false};
  const std::vector<float> logits = random_floats(random, 70, 2.0f);
  double total = 0.0;
  for (const float logit : logits)
    total += std::exp(double{logit});
  const Choice choice = choose(options, logits);
  for (size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(choice.weights[i],
                std::exp(double{logits[static_cast<size_t>(choice.ids[i])]}) / total, 1e-6);
}

TEST_P(RoutingTest, SoftmaxOverTheChosenIsOverThemAlone) {
  RouterOptions options{.scoring = RouterScoring::kSoftmaxOverChosen,
                        .num_experts = 3,
                        .num_chosen = 2,
                        .normalize = false};
  for (const bool normalize : {false, true}) {
    options.normalize = normalize;
    options.epsilon = 0.0f;
    const Choice choice = choose(options, {-5.0f, 2.0f, 1.0f});
    EXPECT_EQ(choice.ids, (std::vector<int32_t>{1, 2}));
    EXPECT_NEAR(choice.weights[0], std::exp(1.0) / (std::exp(1.0) + 1.0), 1e-6);
  }
}

TEST_P(RoutingTest, RowsAreGroupedByExpertInTheOrderOfTheirTokens) {
  std::mt19937 random(8);
  for (const auto& [tokens, experts, chosen] :
       {std::tuple{1, 4, 2}, {33, 8, 3}, {100, 5, 5}, {40, 64, 1}, {140, 300, 8}}) {
    const RouterOptions options{.num_experts = experts, .num_chosen = chosen};
    const Choice choice = choose(options, random_floats(random, int64_t{tokens} * experts));
    EXPECT_EQ(choice.offsets.front(), 0);
    EXPECT_EQ(choice.offsets.back(), tokens * chosen);
    std::vector<int32_t> seen(choice.row_of_slot);
    std::sort(seen.begin(), seen.end());
    std::vector<int32_t> all(seen.size());
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(seen, all);
    for (size_t slot = 0; slot < choice.ids.size(); ++slot) {
      const int32_t row = choice.row_of_slot[slot];
      const size_t expert = static_cast<size_t>(choice.ids[slot]);
      EXPECT_GE(row, choice.offsets[expert]);
      EXPECT_LT(row, choice.offsets[expert + 1]);
      EXPECT_EQ(choice.token_of_row[static_cast<size_t>(row)], static_cast<int32_t>(slot) / chosen);
    }
    for (size_t e = 0; e + 1 < choice.offsets.size(); ++e)
      EXPECT_TRUE(std::is_sorted(choice.token_of_row.begin() + choice.offsets[e],
                                 choice.token_of_row.begin() + choice.offsets[e + 1]));
  }
}

TEST_P(RoutingTest, ATokensChoiceDependsOnNoOther) {
  std::mt19937 random(9);
  const RouterOptions options{
      .num_experts = 24, .num_chosen = 4, .num_groups = 4, .num_kept_groups = 2, .scale = 2.5f};
  const std::vector<float> logits = random_floats(random, 50 * 24);
  const std::vector<float> bias = random_floats(random, 24, 0.1f);
  const Choice together = choose(options, logits, bias);
  for (int t = 0; t < 50; ++t) {
    const Choice alone =
        choose(options, {logits.begin() + t * 24, logits.begin() + (t + 1) * 24}, bias);
    EXPECT_TRUE(std::equal(alone.ids.begin(), alone.ids.end(), together.ids.begin() + t * 4));
    EXPECT_TRUE(
        std::equal(alone.weights.begin(), alone.weights.end(), together.weights.begin() + t * 4));
  }
}

JANGWON_TEST_EVERY_OP_TABLE(RoutingTest);

}  // namespace
}  // namespace jangwon::runtime
