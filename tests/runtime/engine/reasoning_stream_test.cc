// The stream against split_reasoning, over every way of cutting a reply into tokens that a random
// generator finds.

#include "runtime/engine/reasoning_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/base/counter_rng.h"

namespace jangwon::runtime {
namespace {

struct Streamed {
  ReplyParts parts;   // of all calls
  ReplyParts before;  // of take() alone
  ReplyParts whole;   // by split_reasoning
  std::string shown;
};

// `num_held`: so many bytes of shown text are final one token later, as behind a beginning
// of a stop string.
Streamed stream(const ReasoningMarkers& markers, const std::string& prompt_end,
                const std::vector<ReplyPiece>& pieces, size_t num_held = 0) {
  Streamed result;
  ReasoningStream parts(markers, prompt_end);
  size_t num_taken = 0;
  const auto add = [](ReplyParts& sum, const ReplyParts& more) {
    sum.reasoning += more.reasoning;
    sum.answer += more.answer;
  };
  for (const ReplyPiece& piece : pieces) {
    result.shown += piece.shown;
    parts.push(piece);
    const size_t final_end =
        std::max(num_taken, result.shown.size() - std::min(num_held, result.shown.size()));
    add(result.before, parts.take(result.shown.substr(num_taken, final_end - num_taken)));
    num_taken = final_end;
  }
  const ReasoningSplit split = split_reasoning(markers, prompt_end, pieces);
  Completion completion;
  if (split.thinks) {
    result.whole.reasoning = result.shown.substr(
        split.reasoning_begin,
        std::max(split.reasoning_begin, split.reasoning_end) - split.reasoning_begin);
  }
  if (split.terminated) result.whole.answer = result.shown.substr(split.answer_begin);
  completion.reasoning = result.whole.reasoning;
  completion.answer_text = result.whole.answer;
  result.parts = result.before;
  add(result.parts, parts.take_rest(result.shown.substr(num_taken), completion));
  return result;
}

ReplyPiece plain(const std::string& text) {
  return {text, text};
}
ReplyPiece special(const std::string& text) {
  return {text, ""};
}

const ReasoningMarkers kTags = reasoning_markers(ReasoningStyle::kThinkTags);

TEST(ReasoningStreamTest, ThinkingThenAnswerComeAsTheyAreMade) {
  const Streamed reply =
      stream(kTags, "<think>\n", {plain("so"), plain(" 6"), special("</think>"), plain("42")});
  EXPECT_EQ(reply.before.reasoning, "so 6");
  EXPECT_EQ(reply.before.answer, "42");
}

TEST(ReasoningStreamTest, WhatMayBeAMarkerIsHeldBack) {
  ReasoningStream parts(kTags, "<think>");
  parts.push(plain("a</th"));
  EXPECT_EQ(parts.take("a</th").reasoning, "a");
  parts.push(plain("at"));
  EXPECT_EQ(parts.take("at").reasoning, "</that");
  parts.push(plain("</thi"));
  EXPECT_EQ(parts.take("</thi").reasoning, "");
  parts.push(plain("nk>b"));
  const ReplyParts last = parts.take("nk>b");
  EXPECT_EQ(last.reasoning, "");
  EXPECT_EQ(last.answer, "b");
}

TEST(ReasoningStreamTest, ACloseThatNothingOpenedLeavesWhatWasSaid) {
  const Streamed reply =
      stream(kTags, "assistant:", {plain("so "), special("</think>"), plain("42")});
  EXPECT_EQ(reply.whole.reasoning, "so ");
  EXPECT_EQ(reply.parts.reasoning, "");
  EXPECT_EQ(reply.parts.answer, "so 42");
}

TEST(ReasoningStreamTest, AModelThatDoesNotThinkOnlyAnswers) {
  const Streamed reply = stream({}, "<think>", {plain("<think>a</think>"), plain("b")});
  EXPECT_EQ(reply.before.answer, "<think>a</think>b");
  EXPECT_EQ(reply.before.reasoning, "");
}

TEST(ReasoningStreamTest, EndsWhereTheWholeReplyIsSplit) {
  const std::vector<std::string> words = {
      "a",           "<",        "</",    "think>",      "<think>",         "</think>",
      " ",           "\n",       "한",    "<|end|>",     "<|think|>",       "<|content|>",
      "<|channel|>", "analysis", "final", "<|message|>", "<|think:start|>", "<|think:end|>"};
  for (const ReasoningStyle style : {ReasoningStyle::kThinkTags, ReasoningStyle::kThinkMarks,
                                     ReasoningStyle::kChannels, ReasoningStyle::kHarmony}) {
    const ReasoningMarkers markers = reasoning_markers(style);
    int num_compared = 0;
    for (uint64_t trial = 0; trial < 3000; ++trial) {
      uint64_t num_draws = 0;
      const auto next = [&](size_t below) {
        return static_cast<size_t>(uniform_at(trial, num_draws++) * static_cast<double>(below));
      };
      std::vector<ReplyPiece> pieces;
      std::string raw;
      for (size_t i = 0, count = next(12); i < count; ++i) {
        const std::string& word = words[next(words.size())];
        const bool hidden = word.size() > 6 && next(2) == 0;
        pieces.push_back(hidden ? special(word) : plain(word));
        raw += word;
      }
      const bool opened_before = next(2) == 0;
      const std::string prompt_end = opened_before ? markers.open + "\n" : "assistant:";
      const Streamed reply = stream(markers, prompt_end, pieces, next(3) * 4);
      // The two kinds that reasoning_stream.h names: what the end shows could not be known before.
      const bool opened = opened_before || raw.find_first_not_of(" \n") == raw.find(markers.open);
      const size_t answer =
          markers.answer_open.empty() ? std::string::npos : raw.find(markers.answer_open);
      const size_t close = raw.find(markers.close);
      if (!opened && (close != std::string::npos || answer != std::string::npos)) continue;
      if (answer < close && close != std::string::npos) continue;
      ++num_compared;
      ASSERT_EQ(reply.parts.reasoning, reply.whole.reasoning) << raw << " trial " << trial;
      ASSERT_EQ(reply.parts.answer, reply.whole.answer) << raw << " trial " << trial;
      // Nothing is held back for longer than a marker or a text that is not final can last.
      ASSERT_GE(reply.before.reasoning.size() + reply.before.answer.size() + 40,
                reply.whole.reasoning.size() + reply.whole.answer.size());
    }
    EXPECT_GT(num_compared, 500);
  }
}

}  // namespace
}  // namespace jangwon::runtime
