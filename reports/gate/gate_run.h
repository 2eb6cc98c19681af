// The verdict of a gate file on a candidate run.
//
//   FAIL          harm is shown (one-sided p, Holm-corrected over the file, below alpha) and at
//                 least min_effect large, or the whole interval lies beyond the margin
//   PASS          the interval excludes a drop of the margin, and no harm is shown
//   PASS_CHANGED  it excludes it, and a smaller harm is shown: real, but tolerated
//   INCONCLUSIVE  neither: the next planned look, then the file's policy
//
// Beside them, and never mixed with them: INCOMPLETE (errors of ours, missing runs),
// NOT_COMPARABLE, SKIPPED.

#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/gate/gate_config.h"
#include "reports/gate/gate_plan.h"
#include "reports/gate/ratio_claim.h"
#include "reports/gate/task_comparison.h"

namespace jangwon::reports {

enum class CheckVerdict {
  kPass,
  kPassChanged,
  kFail,
  kInconclusive,
  kIncomplete,
  kNotComparable,
  kSkipped
};
const char* name_of(CheckVerdict verdict);

// L0: stored replies graded again by this build.
struct ReplayOutcome {
  int num_items = 0;
  struct Difference {
    std::string id;
    std::string recorded;  // verdict and answer
    std::string now;
  };
  std::vector<Difference> differences;
};

// L1: recorded log-probabilities against those of this build.
struct ParityOutcome {
  int num_prompts = 0;
  double mean_abs_dlogp = 0;  // per token, over continuations
  double max_abs_dlogp = 0;   // per token
  double top1_agreement = 1;  // share of prompts whose likeliest continuation is the same
  std::vector<std::string> worst_ids;
};

// How L0 and L1 reach the scorers and the engine: the gate itself knows neither.
struct GateProbes {
  std::function<Result<ReplayOutcome>(const std::string& corpus)> replay;
  std::function<Result<ParityOutcome>(const std::string& model, const std::string& prompts)> parity;
};

struct CheckResult {
  std::string id;  // unique in the gate
  GateCheck check;
  std::string task;
  std::string model;
  std::string against;  // name of the baseline; empty for L0 and L1
  bool stand_in = false;
  CheckVerdict verdict = CheckVerdict::kSkipped;
  std::string reason_code;  // see README.md
  Message detail;           // one sentence, for the verdicts that are not about numbers
  std::optional<TaskComparison> comparison;
  std::optional<CombinedRatioClaim> claim;
  std::optional<ReplayOutcome> replay;
  std::optional<ParityOutcome> parity;
  Comparability comparability;
  double margin = 0;                      // as a share, in the metric's unit
  double min_effect = 0;                  //
  std::optional<double> p_harm;           // after looks and stream
  std::optional<double> p_harm_adjusted;  // after Holm
  bool stopped_by_stream = false;
  int look = 1;
  int num_looks = 1;
  std::optional<int> next_repeats;  // what the next planned look asks for
  std::optional<double> mde;        // drop detected with power 0.8, at the alpha that was used
  // at the margin; of a claim: when the model is as good as the reference
  std::optional<double> power;
  std::optional<PlannedClaim> claim_plan;
  std::string model_spec;  // how to ask this model again
  std::string run_seed;
  // flags that make another machine compute alike; empty where the run does not say
  std::string run_arithmetic;
};

struct GateResult {
  std::string gate;
  std::string config_path;
  double alpha = 0.01;
  std::string candidate_path;
  std::string baseline_path;
  std::string baseline_name;
  std::string accept_as = "baselines/main";  // the baseline that the candidate would replace
  bool informational = false;
  std::vector<CheckResult> checks;
  CheckVerdict verdict = CheckVerdict::kPass;  // the worst by the precedence of exit codes
  StatusCode code = StatusCode::kOk;           // of the exit code; kOk when informational
};

struct GateInputs {
  const EvaluationSide* candidate = nullptr;
  const EvaluationSide* baseline = nullptr;  // rolling; absent: L2 checks are not comparable
  const EvaluationSide* anchor = nullptr;    // may be absent
  // where an L3 reference is looked up after candidate and baseline
  const EvaluationSide* reference = nullptr;
  GateProbes probes;
  bool informational = false;
};

// Errors (configuration): a task or model that neither side knows, a column that no item has.
// Everything else is a verdict.
Result<GateResult> run_gate(const GateConfig& config, const GateInputs& inputs);

}  // namespace jangwon::reports
