// Prompts are rendered and counted as the run would, over a spread of the questions where only a
// line is wanted, because prompts of one task differ by factors. Every bound is kept apart from
// every expectation (replies_known, replies_bounded): "at most" and "about" are different
// sentences. What would refuse the run stands beside the figures and does not take their place,
// because they are wanted most where the machine at hand is too small. tests/e2e/estimate_test.cc
// holds it to real runs.

#include "harness/run_loop/run_estimate.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/backends/all_backends.h"
#include "harness/record/journal.h"
#include "harness/record/run_folder_claim.h"
#include "harness/run_loop/run_steps.h"
#include "harness/run_loop/sampling_origin.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/number_text.h"
#include "runtime/base/path_kind.h"

namespace jangwon::harness {

namespace {

using datasets::Sample;

constexpr int64_t kNoLimit = INT64_MAX;
constexpr int64_t kMaxShotsCounted = 200;  // questions a task whose few-shot share is measured
constexpr int kProbeQuestions = 8;
constexpr int kProbeTokens = 128;

// A record without its prompt and its reply, and what a token of a reply takes: its id, and its
// text up to three times.
constexpr int64_t kRecordBytes = 1800;
constexpr double kReplyTokenBytes = 16.0;
constexpr double kEscapedPrompt = 1.03;  // line ends and quotes

// What tokenizers that know Korean come to, give or take a third.
int64_t tokens_of_text(const std::string& text) {
  int64_t ascii = 0, others = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    ascii += byte < 0x80;
    others += byte >= 0xC0;
  }
  return static_cast<int64_t>(
      std::ceil(static_cast<double>(ascii) / 4.0 + static_cast<double>(others) / 1.5));
}

int64_t tokens_of(const Request& request) {
  return request.prompt_token_ids.empty() ? tokens_of_text(request.prompt_text)
                                          : static_cast<int64_t>(request.prompt_token_ids.size());
}

int64_t rounded(double value) {
  return static_cast<int64_t>(std::llround(value));
}

// Seconds from one moment of utc_now() to another.
double seconds_between(const std::string& from, const std::string& to) {
  const auto moment = [](const std::string& text) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    return end == nullptr ? std::time_t{0} : timegm(&parts);
  };
  return std::difftime(moment(to), moment(from));
}

// Which of a task's questions are asked here, and how many requests of each are still to be made.
struct Todo {
  const Sample* sample = nullptr;
  int64_t requests = 0;
};

std::vector<Todo> todo_of(const PreparedTask& task, const std::string& model,
                          const std::optional<Shard>& shard, const std::set<RecordKey>& done) {
  std::vector<Todo> todo;
  const std::vector<bool> members = members_of(task, shard);
  for (size_t i = 0; i < members.size(); ++i) {
    if (!members[i]) continue;
    const Sample& sample = task.data.samples[i];
    int64_t left = 0;
    for (int repeat = 0; repeat < task.repeats; ++repeat)
      left += done.contains({model, task.spec.name, sample.id, repeat}) ? 0 : 1;
    todo.push_back({&sample, left});
  }
  return todo;
}

Result<Request> render(const PreparedTask& task, const PromptSide& prompts, const Sample& sample,
                       Shots shots) {
  Request request;
  request.model = prompts.info().model;
  request.task = task.spec.name;
  request.sample_id = sample.id;
  Status status = task.renderer->render(sample, request, shots);
  if (status.ok()) status = prompts.prepare(request);
  if (!status.ok()) return status.at("task " + request.task + ", sample " + request.sample_id);
  return request;
}

// Every n-th of them, so that hard and easy ones, and all subjects of a sorted
// file, are among them.
std::vector<Todo> spread(const std::vector<Todo>& todo, int64_t at_most) {
  std::vector<Todo> some;
  const auto size = static_cast<int64_t>(todo.size());
  const int64_t count = std::min(size, at_most);
  for (int64_t i = 0; i < count; ++i)
    some.push_back(todo[static_cast<size_t>(i * size / count)]);
  return some;
}

