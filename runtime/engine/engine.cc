// A request becomes one sequence, or one for each continuation whose log-probability it asks for. Every step: choose
// the tokens, run them, sample or score, and let go of what has ended. Tests: tests/runtime/engine.

#include "runtime/engine/engine.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/base/sha256.h"
#include "runtime/engine/engine_text.h"
#include "runtime/engine/generation_config.h"
#include "runtime/engine/model_runner.h"
#include "runtime/engine/sampler.h"
#include "runtime/engine/scheduler.h"
#include "runtime/engine/stop_strings.h"

namespace jangwon::runtime {
namespace {

using Clock = std::chrono::steady_clock;

double ms_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

// A sequence and what it is run for.
struct Job {
  Sequence sequence;
  RequestId request = 0;

  // Generation.
  int max_reply_tokens = 0;
  FinishReason at_limit = FinishReason::kLength;
  std::optional<StopStrings> stops;
  std::unique_ptr<ReplyText> reply_text;

  // Scoring of one continuation: token_ids hold prompt and continuation from the start.
  bool scores = false;
  size_t continuation = 0;
  std::vector<double> logprobs;  // of each of its tokens; a preempted sequence writes some twice
};

struct Request {
  EngineRequest asked;
  Completion completion;
  std::vector<std::unique_ptr<Job>> jobs;  // unfinished ones
  std::optional<Clock::time_point> started;
  std::optional<Clock::time_point> first_token;
};

// Small models are hashed whole; of large ones reading every byte again would take minutes, so their headers (names,
// shapes, offsets) and sizes stand for them, and the key says which it is.
constexpr int64_t kMaxHashedWeightBytes = int64_t{1} << 30;

void add_weight_hash(const CheckpointFiles& files, Json& facts) {
  int64_t total = 0;
  for (const MappedFile& file : files.files())
    total += static_cast<int64_t>(file.size_bytes());
  const bool whole = total <= kMaxHashedWeightBytes;
  Sha256 hash;
  for (const MappedFile& file : files.files()) {
    const char* bytes = reinterpret_cast<const char*>(file.data());
    size_t count = file.size_bytes();
    if (!whole) {
      uint64_t header_bytes = 0;
      std::copy_n(bytes, sizeof(header_bytes), reinterpret_cast<char*>(&header_bytes));
      count = 8 + header_bytes;
      hash.update(std::to_string(file.size_bytes()));
    }
    hash.update({bytes, count});
  }
  facts["weights_bytes"] = total;
  facts[whole ? "weights_sha256" : "weights_headers_sha256"] = hash.hex();
}

}  // namespace

struct Engine::State {
  std::string dir;
  std::string name;
  EngineOptions options;
  std::unique_ptr<ModelRunner> runner;
  std::unique_ptr<EngineText> text;  // null: no tokenizer
  GenerationConfig generation;
  std::unique_ptr<Scheduler> scheduler;

  RequestId next_request = 1;
  std::map<RequestId, Request> requests;  // submitted, not completed
  std::map<const Sequence*, Job*> job_of_sequence;
  std::vector<std::pair<RequestId, Completion>> completed;

  int vocab_size() const { return runner->config().vocab_size; }

