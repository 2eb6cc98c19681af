// Reads a run folder for comparison. The frozen settings are flattened to one map of strings, so
// that "what differs" is a comparison of maps and a setting that is added later shows up by itself.

#include "reports/gate/evaluation_side.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "harness/record/run_json.h"
#include "harness/record/sample_outcome.h"
#include "reports/gate/baseline_file.h"
#include "reports/task_profiles.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/folder_name.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void flatten(const Json& value, const std::string& prefix,
             std::map<std::string, std::string>& flat) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, inner] : value.items())
      flatten(inner, prefix.empty() ? key : prefix + "." + key, flat);
  } else {
    flat[prefix] = text_of(value);
  }
}

// What one model ran one task with.
std::map<std::string, std::string> settings_of(const Json& frozen, const Json& task,
                                               const Json& model) {
  std::map<std::string, std::string> flat;
  for (const auto& [key, value] : frozen.items()) {
    if (key != "tasks") flatten(value, key, flat);
  }
  Json of_task = task;
  of_task.erase("profile");  // no result depends on it
  flatten(of_task, "task", flat);
  for (const auto& [key, value] : model.items()) {
    if (key != "sampling" && key != "model" && key != "stand_in")
      flatten(value, "model." + key, flat);
  }
  const std::string name = task.value("name", "");
  if (model.contains("sampling") && model["sampling"].is_object() &&
      model["sampling"].contains(name)) {
    for (const auto& [key, value] : model["sampling"][name].items())
      flatten(value.is_object() && value.contains("value") ? value["value"] : value,
              "sampling." + key, flat);
  }
  return flat;
}

// What run.json knows of a model; of one that was never loaded, that it was asked for.
Json facts_of(const Json& manifest, const harness::AskedModel& asked) {
  for (const Json& model : manifest.at("models")) {
    if (model.at("model") == asked.model) return model;
  }
  return {{"model", asked.model}, {"stand_in", asked.stand_in}};
}

TaskOutcomes planned_task(const Json& frozen, const Json& task, const Json& model) {
  TaskOutcomes outcomes;
  outcomes.model = model.at("model").get<std::string>();
  outcomes.stand_in = model.value("stand_in", false);
  outcomes.task = task.at("name").get<std::string>();
  outcomes.metric = task.value("metric", "accuracy");
  outcomes.cluster_key = task.value("cluster_key", "");
  outcomes.strata_keys = task.value("strata_keys", std::vector<std::string>());
  outcomes.planned_items = task.value("num_samples", 0);
  outcomes.repeats = task.value("repeats", 1);
  outcomes.profile = task.value("profile", Json::object());
  outcomes.settings = settings_of(frozen, task, model);
  return outcomes;
}

RunOutcome run_of(const harness::SampleOutcome& outcome) {
  RunOutcome run;
  run.present = true;
  run.verdict = outcome.verdict;
  run.truncated = outcome.truncated;
  run.unterminated_reasoning = outcome.unterminated_reasoning;
  if (const harness::ScoreOutcome* score = find_score(outcome, harness::ScoreMode::kOfficial)) {
    run.timed_out = score->timed_out;
    run.answer = score->answer;
  }
  return run;
}

// When and of what the run was made, as far as its run.json says.
void read_origin(const Json& manifest, EvaluationSide& side) {
  const Json recorded = manifest.value("recorded", Json::object());
  const auto text = [](const Json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_string()
               ? object[key].get<std::string>()
               : "";
  };
  side.date = text(recorded, "started_at");
  side.commit = text(recorded, "tested_commit");
  if (side.commit.empty() && recorded.is_object())
    side.commit = text(recorded.value("build", Json()), "git_commit");
}

// Collects the records of one (model, task).
class TaskCollector {
 public:
  explicit TaskCollector(TaskOutcomes planned) : outcomes_(std::move(planned)) {}

  void add(harness::SampleOutcome outcome) {
    ItemOutcomes& item = items_[outcome.key.sample_id];
    if (item.id.empty()) {
      item.id = outcome.key.sample_id;
      item.prompt_digest = outcome.prompt_digest;
      item.columns = std::move(outcome.columns);
      item.runs.resize(static_cast<size_t>(std::max(1, outcomes_.repeats)));
    }
    const auto repeat = static_cast<size_t>(std::max(0, outcome.key.repeat));
    if (repeat >= item.runs.size()) item.runs.resize(repeat + 1);
    item.runs[repeat] = run_of(outcome);
    item.num_output_tokens += outcome.num_completion_tokens;
    generation_ms_ += outcome.generation_ms;
    ++num_records_;
    if (!outcome.scores.empty() && !outcome.scores.front().scorer_version.empty())
      outcomes_.settings["task.scorer_version"] = outcome.scores.front().scorer_version;
  }

  TaskOutcomes finish() {
    for (auto& [id, item] : items_)
      outcomes_.items.push_back(std::move(item));
    if (num_records_ > 0) outcomes_.mean_generation_ms = generation_ms_ / num_records_;
    return std::move(outcomes_);
  }

 private:
  TaskOutcomes outcomes_;
  // by id, so that the order of the journal does not matter
  std::map<std::string, ItemOutcomes> items_;
  double generation_ms_ = 0;
  int num_records_ = 0;
};

}  // namespace

