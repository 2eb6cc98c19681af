// A journal of hundreds of thousands of replies must become tables in memory that does not grow
// with the replies. So the lines are skimmed (harness/record/sample_outcome.h) and the strings of a
// record, which repeat, become numbers: an item is an index, its columns are kept once for all its
// runs. Each outcome remembers where its line lies, and who wants the transcript reads it there.
// Two runs of one folder name are told apart by a number, because rows and pages are named after
// them. tests/reports/run_folder_test.cc.

#include "reports/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "harness/record/journal.h"
#include "harness/record/sample_outcome.h"
#include "runtime/base/file.h"
#include "runtime/base/folder_name.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

constexpr size_t kLongestColumn = 400;  // beyond it a column is no cell of a table

harness::Verdict native_verdict(const harness::SampleOutcome& outcome) {
  const harness::ScoreOutcome* native = find_score(outcome, harness::ScoreMode::kNative);
  return native != nullptr ? native->verdict : outcome.verdict;
}

class OutcomeCollector {
 public:
  void add(harness::SampleOutcome read) {
    TaskState& state = task_state(read.key.task);
    OutcomeTask& task = outcomes_.tasks[state.index];
    auto [found, fresh] =
        state.item_of_id.try_emplace(read.key.sample_id, static_cast<uint32_t>(task.items.size()));
    if (fresh) {
      std::erase_if(read.columns,
                    [](const auto& column) { return column.second.size() > kLongestColumn; });
      task.items.push_back({read.key.sample_id, std::move(read.columns)});
    }
    task.by_model[read.key.model].push_back(
        {.item = found->second,
         .repeat = read.key.repeat,
         .verdict = read.verdict,
         .native = native_verdict(read),
         .truncated = read.truncated,
         .unterminated_reasoning = read.unterminated_reasoning,
         .num_prompt_tokens = static_cast<int32_t>(read.num_prompt_tokens),
         .num_completion_tokens = static_cast<int32_t>(read.num_completion_tokens),
         .duration_ms = read.duration_ms,
         .offset = read.offset,
         .length = read.length});
    if (outcomes_.first_started_at.empty() || read.started_at < outcomes_.first_started_at)
      outcomes_.first_started_at = read.started_at;
    outcomes_.last_started_at = std::max(outcomes_.last_started_at, read.started_at);
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
               "no results.json here; give a run folder, or end the run by calling jangwon run "
               "with -o {path} again",
               {{"path", path}})
        .at(path);
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string results_text, read_file(results_path));
  Result<harness::RunResult> parsed = harness::parse_results_json(results_text);
  if (!parsed.ok()) return parsed.status().at(results_path);
  run.result = std::move(parsed).value();
  Result<std::string> run_json = read_file(path + "/run.json");
  if (!run_json.ok() && run_json.status().code() != StatusCode::kNotFound) return run_json.status();
  if (Result<Json> parsed_run = parse_json(run_json.ok() ? *run_json : ""); parsed_run.ok())
    run.run_json = std::move(parsed_run).value();
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

Result<RunOutcomes> read_outcomes(const std::string& run_folder,
                                  const std::vector<std::string>& columns) {
  JANGWON_ASSIGN_OR_RETURN(const bool has_journal, file_exists(harness::journal_path(run_folder)));
  if (!has_journal) return RunOutcomes();
  OutcomeCollector collector;
  harness::OutcomeFields fields;
  fields.columns.emplace(columns.begin(), columns.end());
  JANGWON_RETURN_IF_ERROR(
      harness::read_outcomes(run_folder, fields, [&](harness::SampleOutcome outcome) {
        collector.add(std::move(outcome));
        return ok_status();
      }));
  return collector.take();
}

const OutcomeTask* find_task(const RunOutcomes& outcomes, const std::string& task) {
  for (const OutcomeTask& candidate : outcomes.tasks) {
    if (candidate.task == task) return &candidate;
  }
  return nullptr;
}

std::vector<std::optional<double>> question_means(const OutcomeTask& task,
                                                  const std::string& model) {
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