  void start(RequestId id, Request& request);
  void start_generation(RequestId id, Request& request);
  void start_scoring(RequestId id, Request& request);
  void launch(Request& request, std::unique_ptr<Job> job);
  void use_logits(const ScheduledTokens& tokens, ConstRows logits);
  void append_sampled(Job& job, std::span<const float> logits);
  std::optional<FinishReason> find_end(Job& job, int32_t id, std::optional<size_t>& text_bytes);
  void end_generation(Job& job, FinishReason reason, std::optional<size_t> text_bytes);
  void add_score(Job& job, ConstRows logits, int first_row_position, int num_rows);
  void end_job(Job& job);
  void complete(RequestId id, FinishReason reason, const std::string& error = {});
};

// --- loading ---

Engine::Engine() : state_(std::make_unique<State>()) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::load(const std::string& dir, const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine());
  State& state = *engine->state_;
  state.dir = dir;
  const std::filesystem::path path = std::filesystem::path(dir).lexically_normal();
  state.name = (path.has_filename() ? path : path.parent_path()).filename().string();
  state.options = options;
  state.options.max_batch_size = std::max(1, options.max_batch_size);
  state.options.max_step_tokens = std::max(options.max_step_tokens, state.options.max_batch_size);
  JANGWON_ASSIGN_OR_RETURN(state.runner, ModelRunner::load(dir, state.options));
  const ModelConfig& config = state.runner->config();
  JANGWON_ASSIGN_OR_RETURN(state.generation, read_generation_config(dir, config));
  JANGWON_ASSIGN_OR_RETURN(state.text, EngineText::load(dir, architecture_of(config).reasoning));
  if (state.text && state.text->vocab_size() > config.vocab_size) {
    return invalid_argument(dir + ": the tokenizer has ids up to " + std::to_string(state.text->vocab_size() - 1) +
                            ", but \"vocab_size\" of the config is " + std::to_string(config.vocab_size));
  }
  state.scheduler = std::make_unique<Scheduler>(SchedulerOptions{.max_batch_size = state.options.max_batch_size,
                                                                 .max_step_tokens = state.options.max_step_tokens,
                                                                 .max_logit_rows = state.options.max_step_tokens,
                                                                 .max_swapped_bytes = options.swap_max_bytes,
                                                                 .prefix_cache = options.prefix_cache},
                                                state.runner->plan().cache_layout, state.runner->plan().cache_capacity);
  return engine;
}

const ModelConfig& Engine::config() const {
  return state_->runner->config();
}

const std::string& Engine::name() const {
  return state_->name;
}

int Engine::max_context_tokens() const {
  return state_->runner->plan().max_context_tokens;
}

Json Engine::facts() const {
  const ModelRunner& runner = *state_->runner;
  const ModelConfig& config = runner.config();
  Json facts = {{"architecture", config.architecture},
                {"model_type", config.model_type},
                {"vocab_size", config.vocab_size},
                {"max_context_tokens", runner.plan().max_context_tokens},
                {"weight_format", config.quantization.method.empty() ? "plain" : config.quantization.method},
                {"compute_dtype", "float32"},
                {"kv_cache_dtype", "float32"},
                {"device", "cpu"},
                {"isa", runner.isa()},
                {"numerics", name_of(runner.ops().numerics)},
                {"threads", runner.context().num_threads},
                {"max_batch_size", state_->options.max_batch_size},
                {"eos_token_ids", state_->generation.eos_token_ids}};
  for (const char* file : {"config.json", "generation_config.json"}) {
    const Result<std::string> hash = sha256_of_file(state_->dir + "/" + file);
    std::string key = std::string(file).substr(0, std::string(file).find('.')) + "_sha256";
    facts[key] = hash.ok() ? Json(hash.value()) : Json(nullptr);
  }
  add_weight_hash(runner.model().files, facts);
  if (state_->text) facts.update(state_->text->facts());
  return facts;
}

Json Engine::sampling_defaults() const {
  return Json::parse(state_->generation.sampling_json);
}

// --- text ---

namespace {

Status no_text(const std::string& dir) {
  return not_found(dir + " has no tokenizer.json; only token ids can be used with it");
}

}  // namespace

bool Engine::has_text() const {
  return state_->text != nullptr;
}

Result<RenderedPrompt> Engine::render(const std::vector<ChatMessage>& messages, const Json& template_arguments) const {
  if (!state_->text) return no_text(state_->dir);
  return state_->text->render(messages, template_arguments);
}

Result<std::vector<int32_t>> Engine::encode(const std::string& text) const {
  if (!state_->text) return no_text(state_->dir);
  return state_->text->encode(text);
}

Result<std::string> Engine::decode(const std::vector<int32_t>& token_ids) const {
  if (!state_->text) return no_text(state_->dir);
  return state_->text->decode(token_ids);
}

