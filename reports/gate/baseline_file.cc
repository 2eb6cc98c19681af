// A baseline is put together in a folder of its own and takes the name in one step, because what is
// compared with must be whole: a baseline that was half replaced would pass or fail a build by
// accident. Each file's SHA-256 stands in the index, so a change by hand is found.

#include "reports/gate/baseline_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/gate/outcome_blob.h"
#include "reports/gate/task_scores.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/new_file.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

namespace fs = std::filesystem;

constexpr const char* kIndexSchema = "jangwon-baseline-1";
constexpr const char* kKeptGate = "gate.yaml";
constexpr const char* kTaskSchema = "jangwon-baseline-task-1";

// A model's name may hold slashes; a file's must not.
std::string file_name_of(const std::string& name) {
  std::string safe;
  for (char c : name)
    safe +=
        std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' || c == '@'
            ? c
            : '_';
  return safe.empty() || safe.front() == '.' ? "_" + safe : safe;
}

Json task_json(const TaskOutcomes& outcomes) {
  const harness::ScoreEstimate score = score_of(outcomes);
  Json json = {{"schema", kTaskSchema},
               {"model", outcomes.model},
               {"stand_in", outcomes.stand_in},
               {"task", outcomes.task},
               {"metric", outcomes.metric},
               {"cluster_key", outcomes.cluster_key},
               {"strata_keys", outcomes.strata_keys},
               {"planned_items", outcomes.planned_items},
               {"repeats", outcomes.repeats}};
  json["score"] = {{"value", score.value ? Json(*score.value) : Json()},
                   {"ci_low", score.ci_low ? Json(*score.ci_low) : Json()},
                   {"ci_high", score.ci_high ? Json(*score.ci_high) : Json()},
                   {"n", score.n}};
  json["side_metrics"] = Json::object();
  for (const Indicator& indicator : all_indicators()) {
    if (indicator.name == kAccuracyMetric) continue;
    if (const auto rate = indicator_rate(outcomes, indicator))
      json["side_metrics"][indicator.name] = *rate;
  }
  json["mean_generation_ms"] =
      outcomes.mean_generation_ms ? Json(*outcomes.mean_generation_ms) : Json();
  json["profile"] = *outcomes.profile;
  json["settings"] = outcomes.settings;
  json["items"] = encode_items(outcomes.items);
  return json;
}

Result<TaskOutcomes> parse_task(const Json& json) {
  TaskOutcomes outcomes;
  try {
    if (json.at("schema") != kTaskSchema) return unsupported("not a baseline of this program");
    outcomes.model = json.at("model").get<std::string>();
    outcomes.stand_in = json.at("stand_in").get<bool>();
    outcomes.task = json.at("task").get<std::string>();
    outcomes.metric = json.at("metric").get<std::string>();
    outcomes.cluster_key = json.at("cluster_key").get<std::string>();
    outcomes.strata_keys = json.at("strata_keys").get<std::vector<std::string>>();
    JANGWON_RETURN_IF_ERROR(read_setting("num_samples", "planned_items", json.at("planned_items"),
                                         outcomes.planned_items));
    JANGWON_RETURN_IF_ERROR(
        read_setting("repeats", "repeats", json.at("repeats"), outcomes.repeats));
    if (!json.at("mean_generation_ms").is_null())
      outcomes.mean_generation_ms = json.at("mean_generation_ms").get<double>();
    if (json.contains("profile")) outcomes.profile = json.at("profile");
    outcomes.settings = json.at("settings").get<std::map<std::string, std::string>>();
    JANGWON_ASSIGN_OR_RETURN(outcomes.items, decode_items(json.at("items").get<std::string>()));
  } catch (const Json::exception&) {
    return invalid_argument("not a valid baseline: {cause}",
                            {{"cause", caught_exception().sentence()}});
  }
  return outcomes;
}

