// Removal of the thinking, by markers (runtime/base/thinking_markers.h). What a user gives stands
// above the markers of the families that are known; they serve replies made elsewhere, whose model
// is not known either.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

struct ReasoningSplit {
  std::string_view reasoning;  // empty when there is none
  // what comes after the last end of thinking; the whole text where no marker stands
  std::string_view answer_text;
  // false: thinking began and its end never came; answer_text is what stands before it
  bool terminated = true;
  std::string markers;  // the name of the markers that were found; empty when none were
};

// A server may have taken the thinking out and have left it in all the same.
enum class ThinkingElsewhere {
  kNone,      // all there is stands in the text
  kTakenOut,  // the text is an answer unless it begins with a marker or holds the end of thinking
};

// Views into `text`. The first of `given` with a marker in the text decides, else the known markers
// that stand first.
ReasoningSplit remove_reasoning(std::string_view text,
                                const std::vector<ThinkingMarkers>& given = {},
                                ThinkingElsewhere elsewhere = ThinkingElsewhere::kNone);

}  // namespace jangwon::harness