// --- requests ---

RequestId Engine::submit(EngineRequest request) {
  const RequestId id = state_->next_request++;
  Request& stored = state_->requests[id];
  stored.asked = std::move(request);
  state_->start(id, stored);
  return id;
}

void Engine::cancel(RequestId id) {
  const auto found = state_->requests.find(id);
  if (found == state_->requests.end()) return;
  for (const std::unique_ptr<Job>& job : found->second.jobs) {
    state_->scheduler->finish(&job->sequence);
    state_->job_of_sequence.erase(&job->sequence);
  }
  state_->requests.erase(found);
}

bool Engine::has_work() const {
  return state_->scheduler->has_work();
}

int Engine::num_in_flight() const {
  return static_cast<int>(state_->requests.size());
}

std::vector<std::pair<RequestId, Completion>> Engine::take_completed() {
  return std::exchange(state_->completed, {});
}

void Engine::step() {
  JANGWON_CHECK(has_work());
  State& state = *state_;
  const std::vector<ScheduledTokens> step = state.scheduler->schedule();
  std::vector<SequenceStep> sequences;
  const Clock::time_point now = Clock::now();
  for (const ScheduledTokens& tokens : step) {
    const Sequence& sequence = *tokens.sequence;
    std::optional<Clock::time_point>& started = state.requests[state.job_of_sequence[&sequence]->request].started;
    if (!started) started = now;
    sequences.push_back({.token_ids = {sequence.token_ids.data() + sequence.num_computed_tokens,
                                       static_cast<size_t>(tokens.num_tokens)},
                         .first_position = sequence.num_computed_tokens,
                         .block_tables = sequence.cache.block_tables,
                         .first_wanted = std::max(0, sequence.first_logit_position - sequence.num_computed_tokens)});
  }
  state.runner->cache().apply(state.scheduler->take_commands());
  const StepOutput output = state.runner->decoder().run(sequences, state.runner->cache().kv());
  int64_t row = 0;
  state.scheduler->complete(step);
  for (size_t i = 0; i < step.size(); ++i) {
    const int rows = std::max(0, step[i].num_tokens - sequences[i].first_wanted);
    if (rows > 0) state.use_logits({step[i].sequence, rows}, {output.logits_TV.row(row), output.logits_TV.stride});
    row += rows;
  }
}

namespace {

// Empty where the request can run.
std::string find_fault(const EngineRequest& request, int vocab_size, bool has_text) {
  if (request.prompt_token_ids.empty()) return "the prompt is empty";
  const auto outside = [&](const std::vector<int32_t>& ids) {
    return std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return id < 0 || id >= vocab_size; });
  };
  if (outside(request.prompt_token_ids)) return "the prompt holds an id outside the vocabulary";
  for (const std::vector<int32_t>& continuation : request.continuations) {
    if (continuation.empty()) return "a continuation is empty";
    if (outside(continuation)) return "a continuation holds an id outside the vocabulary";
  }
  const SamplingParams& sampling = request.sampling;
  if (!sampling.stop.empty() && !has_text) return "stop strings need a tokenizer, which the model's folder lacks";
  if (!(sampling.temperature >= 0.0) || !(sampling.top_p > 0.0) || !(sampling.min_p >= 0.0) || sampling.min_p > 1.0 ||
      sampling.top_k < 0 || !(sampling.repetition_penalty > 0.0)) {
    return "sampling parameters out of range (temperature ≥ 0, top_p > 0, 0 ≤ min_p ≤ 1, top_k ≥ 0, "
           "repetition_penalty > 0)";
  }
  return {};
}

}  // namespace

void Engine::State::start(RequestId id, Request& request) {
  request.completion.num_prompt_tokens = static_cast<int>(request.asked.prompt_token_ids.size());
  const std::string fault = find_fault(request.asked, vocab_size(), text != nullptr);
  if (!fault.empty()) return complete(id, FinishReason::kError, fault);
  if (request.asked.continuations.empty()) {
    start_generation(id, request);
  } else {
    start_scoring(id, request);
  }
}