Status check_acceptable(const EvaluationSide& run, const BaselineNote& note) {
  if (note.reason.empty())
    return invalid_argument(
        "a baseline needs a reason: say with --reason why this run is the new reference");
  if (run.is_baseline)
    return invalid_argument("{run} is a baseline already; accept a run folder",
                            {{"run", run.path}});
  if (run.tasks.empty())
    return {StatusCode::kIncomplete, "{run} holds no task: nothing ran", {{"run", run.path}}};
  for (const TaskOutcomes& outcomes : run.tasks) {
    if (outcomes.complete()) continue;
    const int64_t planned = int64_t{outcomes.planned_items} * outcomes.repeats;
    return {StatusCode::kIncomplete,
            "{run}: {model} on {task} is not complete ({num_present} of {planned} runs, "
            "{error_rate} % errors of ours) "
            "and cannot become a baseline; go on with `jangwon run -o {run}`",
            {{"run", run.path},
             {"model", outcomes.model},
             {"task", outcomes.task},
             {"num_present", outcomes.num_present()},
             {"planned", planned},
             {"error_rate", fmt::format("{:.2f}", 100 * outcomes.error_rate())}}};
  }
  return ok_status();
}

// There is no baseline to compare with, whatever the reason: exit code 4 as for one
// that is missing.
Status damaged(Message what) {
  return {StatusCode::kNotComparable,
          "{what}; restore the baseline from version control or accept a run again",
          {{"what", std::move(what)}}};
}

Status damaged(MessageTemplate what, Message::Arguments arguments) {
  return damaged(Message(what, arguments));
}

// A disk that fails says nothing about the baseline.
Status unreadable(const Status& status) {
  return status.code() == StatusCode::kUnavailable ? status : damaged(status.sentence());
}

Result<Json> read_index(const std::string& folder) {
  const std::string path = folder + "/baseline.json";
  Result<Json> index = read_json_file(path);
  if (!index.ok()) return unreadable(index.status());
  const Json& json = *index;
  const bool known = json.is_object() && json.contains("schema") && json["schema"] == kIndexSchema;
  if (!known || !json.contains("files") || !json["files"].is_object())
    return damaged("{path} is not the index of a baseline of this program", {{"path", path}});
  for (const char* key :
       {"name", "reason", "accepted_by", "accepted_at", "run", "journal_sha256"}) {
    if (!json.contains(key) || !json[key].is_string())
      return damaged("{path}: \"{key}\" is not a text", {{"path", path}, {"key", key}});
  }
  for (const auto& [name, digest] : json["files"].items()) {
    if (!digest.is_string())
      return damaged("{path}: {name} has no SHA-256", {{"path", path}, {"name", name}});
  }
  return index;
}

// The old one gives up its name only together with the new one getting it: a baseline that is gone
// can come back from nothing else.
Status put_in_place(const std::string& fresh, const std::string& folder) {
  const bool replaces = path_exists(folder);
  const unsigned flags = replaces ? RENAME_EXCHANGE : 0;
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, folder.c_str(), flags) == 0) {
    std::error_code ignored;
    if (replaces) fs::remove_all(fresh, ignored);
    return ok_status();
  }
  if (!replaces || errno != EINVAL)
    return unavailable(
        "cannot move {fresh} to {folder}: {cause}",
        {{"fresh", fresh}, {"folder", folder}, {"cause", Message::system_error(errno)}});
  // A file system that cannot exchange names. The old one stays beside the new one until
  // that has its name.
  JANGWON_ASSIGN_OR_RETURN(const std::string old, new_name_beside(folder));
  std::error_code error;
  fs::rename(folder, old, error);
  if (!error) fs::rename(fresh, folder, error);
  if (error)
    return unavailable(
        "cannot move {fresh} to {folder}: {cause}",
        {{"fresh", fresh}, {"folder", folder}, {"cause", Message::system_error(error)}});
  fs::remove_all(old, error);
  return ok_status();
}

