#include "reports/gate/gate_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reports/gate/gate_run.h"
#include "reports/task_profiles.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

using testing::HasSubstr;

TaskProfiles four_tasks() {
  TaskProfiles four;
  for (const char* name : {"aime25", "livecodebench_v6", "kmmlu_pro", "mmlu_pro"})
    four.push_back(*find_profile(installed_task_profiles(), name));
  return four;
}

PlanRequest request_for(const std::string& task, int repeats, Scope scope = Scope::kFixedItems) {
  PlanRequest request;
  request.task = task;
  request.scope = scope;
  request.n = *published_size(task, four_tasks());
  request.repeats = repeats;
  request.alpha = scope == Scope::kFixedItems ? 0.01 : 0.05;
  request.variance = planning_variance(task, nullptr, four_tasks());
  return request;
}

// The table of detectable drops that the published sizes and planning variances give (power 0.8),
// with the tests that decide. A normal approximation would promise 17.4 points for one run of AIME.
TEST(GatePlanTest, DetectableDropsOfTheFourTasks) {
  const struct {
    const char* task;
    int repeats;
    double fixed_points;
    double population_points;
  } rows[] = {
      {"aime25", 1, 28.7, 24.2},          {"aime25", 16, 4.9, 9.1},   {"aime25", 64, 2.3, 8.3},
      {"livecodebench_v6", 4, 5.6, 6.6},  {"kmmlu_pro", 1, 2.4, 2.4}, {"mmlu_pro", 1, 0.9, 0.9},
      {"livecodebench_v6", 16, 2.7, 5.3}, {"kmmlu_pro", 4, 1.2, 1.7}, {"mmlu_pro", 4, 0.4, 0.7}};
  for (const auto& row : rows) {
    EXPECT_NEAR(100 * *plan_check("x", request_for(row.task, row.repeats)).detectable_drop,
                row.fixed_points, 0.06)
        << row.task << " " << row.repeats;
    EXPECT_NEAR(100 * *plan_check("x", request_for(row.task, row.repeats, Scope::kPopulation))
                           .detectable_drop,
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
  const auto steady = synthetic_task(
      {.items = 200, .repeats = 8, .chance = [](int i) { return i % 2 == 0 ? 1.0 : 0.0; }});
  const auto noisy =
      synthetic_task({.items = 200, .repeats = 8, .chance = [](int) { return 0.5; }});
  const auto once = synthetic_task({.items = 200, .repeats = 1});
  EXPECT_LT(planning_variance("aime25", &steady, four_tasks()).sigma2_run, 0.01);
  EXPECT_GT(planning_variance("aime25", &steady, four_tasks()).sigma2_run, 0);
  EXPECT_NEAR(planning_variance("aime25", &noisy, four_tasks()).sigma2_run, 0.25, 0.02);
  EXPECT_FALSE(planning_variance("aime25", &once, four_tasks()).measured);
}

// ---- the shown power against gates that were really run

// A file, and builds whose first task has fallen by `drop` on every question; its other
// tasks are unchanged.
struct PowerCase {
  const char* name;
  std::string head;
  std::string checks;
  int items = 60;
  int repeats = 1;
  bool same_seed = true;
  double drop = 0.1;
  double level = 0.8;   // of the middle question
  double spread = 0.1;  // questions lie this far around it
};

struct Simulated {
  double shown = 0;  // mean over the rounds of the power beside the first check
  double found = 0;  // share of the rounds in which it failed
};

GateConfig config_of(const PowerCase& one) {
  auto config = parse_gate_config(
      "version: 1\ngate: pr\nmin_power: 0\n" + one.head + "checks:\n" + one.checks, "pr.yaml");
  EXPECT_TRUE(config.ok()) << config.status().message();
  return std::move(config).value();
}

Simulated simulate(const PowerCase& one, int rounds) {
  const GateConfig config = config_of(one);
  Simulated result;
  for (int round = 0; round < rounds; ++round) {
    const auto side = [&](bool after) {
      std::vector<SyntheticTask> tasks;
      for (const char* name : {"aime25", "other"}) {
        SyntheticTask task;
        task.task = name;
        task.items = one.items;
        task.repeats = one.repeats;
        task.seed_setting = one.same_seed || !after ? "0" : "1";
        task.draw_seed =
            static_cast<uint64_t>(round) * 4 + (after ? 2 : 0) + (tasks.empty() ? 0 : 1);
        const double fallen = after && tasks.empty() ? one.drop : 0;
        task.chance = [one, fallen](int i) {
          return one.level + one.spread * (i % 3 - 1) - fallen;
        };
        tasks.push_back(task);
      }
      return synthetic_side(tasks, after ? "head" : "main");
    };
    const EvaluationSide before = side(false), after = side(true);
    GateInputs inputs;
    inputs.baseline = &before;
    inputs.candidate = &after;
    const auto gate = run_gate(config, inputs);
    EXPECT_TRUE(gate.ok()) << gate.status().message();
    result.shown += gate->checks[0].power.value_or(0) / rounds;
    result.found += (gate->checks[0].verdict == CheckVerdict::kFail ? 1.0 : 0.0) / rounds;
  }
  return result;
}

double margin_of(double share, int rounds) {
  return 3.3 * std::sqrt(std::max(0.01, share * (1 - share)) / rounds);
}

const std::string kOne = "  - {id: a, tier: L2, task: aime25, margin: 10pt}\n";
const std::string kFour =
    "  - {id: a, tier: L2, task: aime25, margin: 15pt}\n"
    "  - {id: b, tier: L2, task: other, margin: 10pt}\n"
    "  - {id: c, tier: L2, task: aime25, metric: truncation_rate, margin: 10pt}\n"
    "  - {id: d, tier: L2, task: other, metric: truncation_rate, margin: 10pt}\n";
const std::string kLooks =
    "escalate: {max_looks: 2, alpha_weights: [0.4, 0.6], repeats: [x1, x2]}\n";

class ShownPower : public testing::TestWithParam<PowerCase> {};

TEST_P(ShownPower, IsTheShareOfGatesThatFail) {
  const int rounds = std::getenv("JANGWON_LONG_TESTS") != nullptr ? 4000 : 200;
  const Simulated result = simulate(GetParam(), rounds);
  EXPECT_NEAR(result.shown, result.found, margin_of(result.found, rounds)) << GetParam().name;
  EXPECT_GT(result.found, 0.15);
  EXPECT_LT(result.found, 0.95) << "a share near one would hide a power that is too small";
}

INSTANTIATE_TEST_SUITE_P(
    Gates, ShownPower,
    testing::Values(
        PowerCase{"thirty questions asked once", "alpha: 0.05\n",
                  "  - {id: a, tier: L2, task: aime25, margin: 25pt}\n", 30, 1, true, 0.25},
        PowerCase{"paired by seed", "alpha: 0.01\n", kOne, 60, 8, true, 0.1},
        PowerCase{"independent runs", "alpha: 0.01\n", kOne, 60, 8, false, 0.1},
        PowerCase{"four checks share alpha", "alpha: 0.04\n", kFour, 120, 1, true, 0.15},
        PowerCase{"the stream has its share",
                  "alpha: 0.04\nsequential: {mode: eprocess, alpha_share: 0.3}\n", kFour, 120, 1,
                  true, 0.15},
        PowerCase{"the first of two looks", "alpha: 0.04\n" + kLooks, kFour, 120, 1, true, 0.15},
        PowerCase{"a fall below the smallest that fails", "alpha: 0.05\n",
                  "  - {id: a, tier: L2, task: aime25, margin: 10pt, min_effect: 9pt}\n", 60, 8,
                  true, 0.1},
        PowerCase{"a population asked once", "alpha: 0.05\n",
                  "  - {id: a, tier: L2, task: aime25, scope: population, margin: 15pt}\n", 100, 1,
                  true, 0.15, 0.8, 0}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

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
  const auto plan = plan_gate(*config, nullptr, four_tasks());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->size(), 2u) << "every task that the file names";
  EXPECT_EQ((*plan)[0].request.repeats, 32);
  EXPECT_EQ((*plan)[0].generations, 960);
  EXPECT_NEAR((*plan)[0].request.alpha, 0.006, 1e-12);
  EXPECT_EQ((*plan)[1].id, "trunc");
  EXPECT_THAT(plan_text(*plan, Language::kKorean), HasSubstr("aime"));
}

// ---- claims

// The share of gates in which "ours" at `ratio` of the reference gets the verdict, and
// the plan beside it.
struct SimulatedClaim {
  double share = 0;
  double power_at_parity = 0;
  double detectable_ratio = 0;
  double failing_ratio = 0;
};

SimulatedClaim simulate_claim(const std::string& combine, double ratio, CheckVerdict counted,
                              int rounds) {
  PowerCase file;
  file.head = "alpha: 0.04\n";
  // The unchanged L2 check shares alpha with the claim.
  file.checks =
      "  - {id: claim, tier: L3, task: [aime25, other], model: ours, reference: theirs, ratio: "
      "0.9, combine: " +
      combine + "}\n  - {id: same, tier: L2, task: aime25, model: theirs, margin: 10pt}\n";
  const GateConfig config = config_of(file);
  SimulatedClaim result;
  for (int round = 0; round < rounds; ++round) {
    std::vector<SyntheticTask> tasks;
    for (const char* name : {"aime25", "other"}) {
      for (const char* model : {"ours", "theirs"}) {
        SyntheticTask task;
        task.task = name;
        task.model = model;
        task.items = 150;
        task.repeats = 2;
        task.draw_seed = static_cast<uint64_t>(round) * 4 + tasks.size();
        const double factor = task.model == "ours" ? ratio : 1;
        task.chance = [factor](int i) { return factor * (0.6 + 0.2 * (i % 3 - 1)); };
        tasks.push_back(task);
      }
    }
    const EvaluationSide side = synthetic_side(tasks);
    GateInputs inputs;
    inputs.baseline = inputs.candidate = &side;
    const auto gate = run_gate(config, inputs);
    EXPECT_TRUE(gate.ok()) << gate.status().message();
    const CheckResult& check = gate->checks[0];
    result.share += (check.verdict == counted ? 1.0 : 0.0) / rounds;
    result.power_at_parity += check.power.value_or(0) / rounds;
    result.detectable_ratio += check.claim_plan->detectable_ratio.value_or(0) / rounds;
    result.failing_ratio += check.claim_plan->failing_ratio.value_or(0) / rounds;
  }
  return result;
}

TEST(ShownPowerOfAClaim, IsTheShareOfGatesThatShowIt) {
  constexpr int kRounds = 200;
  for (const char* combine : {"all", "average"}) {
    const SimulatedClaim parity = simulate_claim(combine, 1, CheckVerdict::kPass, kRounds);
    EXPECT_NEAR(parity.power_at_parity, parity.share, margin_of(parity.share, kRounds)) << combine;
    const double above =
        simulate_claim(combine, parity.detectable_ratio, CheckVerdict::kPass, kRounds).share;
    EXPECT_NEAR(above, 0.8, margin_of(0.8, kRounds)) << combine;
    const double below =
        simulate_claim(combine, parity.failing_ratio, CheckVerdict::kFail, kRounds).share;
    EXPECT_NEAR(below, 0.8, margin_of(0.8, kRounds)) << combine;
  }
}

TEST(GatePlanTest, PlanAndGateUseTheSameAlpha) {
  PowerCase file;
  file.head = "alpha: 0.04\nsequential: {mode: eprocess, alpha_share: 0.25}\n" + kLooks;
  file.checks =
      kFour +
      "  - {id: tokens, tier: L2, task: aime25, metric: mean_output_tokens, margin: 10%}\n" +
      "  - {id: claim, tier: L3, task: aime25, model: solar, reference: solar, ratio: 0.9}\n";
  const GateConfig config = config_of(file);
  const EvaluationSide side =
      synthetic_side({{.task = "aime25", .repeats = 8}, {.task = "other", .repeats = 8}});
  const auto plan = plan_gate(config, &side, four_tasks());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->size(), 5u) << "tokens have no planning variance";
  for (const PlannedCheck& check : *plan)
    EXPECT_EQ(check.request.num_tests, 6) << check.id;
  EXPECT_NEAR((*plan)[0].request.alpha_used(), 0.04 * 0.6 * 0.75 / 6, 1e-12);
  EXPECT_NEAR((*plan)[4].claim->harm_alpha, 0.04 / 6, 1e-12)
      << "a claim takes no part in looks and stream";
  // What the gate shows at its last look is what the plan said, to the sampling of the
  // baseline's own score.
  const EvaluationSide twice =
      synthetic_side({{.task = "aime25", .repeats = 16}, {.task = "other", .repeats = 16}});
  const EvaluationSide again = synthetic_side({{.task = "aime25", .repeats = 16, .draw_seed = 2},
                                               {.task = "other", .repeats = 16, .draw_seed = 3}});
  GateConfig at_once = config;
  for (GateCheck& check : at_once.checks)
    check.repeats = 8;
  GateInputs inputs;
  inputs.baseline = &twice;
  inputs.candidate = &again;
  const auto gate = run_gate(at_once, inputs);
  ASSERT_TRUE(gate.ok()) << gate.status().message();
  const auto planned = plan_gate(at_once, &twice, four_tasks());
  ASSERT_TRUE(planned.ok());
  EXPECT_NEAR(*gate->checks[0].power, (*planned)[0].power_at_margin, 1e-9);
  EXPECT_NEAR(*gate->checks[2].power, (*planned)[2].power_at_margin, 1e-9);
}

TEST(GatePlanTest, EveryComparisonOfAFileTakesItsPartOfAlpha) {
  const auto tests_of = [](const std::string& head, const std::string& checks,
                           const EvaluationSide* baseline) {
    PowerCase file;
    file.head = head;
    file.checks = checks;
    const auto plan = plan_gate(config_of(file), baseline, four_tasks());
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    return plan->front().request.num_tests;
  };
  EXPECT_EQ(tests_of("", kOne, nullptr), 1);
  EXPECT_EQ(tests_of("", "  - {id: a, tier: L2, task: \"*\", margin: 10pt}\n", nullptr), 4)
      << "the published tasks";
  EXPECT_EQ(tests_of("baselines: {rolling: main, anchor: rel}\n", kOne, nullptr), 2);
  EXPECT_EQ(tests_of("", kOne + "  - {id: replay, tier: L0, corpus: x}\n", nullptr), 1)
      << "L0 has no p-value";
  const EvaluationSide two = synthetic_side({{.model = "a"}, {.model = "b"}});
  EXPECT_EQ(tests_of("", kOne, &two), 2) << "every model of the baseline";
}

TEST(GatePlanTest, FewerRunsInTheBaselineLimitTheCheck) {
  PlanRequest request = request_for("aime25", 64);
  request.margin = 0.04;
  const double both = check_power(0.04, request);
  request.baseline_repeats = 1;
  EXPECT_LT(check_power(0.04, request), both / 2);
  request.paired_by_seed = false;
  EXPECT_LT(check_power(0.04, request), both / 2);
  // Without pairs by seed 64 runs against one tell nearly as much as two against two.
  PlanRequest paired = request;
  paired.paired_by_seed = true;
  EXPECT_GT(check_power(0.15, request), check_power(0.15, paired) + 0.05);
}

TEST(GatePlanTest, TheOwnTermsOfACheckReachItsPlan) {
  GateConfig config;
  config.looks = {Look()};
  GateCheck check;
  check.tier = Tier::kAccuracy;
  check.margin = check.min_effect = {0.1, true};
  const TaskOutcomes outcomes =
      synthetic_task({.items = 200, .repeats = 8, .chance = [](int) { return 0.5; }});
  const PlanRequest accuracy = plan_request(config, check, "aime25", 200, &outcomes, four_tasks());
  EXPECT_NEAR(accuracy.margin, 0.05, 0.003) << "a tenth of the baseline's level";
  EXPECT_NEAR(accuracy.min_effect, 0.05, 0.003);
  EXPECT_EQ(accuracy.n, 200);
  check.limit = ItemLimit();
  check.limit->n = 50;
  EXPECT_EQ(plan_request(config, check, "aime25", 200, &outcomes, four_tasks()).n, 50);
  EXPECT_EQ(plan_request(config, check, "aime25", 20, &outcomes, four_tasks()).n, 20);
  check.metric = "truncation_rate";  // never, in this baseline
  EXPECT_EQ(plan_request(config, check, "aime25", 200, &outcomes, four_tasks()).rate, 0.01);
}

TEST(GatePlanTest, FewClustersAreFewDegreesOfFreedom) {
  PlanRequest request = request_for("aime25", 16, Scope::kPopulation);
  const double alone = check_power(0.1, request);
  request.clusters = 30;
  EXPECT_NEAR(check_power(0.1, request), alone, 1e-12);
  request.clusters = 4;
  EXPECT_LT(check_power(0.1, request), alone - 0.05);
}

TEST(GatePlanTest, AMinEffectAsLargeAsTheMarginHalvesThePowerAndIsNoReasonToRefuse) {
  PlanRequest request = request_for("mmlu_pro", 4);
  request.margin = request.min_effect = 0.03;
  const auto planned = plan_check("mmlu", request);
  EXPECT_NEAR(planned.power_at_margin, 0.5, 0.02) << "half of such drops are observed below it";
  EXPECT_GT(planned.finding_power, 0.99);
  EXPECT_TRUE(planned.decidable);
}

TEST(GatePlanTest, WhereEvenAFallToZeroCouldBeMissedThePlanSaysSo) {
  PlanRequest request = request_for("aime25", 1);
  request.n = 5;  // five discordant questions of five are a p of 1/32
  const auto planned = plan_check("tiny", request);
  EXPECT_FALSE(planned.detectable_drop.has_value());
  EXPECT_THAT(plan_status({planned}).message(), HasSubstr("even a fall to zero could be missed"));
  EXPECT_TRUE(plan_json({planned})["checks"][0]["detectable_drop"].is_null());
}

TEST(GatePlanTest, AnUnknownTaskWithoutABaselineIsAnError) {
  const auto config = parse_gate_config(
      "version: 1\nchecks:\n  - {id: a, tier: L2, task: riddles, margin: 1pt}\n", "g.yaml");
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(plan_gate(*config, nullptr, four_tasks()).ok());
}

}  // namespace
}  // namespace jangwon::reports
