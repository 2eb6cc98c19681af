#include "harness/filters/reasoning_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jangwon::harness {
namespace {

struct Case {
  std::string text;
  std::string reasoning;
  std::string answer;
  bool terminated;
};

TEST(ReasoningFilter, SplitsByTheMarkersOfEachModel) {
  const std::vector<Case> cases = {
      {"<think>a</think>b", "a", "b", true},
      {"\n<think>\na\n</think>\n\nb", "a", "\n\nb", true},
      {"a</think>b", "a", "b", true},  // the opening marker stood in the prompt
      {"<think>a</think>b</think>c", "a</think>b", "c", true},
      {"<think></think>b", "", "b", true},
      {"<think>a", "a", "", false},
      {"x<think>a", "a", "x", false},
      {"<think>a</think>b<think>c", "a", "b", false},
      {"b", "", "b", true},
      {"", "", "", true},
      {"<|think|>a<|end|><|begin|>assistant<|content|>b<|flush|>", "a<|end|><|begin|>assistant", "b", true},
      {"<|content|>b<|flush|>tail", "", "b", true},
      {"<|think|>a<|end|>", "a<|end|>", "", false},
      {"<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>",
       "a<|end|><|start|>assistant", "b", true},
      {"[THINK]a[/THINK]b", "a", "b", true},
  };
  for (const Case& c : cases) {
    const ReasoningSplit split = remove_reasoning(c.text);
    EXPECT_EQ(split.reasoning, c.reasoning) << c.text;
    EXPECT_EQ(split.answer_text, c.answer) << c.text;
    EXPECT_EQ(split.terminated, c.terminated) << c.text;
  }
}

TEST(ReasoningFilter, TakesMarkersAsData) {
  const std::vector<ReasoningMarkers> markers = {{"mine", "((", "))", {}}};
  EXPECT_EQ(remove_reasoning("((a))b", markers).answer_text, "b");
  EXPECT_EQ(remove_reasoning("<think>a</think>b", markers).answer_text, "<think>a</think>b");
  EXPECT_EQ(remove_reasoning("((a))b", markers).markers, "mine");
}

}  // namespace
}  // namespace jangwon::harness
