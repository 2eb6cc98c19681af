// One thread drives everything: it pulls requests as the adaptive limit has room, so that what is
// not yet asked costs nothing but its place in the run loop's list. A job is one HTTP exchange
// after the other for one sample (or for n repeats of one): it is in flight, or waits for its next
// attempt, or is finished and has been handed to the sink; each request leaves exactly once.
//
// What is tried again and what not stands in runtime/http/retry.h (by status and by kind of
// failure) and in openai_reply.h (by the server's own words). A job that has used up its attempts
// leaves as FinishReason::kError, which the run loop records as infra_error and asks again on a
// resume. When many jobs in a row ended so, the server is taken for gone: the remaining jobs get
// one attempt each, until one succeeds.
//
// Tests: tests/harness/backends/openai_backend_test.cc against tests/fakes;
// tests/e2e/remote_run_test.cc.

#include "harness/backends/openai_backend.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "harness/backends/finish_word.h"
#include "harness/backends/openai_concurrency.h"
#include "harness/backends/openai_endpoint.h"
#include "harness/backends/openai_probe.h"
#include "harness/backends/openai_reply.h"
#include "harness/backends/openai_request.h"
#include "harness/backends/stand_in_name.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "runtime/http/http_client.h"

namespace jangwon::harness {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// attempts at a server that says how long to wait, by those at one that does not
constexpr int kThrottledFactor = 4;
constexpr int kLostJobsUntilGone = 16;  // in a row

enum class Step { kTokenizePrompt, kTokenizeContinuation, kScore, kGenerate };

struct Job {
  std::vector<Request> requests;  // one, or several repeats of one sample
  Step step = Step::kGenerate;
  std::vector<int32_t> prompt_ids;
  std::vector<std::vector<int32_t>> continuation_ids;  // for scoring by token ids
  // of a scoring job, filled one continuation after the other
  Completion scored;

  int num_failures = 0;  // of this step: transient ones
  int num_refusals = 0;  // of this step: the server asked for less
  Clock::time_point ready;

  // The exchange in flight.
  std::unique_ptr<OpenAiReplyReader> reader;
  Status read_status;
  Clock::time_point started, first_piece, last_progress;
  int64_t pieces_seen = 0;
  bool gave_up_waiting = false;

