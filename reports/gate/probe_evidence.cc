// L0 and L1: no statistics, a build either reproduces what is recorded or does not.

#include <fmt/format.h>

#include "reports/gate/gate_evidence.h"

namespace jangwon::reports {

namespace {

Message parity_detail(const ParityOutcome& outcome) {
  return Message("{prompts} prompts, mean |Δ log p| {difference}, top-1 {agreement} %",
                 {{"prompts", outcome.num_prompts},
                  {"difference", fmt::format("{:.2e}", outcome.mean_abs_dlogp)},
                  {"agreement", fmt::format("{:.2f}", 100 * outcome.top1_agreement)}});
}

}  // namespace

Result<CheckEvidence> replay_evidence(const GateConfig& config, const GateInputs& inputs,
                                      const GateCheck& check) {
  CheckEvidence evidence = evidence_of(check, "replay", "", "");
  if (!inputs.probes.replay) {
    evidence.conclude(CheckVerdict::kIncomplete, "no_replay",
                      Message("This program cannot grade stored replies again here."));
  } else {
    Result<ReplayOutcome> outcome = inputs.probes.replay(check.corpus);
    if (!outcome.ok()) return outcome.status().at(place_of(config, check));
    const size_t changed = outcome->differences.size();
    if (outcome->num_items == 0) {
      evidence.conclude(CheckVerdict::kIncomplete, "nothing_ran",
                        Message("{corpus} holds no reply to grade.", {{"corpus", check.corpus}}));
    } else if (changed == 0) {
      evidence.conclude(CheckVerdict::kPass, "identical",
                        Message("{replies} replies.", {{"replies", outcome->num_items}}));
    } else {
      evidence.conclude(CheckVerdict::kFail, "grading_changed",
                        Message("{changed} of {replies} replies.",
                                {{"changed", changed}, {"replies", outcome->num_items}}));
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
                      Message("This program cannot ask the model here."));
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
      evidence.conclude(CheckVerdict::kIncomplete, "nothing_ran",
                        Message("{prompts} holds no prompt.", {{"prompts", check.prompts}}));
    } else if (broken.empty()) {
      evidence.conclude(CheckVerdict::kPass, "parity", parity_detail(*outcome));
    } else {
      evidence.conclude(CheckVerdict::kFail, "logprobs_changed",
                        Message::value(fmt::format("{}", fmt::join(broken, ", "))));
    }
    evidence.result.parity = std::move(outcome).value();
  }
  return evidence;
}

}  // namespace jangwon::reports
