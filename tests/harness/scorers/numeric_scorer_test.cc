#include "harness/scorers/numeric_scorer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/harness/scorers/make_scorer.h"
#include "tests/harness/scorers/score_of.h"

namespace jangwon::harness {
namespace {

TEST(NumericScorer, ComparesExactlyAlikeInBothModes) {
  const struct {
    const char* options;
    const char* target;
    const char* reply;
    Verdict verdict;
    const char* answer;
  } cases[] = {
      {"", "42", "\\boxed{42}", Verdict::kCorrect, "42"},
      {"{}", "42", "\\boxed{42.0}", Verdict::kCorrect, "42.0"},
      {"{}", "42.0", "\\boxed{42}", Verdict::kCorrect, "42"},
      {"{}", "1.75", "\\boxed{\\frac{7}{4}}", Verdict::kCorrect, "\\frac{7}{4}"},
      {"{}", "\\frac{5}{6}", "\\boxed{5/6}", Verdict::kCorrect, "5/6"},
      {"{}", "\\frac{5}{6}", "\\boxed{10/12}", Verdict::kCorrect, "10/12"},
      {"{}", "\\frac{5}{6}", "\\boxed{0.8333}", Verdict::kIncorrect, "0.8333"},
      {"{}", "-3", "\\boxed{-3}", Verdict::kCorrect, "-3"},
      {"{}", "-3", "\\boxed{3}", Verdict::kIncorrect, "3"},
      {"{}", "4000", "\\boxed{4,000원}", Verdict::kCorrect, "4,000원"},
      {"{}", "0.5", "\\boxed{50\\%}", Verdict::kIncorrect, "50\\%"},
      {"{}", "7", "\\boxed{7, 8}", Verdict::kIncorrect, "7, 8"},
      {"{}", "7", "답은 7입니다", Verdict::kNoAnswer, ""},
      {R"({"rule":"loose"})", "7", "답은 7입니다", Verdict::kCorrect, "7"},
      {R"({"rule":"loose"})", "7.5", "답은 7.5 입니다", Verdict::kCorrect, "7.5"},
      // A gold that is no number is compared as text.
      {"{}", "2\\sqrt{3}", "\\boxed{2 \\sqrt{3}}", Verdict::kCorrect, "2 \\sqrt{3}"},
      {"{}", "\\frac{\\pi}{2}", "\\boxed{\\dfrac{\\pi}{2}}", Verdict::kCorrect, "\\dfrac{\\pi}{2}"},
      {"{}", "2\\sqrt{3}", "\\boxed{3.46}", Verdict::kIncorrect, "3.46"},
  };
  for (const auto& c : cases) {
    const std::vector<Score> scores = score_of("numeric", c.options, {c.target}, c.reply);
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_EQ(scores[0].mode, ScoreMode::kOfficial);
    EXPECT_EQ(scores[1].mode, ScoreMode::kNative);
    for (const Score& score : scores) {
      EXPECT_EQ(score.verdict, c.verdict) << c.target << " " << c.reply;
      EXPECT_EQ(score.answer.value_or(""), c.answer) << c.reply;
      EXPECT_EQ(score.value.has_value(), counts(c.verdict));
    }
  }
}

TEST(NumericScorer, RoundsACalculatedReplyWhereAsked) {
  const std::string rounded = R"({"tolerance":"rounded"})";
  EXPECT_EQ(score_of("numeric", "{}", {"0.33"}, "\\boxed{1/3}")[0].verdict, Verdict::kIncorrect);
  EXPECT_EQ(score_of("numeric", rounded, {"0.33"}, "\\boxed{1/3}")[0].verdict, Verdict::kCorrect);
  EXPECT_EQ(score_of("numeric", rounded, {"0.33"}, "\\boxed{0.333}")[0].verdict,
            Verdict::kIncorrect)
      << "a decimal is what it is";
  EXPECT_EQ(score_of("numeric", rounded, {"3"}, "\\boxed{\\frac{31}{10}}")[0].verdict,
            Verdict::kIncorrect)
      << "an integer is no rounded decimal";
}

TEST(NumericScorer, TakesNothingFromThinkingThatNeverEnded) {
  EXPECT_EQ(score_of("numeric", "{}", {"7"}, "\\boxed{7}", false)[0].verdict, Verdict::kNoAnswer);
}

TEST(NumericScorer, SaysWhatItCannotUse) {
  EXPECT_EQ(score_of("numeric", "{}", {}, "\\boxed{7}")[1].verdict, Verdict::kInfraError);
  EXPECT_FALSE(make_scorer("numeric", R"({"rul":"exact"})", {}).ok());
  EXPECT_FALSE(make_scorer("numeric", R"({"tolerance":"1e-6"})", {}).ok());
  EXPECT_EQ(score_of("numeric", R"({"extractor":"nemo-skills"})", {"7"}, "\\boxed{7}")[0].verdict,
            Verdict::kCorrect);
}

}  // namespace
}  // namespace jangwon::harness
