// The official extraction of MMLU-Pro (TIGER-AI-Lab/MMLU-Pro, evaluate_from_local.py
// and compute_accuracy.py), rewritten as linear scans: the published regexes are
// quadratic on a long line.

#pragma once

#include "harness/extractors/extraction.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

// kOne is `compute_accuracy.py l1`: the sentence "answer is (X)" alone. kTwo is l2: then "Answer:
// X", then the last letter that stands alone.
enum class MmluProLevel { kOne, kTwo };

// The stages, first that succeeds wins; letters run from A to J whatever the
// question's options are:
//   answer_is     answer is \(?([A-J])\)?          case-sensitive, no boundary after the letter
//   answer_colon  .*[aA]nswer:\s*([A-J])           the last one on the first line that holds one
//   last_letter   the last A … J between two boundaries, which are Python's: a Hangul syllable is a
//                 word character
// `order` kLast is the newer evaluate_from_apiX.py, which takes the last match of the
// first two stages.
Extraction extract_mmlu_pro_official(const ScanText& text, MmluProLevel level = MmluProLevel::kTwo,
                                     MatchOrder order = MatchOrder::kFirst);

}  // namespace jangwon::harness
