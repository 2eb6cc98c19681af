// Reading a run. The journal is read in blocks and each line is skimmed for the dozen fields that tables need; a line
// that the skimmer cannot follow is parsed strictly, which either explains what is wrong with it or shows that it was
// merely unusual.

#include "reports/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <unordered_map>

#include "harness/record/journal.h"
#include "harness/record/sample_record.h"
#include "reports/json_skim.h"
#include "runtime/base/file.h"
#include "runtime/base/folder_name.h"

namespace jangwon::reports {
namespace {

struct SkimmedRecord {
  std::string model;
  std::string task;
  std::string sample_id;
  std::string started_at;
  std::map<std::string, std::string> columns;
  SampleOutcome outcome;
  bool has_native = false;
  bool has_verdict = false;
};

bool read_verdict(JsonSkimmer& skim, harness::Verdict& verdict) {
  auto known = harness::verdict_of_name(skim.string_value());
  if (known) verdict = *known;
  return known.has_value();
}

void skim_scores(JsonSkimmer& skim, SkimmedRecord& record) {
  if (!skim.enter('[')) return;
  while (skim.next_item()) {
    std::string mode;
    harness::Verdict verdict = harness::Verdict::kNoAnswer;
    bool known = false;
    std::string_view key;
    if (!skim.enter('{')) return;
    while (skim.next_key(key)) {
      if (key == "mode") {
        mode = skim.string_value();
      } else if (key == "verdict") {
        known = read_verdict(skim, verdict);
      } else {
        skim.skip_value();
      }
    }
    if (known && mode == "native") {
      record.outcome.native = verdict;
      record.has_native = true;
    }
  }
}

void skim_completion(JsonSkimmer& skim, SkimmedRecord& record) {
  std::string_view key;
  if (!skim.enter('{')) return;
  while (skim.next_key(key)) {
    if (key == "num_prompt_tokens") {
      record.outcome.num_prompt_tokens = static_cast<int32_t>(skim.integer_value());
    } else if (key == "num_completion_tokens") {
      record.outcome.num_completion_tokens = static_cast<int32_t>(skim.integer_value());
    } else {
      skim.skip_value();
    }
  }
}

void skim_metadata(JsonSkimmer& skim, const std::set<std::string>& columns, SkimmedRecord& record) {
  if (skim.is_null()) return skim.skip_value();
  std::string_view key;
  if (!skim.enter('{')) return;
  while (skim.next_key(key)) {
    std::string name(key);
    std::string_view raw = skim.raw_value();
    if (!columns.contains(name) || raw.size() > 400 || raw.empty()) continue;
    record.columns[name] = raw.front() == '"' ? JsonSkimmer(raw).string_value() : std::string(raw);
  }
}

// False when the line is not what the skimmer expects.
bool skim_record(std::string_view line, const std::set<std::string>& columns, SkimmedRecord& record) {
  JsonSkimmer skim(line);
  std::string_view key;
  if (!skim.enter('{')) return false;
  while (skim.next_key(key)) {
    if (key == "model") {
      record.model = skim.string_value();
    } else if (key == "task") {
      record.task = skim.string_value();
    } else if (key == "sample_id") {
      record.sample_id = skim.string_value();
    } else if (key == "repeat") {
      record.outcome.repeat = static_cast<int32_t>(skim.integer_value());
    } else if (key == "verdict") {
      record.has_verdict = read_verdict(skim, record.outcome.verdict);
    } else if (key == "truncated") {
      record.outcome.truncated = skim.bool_value();
    } else if (key == "unterminated_reasoning") {
      record.outcome.unterminated_reasoning = skim.bool_value();
    } else if (key == "scores") {
      skim_scores(skim, record);
    } else if (key == "completion") {
      skim_completion(skim, record);
    } else if (key == "metadata") {
      skim_metadata(skim, columns, record);
    } else if (key == "started_at") {
      record.started_at = skim.string_value();
    } else if (key == "duration_ms") {
      record.outcome.duration_ms = std::strtod(std::string(skim.raw_value()).c_str(), nullptr);
    } else {
      skim.skip_value();
    }
  }
  if (!record.has_native) record.outcome.native = record.outcome.verdict;
  return skim.ok() && skim.at_end() && record.has_verdict && !record.model.empty() && !record.task.empty();
}

class OutcomeCollector {
 public:
  void add(SkimmedRecord record) {
    TaskState& state = task_state(record.task);
    OutcomeTask& task = outcomes_.tasks[state.index];
    auto [found, fresh] = state.item_of_id.try_emplace(record.sample_id, static_cast<uint32_t>(task.items.size()));
    if (fresh) task.items.push_back({record.sample_id, std::move(record.columns)});
    record.outcome.item = found->second;
    task.by_model[record.model].push_back(record.outcome);
    if (outcomes_.first_started_at.empty() || record.started_at < outcomes_.first_started_at) {
      outcomes_.first_started_at = record.started_at;
    }
    outcomes_.last_started_at = std::max(outcomes_.last_started_at, record.started_at);
  }
  RunOutcomes take() { return std::move(outcomes_); }

