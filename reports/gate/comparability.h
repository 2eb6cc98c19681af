// May two sides be compared at all, and what differs that a reader should know?
//
// Hard keys make a comparison meaningless when they differ; soft ones are reported. A build
// compared with itself must have the same prompts and sampling; two models may not (their
// chat templates differ by nature), but the questions, the task's own prompt and the judging
// must be the same.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/arithmetic.h"
#include "reports/gate/evaluation_side.h"

namespace jangwon::reports {

struct SettingDifference {
  std::string key;
  std::string baseline;
  std::string candidate;
};

struct Comparability {
  std::vector<SettingDifference> hard_mismatch;
  std::vector<SettingDifference> soft_difference;
  // of one model; they stand in soft_difference, too
  std::vector<ArithmeticDifference> arithmetic_difference;
  bool comparable() const { return hard_mismatch.empty(); }
};

// The keys that a gate file may name under `comparable`.
const std::vector<std::string>& all_comparison_keys();

// dataset_sha256, item_ids, prompt_sha256, extractor, scorer, reasoning_mode, sampling, max_tokens,
// metric: the same model.
const std::vector<std::string>& default_hard_keys();
// dataset_sha256, item_ids, style_sha256, extractor, scorer, metric: two models on
// the same questions.
const std::vector<std::string>& hard_keys_between_models();

// What a side has for each key; a digest where the thing itself is long.
std::map<std::string, std::string> comparison_values(const TaskOutcomes& outcomes);

Comparability compare_settings(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                               const std::vector<std::string>& hard_keys);

}  // namespace jangwon::reports
