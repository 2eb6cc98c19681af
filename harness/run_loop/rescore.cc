// A graded run is a new run: the parent stays as it was, and run.json names it with the hash of its
// journal, so that nobody compares two gradings without knowing it. Questions are loaded again and
// must have the hash that the run had; otherwise old replies would be held against other answers.
// Scores of modes that were not asked for are copied, because grading programs again costs hours.
// tests/harness/commands/score_test.cc.

#include "harness/run_loop/rescore.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/extractors/named_extractor.h"
#include "harness/grading/grade_reply.h"
#include "harness/record/journal.h"
#include "harness/record/run_folder_claim.h"
#include "harness/record/whole_run.h"
#include "harness/run_loop/grading_pool.h"
#include "harness/run_loop/prepared_task.h"
#include "harness/run_loop/run_loop.h"
#include "harness/run_loop/run_manifest.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/sha256.h"

namespace jangwon::harness {

namespace {

bool reads(const std::string& extractor, const ScorerEntry& scorer) {
  return scorer.reads && find_extractor(*scorer.reads, extractor) != nullptr;
}

// The scorer options of one task: the caller's, and the extractor where it reads
// the task's answers.
Result<JsonValue> options_for(const RescoreConfig& config, const std::string& scorer) {
  JANGWON_ASSIGN_OR_RETURN(const ScorerEntry* entry, find_scorer(scorer));
  if (config.extractor.empty() || !reads(config.extractor, *entry)) return config.scorer_options;
  JsonValue options = config.scorer_options;
  (*options)["extractor"] = config.extractor;
  return options;
}

// A name that reads no task at all is a mistake; one that reads some of them is not.
Status check_extractor(const RescoreConfig& config, const Json& tasks,
                       std::vector<std::string>& unread) {
  if (config.extractor.empty()) return ok_status();
  std::vector<std::string> known;
  for (const Json& task : tasks) {
    JANGWON_ASSIGN_OR_RETURN(const ScorerEntry* scorer,
                             find_scorer(task.at("scorer").get<std::string>()));
    if (!reads(config.extractor, *scorer)) unread.push_back(task.at("name").get<std::string>());
    const std::vector<std::string> names =
        scorer->reads ? extractor_names(*scorer->reads) : std::vector<std::string>();
    known.insert(known.end(), names.begin(), names.end());
  }
  if (unread.size() < tasks.size()) return ok_status();
  return invalid_argument(
      unknown_name_message("extractor for the tasks of this run", config.extractor, known));
}

// Modes that were not asked for keep the scores of the parent.
void keep_other_modes(const std::vector<ScoreMode>& modes, const SampleRecord& before,
                      SampleRecord& after) {
  std::vector<Score> scores;
  for (ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
    const bool wanted = std::find(modes.begin(), modes.end(), mode) != modes.end();
    const Score* score = find_score(wanted ? after : before, mode);
    if (score != nullptr) scores.push_back(*score);
  }
  after.set_scores(std::move(scores));
}

// The task of the run as it stands today, on the same questions.
Result<PreparedTasks> prepare_again(const RescoreConfig& config, const Json& frozen,
                                    const Json& task) {
  RunConfig again;
  again.tasks = {task.at("name").get<std::string>()};
  again.include_path = config.include_path;
  again.dataset =
      frozen.at("dataset") == "bundled" ? DatasetChoice::kBundled : DatasetChoice::kPublished;
  JANGWON_ASSIGN_OR_RETURN(again.limit, sample_limit_of(frozen.at("limit")));
  again.repeats = task.at("repeats").get<int>();
  again.style = task.at("style").get<std::string>();
  again.release_tag = task.at("release").get<std::string>();
  again.start_date = task.at("start_date").get<std::string>();
  again.end_date = task.at("end_date").get<std::string>();
  again.modes = config.modes;
  JANGWON_ASSIGN_OR_RETURN(again.scorer_options,
                           options_for(config, task.at("scorer").get<std::string>()));
  again.num_graders = config.num_graders;
  again.allow_unsandboxed = config.allow_unsandboxed;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> specs, find_tasks(again));
  JANGWON_ASSIGN_OR_RETURN(PreparedTasks prepared, prepare_tasks(again, specs));
  const std::string before = task.at("dataset_sha256").get<std::string>();
  const std::string now = prepared.tasks.front().data.rows_sha256;
  if (before != now) {
    return invalid_argument(
        "task {tasks}: the questions are not those of the run (hash {now} instead of {before}), so "
        "its replies cannot "
        "be judged against them",
        {{"tasks", again.tasks.front()}, {"now", now}, {"before", before}});
  }
  return prepared;
}

// None where they are not laid out as this program writes them.
std::vector<ThinkingMarkers> recorded_markers(const Json& settings) {
  Result<std::vector<ThinkingMarkers>> markers =
      thinking_markers_of(settings.value("thinking_markers", Json::array()));
  return markers.ok() ? std::move(markers).value() : std::vector<ThinkingMarkers>();
}

void note_changes(const SampleRecord& before, const SampleRecord& after,
                  std::vector<ChangedVerdict>& changed) {
  for (ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
    const Score* old_score = find_score(before, mode);
    const Score* new_score = find_score(after, mode);
    if (old_score == nullptr || new_score == nullptr || old_score->verdict == new_score->verdict)
      continue;
    changed.push_back({after.key, mode, old_score->verdict, new_score->verdict,
                       old_score->answer.value_or(""), new_score->answer.value_or("")});
  }
}

}  // namespace

