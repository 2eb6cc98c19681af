// A reader a tier, because a key that means nothing to a tier must be refused there: a margin on a
// claim would look as if it were kept to. Bounds of numbers stand in one table
// (runtime/base/setting_range.h). A key that can only be said in one way (`direction` of a metric,
// `scope` of a claim) may be written, and is an error when it says the opposite of what is tested.
//
// A file that is extended is read first, and its checks are replaced by id; one level only, since a
// chain of files hides which margin holds. tests/reports/gate/gate_config_test.cc has a table of
// bad files, tests/fuzz/gate_config_fuzz.cc reads noise.

#include "reports/gate/gate_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/shown_text.h"
#include "runtime/base/utc_time.h"
#include "runtime/base/yaml.h"

namespace jangwon::reports {

namespace {

// Values that a check takes over when it does not name them.
struct Defaults {
  Scope scope = Scope::kFixedItems;
  OnMissing missing = OnMissing::kFail;
  OnInconclusive on_inconclusive = OnInconclusive::kWarn;
  double max_error_rate = 0.005;
};

template <typename T>
Status read_word(const YamlNode& node, const std::string& key,
                 const std::vector<std::pair<std::string, T>>& words, T& value) {
  if (!node.has(key)) return ok_status();
  std::string word;
  JANGWON_RETURN_IF_ERROR(node.read(key, word));
  std::vector<std::string> known;
  for (const auto& [name, meaning] : words) {
    if (name == word) {
      value = meaning;
      return ok_status();
    }
    known.push_back(name);
  }
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(key));
  return child.error(unknown_name_message(Message::value(key), word, known));
}

const std::vector<std::pair<std::string, OnInconclusive>> kInconclusiveWords = {
    {"warn", OnInconclusive::kWarn}, {"fail", OnInconclusive::kFail}};
const std::vector<std::pair<std::string, OnMissing>> kMissingWords = {{"fail", OnMissing::kFail},
                                                                      {"skip", OnMissing::kSkip}};
const std::vector<std::pair<std::string, Scope>> kScopeWords = {{"fixed_items", Scope::kFixedItems},
                                                                {"population", Scope::kPopulation}};
const std::vector<std::pair<std::string, Direction>> kDirectionWords = {
    {"higher", Direction::kHigherIsBetter}, {"lower", Direction::kLowerIsBetter}};

Status read_amount(const YamlNode& node, const std::string& key, Amount& amount) {
  if (!node.has(key)) return ok_status();
  std::string text;
  JANGWON_RETURN_IF_ERROR(node.read(key, text));
  Result<Amount> parsed = parse_amount(text);
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(key));
  if (!parsed.ok()) return child.error(parsed.status().sentence().at(key));
  amount = *parsed;
  return ok_status();
}

// "99.5%" as a share.
Status read_percent(const YamlNode& node, const std::string& key, double& share) {
  if (!node.has(key)) return ok_status();
  Amount amount;
  JANGWON_RETURN_IF_ERROR(read_amount(node, key, amount));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(key));
  if (!amount.relative || amount.value < 0 || amount.value > 1)
    return child.error("{key} must be a share from 0% to 100%, e.g. 0.5%", {{"key", key}});
  share = amount.value;
  return ok_status();
}

Status read_tasks(const YamlNode& node, GateCheck& check) {
  if (!node.has("task")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode tasks, node.at("task"));
  if (tasks.is_list()) {
    JANGWON_ASSIGN_OR_RETURN(check.tasks, tasks.as_strings());
  } else {
    JANGWON_ASSIGN_OR_RETURN(const std::string task, tasks.as_string());
    check.tasks = {task};
  }
  if (check.tasks.empty()) return tasks.error("task: the list is empty");
  return ok_status();
}

