// Tests: tests/runtime/engine/reasoning_stream_test.cc holds it to split_reasoning.

#include "runtime/engine/reasoning_stream.h"

#include <algorithm>

namespace jangwon::runtime {
namespace {

// Bytes at the end of `text` with which `marker` may begin.
size_t begun_bytes(std::string_view text, std::string_view marker) {
  if (marker.empty()) return 0;
  for (size_t size = std::min(text.size(), marker.size() - 1); size > 0; --size) {
    if (text.ends_with(marker.substr(0, size))) return size;
  }
  return 0;
}

bool may_become(std::string_view text, std::string_view marker) {
  return text.size() < marker.size() && marker.starts_with(text);
}

std::string rest_of(const std::string& whole, const std::string& taken) {
  return whole.substr(taken.size());
}

}  // namespace

ReasoningStream::ReasoningStream(ReasoningMarkers markers, std::string_view prompt_end)
    : markers_(std::move(markers)), opened_before_(ends_with_marker(prompt_end, markers_.open)) {
  if (markers_.close.empty()) state_ = State::kAnswer;
}

void ReasoningStream::push(const ReplyPiece& piece) {
  pieces_.push_back({.raw_end = raw_end() + piece.raw.size(),
                     .raw_begin = raw_end(),
                     .shown_begin = shown_end_,
                     .shown_size = piece.shown.size()});
  raw_ += piece.raw;
  shown_end_ += piece.shown.size();
  if (state_ == State::kStart && !decide_start()) return;
  if (state_ == State::kThinking && !decide_thinking()) return;
  if (state_ == State::kBetween && !decide_between()) return;
  tell(raw_end(), Part::kAnswer);
}

bool ReasoningStream::decide_start() {
  const size_t begin = std::min(raw_.find_first_not_of(" \t\r\n"), raw_.size());
  const std::string_view text = std::string_view(raw_).substr(begin);
  if (text.starts_with(markers_.open)) {
    tell(raw_begin_ + begin + markers_.open.size(), Part::kNone);
    state_ = State::kThinking;
    return true;
  }
  if (may_become(text, markers_.open)) return false;
  if (opened_before_) {
    state_ = State::kThinking;
    return true;
  }
  if (text.starts_with(markers_.answer_open)) {
    if (!markers_.answer_open.empty())
      tell(raw_begin_ + begin + markers_.answer_open.size(), Part::kNone);
  } else if (may_become(text, markers_.answer_open)) {
    return false;
  }
  state_ = State::kAnswer;
  return true;
}

bool ReasoningStream::decide_thinking() {
  const size_t close = raw_.find(markers_.close);
  if (close != std::string::npos) {
    tell(raw_begin_ + close, Part::kReasoning);
    tell(raw_begin_ + markers_.close.size(), Part::kNone);
    state_ = State::kBetween;
    return true;
  }
  const size_t answer =
      markers_.answer_open.empty() ? std::string::npos : raw_.find(markers_.answer_open);
  if (answer != std::string::npos) {
    tell(raw_begin_ + answer, Part::kReasoning);
    state_ = State::kBetween;
    return true;
  }
  const size_t held =
      std::max(begun_bytes(raw_, markers_.close), begun_bytes(raw_, markers_.answer_open));
  tell(raw_end() - held, Part::kReasoning);
  return false;
}

bool ReasoningStream::decide_between() {
  if (!markers_.answer_open.empty()) {
    const size_t open = raw_.find(markers_.answer_open);
    if (open == std::string::npos) {
      tell(raw_end() - begun_bytes(raw_, markers_.answer_open), Part::kNone);
      return false;
    }
    tell(raw_begin_ + open + markers_.answer_open.size(), Part::kNone);
  }
  state_ = State::kAnswer;
  return true;
}

// Within a piece that is shown as it is, the same byte of it; a hidden piece has no inside.
size_t ReasoningStream::shown_at(size_t raw_place) const {
  for (const Piece& piece : pieces_) {
    if (raw_place < piece.raw_end)
      return piece.shown_begin +
             std::min(piece.shown_size, raw_place - std::min(raw_place, piece.raw_begin));
  }
  return shown_end_;
}

void ReasoningStream::tell(size_t raw_place, Part part) {
  const size_t shown = std::max(told_shown_, shown_at(raw_place));
  if (shown > told_shown_) runs_.push_back({part, shown - told_shown_});
  told_shown_ = shown;
  raw_.erase(0, raw_place - raw_begin_);
  raw_begin_ = raw_place;
  while (!pieces_.empty() && pieces_.front().raw_end <= raw_place)
    pieces_.pop_front();
}

ReplyParts ReasoningStream::take(std::string_view text) {
  held_ += text;
  ReplyParts parts;
  size_t used = 0;
  while (!runs_.empty() && used < held_.size()) {
    Run& run = runs_.front();
    const size_t size = std::min(run.size, held_.size() - used);
    if (run.part == Part::kReasoning) parts.reasoning.append(held_, used, size);
    if (run.part == Part::kAnswer) parts.answer.append(held_, used, size);
    used += size;
    run.size -= size;
    if (run.size == 0) runs_.pop_front();
  }
  held_.erase(0, used);
  taken_.reasoning += parts.reasoning;
  taken_.answer += parts.answer;
  return parts;
}

ReplyParts ReasoningStream::take_rest(std::string_view text, const Completion& completion) const {
  const bool agrees = completion.reasoning.starts_with(taken_.reasoning) &&
                      completion.answer_text.starts_with(taken_.answer);
  if (!agrees) return {.reasoning = "", .answer = held_ + std::string(text)};
  return {.reasoning = rest_of(completion.reasoning, taken_.reasoning),
          .answer = rest_of(completion.answer_text, taken_.answer)};
}

}  // namespace jangwon::runtime
