#include "runtime/engine/reasoning.h"

#include <gtest/gtest.h>

namespace jangwon::runtime {
namespace {

// A piece "[x]" is a special token with the text x; everything else is shown as it is.
std::vector<ReplyPiece> make_pieces(const std::vector<std::string>& tokens) {
  std::vector<ReplyPiece> pieces;
  for (const std::string& token : tokens) {
    const bool special = token.size() > 2 && token.front() == '[';
    pieces.push_back(special ? ReplyPiece{token.substr(1, token.size() - 2), ""}
                             : ReplyPiece{token, token});
  }
  return pieces;
}

struct Case {
  const char* what;
  ReasoningStyle style;
  std::string prompt_end;
  std::vector<std::string> tokens;
  std::string reasoning;
  std::string answer;
  bool terminated = true;
  int num_reasoning_tokens = 0;
};

class ReasoningTest : public testing::TestWithParam<Case> {};

TEST_P(ReasoningTest, SplitsThinkingFromAnswer) {
  const Case& c = GetParam();
  const std::vector<ReplyPiece> pieces = make_pieces(c.tokens);
  std::string shown;
  for (const ReplyPiece& piece : pieces)
    shown += piece.shown;
  const ReasoningSplit split = split_reasoning(reasoning_markers(c.style), c.prompt_end, pieces);
  const std::string reasoning =
      split.thinks
          ? shown.substr(split.reasoning_begin, split.reasoning_end - split.reasoning_begin)
          : "";
  EXPECT_EQ(reasoning, c.reasoning);
  EXPECT_EQ(split.terminated, c.terminated);
  EXPECT_EQ(split.terminated ? shown.substr(split.answer_begin) : "", c.answer);
  EXPECT_EQ(split.num_reasoning_tokens, c.num_reasoning_tokens);
}

constexpr ReasoningStyle kTags = ReasoningStyle::kThinkTags;
constexpr ReasoningStyle kChannels = ReasoningStyle::kChannels;
constexpr ReasoningStyle kHarmony = ReasoningStyle::kHarmony;

INSTANTIATE_TEST_SUITE_P(
    Cases, ReasoningTest,
    testing::Values(
        Case{"opened by the prompt",
             kTags,
             "<|assistant|>\n<think>\n",
             {"so", "[</think>]", "42"},
             "so",
             "42",
             true,
             2},
        Case{"a tag of plain text",
             kTags,
             "<think>",
             {"so", "</th", "ink>", "42"},
             "so",
             "42",
             true,
             3},
        Case{"a tag inside a token", kTags, "<think>", {"so.</think>42"}, "so.", "42", true, 1},
        Case{"never closed", kTags, "<think>\n", {"so", " on"}, "so on", "", false, 2},
        Case{"closed by the prompt", kTags, "<think>\n\n</think>\n\n", {"42"}, "", "42"},
        Case{"no thinking at all", kTags, "assistant:", {"42"}, "", "42"},
        Case{"opened by the reply",
             kTags,
             "assistant:",
             {"\n", "[<think>]", "so", "[</think>]", "42"},
             "so",
             "42",
             true,
             4},
        Case{"closed without opening",
             kTags,
             "assistant:",
             {"so", "[</think>]", "42"},
             "so",
             "42",
             true,
             2},
        Case{"empty thinking", kTags, "<think>", {"[</think>]", "42"}, "", "42", true, 1},
        Case{"empty reply while thinking", kTags, "<think>", {}, "", "", false, 0},
        Case{"VAETKI, with tools the prompt closes the thinking",
             kTags,
             "<|role_start|>assistant<|role_end|>\n<think>\n\n</think>\n",
             {"42", "[<|END|>]"},
             "",
             "42"},
        Case{"VAETKI, the early stop at the budget",
             kTags,
             "<|role_start|>assistant<|role_end|>\n<think>\n",
             {"so", "[</think>]", "\n", "42", "[<|END|>]"},
             "so",
             "\n42",
             true,
             2},
        Case{"Solar Open 2",
             ReasoningStyle::kThinkMarks,
             "assistant",
             {"[<|think:start|>]", "so", "[<|think:end|>]", "42", "[<|im:end|>]"},
             "so",
             "42",
             true,
             3},
        Case{"Solar Open 2, opened by the prompt",
             ReasoningStyle::kThinkMarks,
             "assistant<|think:start|>",
             {"so", "[<|think:end|>]", "42"},
             "so",
             "42",
             true,
             2},
        Case{"Solar Open 2, without thinking",
             ReasoningStyle::kThinkMarks,
             "assistant",
             {"42"},
             "",
             "42"},
        Case{"channels",
             kChannels,
             "assistant",
             {"[<|think|>]", "so", "[<|end|>]", "[<|begin|>]", "assistant", "[<|content|>]", "42"},
             "so",
             "42",
             true,
             3},
        Case{
            "channels without thinking", kChannels, "assistant", {"[<|content|>]", "42"}, "", "42"},
        Case{"channels, cut in thinking",
             kChannels,
             "assistant",
             {"[<|think|>]", "so"},
             "so",
             "",
             false,
             2},
        Case{"channels, cut before the answer",
             kChannels,
             "assistant",
             {"[<|think|>]", "so", "[<|end|>]", "[<|begin|>]"},
             "so",
             "",
             true,
             3},
        Case{"channels, opened by the prompt",
             kChannels,
             "<|think|>",
             {"so", "[<|end|>]", "[<|content|>]", "42"},
             "so",
             "42",
             true,
             2},
        Case{"harmony",
             kHarmony,
             "<|start|>assistant",
             {"[<|channel|>]", "analysis", "[<|message|>]", "so", "[<|end|>]", "[<|start|>]",
              "assistant", "[<|channel|>]", "final", "[<|message|>]", "42"},
             "so",
             "42",
             true,
             5}),
    [](const auto& param) {
      std::string name = param.param.what;
      for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      return name;
    });

}  // namespace
}  // namespace jangwon::runtime
