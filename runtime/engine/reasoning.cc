// Markers may be special tokens, which the shown text leaves out, or plain text that spans tokens;
// so they are searched in the raw text and the places carried over token by token. Tests:
// tests/runtime/engine/reasoning_test.cc.

#include "runtime/engine/reasoning.h"

#include <algorithm>

namespace jangwon::runtime {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

// Carries places of the raw text over to the shown one.
class Pieces {
 public:
  explicit Pieces(const std::vector<ReplyPiece>& pieces) : pieces_(pieces) {
    for (const ReplyPiece& piece : pieces)
      raw_ += piece.raw;
  }

  const std::string& raw() const { return raw_; }

  // Within a piece that is shown as it is, the same byte of it; a hidden piece has no inside.
  size_t shown_at(size_t raw_place) const {
    size_t raw_begin = 0;
    size_t shown_begin = 0;
    for (const ReplyPiece& piece : pieces_) {
      if (raw_place < raw_begin + piece.raw.size()) {
        return shown_begin +
               std::min(piece.shown.size(), piece.shown.empty() ? 0 : raw_place - raw_begin);
      }
      raw_begin += piece.raw.size();
      shown_begin += piece.shown.size();
    }
    return shown_begin;
  }

  // Tokens whose text begins before a place.
  int tokens_before(size_t raw_place) const {
    size_t begin = 0;
    int count = 0;
    for (const ReplyPiece& piece : pieces_) {
      if (begin >= raw_place) break;
      begin += piece.raw.size();
      ++count;
    }
    return count;
  }

 private:
  const std::vector<ReplyPiece>& pieces_;
  std::string raw_;
};

}  // namespace

bool ends_with_marker(std::string_view text, const std::string& marker) {
  const size_t end = text.find_last_not_of(kSpaces);
  if (marker.empty() || end == std::string_view::npos) return false;
  return text.substr(0, end + 1).ends_with(marker);
}

ReasoningMarkers reasoning_markers(ReasoningStyle style) {
  switch (style) {
    case ReasoningStyle::kThinkTags:
      return {.open = "<think>", .close = "</think>", .answer_open = "", .close_alone = true};
    case ReasoningStyle::kChannels:
      return {.open = "<|think|>", .close = "<|end|>", .answer_open = "<|content|>"};
    case ReasoningStyle::kThinkMarks:
      return {.open = "<|think:start|>",
              .close = "<|think:end|>",
              .answer_open = "",
              .close_alone = true};
    case ReasoningStyle::kHarmony:
      return {.open = "<|channel|>analysis<|message|>",
              .close = "<|end|>",
              .answer_open = "<|channel|>final<|message|>"};
    case ReasoningStyle::kNone:
      break;
  }
  return {};
}

ReasoningMarkers reasoning_markers(ReasoningStyle style,
                                   const std::vector<ThinkingMarkers>& given) {
  if (given.empty()) return reasoning_markers(style);
  const ThinkingMarkers& first = given.front();
  if (first.grammar == ThinkingMarkers::Grammar::kHarmony)
    return reasoning_markers(ReasoningStyle::kHarmony);
  if (first.name == "channels") return reasoning_markers(ReasoningStyle::kChannels);
  return {.open = first.begin,
          .close = first.end,
          .answer_open = first.answer_begin,
          .close_alone = true};
}

ReasoningSplit split_reasoning(const ReasoningMarkers& markers, std::string_view prompt_end,
                               const std::vector<ReplyPiece>& pieces) {
  const Pieces reply(pieces);
  const std::string& raw = reply.raw();
  ReasoningSplit split;
  if (markers.close.empty()) return split;

  const size_t text_begin = std::min(raw.find_first_not_of(kSpaces), raw.size());
  const bool opened_here = raw.compare(text_begin, markers.open.size(), markers.open) == 0;
  const bool opened_before = ends_with_marker(prompt_end, markers.open);
  const size_t thinking_begin = opened_here ? text_begin + markers.open.size() : 0;
  size_t close = raw.find(markers.close, thinking_begin);
  split.thinks =
      opened_here || opened_before || (markers.close_alone && close != std::string::npos);

  size_t answer = 0;
  if (split.thinks) {
    size_t after_close =
        close == std::string::npos ? std::string::npos : close + markers.close.size();
    if (close == std::string::npos && !markers.answer_open.empty()) {
      // an answer that begins ends the thinking as well
      close = raw.find(markers.answer_open, thinking_begin);
      after_close = close;
    }
    split.terminated = close != std::string::npos;
    split.reasoning_begin = reply.shown_at(thinking_begin);
    split.reasoning_end = reply.shown_at(std::min(close, raw.size()));
    split.num_reasoning_tokens = reply.tokens_before(std::min(after_close, raw.size()));
    answer = std::min(after_close, raw.size());
  }
  if (!markers.answer_open.empty()) {
    const size_t opened = raw.find(markers.answer_open, answer);
    if (opened != std::string::npos) {
      answer = opened + markers.answer_open.size();
    } else if (split.thinks) {
      answer = raw.size();  // thinking ended, the answer never began
    }
  }
  split.answer_begin = reply.shown_at(answer);
  return split;
}

}  // namespace jangwon::runtime
