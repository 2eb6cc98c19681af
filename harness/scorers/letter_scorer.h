// Multiple choice: the letter that a reply names, against the letter of the key.
//
// Options (JSON):
//   style     mmlu_pro       official: level 2 of MMLU-Pro's own script; native: English and Korean
//                            forms
//             kmmlu_pro      official: KMMLU-Pro's last match of 정답 …: X; native: Korean forms
//                            first, digits are labels
//             answer_letter  official: simple-evals' first match of "Answer: X"; native: as
//                            mmlu_pro
//   match     first | last   which match the native extractor takes. Default: by the prompt kind of
//                            the input, the first for completions and the last for chat replies;
//                            where that is unknown the first for mmlu_pro, whose own prompt is a
//                            completion, else the last
//   language  ko | en        of the prompt, for the official rule of kmmlu_pro and of no other
//                            style; default ko
//   extractor NAME           reads the replies of the official mode instead
//                            (harness/extractors/named_extractor.h)
//
// A style is a row of the table in letter_scorer.cc.
//
// The native score takes labels of the question's own options alone; those beyond are counted in
// its metadata (labels_beyond_options). The official score of mmlu_pro carries level 1 in its
// metadata (level_1: a letter or null).

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/scorers/scorer.h"

namespace jangwon::harness {

Result<std::unique_ptr<Scorer>> make_letter_scorer(const ScorerOptions& options,
                                                   const ScorerContext& context);
std::vector<std::string> letter_style_names();  // the first is the default

inline constexpr const char* kLetterRowNeeds = "id, output, target";
Status read_letter_key(const nlohmann::ordered_json& row, const ScorerOptions& options,
                       datasets::Sample& sample);

// Those of the style; null where it has none.
std::unique_ptr<ScorerFigures> make_letter_figures(const ScorerOptions& options);

}  // namespace jangwon::harness