  const Request& request() const { return requests.front(); }
};

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

size_t num_code_points(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// The sum over tokens [begin, end) of a scored prompt.
Status sum_logprobs(const OpenAiChoice& choice, size_t begin, size_t end, Completion& completion) {
  if (begin >= end || end > choice.token_logprobs.size()) {
    return invalid_argument("the server scored {token_logprobs} tokens where {end} were sent",
                            {{"token_logprobs", choice.token_logprobs.size()}, {"end", end}});
  }
  double sum = 0.0;
  for (size_t i = begin; i < end; ++i) {
    if (!choice.token_logprobs[i])
      return invalid_argument("the server gave no log-probability for a token");
    sum += *choice.token_logprobs[i];
  }
  completion.continuation_logprobs.push_back(sum);
  completion.continuation_num_tokens.push_back(static_cast<int>(end - begin));
  return ok_status();
}

// Prompt and continuation were sent as one text: the border must be the border of two tokens.
Status sum_by_text(const OpenAiChoice& choice, const std::string& prompt,
                   const std::string& continuation, Completion& completion) {
  const auto border = static_cast<int64_t>(num_code_points(prompt));
  const auto text_end = border + static_cast<int64_t>(num_code_points(continuation));
  const auto& offsets = choice.text_offsets;
  const auto first = std::find(offsets.begin(), offsets.end(), border);
  if (first == offsets.end()) {
    return invalid_argument(
        "the server's tokenizer joins the end of the prompt and the beginning of an option, and it "
        "has no /tokenize, "
        "so "
        "the option alone cannot be scored");
  }
  const auto last =
      std::find_if(first, offsets.end(), [&](int64_t offset) { return offset >= text_end; });
  return sum_logprobs(choice, static_cast<size_t>(first - offsets.begin()),
                      static_cast<size_t>(last - offsets.begin()), completion);
}

class OpenAiBackend : public Backend {
 public:
  OpenAiBackend(OpenAiEndpoint endpoint, Secret key, OpenAiBodyParts parts, OpenAiServer server,
                std::unique_ptr<HttpClient> client, BackendInfo info)
      : endpoint_(std::move(endpoint)),
        key_(std::move(key)),
        parts_(std::move(parts)),
        server_(std::move(server)),
        client_(std::move(client)),
        info_(std::move(info)),
        concurrency_(endpoint_.max_concurrency) {}

  const BackendInfo& info() const override { return info_; }

  // What the model reads is made by the server; recorded is what it is made of, in the form of
  // the replay backend.
  Status prepare(Request& request) const override {
    request.prompt_text = request.raw_prompt;
    for (const ChatMessage& message : request.messages)
      request.prompt_text += "<" + message.role + ">\n" + message.content + "\n";
    request.prompt_sha256 = sha256_hex(request.prompt_text);
    if (needs_tokenizer(request) && server_.tokenize_url.empty()) {
      return unsupported(
          "the server at {url} has no /tokenize, which this request needs: a chat that goes to "
          "/completions, or a "
          "prompt of token ids",
          {{"url", endpoint_.url}});
    }
    if (server_.max_model_len && request.kind == RequestKind::kGenerate &&
        request.set_sampling.max_tokens && request.sampling.max_tokens >= *server_.max_model_len) {
      return invalid_argument(
          "max_tokens {max_tokens} leaves no room for a prompt: the server's context holds "
          "{max_model_len} tokens; "
          "lower --max-tokens",
          {{"max_tokens", request.sampling.max_tokens}, {"max_model_len", *server_.max_model_len}});
    }
    return ok_status();
  }

  Status serve(const Source& source, const Sink& sink, const std::function<bool()>& stop) override {
    source_ = &source;
    sink_ = &sink;
    exhausted_ = false;
    while (!stop()) {
      start_what_may();
      if (active_.empty() && waiting_.empty()) {
        JANGWON_CHECK(exhausted_ && !peeked_);
        return ok_status();
      }
      client_->poll(time_to_wait());
      give_up_on_silent_ones();
    }
    for (const auto& [id, job] : active_)
      client_->cancel(id);
    active_.clear();
    waiting_.clear();
    peeked_.reset();
    return ok_status();
  }

 private:
  using JobPointer = std::unique_ptr<Job>;

  bool needs_tokenizer(const Request& request) const {
    if (uses_chat_api(endpoint_, request) && request.kind == RequestKind::kGenerate) return false;
    return !request.messages.empty() || endpoint_.prompt == OpenAiPrompt::kTokenIds;
  }

  // --- which job is next ---

  void start_what_may() {
    const Clock::time_point now = Clock::now();
    while (now >= paused_until_ && static_cast<int>(active_.size()) < concurrency_.limit()) {
      JobPointer job = next_job(now);
      if (!job) return;
      start(std::move(job));
    }
  }

  JobPointer next_job(Clock::time_point now) {
    const auto ready = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const JobPointer& a, const JobPointer& b) { return a->ready < b->ready; });
    if (ready != waiting_.end() && (*ready)->ready <= now) {
      JobPointer job = std::move(*ready);
      waiting_.erase(ready);
      return job;
    }
    // While many wait for another attempt nothing new is taken: what is in memory stays bounded.
    if (static_cast<int>(waiting_.size()) >= endpoint_.max_concurrency) return nullptr;
    return new_job();
  }

  std::optional<Request> pull() {
    if (peeked_) return std::exchange(peeked_, std::nullopt);
    if (exhausted_) return std::nullopt;
    std::optional<Request> request = (*source_)();
    exhausted_ = !request;
    return request;
  }

  static bool share_a_prompt(const Request& a, const Request& b) {
    return a.kind == RequestKind::kGenerate && b.kind == RequestKind::kGenerate &&
           a.task == b.task && a.sample_id == b.sample_id && a.prompt_sha256 == b.prompt_sha256;
  }

