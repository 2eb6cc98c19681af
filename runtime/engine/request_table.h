// Requests that were submitted and are not completed: what each is run for, and what
// comes of the logits.
//
// A request becomes one sequence, or one for each continuation whose log-probability it asks for.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/engine_text.h"
#include "runtime/engine/generation_config.h"
#include "runtime/engine/reply_stream.h"
#include "runtime/engine/scheduler.h"
#include "runtime/ops/arguments.h"

namespace jangwon::runtime {

struct RequestLimits {
  int vocab_size = 0;
  int max_context_tokens = 0;
  LayerMajor layer_major = LayerMajor::kNever;  // kAlways: no replies
};

class RequestTable {
 public:
  // `text` is null where the model has no tokenizer. All outlive the table.
  RequestTable(const RequestLimits& limits, const GenerationConfig& generation,
               const EngineText* text, Scheduler& scheduler)
      : limits_(limits), generation_(generation), text_(text), scheduler_(scheduler) {}

  RequestId submit(EngineRequest request);
  void cancel(RequestId id);
  int num_in_flight() const { return static_cast<int>(requests_.size()); }

  // Of all requests, in the order of their submission.
  std::vector<Sequence*> sequences();
  // Whether it is still one of them: its request may have been cancelled meanwhile, and the
  // memory be another's.
  bool holds(RequestId id, const Sequence* sequence) const;

  // The sequence's request is being run, at the latest from now on.
  void start_clock(const Sequence& sequence);

  // What is wanted of the logits of the `num_rows` last positions of a step, which end at
  // `computed` of the sequence's tokens: one wish a row is added. Valid until use_tokens().
  void add_wishes(const Sequence& sequence, int computed, int num_rows,
                  std::vector<TokenWish>& wishes) const;
  // How many of these rows count: a draft that is not the token that was drawn in its place takes
  // the ones behind it with it. `first_position` is that of the first row.
  static int count_valid_rows(const Sequence& sequence, int first_position,
                              std::span<const TokenChoice> choices);
  // How the token behind the newest one is to be drawn, and how many drafts may stand before it.
  TokenDraw draw_of(const Sequence& sequence) const;
  static int draft_limit(const Sequence& sequence, int num_tokens);
  // The choices of rows that count, after they were computed, and drafts behind the last; the
  // sequence may be gone afterwards.
  void use_tokens(const Sequence& sequence, int first_position, std::span<const TokenWish> wishes,
                  std::span<const TokenChoice> choices, const std::vector<int32_t>& drafts);

  // Of all requests so far.
  int64_t num_drafts() const { return num_drafts_; }
  int64_t num_accepted_drafts() const { return num_accepted_drafts_; }

  std::vector<std::pair<RequestId, Completion>> take_completed() {
    return std::exchange(completed_, {});
  }
  std::vector<TokenEvent> take_events() { return std::exchange(events_, {}); }

 private:
  using Clock = std::chrono::steady_clock;

  // A sequence and what it is run for.
  struct Job {
    Sequence sequence;
    RequestId request = 0;

    // Generation. A limit of 0: only the prompt's log-probabilities are wanted.
    int max_reply_tokens = 0;
    FinishReason at_limit = FinishReason::kLength;
    std::optional<ReplyStream> stream;        // where stop strings or events need the text
    std::unique_ptr<ReplySplitter> splitter;  // where events tell thinking from answer

    // Scoring of one continuation: token_ids hold prompt and continuation from the start.
    bool scores = false;
    size_t continuation = 0;
    size_t first_token = 0;        // of the continuation, among the tokens of all
    std::vector<double> logprobs;  // of each of its tokens
  };

  struct Request {
    EngineRequest asked;
    Completion completion;
    std::vector<std::unique_ptr<Job>> jobs;  // unfinished ones
    std::optional<Clock::time_point> started;
    std::optional<Clock::time_point> first_token;
  };

  std::string find_fault(const EngineRequest& request) const;
  void start(RequestId id, Request& request);
  void start_generation(RequestId id, Request& request);
  void start_scoring(RequestId id, Request& request);
  std::unique_ptr<Job> make_job(RequestId id, const Request& request) const;
  void launch(Request& request, std::unique_ptr<Job> job);

  // The token behind `position`, where it is known: of the prompt, or of the
  // continuation that is scored.
  std::optional<int32_t> find_known(const Job& job, int position) const;
  void keep_score(Job& job, int position, ScoredToken scored);
  bool append_drawn(Job& job, int position, ScoredToken drawn);
  void put_token(Job& job, int position, int32_t id);
  void tell_of_token(Job& job, int32_t id);
  void append_drafts(Job& job, const std::vector<int32_t>& drafts);
  std::optional<FinishReason> find_end(Job& job, int32_t id,
                                       std::optional<size_t>& text_bytes) const;
  void end_scoring(Job& job);
  void end_generation(Job& job, FinishReason reason, std::optional<size_t> text_bytes);
  void add_event(Job& job, std::string text, ReplyParts parts);
  void end_job(Job& job);
  void end_all_jobs(Request& request);
  void fail(RequestId id);
  void complete(RequestId id, FinishReason reason, const std::string& error = {});

  RequestLimits limits_;
  const GenerationConfig& generation_;
  const EngineText* text_;
  Scheduler& scheduler_;

  RequestId next_id_ = 1;
  std::map<RequestId, Request> requests_;
  std::unordered_map<const Sequence*, Job*> job_of_sequence_;
  std::vector<std::pair<RequestId, Completion>> completed_;
  std::vector<TokenEvent> events_;
  int64_t num_drafts_ = 0;
  int64_t num_accepted_drafts_ = 0;
};

}  // namespace jangwon::runtime