Result<RescoreOutcome> rescore_run(const RescoreConfig& config) {
  JANGWON_ASSIGN_OR_RETURN(const RunManifest parent, RunManifest::read(config.run_folder));
  JANGWON_RETURN_IF_ERROR(check_new_run_folder(config.output_folder));
  Json frozen = parent.json().at("frozen");
  RescoreOutcome outcome;
  JANGWON_RETURN_IF_ERROR(check_extractor(config, frozen.at("tasks"), outcome.unread_tasks));
  std::map<std::string, PreparedTasks> tasks;
  for (Json& task : frozen.at("tasks")) {
    JANGWON_ASSIGN_OR_RETURN(PreparedTasks prepared, prepare_again(config, frozen, task));
    const std::string name = task.at("name").get<std::string>();
    task = prepared.tasks.front().frozen();
    tasks.emplace(name, std::move(prepared));
  }
  if (!config.thinking_markers.empty())
    frozen["thinking_markers"] = to_json(config.thinking_markers);
  std::map<std::string, std::vector<ThinkingMarkers>> markers;
  for (const Json& model : parent.json().at("models")) {
    const std::string name = model.at("model").get<std::string>();
    markers[name] = thinking_markers_for(name, recorded_markers(frozen),
                                         recorded_markers(model.value("settings", Json::object())));
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string journal_hash,
                           sha256_of_file(journal_path(config.run_folder)));
  frozen["parent"] = {{"run", config.run_folder}, {"journal_sha256", journal_hash}};
  Json run = parent.json();
  run["frozen"] = frozen;
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<WholeRun> whole,
                           WholeRun::begin(config.output_folder));
  JANGWON_ASSIGN_OR_RETURN(const RunManifest manifest,
                           RunManifest::create(whole->path(), std::move(run)));

  std::mutex mutex;
  Status failure;
  GradingPool graders(config.num_graders > 0
                          ? config.num_graders
                          : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  const Status read = read_journal(config.run_folder, [&](SampleRecord before) {
    const auto task = tasks.find(before.key.task);
    if (task == tasks.end())
      return invalid_argument("a record of the task {task}, which run.json does not name",
                              {{"task", before.key.task}});
    const PreparedTask& prepared = task->second.tasks.front();
    const auto sample = prepared.by_id.find(before.key.sample_id);
    if (sample == prepared.by_id.end())
      return invalid_argument("a record of the unknown sample {sample_id}",
                              {{"sample_id", before.key.sample_id}});
    ++outcome.num_records;
    graders.submit([&, before = std::move(before), sample = sample->second,
                    &prepared = prepared]() {
      SampleRecord after = before;
      after.completion.error = before.error;
      const auto given = markers.find(before.key.model);
      grade_record(prepared.grading, *sample,
                   given == markers.end() ? std::vector<ThinkingMarkers>() : given->second, after);
      keep_other_modes(config.modes, before, after);
      std::lock_guard lock(mutex);
      note_changes(before, after, outcome.changed);
      const Status appended = whole->journal().append(after);
      if (!appended.ok() && failure.ok()) failure = appended;
    });
    return ok_status();
  });
  graders.wait();
  JANGWON_RETURN_IF_ERROR(read);
  JANGWON_RETURN_IF_ERROR(failure);
  std::sort(outcome.changed.begin(), outcome.changed.end(),
            [](const ChangedVerdict& a, const ChangedVerdict& b) {
              return std::tie(a.key, a.mode) < std::tie(b.key, b.mode);
            });
  JANGWON_ASSIGN_OR_RETURN(outcome.result, aggregate_run(whole->path(), manifest));
  for (const Json& task : frozen.at("tasks")) {
    const Json& options = task.at("scorer_options");
    if (!options.contains("extractor")) continue;
    outcome.result.warnings.push_back(
        Message("{task}: the replies were read with the extractor {extractor} in place of the "
                "official one, so these "
                "scores are not the benchmark's own.",
                {{"task", task.at("name").get<std::string>()},
                 {"extractor", options.at("extractor").get<std::string>()}}));
  }
  JANGWON_RETURN_IF_ERROR(write_results(whole->path(), outcome.result));
  JANGWON_RETURN_IF_ERROR(whole->finish());
  return outcome;
}

}  // namespace jangwon::harness
