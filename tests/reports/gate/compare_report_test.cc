#include "reports/gate/compare_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/stats/mantel_haenszel.h"
#include "harness/stats/mcnemar.h"
#include "harness/stats/non_inferiority.h"
#include "reports/gate/ratio_claim.h"
#include "reports/gate/wording.h"
#include "runtime/base/json.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

using testing::HasSubstr;

TEST(TaskComparisonTest, OneRunASideIsMcNemar) {
  const auto a = synthetic_task({.items = 200, .repeats = 1, .draw_seed = 1});
  const auto b = synthetic_task({.items = 200, .repeats = 1, .draw_seed = 2});
  long regressions = 0, improvements = 0;
  for (size_t i = 0; i < a.items.size(); ++i) {
    regressions += a.items[i].runs[0].correct() && !b.items[i].runs[0].correct();
    improvements += !a.items[i].runs[0].correct() && b.items[i].runs[0].correct();
  }
  const auto comparison = compare_task(a, b, kAccuracyMetric, {});
  const auto expected = harness::mcnemar(regressions, improvements);
  EXPECT_NEAR(*comparison.p_harm, expected.p_one_sided_exact, 1e-12);
  EXPECT_NEAR(*comparison.p_two_sided, expected.p_exact, 1e-12);
  EXPECT_EQ(comparison.regressions.size(), static_cast<size_t>(regressions));
  EXPECT_EQ(comparison.improvements.size(), static_cast<size_t>(improvements));
  EXPECT_EQ(comparison.interval_method, "tango");
  EXPECT_TRUE(comparison.margin_testable);
}

TEST(TaskComparisonTest, IdenticalSidesHaveAWidthAndNoEvidence) {
  const auto a = synthetic_task({.items = 30, .repeats = 32});
  const auto comparison = compare_task(a, a, kAccuracyMetric, {});
  EXPECT_EQ(*comparison.delta, 0);
  EXPECT_EQ(*comparison.p_harm, 1);
  ASSERT_TRUE(comparison.ci.has_value());
  EXPECT_LT(comparison.ci->low, 0);
  EXPECT_GT(comparison.ci->low, -0.02);
  EXPECT_TRUE(comparison.regressions.empty());
}

TEST(TaskComparisonTest, DifferentSeedsUseTheStratifiedTest) {
  const auto a = synthetic_task({.seed_setting = "0", .draw_seed = 1});
  const auto b = synthetic_task({.seed_setting = "1", .draw_seed = 2});
  EXPECT_EQ(compare_task(a, b, kAccuracyMetric, {}).test_method, "cmh_exact");
  EXPECT_EQ(compare_task(a, synthetic_task({.draw_seed = 2}), kAccuracyMetric, {}).test_method,
            "mcnemar_seed_paired");
}

TEST(TaskComparisonTest, LowerIsBetterMetricsTurnHarmAround) {
  const auto a = synthetic_task({.items = 100, .repeats = 4, .draw_seed = 1});
  const auto b = synthetic_task(
      {.items = 100, .repeats = 4, .draw_seed = 2, .truncation_chance = [](int) { return 0.3; }});
  const auto truncation = compare_task(a, b, "truncation_rate", {});
  EXPECT_GT(*truncation.delta, 0.2);
  EXPECT_LT(*truncation.p_harm, 1e-6);
  EXPECT_GT(*truncation.p_better, 0.99);
  EXPECT_GT(truncation.ci->low, 0);
  const auto tokens = compare_task(a, b, kOutputTokensMetric, {});
  EXPECT_GT(*tokens.delta, 0.3);
  EXPECT_LT(*tokens.p_harm, 1e-6);
}

TEST(TaskComparisonTest, OnlyTheFirstRunsOfALookAreUsed) {
  const auto a = synthetic_task({.repeats = 8, .draw_seed = 1}),
             b = synthetic_task({.repeats = 8, .draw_seed = 2});
  ComparisonOptions two_runs;
  two_runs.max_runs = 2;
  const auto comparison = compare_task(a, b, kAccuracyMetric, two_runs);
  EXPECT_EQ(comparison.paired_runs, 60);
  EXPECT_EQ(comparison.candidate_repeats, 2);
}

