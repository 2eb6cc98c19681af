// L3: a model with a share of a reference, all tasks of the check together.

#include <fmt/format.h>

#include <algorithm>

#include "reports/gate/gate_evidence.h"

namespace jangwon::reports {

namespace {

const TaskOutcomes* find_reference(const GateInputs& inputs, const std::string& model,
                                   const std::string& task) {
  for (const EvaluationSide* side : {inputs.reference, inputs.candidate, inputs.baseline}) {
    const TaskOutcomes* found = side != nullptr ? side->find(model, task) : nullptr;
    if (found != nullptr && found->num_present() > 0) return found;
  }
  return nullptr;
}

// "Some task is below" over m tasks: the smallest p times m. On average: the other
// tail of the claim.
std::optional<double> harm_of(const GateCheck& check, const CombinedRatioClaim& claim) {
  if (check.combine == Combine::kAverage)
    return claim.p_average ? std::optional(1 - *claim.p_average) : std::nullopt;
  double smallest = 1;
  for (const RatioClaim& task : claim.tasks)
    smallest = std::min(smallest, task.p_below.value_or(1));
  return std::min(1.0, smallest * static_cast<double>(claim.tasks.size()));
}

}  // namespace

CheckEvidence claim_evidence(const GateInputs& inputs, const GateCheck& check) {
  const std::vector<std::string> tasks = tasks_of(check, *inputs.candidate);
  CheckEvidence evidence =
      evidence_of(check, fmt::format("{}", fmt::join(tasks, ", ")), check.model, check.reference);
  CheckResult& result = evidence.result;
  std::vector<RatioClaim> claims;
  for (const std::string& task : tasks) {
    const TaskOutcomes *model = inputs.candidate->find(check.model, task),
                       *reference = find_reference(inputs, check.reference, task);
    if (model == nullptr || model->num_present() == 0) {
      evidence.conclude(
          check.on_missing == OnMissing::kSkip ? CheckVerdict::kSkipped : CheckVerdict::kIncomplete,
          "nothing_ran", did_not_run(task, check.model));
    } else if (reference == nullptr) {
      evidence.conclude(CheckVerdict::kNotComparable, "no_reference",
                        Message("A run of {model} on {task} is needed; give it with --reference.",
                                {{"model", check.reference}, {"task", task}}));
    } else if (!model->complete() && (model->error_rate() > check.max_error_rate ||
                                      runs_missing(*model, model->repeats))) {
      evidence.conclude(CheckVerdict::kIncomplete, "runs_missing", go_on_with(inputs, result));
    } else {
      result.stand_in = result.stand_in || model->stand_in || reference->stand_in;
      const Comparability settings =
          compare_settings(*reference, *model, hard_keys_between_models());
      if (!settings.comparable()) {
        const SettingDifference& first = settings.hard_mismatch.front();
        result.comparability = settings;
        evidence.conclude(
            CheckVerdict::kNotComparable, "settings_differ",
            Message("{task}: {key} is {reference} for the reference and {model} for the model.",
                    {{"task", task},
                     {"key", first.key},
                     {"reference", first.baseline},
                     {"model", first.candidate}}));
      } else {
        claims.push_back(ratio_claim(*model, *reference, check.ratio));
      }
    }
    if (evidence.decided()) break;
  }
  if (!evidence.decided()) {
    result.claim = combine_claims(std::move(claims), check.ratio);
    result.p_harm = harm_of(check, *result.claim);
  }
  return evidence;
}

}  // namespace jangwon::reports
