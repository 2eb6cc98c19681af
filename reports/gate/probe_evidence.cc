// L0 and L1: no statistics, a build either reproduces what is recorded or does not.

#include <fmt/format.h>

#include "reports/gate/gate_evidence.h"

namespace jangwon::reports {

namespace {

Bilingual parity_detail(const ParityOutcome& outcome) {
  const std::string numbers = fmt::format("|Δ log p| {:.2e}, top-1 {:.2f} %",
                                          outcome.mean_abs_dlogp, 100 * outcome.top1_agreement);
  return {fmt::format("프롬프트 {}개, 평균 {}", outcome.num_prompts, numbers),
          fmt::format("{} prompts, mean {}", outcome.num_prompts, numbers)};
}

}  // namespace

Result<CheckEvidence> replay_evidence(const GateConfig& config, const GateInputs& inputs,
                                      const GateCheck& check) {
  CheckEvidence evidence = evidence_of(check, "replay", "", "");
  if (!inputs.probes.replay) {
    evidence.conclude(CheckVerdict::kIncomplete, "no_replay",
                      {"이 프로그램은 여기서 저장된 답을 다시 채점할 수 없습니다.",
                       "This program cannot grade stored replies again here."});
  } else {
    Result<ReplayOutcome> outcome = inputs.probes.replay(check.corpus);
    if (!outcome.ok()) return outcome.status().at(place_of(config, check));
    const size_t changed = outcome->differences.size();
    if (outcome->num_items == 0) {
      evidence.conclude(
          CheckVerdict::kIncomplete, "nothing_ran",
          {check.corpus + "에 채점할 답이 없습니다.", check.corpus + " holds no reply to grade."});
    } else if (changed == 0) {
      evidence.conclude(CheckVerdict::kPass, "identical",
                        {fmt::format("답 {}개", outcome->num_items),
                         fmt::format("{} replies.", outcome->num_items)});
    } else {
      evidence.conclude(CheckVerdict::kFail, "grading_changed",
                        {fmt::format("답 {}개 가운데 {}개", outcome->num_items, changed),
                         fmt::format("{} of {} replies.", changed, outcome->num_items)});
    }
    evidence.result.replay = std::move(outcome).value();
  }
  return evidence;
}

Result<CheckEvidence> parity_evidence(const GateConfig& config, const GateInputs& inputs,
                                      const GateCheck& check) {
  CheckEvidence evidence = evidence_of(check, "parity", check.model, "");
  if (!inputs.probes.parity) {
    evidence.conclude(CheckVerdict::kIncomplete, "no_engine",
                      {"이 프로그램은 여기서 모델을 부를 수 없습니다.",
                       "This program cannot ask the model here."});
  } else {
    Result<ParityOutcome> outcome = inputs.probes.parity(check.model, check.prompts);
    if (!outcome.ok()) return outcome.status().at(place_of(config, check));
    std::vector<std::string> broken;
    if (check.max_mean_dlogp && outcome->mean_abs_dlogp > *check.max_mean_dlogp)
      broken.push_back(fmt::format("mean |Δ log p| {:.2e} > {:.2e}", outcome->mean_abs_dlogp,
                                   *check.max_mean_dlogp));
    if (check.max_abs_dlogp && outcome->max_abs_dlogp > *check.max_abs_dlogp)
      broken.push_back(fmt::format("max |Δ log p| {:.2e} > {:.2e}", outcome->max_abs_dlogp,
                                   *check.max_abs_dlogp));
    if (check.min_top1 && outcome->top1_agreement < *check.min_top1)
      broken.push_back(fmt::format("top-1 {:.2f} % < {:.2f} %", 100 * outcome->top1_agreement,
                                   100 * *check.min_top1));
    if (outcome->num_prompts == 0) {
      evidence.conclude(
          CheckVerdict::kIncomplete, "nothing_ran",
          {check.prompts + "에 프롬프트가 없습니다.", check.prompts + " holds no prompt."});
    } else if (broken.empty()) {
      evidence.conclude(CheckVerdict::kPass, "parity", parity_detail(*outcome));
    } else {
      evidence.conclude(CheckVerdict::kFail, "logprobs_changed",
                        same_in_both(fmt::format("{}", fmt::join(broken, ", "))));
    }
    evidence.result.parity = std::move(outcome).value();
  }
  return evidence;
}

}  // namespace jangwon::reports