void expect_replies(const RunConfig& config, const ReplyHistory& history, ModelEstimate& model,
                    TaskEstimate& task) {
  if (config.estimate.reply_tokens) {
    task.tokens_a_reply = *config.estimate.reply_tokens;
    model.replies_from = "--reply-tokens";
  } else if (const auto expected = history.tokens_a_reply(model.model, task.task)) {
    task.tokens_a_reply = *expected;
    model.replies_from = history.run_folder();
  }
  if (task.tokens_a_reply && task.max_tokens)
    task.tokens_a_reply = std::min(*task.tokens_a_reply, static_cast<double>(*task.max_tokens));
}

Result<TaskEstimate> estimate_task(const RunConfig& config, const PreparedTask& task,
                                   const PromptSide& prompts, const ReplyHistory& history,
                                   const std::set<RecordKey>& done, int64_t max_counted,
                                   ModelEstimate& model) {
  TaskEstimate estimate;
  estimate.task = task.spec.name;
  estimate.style = task.style;
  estimate.repeats = task.repeats;
  std::vector<Todo> todo = todo_of(task, prompts.info().model, config.shard, done);
  estimate.num_questions = static_cast<int64_t>(todo.size());
  for (const Todo& question : todo)
    estimate.num_requests += question.requests;
  estimate.num_done = estimate.num_questions * task.repeats - estimate.num_requests;
  std::erase_if(todo, [](const Todo& question) { return question.requests == 0; });

  if (task.spec.kind == TaskKind::kGenerate) {
    const ResolvedSampling sampling =
        resolve_sampling(config.sampling, task.spec.sampling, prompts.info());
    const bool known =
        sampling.set.max_tokens || prompts.info().unset_sampling == BackendInfo::Unset::kEngine;
    if (known) estimate.max_tokens = sampling.params.max_tokens;
    expect_replies(config, history, model, estimate);
  } else {
    estimate.tokens_a_reply = 0.0;
  }

  const std::vector<Todo> counted = spread(todo, max_counted);
  estimate.scaled = counted.size() < todo.size();
  const int context = prompts.info().max_context_tokens;
  int64_t requests = 0, tokens = 0, prompt_bytes = 0;
  for (const Todo& question : counted) {
    JANGWON_ASSIGN_OR_RETURN(const Request request,
                             render(task, prompts, *question.sample, Shots::kAsStyleSays));
    if (request.prompt_token_ids.empty() && !request.prompt_text.empty())
      model.counted = TokenCount::kByText;
    const int64_t of_prompt = tokens_of(request);
    requests += question.requests;
    tokens += of_prompt * question.requests;
    prompt_bytes += static_cast<int64_t>(request.prompt_text.size()) * question.requests;
    if (task.spec.kind != TaskKind::kGenerate) continue;
    const int64_t room = context == 0 ? kNoLimit : std::max<int64_t>(0, context - of_prompt);
    const int64_t limit = estimate.max_tokens.value_or(0);
    estimate.most_reply_tokens += std::min(room, limit) * question.requests;
    (room == 0 ? estimate.num_without_room : estimate.num_cut_short) +=
        room < limit || room == 0 ? question.requests : 0;
  }
  const double scale =
      requests == 0 ? 0.0
                    : static_cast<double>(estimate.num_requests) / static_cast<double>(requests);
  for (int64_t* count : {&tokens, &prompt_bytes, &estimate.most_reply_tokens,
                         &estimate.num_without_room, &estimate.num_cut_short})
    *count = rounded(static_cast<double>(*count) * scale);
  estimate.prompt_tokens = tokens;

  if (!task.renderer->fewshot_ids().empty() && !todo.empty()) {
    int64_t with = 0, without = 0;
    bool renders = true;
    for (const Todo& question : spread(todo, std::min(max_counted, kMaxShotsCounted))) {
      const Result<Request> bare = render(task, prompts, *question.sample, Shots::kNone);
      renders = renders && bare.ok();
      if (!renders) break;  // a style that cannot do without its shots
      JANGWON_ASSIGN_OR_RETURN(const Request whole,
                               render(task, prompts, *question.sample, Shots::kAsStyleSays));
      with += tokens_of(whole);
      without += tokens_of(*bare);
    }
    if (renders && with > 0) {
      estimate.fewshot_tokens =
          rounded(static_cast<double>(tokens) *
                  (1.0 - static_cast<double>(without) / static_cast<double>(with)));
    }
  } else {
    estimate.fewshot_tokens = 0;
  }

  const std::optional<double> of_record = history.bytes_a_record(model.model, task.spec.name);
  estimate.journal_bytes =
      of_record ? rounded(*of_record * static_cast<double>(estimate.num_requests))
                : estimate.num_requests * kRecordBytes +
                      rounded(static_cast<double>(prompt_bytes) * kEscapedPrompt +
                              static_cast<double>(estimate.reply_tokens()) * kReplyTokenBytes);
  return estimate;
}

