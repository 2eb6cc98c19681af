#include "tests/fakes/openai_fake.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::fakes {

namespace {

using std::chrono::milliseconds;

constexpr const char* kModel = "fake-model";

// Words with the blank before them; "A" is one token, " A" another.
std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  for (const char c : text) {
    if (tokens.empty() || c == ' ') tokens.emplace_back();
    tokens.back() += c;
  }
  return tokens;
}

// Token ids of this process: given out as the words come.
class Vocabulary {
 public:
  int id(const std::string& word) {
    std::lock_guard lock(mutex_);
    const auto found = std::find(words_.begin(), words_.end(), word);
    if (found != words_.end()) return static_cast<int>(found - words_.begin());
    words_.push_back(word);
    return static_cast<int>(words_.size()) - 1;
  }
  std::string word(int id) {
    std::lock_guard lock(mutex_);
    return words_.at(static_cast<size_t>(id));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> words_;
};

Vocabulary& vocabulary() {
  static Vocabulary words;
  return words;
}

std::string prompt_text(const Json& prompt) {
  if (prompt.is_string()) return prompt;
  std::string text;
  for (const Json& id : prompt)
    text += vocabulary().word(id);
  return text;
}

std::string question_of(const Json& body) {
  if (body.contains("prompt")) return prompt_text(body["prompt"]);
  return body.at("messages").back().at("content");
}

int64_t seed_of(const Json& body) {
  return body.value("temperature", 1.0) == 0.0 ? 0 : body.value("seed", int64_t{-1});
}

Json usage_of(const Json& body, int completion_tokens) {
  const int prompt_tokens =
      static_cast<int>(tokens_of(question_of(body)).size()) + (body.contains("messages") ? 5 : 0);
  return {{"prompt_tokens", prompt_tokens},
          {"completion_tokens", completion_tokens},
          {"total_tokens", prompt_tokens + completion_tokens}};
}

std::string error_body(const std::string& message, const std::string& type) {
  return to_json_line(Json{
      {"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", nullptr}}}});
}

// Writes one reply in the form that was asked for.
class Writer {
 public:
  Writer(const Json& body, FakeConnection& connection)
      : body_(body),
        connection_(connection),
        chat_(body.contains("messages")),
        stream_(body.value("stream", false)) {}

  void set_stream(bool stream) { stream_ = stream; }

  void begin() {
    if (stream_)
      connection_.begin_chunks(200, {{"Content-Type", "text/event-stream; charset=utf-8"}});
  }
  void comment() {
    if (stream_) connection_.chunk(": keep-alive\n\n");
  }
  void event(const std::string& data) { connection_.chunk("data: " + data + "\n\n"); }

  void piece(int index, const std::string& field, const Json& text) {
    if (!stream_) {
      Json& choice = whole_[index];
      choice["index"] = index;
      Json& target = chat_ ? choice["message"] : choice;
      if (chat_) target["role"] = "assistant";
      const std::string before =
          target.contains(field) && target[field].is_string() ? target[field] : "";
      target[field] = text.is_string() ? Json(before + text.get<std::string>()) : text;
      return;
    }
    Json choice{{"index", index}, {"finish_reason", nullptr}};
    (chat_ ? choice["delta"] : choice)[field] = text;
    event(to_json_line(Json{{"object", "chunk"}, {"choices", {choice}}}));
  }
  void text(int index, const std::string& text) { piece(index, chat_ ? "content" : "text", text); }
  // in chats alone
  void thinking(int index, const std::string& text) {
    if (chat_) piece(index, "reasoning_content", text);
  }

  void end_choice(int index, const std::string& reason) {
    if (!stream_) {
      whole_[index]["finish_reason"] = reason;
      return;
    }
    Json choice{{"index", index}, {"finish_reason", reason}};
    if (chat_) choice["delta"] = Json::object();
    event(to_json_line(Json{{"object", "chunk"}, {"choices", {choice}}}));
  }

  void end(int completion_tokens) {
    const Json usage = usage_of(body_, completion_tokens);
    if (stream_) {
      event(to_json_line(Json{{"object", "chunk"}, {"choices", Json::array()}, {"usage", usage}}));
      event("[DONE]");
      connection_.end_chunks();
      return;
    }
    Json choices = Json::array();
    for (const auto& [index, choice] : whole_)
      choices.push_back(choice);
    connection_.reply(
        200, to_json_line(Json{{"object", "reply"}, {"choices", choices}, {"usage", usage}}));
  }

 private:
  const Json& body_;
  FakeConnection& connection_;
  bool chat_;
  bool stream_;
  std::map<int, Json> whole_;
};

}  // namespace

OpenAiFake::OpenAiFake(Plan plan, const std::string& certificate_host) : plan_(std::move(plan)) {
  std::lock_guard lock(mutex_);  // its threads take it before they use the pointer
  server_ = std::make_unique<FakeServer>(
      [this](const FakeRequest& request, FakeConnection& connection) {
        handle(request, connection);
      },
      certificate_host);
}

