// The endpoints. A call's way:
//
//   server's thread ─ body ─▶ PromptWorker ─ PreparedCall ─▶ server's thread ─
//   requests ─▶ EngineWorker
//                  ◀──────────────── tokens and completions, once a step ────────────────┘
//
// Everything that is known of a call lives in the server's thread. A stream whose client reads
// slowly is not written to: its tokens are put together here and leave in one piece once the
// client has caught up. So the engine never waits for a client, and a stream costs no more
// memory than its reply.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/http/http_server.h"
#include "runtime/http/secret.h"
#include "runtime/serve/api_response.h"
#include "runtime/serve/engine_worker.h"
#include "runtime/serve/metrics.h"
#include "runtime/serve/prompt_worker.h"
#include "runtime/serve/served_model.h"

namespace jangwon::runtime {

struct ServiceOptions {
  int max_choices = 2048;                         // of all calls that are being answered
  std::optional<std::chrono::seconds> call_time;  // none: a call may take as long as it takes
  std::chrono::seconds grace{30};                 // after the first signal
  std::string version = {};
  std::function<int()> num_signals = [] { return 0; };  // asked for the end so often
};

class Service : public HttpHandler {
 public:
  // `key`: what clients must show; empty: nothing. All outlive the service.
  Service(HttpServer& server, Engine& engine, const ServedModel& model, const Secret& key,
          ServiceOptions options);
  ~Service() override;

  void handle(ExchangeId id, ServerRequest request) override;
  void leave(ExchangeId id, Departure departure) override;
  void drained(ExchangeId id) override;
  void tick() override;
  ServerReply refuse(int status, const std::string& why) override;

 private:
  using Clock = std::chrono::steady_clock;

  struct Route {
    const char* method;
    const char* path;
    void (Service::*answer)(ExchangeId, ServerRequest);
    bool is_open = false;  // without a key
  };
  struct Choice;
  struct Call;

  static const std::vector<Route>& routes();
  void answer(ExchangeId id, const std::string& endpoint, const ServerReply& reply);
  bool is_allowed(const ServerRequest& request) const;

  // Endpoints.
  void tell_health(ExchangeId id, ServerRequest request);
  void tell_version(ExchangeId id, ServerRequest request);
  void tell_metrics(ExchangeId id, ServerRequest request);
  void tell_tokenizer(ExchangeId id, ServerRequest request);
  void tell_models(ExchangeId id, ServerRequest request);
  void tell_model(ExchangeId id, ServerRequest request);
  void chat(ExchangeId id, ServerRequest request);
  void complete(ExchangeId id, ServerRequest request);
  void tokenize(ExchangeId id, ServerRequest request);
  void detokenize(ExchangeId id, ServerRequest request);

  using TextAnswer = std::optional<ApiError> (ServedModel::*)(std::string_view, std::string&) const;
  void answer_text(ExchangeId id, ServerRequest request, TextAnswer make);
  bool admit(ExchangeId id, const ServerRequest& request);
  void prepare(ExchangeId id, Api api, ServerRequest request);
  void start(ExchangeId id, std::shared_ptr<PreparedCall> prepared);

  // Calls.
  void take_news(std::vector<ChoiceNews> news);
  void use_event(Call& call, Choice& choice, TokenEvent event);
  void use_completion(Call& call, Choice& choice, Completion completion);
  void go_on(ExchangeId id);
  void write_stream(ExchangeId id, Call& call);
  void write_event(ExchangeId id, const std::string& json);
  void fail(ExchangeId id, const ApiError& error);
  void end_early(ExchangeId id, const std::string& reason, const ApiError& error);
  void forget(ExchangeId id);

  void begin_end();
  void end_now();

  HttpServer& server_;
  const ServedModel& model_;
  const Secret& key_;
  ServiceOptions options_;
  Metrics metrics_;

  std::map<ExchangeId, std::pair<std::string, Clock::time_point>> preparing_;  // endpoint, begin
  std::map<ExchangeId, std::unique_ptr<Call>> calls_;
  int num_choices_ = 0;
  std::optional<Clock::time_point> end_by_;  // the server is going down

  // Last: their threads end before anything else does.
  PromptWorker prompts_;
  EngineWorker worker_;
};

}  // namespace jangwon::runtime
