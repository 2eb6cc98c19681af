// Reads a profile out of task.yaml and out of run.json, by one reader: JSON is YAML. What stands in
// run.json is what task.yaml said, key by key, so a newer program reads the profile of an older run
// and the other way round as far as they share keys.

#include "harness/task/task_profile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

// Formats of `jangwon export` that carry the name of a task.
const std::vector<std::string> kNamedFormats = {"lm-eval", "inspect", "every-eval-ever",
                                                "hf-eval-results"};

constexpr double kPoint = 0.01;

Status read_points_if_present(const YamlNode& node, const std::string& key, double& share) {
  double points = share / kPoint;
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, key, "percent", points));
  share = points * kPoint;
  return ok_status();
}

// The keys of a mapping; what is none would seem to be an empty one.
Result<std::vector<std::string>> names_in(const YamlNode& node, const std::string& key) {
  if (node.is_null()) return std::vector<std::string>();
  if (!node.is_map())
    return node.error("{key} must be a mapping: a name, then what is said of it", {{"key", key}});
  return node.keys();
}

Status read_strata(const YamlNode& node, TaskProfile& profile) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> columns, names_in(node, "strata"));
  for (const std::string& column : columns) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode child, node.at(column));
    StratumColumn stratum;
    stratum.column = column;
    stratum.title = Message::value(column);
    if (child.is_null()) {
      profile.strata.push_back(std::move(stratum));
      continue;
    }
    JANGWON_RETURN_IF_ERROR(child.expect_keys({"title", "values", "plot"}));
    JANGWON_RETURN_IF_ERROR(child.read_if_present("title", stratum.title));
    JANGWON_RETURN_IF_ERROR(child.read_if_present("plot", stratum.plot));
    if (child.has("values")) {
      JANGWON_ASSIGN_OR_RETURN(const YamlNode values, child.at("values"));
      JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> known, names_in(values, "values"));
      for (const std::string& value : known) {
        Message title = Message::value(value);
        JANGWON_RETURN_IF_ERROR(values.read_if_present(value, title));
        stratum.values.push_back({value, std::move(title)});
      }
    }
    profile.strata.push_back(std::move(stratum));
  }
  return ok_status();
}

Status read_metrics(const YamlNode& node, TaskProfile& profile) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, node.as_strings());
  for (const std::string& name : names) {
    Result<FurtherMetric> metric = parse_further_metric(name);
    if (!metric.ok()) return node.error(metric.status().sentence());
    profile.metrics.push_back(std::move(metric).value());
  }
  return ok_status();
}

Status read_date_window(const YamlNode& node, TaskProfile& profile) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"date", "filters"}));
  DateWindow window;
  JANGWON_RETURN_IF_ERROR(node.read("date", window.date));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("filters", window.filters));
  profile.date_window = std::move(window);
  return ok_status();
}

Status read_published(const YamlNode& node, TaskProfile& profile) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"hub", "questions", "metric", "problem_set",
                                            "problem_sets", "dataset_sha256", "tolerance_points"}));
  PublishedBenchmark published;
  published.problem_set = profile.name;
  JANGWON_RETURN_IF_ERROR(node.read_if_present("hub", published.hub));
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "questions", "num_samples", published.questions));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("metric", published.metric));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("problem_set", published.problem_set));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("dataset_sha256", published.dataset_sha256));
  JANGWON_RETURN_IF_ERROR(read_points_if_present(node, "tolerance_points", published.tolerance));
  if (node.has("problem_sets")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode sets, node.at("problem_sets"));
    JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> ids, names_in(sets, "problem_sets"));
    for (const std::string& id : ids) {
      Message title;
      JANGWON_RETURN_IF_ERROR(sets.read_if_present(id, title));
      published.problem_sets.emplace_back(id, std::move(title));
    }
    const bool named =
        std::any_of(published.problem_sets.begin(), published.problem_sets.end(),
                    [&](const auto& set) { return set.first == published.problem_set; });
    if (!named)
      return node.error(unknown_name_message("problem_set", published.problem_set, sets.keys()));
  } else {
    published.problem_sets.emplace_back(published.problem_set, profile.title);
  }
  profile.published = std::move(published);
  return ok_status();
}

