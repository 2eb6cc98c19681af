// What stands behind "정답은" or "the answer is": one label, a list of them, a denial that goes on
// to the answer. "A도 B도 아니고 C", "not A or B but C", "A와 B".

#pragma once

#include <cstddef>
#include <optional>

#include "harness/extractors/choice_label.h"

namespace jangwon::harness {

struct ChoicePhrase {
  std::optional<Label> label;  // the one that is affirmed; with `several` the first of them
  bool several = false;        // different labels are affirmed side by side
  bool denied = false;         // labels were denied; with a label, it stands instead of them
};

// The phrase at unit i. Looks ahead a bounded distance.
ChoicePhrase read_choice_phrase(const FoldedText& text, size_t i, const LabelRules& rules);

// The phrase whose last label ends just before unit i: the "A와 C" of "A와 C가 정답입니다".
ChoicePhrase read_choice_phrase_before(const FoldedText& text, size_t i);

}  // namespace jangwon::harness