TEST(TaskComparisonTest, FlipsNameTheReason) {
  const auto a = synthetic_task({.chance = [](int) { return 1.0; }});
  const auto b = synthetic_task({.chance = [](int i) { return i == 3 ? 0.0 : 1.0; },
                                 .truncation_chance = [](int i) { return i == 5 ? 1.0 : 0.0; }});
  const auto comparison = compare_task(a, b, kAccuracyMetric, {});
  ASSERT_EQ(comparison.regressions.size(), 2u);
  EXPECT_EQ(comparison.regressions[0].reasons.at("wrong_answer"), 4);
  EXPECT_EQ(comparison.regressions[1].reasons.at("truncated"), 4);
  EXPECT_THAT(flip_text(comparison.regressions[1], Language::kKorean),
              HasSubstr("#q00005 4/4→0/4 (길이 초과 4)"));
}

TEST(TaskComparisonTest, PopulationClaimsAverageRunsFirst) {
  const auto a = synthetic_task({.model = "a", .repeats = 16, .draw_seed = 1});
  const auto b = synthetic_task({.model = "b", .repeats = 16, .draw_seed = 2});
  ComparisonOptions options;
  options.scope = Scope::kPopulation;
  const auto population = compare_task(a, b, kAccuracyMetric, options);
  EXPECT_EQ(population.test_method, "sign_flip_exact");
  EXPECT_EQ(population.interval_method, "paired_t");
}

TEST(TaskComparisonTest, TwoModelsUnderOneSeedAreNoPairsOfRuns) {
  const auto a = synthetic_task({.model = "a", .draw_seed = 1}),
             b = synthetic_task({.model = "b", .draw_seed = 2});
  EXPECT_EQ(compare_task(a, b, kAccuracyMetric, {}).test_method, "cmh_exact");
}

TEST(TaskComparisonTest, RepeatedRunsThatVaryGiveANormalInterval) {
  const auto a = synthetic_task({.repeats = 8, .draw_seed = 1}),
             b = synthetic_task({.repeats = 8, .draw_seed = 2});
  ComparisonOptions options;
  options.confidence = 0.9;
  const auto comparison = compare_task(a, b, kAccuracyMetric, options);
  EXPECT_EQ(comparison.interval_method, "fixed_items_z");
  EXPECT_NEAR(comparison.ci->high - *comparison.delta, 1.6448536 * *comparison.se, 1e-6);
}

TEST(TaskComparisonTest, AQuestionTurnsWhenItIsNoLongerRightMoreOftenThanNot) {
  const auto outcomes = [](int right) {
    auto task = synthetic_task({.items = 1, .repeats = 4, .chance = [](int) { return 0.0; }});
    for (int k = 0; k < right; ++k)
      task.items[0].runs[static_cast<size_t>(k)].verdict = harness::Verdict::kCorrect;
    return task;
  };
  const auto turned = [&](int before, int now) {
    const auto comparison = compare_task(outcomes(before), outcomes(now), kAccuracyMetric, {});
    return std::pair(comparison.regressions.size(), comparison.improvements.size());
  };
  using Pair = std::pair<size_t, size_t>;
  EXPECT_EQ(turned(3, 2), Pair(1, 0));
  EXPECT_EQ(turned(2, 1), Pair(0, 0)) << "half of the runs is not right";
  EXPECT_EQ(turned(2, 3), Pair(0, 1));
  EXPECT_EQ(turned(4, 3), Pair(0, 0));
}

TEST(TaskComparisonTest, ErrorsOfOursSayNothingAboutAccuracy) {
  auto a = synthetic_task({.items = 100, .repeats = 1, .chance = [](int) { return 1.0; }}), b = a;
  for (size_t i = 0; i < 20; ++i)
    b.items[i].runs[0].verdict = harness::Verdict::kInfraError;
  const auto comparison = compare_task(a, b, kAccuracyMetric, {});
  EXPECT_EQ(comparison.n, 80);
  EXPECT_EQ(*comparison.delta, 0);
  const auto errors = compare_task(a, b, "error_rate", {});
  EXPECT_DOUBLE_EQ(*errors.delta, 0.2);
  EXPECT_LT(*errors.p_harm, 1e-5);
}