std::string OpenAiFake::word(const std::string& options) const {
  return "openai:" + server_->url() + "/v1#" + kModel + options;
}

std::map<std::string, int> OpenAiFake::answered() const {
  std::lock_guard lock(mutex_);
  return answered_;
}

int OpenAiFake::most_at_once() const {
  std::lock_guard lock(mutex_);
  return most_at_once_;
}

std::string OpenAiFake::answer_to(const std::string& question, int choice, int64_t seed) {
  const std::string digest =
      sha256_hex(question + "/" + std::to_string(choice) + "/" + std::to_string(seed));
  return "한글 reply " + digest.substr(0, 12) + ": the answer is (" +
         std::string(1, static_cast<char>('A' + digest[0] % 4)) + ").";
}

void OpenAiFake::handle(const FakeRequest& request, FakeConnection& connection) {
  const std::string path = request.path();
  if (path == "/v1/models") {
    connection.reply(
        200, to_json_line(Json{
                 {"data", {{{"id", kModel}, {"owned_by", "fake"}, {"max_model_len", 4096}}}}}));
  } else if (path == "/version") {
    connection.reply(200, R"({"version": "0.0.1-fake"})");
  } else if (path == "/tokenize" && has_tokenize) {
    const Json body = Json::parse(request.body);
    std::string text = body.value("prompt", "");
    if (body.contains("messages"))
      text = "<chat> " + body["messages"].back().at("content").get<std::string>() + " <reply>";
    Json ids = Json::array();
    for (const std::string& word : tokens_of(text))
      ids.push_back(vocabulary().id(word));
    connection.reply(200, to_json_line(Json{{"count", ids.size()}, {"tokens", ids}}));
  } else if (path == "/v1/chat/completions" || path == "/v1/completions") {
    generate(request, connection);
  } else {
    connection.reply(404, R"({"detail": "Not Found"})");
  }
}

void OpenAiFake::generate(const FakeRequest& request, FakeConnection& connection) {
  const Result<Json> body = parse_json(request.body);
  if (!body.ok()) {
    connection.reply(400, error_body(body.status().message(), "invalid_request_error"));
    return;
  }
  const std::string question = question_of(*body);
  if (body->value("echo", false)) {
    Json numbers = Json::array(), offsets = Json::array();
    int64_t offset = 0;
    for (const std::string& token : tokens_of(question)) {
      numbers.push_back(numbers.empty() ? Json() : Json(-0.25 * static_cast<double>(token.size())));
      offsets.push_back(offset);
      offset +=
          std::count_if(token.begin(), token.end(), [](char c) { return (c & 0xC0) != 0x80; });
    }
    numbers.push_back(-99.0);  // the generated token, which must not count
    offsets.push_back(offset);
    const Json choice{{"index", 0},
                      {"text", question + "!"},
                      {"finish_reason", "length"},
                      {"logprobs", {{"token_logprobs", numbers}, {"text_offset", offsets}}}};
    connection.reply(200, to_json_line(Json{{"choices", {choice}}, {"usage", usage_of(*body, 1)}}));
    return;
  }
  Manner manner;
  {
    std::lock_guard lock(mutex_);
    manner = plan_(question, attempts_[question]++);
    most_at_once_ = std::max(most_at_once_, ++at_once_);
  }
  if (const milliseconds pause = thinking_time; pause.count() > 0) server_->wait(pause);
  behave(manner, request, connection);
  std::lock_guard lock(mutex_);
  --at_once_;
}

