#include "harness/extractors/named_extractor.h"

#include <gtest/gtest.h>

#include <set>

namespace jangwon::harness {
namespace {

struct Case {
  AnswerKind kind;
  const char* extractor;
  const char* text;
  const char* expected;  // "": none
};

TEST(NamedExtractor, ReadsAsItsHarnessDoes) {
  using enum AnswerKind;
  const Case kCases[] = {
      {kLetter, "lm-eval", "the answer is (C).", "C"},
      {kLetter, "lm-eval", "Answer: C", ""},
      {kLetter, "mmlu_pro", "Answer: C", "C"},
      {kLetter, "mmlu_pro_level_1", "Answer: C", ""},
      {kLetter, "mmlu_pro", "answer is B. No: answer is C", "B"},
      {kLetter, "mmlu_pro_last", "answer is B. No: answer is C", "C"},
      {kLetter, "simple-evals", "Answer: $b$ and Answer: C", "B"},
      {kLetter, "simple-evals", "정답 : C", "C"},
      {kLetter, "simple-evals", "정답: C\nAnswer: B", "B"},
      {kLetter, "simple-evals", "답변: K", ""},
      {kLetter, "opencompass", "answer :\n P", "P"},
      {kLetter, "opencompass", "ANSWER: A ANSWER: B", "A"},
      {kLetter, "evalscope", "ANSWER: A ANSWER: B", "B"},
      {kLetter, "evalscope", "I think it is D", "D"},
      {kLetter, "evalscope", "nothing", ""},
      {kLetter, "nemo-skills", "Answer: A, so \\boxed{C}", "C"},
      {kLetter, "nemo-skills", "**Answer**: **B** and _Answer_: Apple", "B"},
      {kLetter, "nemo-skills", "정답： **D", "D"},
      {kLetter, "kmmlu_pro", "정답: B", "B"},
      {kLetter, "native_korean", "정답은 ③입니다", "C"},
      {kInteger, "lm-eval", "so $x = 5$ gives $016$", "x=5$gives$016"},
      {kInteger, "lm-eval", "$1$ then \\boxed{016}", "016"},
      {kInteger, "lm-eval", "\\boxed{33 6^\\circ}", "336"},
      {kInteger, "nemo-skills", "\\boxed{1} and \\boxed{070}", "70"},
      {kInteger, "nemo-skills", "final answer is 70", ""},
      {kInteger, "exact", "final answer is 70", "70"},
      {kInteger, "matharena", "it is 70", "70"},
      {kProgram, "last_two_fences", "```\na\n```\nx\n```\nb\n```\n", "b"},
      {kProgram, "first_two_fences", "```\na\n```\nx\n```\nb\n```\n", "a"},
      {kProgram, "opencompass-v1", "```python\na\nb\n```", "a\nb"},
      {kProgram, "opencompass-v1", "```\n```", ""},
      {kProgram, "nemo-skills", "```\ntext\n```\n```python\ncode\n```", "code"},
      {kProgram, "nemo-skills", "```\ncode\n```", "code"},
      {kProgram, "nemo-skills", "```python\ncode", ""},
      {kProgram, "lighteval", "no fence", ""},
  };
  for (const Case& c : kCases) {
    const NamedExtractor* extractor = find_extractor(c.kind, c.extractor);
    ASSERT_NE(extractor, nullptr) << c.extractor;
    EXPECT_EQ(extractor->extract(c.text, 10).answer.value_or(""), c.expected)
        << c.extractor << " of " << c.text;
  }
}

TEST(NamedExtractor, NamesAreFoundWhateverTheirCaseAndStandOnce) {
  EXPECT_EQ(find_extractor(AnswerKind::kLetter, "LM_Eval"),
            find_extractor(AnswerKind::kLetter, "lm-eval"));
  EXPECT_EQ(find_extractor(AnswerKind::kLetter, "loose"), nullptr);
  std::set<std::pair<AnswerKind, std::string>> seen;
  for (const NamedExtractor& extractor : named_extractors())
    EXPECT_TRUE(seen.emplace(extractor.kind, extractor.name).second) << extractor.name;
}

TEST(NamedExtractor, OddTextsAreNoAnswers) {
  const std::string odd[] = {"",
                             "\\boxed{",
                             "ANSWER",
                             "ANSWER:",
                             "정답",
                             "정답:",
                             "$",
                             "```",
                             "```python\n",
                             "\xff\xfe",
                             std::string(1 << 16, ':'),
                             std::string(1 << 16, '\n')};
  for (const NamedExtractor& extractor : named_extractors()) {
    for (const std::string& text : odd) {
      const Extraction found = extractor.extract(text, 5);
      EXPECT_LE(found.position, text.size()) << extractor.name;
    }
  }
}

}  // namespace
}  // namespace jangwon::harness