TEST(TaskComparisonTest, TheStreamSeesTheQuestionsInAnOrderThatNobodyChose) {
  // The first ten questions of the file fall: in the file's order the evidence would be
  // complete after ten.
  const auto a = synthetic_task({.items = 200, .repeats = 1, .chance = [](int) { return 1.0; }});
  const auto b = synthetic_task(
      {.items = 200, .repeats = 1, .chance = [](int i) { return i < 10 ? 0.0 : 1.0; }});
  ComparisonOptions first, second;
  first.order_key = "pr";
  second.order_key = "nightly";
  const auto one = compare_task(a, b, kAccuracyMetric, first),
             two = compare_task(a, b, kAccuracyMetric, second);
  EXPECT_GT(one.e_value_items, 50);
  EXPECT_NE(one.e_value_items, two.e_value_items);
  EXPECT_DOUBLE_EQ(*one.e_value_harm, *two.e_value_harm) << "nothing speaks against harm";
}

TEST(TaskComparisonTest, APopulationTurnsHarmAroundToo) {
  const auto a = synthetic_task({.items = 100, .repeats = 4, .draw_seed = 1});
  const auto b = synthetic_task(
      {.items = 100, .repeats = 4, .draw_seed = 2, .truncation_chance = [](int) { return 0.3; }});
  ComparisonOptions options;
  options.scope = Scope::kPopulation;
  const auto flips = compare_task(a, b, "truncation_rate", options);
  EXPECT_EQ(flips.test_method, "sign_flip_exact");
  EXPECT_LT(*flips.p_harm, 1e-6);
  EXPECT_GT(*flips.p_better, 0.99);
  // Without one number of runs a side: the t-test.
  auto uneven = b;
  uneven.items[0].runs.pop_back();
  const auto t_test = compare_task(a, uneven, "truncation_rate", options);
  EXPECT_EQ(t_test.test_method, "paired_t");
  EXPECT_LT(*t_test.p_harm, 1e-6);
}

TEST(TaskComparisonTest, APopulationOfClustersHasTheirDegreesOfFreedom) {
  auto a = synthetic_task({.model = "a", .items = 60, .repeats = 2, .draw_seed = 1});
  auto b = synthetic_task({.model = "b", .items = 60, .repeats = 2, .draw_seed = 2});
  for (TaskOutcomes* side : {&a, &b}) {
    side->cluster_key = "contest";
    for (size_t i = 0; i < side->items.size(); ++i)
      side->items[i].columns["contest"] = std::to_string(i / 6);
  }
  ComparisonOptions options;
  options.scope = Scope::kPopulation;
  const auto clustered = compare_task(a, b, kAccuracyMetric, options);
  EXPECT_EQ(clustered.test_method, "paired_t_clustered");
  a.cluster_key = b.cluster_key = "";
  EXPECT_NE(*clustered.se, *compare_task(a, b, kAccuracyMetric, options).se);
}

TEST(TaskComparisonTest, HintsAreCorrectedOverTheirColumn) {
  const auto a = synthetic_task({.items = 90, .repeats = 1, .chance = [](int) { return 1.0; }});
  const auto b = synthetic_task({.items = 90, .repeats = 1, .chance = [](int i) {
                                   return i % 3 == 0 && i < 18 ? 0.0 : 1.0;
                                 }});
  ComparisonOptions options;
  options.by = "category";
  const auto comparison = compare_task(a, b, kAccuracyMetric, options);
  ASSERT_EQ(comparison.by.size(), 2u);
  const StratumHint& fallen = comparison.by[0].delta < 0 ? comparison.by[0] : comparison.by[1];
  EXPECT_DOUBLE_EQ(fallen.p_two_sided, 2.0 / 64);
  EXPECT_DOUBLE_EQ(fallen.p_adjusted, 4.0 / 64);
}

TEST(TaskComparisonTest, TokensAreAveragedOverTheRunsOfAQuestion) {
  auto a = synthetic_task({.items = 20, .repeats = 4}), b = a;
  for (size_t i = 0; i < a.items.size(); ++i) {
    a.items[i].num_output_tokens = 4000 + static_cast<int64_t>(i);
    b.items[i].num_output_tokens = 4400 + static_cast<int64_t>(3 * i);
  }
  const auto more = compare_task(a, b, kOutputTokensMetric, {});
  EXPECT_NEAR(*more.baseline.value, 1000 + 9.5 / 4, 1e-9);
  EXPECT_NEAR(*more.delta, (4400 + 28.5) / (4000 + 9.5) - 1, 1e-9);
  EXPECT_LT(*more.p_harm, 1e-6);
  EXPECT_GT(*compare_task(b, a, kOutputTokensMetric, {}).p_harm, 0.99)
      << "fewer tokens are no harm";
}