void OpenAiFake::behave(Manner manner, const FakeRequest& request, FakeConnection& connection) {
  const Json body = Json::parse(request.body);
  const std::string question = question_of(body);
  const int64_t seed = seed_of(body);
  const int n = honours_n ? body.value("n", 1) : 1;
  const FakeConnection::Headers json = {{"Content-Type", "application/json"}};
  Writer writer(body, connection);
  const auto count_as_answered = [&] {
    std::lock_guard lock(mutex_);
    ++answered_[question];
  };
  // Two pieces a choice, the border inside a word.
  const auto say = [&](const std::vector<int>& order, const std::string& reason) {
    for (const int half : {0, 1}) {
      for (const int index : order) {
        const std::string text = answer_to(question, index, seed);
        const size_t middle = text.size() - 14;
        writer.text(index, half == 0 ? text.substr(0, middle) : text.substr(middle));
      }
    }
    for (const int index : order)
      writer.end_choice(index, reason);
  };
  std::vector<int> order(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i)
    order[static_cast<size_t>(i)] = i;
  switch (manner) {
    case Manner::kWholeThoughStreamWasAsked:
      writer.set_stream(false);
      [[fallthrough]];
    case Manner::kGood:
    case Manner::kSlowFirstByte:
      if (manner == Manner::kSlowFirstByte) server_->wait(milliseconds(300));
      writer.begin();
      say(order, "stop");
      count_as_answered();
      writer.end(7 * n);
      return;
    case Manner::kWrongJson:
      connection.reply(200, R"({"choices": [{"index": 0, "message": {"content": "half)", json);
      return;
    case Manner::kHtml:
      connection.reply(200, "<!DOCTYPE html><html><body>502 from a proxy</body></html>",
                       {{"Content-Type", "text/html"}});
      return;
    case Manner::kNotAReply:
      connection.reply(200, R"({"choices": [{"index": "zero", "message": 7}]})", json);
      return;
    case Manner::kTruncatedStream:
      writer.begin();
      writer.text(0, "the answer is (A");
      connection.end_chunks();
      return;
    case Manner::kErrorInsideStream:
      writer.begin();
      writer.text(0, "the answer is (A");
      writer.event(
          R"({"error": {"message": "CUDA out of memory", "type": "InternalServerError", "code": 500}})");
      connection.end_chunks();
      return;
    case Manner::kKeepAlives:
      writer.begin();
      for (int i = 0; i < 3; ++i)
        writer.comment();
      say(order, "stop");
      writer.comment();
      count_as_answered();
      writer.end(7 * n);
      return;
    case Manner::kEndlessKeepAlives:
      writer.begin();
      while (connection.is_open() && server_->wait(milliseconds(20)))
        writer.comment();
      return;
    case Manner::kResetInBody:
      writer.begin();
      writer.text(0, "the answer is (A");
      server_->wait(milliseconds(5));
      connection.reset();
      return;
    case Manner::kResetAtOnce:
      connection.reset();
      return;
    case Manner::k429:
      connection.reply(429, error_body("too many requests", "rate_limit_error"), json);
      return;
    case Manner::k429RetryAfter:
      connection.reply(429, error_body("too many requests", "rate_limit_error"),
                       {{"Content-Type", "application/json"}, {"Retry-After", "0"}});
      return;
    case Manner::k503:
      connection.reply(503, "", {});
      return;
    case Manner::k503RetryAfterMs:
      connection.reply(503, "busy", {{"Content-Type", "text/plain"}, {"retry-after-ms", "15"}});
      return;
    case Manner::k500:
      connection.reply(500, error_body("internal error", "server_error"), json);
      return;
    case Manner::kChoicesOutOfOrder:
      std::reverse(order.begin(), order.end());
      writer.begin();
      say(order, "stop");
      count_as_answered();
      writer.end(7 * n);
      return;
    case Manner::kContentNull:
      writer.begin();
      writer.piece(0, "reasoning_content", "thinking and thinking");
      writer.piece(0, "content", Json());
      writer.end_choice(0, "length");
      count_as_answered();
      writer.end(body.value("max_tokens", 1));
      return;
    case Manner::kReasoningContent:
    case Manner::kReasoning:
      writer.begin();
      writer.piece(0, manner == Manner::kReasoning ? "reasoning" : "reasoning_content", "let me ");
      writer.piece(0, manner == Manner::kReasoning ? "reasoning" : "reasoning_content", "think");
      say({0}, "stop");
      count_as_answered();
      writer.end(7);
      return;
    case Manner::kInlineThinking:
      writer.begin();
      writer.text(0, "<think>let me think</think>\n");
      say({0}, "stop");
      count_as_answered();
      writer.end(7);
      return;
    case Manner::kHugeReply: {
      writer.begin();
      const std::string block(64 << 10, 'x');
      for (size_t sent = 0; sent < huge_reply_bytes && connection.is_open(); sent += block.size())
        writer.text(0, block);
      writer.end_choice(0, "stop");
      writer.end(7);
      return;
    }
    case Manner::kInvalidUtf8:
      connection.reply(200,
                       "{\"choices\": [{\"index\": 0, \"finish_reason\": \"stop\", \"message\": "
                       "{\"content\": \"bad \xff\xfe bytes "
                       "\xed\xa0\x80\"}, \"text\": null}]}",
                       json);
      count_as_answered();
      return;
    case Manner::kRedirect:
      connection.reply(307, "", {{"Location", elsewhere + "/chat/completions"}});
      return;
    case Manner::kUnauthorized:
      connection.reply(
          401, error_body("Incorrect API key provided: " + request.header("authorization"), "auth"),
          json);
      return;
    case Manner::kContextTooLong:
      connection.reply(
          400,
          error_body(
              "This model's maximum context length is 4096 tokens. However, you requested 5000 "
              "tokens.",
              "BadRequestError"),
          json);
      return;
    case Manner::kLateLength:
      writer.begin();
      say(order, "stop");
      count_as_answered();
      writer.end(body.value("max_tokens", 1));
      return;
    case Manner::kEchoesKey:
      writer.begin();
      writer.thinking(0, "I was sent " + request.header("authorization") + ".");
      writer.text(0, "You sent " + request.header("authorization") + " to me.");
      writer.end_choice(0, "stop");
      count_as_answered();
      writer.end(7);
      return;
    case Manner::kContentFilter:
      writer.begin();
      writer.end_choice(0, "content_filter");
      writer.end(0);
      return;
  }
}

}  // namespace jangwon::fakes
