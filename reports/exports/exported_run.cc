// Six formats, one reading of the run: which questions there are, in which order and under which
// name must not differ between two files of the same scores. Outcomes are held in memory; a whole
// record is parsed when a format asks for it, one at a time, because replies can be larger than
// memory. What the run recorded of a task goes before what the program says of it today, since the
// task may have changed.
//
// Identifiers that other tools want (UUIDs, log names) are hashes of the frozen settings and the
// beginning of the run, never random numbers, so that the same run exports the same bytes.
// tests/e2e/export_test.cc exports it twice, and lets the other tools read it where they are
// installed.

#include "reports/exports/exported_run.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/record/journal.h"
#include "harness/record/run_json.h"
#include "reports/output_claim.h"
#include "reports/task_profiles.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool id_before(const ExportedQuestion& a, const ExportedQuestion& b) {
  const bool a_number = is_number(a.id), b_number = is_number(b.id);
  if (a_number != b_number) return a_number;
  if (a_number && std::stoll(a.id) != std::stoll(b.id)) return std::stoll(a.id) < std::stoll(b.id);
  return a.id < b.id;
}

std::vector<ExportedQuestion> questions_of(const OutcomeTask& outcomes, const std::string& model) {
  std::vector<ExportedQuestion> questions;
  for (const OutcomeItem& item : outcomes.items)
    questions.push_back({item.id, {}});
  const auto found = outcomes.by_model.find(model);
  if (found != outcomes.by_model.end()) {
    for (const SampleOutcome& outcome : found->second)
      questions[outcome.item].runs.push_back(outcome);
  }
  std::erase_if(questions, [](const ExportedQuestion& question) { return question.runs.empty(); });
  for (ExportedQuestion& question : questions) {
    std::sort(question.runs.begin(), question.runs.end(),
              [](const SampleOutcome& a, const SampleOutcome& b) { return a.repeat < b.repeat; });
  }
  std::sort(questions.begin(), questions.end(), id_before);
  return questions;
}

const Json* find_by(const Json& list, const char* key, const std::string& value) {
  for (const Json& item : list) {
    if (item.value(key, "") == value) return &item;
  }
  return nullptr;
}

// As the run recorded it, else as the program has it.
harness::TaskProfile profile_of(const std::vector<harness::TaskProfile>& recorded,
                                const std::string& task) {
  for (const std::vector<harness::TaskProfile>* profiles :
       {&recorded, &installed_task_profiles()}) {
    for (const harness::TaskProfile& profile : *profiles) {
      if (profile.name == task) return profile;
    }
  }
  harness::TaskProfile unknown;
  unknown.name = task;
  return unknown;
}

}  // namespace

struct ExportedRun::State {
  RunFolder folder;
  Json run;
  RunOutcomes outcomes;
  std::string started_at;
  std::vector<ExportedTask> tasks;
};

ExportedRun::ExportedRun() : state_(std::make_unique<State>()) {}
ExportedRun::ExportedRun(ExportedRun&&) noexcept = default;
ExportedRun::~ExportedRun() = default;

Result<ExportedRun> ExportedRun::read(const ExportOptions& options) {
  ExportedRun exported;
  State& state = *exported.state_;
  JANGWON_ASSIGN_OR_RETURN(state.folder, read_run_folder(options.run_folder));
  JANGWON_ASSIGN_OR_RETURN(state.run, harness::read_begun_run(options.run_folder));
  JANGWON_ASSIGN_OR_RETURN(state.outcomes, read_outcomes(options.run_folder, {}));
  state.started_at = state.outcomes.first_started_at;
  const std::vector<harness::TaskProfile> profiles = task_profiles_of(state.folder.result);
  std::set<std::string> models;
  for (const harness::MetricResult& row : state.folder.result.results) {
    models.insert(row.model);
    if (!row.headline) continue;
    ExportedTask task;
    task.model = row.model;
    task.model_id = options.model_id.empty() ? row.model : options.model_id;
    task.task = row.task;
    task.official = &row;
    for (const harness::MetricResult& other : state.folder.result.results) {
      if (!other.headline && other.model == row.model && other.task == row.task)
        task.native = &other;
    }
    try {
      task.settings = find_by(state.run.at("frozen").at("tasks"), "name", row.task);
      task.model_settings = find_by(state.run.at("models"), "model", row.model);
    } catch (const Json::exception&) {
      return caught_exception().at(options.run_folder + "/run.json");
    }
    if (task.settings == nullptr || task.model_settings == nullptr) {
      return invalid_argument("results.json has {model} on {task}, which run.json does not name",
                              {{"model", row.model}, {"task", row.task}})
          .at(options.run_folder);
    }
    task.profile = profile_of(profiles, row.task);
    // Runs of earlier versions say it of all tasks at once.
    task.miniature = task.settings->value(
        "miniature", state.run.at("frozen").value("dataset", "") != "published");
    if (const OutcomeTask* outcomes = find_task(state.outcomes, row.task)) {
      task.questions = questions_of(*outcomes, row.model);
    }
    state.tasks.push_back(std::move(task));
  }
  if (!options.model_id.empty() && models.size() > 1) {
    return invalid_argument("--model-id names one model, and the run {run_folder} holds {models}",
                            {{"run_folder", options.run_folder}, {"models", models.size()}});
  }
  return exported;
}