harness::TaskProfile profile_of(const TaskOutcomes& outcomes) {
  Result<harness::TaskProfile> recorded =
      harness::parse_task_profile(*outcomes.profile, outcomes.task);
  if (recorded.ok()) return std::move(recorded).value();
  for (const harness::TaskProfile& installed : installed_task_profiles()) {
    if (installed.name == outcomes.task) return installed;
  }
  harness::TaskProfile unknown;
  unknown.name = outcomes.task;
  unknown.title = Message::value(outcomes.task);
  return unknown;
}

bool TaskOutcomes::complete() const {
  if (items.empty() || static_cast<int>(items.size()) != planned_items) return false;
  for (const ItemOutcomes& item : items) {
    if (static_cast<int>(item.runs.size()) < repeats) return false;
    for (const RunOutcome& run : item.runs) {
      if (!run.counts()) return false;
    }
  }
  return true;
}

int64_t TaskOutcomes::num_present() const {
  int64_t present = 0;
  for (const ItemOutcomes& item : items)
    present += std::count_if(item.runs.begin(), item.runs.end(),
                             [](const RunOutcome& run) { return run.present; });
  return present;
}

double TaskOutcomes::error_rate() const {
  int64_t failed = 0;
  for (const ItemOutcomes& item : items)
    failed += std::count_if(item.runs.begin(), item.runs.end(),
                            [](const RunOutcome& run) { return run.failed(); });
  const int64_t present = num_present();
  return present > 0 ? static_cast<double>(failed) / static_cast<double>(present) : 0.0;
}

const TaskOutcomes* EvaluationSide::find(const std::string& model, const std::string& task) const {
  for (const TaskOutcomes& outcomes : tasks) {
    if (outcomes.model == model && outcomes.task == task) return &outcomes;
  }
  return nullptr;
}

std::vector<std::string> EvaluationSide::models() const {
  std::vector<std::string> names;
  for (const TaskOutcomes& outcomes : tasks) {
    if (std::find(names.begin(), names.end(), outcomes.model) == names.end())
      names.push_back(outcomes.model);
  }
  return names;
}

std::vector<std::string> EvaluationSide::task_names() const {
  std::vector<std::string> names;
  for (const TaskOutcomes& outcomes : tasks) {
    if (std::find(names.begin(), names.end(), outcomes.task) == names.end())
      names.push_back(outcomes.task);
  }
  return names;
}

Result<EvaluationSide> read_run_side(const std::string& run_folder) {
  JANGWON_ASSIGN_OR_RETURN(const Json manifest, harness::read_begun_run(run_folder));
  const Result<std::vector<harness::AskedModel>> asked = harness::asked_models(manifest);
  if (!asked.ok()) return asked.status().at(run_folder + "/run.json");
  EvaluationSide side;
  side.path = run_folder;
  side.name = name_of_folder(run_folder);
  read_origin(manifest, side);
  std::map<std::pair<std::string, std::string>, TaskCollector> collectors;
  std::vector<std::pair<std::string, std::string>> order;
  try {
    const Json& frozen = manifest.at("frozen");
    for (const harness::AskedModel& model_asked : *asked) {
      const Json model = facts_of(manifest, model_asked);
      for (const Json& task : frozen.at("tasks")) {
        TaskOutcomes planned = planned_task(frozen, task, model);
        const std::pair key(planned.model, planned.task);
        order.push_back(key);
        collectors.emplace(key, TaskCollector(std::move(planned)));
      }
    }
  } catch (const Json::exception&) {
    return invalid_argument("{run_folder}/run.json: not a run of this program: {cause}",
                            {{"run_folder", run_folder}, {"cause", caught_exception().sentence()}});
  }
  const harness::OutcomeFields fields{.columns = {}, .answers = true};
  JANGWON_RETURN_IF_ERROR(
      harness::read_outcomes(run_folder, fields, [&](harness::SampleOutcome outcome) {
        const auto collector = collectors.find({outcome.key.model, outcome.key.task});
        if (collector == collectors.end()) {
          return invalid_argument(
              "{run_folder}/samples.jsonl holds a record of {model} on {task}, which run.json does "
              "not name",
              {{"run_folder", run_folder},
               {"model", outcome.key.model},
               {"task", outcome.key.task}});
        }
        collector->second.add(std::move(outcome));
        return ok_status();
      }));
  JANGWON_ASSIGN_OR_RETURN(side.journal_sha256, sha256_of_file(harness::journal_path(run_folder)));
  for (const auto& key : order)
    side.tasks.push_back(collectors.at(key).finish());
  return side;
}

Result<EvaluationSide> read_side(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const bool is_run, file_exists(path + "/run.json"));
  if (is_run) return read_run_side(path);
  if (is_baseline_folder(path)) return read_baseline(path);
  return Status(StatusCode::kNotComparable,
                "{path} is neither a run folder (run.json) nor a baseline (baseline.json); run "
                "`jangwon run -o {path}` "
                "or `jangwon baseline accept RUN --as {path}` first",
                {{"path", path}});
}

}  // namespace jangwon::reports
