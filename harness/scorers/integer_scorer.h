// Competition problems with an integer answer (AIME): the integer of the reply against that of the
// key, compared as integers.
//
// Options (JSON): {"rule": "exact" | "loose"}, default exact; see
// harness/extractors/integer_extractor.h. {"extractor": NAME} reads the replies of the official
// mode instead (harness/extractors/named_extractor.h).
//
// AIME has no grader of its own and its peers disagree among themselves, so both modes are the same
// exact rule: the competition itself accepts one integer, and that is what is compared. MathArena's
// reading without a box is the rule "loose".

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "harness/scorers/scorer.h"

namespace jangwon::harness {

Result<std::unique_ptr<Scorer>> make_integer_scorer(const ScorerOptions& options,
                                                    const ScorerContext& context);

inline constexpr const char* kIntegerRowNeeds = "id, output, target";
Status read_integer_key(const nlohmann::ordered_json& row, const ScorerOptions& options,
                        datasets::Sample& sample);

}  // namespace jangwon::harness