const std::vector<ExportedTask>& ExportedRun::tasks() const {
  return state_->tasks;
}

std::vector<std::vector<const ExportedTask*>> ExportedRun::tasks_by_model() const {
  std::vector<std::vector<const ExportedTask*>> groups;
  for (const ExportedTask& task : tasks()) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group[0]->model == task.model;
    });
    if (same == groups.end()) {
      groups.push_back({&task});
    } else {
      same->push_back(&task);
    }
  }
  return groups;
}
const Json& ExportedRun::run() const {
  return state_->run;
}
bool ExportedRun::complete() const {
  return state_->folder.result.complete;
}
const std::string& ExportedRun::started_at() const {
  return state_->started_at;
}
const std::string& ExportedRun::ended_at() const {
  return state_->outcomes.last_started_at;
}
Result<harness::SampleRecord> ExportedRun::record(const SampleOutcome& outcome) const {
  const std::string path = harness::journal_path(state_->folder.path);
  JANGWON_ASSIGN_OR_RETURN(const FileReader file, FileReader::open(path));
  JANGWON_ASSIGN_OR_RETURN(const std::string line, file.read_at(outcome.offset, outcome.length));
  return harness::parse_journal_line(line);
}

std::string ExportedRun::identifier(const std::string& of) const {
  return sha256_hex(to_json_line(state_->run.at("frozen")) + "\n" + state_->started_at + "\n" + of);
}

Json ExportedTask::sampling(const std::string& name) const {
  const Json all = model_settings->value("sampling", Json::object());
  if (!all.contains(task) || !all[task].contains(name)) return nullptr;
  return all[task][name].value("value", Json());
}

const std::string& ExportedTask::name_in(const std::string& format) const {
  const auto found = profile.exports.find(format);
  return found != profile.exports.end() ? found->second : task;
}

bool is_on_hub(const ExportedTask& task) {
  return !task.miniature && task.profile.published && !task.profile.published->hub.empty() &&
         task.settings->value("dataset", "") == task.profile.published_dataset;
}

std::string dataset_id(const ExportedTask& task) {
  if (is_on_hub(task)) return task.profile.published->hub;
  return (task.miniature ? "jangwon/" : "local/") + task.settings->value("dataset", task.task);
}

std::string file_name_of(const std::string& name) {
  std::string out;
  bool replaced = false;
  for (char c : name) {
    const bool refused = static_cast<unsigned char>(c) < 0x20 ||
                         std::string_view("<>:\"/\\|?*[]").find(c) != std::string_view::npos;
    if (!refused) out += c;
    if (refused && !replaced) out += "__";
    replaced = refused;
  }
  return out.empty() || out == "." || out == ".." ? "__" : out;
}

Status write_export(const ExportOptions& options, const std::string& path,
                    const std::string& content) {
  JANGWON_RETURN_IF_ERROR(claim_export(options, path));
  JANGWON_RETURN_IF_ERROR(write_file_atomically(path, content));
  return sign_export(options, path);
}

Status claim_export(const ExportOptions& options, const std::string& path) {
  return claim_output(options.output_folder, {path.substr(options.output_folder.size() + 1)});
}

Status sign_export(const ExportOptions& options, const std::string& path) {
  return sign_output(options.output_folder, {path.substr(options.output_folder.size() + 1)});
}

}  // namespace jangwon::reports
