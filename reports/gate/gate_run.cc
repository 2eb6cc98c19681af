#include "reports/gate/gate_run.h"

#include "reports/gate/gate_evidence.h"
#include "reports/gate/gate_verdict.h"

namespace jangwon::reports {

const char* name_of(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPass:
      return "PASS";
    case CheckVerdict::kPassChanged:
      return "PASS_CHANGED";
    case CheckVerdict::kFail:
      return "FAIL";
    case CheckVerdict::kInconclusive:
      return "INCONCLUSIVE";
    case CheckVerdict::kIncomplete:
      return "INCOMPLETE";
    case CheckVerdict::kNotComparable:
      return "NOT_COMPARABLE";
    case CheckVerdict::kSkipped:
      return "SKIPPED";
  }
  return "";
}

Result<GateResult> run_gate(const GateConfig& config, const GateInputs& inputs) {
  JANGWON_CHECK(inputs.candidate != nullptr);
  JANGWON_ASSIGN_OR_RETURN(std::vector<CheckEvidence> evidence, gather_evidence(config, inputs));
  return judge_evidence(config, inputs, std::move(evidence));
}

}  // namespace jangwon::reports
