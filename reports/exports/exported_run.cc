#include "reports/exports/exported_run.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/record/journal.h"
#include "harness/record/run_json.h"
#include "reports/output_claim.h"
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
  JANGWON_ASSIGN_OR_RETURN(state.outcomes, read_outcomes(options.run_folder));
  state.started_at = state.outcomes.first_started_at;
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
      if (!other.headline && other.model == row.model && other.task == row.task) task.native = &other;
    }
    try {
      task.settings = find_by(state.run.at("frozen").at("tasks"), "name", row.task);
      task.model_settings = find_by(state.run.at("models"), "model", row.model);
    } catch (const Json::exception&) {
      return caught_exception().at(options.run_folder + "/run.json");
    }
    if (task.settings == nullptr || task.model_settings == nullptr) {
      return invalid_argument(options.run_folder + ": results.json has " + row.model + " on " + row.task +
                              ", which run.json does not name");
    }
    if (const OutcomeTask* outcomes = find_task(state.outcomes, row.task)) {
      task.questions = questions_of(*outcomes, row.model);
    }
    state.tasks.push_back(std::move(task));
  }
  if (!options.model_id.empty() && models.size() > 1) {
    return invalid_argument("--model-id names one model, and the run " + options.run_folder + " holds " +
                            std::to_string(models.size()));
  }
  return exported;
}

const std::vector<ExportedTask>& ExportedRun::tasks() const {
  return state_->tasks;
}

std::vector<std::vector<const ExportedTask*>> ExportedRun::tasks_by_model() const {
  std::vector<std::vector<const ExportedTask*>> groups;
  for (const ExportedTask& task : tasks()) {
    const auto same =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group[0]->model == task.model; });
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
bool ExportedRun::bundled() const {
  return state_->run.at("frozen").value("dataset", "") != "published";
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

std::string dataset_id(const ExportedRun& run, const ExportedTask& task) {
  const std::string name = task.settings->value("dataset", task.task);
  if (run.bundled()) return "jangwon/" + name;
  static const std::map<std::string, std::string> kPublished = {
      {"aime25", "MathArena/aime_2025"},
      {"kmmlu_pro", "LGAI-EXAONE/KMMLU-Pro"},
      {"livecodebench_v6", "livecodebench/code_generation_lite"},
      {"mmlu_pro", "TIGER-Lab/MMLU-Pro"},
  };
  const auto found = kPublished.find(name);
  return found != kPublished.end() ? found->second : "unknown/" + name;
}

std::string file_name_of(const std::string& name) {
  std::string out;
  bool replaced = false;
  for (char c : name) {
    const bool refused =
        static_cast<unsigned char>(c) < 0x20 || std::string_view("<>:\"/\\|?*[]").find(c) != std::string_view::npos;
    if (!refused) out += c;
    if (refused && !replaced) out += "__";
    replaced = refused;
  }
  return out.empty() || out == "." || out == ".." ? "__" : out;
}

Status write_export(const ExportOptions& options, const std::string& path, const std::string& content) {
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
