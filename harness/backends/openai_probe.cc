// Facts only: nothing in the run branches on them, but for /tokenize and the limit of the
// context. Every small generation asks for the same few tokens, so the probe costs a cloud
// endpoint next to nothing.

#include "harness/backends/openai_probe.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "harness/backends/openai_reply.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/http/url.h"

namespace jangwon::harness {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kProbeTokens = 16;
constexpr std::chrono::seconds kLongestWait{60};  // nobody sees progress yet
constexpr const char* kQuestion = "Name a random animal.";

std::string root_of(const std::string& url) {
  return url.ends_with("/v1") ? url.substr(0, url.size() - 3) : url;
}

class Probe {
 public:
  Probe(HttpClient& client, const OpenAiEndpoint& endpoint, const Secret& key,
        const OpenAiBodyParts& parts, const StopAsking& stop)
      : client_(client), endpoint_(endpoint), key_(key), parts_(parts), stop_(stop) {}

  Result<OpenAiServer> run() {
    const Status asked = ask_everything();
    // What was not answered by then says nothing about the server.
    if (stopped())
      return Status{StatusCode::kIncomplete, "the first questions to the server were interrupted"};
    JANGWON_RETURN_IF_ERROR(asked);
    server_.facts = std::move(facts_);
    return std::move(server_);
  }

 private:
  struct Answer {
    bool ok = false;
    OpenAiReply reply;
    std::string text;  // of choice 0, thinking in front
  };

  HttpReply get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return ask(std::move(request));
  }

  HttpReply post(const std::string& url, std::string body) {
    HttpRequest request;
    request.url = url;
    request.body = std::move(body);
    return ask(std::move(request));
  }

  bool stopped() const { return stop_ && stop_(); }

  Status ask_everything() {
    JANGWON_RETURN_IF_ERROR(ask_models());
    ask_version();
    ask_tokenize();
    JANGWON_RETURN_IF_ERROR(ask_generations());
    ask_completions();
    return ok_status();
  }

  // One small request, again by the endpoint's retry policy where that may help.
  HttpReply ask(HttpRequest request) {
    add_credentials(endpoint_, key_, request);
    request.idle_timeout = std::min<milliseconds>(endpoint_.patience, std::chrono::minutes(5));
    request.max_body_bytes = endpoint_.max_reply_bytes;
    const int attempts = std::min(endpoint_.retry.max_attempts, 5);
    for (int attempt = 1;; ++attempt) {
      HttpReply reply = client_.fetch(request, {}, stop_);
      if (retry_class(reply) == RetryClass::kFinal || attempt >= attempts || stopped())
        return reply;
      const auto asked = server_wait(reply, std::time(nullptr));
      const auto own = backoff(endpoint_.retry, attempt,
                               std::uniform_real_distribution<double>(0.0, 1.0)(random_));
      wait(std::min<milliseconds>(std::max(asked.value_or(own), own), kLongestWait));
    }
  }

  void wait(milliseconds duration) const {
    const auto until = Clock::now() + duration;
    while (Clock::now() < until && !stopped())
      std::this_thread::sleep_for(
          std::min<Clock::duration>(milliseconds(100), until - Clock::now()));
  }

  Status refusal(const HttpReply& reply, const Message& what) const {
    if (reply.status == 401 || reply.status == 403) {
      return unavailable(key_.empty()
                             ? Message("the server at {url} refuses the key (HTTP {reply}); set "
                                       "{key_variable}, or name another with "
                                       "the options key_env or key_file",
                                       {{"url", endpoint_.url},
                                        {"reply", reply.status},
                                        {"key_variable", endpoint_.key_variable}})
                             : Message("the server at {url} refuses the key (HTTP {reply}); check "
                                       "the key, or name another with the "
                                       "options key_env or key_file",
                                       {{"url", endpoint_.url}, {"reply", reply.status}}));
    }
    if (reply.status >= 300 && reply.status < 400) {
      return unavailable(
          "the server at {url} redirects, and a key is not carried elsewhere; give the URL that "
          "really serves",
          {{"url", endpoint_.url}});
    }
    return unavailable(
        "the server at {url} {what}: {reply}",
        {{"url", endpoint_.url}, {"what", what}, {"reply", key_.redact(error_of(reply).message)}});
  }

