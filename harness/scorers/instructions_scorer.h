// Following instructions that a program can check (IFEval and its Korean relatives):
// instruction_rules.h says what each instruction asks. The sample's targets are the ids of its
// instructions; their parameters stand in the column kwargs.
//
// The value is 1 where every instruction is followed strictly (prompt-level strict accuracy), by
// IFEval's own reading in the official mode and by the Korean one in the native mode. The metadata
// of each score has, one entry an instruction, `instructions` (ids), `strict` and `loose` (truth
// values), and what IFEval's three other figures are made of: `passed_with_loose`,
// `share_of_instruction_strict` and `share_of_instruction_loose`.

#pragma once

#include <memory>
#include <string>

#include "harness/scorers/scorer.h"

namespace jangwon::harness {

Result<std::unique_ptr<Scorer>> make_instructions_scorer(const ScorerOptions& options,
                                                         const ScorerContext& context);

// The line of the variant "loose" on a terminal.
std::string loose_line(size_t right, size_t n, const std::string& share);

}  // namespace jangwon::harness
