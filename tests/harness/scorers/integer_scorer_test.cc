#include "harness/scorers/integer_scorer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/harness/scorers/score_of.h"

namespace jangwon::harness {
namespace {

TEST(IntegerScorer, ComparesAsIntegersAlikeInBothModes) {
  struct Case {
    std::string options;
    std::string target;
    std::string reply;
    Verdict verdict;
    std::string answer;
  };
  const std::vector<Case> cases = {
      {"", "70", "\\boxed{070}", Verdict::kCorrect, "70"},
      {"{}", "016", "\\boxed{16}", Verdict::kCorrect, "16"},
      {"{}", "336^\\circ", "\\boxed{336}", Verdict::kCorrect, "336"},
      {"{}", "70", "\\boxed{170}", Verdict::kIncorrect, "170"},
      {"{}", "70", "\\boxed{70, 71}", Verdict::kIncorrect, "70, 71"},
      {"{}", "70", "\\boxed{x}", Verdict::kIncorrect, "x"},
      {"{}", "70", "it is 70", Verdict::kNoAnswer, ""},
      {R"({"rule":"exact"})", "70", "it is 70", Verdict::kNoAnswer, ""},
      {R"({"rule":"loose"})", "70", "it is 70", Verdict::kCorrect, "70"},
      {R"({"rule":"loose"})", "70", "\\boxed{71} not 70", Verdict::kIncorrect, "71"},
  };
  for (const Case& c : cases) {
    const std::vector<Score> scores = score_of("integer", c.options, {c.target}, c.reply);
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_EQ(scores[0].mode, ScoreMode::kOfficial);
    EXPECT_EQ(scores[1].mode, ScoreMode::kNative);
    for (const Score& score : scores) {
      EXPECT_EQ(score.verdict, c.verdict) << c.reply;
      EXPECT_EQ(score.answer.value_or(""), c.answer) << c.reply;
      EXPECT_EQ(score.value.has_value(), counts(c.verdict));
    }
  }
}

TEST(IntegerScorer, TakesNothingFromThinkingThatNeverEnded) {
  const Score score = score_of("integer", "{}", {"70"}, "\\boxed{70}", false)[0];
  EXPECT_EQ(score.verdict, Verdict::kNoAnswer);
  EXPECT_FALSE(score.explanation.empty());
}

TEST(IntegerScorer, CallsATargetThatIsNoIntegerItsOwnError) {
  for (const char* target : {"", "x", "1, 2", "70.5"}) {
    const Score score = score_of("integer", "{}", {target}, "\\boxed{70}")[0];
    EXPECT_EQ(score.verdict, Verdict::kInfraError) << target;
    EXPECT_FALSE(score.value.has_value());
  }
  EXPECT_EQ(score_of("integer", "{}", {"70", "x"}, "\\boxed{70}")[0].verdict, Verdict::kInfraError)
      << "one of two";
  EXPECT_EQ(score_of("integer", "{}", {"70", "71"}, "\\boxed{70}")[0].verdict, Verdict::kCorrect);
}

}  // namespace
}  // namespace jangwon::harness