// Time and cost, where lengths and speed are known.
void add_time_and_cost(const EstimateSettings& settings, ModelEstimate& model) {
  const bool nothing_asked = model.kind == "replay";
  if (nothing_asked) return;
  const auto replies = static_cast<double>(model.reply_tokens());
  const auto prompts = static_cast<double>(model.prompt_tokens());
  if (model.tokens_a_second && model.replies_known()) {
    model.seconds = replies / *model.tokens_a_second;
    if (settings.prompt_tokens_a_second)
      *model.seconds += prompts / *settings.prompt_tokens_a_second;
  }
  if (settings.prompt_price > 0 || settings.reply_price > 0)
    model.cost = (prompts * settings.prompt_price + replies * settings.reply_price) / 1e6;
}

// What is left of a run that is there. Nothing of it is changed, and no lock is taken: another
// process may be at work.
Status look_at_folder(const RunConfig& config, const std::vector<PreparedTask>& tasks,
                      ReplyHistory& history) {
  JANGWON_ASSIGN_OR_RETURN(const Json earlier, read_earlier_run(config.output_folder));
  if (earlier.empty())
    return path_exists(config.output_folder) ? check_new_run_folder(config.output_folder)
                                             : ok_status();
  if (!earlier.contains("frozen")) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const RunManifest manifest, RunManifest::read(config.output_folder));
  if (!path_exists(journal_path(config.output_folder))) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(history, ReplyHistory::read(config.output_folder));
  return manifest.check(request_of(config), frozen_json(config, tasks));
}

std::optional<int64_t> free_bytes_at(const std::string& folder) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error);
  while (!error && !path_exists(path) && path.has_relative_path())
    path = path.parent_path();
  struct statvfs info {};
  if (error || ::statvfs(path.c_str(), &info) != 0) return std::nullopt;
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

// What a server makes of a few questions, with short replies.
struct ProbeResult {
  double tokens_a_second = 0.0;
  // tokens that it counted, by those that the text was taken for; 0: it counted none
  double prompt_ratio = 0.0;
};

Result<ProbeResult> ask_a_few(const RunConfig& config, const std::vector<PreparedTask>& tasks,
                              Backend& backend, const std::function<bool()>& stop) {
  std::vector<Request> requests;
  for (const PreparedTask& task : tasks) {
    if (task.spec.kind != TaskKind::kGenerate) continue;
    const ResolvedSampling sampling =
        resolve_sampling(config.sampling, task.spec.sampling, backend.info());
    for (const Todo& question : spread(todo_of(task, "", config.shard, {}), kProbeQuestions)) {
      if (static_cast<int>(requests.size()) == kProbeQuestions) break;
      JANGWON_ASSIGN_OR_RETURN(Request request,
                               render(task, backend, *question.sample, Shots::kAsStyleSays));
      request.sampling = sampling.params;
      request.set_sampling = sampling.set;
      request.sampling.seed = sample_seed(config.seed, request.task, request.sample_id, 0);
      request.sampling.max_tokens = std::min(
          kProbeTokens, sampling.set.max_tokens ? sampling.params.max_tokens : kProbeTokens);
      request.set_sampling.max_tokens = true;
      requests.push_back(std::move(request));
    }
  }
  size_t next = 0;
  int64_t reply_tokens = 0, prompt_tokens = 0, by_text = 0;
  std::string lost;
  const auto start = std::chrono::steady_clock::now();
  const Status served = backend.serve(
      [&]() {
        return next < requests.size() ? std::optional<Request>(requests[next++]) : std::nullopt;
      },
      [&](const Request& request, const Completion& completion) {
        if (completion.finish_reason == FinishReason::kError) lost = completion.error;
        reply_tokens += num_output_tokens(completion);
        prompt_tokens += completion.num_prompt_tokens;
        by_text += tokens_of_text(request.prompt_text);
      },
      stop);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  JANGWON_RETURN_IF_ERROR(served);
  if (!lost.empty()) return unavailable("--probe: {lost}", {{"lost", lost}});
  ProbeResult result;
  if (took.count() > 0) result.tokens_a_second = static_cast<double>(reply_tokens) / took.count();
  if (by_text > 0)
    result.prompt_ratio = static_cast<double>(prompt_tokens) / static_cast<double>(by_text);
  return result;
}

