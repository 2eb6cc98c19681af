// The last sentence of a reply that says its choice in none of the forms of choice_extractor.h:
// "Eliminating A and B leaves only C.", "이는 ③에 해당한다."

#pragma once

#include <cstddef>
#include <optional>

#include "harness/extractors/choice_label.h"

namespace jangwon::harness {

// The one label that the last sentence of the line at unit `line` singles out. Nothing where the
// sentence denies or doubts anything, names another label without setting it aside, or says
// nothing that makes a label a choice.
std::optional<Label> read_conclusion(const FoldedText& text, size_t line, int num_options);

}  // namespace jangwon::harness
