// Resolve the tasks, freeze the configuration, then for each model: serve requests, grade replies while the next ones
// are generated, append one line a sample; at the end compute the results from the journal. tests/e2e kills this
// program at random moments and compares results.json with an undisturbed run's.

#include "harness/run_loop/run_loop.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/backends/all_backends.h"
#include "harness/record/journal.h"
#include "harness/run_loop/build_info.h"
#include "harness/run_loop/grading_pool.h"
#include "harness/run_loop/judge.h"
#include "harness/run_loop/prepared_task.h"
#include "harness/run_loop/progress.h"
#include "harness/run_loop/sampling_origin.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/utc_time.h"

namespace jangwon::harness {

namespace {

using datasets::Sample;

// The columns that go into the record: short ones, and whatever tables and strata are made of.
std::string metadata_for_record(const TaskSpec& task, const Sample& sample) {
  if (sample.metadata_json.empty()) return "{}";
  const Json all = Json::parse(sample.metadata_json);
  Json kept = Json::object();
  constexpr size_t kShort = 120;
  for (const auto& [name, value] : all.items()) {
    const bool wanted = name == task.cluster_key ||
                        std::find(task.strata_keys.begin(), task.strata_keys.end(), name) != task.strata_keys.end();
    if (wanted || (value.is_primitive() && value.dump().size() <= kShort)) kept[name] = value;
  }
  return to_json_line(kept);
}

// For each sample of the task, whether it is asked here.
std::vector<bool> members_of(const PreparedTask& task, const std::optional<Shard>& shard) {
  std::vector<std::string_view> ids;
  for (const Sample& sample : task.data.samples)
    ids.emplace_back(sample.id);
  return shard ? shard_members(ids, *shard) : std::vector<bool>(ids.size(), true);
}

// Serves one model: hands out what is not yet in the journal, grades what comes back.
class ModelRun {
 public:
  ModelRun(const RunConfig& config, const std::vector<PreparedTask>& tasks, Backend& backend, Journal& journal,
           Progress& progress, GradingPool& graders)
      : config_(config), tasks_(tasks), backend_(backend), journal_(journal), progress_(progress), graders_(graders) {
    for (const PreparedTask& task : tasks_) {
      sampling_[task.spec.name] = resolve_sampling(config.sampling, task.spec.sampling, backend.info().sampling_json);
      members_[task.spec.name] = members_of(task, config.shard);
    }
  }

  // What run.json says of the model. What cannot change a result stands under "performance" and is not compared on a
  // resume.
  Json facts(const std::string& spec) const {
    const BackendInfo& info = backend_.info();
    Json settings = Json::parse(info.settings_json);
    Json performance = Json::object();
    for (const char* key : {"isa", "threads", "max_batch_size", "probe"}) {
      if (!settings.contains(key)) continue;
      performance[key] = settings[key];
      settings.erase(key);
    }
    Json sampling = Json::object();
    for (const auto& [task, resolved] : sampling_)
      sampling[task] = Json::parse(resolved.json);
    return Json{{"model", info.model},       {"stand_in", info.stand_in}, {"kind", info.kind},
                {"settings", settings},      {"sampling", sampling},      {"spec", spec},
                {"performance", performance}};
  }

  Status serve(const std::function<bool()>& stop, int& num_asked, int& num_resumed) {
    std::vector<RecordKey> todo = missing_keys(num_resumed);
    std::map<std::string, int> left;
    for (const RecordKey& key : todo)
      ++left[key.task];
    progress_.begin(backend_.info().model, num_resumed, left);
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
      graders_.submit(
          [this, request, completion = std::move(completion)]() mutable { grade(request, std::move(completion)); });
    };
    const Status served = backend_.serve(source, sink, [&] { return stop() || !status().ok(); });
    graders_.wait();
    progress_.end();
    JANGWON_RETURN_IF_ERROR(journal_.sync());
    JANGWON_RETURN_IF_ERROR(served);
    return status();
  }

