// The official extraction of KMMLU-Pro and of KMMLU.
//
// KMMLU-Pro (LG-AI-EXAONE/KMMLU-Pro): findall of `(?i)정답[^A-E]*:[^A-E]*([A-E])`, last match.

#pragma once

#include "harness/extractors/extraction.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

// The language of the prompt: the English one asks for "Answer: $LETTER", read by
// `(?i)Answer[^A-E]*: [^A-E]*([A-E])`.
enum class PromptLanguage { kKorean, kEnglish };

// Quirks kept: the colon must be ASCII, only letters count, the gaps run over line ends, and
// because of (?i) the small letters a … e both end a gap and are answers. The answer is given in
// upper case. Stages: answer_colon_ko, answer_colon_en.
Extraction extract_kmmlu_pro_official(const ScanText& text,
                                      PromptLanguage language = PromptLanguage::kKorean);

// KMMLU's direct protocol compares the whole reply with the letter: up to the first stop text
// ("Q:", an empty line, </s>, a period), without blanks and ASCII punctuation and without case. A
// reply that says more than one letter is no answer. Stage: whole_reply.
Extraction extract_kmmlu_direct(const ScanText& text);

}  // namespace jangwon::harness