void Engine::State::launch(Request& request, std::unique_ptr<Job> job) {
  job_of_sequence[&job->sequence] = job.get();
  request.jobs.push_back(std::move(job));
  scheduler->add(&request.jobs.back()->sequence);
}

void Engine::State::start_generation(RequestId id, Request& request) {
  const SamplingParams& sampling = request.asked.sampling;
  const int num_prompt = request.completion.num_prompt_tokens;
  const int room = runner->plan().max_context_tokens - num_prompt;
  const bool fits = sampling.max_tokens <= room;
  const int limit = fits ? sampling.max_tokens : room;
  const FinishReason at_limit = fits ? FinishReason::kLength : FinishReason::kContext;
  if (limit <= 0) return complete(id, at_limit);
  auto job = std::make_unique<Job>();
  job->request = id;
  job->sequence.seq_id = id;
  job->sequence.num_prompt_tokens = num_prompt;
  job->sequence.first_logit_position = num_prompt - 1;
  job->sequence.token_ids = request.asked.prompt_token_ids;
  job->max_reply_tokens = limit;
  job->at_limit = at_limit;
  StopStrings stops(sampling.stop);
  if (!stops.empty()) {
    job->stops = std::move(stops);
    job->reply_text = text->begin_reply();
  }
  launch(request, std::move(job));
}

void Engine::State::start_scoring(RequestId id, Request& request) {
  const EngineRequest& asked = request.asked;
  Completion& completion = request.completion;
  for (const std::vector<int32_t>& continuation : asked.continuations) {
    completion.continuation_num_tokens.push_back(static_cast<int>(continuation.size()));
    if (completion.num_prompt_tokens + static_cast<int>(continuation.size()) > runner->plan().max_context_tokens) {
      completion.continuation_num_tokens.clear();
      return complete(id, FinishReason::kContext);
    }
  }
  completion.continuation_logprobs.assign(asked.continuations.size(), 0.0);
  for (size_t i = 0; i < asked.continuations.size(); ++i) {
    const std::vector<int32_t>& continuation = asked.continuations[i];
    auto job = std::make_unique<Job>();
    job->request = id;
    job->scores = true;
    job->continuation = i;
    job->logprobs.resize(continuation.size());
    Sequence& sequence = job->sequence;
    sequence.seq_id = id;
    sequence.num_prompt_tokens = completion.num_prompt_tokens;
    sequence.first_logit_position = completion.num_prompt_tokens - 1;
    sequence.token_ids = asked.prompt_token_ids;
    // The last token of the continuation predicts nothing that is asked for.
    sequence.token_ids.insert(sequence.token_ids.end(), continuation.begin(), continuation.end() - 1);
    launch(request, std::move(job));
  }
}

// `tokens.num_tokens` rows of logits belong to the last positions computed in this step.
void Engine::State::use_logits(const ScheduledTokens& tokens, ConstRows logits) {
  Job& job = *job_of_sequence.at(tokens.sequence);
  if (job.scores) {
    add_score(job, logits, tokens.sequence->num_computed_tokens - tokens.num_tokens, tokens.num_tokens);
  } else {
    append_sampled(job, {logits.data, static_cast<size_t>(vocab_size())});
  }
}

void Engine::State::add_score(Job& job, ConstRows logits, int first_row_position, int num_rows) {
  Request& request = requests.at(job.request);
  const std::vector<int32_t>& continuation = request.asked.continuations[job.continuation];
  for (int row = 0; row < num_rows; ++row) {
    const int index = first_row_position + row - job.sequence.first_logit_position;
    const std::span<const float> row_logits(logits.row(row), static_cast<size_t>(vocab_size()));
    job.logprobs[static_cast<size_t>(index)] = log_probability(row_logits, continuation[static_cast<size_t>(index)]);
  }
  if (job.sequence.num_uncomputed_tokens() > 0) return;
  request.completion.continuation_logprobs[job.continuation] =
      std::accumulate(job.logprobs.begin(), job.logprobs.end(), 0.0);
  request.completion.num_cached_tokens = std::max(request.completion.num_cached_tokens, job.sequence.num_cached_tokens);
  const RequestId id = job.request;
  end_job(job);
  if (request.jobs.empty()) complete(id, FinishReason::kStop);
}