 private:
  const PreparedTask& task_of(const std::string& name) const {
    for (const PreparedTask& task : tasks_) {
      if (task.spec.name == name) return task;
    }
    JANGWON_CHECK(false, "a request of an unknown task");
  }

  // Runs of one sample stand side by side, so that they share their prompt in the engine's prefix cache.
  std::vector<RecordKey> missing_keys(int& num_present) const {
    std::vector<RecordKey> keys;
    num_present = 0;
    for (const PreparedTask& task : tasks_) {
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
    request.sampling.seed = sample_seed(config_.seed, key.task, key.sample_id, key.repeat);
    Status status = task.renderer->render(*task.by_id.at(key.sample_id), request);
    if (status.ok()) status = backend_.prepare(request);
    if (!status.ok()) return status.at("task " + key.task + ", sample " + key.sample_id);
    return request;
  }

  void grade(const Request& request, Completion completion) {
    const PreparedTask& task = task_of(request.task);
    const Sample& sample = *task.by_id.at(request.sample_id);
    const auto start = std::chrono::steady_clock::now();
    SampleRecord record;
    record.key = {request.model, request.task, request.sample_id, request.repeat};
    record.task_version = task.spec.version;
    record.prompt_text = request.prompt_text;
    record.prompt_sha256 = request.prompt_sha256;
    record.num_fewshot = request.num_fewshot;
    record.target = sample.target;
    record.metadata_json = metadata_for_record(task.spec, sample);
    record.started_at = utc_now();
    judge(task, sample, completion, record);
    const std::chrono::duration<double, std::milli> graded = std::chrono::steady_clock::now() - start;
    record.duration_ms = completion.prefill_ms + completion.decode_ms + graded.count();
    record.completion = std::move(completion);
    append(record);
  }

  void append(const SampleRecord& record) {
    std::lock_guard lock(mutex_);
    Status appended = journal_.append(record);
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
  std::map<std::string, std::vector<bool>> members_;  // task → for each of its samples, whether this shard asks it
  mutable std::mutex mutex_;                          // journal appends and the first failure
  Status status_;
  std::chrono::steady_clock::time_point last_sync_ = std::chrono::steady_clock::now();
};

Json frozen_json(const RunConfig& config, const std::vector<PreparedTask>& tasks) {
  Json frozen{{"program_version", JANGWON_VERSION},
              {"seed", config.seed},
              {"dataset", name_of(config.dataset)},
              {"limit", to_json(config.limit)}};
  frozen["tasks"] = Json::array();
  for (const PreparedTask& task : tasks)
    frozen["tasks"].push_back(task.frozen());
  if (!config.shard) return frozen;
  Json sizes = Json::object();
  for (const PreparedTask& task : tasks) {
    const std::vector<bool> members = members_of(task, config.shard);
    sizes[task.spec.name] = std::count(members.begin(), members.end(), true);
  }
  frozen["shard"] = {{"index", config.shard->index}, {"count", config.shard->count}, {"num_samples", sizes}};
  return frozen;
}

// What is recorded, and not compared on a resume.
Json recorded_json(const RunConfig& config, const PreparedTasks& prepared) {
  Json defects = Json::array();
  for (const PreparedTask& task : prepared.tasks) {
    for (const std::string& defect : datasets::summarize_defects(task.data.defects))
      defects.push_back(task.spec.name + ", data: " + defect);
  }
  return Json{{"started_at", utc_now()},
              {"build", build_info()},
              {"sandbox", prepared.sandbox ? prepared.sandbox->description() : ""},
              {"data_defects", defects},
              {"settings", Json::parse(config.asked_settings)}};
}

int default_graders() {
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// Everything a reader must know before believing a number, from run.json alone, so that a run that was graded again or
// put together from shards says the same.
std::vector<std::string> warnings_of(const Json& run) {
  std::vector<std::string> warnings;
  const Json& frozen = run.at("frozen");
  if (frozen.value("dataset", "") == name_of(DatasetChoice::kBundled)) {
    warnings.push_back(
        "The questions are the miniature sets bundled with the program, not the published benchmarks: these scores "
        "must not be compared with published ones.");
  }
  const Json recorded = run.value("recorded", Json::object());
  for (const Json& defect : recorded.value("data_defects", Json::array()))
    warnings.push_back(defect.get<std::string>());
  // Greedy runs of one sample are the same run; repeating them measures nothing.
  for (const Json& model : run.at("models")) {
    for (const Json& task : frozen.at("tasks")) {
      const std::string name = task.at("name").get<std::string>();
      const int repeats = task.at("repeats").get<int>();
      if (repeats < 2 || model.value("kind", "") != "embedded") continue;
      if (model.at("sampling").at(name).at("temperature").at("value") == 0.0) {
        warnings.push_back(model.at("model").get<std::string>() + ", " + name + ": greedy, so its " +
                           std::to_string(repeats) + " runs of a sample are the same run.");
      }
    }
  }
  return warnings;
}

}  // namespace

Result<RunResult> aggregate_run(const std::string& run_folder, const RunManifest& manifest) {
  const RunPlan plan = manifest.plan();
  std::map<std::string, const PlannedTask*> planned;
  for (const PlannedTask& task : plan.tasks)
    planned[task.task] = &task;
  std::vector<Outcome> outcomes;
  JANGWON_RETURN_IF_ERROR(read_journal(run_folder, [&](SampleRecord record) {
    const auto task = planned.find(record.key.task);
    if (task == planned.end())
      return invalid_argument("a record of the task " + record.key.task + ", which run.json does not name");
    outcomes.push_back(outcome_of(record, *task->second));
    return ok_status();
  }));
  RunResult result = aggregate(plan, outcomes);
  result.settings_json = manifest.settings_json();
  result.warnings = warnings_of(manifest.json());
  return result;
}

Result<RunOutcome> run_evaluation(const RunConfig& config, std::FILE* progress_stream,
                                  const std::function<bool()>& stop) {
  // 1. What is asked, and with what it is judged.
  for (const std::string& model : config.models)
    JANGWON_RETURN_IF_ERROR(check_model(model));
  JANGWON_ASSIGN_OR_RETURN(const PreparedTasks prepared, prepare_tasks(config));
  const std::vector<PreparedTask>& tasks = prepared.tasks;

  // 2. The folder: locked, repaired to its last whole line, its configuration frozen or equal to the frozen one.
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, Journal::open(config.output_folder));
  JANGWON_ASSIGN_OR_RETURN(RunManifest manifest, RunManifest::open(config.output_folder, frozen_json(config, tasks),
                                                                   recorded_json(config, prepared)));

  // 3. One model after the other; grading overlaps with generation.
  RunOutcome outcome;
  Progress progress(progress_stream);
  GradingPool graders(config.num_graders > 0 ? config.num_graders : default_graders());
  for (const std::string& model : config.models) {
    if (stop()) break;
    const BackendOptions options{.num_threads = config.num_threads,
                                 .max_batch_size = config.max_batch_size,
                                 .template_arguments = config.template_arguments};
    JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, make_backend(model, options));
    ModelRun run(config, tasks, *backend, *journal, progress, graders);
    JANGWON_RETURN_IF_ERROR(manifest.add_model(run.facts(model)));
    int resumed = 0;
    JANGWON_RETURN_IF_ERROR(run.serve(stop, outcome.num_asked, resumed));
    outcome.num_resumed += resumed;
  }
  outcome.interrupted = stop();

  // 4. Results from the journal alone.
  JANGWON_ASSIGN_OR_RETURN(outcome.result, aggregate_run(config.output_folder, manifest));
  JANGWON_RETURN_IF_ERROR(
      write_file_atomically(config.output_folder + "/results.json", to_results_json(outcome.result)));
  return outcome;
}

}  // namespace jangwon::harness