Status read_limit(const YamlNode& node, GateCheck& check) {
  if (!node.has("limit")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode limit, node.at("limit"));
  JANGWON_RETURN_IF_ERROR(limit.expect_keys({"n", "stratify"}));
  check.limit.emplace();
  JANGWON_RETURN_IF_ERROR(limit.at("n").status());
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(limit, "n", "num_questions", check.limit->n));
  JANGWON_RETURN_IF_ERROR(limit.read_if_present("stratify", check.limit->stratify));
  return ok_status();
}

Status read_window(const YamlNode& node, GateCheck& check) {
  if (!node.has("window")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode window, node.at("window"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> dates, window.as_strings());
  if (dates.size() != 2 || !is_date(dates[0]) || !is_date(dates[1]) || dates[1] < dates[0])
    return window.error("window must be two dates in order, e.g. [2025-02-01, 2025-05-01]");
  check.window = {dates[0], dates[1]};
  return ok_status();
}

Status read_accuracy_check(const YamlNode& node, GateCheck& check) {
  JANGWON_RETURN_IF_ERROR(node.read_if_present("metric", check.metric));
  const Indicator* indicator = find_indicator(check.metric);
  if (indicator == nullptr && check.metric != kOutputTokensMetric) {
    std::vector<std::string> known = {kOutputTokensMetric};
    for (const Indicator& each : all_indicators())
      known.push_back(each.name);
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at("metric"));
    return child.error(unknown_name_message("metric", check.metric, known));
  }
  const Direction own = indicator ? indicator->direction : Direction::kLowerIsBetter;
  Direction direction = own;
  JANGWON_RETURN_IF_ERROR(read_word(node, "direction", kDirectionWords, direction));
  if (direction != own)
    return node
        .error(
            own == Direction::kHigherIsBetter
                ? Message("{metric} is better when it is higher; remove `direction` or correct it",
                          {{"metric", check.metric}})
                : Message("{metric} is better when it is lower; remove `direction` or correct it",
                          {{"metric", check.metric}}))
        .at(check.id);
  JANGWON_RETURN_IF_ERROR(read_word(node, "scope", kScopeWords, check.scope));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "repeats", check.repeats));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("by", check.by));
  JANGWON_RETURN_IF_ERROR(read_amount(node, "margin", check.margin));
  JANGWON_RETURN_IF_ERROR(read_amount(node, "min_effect", check.min_effect));
  JANGWON_RETURN_IF_ERROR(read_limit(node, check));
  JANGWON_RETURN_IF_ERROR(read_window(node, check));
  if (check.margin.value <= 0)
    return node.error("margin must be above 0, e.g. margin: 2pt").at(check.id);
  if (check.metric == kOutputTokensMetric && !check.margin.relative)
    return node.error("the margin of mean_output_tokens must be relative, e.g. 10%").at(check.id);
  if (check.min_effect.value > 0 && check.min_effect.relative == check.margin.relative &&
      check.min_effect.value > check.margin.value)
    return node.error("min_effect is above the margin; no drop could fail before it is intolerable")
        .at(check.id);
  return ok_status();
}

Status read_claim_check(const YamlNode& node, GateCheck& check) {
  JANGWON_RETURN_IF_ERROR(node.read("reference", check.reference));
  JANGWON_RETURN_IF_ERROR(node.at("ratio").status());
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "ratio", check.ratio));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "claim_alpha", check.claim_alpha));
  check.scope = Scope::kPopulation;
  JANGWON_RETURN_IF_ERROR(read_word(node, "scope", kScopeWords, check.scope));
  if (check.scope != Scope::kPopulation)
    return node.error("a claim about two models has the scope population").at(check.id);
  JANGWON_RETURN_IF_ERROR(read_word(
      node, "combine", {{"all", Combine::kAll}, {"average", Combine::kAverage}}, check.combine));
  if (check.model.empty()) return node.error("an L3 check needs a model").at(check.id);
  return ok_status();
}

Status read_replay_check(const YamlNode& node, GateCheck& check) {
  JANGWON_RETURN_IF_ERROR(node.read("corpus", check.corpus));
  bool identical = true;
  return read_word(node, "require", {{"identical", true}}, identical);
}