TEST(TaskScoresTest, CopiesNeedBothTemperatureZeroAndEqualRuns) {
  auto task = synthetic_task({.items = 5, .repeats = 3, .chance = [](int) { return 1.0; }});
  EXPECT_FALSE(runs_are_copies(task)) << "sampled, and right each time";
  task.settings["sampling.temperature"] = "0";
  EXPECT_TRUE(runs_are_copies(task));
  task.items[4].runs[2].verdict = harness::Verdict::kIncorrect;
  EXPECT_FALSE(runs_are_copies(task)) << "greedy, and yet not the same";
  task.items[4].runs[2].verdict = harness::Verdict::kInfraError;
  EXPECT_TRUE(runs_are_copies(task)) << "an error of ours is no outcome";
  task.settings.erase("sampling.temperature");
  EXPECT_FALSE(runs_are_copies(task)) << "the server's default is unknown";
}

// ---- ratio claims, by formulas written out

TEST(RatioClaimTest, IsThePairedTestOfTheContrast) {
  const auto ours = synthetic_task({.model = "ours", .items = 40, .repeats = 2, .draw_seed = 1});
  const auto theirs =
      synthetic_task({.model = "theirs", .items = 40, .repeats = 2, .draw_seed = 2});
  const auto means = [](const TaskOutcomes& task) {
    std::vector<double> list;
    for (const ItemOutcomes& item : task.items)
      list.push_back((item.runs[0].correct() + item.runs[1].correct()) / 2.0);
    return list;
  };
  const RatioClaim claim = ratio_claim(ours, theirs, 0.95);
  const auto expected = harness::non_inferior_ratio(means(ours), means(theirs), 0.95);
  EXPECT_NEAR(*claim.contrast, expected->contrast, 1e-12);
  EXPECT_NEAR(*claim.se, expected->se, 1e-12);
  EXPECT_NEAR(*claim.p_shown, *expected->p, 1e-12);
  EXPECT_NEAR(*claim.p_below, 1 - *expected->p, 1e-12);
  EXPECT_EQ(*claim.df, 39);
}

TEST(RatioClaimTest, ClustersAreTheUnitWhereTheTaskNamesThem) {
  auto ours = synthetic_task({.model = "ours", .items = 40, .repeats = 2, .draw_seed = 1});
  auto theirs = synthetic_task({.model = "theirs", .items = 40, .repeats = 2, .draw_seed = 2});
  const double alone = *ratio_claim(ours, theirs, 0.95).se;
  for (TaskOutcomes* side : {&ours, &theirs}) {
    side->cluster_key = "contest";
    for (size_t i = 0; i < side->items.size(); ++i)
      side->items[i].columns["contest"] = std::to_string(i / 8);
  }
  const RatioClaim clustered = ratio_claim(ours, theirs, 0.95);
  EXPECT_EQ(*clustered.df, 4);
  EXPECT_NE(*clustered.se, alone);
}

TEST(RatioClaimTest, TheAverageOverTasksHasTheAveragesError) {
  RatioClaim one;
  one.model_score = 0.8;
  one.reference_score = 0.8;
  one.contrast = 0.04;
  one.se = 0.03;
  one.p_shown = 0.1;
  const CombinedRatioClaim combined = combine_claims({one, one, one, one}, 0.95);
  // Mean contrast 0.04 with an error of 0.03/2: z = 2.667.
  EXPECT_NEAR(*combined.p_average, 0.0038304, 1e-6);
  EXPECT_NEAR(combined.average_ci->high - 1, 1.959964 * 0.015 / 0.8, 1e-6);
  EXPECT_DOUBLE_EQ(*combined.p_all, 0.1);
}

