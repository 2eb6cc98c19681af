#include "harness/stats/answered_questions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace jangwon::harness {
namespace {

// "7" is right; what is left of a word is its runs: "7 7 3 -" with "-" for no answer.
AnsweredQuestion question(const std::vector<std::string>& answers) {
  AnsweredQuestion runs;
  for (size_t i = 0; i < answers.size(); ++i)
    runs.push_back({static_cast<int>(i), answers[i] == "7" || answers[i] == "7.0",
                    answers[i] == "-" ? "" : answers[i]});
  return runs;
}

TEST(AnsweredQuestions, FiguresByHand) {
  struct Case {
    const char* what;
    std::vector<AnsweredQuestion> questions;
    int k;
    std::optional<double> pass;
    std::optional<double> majority;
  };
  const Case cases[] = {
      {"all right", {question({"7", "7", "7", "7"})}, 2, 1.0, 1.0},
      // with one wrong: a tie
      {"one of four, any two", {question({"7", "3", "4", "5"})}, 2, 0.5, 0.25},
      {"most of all four", {question({"7", "7", "3", "5"})}, 4, 1.0, 1.0},
      {"outvoted", {question({"7", "3", "3", "3"})}, 4, 1.0, 0.0},
      {"outvoted by replies without an answer", {question({"7", "-", "-", "-"})}, 4, 1.0, 0.0},
      {"two spellings of the right answer", {question({"7", "7.0", "3", "5"})}, 4, 1.0, 1.0},
      {"never right", {question({"3", "3"})}, 2, 0.0, 0.0},
      {"a question with too few runs is left out",
       {question({"7", "7"}), question({"3"})},
       2,
       1.0,
       1.0},
      {"the mean over questions", {question({"7", "7"}), question({"3", "4"})}, 2, 0.5, 0.5},
      {"more than the runs", {question({"7", "7"})}, 3, std::nullopt, std::nullopt},
      {"no question", {}, 1, std::nullopt, std::nullopt},
  };
  for (const Case& c : cases) {
    const auto pass = pass_at_k_of(c.questions, c.k).value;
    const auto majority = majority_at_k_of(c.questions, c.k).value;
    ASSERT_EQ(pass.has_value(), c.pass.has_value()) << c.what;
    ASSERT_EQ(majority.has_value(), c.majority.has_value()) << c.what;
    EXPECT_NEAR(pass.value_or(-1), c.pass.value_or(-1), 1e-12) << c.what;
    EXPECT_NEAR(majority.value_or(-1), c.majority.value_or(-1), 1e-12) << c.what;
  }
}

TEST(AnsweredQuestions, SpreadIsThatOfTheRunsScores) {
  const std::vector<AnsweredQuestion> questions = {question({"7", "7"}), question({"7", "3"}),
                                                   question({"3", "3"}), question({"7", "3"})};
  EXPECT_NEAR(*spread_of(questions), std::sqrt(0.125), 1e-12) << "the runs have 3/4 and 1/4";
  EXPECT_EQ(spread_of(std::vector{question({"7", "7"}), question({"3", "3"})}), 0.0);
  EXPECT_FALSE(spread_of(std::vector{question({"7"}), question({"3"})}).has_value()) << "one run";
  std::vector<AnsweredQuestion> partial = questions;
  partial.push_back(question({"7"}));
  EXPECT_EQ(spread_of(partial), spread_of(questions))
      << "the second run never answered the fifth question";
}

}  // namespace
}  // namespace jangwon::harness