// A baseline makes way for a new one of its name; what else may lie there is somebody's, and stays.
Status check_replaceable(const std::string& folder) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (!fs::exists(status)) return ok_status();
  if (!fs::is_directory(status))
    return invalid_argument("{folder} is a link or no folder; choose another name",
                            {{"folder", folder}});
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(folder));
  if (names.empty()) return ok_status();
  const Result<Json> index = read_json_file(folder + "/baseline.json");
  const bool ours = index.ok() && index->is_object() &&
                    index->value("schema", Json()) == kIndexSchema && index->contains("files") &&
                    (*index)["files"].is_object();
  if (!ours)
    return invalid_argument("{folder} exists and is not a baseline; choose another name",
                            {{"folder", folder}});
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    const bool known = name == "baseline.json" || (*index)["files"].contains(name);
    std::error_code unknown;
    if (!entry->is_symlink(unknown) && (known || entry->is_directory(unknown))) continue;
    return invalid_argument("{folder}/{name} is no file of this baseline; move it away first",
                            {{"folder", folder}, {"name", name}});
  }
  return error ? unavailable("cannot read the folder {folder}: {cause}",
                             {{"folder", folder}, {"cause", Message::system_error(error)}})
               : ok_status();
}

// The whole of a baseline into the new folder `fresh`, which then takes the name `folder`.
Status write_baseline(const EvaluationSide& run, const std::string& folder,
                      const BaselineNote& note, const std::string& fresh) {
  std::error_code error;
  Json files = Json::object();
  for (const TaskOutcomes& outcomes : run.tasks) {
    const std::string name =
        file_name_of(outcomes.task) + "/" + file_name_of(outcomes.model) + ".json";
    if (files.contains(name))
      return invalid_argument(
          "two models would share the file {task}/{model}.json",
          {{"task", file_name_of(outcomes.task)}, {"model", file_name_of(outcomes.model)}});
    const std::string text = to_json_text(task_json(outcomes));
    fs::create_directories(fs::path(fresh + "/" + name).parent_path(), error);
    if (error)
      return unavailable("cannot make the folder of {fresh}/{task}/{model}.json: {cause}",
                         {{"fresh", fresh},
                          {"task", file_name_of(outcomes.task)},
                          {"model", file_name_of(outcomes.model)},
                          {"cause", Message::system_error(error)}});
    JANGWON_RETURN_IF_ERROR(write_file_atomically(fresh + "/" + name, text));
    files[name] = sha256_hex(text);
  }
  if (!note.gate.empty()) {
    JANGWON_RETURN_IF_ERROR(write_file_atomically(fresh + "/" + kKeptGate, note.gate));
    files[kKeptGate] = sha256_hex(note.gate);
  }
  const auto& settings = run.tasks.front().settings;
  const auto version = settings.find("program_version");
  const Json index = {{"schema", kIndexSchema},
                      {"name", fs::path(folder).filename().string()},
                      {"reason", note.reason},
                      {"accepted_by", note.accepted_by},
                      {"accepted_at", note.accepted_at},
                      {"run", run.name},
                      {"journal_sha256", run.journal_sha256},
                      {"run_date", run.date},
                      {"commit", run.commit},
                      {"program_version", version == settings.end() ? "" : version->second},
                      {"files", files}};
  JANGWON_RETURN_IF_ERROR(write_file_atomically(fresh + "/baseline.json", to_json_text(index)));
  return put_in_place(fresh, folder);
}

}  // namespace

bool is_baseline_folder(const std::string& path) {
  return path_exists(path + "/baseline.json");
}

Status accept_baseline(const EvaluationSide& run, const std::string& path,
                       const BaselineNote& note) {
  JANGWON_RETURN_IF_ERROR(check_acceptable(run, note));
  const std::string folder = path.substr(0, path.find_last_not_of('/') + 1);
  JANGWON_RETURN_IF_ERROR(check_replaceable(folder));
  // The new one is built beside the old one and takes its place at the end: a reader never
  // sees half of each.
  JANGWON_ASSIGN_OR_RETURN(const std::string fresh, new_name_beside(folder));
  const Status written = write_baseline(run, folder, note, fresh);
  std::error_code ignored;
  if (!written.ok()) fs::remove_all(fresh, ignored);
  return written;
}