 private:
  struct TaskState {
    size_t index = 0;
    std::unordered_map<std::string, uint32_t> item_of_id;
  };
  TaskState& task_state(const std::string& task) {
    auto [found, fresh] = states_.try_emplace(task);
    if (fresh) {
      found->second.index = outcomes_.tasks.size();
      outcomes_.tasks.push_back({task, {}, {}});
    }
    return found->second;
  }
  RunOutcomes outcomes_;
  std::map<std::string, TaskState> states_;
};

}  // namespace

Result<RunFolder> read_run_folder(const std::string& path) {
  RunFolder run;
  run.path = path;
  run.name = name_of_folder(path);
  std::string results_path = path + "/results.json";
  JANGWON_ASSIGN_OR_RETURN(const bool has_results, file_exists(results_path));
  if (!has_results) {
    return not_found(
               "no results.json here; give a run folder, or end the run by calling jangwon run with -o {path} again",
               {{"path", path}})
        .at(path);
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string results_text, read_file(results_path));
  Result<harness::RunResult> parsed = harness::parse_results_json(results_text);
  if (!parsed.ok()) return parsed.status().at(results_path);
  run.result = std::move(parsed).value();
  Result<std::string> run_json = read_file(path + "/run.json");
  if (!run_json.ok() && run_json.status().code() != StatusCode::kNotFound) return run_json.status();
  run.run_json = run_json.ok() ? *run_json : "{}";
  return run;
}

Result<std::vector<RunFolder>> read_run_folders(const std::vector<std::string>& paths) {
  std::vector<RunFolder> runs;
  std::set<std::string> names;
  for (const std::string& path : paths) {
    JANGWON_ASSIGN_OR_RETURN(RunFolder run, read_run_folder(path));
    std::string name = run.name;
    for (int number = 2; !names.insert(run.name).second; ++number)
      run.name = fmt::format("{}-{}", name, number);
    runs.push_back(std::move(run));
  }
  return runs;
}

Result<RunOutcomes> read_outcomes(const std::string& run_folder, const std::vector<std::string>& columns) {
  const std::set<std::string> wanted(columns.begin(), columns.end());
  std::string path = harness::journal_path(run_folder);
  JANGWON_ASSIGN_OR_RETURN(const bool has_journal, file_exists(path));
  if (!has_journal) return RunOutcomes();
  JANGWON_ASSIGN_OR_RETURN(FileReader file, FileReader::open(path));
  LineReader lines(std::move(file));
  OutcomeCollector collector;
  while (true) {
    std::string_view line;
    JANGWON_ASSIGN_OR_RETURN(const bool is_line, lines.next(line));
    if (!is_line || !lines.ended_by_newline()) break;  // the last one was being written
    SkimmedRecord record;
    if (!skim_record(line, wanted, record)) {
      Result<harness::SampleRecord> strict = harness::parse_journal_line(line);
      return invalid_argument(strict.ok() ? Message("not laid out as this program writes it")
                                          : strict.status().sentence())
          .at(path + ":" + std::to_string(lines.number()));
    }
    record.outcome.offset = lines.offset();
    record.outcome.length = line.size();
    collector.add(std::move(record));
  }
  return collector.take();
}

const OutcomeTask* find_task(const RunOutcomes& outcomes, const std::string& task) {
  for (const OutcomeTask& candidate : outcomes.tasks) {
    if (candidate.task == task) return &candidate;
  }
  return nullptr;
}

std::vector<std::optional<double>> question_means(const OutcomeTask& task, const std::string& model) {
  std::vector<std::optional<double>> means(task.items.size());
  auto found = task.by_model.find(model);
  if (found == task.by_model.end()) return means;
  std::vector<int> counted(task.items.size(), 0);
  std::vector<int> correct(task.items.size(), 0);
  for (const SampleOutcome& outcome : found->second) {
    if (!harness::counts(outcome.verdict)) continue;
    ++counted[outcome.item];
    if (outcome.verdict == harness::Verdict::kCorrect) ++correct[outcome.item];
  }
  for (size_t i = 0; i < means.size(); ++i) {
    if (counted[i] > 0) means[i] = static_cast<double>(correct[i]) / counted[i];
  }
  return means;
}

}  // namespace jangwon::reports