Status read_parity_check(const YamlNode& node, GateCheck& check) {
  JANGWON_RETURN_IF_ERROR(node.read("prompts", check.prompts));
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "max_mean_dlogp", "logprob_difference", check.max_mean_dlogp));
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "max_abs_dlogp", "logprob_difference", check.max_abs_dlogp));
  if (node.has("min_top1"))
    JANGWON_RETURN_IF_ERROR(read_percent(node, "min_top1", check.min_top1.emplace()));
  if (check.model.empty()) return node.error("an L1 check needs a model").at(check.id);
  if (!check.max_mean_dlogp && !check.max_abs_dlogp && !check.min_top1)
    return node.error("an L1 check needs max_mean_dlogp, max_abs_dlogp or min_top1").at(check.id);
  return ok_status();
}

int line_of(const YamlNode& node) {
  const std::string place = node.place();
  const size_t colon = place.rfind(':');
  return colon == std::string::npos ? 0 : std::atoi(place.c_str() + colon + 1);
}

Result<GateCheck> read_check(const YamlNode& node, const Defaults& defaults) {
  GateCheck check;
  check.line = line_of(node);
  if (!node.is_map()) return node.error("a check is a mapping with id and tier");
  JANGWON_RETURN_IF_ERROR(node.read("id", check.id));
  check.scope = defaults.scope;
  check.on_missing = defaults.missing;
  check.on_inconclusive = defaults.on_inconclusive;
  check.max_error_rate = defaults.max_error_rate;
  JANGWON_RETURN_IF_ERROR(
      node.has("tier") ? ok_status() : node.error("a check needs a tier, L0 to L3").at(check.id));
  JANGWON_RETURN_IF_ERROR(read_word(
      node, "tier",
      {{"L0", Tier::kReplay}, {"L1", Tier::kParity}, {"L2", Tier::kAccuracy}, {"L3", Tier::kClaim}},
      check.tier));
  std::vector<std::string> keys = {
      "id", "tier", "model", "missing", "on_inconclusive", "max_error_rate"};
  const auto allow = [&](std::vector<std::string> more) {
    keys.insert(keys.end(), more.begin(), more.end());
  };
  switch (check.tier) {
    case Tier::kReplay:
      allow({"corpus", "require"});
      break;
    case Tier::kParity:
      allow({"prompts", "max_mean_dlogp", "max_abs_dlogp", "min_top1"});
      break;
    case Tier::kAccuracy:
      allow({"task", "metric", "direction", "scope", "repeats", "margin", "min_effect", "by",
             "limit", "window"});
      break;
    case Tier::kClaim:
      allow({"task", "scope", "reference", "ratio", "combine", "claim_alpha"});
      break;
  }
  JANGWON_RETURN_IF_ERROR(node.expect_keys(keys));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("model", check.model));
  JANGWON_RETURN_IF_ERROR(read_word(node, "missing", kMissingWords, check.on_missing));
  JANGWON_RETURN_IF_ERROR(
      read_word(node, "on_inconclusive", kInconclusiveWords, check.on_inconclusive));
  JANGWON_RETURN_IF_ERROR(read_percent(node, "max_error_rate", check.max_error_rate));
  JANGWON_RETURN_IF_ERROR(read_tasks(node, check));
  if (check.tasks.empty() && (check.tier == Tier::kAccuracy || check.tier == Tier::kClaim))
    return node.error("name a task, a list of tasks, or \"*\"").at(check.id);
  switch (check.tier) {
    case Tier::kReplay:
      JANGWON_RETURN_IF_ERROR(read_replay_check(node, check));
      break;
    case Tier::kParity:
      JANGWON_RETURN_IF_ERROR(read_parity_check(node, check));
      break;
    case Tier::kAccuracy:
      JANGWON_RETURN_IF_ERROR(read_accuracy_check(node, check));
      break;
    case Tier::kClaim:
      JANGWON_RETURN_IF_ERROR(read_claim_check(node, check));
      break;
  }
  return check;
}

