#include "harness/run_loop/aggregate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

namespace jangwon::harness {
namespace {

RunPlan plan_of(int num_samples, int repeats) {
  PlannedTask task;
  task.task = "t";
  task.task_version = "1";
  task.num_samples = num_samples;
  task.repeats = repeats;
  task.strata_keys = {"level"};
  return {{{"m", true}}, {task}};
}

SampleOutcome outcome(const std::string& id, int repeat, Verdict official, Verdict native,
                      const std::string& level = "easy") {
  SampleOutcome result;
  result.key = {"m", "t", id, repeat};
  result.verdict = official;
  const auto value = [](Verdict v) {
    return counts(v) ? std::optional<double>(v == Verdict::kCorrect) : std::nullopt;
  };
  result.scores = {{ScoreMode::kOfficial, official, value(official)},
                   {ScoreMode::kNative, native, value(native)}};
  result.columns["level"] = level;
  return result;
}

TEST(Aggregate, CountsEveryVerdictAndAveragesRunsWithinAQuestionFirst) {
  // Question a: 2 of 2 right; b: 1 of 2; c: no answer twice.
  const std::vector<SampleOutcome> outcomes = {
      outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
      outcome("a", 1, Verdict::kCorrect, Verdict::kCorrect),
      outcome("b", 0, Verdict::kCorrect, Verdict::kCorrect),
      outcome("b", 1, Verdict::kIncorrect, Verdict::kCorrect),
      outcome("c", 0, Verdict::kNoAnswer, Verdict::kCorrect),
      outcome("c", 1, Verdict::kNoAnswer, Verdict::kNoAnswer)};
  const RunResult result = aggregate(plan_of(3, 2), outcomes);
  ASSERT_EQ(result.results.size(), 2u);
  const MetricResult& official = result.results[0];
  EXPECT_TRUE(official.headline);
  EXPECT_TRUE(official.stand_in);
  EXPECT_DOUBLE_EQ(*official.value, 0.5);
  EXPECT_EQ(official.n, 3);
  EXPECT_EQ(official.counts.at("correct"), 3);
  EXPECT_EQ(official.counts.at("no_answer"), 2);
  EXPECT_EQ(official.differs_from_headline, 0);
  EXPECT_LT(*official.ci_low, 0.5);
  EXPECT_GT(*official.ci_high, 0.5);
  EXPECT_EQ(official.ci_method, "wilson_eff");
  const MetricResult& native = result.results[1];
  EXPECT_FALSE(native.headline);
  EXPECT_DOUBLE_EQ(*native.value, 2.5 / 3);
  EXPECT_EQ(native.differs_from_headline, 2);
  EXPECT_TRUE(result.complete);
}

TEST(Aggregate, FiguresThatATaskAsksForStandBesideTheScore) {
  RunPlan plan = plan_of(2, 2);
  for (const char* name : {"pass@2", "majority@2", "spread", "pass@4"})
    plan.tasks[0].metrics.push_back(*parse_further_metric(name));
  std::vector<SampleOutcome> outcomes = {outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
                                         outcome("a", 1, Verdict::kIncorrect, Verdict::kIncorrect),
                                         outcome("b", 0, Verdict::kNoAnswer, Verdict::kCorrect),
                                         outcome("b", 1, Verdict::kNoAnswer, Verdict::kCorrect)};
  outcomes[0].scores[0].answer = "7";
  outcomes[1].scores[0].answer = "3";
  const RunResult result = aggregate(plan, outcomes);
  const std::vector<FurtherFigure>& official = result.results[0].further;
  ASSERT_EQ(official.size(), 3u) << "four runs of a question there are not";
  EXPECT_EQ(official[0].name, "pass@2");
  EXPECT_DOUBLE_EQ(*official[0].value, 0.5);
  EXPECT_LT(*official[0].ci_low, 0.5);
  EXPECT_DOUBLE_EQ(*official[1].value, 0.25)
      << "a tie of two answers, and no answer is never right";
  EXPECT_DOUBLE_EQ(*official[2].value, std::sqrt(0.125));
  EXPECT_DOUBLE_EQ(*result.results[1].further[0].value, 1.0)
      << "in the other mode b is always right";
}

TEST(Aggregate, LanguagesOfRepliesAreCountedWhereTheyWereTold) {
  std::vector<SampleOutcome> outcomes = {
      outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
      outcome("b", 0, Verdict::kCorrect, Verdict::kCorrect),
      outcome("c", 0, Verdict::kInfraError, Verdict::kInfraError)};
  EXPECT_FALSE(aggregate(plan_of(3, 1), outcomes).results[0].counts.contains("answer_in_korean"));
  outcomes[0].reply_languages = {ReplyLanguage::kKorean, ReplyLanguage::kOther};
  outcomes[1].reply_languages = {ReplyLanguage::kUndecided, std::nullopt};
  const std::map<std::string, int> counts = aggregate(plan_of(3, 1), outcomes).results[0].counts;
  EXPECT_EQ(counts.at("answer_in_korean"), 1);
  EXPECT_EQ(counts.at("answer_not_in_korean"), 0);
  EXPECT_EQ(counts.at("thinking_in_korean"), 0);
  EXPECT_EQ(counts.at("thinking_not_in_korean"), 1);
}

TEST(Aggregate, ErrorsOfOursAreNeverCountedAsWrongAndMakeTheRunIncomplete) {
  const std::vector<SampleOutcome> outcomes = {
      outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
      outcome("b", 0, Verdict::kSandboxError, Verdict::kSandboxError),
      outcome("c", 0, Verdict::kInfraError, Verdict::kInfraError)};
  const RunResult result = aggregate(plan_of(3, 1), outcomes);
  EXPECT_DOUBLE_EQ(*result.results[0].value, 1.0);
  EXPECT_EQ(result.results[0].n, 1);
  EXPECT_EQ(result.results[0].planned, 3);
  EXPECT_FALSE(result.complete);
}

TEST(Aggregate, EachKindOfErrorOfOursMakesTheRunIncomplete) {
  for (const Verdict error : {Verdict::kSandboxError, Verdict::kInfraError}) {
    EXPECT_FALSE(aggregate(plan_of(2, 1), {outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
                                           outcome("b", 0, error, error)})
                     .complete);
  }
}

TEST(Aggregate, EveryRunOfEveryQuestionIsPlanned) {
  // Two questions of three runs; two runs of each are there.
  std::vector<SampleOutcome> outcomes;
  for (const char* id : {"a", "b"}) {
    for (int repeat = 0; repeat < 2; ++repeat)
      outcomes.push_back(outcome(id, repeat, Verdict::kCorrect, Verdict::kCorrect));
  }
  const RunResult result = aggregate(plan_of(2, 3), outcomes);
  EXPECT_EQ(result.results[0].planned, 6);
  EXPECT_FALSE(result.complete);
}

TEST(Aggregate, CutRepliesAreCounted) {
  std::vector<SampleOutcome> outcomes = {outcome("a", 0, Verdict::kIncorrect, Verdict::kIncorrect),
                                         outcome("b", 0, Verdict::kNoAnswer, Verdict::kNoAnswer),
                                         outcome("c", 0, Verdict::kCorrect, Verdict::kCorrect)};
  outcomes[0].truncated = outcomes[1].truncated = outcomes[1].unterminated_reasoning = true;
  for (const MetricResult& row : aggregate(plan_of(3, 1), outcomes).results) {
    EXPECT_EQ(row.counts.at("truncated"), 2);
    EXPECT_EQ(row.counts.at("unterminated_reasoning"), 1);
  }
}

TEST(Aggregate, StrataAreScoredByTheirOwnQuestions) {
  const RunResult result =
      aggregate(plan_of(3, 1), {outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect, "easy"),
                                outcome("b", 0, Verdict::kCorrect, Verdict::kIncorrect, "easy"),
                                outcome("c", 0, Verdict::kIncorrect, Verdict::kCorrect, "hard")});
  EXPECT_DOUBLE_EQ(*result.results[0].strata.at("level").at("easy"), 1.0);
  EXPECT_DOUBLE_EQ(*result.results[0].strata.at("level").at("hard"), 0.0);
  EXPECT_DOUBLE_EQ(*result.results[1].strata.at("level").at("easy"), 0.5);
  EXPECT_DOUBLE_EQ(*result.results[1].strata.at("level").at("hard"), 1.0);
}

TEST(Aggregate, QuestionsOfOneClusterAreNotIndependent) {
  RunPlan plan = plan_of(8, 1);
  std::vector<SampleOutcome> outcomes;
  for (int i = 0; i < 8; ++i) {
    const Verdict verdict = i < 4 ? Verdict::kCorrect : Verdict::kIncorrect;
    outcomes.push_back(outcome(std::to_string(i), 0, verdict, verdict));
    outcomes.back().columns["contest"] = std::to_string(i / 2);
  }
  const double alone = *aggregate(plan, outcomes).results[0].se_total;
  plan.tasks[0].cluster_key = "contest";
  const MetricResult clustered = aggregate(plan, outcomes).results[0];
  EXPECT_EQ(clustered.ci_method, "wilson_eff_clustered");
  EXPECT_GT(*clustered.se_total, 1.2 * alone);
}

TEST(Aggregate, NothingCountedIsUndefinedNotZero) {
  const RunResult result = aggregate(plan_of(2, 1), {});
  EXPECT_FALSE(result.results[0].value.has_value());
  EXPECT_FALSE(result.results[0].ci_low.has_value());
  EXPECT_FALSE(result.complete);
}

TEST(Aggregate, MissingSamplesMakeTheRunIncomplete) {
  EXPECT_FALSE(
      aggregate(plan_of(2, 1), {outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect)}).complete);
}

