#include "harness/scorers/option_logprob_scorer.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "datasets/sample.h"
#include "tests/harness/scorers/make_scorer.h"

namespace jangwon::harness {
namespace {

Score score_of(const std::vector<double>& logprobs) {
  auto scorer = make_scorer("option_logprob", "{}", {});
  datasets::Sample sample;
  sample.choices = {"a", "b", "c"};
  sample.target = {"B"};
  ScorerInput input;
  input.sample = &sample;
  input.continuation_logprobs = logprobs;
  return (*scorer)->score(input)[0];
}

TEST(OptionLogprobScorer, TakesTheLikeliestOption) {
  EXPECT_EQ(score_of({-2.0, -1.0, -3.0}).verdict, Verdict::kCorrect);
  EXPECT_EQ(score_of({-2.0, -1.0, -0.5}).answer, "C");
  EXPECT_EQ(score_of({-1.0, -1.0, -1.0}).answer, "A");  // ties go to the first
  EXPECT_EQ(score_of({-std::numeric_limits<double>::infinity(), -1.0, -2.0}).answer, "B");
}

TEST(OptionLogprobScorer, CallsMissingNumbersItsOwnError) {
  EXPECT_EQ(score_of({}).verdict, Verdict::kInfraError);
  EXPECT_EQ(score_of({-1.0, -2.0}).verdict, Verdict::kInfraError);
  EXPECT_EQ(score_of({-1.0, -2.0, std::numeric_limits<double>::quiet_NaN()}).verdict,
            Verdict::kInfraError);
}

}  // namespace
}  // namespace jangwon::harness
