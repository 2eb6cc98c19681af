// Where a reply's thinking ends and its answer begins, by the model's own markers.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/thinking_markers.h"
#include "runtime/model/architecture.h"

namespace jangwon::runtime {

struct ReasoningMarkers {
  std::string open;          // begins thinking; may stand at the end of the prompt
  std::string close;         // ends it
  std::string answer_open;   // begins the answer; empty where it follows `close` directly
  bool close_alone = false;  // a `close` without `open` ends thinking too
};
ReasoningMarkers reasoning_markers(ReasoningStyle style);
// The first of `given`, else those of the style. The name "none" is a model that does not think.
ReasoningMarkers reasoning_markers(ReasoningStyle style, const std::vector<ThinkingMarkers>& given);

// One token of a reply as text, with and without special tokens.
struct ReplyPiece {
  std::string raw;
  std::string shown;
};

struct ReasoningSplit {
  bool thinks = false;
  bool terminated = true;
  // Byte ranges of the shown text.
  size_t reasoning_begin = 0;
  size_t reasoning_end = 0;
  size_t answer_begin = 0;
  int num_reasoning_tokens = 0;  // up to the end marker, it included
};

// Whether `text` ends with the marker, but for spaces.
bool ends_with_marker(std::string_view text, const std::string& marker);

// `prompt_end` is the raw text of the end of the prompt, special tokens included.
ReasoningSplit split_reasoning(const ReasoningMarkers& markers, std::string_view prompt_end,
                               const std::vector<ReplyPiece>& pieces);

}  // namespace jangwon::runtime
