// Resolve the tasks, freeze the configuration, then for each model: serve requests, grade replies
// while the next ones are generated, append one line a sample; at the end compute the results from
// the journal. tests/e2e kills this program at random moments and compares results.json with an
// undisturbed run's.

#include "harness/run_loop/run_loop.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>

#include "harness/backends/all_backends.h"
#include "harness/backends/finish_word.h"
#include "harness/grading/grade_reply.h"
#include "harness/record/journal.h"
#include "harness/record/message_json.h"
#include "harness/record/run_folder_claim.h"
#include "harness/run_loop/build_info.h"
#include "harness/run_loop/grading_pool.h"
#include "harness/run_loop/prepared_task.h"
#include "harness/run_loop/progress.h"
#include "harness/run_loop/run_estimate.h"
#include "harness/run_loop/run_steps.h"
#include "harness/run_loop/sampling_origin.h"
#include "harness/run_loop/ungraded_replies.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/utc_time.h"

namespace jangwon::harness {

namespace {

using datasets::Sample;

// The columns that go into the record: short ones, and whatever tables and strata are made of.
Json metadata_for_record(const TaskSpec& task, const Sample& sample) {
  Json kept = Json::object();
  constexpr size_t kShort = 120;
  const std::vector<std::string> columns = task.profile.columns();
  for (const auto& [name, value] : sample.columns->items()) {
    const bool wanted = std::find(columns.begin(), columns.end(), name) != columns.end();
    if (wanted || (value.is_primitive() && value.dump().size() <= kShort)) kept[name] = value;
  }
  return kept;
}

// Serves one model: hands out what is not yet in the journal, grades what comes back.
class ModelRun {
 public:
  ModelRun(const RunConfig& config, const std::vector<PreparedTask>& tasks, Backend& backend,
           Journal& journal, Progress& progress, GradingPool& graders)
      : config_(config),
        tasks_(tasks),
        backend_(backend),
        journal_(journal),
        progress_(progress),
        graders_(graders) {
    for (const PreparedTask& task : tasks_) {
      sampling_[task.spec.name] =
          resolve_sampling(config.sampling, task.spec.sampling, backend.info());
      members_[task.spec.name] = members_of(task, config.shard);
    }
    const Json& recorded = *backend.info().recorded_sampling;
    for (auto& [task, resolved] : sampling_) {
      if (recorded.contains(task)) resolved.origins = recorded[task];
    }
    markers_ = thinking_markers_for(backend.info().model, config.thinking_markers,
                                    backend.info().thinking_markers);
  }

  // Where something was thrown, grading jobs may still be at work on what goes away here.
  ~ModelRun() {
    try {
      graders_.wait([] { return true; });
    } catch (...) {  // the first failure is under way already
    }
  }
  ModelRun(const ModelRun&) = delete;
  ModelRun& operator=(const ModelRun&) = delete;

  // What run.json says of the model. What cannot change a result stands under "performance" and is
  // not compared on a resume.
  Json facts(const std::string& spec) const {
    const BackendInfo& info = backend_.info();
    Json settings = *info.settings;
    Json performance = Json::object();
    for (const char* key : {"isa", "threads", "max_batch_size", "speculation", "probe"}) {
      if (!settings.contains(key)) continue;
      performance[key] = settings[key];
      settings.erase(key);
    }
    Json sampling = Json::object();
    for (const auto& [task, resolved] : sampling_)
      sampling[task] = *resolved.origins;
    return Json{{"model", info.model},       {"stand_in", info.stand_in}, {"kind", info.kind},
                {"settings", settings},      {"sampling", sampling},      {"spec", spec},
                {"performance", performance}};
  }

