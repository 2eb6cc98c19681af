// Mathematical problems with a numeric answer (HRM8K): the number of the reply against that
// of the key, compared exactly as rationals: 0.5, 1/2 and \frac{1}{2} are one number, 0.333
// and 1/3 are two.
//
// Options (JSON):
//   rule       exact | loose    where the answer stands; see
//                               harness/extractors/integer_extractor.h. Default exact
//   tolerance  none | rounded   with `rounded`, a reply that is a fraction or calculated (1/3,
//                               2^{-1}) is also right where it rounds to a gold that is a decimal
//                               (0.33), at the gold's number of digits. A reply that is a decimal
//                               itself must be the gold: 0.3334 is another number. Default none
//   extractor  NAME             reads the replies of the official mode instead
//                               (harness/extractors/named_extractor.h)
//
// A gold that is no number (x+1, \sqrt{2}) is compared as text without blanks, dollars and
// LaTeX's sizes; the stage then ends in "_as_text". HRM8K has published no grader, so both modes
// are the same rule.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "harness/scorers/scorer.h"

namespace jangwon::harness {

Result<std::unique_ptr<Scorer>> make_numeric_scorer(const ScorerOptions& options,
                                                    const ScorerContext& context);

inline constexpr const char* kNumericRowNeeds = "id, output, target";
Status read_numeric_key(const nlohmann::ordered_json& row, const ScorerOptions& options,
                        datasets::Sample& sample);

}  // namespace jangwon::harness