void Engine::State::append_sampled(Job& job, std::span<const float> logits) {
  Request& request = requests.at(job.request);
  Sequence& sequence = job.sequence;
  if (!request.first_token) request.first_token = Clock::now();
  const std::span<const int32_t> ids(sequence.token_ids);
  const SampledContext context{ids.first(static_cast<size_t>(sequence.num_prompt_tokens)),
                               ids.subspan(static_cast<size_t>(sequence.num_prompt_tokens))};
  const std::optional<int32_t> id = sample_token(logits, request.asked.sampling, context);
  if (!id) {
    const RequestId request_id = job.request;
    end_job(job);
    return complete(request_id, FinishReason::kError, "the model computed logits that are not finite numbers");
  }
  sequence.token_ids.push_back(*id);
  sequence.first_logit_position = sequence.num_tokens() - 1;
  std::optional<size_t> text_bytes;
  if (const std::optional<FinishReason> reason = find_end(job, *id, text_bytes))
    end_generation(job, *reason, text_bytes);
}

// Why the reply ends with this token, if it does; `text_bytes` where a stop string cuts its text.
std::optional<FinishReason> Engine::State::find_end(Job& job, int32_t id, std::optional<size_t>& text_bytes) {
  const EngineRequest& asked = requests.at(job.request).asked;
  const auto holds = [&](const std::vector<int32_t>& ids) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  if (asked.end_of_sequence == EndOfSequence::kObey && holds(generation.eos_token_ids)) return FinishReason::kStop;
  if (holds(asked.sampling.stop_token_ids)) return FinishReason::kStop;
  if (job.stops) {
    text_bytes = job.stops->push(job.reply_text->push(id));
    if (text_bytes) return FinishReason::kStop;
  }
  if (job.sequence.num_tokens() - job.sequence.num_prompt_tokens >= job.max_reply_tokens) return job.at_limit;
  return std::nullopt;
}

void Engine::State::end_generation(Job& job, FinishReason reason, std::optional<size_t> text_bytes) {
  Request& request = requests.at(job.request);
  Completion& completion = request.completion;
  const std::vector<int32_t>& ids = job.sequence.token_ids;
  completion.token_ids.assign(ids.begin() + job.sequence.num_prompt_tokens, ids.end());
  completion.num_cached_tokens = job.sequence.num_cached_tokens;
  if (text) {
    // The id that ended the reply is an instruction, not text.
    std::vector<int32_t> shown = completion.token_ids;
    if (reason == FinishReason::kStop && !text_bytes) shown.pop_back();
    text->fill_text(request.asked.prompt_token_ids, shown, text_bytes.value_or(std::string::npos), completion);
  }
  const RequestId id = job.request;
  end_job(job);
  complete(id, reason);
}

void Engine::State::end_job(Job& job) {
  scheduler->finish(&job.sequence);
  job_of_sequence.erase(&job.sequence);
  std::vector<std::unique_ptr<Job>>& jobs = requests.at(job.request).jobs;
  std::erase_if(jobs, [&](const std::unique_ptr<Job>& other) { return other.get() == &job; });
}

void Engine::State::complete(RequestId id, FinishReason reason, const std::string& error) {
  const auto found = requests.find(id);
  Request& request = found->second;
  Completion& completion = request.completion;
  completion.finish_reason = reason;
  completion.error = error;
  const Clock::time_point now = Clock::now();
  if (request.started) {
    completion.prefill_ms = ms_between(*request.started, request.first_token.value_or(now));
    if (request.first_token) completion.decode_ms = ms_between(*request.first_token, now);
  }
  completed.emplace_back(id, std::move(completion));
  requests.erase(found);
}

}  // namespace jangwon::runtime