  // `ungraded`: replies that an interrupted call has left.
  Status serve(const std::vector<SampleRecord>& ungraded, const std::function<bool()>& stop,
               int& num_asked, int& num_resumed) {
    std::vector<RecordKey> todo = missing_keys(num_resumed);
    std::map<std::string, int> left;
    for (const RecordKey& key : todo)
      ++left[key.task];
    progress_.begin(backend_.info().model, num_resumed, left);
    if (Status taken = take_ungraded(ungraded, todo); !taken.ok()) fail(std::move(taken));
    size_t next = 0;
    const Backend::Source source = [&]() -> std::optional<Request> {
      if (next >= todo.size() || !status().ok()) return std::nullopt;
      Result<Request> request = make_request(todo[next++]);
      if (!request.ok()) {
        fail(request.status());
        return std::nullopt;
      }
      return std::move(request).value();
    };
    const Backend::Sink sink = [&](const Request& request, Completion completion) {
      ++num_asked;
      take(request, std::move(completion));
    };
    const Status served = backend_.serve(source, sink, [&] { return stop() || !status().ok(); });
    // What is dropped must be safe before programs that still run are waited for.
    std::optional<Status> kept;
    graders_.wait([&] {
      if (stop() && !kept) kept = keep_ungraded(config_.output_folder, ungraded_records());
      return kept.has_value();
    });
    progress_.end();
    JANGWON_RETURN_IF_ERROR(journal_.sync());
    if (kept) JANGWON_RETURN_IF_ERROR(*kept);
    JANGWON_RETURN_IF_ERROR(served);
    return status();
  }

 private:
  struct Reply {
    Request request;
    Completion completion;
  };

  const PreparedTask& task_of(const std::string& name) const {
    for (const PreparedTask& task : tasks_) {
      if (task.spec.name == name) return task;
    }
    JANGWON_CHECK(false, "a request of an unknown task");
  }

  // Runs of one sample stand side by side, so that they share their prompt in the
  // engine's prefix cache. The tasks with long replies come first: the last of a run then end soon
  // after one another.
  std::vector<RecordKey> missing_keys(int& num_present) const {
    std::vector<const PreparedTask*> order;
    for (const PreparedTask& task : tasks_)
      order.push_back(&task);
    std::stable_sort(order.begin(), order.end(), [](const PreparedTask* a, const PreparedTask* b) {
      const auto reply_tokens = [](const PreparedTask& task) {
        return task.spec.profile.plan ? task.spec.profile.plan->reply_tokens : 0;
      };
      return reply_tokens(*a) > reply_tokens(*b);
    });
    std::vector<RecordKey> keys;
    num_present = 0;
    for (const PreparedTask* const ordered : order) {
      const PreparedTask& task = *ordered;
      const std::vector<bool>& members = members_.at(task.spec.name);
      for (size_t i = 0; i < members.size(); ++i) {
        if (!members[i]) continue;
        const Sample& sample = task.data.samples[i];
        for (int repeat = 0; repeat < task.repeats; ++repeat) {
          RecordKey key{backend_.info().model, task.spec.name, sample.id, repeat};
          if (journal_.keys().contains(key)) {
            ++num_present;
          } else {
            keys.push_back(std::move(key));
          }
        }
      }
    }
    return keys;
  }

  Result<Request> make_request(const RecordKey& key) const {
    const PreparedTask& task = task_of(key.task);
    Request request;
    request.model = key.model;
    request.task = key.task;
    request.sample_id = key.sample_id;
    request.repeat = key.repeat;
    request.sampling = sampling_.at(key.task).params;
    request.set_sampling = sampling_.at(key.task).set;
    request.sampling.seed = sample_seed(config_.seed, key.task, key.sample_id, key.repeat);
    Status status = task.renderer->render(*task.by_id.at(key.sample_id), request);
    if (status.ok()) status = backend_.prepare(request);
    if (!status.ok()) return status.at("task " + key.task + ", sample " + key.sample_id);
    return request;
  }

