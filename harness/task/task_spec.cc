// Reads task.yaml. One function a section, each naming its keys once;
// tests/harness/task/task_spec_test.cc holds the refusals.

#include "harness/task/task_spec.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/sha256.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

namespace {

std::string fold_name(const std::string& name) {
  std::string folded;
  for (char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    folded += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return folded;
}

Status read_dataset(const YamlNode& node, TaskSpec& task) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"bundled", "published", "split"}));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("bundled", task.bundled_manifest));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("published", task.published_manifest));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("split", task.split));
  if (task.bundled_manifest.empty() && task.published_manifest.empty()) {
    return node.error(
        "a data set is needed: give the name of its manifest as \"published\" or \"bundled\"");
  }
  return ok_status();
}

Status read_windows(const YamlNode& node, TaskSpec& task) {
  for (const std::string& name : node.keys()) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(name));
    JANGWON_RETURN_IF_ERROR(
        child.expect_keys({"release", "start_date", "end_date", "num_samples"}));
    WindowSpec window;
    window.name = name;
    JANGWON_RETURN_IF_ERROR(child.read_if_present("release", window.release));
    JANGWON_RETURN_IF_ERROR(
        read_setting_if_present(child, "start_date", "window_date", window.start_date));
    JANGWON_RETURN_IF_ERROR(
        read_setting_if_present(child, "end_date", "window_date", window.end_date));
    JANGWON_RETURN_IF_ERROR(read_setting_if_present(child, "num_samples", window.num_samples));
    task.windows.push_back(std::move(window));
  }
  return ok_status();
}

Result<JsonValue> read_options(const YamlNode& node, const std::string& key) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode options, node.at(key));
  if (!options.is_map()) return options.error("the options of a scorer are a mapping");
  return JsonValue(options.to_json());
}

Result<PromptStyle> read_style(const std::string& name, const YamlNode& node) {
  PromptStyle style;
  style.name = name;
  JANGWON_RETURN_IF_ERROR(node.expect_keys(
      {"aliases", "messages", "completion", "continuation", "num_fewshot", "scorer_options"}));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("aliases", style.aliases));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("completion", style.completion));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("continuation", style.continuation));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "num_fewshot", style.num_fewshot));
  if (node.has("messages")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode messages, node.at("messages"));
    JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, messages.items());
    for (const YamlNode& item : items) {
      JANGWON_RETURN_IF_ERROR(item.expect_keys({"role", "template"}));
      PromptStyle::Part part;
      JANGWON_RETURN_IF_ERROR(item.read("role", part.role));
      JANGWON_RETURN_IF_ERROR(item.read("template", part.template_text));
      if (part.role != "system" && part.role != "user" && part.role != "assistant") {
        return item.error("unknown role \"{role}\"; known are system, user, assistant",
                          {{"role", part.role}});
      }
      style.messages.push_back(std::move(part));
    }
  }
  if (style.messages.empty() == style.completion.empty()) {
    return node.error("the prompt style \"{style}\" needs either messages or completion",
                      {{"style", name}});
  }
  if (node.has("scorer_options")) {
    JANGWON_ASSIGN_OR_RETURN(style.scorer_options, read_options(node, "scorer_options"));
  }
  return style;
}

Status read_prompt(const YamlNode& node, TaskSpec& task) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"default", "bundled_default", "styles"}));
  std::string default_style;
  JANGWON_RETURN_IF_ERROR(node.read("default", default_style));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode styles, node.at("styles"));
  for (const std::string& name : styles.keys()) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, styles.at(name));
    JANGWON_ASSIGN_OR_RETURN(PromptStyle style, read_style(name, child));
    if (task.kind == TaskKind::kMultipleChoice && style.continuation.empty()) {
      return child.error("a multiple_choice task needs a continuation template in each style");
    }
    task.styles.push_back(std::move(style));
  }
  const auto found = std::find_if(task.styles.begin(), task.styles.end(),
                                  [&](const PromptStyle& s) { return s.name == default_style; });
  if (found == task.styles.end())
    return node.error(unknown_name_message("default style", default_style, styles.keys()));
  std::rotate(task.styles.begin(), found, found + 1);
  JANGWON_RETURN_IF_ERROR(node.read_if_present("bundled_default", task.bundled_style));
  if (!task.bundled_style.empty() && !find_style(task, task.bundled_style).ok())
    return node.error(
        unknown_name_message("bundled_default style", task.bundled_style, styles.keys()));
  return ok_status();
}

Status read_fewshot(const YamlNode& node, TaskSpec& task) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"split", "same_key"}));
  JANGWON_RETURN_IF_ERROR(node.read("split", task.fewshot.split));
  return node.read_if_present("same_key", task.fewshot.same_key);
}

Status read_sampling(const YamlNode& node, TaskSampling& sampling) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys(
      {"temperature", "top_p", "top_k", "min_p", "presence_penalty", "max_tokens", "stop"}));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "temperature", sampling.temperature));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "top_p", sampling.top_p));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "top_k", sampling.top_k));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "min_p", sampling.min_p));
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "presence_penalty", sampling.presence_penalty));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "max_tokens", sampling.max_tokens));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("stop", sampling.stop));
  for (std::string& text : sampling.stop) {
    const Status status = read_setting("stop", "stop", text, text);
    if (!status.ok()) return node.error(status.sentence());
  }
  return ok_status();
}

Status read_reasoning(const YamlNode& node, TaskSpec& task) {
  JANGWON_ASSIGN_OR_RETURN(const std::string rule, node.as_string());
  if (rule != "strip" && rule != "keep")
    return node.error(unknown_name_message("reasoning", rule, {"strip", "keep"}));
  task.reasoning = rule == "strip" ? ReasoningRule::kStrip : ReasoningRule::kKeep;
  return ok_status();
}