void set_right(double ratio, ModelEstimate& model) {
  if (ratio <= 0 || model.counted != TokenCount::kByText) return;
  model.counted = TokenCount::kByServer;
  for (TaskEstimate& task : model.tasks) {
    task.prompt_tokens = rounded(static_cast<double>(task.prompt_tokens) * ratio);
    if (task.fewshot_tokens)
      task.fewshot_tokens = rounded(static_cast<double>(*task.fewshot_tokens) * ratio);
  }
}

void choose_speed(const EstimateSettings& settings, const ReplyHistory& history,
                  ModelEstimate& model) {
  if (settings.tokens_a_second) {
    model.tokens_a_second = settings.tokens_a_second;
    model.speed_from = "--tokens-per-second";
  } else if (const auto measured = history.tokens_a_second(model.model)) {
    model.tokens_a_second = measured;
    model.speed_from = history.run_folder();
  }
}

// Every part of it that can be found is found; the first thing that would refuse the model
// stands beside it.
ModelEstimate foretell_model(const RunConfig& config, const std::vector<TaskSpec>& specs,
                             const std::vector<PreparedTask>& tasks, const AskedModel& asked,
                             const ReplyHistory& history, const std::set<RecordKey>& done,
                             const std::function<bool()>& stop) {
  ModelEstimate none;
  none.model = asked.model;
  none.spec = asked.spec;
  BackendOptions options = backend_options(config, specs, asked);
  options.stop = stop;
  Result<ModelPreview> preview = preview_model(asked.spec, options, config.estimate.tokenizer);
  if (!preview.ok()) {
    none.refusal = preview.status();
    return none;
  }
  std::optional<ProbeResult> probe;
  Status refused = preview->fits;
  if (config.estimate.probe && preview->prompts->info().kind == "openai") {
    Result<std::unique_ptr<Backend>> server = make_backend(asked.spec, options);
    if (!server.ok()) {
      refused = server.status();
    } else {
      Result<ProbeResult> asked_it = ask_a_few(config, tasks, **server, stop);
      if (asked_it.ok()) probe = *asked_it;
      if (!asked_it.ok()) refused = asked_it.status();
      if (config.estimate.tokenizer.empty()) preview->prompts = std::move(*server);
    }
  }
  Result<ModelEstimate> estimate =
      estimate_model(config, tasks, *preview->prompts, history, done, kNoLimit);
  if (!estimate.ok()) {
    none.kind = preview->prompts->info().kind;
    none.refusal = estimate.status();
    return none;
  }
  estimate->spec = asked.spec;
  estimate->refusal = refused;
  if (probe) set_right(probe->prompt_ratio, *estimate);
  if (probe && probe->tokens_a_second > 0 && !config.estimate.tokens_a_second) {
    estimate->tokens_a_second = probe->tokens_a_second;
    estimate->speed_from = "--probe";
  }
  add_time_and_cost(config.estimate, *estimate);
  return std::move(estimate).value();
}

template <typename Of>
int64_t sum(const std::vector<TaskEstimate>& tasks, Of of) {
  int64_t total = 0;
  for (const TaskEstimate& task : tasks)
    total += of(task);
  return total;
}

}  // namespace

int64_t TaskEstimate::reply_tokens() const {
  return tokens_a_reply ? rounded(*tokens_a_reply * static_cast<double>(num_requests))
                        : most_reply_tokens;
}

int64_t ModelEstimate::num_requests() const {
  return sum(tasks, [](const TaskEstimate& task) { return task.num_requests; });
}

int64_t ModelEstimate::prompt_tokens() const {
  return sum(tasks, [](const TaskEstimate& task) { return task.prompt_tokens; });
}