  JobPointer new_job() {
    std::optional<Request> request = pull();
    if (!request) return nullptr;
    auto job = std::make_unique<Job>();
    job->requests.push_back(std::move(*request));
    while (static_cast<int>(job->requests.size()) < endpoint_.max_choices) {
      std::optional<Request> next = pull();
      if (!next) break;
      if (!share_a_prompt(job->request(), *next)) {
        peeked_ = std::move(next);
        break;
      }
      job->requests.push_back(std::move(*next));
    }
    const bool scores = job->request().kind == RequestKind::kLoglikelihood;
    job->prompt_ids = job->request().prompt_token_ids;
    job->step = scores ? Step::kScore : Step::kGenerate;
    const bool by_ids =
        needs_tokenizer(job->request()) || (scores && !server_.tokenize_url.empty());
    if (by_ids && job->prompt_ids.empty()) job->step = Step::kTokenizePrompt;
    if (by_ids && !job->prompt_ids.empty() && scores) job->step = Step::kTokenizeContinuation;
    return job;
  }

  // Only what can start something ends a wait: a job that is ready starts nothing while every place
  // is taken, and then the end of an exchange ends it.
  milliseconds time_to_wait() const {
    const Clock::time_point now = Clock::now();
    Clock::time_point until = now + milliseconds(100);  // `stop` is asked this often
    if (static_cast<int>(active_.size()) < concurrency_.limit()) {
      for (const JobPointer& job : waiting_)
        until = std::min(until, std::max(job->ready, paused_until_));
      if (paused_until_ > now) until = std::min(until, paused_until_);
    }
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(until - now));
  }

  // --- one exchange ---

  HttpRequest http_request(const Job& job) const {
    HttpRequest http;
    add_credentials(endpoint_, key_, http);
    http.max_body_bytes = endpoint_.max_reply_bytes;
    http.idle_timeout = endpoint_.patience;
    const Request& request = job.request();
    switch (job.step) {
      case Step::kTokenizePrompt:
        http.url = server_.tokenize_url;
        http.body = request.messages.empty()
                        ? tokenize_text_body(endpoint_, request.raw_prompt, SpecialTokens::kAdd)
                        : tokenize_chat_body(endpoint_, parts_, request.messages);
        break;
      case Step::kTokenizeContinuation:
        http.url = server_.tokenize_url;
        http.body =
            tokenize_text_body(endpoint_, request.continuations[job.continuation_ids.size()],
                               SpecialTokens::kLeaveOut);
        break;
      case Step::kScore:
        http.url = endpoint_.url + "/completions";
        http.body = scoring_body_of(job);
        break;
      case Step::kGenerate:
        http.url = endpoint_.url +
                   (uses_chat_api(endpoint_, request) ? "/chat/completions" : "/completions");
        http.body = generation_body(endpoint_, parts_, request, job.prompt_ids,
                                    static_cast<int>(job.requests.size()));
        break;
    }
    return http;
  }

  std::string scoring_body_of(const Job& job) const {
    const size_t index = job.scored.continuation_logprobs.size();
    if (job.continuation_ids.empty()) {
      return scoring_body(endpoint_, job.request().raw_prompt + job.request().continuations[index],
                          {});
    }
    std::vector<int32_t> ids = job.prompt_ids;
    ids.insert(ids.end(), job.continuation_ids[index].begin(), job.continuation_ids[index].end());
    return scoring_body(endpoint_, "", ids);
  }

  static bool reads_reply(const Job& job) {
    return job.step == Step::kGenerate || job.step == Step::kScore;
  }

  void start(JobPointer owned) {
    Job& job = *owned;
    const int num_choices = job.step == Step::kGenerate ? static_cast<int>(job.requests.size()) : 1;
    job.reader = std::make_unique<OpenAiReplyReader>(num_choices, endpoint_.max_reply_bytes);
    job.read_status = ok_status();
    job.started = job.last_progress = Clock::now();
    job.first_piece = {};
    job.pieces_seen = 0;
    job.gave_up_waiting = false;
    HttpClient::OnData on_data;
    if (reads_reply(job)) {
      on_data = [&job](const HttpReply&, std::string_view bytes) {
        job.read_status = job.reader->feed(bytes);
        if (job.reader->num_pieces() != job.pieces_seen) {
          job.pieces_seen = job.reader->num_pieces();
          job.last_progress = Clock::now();
          if (job.first_piece == Clock::time_point{}) job.first_piece = job.last_progress;
        }
        // Behind an error or the end there is nothing to wait for.
        return job.read_status.ok() && !job.reader->reply().error && !job.reader->reply().done;
      };
    }
    // The id is not known before the call, and the callback runs in a later poll.
    auto id = std::make_shared<HttpClient::RequestId>(0);
    *id = client_->start(http_request(job), std::move(on_data),
                         [this, id](HttpReply reply) { finish(*id, reply); });
    active_[*id] = std::move(owned);
  }

  // --- what became of it ---

  // Why an exchange gave nothing usable; absent: it did.
  struct Failure {
    std::string text;
    RetryClass retry = RetryClass::kTransient;
    bool overload = retry == RetryClass::kThrottled;  // fewer requests at once may help
  };

  void finish(HttpClient::RequestId id, HttpReply& reply) {
    const auto found = active_.find(id);
    JANGWON_CHECK(found != active_.end());
    JobPointer job = std::move(found->second);
    active_.erase(found);
    heed_headers(reply);
    std::optional<Failure> failure =
        reads_reply(*job) ? read_reply(*job, reply) : read_token_ids(*job, reply);
    if (failure) {
      retry_or_lose(std::move(job), *failure);
      return;
    }
    concurrency_.on_answer(static_cast<int>(active_.size()));
    num_lost_in_a_row_ = 0;
    if (job->step == Step::kGenerate) {
      deliver_generation(std::move(job));
    } else {
      go_on(std::move(job));
    }
  }

  void heed_headers(const HttpReply& reply) {
    if (const auto wait = server_wait(reply, std::time(nullptr));
        wait && *wait <= endpoint_.retry.max_server_wait) {
      paused_until_ = std::max(paused_until_, Clock::now() + *wait);
    }
  }

  static Failure failure_of(const HttpReply& reply) {
    if (reply.failure != HttpFailure::kNone) {
      const RetryClass retry = retry_class(reply);
      return {reply.failure_text.english(), retry, retry == RetryClass::kTransient};
    }
    if (reply.status >= 300 && reply.status < 400) {
      return {"HTTP " + std::to_string(reply.status) +
                  ": the server redirects, and neither question nor key is carried elsewhere",
              RetryClass::kFinal};
    }
    const OpenAiError error = error_of(reply);
    const bool proxy_gave_up = reply.status == 408 || reply.status == 502 || reply.status == 504;
    return {error.message, error.retry, proxy_gave_up || error.retry == RetryClass::kThrottled};
  }

  std::optional<Failure> read_reply(Job& job, const HttpReply& reply) {
    if (job.gave_up_waiting) {
      return Failure{"the reply made no progress for too long", RetryClass::kTransient, true};
    }
    // ended by [DONE] or an error
    const bool ours = reply.failure == HttpFailure::kAborted && job.read_status.ok();
    if (reply.failure == HttpFailure::kTooLarge || reply.status != 200) return failure_of(reply);
    if (!job.read_status.ok()) return Failure{job.read_status.message(), RetryClass::kTransient};
    OpenAiReply& got = job.reader->reply();
    if (reply.failure == HttpFailure::kNone) {
      const Status ended = job.reader->finish();
      if (!ended.ok()) return Failure{ended.message(), RetryClass::kTransient};
    }
    if (got.error)
      return Failure{"an error inside the reply: " + got.error->message, got.error->retry};
    if (reply.failure != HttpFailure::kNone && !ours) return failure_of(reply);
    return job.step == Step::kScore ? read_score(job, got) : check_choices(job, got);
  }

  // All choices must be there and have their end. Those that are missing are asked
  // for again, alone.
  std::optional<Failure> check_choices(const Job& job, const OpenAiReply& got) const {
    for (const auto& [index, choice] : got.choices) {
      if (finish_meaning(choice.finish_reason) != FinishMeaning::kFailure) continue;
      return Failure{completion_of(got, choice, 0, 1).error, RetryClass::kTransient};
    }
    for (int i = 0; i < static_cast<int>(job.requests.size()); ++i) {
      if (is_complete(got, i)) return std::nullopt;
    }
    return Failure{"the reply ended before it was complete", RetryClass::kTransient};
  }

  static std::optional<Failure> read_score(Job& job, const OpenAiReply& got) {
    const size_t index = job.scored.continuation_logprobs.size();
    const auto choice = got.choices.find(0);
    if (choice == got.choices.end())
      return Failure{"the reply holds no choice", RetryClass::kTransient};
    if (choice->second.token_logprobs.empty()) {
      return Failure{
          "the server sends no log-probabilities of a given text (echo and logprobs of "
          "/completions)",
          RetryClass::kFinal};
    }
    Status summed;
    if (job.continuation_ids.empty()) {
      summed = sum_by_text(choice->second, job.request().raw_prompt,
                           job.request().continuations[index], job.scored);
    } else {
      const size_t border = job.prompt_ids.size();
      summed = sum_logprobs(choice->second, border, border + job.continuation_ids[index].size(),
                            job.scored);
    }
    if (!summed.ok()) return Failure{summed.message(), RetryClass::kFinal};
    job.scored.num_prompt_tokens = got.prompt_tokens.value_or(0);
    return std::nullopt;
  }

  static std::optional<Failure> read_token_ids(Job& job, const HttpReply& reply) {
    if (reply.failure != HttpFailure::kNone || reply.status != 200) return failure_of(reply);
    Result<std::vector<int32_t>> ids = parse_tokenize_reply(reply.body);
    if (!ids.ok()) return Failure{ids.status().message(), RetryClass::kTransient};
    if (job.step == Step::kTokenizePrompt) {
      job.prompt_ids = std::move(*ids);
    } else {
      job.continuation_ids.push_back(std::move(*ids));
    }
    return std::nullopt;
  }

  // The next step of a job of several.
  void go_on(JobPointer job) {
    job->num_failures = job->num_refusals = 0;
    const Request& request = job->request();
    if (job->step == Step::kTokenizePrompt) {
      job->step =
          request.kind == RequestKind::kGenerate ? Step::kGenerate : Step::kTokenizeContinuation;
    } else if (job->step == Step::kTokenizeContinuation &&
               job->continuation_ids.size() == request.continuations.size()) {
      job->step = Step::kScore;
    }
    if (job->scored.continuation_logprobs.size() == request.continuations.size() &&
        request.kind == RequestKind::kLoglikelihood) {
      job->requests.front().prompt_token_ids = job->prompt_ids;
      (*sink_)(job->request(), std::move(job->scored));
      return;
    }
    job->ready = Clock::now();
    waiting_.push_back(std::move(job));
  }

  void retry_or_lose(JobPointer job, const Failure& failure) {
    const Clock::time_point now = Clock::now();
    if (failure.overload) concurrency_.on_overload(job->started, now);
    int& count = failure.retry == RetryClass::kThrottled ? job->num_refusals : job->num_failures;
    ++count;
    const int attempts = endpoint_.retry.max_attempts;
    const int refusals = attempts * (paused_until_ > now ? kThrottledFactor : 1);
    const bool used_up = job->num_failures >= attempts || job->num_refusals >= refusals ||
                         num_lost_in_a_row_ >= kLostJobsUntilGone;
    if (failure.retry == RetryClass::kFinal || used_up) {
      // A server that refuses is there; one that fails, job after job, is taken for gone.
      num_lost_in_a_row_ = failure.retry == RetryClass::kFinal ? 0 : num_lost_in_a_row_ + 1;
      lose(std::move(job), failure.text);
      return;
    }
    job->ready = std::max(now, paused_until_) + backoff(endpoint_.retry, count, jitter_(random_));
    waiting_.push_back(std::move(job));
  }

  void lose(JobPointer job, const std::string& why) {
    Completion lost;
    lost.finish_reason = FinishReason::kError;
    lost.error = key_.redact(why);
    for (const Request& request : job->requests)
      (*sink_)(request, lost);
  }

  void deliver_generation(JobPointer job) {
    OpenAiReply& got = job->reader->reply();
    const Clock::time_point now = Clock::now();
    const auto num_choices = static_cast<int>(job->requests.size());
    for (int i = 0; i < num_choices; ++i) {
      Request& request = job->requests[static_cast<size_t>(i)];
      if (!is_complete(got, i)) {
        ask_alone(std::move(request));
        continue;
      }
      request.prompt_token_ids = job->prompt_ids;
      Completion completion = completion_of(
          got, got.choices[i], request.set_sampling.max_tokens ? request.sampling.max_tokens : 0,
          num_choices);
      completion.text = key_.redact(std::move(completion.text));
      completion.answer_text = key_.redact(std::move(completion.answer_text));
      completion.reasoning = key_.redact(std::move(completion.reasoning));
      const bool streamed = job->first_piece != Clock::time_point{};
      completion.prefill_ms = streamed ? ms_between(job->started, job->first_piece) : 0.0;
      completion.decode_ms = ms_between(streamed ? job->first_piece : job->started, now);
      (*sink_)(request, std::move(completion));
    }
  }

  // A server that ignores `n` answered the first of them only.
  void ask_alone(Request request) {
    auto job = std::make_unique<Job>();
    job->requests.push_back(std::move(request));
    job->prompt_ids = job->request().prompt_token_ids;
    job->step = needs_tokenizer(job->request()) && job->prompt_ids.empty() ? Step::kTokenizePrompt
                                                                           : Step::kGenerate;
    job->ready = Clock::now();
    waiting_.push_back(std::move(job));
  }

  // Keep-alives are bytes but no progress: a reply that only sends them is given up, too.
  void give_up_on_silent_ones() {
    const Clock::time_point now = Clock::now();
    if (now - last_check_ < milliseconds(50)) return;
    last_check_ = now;
    std::vector<HttpClient::RequestId> silent;
    for (const auto& [id, job] : active_) {
      if (now - job->last_progress > endpoint_.patience) silent.push_back(id);
    }
    for (const HttpClient::RequestId id : silent) {
      client_->cancel(id);
      active_[id]->gave_up_waiting = true;
      HttpReply none;
      finish(id, none);
    }
  }

  OpenAiEndpoint endpoint_;
  Secret key_;
  OpenAiBodyParts parts_;
  OpenAiServer server_;
  std::unique_ptr<HttpClient> client_;
  BackendInfo info_;
  OpenAiConcurrency concurrency_;

  const Source* source_ = nullptr;
  const Sink* sink_ = nullptr;
  bool exhausted_ = false;
  std::optional<Request> peeked_;  // pulled, but of another prompt than the job that was being made
  std::map<HttpClient::RequestId, JobPointer> active_;
  std::list<JobPointer> waiting_;
  Clock::time_point paused_until_;
  Clock::time_point last_check_;
  int num_lost_in_a_row_ = 0;
  std::minstd_rand random_{std::random_device{}()};  // spreads retries; no result depends on it
  std::uniform_real_distribution<double> jitter_{0.0, 1.0};
};

