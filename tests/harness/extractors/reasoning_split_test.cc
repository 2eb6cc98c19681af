#include "harness/extractors/reasoning_split.h"

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

TEST(ReasoningSplit, SplitsByTheMarkersOfEachModel) {
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
      {"<|think|>a<|end|><|begin|>assistant<|content|>b<|flush|>", "a<|end|><|begin|>assistant",
       "b", true},
      {"<|content|>b<|flush|>tail", "", "b", true},
      {"<|think|>a<|end|>", "a<|end|>", "", false},
      {"<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|"
       "return|>",
       "a", "b", true},
      {"[THINK]a[/THINK]b", "a", "b", true},
      {"<THINK>a</Think>b", "a", "b", true},
      // gpt-oss, as servers leave it
      {"<|channel|>analysis<|message|>a<|end|>b", "a", "b", true},
      {"<|channel|>analysis<|message|>a<|end|><|start|>assistant<|message|>b", "a", "b", true},
      {"<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final "
       "<|constrain|>text<|message|>b<|return|>",
       "a", "b", true},
      {"<|start|>assistant<|channel|>final<|message|>b", "", "b", true},
      {"a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b", true},
      {"<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>", "{}", "",
       false},
      {"<|channel|>analysis<|message|>a", "a", "", false},
      {"<|channel|>analysis<|message|>a<|end|>", "a", "", false},
      {"<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>fin", "a", "", false},
      {"<|channel|>final<|message|>b<|end|><|start|>assistant<|channel|>analysis<|message|>c", "c",
       "b", false},
      {"analysisSo a.assistantfinalb", "So a.", "b", true},
      {"analysis\nso a.\nassistantfinal\nb", "so a.", "\nb", true},
      {"analysis So a. assistant final b", "So a.", " b", true},
      {"analysisSo a.assistantcommentaryOr c?assistantfinalb", "So a.assistantcommentaryOr c?", "b",
       true},
      {"assistantanalysisSo a.assistantfinalb", "So a.", "b", true},
      {"assistantfinalb", "", "b", true},
      {"analysisSo a", "So a", "", false},
      {"analysis우선 a", "우선 a", "", false},
      {"analysis of the text: b", "", "analysis of the text: b", true},
      {"Analysis: b", "", "Analysis: b", true},
      {"The assistantfinal b", "", "The assistantfinal b", true},
      // VAETKI: the prompt opens the thinking; the end of the turn, where a server leaves it
      {"a\n</think>\nb<|END|>", "a", "\nb", true},
      {"<think>a<|END|>", "a<|END|>", "", false},
      // Solar Open 2
      {"<|think:start|>a<|think:end|>b<|im:end|>", "a", "b", true},
      {"a<|think:end|>b", "a", "b", true},
      {"<|think:start|>a", "a", "", false},
      // other families
      {"<seed:think>a</seed:think>b<seed:eos>", "a", "b", true},
      {"◁think▷a◁/think▷b", "a", "b", true},
      {"◁think▷a", "a", "", false},
      {"<thought>\na</thought>b", "a", "b", true},
      {"a</thought>b", "a", "b", true},
      {"<thinking>a</thinking>b", "a", "b", true},
      {"<reasoning>a</reasoning>b", "a", "b", true},
      {"<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>", "a", "b", true},
      {"<|inner_prefix|>a<|inner_suffix|>b<|assistant_end|>", "a", "b", true},
      {"<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>b<|end_of_solution|>", "a",
       "b", true},
      {"<longcat_think>a</longcat_think>b", "a", "b", true},
      {"<|channel>thought\na<channel|>b", "a", "b", true},
      {"Here is my thought process: a Here is my response: b", "a", " b", true},
      {"I say: Here is my response: b", "", "I say: Here is my response: b", true},
      // the family that comes first in the text counts
      {"<seed:think>is it <think>?</seed:think>b", "is it <think>?", "b", true},
      {"<think>is it [/THINK]?</think>b", "is it [/THINK]?", "b", true},
  };
  for (const Case& c : cases) {
    const ReasoningSplit split = remove_reasoning(c.text);
    EXPECT_EQ(split.reasoning, c.reasoning) << c.text;
    EXPECT_EQ(split.answer_text, c.answer) << c.text;
    EXPECT_EQ(split.terminated, c.terminated) << c.text;
  }
}

TEST(ReasoningSplit, GivenMarkersStandAboveTheKnownOnes) {
  const std::vector<ThinkingMarkers> mine = parse_thinking_markers("((...))").value();
  EXPECT_EQ(remove_reasoning("((a))b", mine).answer_text, "b");
  EXPECT_EQ(remove_reasoning("((a))b", mine).markers, "given");
  EXPECT_EQ(remove_reasoning("((a <think>))b</think>c", mine).answer_text, "b</think>c");
  EXPECT_EQ(remove_reasoning("<think>a</think>b", mine).answer_text, "b")
      << "the known ones stay known";
  const std::vector<ThinkingMarkers> none = parse_thinking_markers("none").value();
  EXPECT_EQ(remove_reasoning("<think>a</think>b", none).answer_text, "<think>a</think>b");
}

TEST(ReasoningSplit, TextOfAServerThatTookTheThinkingOutIsAnAnswerUnlessMarkedAtItsBegin) {
  const auto answer = [](const char* text) {
    return std::string(remove_reasoning(text, {}, ThinkingElsewhere::kTakenOut).answer_text);
  };
  EXPECT_EQ(answer("The tag <think> opens it: b"), "The tag <think> opens it: b");
  EXPECT_EQ(answer("<think>a</think>b"), "b");
  EXPECT_EQ(answer("\n<think>a"), "\n");
  EXPECT_EQ(answer("a</think>b"), "b");
}

}  // namespace
}  // namespace jangwon::harness
