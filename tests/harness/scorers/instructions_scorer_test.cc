#include "harness/scorers/instructions_scorer.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/sample.h"
#include "runtime/base/json.h"
#include "tests/harness/scorers/make_scorer.h"

namespace jangwon::harness {
namespace {

datasets::Sample sample_of(const std::vector<std::string>& ids, const std::string& kwargs) {
  datasets::Sample sample;
  sample.id = "1001";
  sample.question = "프롬프트";
  sample.target = ids;
  sample.columns = *parse_json(R"({"key": 1001, "kwargs": )" + kwargs + "}");
  return sample;
}

std::vector<Score> score_of(const datasets::Sample& sample, const std::string& reply,
                            bool terminated = true) {
  auto scorer = make_scorer("instructions", "{}", {});
  EXPECT_TRUE(scorer.ok());
  ScorerInput input;
  input.sample = &sample;
  input.text = input.answer_text = reply;
  input.reasoning_terminated = terminated;
  return (*scorer)->score(input);
}

TEST(InstructionsScorer, IsRightWhereEveryInstructionIsFollowed) {
  const auto sample = sample_of({"punctuation:no_comma", "keywords:forbidden_words"},
                                R"([{}, {"forbidden_words": ["사과"]}])");
  const std::vector<Score> right = score_of(sample, "배가 답니다.");
  ASSERT_EQ(right.size(), 2u);
  EXPECT_EQ(right[0].verdict, Verdict::kCorrect);
  EXPECT_EQ(right[0].answer, "2/2");
  EXPECT_EQ(right[1].verdict, Verdict::kCorrect);

  const std::vector<Score> half = score_of(sample, "배, 귤");
  EXPECT_EQ(half[0].verdict, Verdict::kIncorrect);
  EXPECT_EQ(half[0].answer, "1/2");
  EXPECT_EQ(half[0].explanation, "not followed: punctuation:no_comma");
  const Json& metadata = *half[0].metadata;
  EXPECT_EQ(metadata["instructions"], Json({"punctuation:no_comma", "keywords:forbidden_words"}));
  EXPECT_EQ(metadata["strict"], Json({false, true}));

  const std::vector<Score> particle = score_of(sample, "사과는 답니다.");
  EXPECT_EQ(particle[0].verdict, Verdict::kCorrect) << "IFEval's word boundary";
  EXPECT_EQ(particle[1].verdict, Verdict::kIncorrect) << "a Korean word with its particle";
}

TEST(InstructionsScorer, LooseStandsBesideStrict) {
  const auto sample = sample_of({"startend:end_checker"}, R"([{"end_phrase": "끝."}])");
  const Score score = score_of(sample, "본문. 끝.\n도움이 되었기를!")[0];
  EXPECT_EQ(score.verdict, Verdict::kIncorrect);
  EXPECT_EQ(score.metadata->at("strict"), Json({false}));
  EXPECT_EQ(score.metadata->at("loose"), Json({true}));
  EXPECT_EQ(variants_of(*score.metadata), (std::map<std::string, bool>{{"loose", true}}));
  const auto shares = shares_of(*score.metadata);
  EXPECT_EQ(shares.at("instruction_strict").right, 0);
  EXPECT_EQ(shares.at("instruction_strict").all, 1);
  EXPECT_EQ(shares.at("instruction_loose").right, 1);
}

TEST(InstructionsScorer, ABlankReplyAndThinkingWithoutAnEndAreNoAnswer) {
  const auto sample = sample_of({"punctuation:no_comma"}, "[{}]");
  EXPECT_EQ(score_of(sample, " \n ")[0].verdict, Verdict::kNoAnswer);
  EXPECT_EQ(score_of(sample, "생각", false)[0].verdict, Verdict::kNoAnswer);
}

TEST(InstructionsScorer, SaysWhatIsWrongWithARow) {
  const Score unknown = score_of(sample_of({"punctuation:no_dash"}, "[{}]"), "x")[0];
  EXPECT_EQ(unknown.verdict, Verdict::kInfraError);
  EXPECT_NE(unknown.explanation.find("sample 1001: unknown instruction \"punctuation:no_dash\""),
            std::string::npos)
      << unknown.explanation;
  EXPECT_EQ(score_of(sample_of({}, "[]"), "x")[0].verdict, Verdict::kInfraError);
  datasets::Sample without = sample_of({"punctuation:no_comma"}, "[{}]");
  without.columns = Json::object();
  EXPECT_NE(score_of(without, "x")[1].explanation.find("no column \"kwargs\""), std::string::npos);
  EXPECT_FALSE(make_scorer("instructions", R"({"kwargs": "x"})", {}).ok());
}

}  // namespace
}  // namespace jangwon::harness