Json settings_of(const OpenAiEndpoint& endpoint, const OpenAiBodyParts& parts,
                 const OpenAiServer& server) {
  Json settings{
      {"api", endpoint.api == OpenAiApi::kAuto ? "auto" : "completions"},
      {"server_model", endpoint.model},
      {"stream", endpoint.delivery == OpenAiDelivery::kStream},
      {"prompt", endpoint.prompt == OpenAiPrompt::kText ? "text" : "token_ids"},
      {"n", endpoint.max_choices},
      {"max_tokens_field", endpoint.max_tokens_field},
      {"extra_body", *endpoint.extra_body},
      {"headers", *endpoint.headers},
      {"chat_template_kwargs", *parts.chat_template_arguments},
      {"seed", parts.peer == OpenAiPeer::kJangwon ? "the sample's seed"
                                                  : "the 31 low bits of the sample's seed"}};
  if (!endpoint.thinking_markers.empty())
    settings["thinking_markers"] = to_json(endpoint.thinking_markers);
  settings["probe"] = *server.facts;
  // how it is run: the run loop sets it apart
  settings["max_batch_size"] = endpoint.max_concurrency;
  return settings;
}

// Whatever the user calls it.
bool is_stand_in(const OpenAiEndpoint& endpoint) {
  return names_a_stand_in(endpoint.model) || names_a_stand_in(endpoint.name);
}

}  // namespace

