// The second pass of a gate: the p-values of all checks are corrected together (Holm) and turned
// into verdicts, so that the file as a whole fails an unchanged build with probability at most
// alpha. Passing needs no correction, because all checks must pass.

#pragma once

#include <vector>

#include "reports/gate/gate_evidence.h"

namespace jangwon::reports {

// Errors (configuration): a check that could not find its own margin even at the last look.
Result<GateResult> judge_evidence(const GateConfig& config, const GateInputs& inputs,
                                  std::vector<CheckEvidence> evidence);

}  // namespace jangwon::reports
