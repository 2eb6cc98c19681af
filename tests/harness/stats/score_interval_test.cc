#include "harness/stats/score_interval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/stats/repeated_runs.h"

namespace jangwon::harness {
namespace {

std::vector<QuestionScores> questions_of(const ScoreMatrix& matrix) {
  std::vector<QuestionScores> questions;
  for (const auto& row : matrix)
    questions.push_back({.runs = row});
  return questions;
}

// 30 questions of 4 runs, the AIME-sized case of the golden file.
ScoreMatrix aime_matrix() {
  ScoreMatrix matrix(22, {1, 1, 1, 1});
  for (std::vector<double> row : ScoreMatrix{{1, 1, 0, 1},
                                             {1, 1, 1, 0},
                                             {0, 1, 1, 1},
                                             {1, 0, 1, 1},
                                             {0, 1, 0, 1},
                                             {1, 0, 0, 0},
                                             {0, 0, 0, 0},
                                             {0, 0, 0, 0}})
    matrix.push_back(row);
  return matrix;
}

TEST(ScoreIntervalTest, AgreesWithTheAnovaWhenRunsAreEqual) {
  const auto matrix = aime_matrix();
  const auto estimate = estimate_score(questions_of(matrix));
  const auto anova = decompose_variance(matrix);
  ASSERT_TRUE(anova.has_value());
  EXPECT_NEAR(*estimate.value, anova->mean, 1e-15);
  EXPECT_NEAR(*estimate.se_total, *anova->se_total, 1e-15);
  EXPECT_NEAR(*estimate.se_run, *anova->se_run, 1e-15);
  EXPECT_NEAR(*estimate.se_total, 0.0532, 5e-5);
  EXPECT_NEAR(*estimate.se_run, 0.0210, 5e-5);
  EXPECT_EQ(estimate.n, 30);
  EXPECT_EQ(estimate.repeats, 4);
  EXPECT_EQ(estimate.ci_method, "wilson_eff");
}

TEST(ScoreIntervalTest, NothingAskedMeansNoValue) {
  const auto estimate = estimate_score(std::vector<QuestionScores>{});
  EXPECT_FALSE(estimate.value || estimate.ci_low || estimate.ci_high || estimate.se_run ||
               estimate.se_total);
  EXPECT_EQ(estimate.n, 0);
  const auto all_failed = estimate_score(std::vector<QuestionScores>{{.runs = {}}, {.runs = {}}});
  EXPECT_FALSE(all_failed.value.has_value());
}

TEST(ScoreIntervalTest, QuestionsWithoutARunAreLeftOutNotCountedWrong) {
  std::vector<QuestionScores> questions = questions_of({{1}, {1}, {0}});
  questions.push_back({.runs = {}});
  const auto estimate = estimate_score(questions);
  EXPECT_EQ(estimate.n, 3);
  EXPECT_DOUBLE_EQ(*estimate.value, 2.0 / 3.0);
}

TEST(ScoreIntervalTest, PerfectScoreKeepsAWidthFromQuestionsNotRuns) {
  const auto once = estimate_score(questions_of(ScoreMatrix(30, {1})));
  const auto often = estimate_score(questions_of(ScoreMatrix(30, std::vector<double>(64, 1.0))));
  EXPECT_DOUBLE_EQ(*often.ci_high, 1.0);
  EXPECT_NEAR(*often.ci_low, 0.8865, 5e-5);
  EXPECT_DOUBLE_EQ(*once.ci_low, *often.ci_low);
}

TEST(ScoreIntervalTest, ASingleQuestionHasNoStandardErrorButAWideInterval) {
  const auto estimate = estimate_score(questions_of({{1, 0, 1, 1}}));
  EXPECT_FALSE(estimate.se_total.has_value());
  EXPECT_TRUE(estimate.se_run.has_value());
  EXPECT_LT(*estimate.ci_low, 0.2);
  EXPECT_GT(*estimate.ci_high, 0.9);
}

TEST(ScoreIntervalTest, OneRunHasNoRunError) {
  const auto estimate = estimate_score(questions_of({{1}, {0}, {1}}));
  EXPECT_FALSE(estimate.se_run.has_value());
  EXPECT_TRUE(estimate.se_total.has_value());
}

TEST(ScoreIntervalTest, UnequalRunsPoolTheDecodingVariance) {
  const auto estimate = estimate_score(questions_of({{1, 0}, {1}, {1, 1, 0}}));
  // MSW = (0.5 + 2/3) / 3, SE_run = sqrt(MSW * (1/2 + 1 + 1/3)) / 3.
  const double within = (0.5 + 2.0 / 3.0) / 3.0;
  EXPECT_NEAR(*estimate.se_run, std::sqrt(within * (0.5 + 1 + 1.0 / 3.0)) / 3, 1e-15);
  EXPECT_EQ(estimate.repeats, 3);
}

TEST(ScoreIntervalTest, OrderOfQuestionsDoesNotMatter) {
  auto matrix = aime_matrix();
  const auto forward = estimate_score(questions_of(matrix));
  std::reverse(matrix.begin(), matrix.end());
  const auto backward = estimate_score(questions_of(matrix));
  EXPECT_NEAR(*forward.ci_low, *backward.ci_low, 1e-15);
  EXPECT_NEAR(*forward.se_total, *backward.se_total, 1e-15);
}

TEST(ScoreIntervalTest, ClustersOfOneAreIndependentQuestions) {
  const auto matrix = aime_matrix();
  auto questions = questions_of(matrix);
  const auto plain = estimate_score(questions);
  for (size_t i = 0; i < questions.size(); ++i)
    questions[i].cluster = "contest-" + std::to_string(i);
  const auto clustered = estimate_score(questions, {.rule = VarianceRule::kClustered});
  EXPECT_NEAR(*clustered.se_total, *plain.se_total, 1e-12);
  EXPECT_EQ(*clustered.num_clusters, 30);
  EXPECT_EQ(clustered.ci_method, "wilson_eff_clustered");
}

TEST(ScoreIntervalTest, ClusteredAlikeQuestionsWidenTheInterval) {
  std::vector<QuestionScores> questions;
  for (int i = 0; i < 40; ++i)
    questions.push_back({.runs = {i / 4 % 2 == 0 ? 1.0 : 0.0}, .cluster = std::to_string(i / 4)});
  const auto plain = estimate_score(questions);
  const auto clustered = estimate_score(questions, {.rule = VarianceRule::kClustered});
  EXPECT_GT(*clustered.se_total, 1.5 * *plain.se_total);
  EXPECT_LT(*clustered.ci_low, *plain.ci_low);
}

TEST(ScoreIntervalTest, StrataRemoveTheVarianceBetweenThem) {
  std::vector<QuestionScores> questions;
  for (int i = 0; i < 40; ++i)  // one easy subject, one hard
    questions.push_back({.runs = {i < 20 ? (i % 10 != 0 ? 1.0 : 0.0) : (i % 10 == 0 ? 1.0 : 0.0)},
                         .stratum = i < 20 ? "easy" : "hard"});
  const auto plain = estimate_score(questions);
  const auto stratified = estimate_score(questions, {.rule = VarianceRule::kStratified});
  EXPECT_DOUBLE_EQ(*plain.value, *stratified.value);
  EXPECT_LT(*stratified.se_total, *plain.se_total);
  EXPECT_EQ(*stratified.num_strata, 2);
  EXPECT_DOUBLE_EQ(*stratified.df, 38);
}

TEST(ScoreIntervalTest, StrataWeighByTheirSize) {
  // Var = sum of (n_h/n)^2 s_h^2/n_h: of ten questions one in two is right, of thirty one in three.
  std::vector<QuestionScores> questions;
  for (int i = 0; i < 40; ++i) {
    const bool right = i < 10 ? i % 2 == 0 : i % 3 == 0;
    questions.push_back({.runs = {right ? 1.0 : 0.0}, .stratum = i < 10 ? "a" : "b"});
  }
  const double within_a = 0.25 * 10 / 9, within_b = (1.0 / 3) * (2.0 / 3) * 30 / 29;
  const double expected = 0.25 * 0.25 * within_a / 10 + 0.75 * 0.75 * within_b / 30;
  EXPECT_NEAR(*estimate_score(questions, {.rule = VarianceRule::kStratified}).se_total,
              std::sqrt(expected), 1e-12);
}

TEST(ScoreIntervalTest, StrataOfOneQuestionArePooled) {
  std::vector<QuestionScores> questions = {{.runs = {1}, .stratum = "a"},
                                           {.runs = {0}, .stratum = "b"},
                                           {.runs = {1}, .stratum = "c"},
                                           {.runs = {1}, .stratum = "d"}};
  const auto plain = estimate_score(questions);
  const auto stratified = estimate_score(questions, {.rule = VarianceRule::kStratified});
  EXPECT_NEAR(*plain.se_total, *stratified.se_total, 1e-15);
}

}  // namespace
}  // namespace jangwon::harness