std::optional<int64_t> ModelEstimate::fewshot_tokens() const {
  for (const TaskEstimate& task : tasks) {
    if (!task.fewshot_tokens) return std::nullopt;
  }
  return sum(tasks, [](const TaskEstimate& task) { return *task.fewshot_tokens; });
}

int64_t ModelEstimate::reply_tokens() const {
  return sum(tasks, [](const TaskEstimate& task) { return task.reply_tokens(); });
}

bool ModelEstimate::replies_known() const {
  return std::all_of(tasks.begin(), tasks.end(),
                     [](const TaskEstimate& task) { return task.tokens_a_reply.has_value(); });
}

bool ModelEstimate::replies_bounded() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskEstimate& task) {
    return task.tokens_a_reply || task.max_tokens;
  });
}

int64_t ModelEstimate::journal_bytes() const {
  return sum(tasks, [](const TaskEstimate& task) { return task.journal_bytes; });
}

Status RunEstimate::first_refusal() const {
  if (!refusal.ok()) return refusal;
  for (const ModelEstimate& model : models) {
    if (!model.refusal.ok()) return model.refusal;
  }
  return ok_status();
}

Result<ReplyHistory> ReplyHistory::read(const std::string& run_folder) {
  ReplyHistory history;
  history.run_folder_ = run_folder;
  const Status read = read_journal(run_folder, [&history](const SampleRecord& record) {
    if (!counts(record.verdict)) return ok_status();
    history.done.insert(record.key);
    Tally& tally = history.tallies_[{record.key.model, record.key.task}];
    ++tally.replies;
    tally.tokens += num_output_tokens(record.completion);
    tally.bytes += static_cast<int64_t>(to_journal_line(record).size()) + 1;
    Window& window = history.windows_[record.key.model];
    if (window.first.empty() || record.started_at < window.first) window.first = record.started_at;
    window.last = std::max(window.last, record.started_at);
    return ok_status();
  });
  if (!read.ok()) return read;
  return history;
}

std::optional<ReplyHistory::Tally> ReplyHistory::tally(const std::string& model,
                                                       const std::string& task) const {
  const auto own = tallies_.find({model, task});
  if (own != tallies_.end()) return own->second;
  Tally all;
  for (const auto& [key, tally] : tallies_) {
    if (key.second != task) continue;
    all.replies += tally.replies;
    all.tokens += tally.tokens;
    all.bytes += tally.bytes;
  }
  return all.replies > 0 ? std::optional<Tally>(all) : std::nullopt;
}

std::optional<double> ReplyHistory::tokens_a_reply(const std::string& model,
                                                   const std::string& task) const {
  const std::optional<Tally> found = tally(model, task);
  if (!found) return std::nullopt;
  return static_cast<double>(found->tokens) / static_cast<double>(found->replies);
}

std::optional<double> ReplyHistory::bytes_a_record(const std::string& model,
                                                   const std::string& task) const {
  const std::optional<Tally> found = tally(model, task);
  if (!found) return std::nullopt;
  return static_cast<double>(found->bytes) / static_cast<double>(found->replies);
}

std::optional<double> ReplyHistory::tokens_a_second(const std::string& model) const {
  constexpr double kLeastSeconds = 5.0;
  const auto window = windows_.find(model);
  if (window == windows_.end()) return std::nullopt;
  const double seconds = seconds_between(window->second.first, window->second.last);
  int64_t tokens = 0;
  for (const auto& [key, tally] : tallies_)
    tokens += key.first == model ? tally.tokens : 0;
  if (seconds < kLeastSeconds || tokens == 0) return std::nullopt;
  return static_cast<double>(tokens) / seconds;
}

Result<ModelEstimate> estimate_model(const RunConfig& config,
                                     const std::vector<PreparedTask>& tasks,
                                     const PromptSide& prompts, const ReplyHistory& history,
                                     const std::set<RecordKey>& done, int64_t max_counted) {
  ModelEstimate estimate;
  const BackendInfo& info = prompts.info();
  estimate.model = info.model;
  estimate.kind = info.kind;
  estimate.memory_plan = info.memory_plan;
  estimate.max_context_tokens = info.max_context_tokens;
  for (const PreparedTask& task : tasks) {
    JANGWON_ASSIGN_OR_RETURN(TaskEstimate of_task, estimate_task(config, task, prompts, history,
                                                                 done, max_counted, estimate));
    estimate.tasks.push_back(std::move(of_task));
  }
  choose_speed(config.estimate, history, estimate);
  add_time_and_cost(config.estimate, estimate);
  return estimate;
}