  void take(const Request& request, Completion completion) {
    auto reply = std::make_shared<const Reply>(Reply{request, std::move(completion)});
    {
      std::lock_guard lock(mutex_);
      ungraded_[{request.model, request.task, request.sample_id, request.repeat}] = reply;
    }
    graders_.submit([this, reply = std::move(reply)] { grade(*reply); });
  }

  // Takes replies that are there already off the list. One to a prompt that has changed since is
  // asked for again.
  Status take_ungraded(const std::vector<SampleRecord>& ungraded, std::vector<RecordKey>& todo) {
    for (const SampleRecord& record : ungraded) {
      const auto place = std::find(todo.begin(), todo.end(), record.key);
      if (place == todo.end()) continue;
      JANGWON_ASSIGN_OR_RETURN(const Request request, make_request(record.key));
      if (request.prompt_sha256 != record.prompt_sha256) continue;
      todo.erase(place);
      take(request, record.completion);
    }
    return ok_status();
  }

  std::vector<SampleRecord> ungraded_records() const {
    std::vector<SampleRecord> records;
    std::lock_guard lock(mutex_);
    for (const auto& [key, reply] : ungraded_) {
      if (reply->completion.finish_reason == FinishReason::kError) continue;
      SampleRecord record = record_of(*reply);
      record.completion = reply->completion;
      record.verdict = Verdict::kInfraError;  // until it is judged
      records.push_back(std::move(record));
    }
    return records;
  }

  SampleRecord record_of(const Reply& reply) const {
    const Request& request = reply.request;
    const PreparedTask& task = task_of(request.task);
    const Sample& sample = *task.by_id.at(request.sample_id);
    SampleRecord record;
    record.key = {request.model, request.task, request.sample_id, request.repeat};
    record.task_version = task.spec.version;
    record.prompt_text = request.prompt_text;
    record.prompt_sha256 = request.prompt_sha256;
    record.num_fewshot = request.num_fewshot;
    record.target = sample.target;
    record.metadata = metadata_for_record(task.spec, sample);
    record.started_at = utc_now();
    return record;
  }

  void grade(const Reply& reply) {
    const PreparedTask& task = task_of(reply.request.task);
    const auto start = std::chrono::steady_clock::now();
    SampleRecord record = record_of(reply);
    record.completion = reply.completion;
    grade_record(task.grading, *task.by_id.at(reply.request.sample_id), markers_, record);
    const std::chrono::duration<double, std::milli> graded =
        std::chrono::steady_clock::now() - start;
    record.duration_ms =
        record.completion.prefill_ms + record.completion.decode_ms + graded.count();
    append(record);
  }

  void append(const SampleRecord& record) {
    std::lock_guard lock(mutex_);
    Status appended = journal_.append(record);
    ungraded_.erase(record.key);
    if (!appended.ok() && status_.ok()) status_ = appended;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_sync_ > std::chrono::seconds(5)) {
      last_sync_ = now;
      if (Status synced = journal_.sync(); !synced.ok() && status_.ok()) status_ = synced;
    }
    progress_.add(record.key.task, record.verdict);
  }

  Status status() const {
    std::lock_guard lock(mutex_);
    return status_;
  }
  void fail(Status status) {
    std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
  }

