// One list of shapes is checked on reading, so that the many readers of run.json (resume, merge,
// rescore, reports, gates) can take values without each guarding against a number where a text
// belongs. The list says nothing of what must be there: runs of earlier versions lack keys, and
// whoever needs one says so. tests/e2e/run_folder_test.cc, tests/fuzz/run_folder_fuzz.cc.

#include "harness/record/run_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/caught_exception.h"
#include "runtime/base/json.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

// What a value of run.json is, wherever it is there at all; `*` stands for every entry of a list or
// an object. Readers count on this list: the library would give them 6 for 6.5, and an exception
// for a text where an object belongs.
struct Shape {
  const char* path;
  // "text", "flag", "list", "object", or the name of a setting that is a whole number
  const char* kind;
};

constexpr Shape kShapes[] = {
    {"asked", "object"},
    {"asked/models", "list"},
    {"asked/models/*", "object"},
    {"asked/models/*/model", "text"},
    {"asked/models/*/spec", "text"},
    {"asked/models/*/place", "text"},
    {"asked/models/*/named", "flag"},
    {"asked/models/*/stand_in", "flag"},
    {"asked/tasks", "list"},
    {"asked/tasks/*", "text"},
    {"asked/sampling", "object"},
    {"asked/template_arguments", "object"},
    {"frozen", "object"},
    {"frozen/program_version", "text"},
    {"frozen/seed", "seed"},
    {"frozen/dataset", "text"},
    {"frozen/shard", "object"},
    {"frozen/shard/num_samples", "object"},
    {"frozen/shard/num_samples/*", "num_samples"},
    {"frozen/tasks", "list"},
    {"frozen/tasks/*", "object"},
    {"frozen/tasks/*/name", "text"},
    {"frozen/tasks/*/version", "text"},
    {"frozen/tasks/*/style", "text"},
    {"frozen/tasks/*/dataset", "text"},
    {"frozen/tasks/*/dataset_sha256", "text"},
    {"frozen/tasks/*/split", "text"},
    {"frozen/tasks/*/release", "text"},
    {"frozen/tasks/*/start_date", "text"},
    {"frozen/tasks/*/end_date", "text"},
    {"frozen/tasks/*/num_samples", "num_samples"},
    {"frozen/tasks/*/repeats", "repeats"},
    {"frozen/tasks/*/scorer", "text"},
    {"frozen/tasks/*/scorer_options", "object"},
    {"frozen/tasks/*/scorer_options/extractor", "text"},
    {"frozen/tasks/*/metric", "text"},
    {"frozen/tasks/*/cluster_key", "text"},
    {"frozen/tasks/*/strata_keys", "list"},
    {"frozen/tasks/*/strata_keys/*", "text"},
    {"frozen/tasks/*/licence_rules", "text"},
    {"frozen/tasks/*/miniature", "flag"},
    {"frozen/tasks/*/profile", "object"},
    {"models", "list"},
    {"models/*", "object"},
    {"models/*/model", "text"},
    {"models/*/spec", "text"},
    {"models/*/kind", "text"},
    {"models/*/stand_in", "flag"},
    {"models/*/settings", "object"},
    {"models/*/settings/compute_dtype", "text"},
    {"models/*/settings/numerics", "text"},
    {"models/*/settings/kv_cache_dtype", "text"},
    {"models/*/settings/made_weights", "text"},
    {"models/*/settings/weight_format", "text"},
    {"models/*/settings/device", "text"},
    {"models/*/settings/weights_sha256", "text"},
    {"models/*/settings/chat_template_sha256", "text"},
    {"models/*/performance", "object"},
    {"models/*/performance/speculation", "object"},
    {"models/*/sampling", "object"},
    {"models/*/sampling/*", "object"},
    {"models/*/sampling/*/*", "object"},
    {"recorded", "object"},
    {"recorded/started_at", "text"},
    {"recorded/data_defects", "list"},
    {"recorded/data_defects/*", "text"},
    {"recorded/data_defect_messages", "list"},
    {"recorded/settings", "object"},
    {"recorded/settings/*", "list"},
    {"recorded/settings/*/*", "text"},
};

