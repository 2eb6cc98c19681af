// Tests: tests/runtime/engine/engine_test.cc, token_events_test.cc.

#include "runtime/engine/request_table.h"

#include <algorithm>
#include <numeric>

namespace jangwon::runtime {

RequestId RequestTable::submit(EngineRequest request) {
  const RequestId id = next_id_++;
  Request& stored = requests_[id];
  stored.asked = std::move(request);
  start(id, stored);
  return id;
}

void RequestTable::cancel(RequestId id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  end_all_jobs(found->second);
  requests_.erase(found);
}

std::vector<Sequence*> RequestTable::sequences() {
  std::vector<Sequence*> all;
  for (const auto& [id, request] : requests_)
    for (const std::unique_ptr<Job>& job : request.jobs)
      all.push_back(&job->sequence);
  return all;
}

bool RequestTable::holds(RequestId id, const Sequence* sequence) const {
  const auto found = requests_.find(id);
  return found != requests_.end() &&
         std::any_of(found->second.jobs.begin(), found->second.jobs.end(),
                     [&](const std::unique_ptr<Job>& job) { return &job->sequence == sequence; });
}

void RequestTable::start_clock(const Sequence& sequence) {
  std::optional<Clock::time_point>& started =
      requests_.at(job_of_sequence_.at(&sequence)->request).started;
  if (!started) started = Clock::now();
}

// --- submission ---

// Empty where the request can run.
std::string RequestTable::find_fault(const EngineRequest& request) const {
  if (request.prompt_token_ids.empty()) return "the prompt is empty";
  if (limits_.layer_major == LayerMajor::kAlways && request.continuations.empty() &&
      request.sampling.max_tokens > 0)
    return "the model is run layer by layer, which scores given continuations and writes no "
           "replies";
  const auto outside = [&](const std::vector<int32_t>& ids) {
    return std::any_of(ids.begin(), ids.end(),
                       [&](int32_t id) { return id < 0 || id >= limits_.vocab_size; });
  };
  if (outside(request.prompt_token_ids)) return "the prompt holds an id outside the vocabulary";
  for (const std::vector<int32_t>& continuation : request.continuations) {
    if (continuation.empty()) return "a continuation is empty";
    if (outside(continuation)) return "a continuation holds an id outside the vocabulary";
  }
  const SamplingParams& sampling = request.sampling;
  if (!sampling.stop.empty() && !text_)
    return "stop strings need a tokenizer, which the model's folder lacks";
  if (!(sampling.temperature >= 0.0) || !(sampling.top_p > 0.0) || !(sampling.min_p >= 0.0) ||
      sampling.min_p > 1.0 || sampling.top_k < 0 || !(sampling.repetition_penalty > 0.0)) {
    return "sampling parameters out of range (temperature ≥ 0, top_p > 0, 0 ≤ min_p ≤ 1, top_k ≥ "
           "0, "
           "repetition_penalty > 0)";
  }
  if (request.num_top_logprobs.value_or(0) < 0 || request.num_top_prompt_logprobs.value_or(0) < 0)
    return "the number of most probable tokens to list is negative";
  return {};
}

void RequestTable::start(RequestId id, Request& request) {
  request.completion.num_prompt_tokens = static_cast<int>(request.asked.prompt_token_ids.size());
  const std::string fault = find_fault(request.asked);
  if (!fault.empty()) return complete(id, FinishReason::kError, fault);
  if (request.asked.continuations.empty()) {
    start_generation(id, request);
  } else {
    start_scoring(id, request);
  }
}

std::unique_ptr<RequestTable::Job> RequestTable::make_job(RequestId id,
                                                          const Request& request) const {
  auto job = std::make_unique<Job>();
  job->request = id;
  job->sequence.seq_id = id;
  job->sequence.num_prompt_tokens = request.completion.num_prompt_tokens;
  job->sequence.first_logit_position = request.completion.num_prompt_tokens - 1;
  job->sequence.token_ids = request.asked.prompt_token_ids;
  return job;
}

void RequestTable::launch(Request& request, std::unique_ptr<Job> job) {
  // The first job computes the prompt's log-probabilities, if they are wanted: all
  // rows from the start.
  if (request.jobs.empty() && request.asked.num_top_prompt_logprobs) {
    job->sequence.first_logit_position = 0;
    request.completion.prompt_logprobs.resize(static_cast<size_t>(job->sequence.num_prompt_tokens) -
                                              1);
  }
  job_of_sequence_[&job->sequence] = job.get();
  request.jobs.push_back(std::move(job));
  scheduler_.add(&request.jobs.back()->sequence);
}

void RequestTable::start_generation(RequestId id, Request& request) {
  const EngineRequest& asked = request.asked;
  const int num_prompt = request.completion.num_prompt_tokens;
  const int room = limits_.max_context_tokens - num_prompt;
  const bool fits = asked.sampling.max_tokens <= room;
  const int limit = std::max(0, fits ? asked.sampling.max_tokens : room);
  const FinishReason at_limit = fits ? FinishReason::kLength : FinishReason::kContext;
  const bool scores_prompt = asked.num_top_prompt_logprobs && room >= 0 && num_prompt > 1;
  if (limit == 0 && !scores_prompt) return complete(id, at_limit);
  std::unique_ptr<Job> job = make_job(id, request);
  job->max_reply_tokens = limit;
  job->sequence.max_tokens = num_prompt + limit;
  job->at_limit = at_limit;
  // Without a reply the last token of the prompt predicts nothing that is asked for.
  if (limit == 0) job->sequence.token_ids.pop_back();
  if (text_ && (asked.want_events || !StopStrings(asked.sampling.stop).empty()))
    job->stream.emplace(text_->begin_reply(), asked.sampling.stop);
  if (text_ && asked.want_events) job->splitter = text_->begin_split(asked.prompt_token_ids);
  launch(request, std::move(job));
}

void RequestTable::start_scoring(RequestId id, Request& request) {
  const EngineRequest& asked = request.asked;
  Completion& completion = request.completion;
  size_t num_tokens = 0;
  for (const std::vector<int32_t>& continuation : asked.continuations) {
    num_tokens += continuation.size();
    completion.continuation_num_tokens.push_back(static_cast<int>(continuation.size()));
    if (completion.num_prompt_tokens + static_cast<int>(continuation.size()) >
        limits_.max_context_tokens) {
      completion.continuation_num_tokens.clear();
      return complete(id, FinishReason::kContext);
    }
  }
  completion.continuation_logprobs.assign(asked.continuations.size(), 0.0);
  if (asked.num_top_logprobs) completion.logprobs.resize(num_tokens);
  size_t first_token = 0;
  for (size_t i = 0; i < asked.continuations.size(); ++i) {
    const std::vector<int32_t>& continuation = asked.continuations[i];
    std::unique_ptr<Job> job = make_job(id, request);
    job->scores = true;
    job->continuation = i;
    job->first_token = first_token;
    job->logprobs.resize(continuation.size());
    first_token += continuation.size();
    // The last token of the continuation predicts nothing that is asked for.
    std::vector<int32_t>& ids = job->sequence.token_ids;
    ids.insert(ids.end(), continuation.begin(), continuation.end() - 1);
    launch(request, std::move(job));
  }
}

// --- tokens ---

std::optional<int32_t> RequestTable::find_known(const Job& job, int position) const {
  const EngineRequest& asked = requests_.at(job.request).asked;
  // in the continuation or the reply
  const int index = position + 1 - job.sequence.num_prompt_tokens;
  if (index < 0) return asked.prompt_token_ids[static_cast<size_t>(position) + 1];
  if (job.scores) return asked.continuations[job.continuation][static_cast<size_t>(index)];
  return std::nullopt;
}

void RequestTable::add_wishes(const Sequence& sequence, int computed, int num_rows,
                              std::vector<TokenWish>& wishes) const {
  const Job& job = *job_of_sequence_.at(&sequence);
  const EngineRequest& asked = requests_.at(job.request).asked;
  for (int position = computed - num_rows; position < computed; ++position) {
    const bool in_prompt = position + 1 < sequence.num_prompt_tokens;
    const std::optional<int> listed =
        in_prompt ? asked.num_top_prompt_logprobs : asked.num_top_logprobs;
    TokenWish& wish = wishes.emplace_back();
    wish.num_top = std::min(listed.value_or(0), limits_.vocab_size);
    if (const std::optional<int32_t> known = find_known(job, position)) {
      wish.known_id = *known;
      continue;
    }
    wish.wants_logprob = listed.has_value();
    wish.draw = draw_of(sequence);
    // drafts before it count as if they were sure
    wish.draw.num_reply_ids = position + 1 - sequence.num_prompt_tokens;
  }
}

TokenDraw RequestTable::draw_of(const Sequence& sequence) const {
  const SamplingParams& sampling =
      requests_.at(job_of_sequence_.at(&sequence)->request).asked.sampling;
  return {.temperature = sampling.temperature,
          .top_p = sampling.top_p,
          .top_k = sampling.top_k,
          .min_p = sampling.min_p,
          .repetition_penalty = sampling.repetition_penalty,
          .presence_penalty = sampling.presence_penalty,
          .seed = sampling.seed,
          .prompt_ids = sequence.token_ids.data(),
          .num_prompt_ids = sequence.num_prompt_tokens,
          .reply_ids = sequence.token_ids.data() + sequence.num_prompt_tokens,
          .num_reply_ids = sequence.num_tokens() - sequence.num_prompt_tokens};
}

int RequestTable::count_valid_rows(const Sequence& sequence, int first_position,
                                   std::span<const TokenChoice> choices) {
  const int num_rows = static_cast<int>(choices.size());
  for (int row = 0; row < num_rows; ++row) {
    const int next = first_position + row + 1;
    if (next < sequence.num_sure_tokens() || next >= sequence.num_tokens()) continue;
    if (sequence.token_ids[static_cast<size_t>(next)] != choices[static_cast<size_t>(row)].id)
      return row + 1;
  }
  return num_rows;
}

int RequestTable::draft_limit(const Sequence& sequence, int num_tokens) {
  // A token that is drawn behind the last draft must still be within the reply.
  return std::max(0, sequence.max_tokens - num_tokens - 1);
}

void RequestTable::use_tokens(const Sequence& sequence, int first_position,
                              std::span<const TokenWish> wishes,
                              std::span<const TokenChoice> choices,
                              const std::vector<int32_t>& drafts) {
  Job& job = *job_of_sequence_.at(&sequence);
  bool drew = false;
  for (size_t row = 0; row < choices.size(); ++row) {
    const TokenWish& wish = wishes[row];
    const int position = first_position + static_cast<int>(row);
    ScoredToken token{.id = choices[row].id, .logprob = choices[row].logprob, .top = {}};
    if (token.id < 0) return fail(job.request);
    token.top.assign(wish.top, wish.top + wish.num_top);
    if (wish.known_id < 0) {
      if (!append_drawn(job, position, std::move(token))) return;
      drew = true;
    } else {
      keep_score(job, position, std::move(token));
    }
  }
  if (drew) return append_drafts(job, drafts);
  // starting over would not need these again
  job.sequence.first_logit_position = sequence.num_computed_tokens;
  if (sequence.num_uncomputed_tokens() > 0) return;
  if (job.scores) {
    end_scoring(job);
  } else {
    end_generation(job, job.at_limit, std::nullopt);
  }
}

void RequestTable::keep_score(Job& job, int position, ScoredToken scored) {
  Request& request = requests_.at(job.request);
  const int index = position + 1 - job.sequence.num_prompt_tokens;  // in the continuation
  if (index < 0) {
    request.completion.prompt_logprobs[static_cast<size_t>(position)] = std::move(scored);
    return;
  }
  job.logprobs[static_cast<size_t>(index)] = scored.logprob;
  if (request.asked.num_top_logprobs)
    request.completion.logprobs[job.first_token + static_cast<size_t>(index)] = std::move(scored);
}

void RequestTable::end_scoring(Job& job) {
  Request& request = requests_.at(job.request);
  request.completion.continuation_logprobs[job.continuation] =
      std::accumulate(job.logprobs.begin(), job.logprobs.end(), 0.0);
  request.completion.num_cached_tokens =
      std::max(request.completion.num_cached_tokens, job.sequence.num_cached_tokens);
  const RequestId id = job.request;
  end_job(job);
  if (request.jobs.empty()) complete(id, FinishReason::kStop);
}

// The token behind `position`; false where the reply ends with it. The draft that stands there is
// the same token or has to go, with all behind it.
bool RequestTable::append_drawn(Job& job, int position, ScoredToken drawn) {
  Request& request = requests_.at(job.request);
  Sequence& sequence = job.sequence;
  if (!request.first_token) request.first_token = Clock::now();
  const int32_t id = drawn.id;
  if (request.asked.num_top_logprobs) request.completion.logprobs.push_back(std::move(drawn));
  put_token(job, position + 1, id);
  sequence.first_logit_position = sequence.num_sure_tokens() - 1;
  std::optional<size_t> text_bytes;
  if (const std::optional<FinishReason> reason = find_end(job, id, text_bytes)) {
    end_generation(job, *reason, text_bytes);
    return false;
  }
  if (request.asked.want_events) tell_of_token(job, id);
  return true;
}

void RequestTable::put_token(Job& job, int position, int32_t id) {
  Sequence& sequence = job.sequence;
  if (sequence.num_drafts == 0) return sequence.token_ids.push_back(id);
  const bool accepted = sequence.token_ids[static_cast<size_t>(position)] == id;
  Completion& completion = requests_.at(job.request).completion;
  ++completion.num_drafts;
  ++num_drafts_;
  completion.num_accepted_drafts += accepted;
  num_accepted_drafts_ += accepted;
  if (accepted) {
    --sequence.num_drafts;
    return;
  }
  scheduler_.truncate(sequence, position);
  sequence.num_drafts = 0;
  sequence.token_ids.push_back(id);
}

// Drafts that a step had no room to verify come first.
void RequestTable::append_drafts(Job& job, const std::vector<int32_t>& drafts) {
  Sequence& sequence = job.sequence;
  if (sequence.num_drafts > 0) return;
  sequence.token_ids.insert(sequence.token_ids.end(), drafts.begin(), drafts.end());
  sequence.num_drafts = static_cast<int>(drafts.size());
}

void RequestTable::tell_of_token(Job& job, int32_t id) {
  if (!job.stream) return add_event(job, "", {});
  job.splitter->push(id);
  std::string text = job.stream->take_final();
  ReplyParts parts = job.splitter->take(text);
  add_event(job, std::move(text), std::move(parts));
}

// Why the reply ends with this token, if it does; `text_bytes` where a stop string cuts its text.
std::optional<FinishReason> RequestTable::find_end(Job& job, int32_t id,
                                                   std::optional<size_t>& text_bytes) const {
  const EngineRequest& asked = requests_.at(job.request).asked;
  const auto holds = [&](const std::vector<int32_t>& ids) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  if (asked.end_of_sequence == EndOfSequence::kObey && holds(generation_.eos_token_ids))
    return FinishReason::kStop;
  if (holds(asked.sampling.stop_token_ids)) return FinishReason::kStop;
  if (job.stream) {
    text_bytes = job.stream->push(id);
    if (text_bytes) return FinishReason::kStop;
  }
  if (job.sequence.num_sure_tokens() - job.sequence.num_prompt_tokens >= job.max_reply_tokens)
    return job.at_limit;
  return std::nullopt;
}

// --- ends ---

void RequestTable::end_generation(Job& job, FinishReason reason, std::optional<size_t> text_bytes) {
  Request& request = requests_.at(job.request);
  Completion& completion = request.completion;
  completion.num_cached_tokens = job.sequence.num_cached_tokens;
  if (job.max_reply_tokens > 0) {
    const std::vector<int32_t>& ids = job.sequence.token_ids;
    completion.token_ids.assign(ids.begin() + job.sequence.num_prompt_tokens,
                                ids.end() - job.sequence.num_drafts);
    if (text_) {
      // The id that ended the reply is an instruction, not text.
      std::vector<int32_t> shown = completion.token_ids;
      if (reason == FinishReason::kStop && !text_bytes) shown.pop_back();
      text_->fill_text(request.asked.prompt_token_ids, shown,
                       text_bytes.value_or(std::string::npos), completion);
    }
    if (request.asked.want_events) {
      std::string text = job.stream ? completion.text.substr(job.stream->num_taken_bytes()) : "";
      ReplyParts parts = job.splitter ? job.splitter->take_rest(text, completion) : ReplyParts{};
      add_event(job, std::move(text), std::move(parts));
    }
  }
  const RequestId id = job.request;
  end_job(job);
  complete(id, reason);
}

// Of the newest token.
void RequestTable::add_event(Job& job, std::string text, ReplyParts parts) {
  const Completion& completion = requests_.at(job.request).completion;
  TokenEvent event;
  event.request = job.request;
  event.token_id = job.sequence.token_ids[static_cast<size_t>(job.sequence.num_sure_tokens()) - 1];
  event.text = std::move(text);
  event.reasoning = std::move(parts.reasoning);
  event.answer = std::move(parts.answer);
  if (!completion.logprobs.empty()) event.scored = completion.logprobs.back();
  events_.push_back(std::move(event));
}

void RequestTable::end_job(Job& job) {
  scheduler_.finish(&job.sequence);
  job_of_sequence_.erase(&job.sequence);
  std::vector<std::unique_ptr<Job>>& jobs = requests_.at(job.request).jobs;
  std::erase_if(jobs, [&](const std::unique_ptr<Job>& other) { return other.get() == &job; });
}

void RequestTable::end_all_jobs(Request& request) {
  for (const std::unique_ptr<Job>& job : request.jobs) {
    scheduler_.finish(&job->sequence);
    job_of_sequence_.erase(&job->sequence);
  }
  request.jobs.clear();
}

void RequestTable::fail(RequestId id) {
  end_all_jobs(requests_.at(id));
  complete(id, FinishReason::kError, "the model computed logits that are not finite numbers");
}

void RequestTable::complete(RequestId id, FinishReason reason, const std::string& error) {
  const auto found = requests_.find(id);
  Request& request = found->second;
  Completion& completion = request.completion;
  completion.finish_reason = reason;
  completion.error = error;
  const Clock::time_point now = Clock::now();
  const auto ms_between = [](Clock::time_point begin, Clock::time_point end) {
    return std::chrono::duration<double, std::milli>(end - begin).count();
  };
  if (request.started) {
    completion.prefill_ms = ms_between(*request.started, request.first_token.value_or(now));
    if (request.first_token) completion.decode_ms = ms_between(*request.first_token, now);
  }
  completed_.emplace_back(id, std::move(completion));
  requests_.erase(found);
}

}  // namespace jangwon::runtime