Status read_plan(const YamlNode& node, TaskProfile& profile) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys(
      {"run_variance", "question_variance", "score", "margin_points", "reply_tokens"}));
  PlanningValues plan;
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "run_variance", "share", plan.run_variance));
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "question_variance", "share", plan.question_variance));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, "score", "share", plan.score));
  JANGWON_RETURN_IF_ERROR(read_points_if_present(node, "margin_points", plan.margin));
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "reply_tokens", "reply_tokens", plan.reply_tokens));
  if (plan.margin <= 0) return node.error("margin_points must be above 0");
  profile.plan = plan;
  return ok_status();
}

Status read_exports(const YamlNode& node, TaskProfile& profile) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys(kNamedFormats));
  for (const std::string& format : node.keys())
    JANGWON_RETURN_IF_ERROR(node.read(format, profile.exports[format]));
  return ok_status();
}

Status read_published_dataset(const YamlNode& node, TaskProfile& profile) {
  return node.read_if_present("published", profile.published_dataset);
}

struct Section {
  const char* key;
  Status (*read)(const YamlNode&, TaskProfile&);
};

constexpr Section kSections[] = {
    {"dataset", read_published_dataset}, {"strata", read_strata},       {"metrics", read_metrics},
    {"date_window", read_date_window},   {"published", read_published}, {"plan", read_plan},
    {"exports", read_exports},
};

}  // namespace

std::vector<std::string> TaskProfile::strata_keys() const {
  std::vector<std::string> keys;
  for (const StratumColumn& stratum : strata)
    keys.push_back(stratum.column);
  return keys;
}

std::vector<std::string> TaskProfile::columns() const {
  std::vector<std::string> all = strata_keys();
  all.push_back(cluster_key);
  if (date_window) {
    all.push_back(date_window->date);
    all.insert(all.end(), date_window->filters.begin(), date_window->filters.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::erase(all, "");
  return all;
}

const std::vector<std::string>& profile_keys() {
  static const std::vector<std::string> kKeys = {
      "name",   "title",       "description", "domain",      "language", "aliases",
      "groups", "strata",      "metrics",     "cluster_key", "passes",   "dataset",
      "chance", "date_window", "published",   "plan",        "exports"};
  return kKeys;
}

Result<TaskProfile> read_task_profile(const YamlNode& root) {
  TaskProfile profile;
  JANGWON_RETURN_IF_ERROR(root.read("name", profile.name));
  profile.title = Message::value(profile.name);
  JANGWON_RETURN_IF_ERROR(root.read_if_present("title", profile.title));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("description", profile.description));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("domain", profile.domain));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("language", profile.language));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("aliases", profile.aliases));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("groups", profile.groups));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("cluster_key", profile.cluster_key));
  JANGWON_RETURN_IF_ERROR(root.read_if_present("passes", profile.passes));
  JANGWON_RETURN_IF_ERROR(read_setting_if_present(root, "chance", "share", profile.chance));
  for (const Section& section : kSections) {
    if (!root.has(section.key)) continue;
    JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at(section.key));
    JANGWON_RETURN_IF_ERROR(section.read(node, profile));
  }
  return profile;
}

Json profile_json(const YamlNode& root) {
  Json json = Json::object();
  for (const std::string& key : profile_keys()) {
    const Result<YamlNode> child = root.at(key);
    if (child.ok()) json[key] = child->to_json();
  }
  return json;
}

Result<TaskProfile> parse_task_profile(const Json& json, const std::string& source) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::parse(to_json_line(json), source));
  return read_task_profile(root);
}

Result<FurtherMetric> parse_further_metric(const std::string& name) {
  if (name == "spread") return FurtherMetric{name, FurtherMetric::Kind::kSpread, 0};
  for (const auto& [prefix, kind] :
       {std::pair<std::string, FurtherMetric::Kind>{"pass@", FurtherMetric::Kind::kPassAtK},
        {"majority@", FurtherMetric::Kind::kMajorityAtK}}) {
    if (!name.starts_with(prefix)) continue;
    FurtherMetric metric{name, kind, 0};
    JANGWON_RETURN_IF_ERROR(
        read_setting("repeats", "k of " + name, name.substr(prefix.size()), metric.k));
    return metric;
  }
  return invalid_argument(unknown_name_message("metric", name, {"pass@K", "majority@K", "spread"}));
}

}  // namespace jangwon::harness