Status check_openai_word(const std::string& model) {
  JANGWON_ASSIGN_OR_RETURN(const OpenAiEndpoint endpoint, parse_openai_word(model));
  return read_key(endpoint).status();
}

Result<ModelIdentity> identify_openai_model(const std::string& model) {
  JANGWON_ASSIGN_OR_RETURN(const OpenAiEndpoint endpoint, parse_openai_word(model));
  return ModelIdentity{endpoint.name, is_stand_in(endpoint), endpoint.url + "#" + endpoint.model};
}

namespace {

Result<std::unique_ptr<Backend>> make_backend_of(OpenAiEndpoint endpoint,
                                                 const BackendOptions& options) {
  if (!options.name.empty()) endpoint.name = options.name;
  if (options.max_batch_size > 0) endpoint.max_concurrency = options.max_batch_size;
  JANGWON_ASSIGN_OR_RETURN(Secret key, read_key(endpoint));
  HttpClient::Options client_options;
  client_options.ca_file = endpoint.ca_file;
  client_options.max_connections = 2 * endpoint.max_concurrency;
  JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<HttpClient> client, HttpClient::create(client_options));
  OpenAiBodyParts parts;
  parts.chat_template_arguments = options.template_arguments;
  OpenAiServer server;
  if (endpoint.probe == OpenAiProbe::kFull) {
    JANGWON_ASSIGN_OR_RETURN(server, probe_server(*client, endpoint, key, parts, options.stop));
    // `jangwon serve`: asked as the embedded engine is, it makes what that makes.
    if (server.facts->value("owned_by", "") == "jangwon") parts.peer = OpenAiPeer::kJangwon;
  }
  BackendInfo info;
  info.model = endpoint.name;
  info.kind = "openai";
  info.stand_in = is_stand_in(endpoint);
  info.unset_sampling = BackendInfo::Unset::kServer;
  info.left_out_sampling = left_out_sampling(endpoint);
  info.thinking_markers = endpoint.thinking_markers;
  info.max_context_tokens = server.max_model_len.value_or(0);
  // Taken out of the text, because the server may have repeated the key anywhere.
  info.settings = Json::parse(key.redact(to_json_line(settings_of(endpoint, parts, server))));
  return std::unique_ptr<Backend>(new OpenAiBackend(std::move(endpoint), std::move(key),
                                                    std::move(parts), std::move(server),
                                                    std::move(client), std::move(info)));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_openai_backend(const std::string& model,
                                                     const BackendOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(OpenAiEndpoint endpoint, parse_openai_word(model));
  return make_backend_of(std::move(endpoint), options);
}

Result<std::unique_ptr<Backend>> make_silent_openai_backend(const std::string& model,
                                                            const BackendOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(OpenAiEndpoint endpoint, parse_openai_word(model));
  endpoint.probe = OpenAiProbe::kOff;
  return make_backend_of(std::move(endpoint), options);
}

}  // namespace jangwon::harness