  // Which models there are; not every server says.
  Status ask_models() {
    const HttpReply reply = get(endpoint_.url + "/models");
    if (reply.failure != HttpFailure::kNone) {
      return unavailable(
          "no server answers at {url}: {failure_text}",
          {{"url", endpoint_.url}, {"failure_text", key_.redact(reply.failure_text)}});
    }
    if (const std::string* software = reply.header("server")) facts_["server"] = *software;
    if (reply.status == 401 || reply.status == 403 || (reply.status >= 300 && reply.status < 400)) {
      return refusal(reply, Message());
    }
    facts_["models"] = Json();
    if (reply.status != 200) return ok_status();
    const Result<Json> value = parse_json(reply.body);
    if (!value.ok() || !value->is_object() || !value->contains("data") ||
        !(*value)["data"].is_array()) {
      return ok_status();
    }
    std::vector<std::string> names;
    for (const Json& model : (*value)["data"]) {
      if (!model.is_object() || !model.contains("id") || !model["id"].is_string()) continue;
      names.push_back(model["id"].get<std::string>());
      if (names.back() == endpoint_.model) read_model(model);
    }
    facts_["models"] = names.size();
    if (!names.empty() && std::find(names.begin(), names.end(), endpoint_.model) == names.end()) {
      if (names.size() > 20) names.resize(20);
      return not_found(
          "the server at {url} says: {names}",
          {{"url", endpoint_.url},
           {"names", key_.redact(unknown_name_message("model", endpoint_.model, names))}});
    }
    return ok_status();
  }

  void read_model(const Json& model) {
    for (const char* key : {"max_model_len", "context_length", "max_context_length"}) {
      if (!model.contains(key) || !model[key].is_number_integer()) continue;
      server_.max_model_len = model[key].get<int>();
      facts_["max_model_len"] = *server_.max_model_len;
      break;
    }
    if (model.contains("owned_by") && model["owned_by"].is_string()) {
      const std::string owner = model["owned_by"];
      facts_["owned_by"] = owner;
    }
    if (model.contains("root") && model["root"].is_string()) facts_["root"] = model["root"];
  }

  void ask_version() {
    facts_["version"] = Json();
    const HttpReply reply = get(root_of(endpoint_.url) + "/version");
    const Result<Json> value = parse_json(reply.body);
    if (reply.status != 200 || !value.ok() || !value->is_object() || !value->contains("version"))
      return;
    facts_["version"] = (*value)["version"];
  }

  void ask_tokenize() {
    for (const std::string& url :
         {root_of(endpoint_.url) + "/tokenize", endpoint_.url + "/tokenize"}) {
      const HttpReply reply =
          post(url, tokenize_text_body(endpoint_, "a", SpecialTokens::kLeaveOut));
      if (reply.status != 200 || !parse_tokenize_reply(reply.body).ok()) continue;
      server_.tokenize_url = url;
      break;
    }
    facts_["tokenize"] = !server_.tokenize_url.empty();
  }

  Answer generate(const std::string& path, const Request& request, int num_choices,
                  HttpReply& reply) {
    reply =
        post(endpoint_.url + path, generation_body(endpoint_, parts_, request, {}, num_choices));
    Answer answer;
    if (reply.failure != HttpFailure::kNone || reply.status != 200) return answer;
    OpenAiReplyReader reader(num_choices, endpoint_.max_reply_bytes);
    answer.ok = reader.feed(reply.body).ok() && reader.finish().ok() && !reader.reply().error;
    answer.reply = std::move(reader.reply());
    if (answer.reply.choices.contains(0)) {
      answer.text = answer.reply.choices[0].reasoning() + answer.reply.choices[0].text();
    }
    return answer;
  }

  Request chat(double temperature, uint64_t seed) const {
    Request request;
    request.messages = {{"user", kQuestion}};
    request.sampling.temperature = temperature;
    request.sampling.seed = seed;
    request.sampling.max_tokens = kProbeTokens;
    request.set_sampling = {.temperature = true, .top_p = true, .max_tokens = true};
    return request;
  }