TEST(Aggregate, OrderOfTheJournalDoesNotMatter) {
  std::vector<SampleOutcome> outcomes;
  for (int i = 0; i < 200; ++i) {
    const Verdict verdict = i % 3 == 0 ? Verdict::kCorrect : Verdict::kIncorrect;
    outcomes.push_back(
        outcome(std::to_string(i), 0, verdict, verdict, i % 7 == 0 ? "hard" : "easy"));
  }
  RunResult in_order = aggregate(plan_of(200, 1), outcomes);
  std::shuffle(outcomes.begin(), outcomes.end(), std::mt19937(1));
  EXPECT_EQ(to_results_json(in_order), to_results_json(aggregate(plan_of(200, 1), outcomes)));
  EXPECT_TRUE(in_order.results[0].strata.at("level").contains("hard"));
}

TEST(Aggregate, ReadsTheColumnsThatATaskNamesAndAnswersWhereItVotes) {
  RunPlan plan = plan_of(1, 1);
  plan.tasks[0].cluster_key = "contest";
  EXPECT_EQ(fields_for(plan).columns, (std::set<std::string>{"contest", "level"}));
  EXPECT_FALSE(fields_for(plan).answers);
  plan.tasks[0].metrics = {
      {.name = "majority@2", .kind = FurtherMetric::Kind::kMajorityAtK, .k = 2}};
  EXPECT_TRUE(fields_for(plan).answers);
}