Status read_escalation(const YamlNode& root, GateConfig& config) {
  if (!root.has("escalate")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("escalate"));
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"max_looks", "alpha_weights", "repeats"}));
  int max_looks = 0;
  JANGWON_RETURN_IF_ERROR(node.at("max_looks").status());
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "max_looks", max_looks));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode weights_node, node.at("alpha_weights"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> weights, weights_node.items());
  JANGWON_ASSIGN_OR_RETURN(const YamlNode repeats_node, node.at("repeats"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> repeats, repeats_node.as_strings());
  if (static_cast<int>(weights.size()) != max_looks ||
      static_cast<int>(repeats.size()) != max_looks)
    return node.error(
        "escalate: alpha_weights and repeats must have one entry for each of max_looks");
  config.looks.clear();
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    Look look;
    Status status = read_setting("alpha_weight", "escalate.alpha_weights", weights[i].to_json(),
                                 look.alpha_weight);
    if (!status.ok()) return weights[i].error(status.sentence());
    if (!repeats[i].starts_with("x"))
      return repeats_node.error("escalate.repeats are factors, e.g. [x1, x2, x4]");
    status = read_setting("repeats_factor", "escalate.repeats behind the x", repeats[i].substr(1),
                          look.repeats_factor);
    if (!status.ok()) return repeats_node.error(status.sentence());
    const bool grows = config.looks.empty()
                           ? look.repeats_factor == 1
                           : look.repeats_factor > config.looks.back().repeats_factor;
    if (!grows) return repeats_node.error("escalate.repeats must begin with x1 and grow");
    sum += look.alpha_weight;
    config.looks.push_back(look);
  }
  if (std::fabs(sum - 1) > 1e-9)
    return weights_node.error("escalate.alpha_weights must add up to 1: they share out alpha");
  return ok_status();
}

Status read_sequential(const YamlNode& root, GateConfig& config) {
  if (!root.has("sequential")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("sequential"));
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"mode", "alpha_share"}));
  bool on = false;
  JANGWON_RETURN_IF_ERROR(read_word(node, "mode", {{"off", false}, {"eprocess", true}}, on));
  double share = 0.3;
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "alpha_share", share));
  config.eprocess_share = on ? share : 0;
  return ok_status();
}

Status read_comparable(const YamlNode& root, GateConfig& config) {
  if (!root.has("comparable")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("comparable"));
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"hard", "soft"}));
  for (const char* kind : {"hard", "soft"}) {
    std::vector<std::string> keys;
    JANGWON_RETURN_IF_ERROR(node.read_if_present(kind, keys));
    for (const std::string& key : keys) {
      const auto& known = all_comparison_keys();
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(kind));
        return child.error(unknown_name_message("comparable key", key, known));
      }
    }
    if (std::string(kind) == "hard") config.hard_keys = keys;
  }
  return ok_status();
}

Status read_defaults(const YamlNode& root, Defaults& defaults) {
  JANGWON_RETURN_IF_ERROR(
      read_word(root, "on_inconclusive", kInconclusiveWords, defaults.on_inconclusive));
  if (!root.has("defaults")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("defaults"));
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"scope", "direction", "missing", "max_error_rate"}));
  Direction direction = Direction::kHigherIsBetter;
  JANGWON_RETURN_IF_ERROR(read_word(node, "direction", kDirectionWords, direction));
  if (direction != Direction::kHigherIsBetter)
    return node.error("defaults.direction: accuracy is better when it is higher");
  JANGWON_RETURN_IF_ERROR(read_word(node, "scope", kScopeWords, defaults.scope));
  JANGWON_RETURN_IF_ERROR(read_word(node, "missing", kMissingWords, defaults.missing));
  return read_percent(node, "max_error_rate", defaults.max_error_rate);
}