  // The chat endpoint with everything that each request of the run will carry, and
  // what n and seed do.
  Status ask_generations() {
    for (const char* fact : {"n", "seed", "stream"})
      facts_[fact] = "unknown";
    if (endpoint_.api == OpenAiApi::kCompletions) return ok_status();
    HttpReply reply;
    const Answer first = generate("/chat/completions", chat(1.0, 1), 1, reply);
    const bool refused =
        reply.status >= 300 && reply.status < 500 && retry_class(reply) == RetryClass::kFinal;
    if (refused && reply.status != 404) {
      const Status refused_chat = refusal(reply, Message("refuses a chat of one short question"));
      if (reply.status != 400 && reply.status != 422) return refused_chat;
      return unavailable(
          "{cause}; a field that it does not take is left out with the option "
          "extra_body={{\"FIELD\": null}}",
          {{"cause", refused_chat.sentence()}});
    }
    facts_["chat"] = first.ok;
    if (!first.ok) return ok_status();
    chat_prompt_tokens_ = first.reply.prompt_tokens.value_or(0);
    const std::string* type = reply.header("content-type");
    facts_["stream"] = type != nullptr && type->starts_with("text/event-stream") ? "yes" : "no";
    const Answer again = generate("/chat/completions", chat(1.0, 1), 1, reply);
    if (again.ok) facts_["seed"] = again.text == first.text ? "repeats" : "does not repeat";
    bool varies = false;
    for (const uint64_t seed : {2, 3}) {
      const Answer other = generate("/chat/completions", chat(1.0, seed), 1, reply);
      varies = varies || (other.ok && other.text != first.text);
    }
    // The same text for every seed: the sampling or the seed is ignored, or the model is very sure.
    if (again.ok && again.text == first.text && !varies)
      facts_["seed"] = "repeats, whatever the seed";
    const Answer two = generate("/chat/completions", chat(1.0, 1), 2, reply);
    if (reply.failure == HttpFailure::kNone) {
      facts_["n"] = two.ok && is_complete(two.reply, 0) && is_complete(two.reply, 1) ? "yes" : "no";
    }
    return ok_status();
  }

  // /completions: is it there, does it score, and how many tokens the chat template adds.
  void ask_completions() {
    const HttpReply scored =
        post(endpoint_.url + "/completions", scoring_body(endpoint_, kQuestion, {}));
    OpenAiReplyReader reader(1, endpoint_.max_reply_bytes);
    const bool answered = scored.status == 200 && reader.feed(scored.body).ok() &&
                          reader.finish().ok() && !reader.reply().error &&
                          reader.reply().choices.contains(0);
    const bool scores = answered && reader.reply().choices[0].token_logprobs.size() > 2;
    facts_["scores_given_text"] = scores;
    facts_["applies_chat_template"] = Json();
    int bare = answered ? reader.reply().prompt_tokens.value_or(0) : 0;
    if (!answered) {
      Request request = chat(0.0, 1);
      request.raw_prompt = kQuestion;
      request.messages.clear();
      HttpReply reply;
      const Answer plain = generate("/completions", request, 1, reply);
      if (plain.ok) bare = plain.reply.prompt_tokens.value_or(0);
      facts_["completions"] = plain.ok;
    } else {
      facts_["completions"] = true;
    }
    if (bare > 0 && chat_prompt_tokens_ > 0) {
      facts_["applies_chat_template"] = chat_prompt_tokens_ > bare;
      facts_["prompt_tokens"] = {{"chat", chat_prompt_tokens_}, {"bare", bare}};
    }
  }

  HttpClient& client_;
  const OpenAiEndpoint& endpoint_;
  const Secret& key_;
  OpenAiBodyParts parts_;
  OpenAiServer server_;
  Json facts_ = Json::object();
  const StopAsking& stop_;
  std::minstd_rand random_{static_cast<uint32_t>(std::time(nullptr))};  // spreads retries
  int chat_prompt_tokens_ = 0;                                          // 0: not known
};

}  // namespace

Result<OpenAiServer> probe_server(HttpClient& client, const OpenAiEndpoint& endpoint,
                                  const Secret& key, const OpenAiBodyParts& parts,
                                  const StopAsking& stop) {
  return Probe(client, endpoint, key, parts, stop).run();
}

}  // namespace jangwon::harness
