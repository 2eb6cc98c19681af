// Tests: tests/runtime/serve/service_test.cc over real connections;
// tests/e2e/serve_test.cc the program.

#include "runtime/serve/service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/shown_text.h"
#include "runtime/http/url.h"

namespace jangwon::runtime {

namespace {

// A stream with so much on its way is not written to: what comes meanwhile is put together.
constexpr size_t kStreamBytes = 16 << 10;

constexpr const char* kChat = "/v1/chat/completions";
constexpr const char* kCompletions = "/v1/completions";
constexpr const char* kModels = "/v1/models";

ApiError overloaded(int max_choices) {
  return {.status = 429,
          .message = "this server is answering as many calls as it takes at a time (" +
                     std::to_string(max_choices) + " choices); try again later",
          .code = "queue_full"};
}

ApiError going_down() {
  return {.status = 503, .message = "this server is going down", .code = "shutting_down"};
}

// Takes as long for every key of one length, so that nobody finds it out byte by byte.
bool is_same(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i] ^ b[b.empty() ? 0 : i % b.size()]);
  return difference == 0;
}

std::string_view media_type(std::string_view value) {
  const std::string_view type = value.substr(0, value.find(';'));
  return type.substr(0, type.find_last_not_of(" \t") + 1);
}

double seconds_between(std::chrono::steady_clock::time_point begin,
                       std::chrono::steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

struct Service::Choice {
  int index = 0;
  ChoiceDelta delta;
  std::optional<Completion> completion;
  // its prompt's log-probabilities come first, and with the completion
  bool waits_for_prompt = false;
  bool has_role = false;
  bool is_closed = false;  // its last chunk is written
  size_t text_offset = 0;
};

struct Service::Call {
  Call(std::shared_ptr<PreparedCall> words, ReplyFacts facts)
      : prepared(std::move(words)), writer(*prepared, std::move(facts)) {}

  std::shared_ptr<PreparedCall> prepared;
  ReplyWriter writer;
  std::string endpoint;
  std::vector<Choice> choices;
  int num_open = 0;
  bool has_begun = false;
  bool has_token = false;
  Clock::time_point started;

  std::vector<Completion> take_completions() {
    std::vector<Completion> completions;
    for (Choice& choice : choices)
      completions.push_back(std::move(*choice.completion));
    return completions;
  }
};

Service::Service(HttpServer& server, Engine& engine, const ServedModel& model, const Secret& key,
                 ServiceOptions options)
    : server_(server),
      model_(model),
      key_(key),
      options_(std::move(options)),
      worker_(engine, [this](std::vector<ChoiceNews> news) {
        auto shared = std::make_shared<std::vector<ChoiceNews>>(std::move(news));
        server_.post([this, shared] { take_news(std::move(*shared)); });
      }) {}

Service::~Service() = default;

// --- endpoints ---

const std::vector<Service::Route>& Service::routes() {
  static const std::vector<Route> list = {
      {"POST", kChat, &Service::chat},
      {"POST", kCompletions, &Service::complete},
      {"GET", kModels, &Service::tell_models},
      {"POST", "/tokenize", &Service::tokenize},
      {"POST", "/detokenize", &Service::detokenize},
      {"GET", "/tokenizer_info", &Service::tell_tokenizer},
      {"GET", "/health", &Service::tell_health, true},
      {"GET", "/version", &Service::tell_version},
      {"GET", "/metrics", &Service::tell_metrics},
  };
  return list;
}

void Service::answer(ExchangeId id, const std::string& endpoint, const ServerReply& reply) {
  ++metrics_.replies[{endpoint, reply.status}];
  server_.reply(id, reply);
}

ServerReply Service::refuse(int status, const std::string& why) {
  ++metrics_.replies[{"none", status}];
  return error_reply({.status = status,
                      .message = why,
                      .code = status == 413 ? "request_too_large" : "bad_request"});
}

bool Service::is_allowed(const ServerRequest& request) const {
  if (key_.empty()) return true;
  constexpr std::string_view kBearer = "bearer ";
  const std::string_view value = request.header("authorization");
  const bool is_bearer =
      value.size() > kBearer.size() &&
      std::equal(kBearer.begin(), kBearer.end(), value.begin(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
      });
  return is_bearer && is_same(value.substr(kBearer.size()), key_.value());
}

void Service::handle(ExchangeId id, ServerRequest request) {
  const std::string models_prefix = std::string(kModels) + "/";
  const bool is_model = request.path.starts_with(models_prefix);
  std::string allowed;
  const Route* chosen = nullptr;
  static const Route kModel = {"GET", "/v1/models/NAME", &Service::tell_model};
  const auto consider = [&](const Route& route) {
    const bool fits =
        request.method == route.method || (request.method == "HEAD" && route.method[0] == 'G');
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
    if (fits) chosen = &route;
  };
  for (const Route& route : routes()) {
    if (request.path == route.path) consider(route);
  }
  if (is_model) consider(kModel);
  if ((chosen == nullptr || !chosen->is_open) && !is_allowed(request)) {
    return answer(id, "none",
                  error_reply({.status = 401,
                               .message = "a key is needed: Authorization: Bearer KEY",
                               .code = "invalid_api_key"}));
  }
  if (chosen != nullptr) return (this->*chosen->answer)(id, std::move(request));
  if (allowed.empty()) {
    return answer(
        id, "none",
        error_reply({.status = 404,
                     .message = "there is no " + shown_value(request.path) + " on this server",
                     .code = "unknown_url"}));
  }
  ServerReply reply =
      error_reply({.status = 405,
                   .message = shown_value(request.path) + " takes " + allowed + " alone",
                   .code = "method_not_allowed"});
  reply.headers.emplace_back("Allow", allowed);
  answer(id, "none", reply);
}

void Service::tell_health(ExchangeId id, ServerRequest) {
  if (end_by_) return answer(id, "/health", error_reply(going_down()));
  answer(id, "/health", {.body = R"({"status":"ok"})"});
}

void Service::tell_version(ExchangeId id, ServerRequest) {
  answer(id, "/version",
         {.body = to_json_line({{"version", options_.version}, {"server", "jangwon"}})});
}

void Service::tell_metrics(ExchangeId id, ServerRequest) {
  const MetricsNow now{.model = model_.name(),
                       .worker = worker_.figures(),
                       .num_connections = server_.num_connections(),
                       .num_calls = static_cast<int>(preparing_.size() + calls_.size()),
                       .num_choices = num_choices_,
                       .bodies_bytes = server_.bodies_bytes()};
  answer(id, "/metrics",
         {.body = metrics_.text(now), .content_type = "text/plain; version=0.0.4; charset=utf-8"});
}

void Service::tell_tokenizer(ExchangeId id, ServerRequest) {
  answer(id, "/tokenizer_info", {.body = model_.tokenizer_json()});
}

void Service::tell_models(ExchangeId id, ServerRequest) {
  answer(id, kModels, {.body = model_.models_json()});
}

void Service::tell_model(ExchangeId id, ServerRequest request) {
  const std::string written = request.path.substr(std::string(kModels).size() + 1);
  const Result<std::string> name = percent_decode(written);
  if (name.ok() && *name == model_.name())
    return answer(id, kModels, {.body = model_.model_json()});
  answer(id, kModels,
         error_reply({.status = 404,
                      .message = "The model '" + shown_value(written) +
                                 "' does not exist; this server has '" + model_.name() + "'.",
                      .param = "model",
                      .code = "model_not_found"}));
}

void Service::chat(ExchangeId id, ServerRequest request) {
  prepare(id, Api::kChat, std::move(request));
}

void Service::complete(ExchangeId id, ServerRequest request) {
  prepare(id, Api::kCompletions, std::move(request));
}

void Service::tokenize(ExchangeId id, ServerRequest request) {
  answer_text(id, std::move(request), &ServedModel::tokenize);
}

void Service::detokenize(ExchangeId id, ServerRequest request) {
  answer_text(id, std::move(request), &ServedModel::detokenize);
}

// Whether the body is read at all. Requests with another media type are what a page of a browser
// can send to any server on its user's machine without being asked.
bool Service::admit(ExchangeId id, const ServerRequest& request) {
  std::optional<ApiError> error;
  if (media_type(request.header("content-type")) != "application/json") {
    error = ApiError{.status = 415,
                     .message = "the body must be JSON, with Content-Type: application/json",
                     .code = "unsupported_media_type"};
  } else if (end_by_) {
    error = going_down();
  } else if (num_choices_ + static_cast<int>(preparing_.size()) >= options_.max_choices) {
    error = overloaded(options_.max_choices);
  }
  if (!error) return true;
  answer(id, request.path, error_reply(*error));
  return false;
}

void Service::answer_text(ExchangeId id, ServerRequest request, TextAnswer make) {
  if (!admit(id, request)) return;
  preparing_[id] = {request.path, Clock::now()};
  auto body = std::make_shared<std::string>(std::move(request.body));
  prompts_.add(id, [this, id, body, make, model = &model_] {
    auto reply = std::make_shared<ServerReply>();
    if (const std::optional<ApiError> error = (model->*make)(*body, reply->body))
      *reply = error_reply(*error);
    server_.post([this, id, reply] {
      const auto found = preparing_.find(id);
      if (found == preparing_.end()) return;
      const std::string endpoint = std::move(found->second.first);
      preparing_.erase(found);
      answer(id, endpoint, *reply);
    });
  });
}

void Service::prepare(ExchangeId id, Api api, ServerRequest request) {
  if (!admit(id, request)) return;
  preparing_[id] = {request.path, Clock::now()};
  auto body = std::make_shared<std::string>(std::move(request.body));
  prompts_.add(id, [this, id, body, api] {
    auto prepared = std::make_shared<PreparedCall>();
    std::optional<ApiError> error = model_.prepare(api, *body, *prepared);
    server_.post([this, id, prepared, error = std::move(error)] {
      if (!preparing_.contains(id)) return;
      if (!error) return start(id, prepared);
      const std::string endpoint = std::move(preparing_.at(id).first);
      preparing_.erase(id);
      answer(id, endpoint, error_reply(*error));
    });
  });
}

// --- calls ---

void Service::start(ExchangeId id, std::shared_ptr<PreparedCall> prepared) {
  const auto [endpoint, started] = preparing_.at(id);
  preparing_.erase(id);
  server_.release_body(id);
  const int num_choices = static_cast<int>(prepared->requests.size());
  if (num_choices > options_.max_choices) {
    return answer(
        id, endpoint,
        error_reply(wrong_value("n", "the call asks for " + std::to_string(num_choices) +
                                         " choices in all, and this server takes at most " +
                                         std::to_string(options_.max_choices))));
  }
  if (num_choices_ + num_choices > options_.max_choices)
    return answer(id, endpoint, error_reply(overloaded(options_.max_choices)));
  const bool is_chat = prepared->call.api == Api::kChat;
  ReplyFacts facts{
      .id = (is_chat ? "chatcmpl-" : "cmpl-") + std::to_string(model_.created()) + "-" +
            std::to_string(id),
      .created = static_cast<int64_t>(std::time(nullptr)),
      .model = model_.name(),
      .fingerprint = model_.fingerprint(),
      .token_bytes = [this](int32_t token) { return model_.engine().token_bytes(token); }};
  auto call = std::make_unique<Call>(prepared, std::move(facts));
  call->endpoint = endpoint;
  call->started = started;
  call->num_open = num_choices;
  for (int i = 0; i < num_choices; ++i) {
    Choice& choice = call->choices.emplace_back();
    choice.index = i;
    choice.has_role = !is_chat;
    choice.waits_for_prompt = prepared->call.echoes && prepared->call.num_top_logprobs.has_value();
    if (prepared->call.echoes && !choice.waits_for_prompt)
      choice.delta.text =
          prepared->prompts[static_cast<size_t>(i / prepared->call.num_choices)].text;
  }
  num_choices_ += num_choices;
  calls_[id] = std::move(call);
  worker_.submit(id, std::move(prepared->requests));
}

void Service::take_news(std::vector<ChoiceNews> news) {
  std::vector<ExchangeId> touched;
  for (ChoiceNews& one : news) {
    const auto found = calls_.find(one.call);
    if (found == calls_.end()) continue;
    Call& call = *found->second;
    Choice& choice = call.choices[static_cast<size_t>(one.choice)];
    if (one.event) use_event(call, choice, std::move(*one.event));
    if (one.completion) use_completion(call, choice, std::move(*one.completion));
    if (touched.empty() || touched.back() != one.call) touched.push_back(one.call);
  }
  for (const ExchangeId id : touched)
    go_on(id);
}

void Service::use_event(Call& call, Choice& choice, TokenEvent event) {
  if (!std::exchange(call.has_token, true))
    metrics_.first_token.add(seconds_between(call.started, Clock::now()));
  choice.delta.text += event.text;
  choice.delta.reasoning += event.reasoning;
  choice.delta.answer += event.answer;
  if (event.scored) choice.delta.scored.push_back(std::move(*event.scored));
}

void Service::use_completion(Call& call, Choice& choice, Completion completion) {
  metrics_.count(completion);
  --num_choices_;
  if (--call.num_open == 0) metrics_.whole_call.add(seconds_between(call.started, Clock::now()));
  if (std::exchange(choice.waits_for_prompt, false)) {
    const PreparedCall& prepared = *call.prepared;
    choice.delta.text.insert(
        0, prepared.prompts[static_cast<size_t>(choice.index / prepared.call.num_choices)].text);
    choice.delta.prompt = completion.prompt_logprobs;
    choice.delta.scores_prompt = true;
  }
  choice.completion = std::move(completion);
}

void Service::go_on(ExchangeId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  Call& call = *found->second;
  for (const Choice& choice : call.choices) {
    if (choice.completion && choice.completion->finish_reason == FinishReason::kError)
      return fail(id, {.status = 500, .message = choice.completion->error, .code = "engine_error"});
  }
  if (call.prepared->call.streams) return write_stream(id, call);
  if (call.num_open > 0) return;
  const ServerReply reply{.body = call.writer.whole(call.take_completions())};
  const std::string endpoint = call.endpoint;
  forget(id);
  answer(id, endpoint, reply);
}

void Service::write_stream(ExchangeId id, Call& call) {
  if (server_.pending_bytes(id) > kStreamBytes) return;  // drained() comes
  bool is_over = true;
  for (Choice& choice : call.choices) {
    const bool speaks = !choice.waits_for_prompt && !choice.delta.is_empty();
    const bool ends = choice.completion && !choice.is_closed;
    if ((speaks || ends) && !std::exchange(call.has_begun, true)) {
      server_.begin(id, {.content_type = "text/event-stream; charset=utf-8",
                         .headers = {{"Cache-Control", "no-cache"}}});
      ++metrics_.replies[{call.endpoint, 200}];
    }
    if ((speaks || ends) && !std::exchange(choice.has_role, true))
      write_event(id, call.writer.first_chunk(choice.index));
    if (speaks)
      write_event(
          id, call.writer.chunk(choice.index, std::exchange(choice.delta, {}), choice.text_offset));
    if (ends) write_event(id, call.writer.last_chunk(choice.index, *choice.completion));
    if (ends) choice.is_closed = true;
    is_over = is_over && choice.is_closed;
  }
  if (!is_over) return;
  if (call.prepared->call.includes_usage)
    write_event(id, call.writer.usage_chunk(call.take_completions()));
  server_.write(id, "data: [DONE]\n\n");
  server_.end(id);
  forget(id);
}

void Service::write_event(ExchangeId id, const std::string& json) {
  server_.write(id, "data: " + json + "\n\n");
}

void Service::drained(ExchangeId id) {
  const auto found = calls_.find(id);
  if (found != calls_.end() && found->second->prepared->call.streams)
    write_stream(id, *found->second);
}

// What the engine still makes for the call is not wanted; the client is told.
void Service::fail(ExchangeId id, const ApiError& error) {
  Call& call = *calls_.at(id);
  const std::string endpoint = call.endpoint;
  const bool has_begun = call.has_begun;
  if (call.num_open > 0) worker_.cancel(id);
  forget(id);
  if (!has_begun) return answer(id, endpoint, error_reply(error));
  write_event(id, error_json(error));
  server_.write(id, "data: [DONE]\n\n");
  server_.end(id);
}

void Service::end_early(ExchangeId id, const std::string& reason, const ApiError& error) {
  ++metrics_.ended_early[reason];
  fail(id, error);
}

void Service::forget(ExchangeId id) {
  const auto found = calls_.find(id);
  num_choices_ -= found->second->num_open;
  calls_.erase(found);
}

void Service::leave(ExchangeId id, Departure departure) {
  const bool was_preparing = preparing_.erase(id) > 0;
  if (was_preparing) prompts_.remove(id);
  const auto found = calls_.find(id);
  if (found != calls_.end()) {
    if (found->second->num_open > 0) worker_.cancel(id);
    forget(id);
  } else if (!was_preparing) {
    return;
  }
  ++metrics_.ended_early[departure == Departure::kLeft ? "client left" : "client too slow"];
}

// --- time ---

void Service::tick() {
  if (options_.call_time) {
    std::vector<ExchangeId> late;
    for (const auto& [id, call] : calls_) {
      if (call->num_open > 0 && Clock::now() - call->started > *options_.call_time)
        late.push_back(id);
    }
    for (const ExchangeId id : late) {
      end_early(id, "time limit",
                {.status = 504,
                 .message = "the call took longer than the " +
                            std::to_string(options_.call_time->count()) +
                            " seconds that this server gives one",
                 .code = "time_limit"});
    }
  }
  const int num_signals = options_.num_signals();
  if (num_signals > 0 && !end_by_) begin_end();
  if (!end_by_) return;
  if (preparing_.empty() && calls_.empty()) return server_.stop();
  if (num_signals > 1 || Clock::now() >= *end_by_) end_now();
}

// What runs goes on for the time of grace; nothing new is taken.
void Service::begin_end() {
  end_by_ = Clock::now() + options_.grace;
  server_.stop_listening();
}

void Service::end_now() {
  while (!calls_.empty())
    end_early(calls_.begin()->first, "server going down", going_down());
  while (!preparing_.empty()) {
    const ExchangeId id = preparing_.begin()->first;
    const std::string endpoint = preparing_.begin()->second.first;
    prompts_.remove(id);
    preparing_.erase(preparing_.begin());
    answer(id, endpoint, error_reply(going_down()));
  }
  server_.stop();
}

}  // namespace jangwon::runtime
