// All settings are strings in one map (evaluation_side.h), so that a comparison is one of maps. The
// named keys gather what belongs together under a word that a gate file can use: all of the
// sampling, all of the scorer's options. Whatever else differs is listed under its own name,
// because a setting that is added later must be seen without a change here.
//
// Engines and servers name their facts themselves; the GPU, the driver and the type of the weights
// are therefore looked for by the ends of names. They are hard only where a gate file says so: what
// a change of them does to the score is what a gate is asked.
// tests/reports/gate/compare_report_test.cc, gate_run_test.cc.

#include "reports/gate/comparability.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

std::string value_at(const std::map<std::string, std::string>& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? "" : found->second;
}

std::string joined(const std::map<std::string, std::string>& settings, const std::string& prefix,
                   const std::set<std::string>& without) {
  std::string text;
  for (const auto& [key, value] : settings) {
    if (!key.starts_with(prefix) || without.contains(key)) continue;
    if (!text.empty()) text += ' ';
    text.append(key, prefix.size()).append("=").append(value);
  }
  return text;
}

// The first setting whose name ends in one of the given words: engines name their facts themselves.
std::string setting_like(const std::map<std::string, std::string>& settings,
                         const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (const auto& [key, value] : settings) {
      if (key.starts_with("model.settings.") && key.ends_with("." + name)) return value;
    }
  }
  return "";
}

std::string id_digest(const TaskOutcomes& outcomes) {
  std::string text;
  for (const ItemOutcomes& item : outcomes.items)
    text += item.id + "\n";
  return fmt::format("{} items {}", outcomes.items.size(), sha256_hex(text).substr(0, 12));
}

std::string prompt_digest(const TaskOutcomes& outcomes) {
  std::string text;
  for (const ItemOutcomes& item : outcomes.items)
    text += item.id + " " + item.prompt_digest + "\n";
  return sha256_hex(text).substr(0, 12);
}

Arithmetic arithmetic_of(const TaskOutcomes& outcomes) {
  Arithmetic arithmetic;
  for (const std::string& name : arithmetic_names()) {
    const std::string value = value_at(outcomes.settings, "model.settings." + name);
    if (!value.empty()) arithmetic[name] = value;
  }
  return arithmetic;
}

std::string plainly(const std::string& value) {
  return value.empty() ? "(none)" : value;
}

}  // namespace

const std::vector<std::string>& all_comparison_keys() {
  static const std::vector<std::string> keys = {
      "dataset_sha256", "item_ids", "prompt_sha256", "style_sha256", "extractor",   "scorer",
      "reasoning_mode", "sampling", "max_tokens",    "metric",       "runtime_sha", "gpu",
      "driver",         "dtype",    "batch",         "seed",         "task_version"};
  return keys;
}

const std::vector<std::string>& default_hard_keys() {
  static const std::vector<std::string> keys = {"dataset_sha256", "item_ids",   "prompt_sha256",
                                                "extractor",      "scorer",     "reasoning_mode",
                                                "sampling",       "max_tokens", "metric"};
  return keys;
}

const std::vector<std::string>& hard_keys_between_models() {
  static const std::vector<std::string> keys = {"dataset_sha256", "item_ids", "style_sha256",
                                                "extractor",      "scorer",   "metric"};
  return keys;
}

std::map<std::string, std::string> comparison_values(const TaskOutcomes& outcomes) {
  const auto& settings = outcomes.settings;
  return {{"dataset_sha256", value_at(settings, "task.dataset_sha256")},
          {"item_ids", id_digest(outcomes)},
          {"prompt_sha256", prompt_digest(outcomes)},
          {"style_sha256", value_at(settings, "task.style_sha256")},
          {"extractor", joined(settings, "task.scorer_", {})},
          {"scorer", value_at(settings, "task.scorer")},
          {"reasoning_mode", joined(settings, "model.settings.template_arguments", {})},
          {"sampling", joined(settings, "sampling.", {"sampling.max_tokens"})},
          {"max_tokens", value_at(settings, "sampling.max_tokens")},
          {"metric", outcomes.metric},
          {"runtime_sha", value_at(settings, "program_version")},
          {"gpu", setting_like(settings, {"device", "device_name", "gpu"})},
          {"driver", setting_like(settings, {"driver", "driver_version"})},
          {"dtype", setting_like(settings, {"dtype", "weight_dtype", "torch_dtype"})},
          {"batch", setting_like(settings, {"max_batch_size", "batch"})},
          {"seed", value_at(settings, "seed")},
          {"task_version", value_at(settings, "task.version")}};
}

Comparability compare_settings(const TaskOutcomes& baseline, const TaskOutcomes& candidate,
                               const std::vector<std::string>& hard_keys) {
  const auto before = comparison_values(baseline), now = comparison_values(candidate);
  Comparability result;
  for (const std::string& key : hard_keys) {
    if (before.at(key) != now.at(key))
      result.hard_mismatch.push_back({key, plainly(before.at(key)), plainly(now.at(key))});
  }
  for (const auto& [key, value] : before) {
    const bool hard = std::find(hard_keys.begin(), hard_keys.end(), key) != hard_keys.end();
    if (!hard && value != now.at(key))
      result.soft_difference.push_back({key, plainly(value), plainly(now.at(key))});
  }
  // Whatever else the two run.json files disagree on, under its own name.
  std::set<std::string> names;
  for (const auto* settings : {&baseline.settings, &candidate.settings}) {
    for (const auto& [key, value] : *settings)
      names.insert(key);
  }
  static const std::set<std::string> kShownAbove = {"program_version",     "seed",
                                                    "task.dataset_sha256", "task.scorer",
                                                    "task.version",        "task.style_sha256"};
  for (const std::string& name : names) {
    if (kShownAbove.contains(name) || name.starts_with("sampling.") ||
        name.starts_with("task.scorer_") || name.starts_with("model.settings.template_arguments"))
      continue;
    const std::string a = value_at(baseline.settings, name), b = value_at(candidate.settings, name);
    if (a != b) result.soft_difference.push_back({name, plainly(a), plainly(b)});
  }
  if (baseline.model == candidate.model)
    result.arithmetic_difference =
        arithmetic_differences(arithmetic_of(baseline), arithmetic_of(candidate));
  return result;
}

}  // namespace jangwon::reports
