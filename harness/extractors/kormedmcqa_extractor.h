// The extraction of KorMedMCQA's paper (its appendix B), as lm-eval has it.

#pragma once

#include "harness/extractors/extraction.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

// Four patterns, ignoring case; the last match of the first one that matches speaks:
//   answer_ko      정답[:\s]*([ABCDE])
//   answer_is_ko   정답은\s*([ABCDE])\s*입니다
//   letter_period  \b([ABCDE])\.
//   letter         \b([ABCDE])\b
// Quirks kept: the colon must be ASCII, small letters count, so the article "a" is an answer
// in English prose.
Extraction extract_kormedmcqa_official(const ScanText& text);

}  // namespace jangwon::harness
