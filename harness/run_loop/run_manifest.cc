// Layout of run.json: {"schema", "asked": {"models": [{"model", "spec", "place", "named",
// "stand_in"}], "tasks", "sampling", "template_arguments"}, "frozen": {…}, "models": [{"model",
// "stand_in", "spec", "kind", "settings", "sampling"}], "recorded": {…}}. `frozen` is missing
// until the data sets were read. `asked`, `frozen` and `models` are compared on a resume,
// `recorded` is not.

#include "harness/run_loop/run_manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/new_file.h"

namespace jangwon::harness {

namespace {

// The first place at which two values differ, as a JSON pointer with `below` in front,
// with both sides.
Message first_difference(const Json& before, const Json& now, const std::string& below = "") {
  const nlohmann::json patch = nlohmann::json::diff(nlohmann::json(before), nlohmann::json(now));
  if (patch.empty()) return {};
  // The types of activations and of the cache follow the numerics: those are what a
  // call can repeat.
  const auto numerics = std::find_if(patch.begin(), patch.end(), [](const nlohmann::json& change) {
    return change.at("path").get<std::string>().ends_with("/settings/numerics");
  });
  const std::string path =
      (numerics == patch.end() ? patch.front() : *numerics).at("path").get<std::string>();
  const Json::json_pointer pointer(path);
  const auto side = [&](const Json& json) {
    return json.contains(pointer) ? Message::value(json.at(pointer).dump()) : Message("nothing");
  };
  return Message("{path} was {before} and is now {now}",
                 {{"path", below + path}, {"before", side(before)}, {"now", side(now)}});
}

// A model's facts without what cannot change a result: how it was named and how fast it was run.
Json without_performance(Json model) {
  model.erase("spec");
  model.erase("performance");
  return model;
}

std::vector<AskedModel>::const_iterator find_model(const std::vector<AskedModel>& models,
                                                   const std::string& name) {
  return std::find_if(models.begin(), models.end(),
                      [&](const AskedModel& model) { return model.model == name; });
}

Status refuse(const std::string& path, Message difference) {
  return invalid_argument(
             "this folder holds a run with other settings: {difference}; repeat the earlier call "
             "or choose another "
             "folder with -o",
             {{"difference", std::move(difference)}})
      .at(path);
}

Json asked_json(const RunRequest& request) {
  Json models = Json::array();
  for (const AskedModel& model : request.models)
    models.push_back(to_json(model));
  return {{"models", models},
          {"tasks", request.tasks},
          {"sampling", *request.sampling},
          {"template_arguments", *request.template_arguments}};
}

Json unbegun_run(const RunRequest& request) {
  return {{"schema", kRunSchema},
          {"asked", asked_json(request)},
          {"models", Json::array()},
          {"recorded", {{"settings", *request.settings}}}};
}

// May throw what the JSON library throws of values of the wrong type.
PlannedTask planned_task(const Json& frozen, const Json& task, const std::string& path) {
  PlannedTask planned;
  planned.task = task.at("name").get<std::string>();
  planned.task_version = task.at("version").get<std::string>();
  planned.metric = task.at("metric").get<std::string>();
  planned.cluster_key = task.at("cluster_key").get<std::string>();
  planned.strata_keys = task.at("strata_keys").get<std::vector<std::string>>();
  planned.num_samples = frozen.contains("shard")
                            ? frozen.at("shard").at("num_samples").at(planned.task).get<int>()
                            : task.at("num_samples").get<int>();
  planned.repeats = task.at("repeats").get<int>();
  // A profile that this program cannot read asks for nothing.
  if (task.contains("profile")) {
    const Result<TaskProfile> profile = parse_task_profile(task.at("profile"), path);
    if (profile.ok()) planned.metrics = profile->metrics;
  }
  // Checked when the task was read; frozen with the run, so that its passes stay what they were.
  if (task.contains("licence_rules")) {
    Result<LicenceRules> rules =
        parse_licence_rules(task.at("licence_rules").get<std::string>(), path);
    if (rules.ok()) planned.licence_rules = std::move(rules).value();
  }
  return planned;
}

}  // namespace

const Json& RunManifest::json() const {
  return *json_;
}

Status RunManifest::read_plan() {
  plan_ = RunPlan();
  const Result<std::vector<AskedModel>> models = asked_models(*json_);
  if (!models.ok()) return models.status().at(path_);
  for (const AskedModel& model : *models)
    plan_.models.push_back({model.model, model.stand_in});
  if (!json_->contains("frozen")) return ok_status();
  try {
    static_cast<void>(json_->at("models"));  // that it is a list is checked when the file is read
    const Json& frozen = json_->at("frozen");
    for (const Json& task : frozen.at("tasks"))
      plan_.tasks.push_back(planned_task(frozen, task, path_));
    if (frozen.contains("shard")) {
      const Json& shard = frozen.at("shard");
      const Result<Shard> parsed =
          parse_shard(shard.at("index").dump() + "/" + shard.at("count").dump());
      if (!parsed.ok()) return parsed.status().at(path_);
    }
  } catch (const Json::exception&) {
    return invalid_argument("its settings are not laid out as this program writes them: {cause}",
                            {{"cause", caught_exception().sentence()}})
        .at(path_);
  }
  return ok_status();
}

Result<RunManifest> RunManifest::read(const std::string& run_folder) {
  RunManifest manifest;
  manifest.path_ = run_folder + "/run.json";
  JANGWON_ASSIGN_OR_RETURN(*manifest.json_, read_begun_run(run_folder));
  JANGWON_RETURN_IF_ERROR(manifest.read_plan());
  return manifest;
}

Result<RunManifest> RunManifest::create(const std::string& run_folder, Json run) {
  RunManifest manifest;
  manifest.path_ = run_folder + "/run.json";
  run["schema"] = kRunSchema;
  *manifest.json_ = std::move(run);
  JANGWON_RETURN_IF_ERROR(manifest.read_plan());
  JANGWON_RETURN_IF_ERROR(write_new_file(manifest.path_, to_json_text(*manifest.json_)));
  return manifest;
}

Result<RunManifest> RunManifest::open(const std::string& run_folder, const RunRequest& request) {
  Result<RunManifest> made = create(run_folder, unbegun_run(request));
  if (made.ok()) return made;
  RunManifest manifest;
  manifest.path_ = run_folder + "/run.json";
  Result<Json> run = read_run_json(run_folder);
  if (!run.ok()) return run.status().code() == StatusCode::kNotFound ? made.status() : run.status();
  *manifest.json_ = std::move(run).value();
  JANGWON_RETURN_IF_ERROR(manifest.read_plan());
  return manifest;
}

Status RunManifest::save() {
  JANGWON_RETURN_IF_ERROR(read_plan());
  return write_file_atomically(path_, to_json_text(*json_));
}

Status RunManifest::ask_anew(const RunRequest& request) {
  Json run = unbegun_run(request);
  if (*json_ == run) return ok_status();
  *json_ = std::move(run);
  return save();
}

Status RunManifest::check(const RunRequest& request, const Json& frozen) const {
  const Json& run = *json_;
  Message difference = first_difference(run["frozen"], frozen);
  if (!difference.empty()) return refuse(path_, difference);
  const Json now = asked_json(request);
  for (const char* key : {"sampling", "template_arguments"}) {
    if (!run.contains("asked") || !run["asked"].contains(key)) continue;
    difference = first_difference(run["asked"][key], now[key], std::string("/") + key);
    if (!difference.empty()) return refuse(path_, difference);
  }
  JANGWON_ASSIGN_OR_RETURN(const std::vector<AskedModel> models, asked_models(run));
  for (const AskedModel& model : request.models) {
    const auto same = find_model(models, model.model);
    if (same == models.end() || is_same_model(*same, model)) continue;
    return invalid_argument(
               "this folder holds replies of another model of the name {model} ({spec}); name this "
               "one with --model "
               "NAME={spec_2}, or {model} if it is the same",
               {{"model", model.model}, {"spec", same->spec}, {"spec_2", model.spec}})
        .at(path_);
  }
  return ok_status();
}

Status RunManifest::freeze(const RunRequest& request, const Json& frozen, const Json& recorded) {
  Json& run = *json_;
  if (!run.contains("frozen")) {
    run = {{"schema", kRunSchema},
           {"asked", asked_json(request)},
           {"frozen", frozen},
           {"models", Json::array()},
           {"recorded", recorded}};
    run["recorded"]["settings"] = *request.settings;
    return save();
  }
  JANGWON_RETURN_IF_ERROR(check(request, frozen));
  JANGWON_ASSIGN_OR_RETURN(std::vector<AskedModel> models, asked_models(run));
  const size_t known = models.size();
  for (const AskedModel& model : request.models) {
    if (find_model(models, model.model) == models.end()) models.push_back(model);
  }
  if (models.size() == known) return ok_status();
  run["asked"]["models"] = Json::array();
  for (const AskedModel& model : models)
    run["asked"]["models"].push_back(to_json(model));
  return save();
}

Status RunManifest::add_model(const Json& model) {
  for (const Json& known : (*json_)["models"]) {
    if (known["model"] != model["model"]) continue;
    const Message difference =
        first_difference(without_performance(known), without_performance(model),
                         "/models/" + model["model"].get<std::string>());
    return difference.empty() ? ok_status() : refuse(path_, difference);
  }
  (*json_)["models"].push_back(model);
  return save();
}

Status RunManifest::add_speculation(const std::string& model, const Json& counts) {
  if (counts.is_null()) return ok_status();
  const auto count_of = [](const Json& of, const char* name) {
    return of.contains(name) && of[name].is_number_integer() ? of[name].get<int64_t>() : 0;
  };
  for (Json& known : (*json_)["models"]) {
    if (known["model"] != model) continue;
    Json now = counts;
    const Json before = known["performance"].value("speculation", Json::object());
    for (const char* name : {"verified_drafts", "accepted_drafts"})
      now[name] = count_of(now, name) + count_of(before, name);
    if (count_of(now, "verified_drafts") > 0)
      now["acceptance_rate"] =
          now["accepted_drafts"].get<double>() / now["verified_drafts"].get<double>();
    known["performance"]["speculation"] = now;
  }
  return save();
}

bool RunManifest::begun() const {
  return json_->contains("frozen");
}

std::optional<Shard> RunManifest::shard() const {
  const Json& frozen = json_->at("frozen");
  if (!frozen.contains("shard")) return std::nullopt;
  return Shard{frozen["shard"]["index"].get<int>(), frozen["shard"]["count"].get<int>()};
}

Message RunManifest::settings_difference(const RunManifest& other) const {
  Json mine = (*json_)["frozen"], theirs = (*other.json_)["frozen"];
  for (Json* frozen : {&mine, &theirs})
    frozen->erase("shard");
  const Message difference = first_difference(mine, theirs);
  if (!difference.empty()) return difference;
  for (const Json& model : (*json_)["models"]) {
    for (const Json& same : (*other.json_)["models"]) {
      if (same["model"] != model["model"]) continue;
      const Message of_model =
          first_difference(without_performance(model), without_performance(same),
                           "/models/" + model["model"].get<std::string>());
      if (!of_model.empty()) return of_model;
    }
  }
  return {};
}

Json RunManifest::settings() const {
  Json settings = (*json_)["frozen"];
  settings["models"] = Json::array();
  for (const Json& model : (*json_)["models"])
    settings["models"].push_back(without_performance(model));
  return settings;
}

}  // namespace jangwon::harness
