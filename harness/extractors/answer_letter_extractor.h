// The extraction of simple-evals' multiple-choice template, "Answer: $LETTER", from which most
// peers derive theirs.

#pragma once

#include "harness/extractors/extraction.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

// First match of `(?i)Answer[ \t]*:[ \t]*\$?([A-D])\$?`, with the letters that the question has (at
// most 26). The answer is in upper case. Stage: answer_letter.
Extraction extract_answer_letter(const ScanText& text, int num_options);

}  // namespace jangwon::harness
