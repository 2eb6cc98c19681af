// The order matters: Holm first, because power is shown at the alpha that the number of p-values
// leaves, and a check that could not find its margin even so is refused before anything is decided.
// Then each check is decided by itself, harm before the interval: a fall that is shown and large
// fails even where the interval still touches the margin.
//
// A run that was stopped early may only fail, by the stream; an interval looked at in the middle
// would be too narrow. The verdict of the file is its worst one, in the order of the exit codes,
// and a file whose checks were all skipped is incomplete: nothing ran must not look like success.
// tests/reports/gate/gate_run_test.cc judges a thousand unchanged builds.

#include "reports/gate/gate_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/stats/holm.h"

namespace jangwon::reports {

namespace {

void correct_over_the_file(std::vector<CheckEvidence>& evidence) {
  std::vector<double> p;
  std::vector<CheckResult*> owners;
  for (CheckEvidence& check : evidence) {
    if (check.decided() || !check.result.p_harm) continue;
    p.push_back(*check.result.p_harm);
    owners.push_back(&check.result);
  }
  const std::vector<double> adjusted = harness::holm(p);
  for (size_t i = 0; i < owners.size(); ++i)
    owners[i]->p_harm_adjusted = adjusted[i];
}

// Power as it is shown beside a verdict, at the alpha that this file's Holm leaves; refused is what
// could not decide even at the last look.
Status plan_at_the_alpha_used(const GateConfig& config, std::vector<CheckEvidence>& evidence) {
  const auto tests = static_cast<int>(std::count_if(
      evidence.begin(), evidence.end(),
      [](const CheckEvidence& check) { return !check.decided() && check.result.p_harm; }));
  for (CheckEvidence& check : evidence) {
    if (!check.this_look) continue;
    CheckResult& result = check.result;
    PlanRequest& look = *check.this_look;
    look.num_tests = std::max(1, tests);
    if (check.last_look) {
      PlanRequest& last = *check.last_look;
      last.num_tests = look.num_tests;
      if (check_power(last.margin, without_min_effect(last)) < last.min_power)
        return plan_status({plan_check(result.id, last)})
            .at(fmt::format("{}:{}", config.path, result.check.line));
    }
    if (look.n == 0) continue;
    result.power = check_power(look.margin, look);
    if (!check.decided()) result.mde = detectable_drop(look);
  }
  for (CheckEvidence& check : evidence) {
    CheckResult& result = check.result;
    if (check.decided() || !result.claim) continue;
    std::vector<ClaimPart> parts;
    for (const RatioClaim& task : result.claim->tasks) {
      if (const auto part = claim_part(task, 1)) parts.push_back(*part);
    }
    if (parts.empty() || parts.size() < result.claim->tasks.size()) continue;
    result.claim_plan =
        plan_claim(result.check, config.alpha / std::max(1, tests), std::move(parts));
    result.power = result.claim_plan->power_at_parity;
  }
  return ok_status();
}

void decide_claim(CheckEvidence& evidence, bool harm) {
  const CheckResult& result = evidence.result;
  const std::optional<double> p =
      result.check.combine == Combine::kAll ? result.claim->p_all : result.claim->p_average;
  if (p && *p < result.check.claim_alpha)
    return evidence.conclude(CheckVerdict::kPass, "claim_shown");
  if (harm) return evidence.conclude(CheckVerdict::kFail, "below_reference");
  evidence.conclude(CheckVerdict::kInconclusive, "claim_not_shown");
}

void decide(const GateConfig& config, const GateInputs& inputs, CheckEvidence& evidence) {
  const CheckResult& result = evidence.result;
  const bool harm = result.p_harm_adjusted && *result.p_harm_adjusted < config.alpha;
  if (result.claim) return decide_claim(evidence, harm);
  const TaskComparison& comparison = *result.comparison;
  if (!comparison.delta)
    return evidence.conclude(CheckVerdict::kIncomplete, "nothing_ran",
                             Message("No question counts on both sides."));
  // In the direction in which more is better.
  const double sign = comparison.direction == Direction::kHigherIsBetter ? 1 : -1;
  const double delta = sign * *comparison.delta;
  const bool large = delta <= -result.min_effect && delta < 0;
  if (evidence.stopped_early) {
    if (harm && large) return evidence.conclude(CheckVerdict::kFail, "harm_shown_early");
    return evidence.conclude(CheckVerdict::kIncomplete, "runs_missing", go_on_with(inputs, result));
  }
  std::optional<double> low, high;
  if (comparison.ci) {
    low = sign > 0 ? comparison.ci->low : -comparison.ci->high;
    high = sign > 0 ? comparison.ci->high : -comparison.ci->low;
  }
  if (harm && large) return evidence.conclude(CheckVerdict::kFail, "harm_shown");
  if (comparison.margin_testable && high && *high < -result.margin)
    return evidence.conclude(CheckVerdict::kFail, "beyond_margin");
  if (comparison.margin_testable && low && *low > -result.margin)
    return evidence.conclude(harm ? CheckVerdict::kPassChanged : CheckVerdict::kPass,
                             harm ? "changed" : "within_margin");
  evidence.conclude(CheckVerdict::kInconclusive,
                    comparison.margin_testable ? "not_enough_evidence" : "margin_not_testable");
}

// Precedence of exit codes: incomplete, not comparable, fail, inconclusive where the
// policy says so, pass.
GateResult finish(const GateConfig& config, const GateInputs& inputs,
                  std::vector<CheckResult> results) {
  GateResult gate;
  gate.gate = config.name;
  gate.config_path = config.path;
  gate.alpha = config.alpha;
  gate.candidate_path = inputs.candidate->path;
  if (inputs.baseline != nullptr) {
    gate.baseline_path = inputs.baseline->path;
    gate.baseline_name = inputs.baseline->name;
    if (inputs.baseline->is_baseline) gate.accept_as = inputs.baseline->path;
  }
  gate.informational = inputs.informational;
  const auto any = [&](CheckVerdict verdict) {
    return std::any_of(results.begin(), results.end(),
                       [&](const CheckResult& r) { return r.verdict == verdict; });
  };
  const bool all_skipped = std::all_of(results.begin(), results.end(), [](const CheckResult& r) {
    return r.verdict == CheckVerdict::kSkipped;
  });
  const bool strict_inconclusive =
      std::any_of(results.begin(), results.end(), [](const CheckResult& r) {
        return r.verdict == CheckVerdict::kInconclusive &&
               r.check.on_inconclusive == OnInconclusive::kFail;
      });
  if (any(CheckVerdict::kIncomplete) || all_skipped) {
    gate.verdict = CheckVerdict::kIncomplete;
    gate.code = StatusCode::kIncomplete;  // nothing ran must not look like success
  } else if (any(CheckVerdict::kNotComparable)) {
    gate.verdict = CheckVerdict::kNotComparable;
    gate.code = StatusCode::kNotComparable;
  } else if (any(CheckVerdict::kFail)) {
    gate.verdict = CheckVerdict::kFail;
    gate.code = StatusCode::kCheckFailed;
  } else if (any(CheckVerdict::kInconclusive)) {
    gate.verdict = CheckVerdict::kInconclusive;
    gate.code = strict_inconclusive ? StatusCode::kUndecided : StatusCode::kOk;
  } else if (any(CheckVerdict::kPassChanged)) {
    gate.verdict = CheckVerdict::kPassChanged;
  }
  if (inputs.informational) gate.code = StatusCode::kOk;
  gate.checks = std::move(results);
  return gate;
}

}  // namespace

Result<GateResult> judge_evidence(const GateConfig& config, const GateInputs& inputs,
                                  std::vector<CheckEvidence> evidence) {
  correct_over_the_file(evidence);
  JANGWON_RETURN_IF_ERROR(plan_at_the_alpha_used(config, evidence));
  std::vector<CheckResult> results;
  for (CheckEvidence& check : evidence) {
    if (!check.decided()) decide(config, inputs, check);
    results.push_back(std::move(check.result));
  }
  return finish(config, inputs, std::move(results));
}

}  // namespace jangwon::reports
