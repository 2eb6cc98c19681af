#include "harness/record/run_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {

bool is_same_model(const AskedModel& before, const AskedModel& now) {
  return before.spec == now.spec || before.place == now.place || now.named;
}

Json to_json(const AskedModel& model) {
  return {{"model", model.model},
          {"spec", model.spec},
          {"place", model.place},
          {"named", model.named},
          {"stand_in", model.stand_in}};
}

Result<Json> read_run_json(const std::string& run_folder) {
  const std::string path = run_folder + "/run.json";
  Result<Json> run = read_json_file(path);
  if (!run.ok() && run.status().code() == StatusCode::kNotFound)
    return not_found(run_folder + " is not a run folder: it has no run.json");
  if (!run.ok()) return run;
  if (!run->is_object() || !run->contains("schema") || (*run)["schema"] != kRunSchema)
    return unsupported(path + ": not a run of this program: \"schema\" must be \"" + kRunSchema + "\"");
  return run;
}

Result<Json> read_begun_run(const std::string& run_folder) {
  JANGWON_ASSIGN_OR_RETURN(Json run, read_run_json(run_folder));
  if (run.contains("frozen")) return run;
  return Status(StatusCode::kIncomplete, "the run " + run_folder +
                                             " ended before its first question; `jangwon run -o " + run_folder +
                                             "` goes on with it");
}

Result<std::vector<std::string>> asked_tasks(const Json& run) {
  try {
    const Json asked = run.value("asked", Json::object());
    if (asked.contains("tasks")) return asked.at("tasks").get<std::vector<std::string>>();
    std::vector<std::string> names;
    for (const Json& task : run.value("frozen", Json::object()).value("tasks", Json::array()))
      names.push_back(task.at("name").get<std::string>());
    return names;
  } catch (const Json::exception& error) {
    return invalid_argument(std::string("its tasks are not laid out as this program writes them: ") + error.what());
  }
}

Result<std::vector<AskedModel>> asked_models(const Json& run) {
  std::vector<AskedModel> models;
  try {
    const Json asked = run.value("asked", Json::object()).value("models", Json::array());
    const Json loaded = run.value("models", Json::array());
    const auto read = [](const Json& model) -> AskedModel {
      return {model.at("model").get<std::string>(), model.value("spec", ""), model.value("place", ""),
              model.value("named", false), model.value("stand_in", false)};
    };
    for (const Json& model : asked)
      models.push_back(read(model));
    for (const Json& model : loaded) {
      AskedModel one = read(model);
      if (std::none_of(models.begin(), models.end(), [&](const AskedModel& m) { return m.model == one.model; }))
        models.push_back(std::move(one));
    }
  } catch (const Json::exception& error) {
    return invalid_argument(std::string("its models are not laid out as this program writes them: ") + error.what());
  }
  return models;
}

}  // namespace jangwon::harness
