// Tells thinking from answer while a reply grows: what split_reasoning says of the whole reply,
// piece by piece. Bytes that may belong to a marker are held back until that is decided.
//
// Two replies are seen otherwise than at their end, where the whole is known: one whose thinking
// nothing opened and something closes (what came before is answer here), and one that closes its
// thinking after its answer began.

#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "runtime/base/completion.h"
#include "runtime/engine/reasoning.h"

namespace jangwon::runtime {

struct ReplyParts {
  std::string reasoning;
  std::string answer;
};

class ReasoningStream {
 public:
  // `prompt_end` as for split_reasoning.
  ReasoningStream(ReasoningMarkers markers, std::string_view prompt_end);

  // One more token.
  void push(const ReplyPiece& piece);

  // `text` is shown text that became final, the next after what earlier calls were given. Returns
  // what can be told of it and of what was held back.
  ReplyParts take(std::string_view text);

  // What take() has not returned of the whole reply; `text` is the shown text that became
  // final with its end.
  ReplyParts take_rest(std::string_view text, const Completion& completion) const;

 private:
  enum class Part { kNone, kReasoning, kAnswer };

  struct Piece {
    size_t raw_end = 0;  // places count from the beginning of the reply
    size_t raw_begin = 0;
    size_t shown_begin = 0;
    size_t shown_size = 0;
  };
  struct Run {
    Part part = Part::kNone;
    size_t size = 0;  // bytes of shown text
  };

  bool decide_start();
  bool decide_thinking();
  bool decide_between();
  size_t shown_at(size_t raw_place) const;
  void tell(size_t raw_place, Part part);  // what stands before `raw_place` and is not told yet
  size_t raw_end() const { return raw_begin_ + raw_.size(); }

  ReasoningMarkers markers_;
  bool opened_before_ = false;
  enum class State { kStart, kThinking, kBetween, kAnswer } state_ = State::kStart;

  std::string raw_;  // not told yet
  size_t raw_begin_ = 0;
  std::deque<Piece> pieces_;
  size_t shown_end_ = 0;
  size_t told_shown_ = 0;

  std::deque<Run> runs_;  // told and not taken
  std::string held_;      // final shown text that is not told yet
  ReplyParts taken_;
};

}  // namespace jangwon::runtime
