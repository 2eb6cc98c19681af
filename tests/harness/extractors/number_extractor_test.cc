#include "harness/extractors/number_extractor.h"

#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

// Replies as models write them, each with the number that a reader takes from it ("": none, or
// several) and where it stands.
TEST(NumberExtractor, ReadsTheNumberThatAReplyEndsWith) {
  const struct {
    const char* reply;
    const char* number;
    const char* stage;
  } cases[] = {
      {"따라서 답은 $\\boxed{42}$입니다.", "42", "boxed"},
      {"따라서 $\\boxed{1.75}$", "1.75", "boxed"},
      {"$\\boxed{\\frac{5}{6}}$", "5/6", "boxed"},
      {"\\boxed{\\dfrac{5}{6}}", "5/6", "boxed"},
      {"\\boxed{-3}", "-3", "boxed"},
      {"\\boxed{4,000}", "4000", "boxed"},
      {"\\boxed{4000\\text{원}}", "4000", "boxed"},
      {"\\boxed{1.75\\text{ L}}", "1.75", "boxed"},
      {"\\boxed{x = 59}", "59", "boxed"},
      {"\\boxed{\\text{2}}", "2", "boxed"},
      {"\\boxed{3번}", "3", "boxed"},
      {"\\boxed{2, 3}", "", "boxed"},
      {"\\boxed{\\sqrt{2}}", "", "boxed"},
      {"\\boxed{1} 다시 계산하면 \\boxed{0.5}", "0.5", "boxed"},
      {"\\boxed 70", "70", "boxed_token"},
      {"최종 답변: 1.75", "1.75", "final_answer"},
      {"최종 답은 1.75입니다.", "1.75", "final_answer"},
      {"**최종 답:** 5/6", "5/6", "final_answer"},
      {"최종 답은 -3이다.", "-3", "final_answer"},
      {"최종 답은 4,000원입니다.", "4000", "final_answer"},
      {"The final answer is $\\frac{1}{6}$.", "1/6", "final_answer"},
      {"The final answer is 0.5. I hope it is correct.", "0.5", "final_answer"},
      {"The final answer is 12 + 25 + 25 = 62", "62", "final_answer"},
      {"최종 답은 61이 아니라 62입니다.", "62", "final_answer"},
      {"답은 42라고 생각합니다.", "", ""},
      {"", "", ""},
  };
  for (const auto& c : cases) {
    const NumberExtraction found = extract_number(c.reply);
    EXPECT_EQ(found.extraction.stage, c.stage) << c.reply;
    const std::string expected = c.number;
    ASSERT_EQ(found.number.has_value(), !expected.empty())
        << c.reply << ": " << found.extraction.answer.value_or("nothing");
    if (!expected.empty()) {
      EXPECT_TRUE(equal(*found.number, *parse_exact_number(expected))) << c.reply;
    }
  }
}

TEST(NumberExtractor, TheLooseRuleAddsTheLastNumber) {
  EXPECT_FALSE(extract_number("12 더하기 0.5는 12.5").extraction.found());
  const NumberExtraction found = extract_number("12 더하기 0.5는 12.5", IntegerRule::kLoose);
  ASSERT_TRUE(found.number);
  EXPECT_TRUE(equal(*found.number, *parse_exact_number("12.5")));
  EXPECT_EQ(found.extraction.stage, "last_number");
}

}  // namespace
}  // namespace jangwon::harness