// What one file says, laid over `config`; checks with a known id replace that check.
Status read_into(const YamlNode& root, GateConfig& config) {
  JANGWON_RETURN_IF_ERROR(root.expect_keys(
      {"version", "gate", "extends", "alpha", "on_inconclusive", "escalate", "sequential",
       "baselines", "comparable", "defaults", "checks", "min_power"}));
  int version = 0;
  JANGWON_RETURN_IF_ERROR(root.read("version", version));
  if (version != 1)
    return root.error("version is {version}; this program reads version 1", {{"version", version}});
  JANGWON_RETURN_IF_ERROR(root.read_if_present("gate", config.name));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(root, "alpha", config.alpha));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(root, "min_power", config.min_power));
  JANGWON_RETURN_IF_ERROR(read_escalation(root, config));
  JANGWON_RETURN_IF_ERROR(read_sequential(root, config));
  JANGWON_RETURN_IF_ERROR(read_comparable(root, config));
  if (root.has("baselines")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at("baselines"));
    JANGWON_RETURN_IF_ERROR(node.expect_keys({"rolling", "anchor"}));
    JANGWON_RETURN_IF_ERROR(node.read_if_present("rolling", config.rolling));
    JANGWON_RETURN_IF_ERROR(node.read_if_present("anchor", config.anchor));
  }
  if (!root.has("checks")) return ok_status();
  Defaults defaults;
  JANGWON_RETURN_IF_ERROR(read_defaults(root, defaults));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode checks, root.at("checks"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, checks.items());
  std::set<std::string> seen;
  for (const YamlNode& item : items) {
    JANGWON_ASSIGN_OR_RETURN(GateCheck check, read_check(item, defaults));
    if (!seen.insert(check.id).second)
      return item.error("the id {id} is used twice", {{"id", check.id}});
    const auto same = std::find_if(config.checks.begin(), config.checks.end(),
                                   [&](const GateCheck& other) { return other.id == check.id; });
    if (same == config.checks.end()) {
      config.checks.push_back(std::move(check));
    } else {
      *same = std::move(check);
    }
  }
  return ok_status();
}

}  // namespace

const char* name_of(Tier tier) {
  switch (tier) {
    case Tier::kReplay:
      return "L0";
    case Tier::kParity:
      return "L1";
    case Tier::kAccuracy:
      return "L2";
    case Tier::kClaim:
      return "L3";
  }
  return "";
}

Result<Amount> parse_amount(const std::string& text) {
  const bool points = text.ends_with("pt"), relative = text.ends_with("%");
  if (!points && !relative) {
    return invalid_argument(
        "\"{text}\" has no unit: pt is percentage points, % is relative to the baseline",
        {{"text", shown_value(text)}});
  }
  double value = 0;
  const std::string number = text.substr(0, text.size() - (points ? 2 : 1));
  if (!read_setting(points ? "percent" : "relative_percent", "", number, value).ok()) {
    return invalid_argument(
        "\"{text}\" is not an amount; write e.g. 2pt or 5%, at most 100pt or 1000%",
        {{"text", shown_value(text)}});
  }
  return Amount{value / 100, relative};
}

Result<GateConfig> parse_gate_config(const std::string& text, const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::parse(text, path));
  GateConfig config;
  config.path = path;
  config.name = std::filesystem::path(path).stem().string();
  if (root.has("extends")) {
    std::string base;
    JANGWON_RETURN_IF_ERROR(root.read("extends", base));
    const std::string base_path = (std::filesystem::path(path).parent_path() / base).string();
    JANGWON_ASSIGN_OR_RETURN(const YamlNode base_root, YamlNode::read_file(base_path));
    if (base_root.has("extends"))
      return base_root.error("a file that is extended must not extend another one");
    JANGWON_RETURN_IF_ERROR(read_into(base_root, config));
  }
  JANGWON_RETURN_IF_ERROR(read_into(root, config));
  if (config.checks.empty())
    return root.error("a gate without checks passes everything; add `checks`");
  return config;
}

Result<GateConfig> read_gate_config(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path, uint64_t{1} << 20));
  return parse_gate_config(text, path);
}

}  // namespace jangwon::reports
