#include "reports/gate/gate_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

using testing::HasSubstr;

PlanRequest request_for(const std::string& task, int repeats, Scope scope = Scope::kFixedItems) {
  PlanRequest request;
  request.task = task;
  request.scope = scope;
  request.n = *published_size(task);
  request.repeats = repeats;
  request.alpha = scope == Scope::kFixedItems ? 0.01 : 0.05;
  request.variance = planning_variance(task, nullptr);
  return request;
}

// The table of detectable drops that the published sizes and planning variances give (power 0.8).
TEST(GatePlanTest, DetectableDropsOfTheFourTasks) {
  const struct {
    const char* task;
    int repeats;
    double fixed_points;
    double population_points;
  } rows[] = {{"aime25", 1, 17.4, 15.7},          {"aime25", 16, 4.3, 8.6},   {"aime25", 64, 2.2, 8.0},
              {"livecodebench_v6", 4, 5.1, 6.3},  {"kmmlu_pro", 1, 2.3, 2.3}, {"mmlu_pro", 1, 0.8, 0.9},
              {"livecodebench_v6", 16, 2.6, 5.3}, {"kmmlu_pro", 4, 1.1, 1.7}, {"mmlu_pro", 4, 0.4, 0.7}};
  for (const auto& row : rows) {
    EXPECT_NEAR(100 * plan_check("x", request_for(row.task, row.repeats)).detectable_drop, row.fixed_points, 0.06)
        << row.task << " " << row.repeats;
    EXPECT_NEAR(100 * plan_check("x", request_for(row.task, row.repeats, Scope::kPopulation)).detectable_drop,
                row.population_points, 0.06)
        << row.task << " " << row.repeats;
  }
}

TEST(GatePlanTest, AnUndecidableCheckIsRefusedWithAWayOut) {
  PlanRequest request = request_for("aime25", 1);
  request.margin = 0.02;
  const auto plan = std::vector{plan_check("aime", request)};
  EXPECT_FALSE(plan[0].decidable);
  const Status status = plan_status(plan);
  EXPECT_EQ(exit_code(status.code()), 2);
  EXPECT_THAT(status.message(), HasSubstr("aime"));
  EXPECT_THAT(status.message(), HasSubstr("times"));
  // The way out is one: with that many runs the check decides.
  request.repeats = plan[0].repeats_needed;
  EXPECT_TRUE(plan_check("aime", request).decidable);
}

TEST(GatePlanTest, NoNumberOfRunsHelpsAClaimOnThirtyQuestions) {
  PlanRequest request = request_for("aime25", 64, Scope::kPopulation);
  request.margin = 0.02;
  const auto planned = plan_check("aime", request);
  EXPECT_EQ(planned.repeats_needed, 0);
  EXPECT_THAT(plan_status({planned}).message(), HasSubstr("no number of runs"));
}

TEST(GatePlanTest, ABaselineWithRepeatsReplacesThePlanningVariance) {
  const auto steady =
      synthetic_task({.items = 200, .repeats = 8, .chance = [](int i) { return i % 2 == 0 ? 1.0 : 0.0; }});
  const auto noisy = synthetic_task({.items = 200, .repeats = 8, .chance = [](int) { return 0.5; }});
  const auto once = synthetic_task({.items = 200, .repeats = 1});
  EXPECT_LT(planning_variance("aime25", &steady).sigma2_run, 0.01);
  EXPECT_GT(planning_variance("aime25", &steady).sigma2_run, 0);
  EXPECT_NEAR(planning_variance("aime25", &noisy).sigma2_run, 0.25, 0.02);
  EXPECT_FALSE(planning_variance("aime25", &once).measured);
}

TEST(GatePlanTest, ThePredictedPowerIsTheOneThatIsFound) {
  // Theta = 1/2 throughout: the decoding variance is 1/4. A drop of 10 points, alpha 0.05.
  PlanRequest request;
  request.n = 60;
  request.repeats = 8;
  request.margin = 0.10;
  request.alpha = 0.05;
  request.variance = {.sigma2_run = 0.245, .omega2 = 0, .measured = true};
  const double predicted = plan_check("x", request).power_at_margin;
  int found = 0;
  constexpr int kRounds = 400;
  for (int round = 0; round < kRounds; ++round) {
    const auto seed = static_cast<uint64_t>(round);
    const auto before = synthetic_task(
        {.items = 60, .repeats = 8, .seed_setting = "0", .draw_seed = 2 * seed, .chance = [](int) { return 0.55; }});
    const auto after =
        synthetic_task({.items = 60, .repeats = 8, .seed_setting = "1", .draw_seed = 2 * seed + 1, .chance = [](int) {
                          return 0.45;
                        }});
    found += *compare_task(before, after, kAccuracyMetric, {}).p_harm < 0.05;
  }
  EXPECT_NEAR(static_cast<double>(found) / kRounds, predicted, 0.06);
}

TEST(GatePlanTest, AFileIsPlannedAtItsLastLook) {
  const auto config = parse_gate_config(R"(version: 1
alpha: 0.01
escalate: {max_looks: 2, alpha_weights: [0.4, 0.6], repeats: [x1, x4]}
checks:
  - {id: aime, tier: L2, task: aime25, repeats: 8, margin: 4pt}
  - {id: trunc, tier: L2, task: "*", metric: truncation_rate, margin: 5pt}
)",
                                        "pr.yaml");
  ASSERT_TRUE(config.ok()) << config.status().message();
  const auto plan = plan_gate(*config, nullptr);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->size(), 5u);
  EXPECT_EQ((*plan)[0].request.repeats, 32);
  EXPECT_EQ((*plan)[0].generations, 960);
  EXPECT_NEAR((*plan)[0].request.alpha, 0.006, 1e-12);
  EXPECT_EQ((*plan)[1].id, "trunc/aime25");
  EXPECT_THAT(plan_text(*plan, Language::kKorean), HasSubstr("aime"));
}

TEST(GatePlanTest, AnUnknownTaskWithoutABaselineIsAnError) {
  const auto config =
      parse_gate_config("version: 1\nchecks:\n  - {id: a, tier: L2, task: riddles, margin: 1pt}\n", "g.yaml");
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(plan_gate(*config, nullptr).ok());
}

}  // namespace
}  // namespace jangwon::reports