TEST(Aggregate, AVariantStandsBesideItsModeAndNeverInIt) {
  std::vector<SampleOutcome> outcomes = {outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
                                         outcome("b", 0, Verdict::kIncorrect, Verdict::kIncorrect),
                                         outcome("c", 0, Verdict::kIncorrect, Verdict::kIncorrect)};
  EXPECT_TRUE(aggregate(plan_of(3, 1), outcomes).results[1].variants.empty()) << "no score has it";
  outcomes[1].scores[1].variants["float_tolerance"] = true;
  outcomes[2].scores[1].variants["float_tolerance"] = false;
  const RunResult result = aggregate(plan_of(3, 1), outcomes);
  EXPECT_TRUE(result.results[0].variants.empty());
  EXPECT_DOUBLE_EQ(*result.results[1].value, 1.0 / 3);
  EXPECT_DOUBLE_EQ(*result.results[1].variants.at("float_tolerance"), 2.0 / 3)
      << "a, which passed without it, stays right";
}

// IFEval's instruction level: a reply with three instructions weighs three times one with one.
TEST(Aggregate, SharesAreSummedOverReplies) {
  std::vector<SampleOutcome> outcomes = {
      outcome("a", 0, Verdict::kCorrect, Verdict::kCorrect),
      outcome("b", 0, Verdict::kIncorrect, Verdict::kIncorrect),
      outcome("c", 0, Verdict::kInfraError, Verdict::kInfraError)};
  outcomes[0].scores[0].shares["instruction_strict"] = {1, 1};
  outcomes[1].scores[0].shares["instruction_strict"] = {2, 3};
  outcomes[2].scores[0].shares["instruction_strict"] = {0, 9};
  const RunResult result = aggregate(plan_of(3, 1), outcomes);
  EXPECT_DOUBLE_EQ(*result.results[0].variants.at("instruction_strict"), 3.0 / 4)
      << "an error of ours counts nowhere";
  EXPECT_TRUE(result.results[1].variants.empty());
}

TEST(Aggregate, LicencesArePassedByTheFrozenRule) {
  RunPlan plan = plan_of(4, 2);
  const Result<LicenceRules> rules = parse_licence_rules(
      "version: 1\ndefault: {subject_minimum: 40, mean_threshold: 60}\nlicences: [세무사, 의사, "
      "약사]\n",
      "test");
  ASSERT_TRUE(rules.ok()) << rules.status().message();
  plan.tasks[0].licence_rules = *rules;
  std::vector<SampleOutcome> outcomes;
  const auto add = [&](const std::string& id, const std::string& licence,
                       const std::string& subject, Verdict first, Verdict second) {
    outcomes.push_back(outcome(id, 0, first, first));
    outcomes.push_back(outcome(id, 1, second, second));
    for (size_t i = outcomes.size() - 2; i < outcomes.size(); ++i) {
      outcomes[i].columns["license_name"] = licence;
      outcomes[i].columns["subject"] = subject;
    }
  };
  add("1", "세무사", "재정학", Verdict::kCorrect, Verdict::kCorrect);
  // 50: above the minimum, the mean is 75
  add("2", "세무사", "회계학", Verdict::kCorrect, Verdict::kIncorrect);
  add("3", "의사", "의학", Verdict::kCorrect, Verdict::kIncorrect);  // the mean is 50
  add("4", "의사", "의학", Verdict::kNoAnswer, Verdict::kCorrect);
  const RunResult result = aggregate(plan, outcomes);
  ASSERT_TRUE(result.results[0].licences);
  const std::string licences = to_json(*result.results[0].licences).dump();
  EXPECT_TRUE(
      licences.starts_with(R"({"passed":1,"of":3,"sat":2,"licences":[{"licence":"세무사","n":2,)"))
      << licences;
  EXPECT_NE(licences.find(R"("mean_of_subjects":50.0,"passed":false)"), std::string::npos)
      << licences;
}

}  // namespace
}  // namespace jangwon::harness