Status check_kind(const Json& value, const std::string& name, std::string_view kind) {
  if (kind != "text" && kind != "flag" && kind != "list" && kind != "object") {
    uint64_t number = 0;
    return read_setting(kind, name, value, number);
  }
  if (kind == "text" && !value.is_string())
    return invalid_argument("{name} is not a string", {{"name", name}});
  if (kind == "flag" && !value.is_boolean())
    return invalid_argument("{name} is not true or false", {{"name", name}});
  if (kind == "list" && !value.is_array())
    return invalid_argument("{name} is not a list", {{"name", name}});
  if (kind == "object" && !value.is_object())
    return invalid_argument("{name} is not an object", {{"name", name}});
  return ok_status();
}

// `path` from `value` on, which stands at `name` and is what the shapes in front of this one say.
Status check_shape(const Json& value, const std::string& name, std::string_view path,
                   std::string_view kind) {
  if (path.empty()) return check_kind(value, name, kind);
  const size_t slash = std::min(path.find('/'), path.size());
  const std::string key(path.substr(0, slash));
  const std::string_view rest = path.substr(std::min(slash + 1, path.size()));
  if (key != "*") {
    const auto found = value.find(key);
    return found == value.end() ? ok_status() : check_shape(*found, name + "/" + key, rest, kind);
  }
  for (const auto& [entry, inner] : value.items())
    JANGWON_RETURN_IF_ERROR(check_shape(inner, name + "/" + entry, rest, kind));
  return ok_status();
}

}  // namespace

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
    return not_found("{run_folder} is not a run folder: it has no run.json",
                     {{"run_folder", run_folder}});
  if (!run.ok()) return run;
  if (!run->is_object() || !run->contains("schema") || (*run)["schema"] != kRunSchema)
    return unsupported(
        "{run_folder}/run.json: not a run of this program: \"schema\" must be \"{run_schema}\"",
        {{"run_folder", run_folder}, {"run_schema", kRunSchema}});
  for (const Shape& shape : kShapes) {
    const Status status = check_shape(*run, "", shape.path, shape.kind);
    if (!status.ok()) return status.at(path);
  }
  return run;
}

Result<Json> read_begun_run(const std::string& run_folder) {
  JANGWON_ASSIGN_OR_RETURN(Json run, read_run_json(run_folder));
  if (run.contains("frozen")) return run;
  return Status(StatusCode::kIncomplete,
                "the run {run_folder} ended before its first question; `jangwon run -o "
                "{run_folder}` goes on with it",
                {{"run_folder", run_folder}});
}

Result<std::vector<std::string>> asked_tasks(const Json& run) {
  try {
    const Json asked = run.value("asked", Json::object());
    if (asked.contains("tasks")) return asked.at("tasks").get<std::vector<std::string>>();
    std::vector<std::string> names;
    for (const Json& task : run.value("frozen", Json::object()).value("tasks", Json::array()))
      names.push_back(task.at("name").get<std::string>());
    return names;
  } catch (const Json::exception&) {
    return invalid_argument("its tasks are not laid out as this program writes them: {cause}",
                            {{"cause", caught_exception().sentence()}});
  }
}

Result<std::vector<AskedModel>> asked_models(const Json& run) {
  std::vector<AskedModel> models;
  try {
    const Json asked = run.value("asked", Json::object()).value("models", Json::array());
    const Json loaded = run.value("models", Json::array());
    const auto read = [](const Json& model) -> AskedModel {
      return {model.at("model").get<std::string>(), model.value("spec", ""),
              model.value("place", ""), model.value("named", false),
              model.value("stand_in", false)};
    };
    for (const Json& model : asked)
      models.push_back(read(model));
    for (const Json& model : loaded) {
      AskedModel one = read(model);
      if (std::none_of(models.begin(), models.end(),
                       [&](const AskedModel& m) { return m.model == one.model; }))
        models.push_back(std::move(one));
    }
  } catch (const Json::exception&) {
    return invalid_argument("its models are not laid out as this program writes them: {cause}",
                            {{"cause", caught_exception().sentence()}});
  }
  return models;
}

}  // namespace jangwon::harness
