// The first pass of a gate: what each check shows by itself. Is it complete, is it comparable, what
// is the difference, how likely is such a harm by chance. What needs the other checks of the file
// is left to the second pass (gate_verdict.h).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/gate/gate_run.h"

namespace jangwon::reports {

struct CheckEvidence {
  CheckResult result;
  // The run was stopped early: the stream, which is valid at any time, may fail the check, and
  // nothing else may end it.
  bool stopped_early = false;
  // What the plan of the check needs once the number of tests is known, of the look that is judged
  // and of the last one.
  std::optional<PlanRequest> this_look;
  std::optional<PlanRequest> last_look;

  // Without numbers, by what is missing or differs; the second pass leaves it alone.
  bool decided() const { return !result.reason_code.empty(); }
  void conclude(CheckVerdict verdict, std::string code, Message detail = {});
};

// One check after the other in the order of the file; a check of several tasks, models or
// baselines has one entry each. Errors (configuration): a task or model that no side knows, a
// column that no item has.
Result<std::vector<CheckEvidence>> gather_evidence(const GateConfig& config,
                                                   const GateInputs& inputs);

// By tier; in gate_evidence.cc L2, which is the longest.
Result<CheckEvidence> replay_evidence(const GateConfig& config, const GateInputs& inputs,
                                      const GateCheck& check);
Result<CheckEvidence> parity_evidence(const GateConfig& config, const GateInputs& inputs,
                                      const GateCheck& check);
CheckEvidence claim_evidence(const GateInputs& inputs, const GateCheck& check);

// What the tiers share.
CheckEvidence evidence_of(const GateCheck& check, const std::string& task, const std::string& model,
                          const std::string& against);
std::string place_of(const GateConfig& config, const GateCheck& check);
std::vector<std::string> tasks_of(const GateCheck& check, const EvaluationSide& candidate);
bool runs_missing(const TaskOutcomes& now, int max_runs);
Message did_not_run(const std::string& task, const std::string& model);
Message go_on_with(const GateInputs& inputs, const CheckResult& result);

}  // namespace jangwon::reports