  const RunConfig& config_;
  const std::vector<PreparedTask>& tasks_;
  Backend& backend_;
  Journal& journal_;
  Progress& progress_;
  GradingPool& graders_;
  std::map<std::string, ResolvedSampling> sampling_;
  std::vector<ThinkingMarkers> markers_;  // that were given for this model
  // task → for each of its samples, whether this shard asks it
  std::map<std::string, std::vector<bool>> members_;
  // of what stands behind it here, and of journal appends
  mutable std::mutex mutex_;
  Status status_;
  std::map<RecordKey, std::shared_ptr<const Reply>> ungraded_;
  std::chrono::steady_clock::time_point last_sync_ = std::chrono::steady_clock::now();
};

// Every record must be one that the run was asked for: results are computed from them all.
Status check_records(const Journal& journal, const RunConfig& config, const RunPlan& plan,
                     const std::vector<PreparedTask>& tasks) {
  std::map<std::string, std::set<std::string>> ids;
  std::map<std::string, int> repeats;
  for (const PreparedTask& task : tasks) {
    const std::vector<bool> members = members_of(task, config.shard);
    for (size_t i = 0; i < members.size(); ++i) {
      if (members[i]) ids[task.spec.name].insert(task.data.samples[i].id);
    }
    repeats[task.spec.name] = task.repeats;
  }
  int foreign = 0;
  RecordKey first;
  for (const RecordKey& key : journal.keys()) {
    const bool asked =
        std::any_of(plan.models.begin(), plan.models.end(),
                    [&](const PlannedModel& model) { return model.model == key.model; });
    const auto task = ids.find(key.task);
    const bool known = asked && task != ids.end() && task->second.contains(key.sample_id) &&
                       key.repeat >= 0 && key.repeat < repeats[key.task];
    if (known || foreign++ > 0) continue;
    first = key;
  }
  if (foreign == 0) return ok_status();
  return invalid_argument(
      "{output_folder} holds {foreign} records that this run was not asked for, the first of "
      "{model} on {task}, sample "
      "{sample_id}, repeat {repeat}; take them out, or choose another folder with -o",
      {{"output_folder", journal_path(config.output_folder)},
       {"foreign", foreign},
       {"model", first.model},
       {"task", first.task},
       {"sample_id", first.sample_id},
       {"repeat", first.repeat}});
}

// The commit that a CI job is about, which is seldom this program's own.
std::string tested_commit() {
  for (const char* variable : {"JANGWON_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return std::string(value).substr(0, 64);
  }
  return "";
}

// What is recorded, and not compared on a resume.
Json recorded_json(const PreparedTasks& prepared) {
  Json defects = Json::array(), defect_messages = Json::array();
  for (const PreparedTask& task : prepared.tasks) {
    for (const Message& defect : datasets::summarize_defects(task.data.defects)) {
      const Message message("{task}, data: {defect}",
                            {{"task", task.spec.name}, {"defect", defect}});
      defects.push_back(message.english());
      defect_messages.push_back(message_json(message));
    }
  }
  return Json{{"started_at", utc_now()},
              {"tested_commit", tested_commit()},
              {"build", build_info()},
              {"sandbox", prepared.sandbox ? prepared.sandbox->description() : ""},
              {"data_defects", defects},
              {"data_defect_messages", defect_messages}};
}

int default_graders() {
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Everything a reader must know before believing a number, from run.json alone, so that a run that
// was graded again or put together from shards says the same.
Result<std::vector<Message>> warnings_of(const Json& run) {
  std::vector<Message> warnings;
  const Json& frozen = run.at("frozen");
  // Runs of earlier versions say it of all tasks at once.
  const bool bundled = frozen.value("dataset", "") == name_of(DatasetChoice::kBundled);
  std::vector<std::string> miniature;
  for (const Json& task : frozen.at("tasks")) {
    if (task.value("miniature", bundled)) miniature.push_back(task.at("name").get<std::string>());
  }
  if (miniature.size() == frozen.at("tasks").size() && !miniature.empty()) {
    warnings.push_back(
        Message("The questions are the miniature sets bundled with the program, not the published "
                "benchmarks: these scores "
                "must not be compared with published ones."));
  } else if (!miniature.empty()) {
    warnings.push_back(
        Message("{tasks}: miniature sets bundled with the program, not the published benchmarks: "
                "these scores must "
                "not be compared with published ones.",
                {{"tasks", joined(miniature)}}));
  }
  const Json recorded = run.value("recorded", Json::object());
  // Runs of before hold the English alone.
  const char* defects =
      recorded.contains("data_defect_messages") ? "data_defect_messages" : "data_defects";
  for (const Json& defect : recorded.value(defects, Json::array())) {
    JANGWON_ASSIGN_OR_RETURN(Message message, parse_message(defect));
    warnings.push_back(std::move(message));
  }
  // Greedy runs of one sample are the same run; repeating them measures nothing.
  for (const Json& model : run.at("models")) {
    for (const Json& task : frozen.at("tasks")) {
      const std::string name = task.at("name").get<std::string>();
      const int repeats = task.at("repeats").get<int>();
      if (repeats < 2) continue;
      const Json sampling = model.value("sampling", Json::object()).value(name, Json::object());
      const auto is = [&](const char* key, double value) {
        return sampling.contains(key) && sampling.at(key).at("value") == value;
      };
      if (is("temperature", 0.0) || is("top_k", 1.0)) {
        warnings.push_back(
            Message("{model}, {task}: greedy, so its {repeats} runs of a sample are the same run.",
                    {{"model", model.at("model").get<std::string>()},
                     {"task", name},
                     {"repeats", repeats}}));
      }
    }
  }
  return warnings;
}

}  // namespace

Result<RunResult> aggregate_run(const std::string& run_folder, const RunManifest& manifest) {
  const RunPlan& plan = manifest.plan();
  std::set<std::string> tasks, models;
  for (const PlannedTask& task : plan.tasks)
    tasks.insert(task.task);
  for (const PlannedModel& model : plan.models)
    models.insert(model.model);
  std::vector<SampleOutcome> outcomes;
  // (model, the server's word) → replies
  std::map<std::pair<std::string, std::string>, int> unknown_ends;
  JANGWON_RETURN_IF_ERROR(read_outcomes(run_folder, fields_for(plan), [&](SampleOutcome outcome) {
    const std::string& word = outcome.server_finish_reason;
    if (!word.empty() && finish_meaning(word) == FinishMeaning::kUnknown)
      ++unknown_ends[{outcome.key.model, word}];
    if (!tasks.contains(outcome.key.task) || !models.contains(outcome.key.model)) {
      return invalid_argument("a record of {model} on {task}, which run.json does not name",
                              {{"model", outcome.key.model}, {"task", outcome.key.task}});
    }
    outcomes.push_back(std::move(outcome));
    return ok_status();
  }));
  RunResult result = aggregate(plan, outcomes);
  result.settings = manifest.settings();
  JANGWON_ASSIGN_OR_RETURN(result.warnings, warnings_of(manifest.json()));
  for (const auto& [end, replies] : unknown_ends) {
    result.warnings.push_back(
        Message("{model}: {replies} replies ended with the finish_reason \"{word}\", which is not "
                "known; they were taken "
                "for the model's own end.",
                {{"model", end.first}, {"replies", replies}, {"word", end.second}}));
  }
  return result;
}

Status write_results(const std::string& run_folder, const RunResult& result) {
  return write_file_atomically(run_folder + "/results.json", to_results_json(result));
}

namespace {

// of each task are counted: the first request waits for it
constexpr int64_t kQuestionsInTheFirstLine = 200;

// results.json of an earlier end may say "complete" of a run that is asked for more now.
Status withdraw_completeness(const std::string& run_folder, const RunManifest& manifest) {
  const Result<std::string> text = read_file(run_folder + "/results.json");
  if (!text.ok())
    return text.status().code() == StatusCode::kNotFound ? ok_status() : text.status();
  const Result<RunResult> earlier = parse_results_json(*text);
  if (earlier.ok() && !earlier->complete) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const RunResult so_far, aggregate_run(run_folder, manifest));
  return write_results(run_folder, so_far);
}

}  // namespace

Result<RunOutcome> run_evaluation(const RunConfig& config, std::FILE* progress_stream,
                                  const std::function<bool()>& stop) {
  // 1. What is asked, as far as it can be checked at once.
  const RunRequest request = request_of(config);
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> specs, find_tasks(config));
  JANGWON_RETURN_IF_ERROR(check_scoring(config, specs));

