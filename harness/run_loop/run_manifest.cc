// Layout of run.json: {"schema", "frozen": {…}, "models": [{"model", "stand_in", "spec", "kind", "settings",
// "sampling"}], "recorded": {…}}. `frozen` and `models` are compared on a resume, `recorded` is not.

#include "harness/run_loop/run_manifest.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr const char* kSchema = "jangwon-run-1";

// The first place at which two values differ, as a JSON pointer, with both sides.
std::string first_difference(const Json& before, const Json& now) {
  const nlohmann::json patch = nlohmann::json::diff(nlohmann::json(before), nlohmann::json(now));
  if (patch.empty()) return "";
  const std::string path = patch.front().at("path").get<std::string>();
  const Json::json_pointer pointer(path);
  const auto side = [&](const Json& json) { return json.contains(pointer) ? json.at(pointer).dump() : "nothing"; };
  return path + " was " + side(before) + " and is now " + side(now);
}

// A model's facts without what cannot change a result: how it was named and how fast it was run.
Json without_performance(Json model) {
  model.erase("spec");
  model.erase("performance");
  return model;
}

Status refuse(const std::string& path, const std::string& difference) {
  return invalid_argument(path + ": this folder holds a run with other settings: " + difference +
                          "; repeat the earlier call or choose another folder with -o");
}

}  // namespace

RunManifest::RunManifest() : json_(std::make_unique<Json>()) {}
RunManifest::RunManifest(const RunManifest& other) : path_(other.path_), json_(std::make_unique<Json>(*other.json_)) {}
RunManifest::RunManifest(RunManifest&&) noexcept = default;
RunManifest& RunManifest::operator=(RunManifest&&) noexcept = default;
RunManifest::~RunManifest() = default;

const Json& RunManifest::json() const {
  return *json_;
}

Result<RunManifest> RunManifest::read(const std::string& run_folder) {
  RunManifest manifest;
  manifest.path_ = run_folder + "/run.json";
  Result<Json> json = read_json_file(manifest.path_);
  if (!json.ok() && json.status().code() == StatusCode::kNotFound) {
    return not_found(run_folder + " is not a run folder: it has no run.json");
  }
  if (!json.ok()) return json.status();
  *manifest.json_ = std::move(json).value();
  if (!manifest.json_->is_object() || manifest.json_->value("schema", "") != kSchema ||
      !manifest.json_->contains("frozen") || !manifest.json_->contains("models")) {
    return unsupported(manifest.path_ + ": not a run of this program: \"schema\" must be \"" + kSchema + "\"");
  }
  return manifest;
}

Result<RunManifest> RunManifest::open(const std::string& run_folder, const Json& frozen, const Json& recorded) {
  if (std::filesystem::exists(run_folder + "/run.json")) {
    JANGWON_ASSIGN_OR_RETURN(RunManifest manifest, read(run_folder));
    const std::string difference = first_difference((*manifest.json_)["frozen"], frozen);
    if (!difference.empty()) return refuse(manifest.path_, difference);
    return manifest;
  }
  RunManifest manifest;
  manifest.path_ = run_folder + "/run.json";
  (*manifest.json_) = Json{{"schema", kSchema}, {"frozen", frozen}, {"models", Json::array()}, {"recorded", recorded}};
  JANGWON_RETURN_IF_ERROR(manifest.save());
  return manifest;
}

Status RunManifest::save() const {
  return write_file_atomically(path_, to_json_text(*json_));
}

Status RunManifest::add_model(const Json& model) {
  for (const Json& known : (*json_)["models"]) {
    if (known["model"] != model["model"]) continue;
    const std::string difference = first_difference(without_performance(known), without_performance(model));
    return difference.empty() ? ok_status()
                              : refuse(path_, "/models/" + model["model"].get<std::string>() + difference);
  }
  (*json_)["models"].push_back(model);
  return save();
}

std::optional<Shard> RunManifest::shard() const {
  const Json& frozen = (*json_)["frozen"];
  if (!frozen.contains("shard")) return std::nullopt;
  return Shard{frozen["shard"]["index"].get<int>(), frozen["shard"]["count"].get<int>()};
}

std::string RunManifest::settings_difference(const RunManifest& other) const {
  Json mine = (*json_)["frozen"], theirs = (*other.json_)["frozen"];
  for (Json* frozen : {&mine, &theirs})
    frozen->erase("shard");
  const std::string difference = first_difference(mine, theirs);
  if (!difference.empty()) return difference;
  for (const Json& model : (*json_)["models"]) {
    for (const Json& same : (*other.json_)["models"]) {
      if (same["model"] != model["model"]) continue;
      const std::string of_model = first_difference(without_performance(model), without_performance(same));
      if (!of_model.empty()) return "/models/" + model["model"].get<std::string>() + of_model;
    }
  }
  return "";
}

RunPlan RunManifest::plan() const {
  RunPlan plan;
  for (const Json& model : (*json_)["models"]) {
    plan.models.push_back({model["model"].get<std::string>(), model["stand_in"].get<bool>()});
  }
  const Json& frozen = (*json_)["frozen"];
  for (const Json& task : frozen["tasks"]) {
    PlannedTask planned;
    planned.task = task["name"].get<std::string>();
    planned.task_version = task["version"].get<std::string>();
    planned.metric = task["metric"].get<std::string>();
    planned.cluster_key = task["cluster_key"].get<std::string>();
    planned.strata_keys = task["strata_keys"].get<std::vector<std::string>>();
    planned.num_samples = frozen.contains("shard") ? frozen["shard"]["num_samples"][planned.task].get<int>()
                                                   : task["num_samples"].get<int>();
    planned.repeats = task["repeats"].get<int>();
    // Checked when the task was read; frozen with the run, so that its passes stay what they were.
    if (task.contains("licence_rules")) {
      Result<LicenceRules> rules = parse_licence_rules(task["licence_rules"].get<std::string>(), path_);
      if (rules.ok()) planned.licence_rules = std::move(rules).value();
    }
    plan.tasks.push_back(std::move(planned));
  }
  return plan;
}

std::string RunManifest::settings_json() const {
  Json settings = (*json_)["frozen"];
  settings["models"] = Json::array();
  for (const Json& model : (*json_)["models"])
    settings["models"].push_back(without_performance(model));
  return to_json_line(settings);
}

}  // namespace jangwon::harness
