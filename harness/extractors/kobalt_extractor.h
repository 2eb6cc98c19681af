// The official extraction of KoBALT-700 (its own inference scripts).

#pragma once

#include "harness/extractors/extraction.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

// findall of `정답은\s*(.*?)\s*입니다`, then every `[A-Z]` of what stands between, each letter once
// and in the order of the text. One letter is the answer; several are given as "A, B", which is
// right for no question. Quirks kept: any capital counts, that of a word too, and a sentence over a
// line end is none. Stage: answer_is_ko.
Extraction extract_kobalt_official(const ScanText& text);

}  // namespace jangwon::harness