TEST(CompareReportTest, AChangedDatasetIsNotComparable) {
  const auto a = synthetic_side({{}}), b = synthetic_side({{.dataset_sha256 = "d1"}});
  const auto report = compare_sides(a, b, {});
  ASSERT_TRUE(report.ok()) << report.status().message();
  const Status status = comparability_status(*report);
  EXPECT_EQ(status.code(), StatusCode::kNotComparable);
  EXPECT_EQ(exit_code(status.code()), 4);
  EXPECT_THAT(status.message(), HasSubstr("dataset_sha256 was d0 and is d1"));
  EXPECT_THAT(compare_text(*report, Language::kKorean, 5), HasSubstr("비교 불가"));
}

TEST(CompareReportTest, ChangedSamplingIsHardForABuildAndShownForTwoModels) {
  const auto a = synthetic_side({{}});
  const auto same_model = compare_sides(a, synthetic_side({{.max_tokens = "1024"}}), {});
  ASSERT_TRUE(same_model.ok());
  EXPECT_FALSE(same_model->comparable());
  const auto other_model =
      compare_sides(a, synthetic_side({{.model = "exaone", .max_tokens = "1024"}}), {});
  ASSERT_TRUE(other_model.ok());
  EXPECT_TRUE(other_model->comparable());
  EXPECT_EQ(other_model->pairs[0].scope, Scope::kPopulation);
  EXPECT_THAT(compare_text(*other_model, Language::kEnglish, 5),
              HasSubstr("max_tokens: 32768 → 1024"));
}

TEST(CompareReportTest, RatioClaimNeedsEveryTask) {
  const auto strong = [](int) { return 0.9; };
  const auto weak = [](int i) { return i % 2 == 0 ? 0.9 : 0.3; };
  const std::vector<SyntheticTask> reference = {
      {.task = "t1", .model = "ref", .items = 300, .chance = strong},
      {.task = "t2", .model = "ref", .items = 300, .chance = strong}};
  std::vector<SyntheticTask> good = {
      {.task = "t1", .model = "m", .items = 300, .draw_seed = 9, .chance = strong},
      {.task = "t2", .model = "m", .items = 300, .draw_seed = 9, .chance = strong}};
  auto report = compare_sides(synthetic_side(reference), synthetic_side(good), {});
  ASSERT_TRUE(report.ok());
  EXPECT_LT(*report->pairs[0].ratio.p_all, 0.05);
  good[1].chance = weak;
  report = compare_sides(synthetic_side(reference), synthetic_side(good), {});
  ASSERT_TRUE(report.ok());
  EXPECT_GT(*report->pairs[0].ratio.p_all, 0.95);
  const Json json = compare_json(*report);
  EXPECT_EQ(json["pairs"][0]["ratio"]["tasks"][0]["verdict"], "shown");
  EXPECT_EQ(json["pairs"][0]["ratio"]["tasks"][1]["verdict"], "below");
  EXPECT_EQ(json["pairs"][0]["ratio"]["all"]["verdict"], "not_shown");
}

TEST(CompareReportTest, UnknownNamesAreErrorsThatListTheKnownOnes) {
  const auto a = synthetic_side({{}}), b = synthetic_side({{}});
  CompareRequest request;
  request.tasks = {"aime26"};
  EXPECT_THAT(compare_sides(a, b, request).status().message(), HasSubstr("it has aime25"));
  request = {};
  request.model_b = "lunar";
  EXPECT_THAT(compare_sides(a, b, request).status().message(), HasSubstr("it has solar"));
}

TEST(CompareReportTest, SeveralModelsWithoutACommonOneMustBeNamed) {
  const auto a = synthetic_side({{.model = "a"}, {.model = "b"}}),
             b = synthetic_side({{.model = "c"}});
  const auto report = compare_sides(a, b, {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), StatusCode::kNotComparable);
  CompareRequest request;
  request.model_a = "b";
  EXPECT_TRUE(compare_sides(a, b, request).ok());
}

TEST(WordingTest, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(points(0.8975), "89.8");
  EXPECT_EQ(signed_points(-0.0331), "-3.3");
  EXPECT_EQ(signed_points(-0.0001), "+0.0");
  EXPECT_EQ(p_text(0.00004), "<0.0001");
  EXPECT_EQ(p_text(0.0004), "0.0004");
  EXPECT_EQ(one_in(0.0004), 2500);
  EXPECT_EQ(one_in(0.003), 330);
  EXPECT_EQ(one_in(0.5), 2);
}

}  // namespace
}  // namespace jangwon::reports
