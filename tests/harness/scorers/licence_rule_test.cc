#include "harness/scorers/licence_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jangwon::harness {
namespace {

LicenceRules real_rules() {
  auto rules = read_licence_rules(JANGWON_SOURCE_DIR "/tasks/kmmlu_pro/licences.yaml");
  EXPECT_TRUE(rules.ok()) << rules.status().message();
  return std::move(rules).value();
}

struct Subject {
  std::string name;
  int right;
  int total;
};

std::vector<LicenceQuestion> questions_of(const std::string& licence,
                                          const std::vector<Subject>& subjects) {
  std::vector<LicenceQuestion> questions;
  for (const Subject& subject : subjects) {
    for (int i = 0; i < subject.total; ++i)
      questions.push_back({licence, subject.name, i < subject.right ? 1.0 : 0.0});
  }
  return questions;
}

TEST(LicenceRule, NeedsEverySubjectAndTheMean) {
  struct Case {
    std::string licence;
    std::vector<Subject> subjects;
    bool passed;
  };
  const std::vector<Case> cases = {
      {"세무사", {{"가", 8, 10}, {"나", 4, 10}}, true},     // 80 and 40: mean exactly 60
      {"세무사", {{"가", 8, 10}, {"나", 39, 100}}, false},  // one subject below 40
      {"세무사", {{"가", 7, 10}, {"나", 4, 10}}, false},    // mean 55
      {"세무사", {{"가", 1, 3}, {"나", 3, 3}}, false},
      // sums of fifths that are exactly 60
      {"세무사", {{"가", 2, 5}, {"나", 3, 5}, {"다", 4, 5}}, true},
      {"의사", {{"가", 90, 100}, {"나", 3, 10}}, false},
      {"법무사", {{"가", 4, 10}, {"나", 4, 10}}, true},  // only the minimum
      {"법무사", {{"가", 10, 10}, {"나", 3, 10}}, false},
      {"변호사", {{"가", 5422, 10000}}, true},  // 54.22
      {"변호사", {{"가", 5421, 10000}}, false},
      {"변호사", {{"가", 9, 10}, {"나", 3, 10}}, false},
      {"다른 면허", {{"가", 6, 10}}, true},  // the default rule
  };
  const LicenceRules rules = real_rules();
  for (const Case& c : cases) {
    const std::vector<LicenceResult> results =
        judge_licences(rules, questions_of(c.licence, c.subjects));
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results[0].passed, c.passed) << c.licence << " " << results[0].mean_of_subjects;
  }
}

TEST(LicenceRule, ALimitThatIsMetIsNotMissedByRounding) {
  // Means of repeats: ten of them add up to a little less than four, and than six.
  const auto ten_of = [](const std::string& licence, double value) {
    return std::vector<LicenceQuestion>(10, LicenceQuestion{licence, "가", value});
  };
  const LicenceRules rules = real_rules();
  for (const auto& [licence, value] : {std::pair("법무사", 0.4), std::pair("다른 면허", 0.6)}) {
    double sum = 0;
    for (int i = 0; i < 10; ++i)
      sum += value;
    ASSERT_LT(sum, 10 * value);
    EXPECT_TRUE(judge_licences(rules, ten_of(licence, value)).front().passed) << licence;
    EXPECT_FALSE(judge_licences(rules, ten_of(licence, value - 1e-6)).front().passed) << licence;
  }
}

TEST(LicenceRule, GivesBothMeansAndKeepsTheOrderOfTheRules) {
  std::vector<LicenceQuestion> questions = questions_of("의사", {{"가", 1, 2}});
  const std::vector<LicenceQuestion> more =
      questions_of("법무사", {{"가", 3, 10}, {"나", 9, 30}, {"다", 10, 10}});
  questions.insert(questions.end(), more.begin(), more.end());
  const std::vector<LicenceResult> results = judge_licences(real_rules(), questions);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].licence, "법무사");
  EXPECT_EQ(results[0].n, 50);
  EXPECT_DOUBLE_EQ(results[0].percent_of_questions, 44.0);
  EXPECT_NEAR(results[0].mean_of_subjects, 160.0 / 3, 1e-9);
  ASSERT_EQ(results[0].subjects.size(), 3u);
  EXPECT_FALSE(results[0].subjects[0].passed);
  EXPECT_TRUE(results[0].subjects[2].passed);
  EXPECT_EQ(results[1].licence, "의사");
  EXPECT_TRUE(judge_licences(real_rules(), {}).empty());
}

TEST(LicenceRule, RulesNameFourteenLicences) {
  EXPECT_EQ(real_rules().licences.size(), 14u);
  EXPECT_EQ(real_rules().exceptions.size(), 2u);
}

TEST(LicenceRule, RefusesRulesThatAreWrong) {
  const std::string head = "version: 1\nlicences: [가]\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {head + "default: {subject_minimum: 40, mean_treshold: 60}\n", "mean_threshold"},
      {head + "default: {subject_minimum: 140, mean_threshold: 60}\n",
       "subject_minimum is \"140\"; it must be a number from 0 to 100"},
      {head + "default: {subject_minimum: 40, mean_threshold: 60}\nexceptions:\n  - {licence: 나, "
              "subject_minimum: 1, "
              "mean_threshold: null}\n",
       "licence"},
      {"version: 2\nlicences: []\ndefault: {subject_minimum: 40, mean_threshold: 60}\n", "version"},
  };
  for (const auto& [yaml, hint] : cases) {
    const auto rules = parse_licence_rules(yaml, "rules.yaml");
    ASSERT_FALSE(rules.ok()) << yaml;
    EXPECT_NE(rules.status().message().find(hint), std::string::npos) << rules.status().message();
    EXPECT_NE(rules.status().message().find("rules.yaml"), std::string::npos)
        << rules.status().message();
  }
}

}  // namespace
}  // namespace jangwon::harness
