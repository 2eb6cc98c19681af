// Multiple choice without generation: the option whose continuation has the highest
// log-probability is the answer.
//
// Options (JSON): none. Ties go to the first of the equal options. Both modes are the same.

#pragma once

#include <memory>

#include "harness/scorers/scorer.h"

namespace jangwon::harness {

Result<std::unique_ptr<Scorer>> make_option_logprob_scorer(const ScorerOptions& options,
                                                           const ScorerContext& context);

}  // namespace jangwon::harness
