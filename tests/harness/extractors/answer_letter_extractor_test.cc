#include "harness/extractors/answer_letter_extractor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jangwon::harness {
namespace {

TEST(AnswerLetterExtractor, TakesTheFirstLetterBehindAnswer) {
  struct Case {
    std::string text;
    int num_options;
    std::string answer;
  };
  const std::vector<Case> cases = {
      {"Answer: B", 4, "B"},
      {"ANSWER :\tc", 4, "C"},
      {"Answer: $D$", 4, "D"},
      {"Answer: E", 4, ""},
      {"Answer: E", 5, "E"},
      {"Answer: A then Answer: B", 4, "A"},
      {"Answer: **B**", 4, ""},
      {"Answer:\nB", 4, ""},
      {"The answer is B", 4, ""},
      {"Answer: because", 4, "B"},  // no boundary behind the letter
      {"Answer: (B) Answer: C", 4, "C"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(extract_answer_letter(c.text, c.num_options).answer.value_or(""), c.answer) << c.text;
  }
}

}  // namespace
}  // namespace jangwon::harness