Result<RunEstimate> estimate_run(const RunConfig& config, const std::function<bool()>& stop) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> specs, find_tasks(config));
  JANGWON_RETURN_IF_ERROR(check_scoring(config, specs));
  JANGWON_RETURN_IF_ERROR(check_model_names(config.models));
  JANGWON_ASSIGN_OR_RETURN(const PreparedTasks prepared, prepare_tasks(config, specs));
  RunEstimate estimate;
  ReplyHistory history;
  estimate.refusal = look_at_folder(config, prepared.tasks, history);
  const std::set<RecordKey> done = history.done;
  if (!config.estimate.like.empty()) {
    JANGWON_ASSIGN_OR_RETURN(history, ReplyHistory::read(config.estimate.like));
    if (history.done.empty())
      return not_found("--like: no replies are recorded in {like}",
                       {{"like", config.estimate.like}});
  }
  for (const AskedModel& model : config.models) {
    if (stop()) break;
    estimate.models.push_back(
        foretell_model(config, specs, prepared.tasks, model, history, done, stop));
  }
  estimate.free_bytes = free_bytes_at(config.output_folder);
  return estimate;
}

std::string estimate_line(const ModelEstimate& estimate) {
  const bool about = estimate.counted != TokenCount::kByTokenizer ||
                     std::any_of(estimate.tasks.begin(), estimate.tasks.end(),
                                 [](const TaskEstimate& task) { return task.scaled; });
  const std::string prompts = with_commas(estimate.prompt_tokens());
  std::string line = localized(
      "{model}: {num_requests} requests",
      {{"model", estimate.model}, {"num_requests", with_commas(estimate.num_requests())}});
  const auto add = [&line](const std::string& part) { line += ", " + part; };
  add(localized(about ? Message("about {prompts} prompt tokens", {{"prompts", prompts}})
                      : Message("{prompts} prompt tokens", {{"prompts", prompts}})));
  if (const auto shots = estimate.fewshot_tokens(); shots && *shots > 0) {
    add(localized("{prompt_tokens} % of them few-shot",
                  {{"prompt_tokens",
                    fmt::format("{:.0f}", 100.0 * static_cast<double>(*shots) /
                                              static_cast<double>(estimate.prompt_tokens()))}}));
  }
  const std::string replies = with_commas(estimate.reply_tokens());
  if (estimate.replies_known() && !estimate.replies_from.empty()) {
    add(localized("about {replies} tokens of replies by {replies_from}",
                  {{"replies", replies}, {"replies_from", estimate.replies_from}}));
  } else if (!estimate.replies_known() && estimate.replies_bounded()) {
    add(localized("at most {replies} tokens of replies", {{"replies", replies}}));
  }
  if (estimate.seconds) {
    add(localized("about {seconds} at {tokens_a_second} tokens a second by {speed_from}",
                  {{"seconds", duration_text(*estimate.seconds)},
                   {"tokens_a_second", with_commas(rounded(*estimate.tokens_a_second))},
                   {"speed_from", estimate.speed_from}}));
  }
  if (!estimate.memory_plan.is_null())
    add(localized("memory {plan}",
                  {{"plan", bytes_text(estimate.memory_plan->at("total_bytes").get<int64_t>())}}));
  if (estimate.cost && estimate.replies_bounded())
    add(localized("cost {cost}", {{"cost", fmt::format("{:.2f}", *estimate.cost)}}));
  const std::string disk = bytes_text(estimate.journal_bytes());
  add(localized(estimate.replies_known() ? Message("about {disk} on disk", {{"disk", disk}})
                : estimate.replies_bounded()
                    ? Message("at most about {disk} on disk", {{"disk", disk}})
                    : Message("more than {disk} on disk", {{"disk", disk}})));
  return line;
}

}  // namespace jangwon::harness