  // 2. The folder: ours, marked with what is asked, locked, repaired to its last whole line. From
  //    here on the folder alone says what is to be done.
  JANGWON_RETURN_IF_ERROR(claim_run_folder(config.output_folder));
  JANGWON_RETURN_IF_ERROR(RunManifest::open(config.output_folder, request).status());
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal,
                           Journal::open(config.output_folder));
  remove_leftovers(config.output_folder);
  JANGWON_ASSIGN_OR_RETURN(RunManifest manifest, RunManifest::open(config.output_folder, request));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<SampleRecord> ungraded,
                           read_ungraded(config.output_folder));
  if (journal->keys().empty() && ungraded.empty())
    JANGWON_RETURN_IF_ERROR(manifest.ask_anew(request));
  JANGWON_RETURN_IF_ERROR(check_model_names(config.models));

  // 3. Questions and judges; with them the configuration is whole, and frozen or equal
  //    to the frozen one.
  Result<PreparedTasks> prepared = prepare_tasks(config, specs);
  if (!prepared.ok()) {
    if (!manifest.begun()) give_up_run_folder(config.output_folder);
    return prepared.status();
  }
  const std::vector<PreparedTask>& tasks = prepared->tasks;
  JANGWON_RETURN_IF_ERROR(
      manifest.freeze(request, frozen_json(config, tasks), recorded_json(*prepared)));
  JANGWON_RETURN_IF_ERROR(check_records(*journal, config, manifest.plan(), tasks));
  JANGWON_RETURN_IF_ERROR(withdraw_completeness(config.output_folder, manifest));

  // 4. One model after the other; grading overlaps with generation.
  RunOutcome outcome;
  ReplyHistory history;
  if (!config.estimate.like.empty()) {
    JANGWON_ASSIGN_OR_RETURN(history, ReplyHistory::read(config.estimate.like));
  }
  Progress progress(progress_stream);
  GradingPool graders(config.num_graders > 0 ? config.num_graders : default_graders());
  for (const AskedModel& model : config.models) {
    if (stop()) break;
    BackendOptions options = backend_options(config, specs, model);
    options.progress = progress_stream;
    options.stop = stop;
    Result<std::unique_ptr<Backend>> made = make_backend(model.spec, options);
    if (!made.ok() && stop()) break;  // a server's first questions end with the run
    if (!made.ok()) return made.status();
    const std::unique_ptr<Backend> backend = std::move(made).value();
    if (backend->info().model != model.model) {
      return unavailable(
          "the model {model} is called {model_2} now and was called {model_3} before",
          {{"model", model.spec}, {"model_2", backend->info().model}, {"model_3", model.model}});
    }
    ModelRun run(config, tasks, *backend, *journal, progress, graders);
    JANGWON_RETURN_IF_ERROR(manifest.add_model(run.facts(model.spec)));
    JANGWON_ASSIGN_OR_RETURN(const ModelEstimate estimate,
                             estimate_model(config, tasks, *backend, history, journal->keys(),
                                            kQuestionsInTheFirstLine));
    if (estimate.num_requests() > 0) progress.say(estimate_line(estimate));
    int resumed = 0;
    JANGWON_RETURN_IF_ERROR(run.serve(ungraded, stop, outcome.num_asked, resumed));
    outcome.num_resumed += resumed;
    JANGWON_RETURN_IF_ERROR(manifest.add_speculation(model.model, *backend->speculation()));
  }
  outcome.interrupted = stop();
  for (const AskedModel& model : config.models) {
    if (!outcome.interrupted)
      JANGWON_RETURN_IF_ERROR(forget_ungraded(config.output_folder, model.model));
  }

  // 5. Results from the journal alone.
  JANGWON_ASSIGN_OR_RETURN(outcome.result, aggregate_run(config.output_folder, manifest));
  JANGWON_RETURN_IF_ERROR(write_results(config.output_folder, outcome.result));
  return outcome;
}

}  // namespace jangwon::harness