Result<EvaluationSide> read_baseline(const std::string& folder) {
  JANGWON_RETURN_IF_ERROR(verify_baseline(folder));
  JANGWON_ASSIGN_OR_RETURN(const Json index, read_index(folder));
  EvaluationSide side;
  side.path = folder;
  side.name = index.value("name", "");
  side.is_baseline = true;
  side.journal_sha256 = index.value("journal_sha256", "");
  // Older baselines do not say when their run was made.
  const auto text = [&index](const char* key) {
    return index.contains(key) && index[key].is_string() ? index[key].get<std::string>() : "";
  };
  side.date = text("run_date").empty() ? text("accepted_at") : text("run_date");
  side.commit = text("commit");
  for (const auto& [name, digest] : index["files"].items()) {
    if (name == kKeptGate) continue;
    const std::string path = folder + "/" + name;
    JANGWON_ASSIGN_OR_RETURN(const Json json, read_json_file(path));
    Result<TaskOutcomes> outcomes = parse_task(json);
    if (!outcomes.ok()) return damaged(outcomes.status().sentence().at(path));
    side.tasks.push_back(std::move(outcomes).value());
  }
  return side;
}

Result<BaselineSummary> read_baseline_summary(const std::string& folder) {
  JANGWON_ASSIGN_OR_RETURN(const Json index, read_index(folder));
  BaselineSummary summary;
  summary.path = folder;
  summary.name = index.value("name", "");
  summary.note = {index.value("reason", ""), index.value("accepted_by", ""),
                  index.value("accepted_at", ""), ""};
  summary.run = index.value("run", "");
  summary.journal_sha256 = index.value("journal_sha256", "");
  JANGWON_ASSIGN_OR_RETURN(const EvaluationSide side, read_baseline(folder));
  for (const TaskOutcomes& outcomes : side.tasks) {
    const harness::ScoreEstimate score = score_of(outcomes);
    summary.scores.push_back(
        {outcomes.model, outcomes.task, score.value.value_or(0), score.n, outcomes.repeats});
  }
  return summary;
}

Status verify_baseline(const std::string& folder) {
  JANGWON_ASSIGN_OR_RETURN(const Json index, read_index(folder));
  std::set<std::string> known = {"baseline.json"};
  for (const auto& [name, digest] : index["files"].items()) {
    known.insert(name);
    const std::string path = folder + "/" + name;
    const Result<std::string> text = read_file(path);
    if (!text.ok()) return unreadable(text.status());
    if (sha256_hex(*text) != digest.get<std::string>())
      return damaged(
          "{path} was changed after it was accepted: its SHA-256 is not the one in baseline.json",
          {{"path", path}});
  }
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    std::error_code unknown;
    if (entry->is_regular_file(unknown) && !known.contains(name))
      return damaged("{path} is not part of this baseline", {{"path", folder + "/" + name}});
  }
  return error ? unavailable("cannot read the folder {folder}: {cause}",
                             {{"folder", folder}, {"cause", Message::system_error(error)}})
               : ok_status();
}

Result<std::vector<std::string>> list_baselines(const std::string& root) {
  std::vector<std::string> folders;
  JANGWON_ASSIGN_OR_RETURN(const bool there, is_folder(root));
  if (!there) return folders;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(root));
  for (const std::string& name : names) {
    const std::string folder = (fs::path(root) / name).string();
    JANGWON_ASSIGN_OR_RETURN(const bool holds_index, file_exists(folder + "/baseline.json"));
    if (holds_index) folders.push_back(folder);
  }
  return folders;
}

}  // namespace jangwon::reports