// What earlier versions wrote: the nearest known name would not lead to the new key.
Status refuse_earlier_keys(const YamlNode& root) {
  if (root.has("filters")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("filters"));
    return node.error(
        R"(there is no key "filters" any more; write "reasoning: strip" for strip_reasoning)");
  }
  if (!root.has("strata_keys")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("strata_keys"));
  return node.error(
      R"(there is no key "strata_keys" any more; write "strata:" and each column below it)");
}

Status read_scorers(const YamlNode& node, TaskSpec& task) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, node.items());
  for (const YamlNode& item : items) {
    JANGWON_RETURN_IF_ERROR(item.expect_keys({"name", "options"}));
    ScorerSpec scorer;
    JANGWON_RETURN_IF_ERROR(item.read("name", scorer.name));
    if (item.has("options")) {
      JANGWON_ASSIGN_OR_RETURN(scorer.options, read_options(item, "options"));
    }
    task.scorers.push_back(std::move(scorer));
  }
  if (task.scorers.size() != 1)
    return node.error("exactly one scorer is needed; it gives the scores of both modes");
  return ok_status();
}

Status read_kind(const YamlNode& root, TaskSpec& task) {
  std::string kind = "generate";
  JANGWON_RETURN_IF_ERROR(root.read_if_present("kind", kind));
  if (kind == "generate") {
    task.kind = TaskKind::kGenerate;
  } else if (kind == "multiple_choice") {
    task.kind = TaskKind::kMultipleChoice;
  } else {
    return root.error(unknown_name_message("kind", kind, {"generate", "multiple_choice"}));
  }
  return ok_status();
}

Status read_section(const YamlNode& root, const std::string& key, TaskSpec& task,
                    Status (*read)(const YamlNode&, TaskSpec&)) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at(key));
  return read(node, task);
}

}  // namespace

Result<TaskSpec> read_task_spec(const std::string& folder) {
  const std::string path = folder + "/task.yaml";
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::parse(text, path));
  if (root.is_map()) JANGWON_RETURN_IF_ERROR(refuse_earlier_keys(root));
  std::vector<std::string> keys = {"version",  "kind",    "prompt",    "fewshot",
                                   "sampling", "repeats", "reasoning", "scorers",
                                   "metric",   "errata",  "windows"};
  keys.insert(keys.end(), profile_keys().begin(), profile_keys().end());
  JANGWON_RETURN_IF_ERROR(root.expect_keys(keys));
  TaskSpec task;
  task.folder = folder;
  task.sha256 = sha256_hex(text);
  JANGWON_RETURN_IF_ERROR(root.read("name", task.name));
  JANGWON_RETURN_IF_ERROR(root.read("version", task.version));
  JANGWON_ASSIGN_OR_RETURN(task.profile, read_task_profile(root));
  task.recorded_profile = profile_json(root);
  JANGWON_RETURN_IF_ERROR(read_kind(root, task));
  JANGWON_RETURN_IF_ERROR(read_section(root, "dataset", task, read_dataset));
  JANGWON_RETURN_IF_ERROR(read_section(root, "prompt", task, read_prompt));
  JANGWON_RETURN_IF_ERROR(read_section(root, "scorers", task, read_scorers));
  if (root.has("windows"))
    JANGWON_RETURN_IF_ERROR(read_section(root, "windows", task, read_windows));
  if (root.has("fewshot"))
    JANGWON_RETURN_IF_ERROR(read_section(root, "fewshot", task, read_fewshot));
  if (root.has("reasoning"))
    JANGWON_RETURN_IF_ERROR(read_section(root, "reasoning", task, read_reasoning));
  if (root.has("sampling")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode sampling, root.at("sampling"));
    JANGWON_RETURN_IF_ERROR(read_sampling(sampling, task.sampling));
  }
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(root, "repeats", task.repeats));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("metric", task.metric));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("errata", task.errata_file));
  for (const PromptStyle& style : task.styles) {
    if (style.num_fewshot > 0 && task.fewshot.split.empty()) {
      return root.error("the prompt style \"{style}\" wants shots, but there is no fewshot section",
                        {{"style", style.name}});
    }
  }
  return task;
}

Result<const PromptStyle*> find_style(const TaskSpec& task, const std::string& name) {
  if (name.empty()) return &task.styles.front();
  const std::string folded = fold_name(name);
  std::vector<std::string> known;
  for (const PromptStyle& style : task.styles) {
    const bool by_alias =
        std::any_of(style.aliases.begin(), style.aliases.end(),
                    [&](const std::string& alias) { return fold_name(alias) == folded; });
    if (by_alias || fold_name(style.name) == folded) return &style;
    known.push_back(style.name);
  }
  return not_found(unknown_name_message("prompt style", name, known))
      .at(Message("task {task}", {{"task", task.name}}));
}

Result<const WindowSpec*> find_window(const TaskSpec& task, const std::string& name) {
  std::vector<std::string> known;
  for (const WindowSpec& window : task.windows) {
    if (fold_name(window.name) == fold_name(name)) return &window;
    known.push_back(window.name);
  }
  if (known.empty())
    return not_found("task {task} has no windows; leave --window out", {{"task", task.name}});
  return not_found(unknown_name_message("window", name, known))
      .at(Message("task {task}", {{"task", task.name}}));
}

std::string window_name(const TaskSpec& task, const std::string& release,
                        const std::string& start_date, const std::string& end_date) {
  for (const WindowSpec& window : task.windows) {
    if (window.release == release && window.start_date == start_date && window.end_date == end_date)
      return window.name;
  }
  return "";
}

}  // namespace jangwon::harness
