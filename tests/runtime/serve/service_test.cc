// The endpoints over real connections: what a client gets is what the engine makes.

#include "runtime/serve/service.h"

#include <gtest/gtest.h>

#include "runtime/serve/choice_seed.h"
#include "tests/runtime/serve/served_engine.h"

namespace jangwon::runtime {
namespace {

constexpr const char* kChat = "/v1/chat/completions";
constexpr const char* kText = "/v1/completions";

Json messages(const std::string& question) {
  return Json::array({{{"role", "user"}, {"content", question}}});
}

class Direct {
 public:
  Direct() : engine_(Engine::load(stand_in_folder(), {.num_threads = 2}).value()) {}
  const Engine& engine() const { return *engine_; }

  Completion run(EngineRequest request) {
    engine_->submit(std::move(request));
    while (engine_->has_work())
      engine_->step();
    return std::move(engine_->take_completed()[0].second);
  }
  EngineRequest chat(const std::string& question, int max_tokens) const {
    EngineRequest request;
    request.prompt_token_ids =
        engine_->render(messages(question), Json::object()).value().token_ids;
    request.sampling.max_tokens = max_tokens;
    return request;
  }

 private:
  std::unique_ptr<Engine> engine_;
};

// The deltas of a stream, put together.
struct Streamed {
  std::map<int, std::string> text, reasoning, content, finish;
  std::map<int, Json> logprobs;
  Json usage;
  int num_chunks = 0;
  bool is_done = false;
  Json error;
};

Streamed read_stream(const fakes::SocketReply& reply) {
  Streamed stream;
  for (size_t at = 0; at < reply.body.size();) {
    const size_t end = reply.body.find("\n\n", at);
    const std::string line = reply.body.substr(at, end - at);
    at = end == std::string::npos ? reply.body.size() : end + 2;
    EXPECT_TRUE(line.starts_with("data: ")) << line;
    if (line == "data: [DONE]") {
      stream.is_done = true;
      continue;
    }
    const Json chunk = Json::parse(line.substr(6));
    if (chunk.contains("error")) {
      stream.error = chunk["error"];
      continue;
    }
    ++stream.num_chunks;
    if (chunk.contains("usage") && !chunk["usage"].is_null()) stream.usage = chunk["usage"];
    for (const Json& choice : chunk["choices"]) {
      const int index = choice["index"].get<int>();
      const Json delta = choice.value("delta", Json::object());
      stream.text[index] += choice.value("text", "");
      stream.reasoning[index] += delta.value("reasoning_content", "");
      stream.content[index] += delta.value("content", "");
      if (!choice["finish_reason"].is_null())
        stream.finish[index] = choice["finish_reason"].get<std::string>();
      if (!choice["logprobs"].is_null()) {
        Json& all = stream.logprobs[index];
        for (const auto& [key, values] : choice["logprobs"].items()) {
          for (const Json& value : values)
            all[key].push_back(value);
        }
      }
    }
  }
  return stream;
}

TEST(ServiceTest, AReplyIsWhatTheEngineMakes) {
  const ServedEngine served;
  Direct direct;
  for (const char* question :
       {"37 더하기 25는 얼마입니까?", "Name a colour.", "한국의 수도는 어디입니까?"}) {
    const Completion expected = direct.run(direct.chat(question, 60));
    Json body = {{"model", "m"}, {"messages", messages(question)}, {"max_tokens", 60}};
    const Json reply = served.ask_json(kChat, body);
    const Json& choice = reply["choices"][0];
    EXPECT_EQ(choice["message"]["content"], expected.answer_text);
    EXPECT_EQ(choice["message"].value("reasoning_content", ""), expected.reasoning);
    EXPECT_EQ(choice["finish_reason"],
              expected.finish_reason == FinishReason::kStop ? "stop" : "length");
    EXPECT_EQ(reply["usage"]["prompt_tokens"], expected.num_prompt_tokens);
    EXPECT_EQ(reply["usage"]["completion_tokens"], expected.token_ids.size());
    EXPECT_EQ(reply["usage"]["completion_tokens_details"]["reasoning_tokens"],
              expected.num_reasoning_tokens);

    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
    Streamed stream = read_stream(served.ask("POST", kChat, to_json_line(body)));
    EXPECT_TRUE(stream.is_done);
    EXPECT_EQ(stream.content[0], expected.answer_text);
    EXPECT_EQ(stream.reasoning[0], expected.reasoning);
    EXPECT_EQ(stream.finish[0], choice["finish_reason"]);
    EXPECT_EQ(stream.usage["completion_tokens"], expected.token_ids.size());
  }
}

TEST(ServiceTest, AChoiceIsARepeatOfTheSeed) {
  const ServedEngine served;
  Direct direct;
  const uint64_t seed = 0xfedcba9876543210ull;
  const Json body = {{"model", "m"},       {"messages", messages("Name a colour.")},
                     {"max_tokens", 20},   {"n", 3},
                     {"temperature", 1.3}, {"seed", seed},
                     {"logprobs", true},   {"top_logprobs", 2}};
  const Json reply = served.ask_json(kChat, body);
  Json streamed = body;
  streamed["stream"] = true;
  Streamed stream = read_stream(served.ask("POST", kChat, to_json_line(streamed)));
  for (int i = 0; i < 3; ++i) {
    EngineRequest request = direct.chat("Name a colour.", 20);
    request.sampling.temperature = 1.3;
    request.sampling.seed = choice_seed(seed, i);
    request.num_top_logprobs = 2;
    const Completion expected = direct.run(std::move(request));
    const Json& choice = reply["choices"][static_cast<size_t>(i)];
    EXPECT_EQ(choice["index"], i);
    EXPECT_EQ(choice["message"]["content"], expected.answer_text);
    EXPECT_EQ(choice["message"].value("reasoning_content", ""), expected.reasoning);
    const Json& scored = choice["logprobs"]["content"];
    ASSERT_EQ(scored.size(), expected.logprobs.size());
    for (size_t t = 0; t < scored.size(); ++t) {
      // every bit of it
      EXPECT_EQ(scored[t]["logprob"].get<double>(), expected.logprobs[t].logprob);
      EXPECT_EQ(scored[t]["top_logprobs"].size(), 2u);
      EXPECT_EQ(scored[t]["top_logprobs"][0]["logprob"].get<double>(),
                expected.logprobs[t].top[0].logprob);
    }
    EXPECT_EQ(stream.content[i], expected.answer_text);
    EXPECT_EQ(stream.reasoning[i], expected.reasoning);
    EXPECT_EQ(stream.logprobs[i]["content"], scored);
  }
  EXPECT_NE(reply["choices"][0]["logprobs"], reply["choices"][1]["logprobs"]);
}

TEST(ServiceTest, AnEchoedPromptIsScoredAsTheEngineScoresIt) {
  const ServedEngine served;
  Direct direct;
  const std::vector<int32_t> prompt = direct.engine().encode("1, 2, 3,").value();
  const std::vector<int32_t> rest = direct.engine().encode(" 4, 5").value();
  EngineRequest request;
  request.prompt_token_ids = prompt;
  request.continuations = {rest};
  const double expected = direct.run(std::move(request)).continuation_logprobs[0];
  std::vector<int32_t> whole = prompt;
  whole.insert(whole.end(), rest.begin(), rest.end());
  for (const int max_tokens : {0, 1}) {
    for (const bool streams : {false, true}) {
      Json body = {{"model", "m"},
                   {"prompt", Json::array({whole, prompt})},
                   {"max_tokens", max_tokens},
                   {"echo", true},
                   {"logprobs", 1},
                   {"temperature", 0},
                   {"stream", streams}};
      Json logprobs;
      std::string text;
      if (streams) {
        Streamed stream = read_stream(served.ask("POST", kText, to_json_line(body)));
        logprobs = stream.logprobs[0];
        text = stream.text[0];
      } else {
        const Json reply = served.ask_json(kText, body);
        EXPECT_EQ(reply["choices"][1]["logprobs"]["tokens"].size(),
                  prompt.size() + static_cast<size_t>(max_tokens));
        logprobs = reply["choices"][0]["logprobs"];
        text = reply["choices"][0]["text"].get<std::string>();
      }
      EXPECT_TRUE(text.starts_with("1, 2, 3, 4, 5")) << text;
      const Json& values = logprobs["token_logprobs"];
      ASSERT_EQ(values.size(), whole.size() + static_cast<size_t>(max_tokens));
      EXPECT_TRUE(values[0].is_null());
      EXPECT_TRUE(logprobs["top_logprobs"][0].is_null());
      double sum = 0.0;
      for (size_t i = prompt.size(); i < whole.size(); ++i)
        sum += values[i].get<double>();
      EXPECT_EQ(sum, expected);
      // The texts of the tokens are the text, and the offsets count it.
      std::string joined;
      for (size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(logprobs["text_offset"][i], joined.size());
        joined += logprobs["tokens"][i].get<std::string>();
      }
      EXPECT_EQ(joined, text);
    }
  }
}

TEST(ServiceTest, PromptsAreAnsweredInTheirOrder) {
  const ServedEngine served;
  Json body = {{"model", "m"},    {"prompt", {"1, 2,", "한국의", "Name"}},
               {"max_tokens", 5}, {"n", 2},
               {"seed", 4},       {"temperature", 1}};
  const Json together = served.ask_json(kText, body);
  ASSERT_EQ(together["choices"].size(), 6u);
  size_t index = 0;
  int64_t reply_tokens = 0;
  for (const char* prompt : {"1, 2,", "한국의", "Name"}) {
    body["prompt"] = prompt;
    const Json alone = served.ask_json(kText, body);
    reply_tokens += alone["usage"]["completion_tokens"].get<int64_t>();
    for (const Json& choice : alone["choices"]) {
      EXPECT_EQ(together["choices"][index]["text"], choice["text"]);
      EXPECT_EQ(together["choices"][index]["index"], index);
      ++index;
    }
  }
  EXPECT_EQ(together["usage"]["completion_tokens"], reply_tokens);
}

TEST(ServiceTest, AStopStringEndsAReplyBeforeIt) {
  const ServedEngine served;
  Json body = {{"model", "m"}, {"prompt", "1, 2, 3,"}, {"max_tokens", 40}, {"ignore_eos", true}};
  const std::string whole = served.ask_json(kText, body)["choices"][0]["text"].get<std::string>();
  const std::string stop = whole.substr(whole.size() / 2, 3);
  body["stop"] = {stop};
  const Json reply = served.ask_json(kText, body);
  EXPECT_EQ(reply["choices"][0]["text"], whole.substr(0, whole.find(stop)));
  EXPECT_EQ(reply["choices"][0]["finish_reason"], "stop");
}

TEST(ServiceTest, TextsAndIds) {
  const ServedEngine served;
  const Json tokens = served.ask_json("/tokenize", {{"model", "m"}, {"prompt", "안녕하세요"}});
  EXPECT_EQ(tokens["count"], tokens["tokens"].size());
  EXPECT_EQ(served.ask_json("/detokenize", {{"tokens", tokens["tokens"]}})["prompt"], "안녕하세요");
  Direct direct;
  EXPECT_EQ(served.ask_json("/tokenize", {{"messages", messages("Name a colour.")}})["tokens"],
            Json(direct.chat("Name a colour.", 1).prompt_token_ids));
  EXPECT_EQ(Json::parse(served.ask("GET", "/v1/models").body)["data"][0]["id"], "m");
  EXPECT_EQ(Json::parse(served.ask("GET", "/v1/models/m").body)["max_model_len"],
            direct.engine().max_context_tokens());
  EXPECT_EQ(served.ask("GET", "/health").status, 200);
  const Json described = Json::parse(served.ask("GET", "/tokenizer_info").body);
  EXPECT_EQ(described["chat_template"], direct.engine().text_description()["chat_template"]);
  EXPECT_TRUE(described["eos_token"].is_string());
}

TEST(ServiceTest, SpecialTokensAreTextToo) {
  const ServedEngine served;
  const Json rendered = served.ask_json("/tokenize", {{"messages", messages("Name a colour.")}});
  const std::string text =
      served.ask_json("/detokenize", {{"tokens", rendered["tokens"]}})["prompt"];
  EXPECT_EQ(
      served.ask_json("/tokenize", {{"prompt", text}, {"add_special_tokens", false}})["tokens"],
      rendered["tokens"]);
}

TEST(ServiceTest, TextsAndIdsAreHeldToTheirFields) {
  const ServedEngine served;
  const struct {
    const char* path;
    Json body;
    int status;
    const char* param;
  } cases[] = {
      {"/tokenize", {{"prompt", "a"}, {"bogus", 1}}, 400, "bogus"},
      {"/tokenize", {{"prompt", "a"}, {"model", "another"}}, 404, "model"},
      {"/tokenize", {{"prompt", "a"}, {"model", 7}}, 400, "model"},
      {"/detokenize", {{"tokens", {1}}, {"prompt", "a"}}, 400, "prompt"},
      {"/detokenize", {{"tokens", {1}}, {"model", "another"}}, 404, "model"},
      {"/detokenize", {{"tokens", {1, 4096}}}, 400, "tokens"},
      {"/detokenize", {{"tokens", {99999999}}}, 400, "tokens"},
  };
  for (const auto& c : cases) {
    const auto reply = served.ask("POST", c.path, c.body.dump());
    EXPECT_EQ(reply.status, c.status) << c.path << c.body;
    EXPECT_EQ(Json::parse(reply.body)["error"]["param"], c.param) << reply.body;
  }
}

TEST(ServiceTest, AConversationIsReplacedByNothing) {
  const ServedEngine served;
  for (const char* name : {"messages", "bos_token", "eos_token"}) {
    const Json body = {{"model", "m"},
                       {"messages", messages("Name a colour.")},
                       {"max_tokens", 1},
                       {"chat_template_kwargs", {{name, Json::array()}}}};
    const auto reply = served.ask("POST", kChat, body.dump());
    EXPECT_EQ(reply.status, 400) << name << reply.body;
    EXPECT_NE(reply.body.find("no free variable of a chat template"), std::string::npos)
        << reply.body;
  }
}

TEST(ServiceTest, AClientIsNotToldWhereTheModelLies) {
  const ServedEngine served;
  const Json body = {{"model", "m"}, {"messages", {{{"role", "alien"}, {"content", "x"}}}}};
  const auto reply = served.ask("POST", kChat, body.dump());
  EXPECT_EQ(reply.status, 400) << reply.body;
  EXPECT_NE(reply.body.find("chat_template.jinja:"), std::string::npos) << reply.body;
  EXPECT_EQ(reply.body.find('/'), std::string::npos) << reply.body;
}

TEST(ServiceTest, ALimitMayBecomeWhatFits) {
  const ServedEngine served;
  const Json reply = served.ask_json(kText, {{"model", "m"},
                                             {"prompt", {1, 2}},
                                             {"max_tokens", 5000},
                                             {"fit_max_tokens", true},
                                             {"ignore_eos", true}});
  EXPECT_EQ(reply["usage"]["total_tokens"], 4096);
  EXPECT_EQ(reply["choices"][0]["finish_reason"], "length");
}

// --- errors ---

TEST(ServiceTest, EveryErrorHasItsForm) {
  ServedEngineOptions options;
  options.http.limits.max_body_bytes = 4000;
  const ServedEngine served(options);
  const std::string json = "Content-Type: application/json\r\n";
  const std::string good = R"({"model": "m", "prompt": "1"})";
  struct Case {
    std::string request;
    int status;
    std::string code;
  };
  const std::vector<Case> cases = {
      {fakes::http_request("GET", "/nowhere", ""), 404, "unknown_url"},
      {fakes::http_request("GET", kText, ""), 405, "method_not_allowed"},
      {fakes::http_request("DELETE", "/v1/models", ""), 405, "method_not_allowed"},
      {fakes::http_request("GET", "/v1/models/other", ""), 404, "model_not_found"},
      {"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 415,
       "unsupported_media_type"},
      {"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: "
       "2\r\n\r\n{}",
       415, "unsupported_media_type"},
      {"POST /v1/completions HTTP/1.1\r\nHost: x\r\n" + json + "\r\n", 400, "invalid_json"},
      {fakes::http_request("POST", kText, "{"), 400, "invalid_json"},
      {fakes::http_request("POST", kText, "[1]"), 400, "invalid_json"},
      {fakes::http_request("POST", kText, R"({"model": "other", "prompt": "1"})"), 404,
       "model_not_found"},
      {fakes::http_request("POST", kText, R"({"model": "m", "prompt": ""})"), 400, "invalid_value"},
      {fakes::http_request("POST", kText, R"({"model": "m", "prompt": [999999999]})"), 400,
       "invalid_value"},
      {fakes::http_request("POST", kText, R"({"model": "m", "prompt": "1", "max_tokens": 4096})"),
       400, "context_length_exceeded"},
      {fakes::http_request("POST", kChat,
                           R"({"model": "m", "messages": [{"role": "user", "content": "1"}],
          "max_tokens": 5000, "stream": true})"),
       400, "context_length_exceeded"},
      {fakes::http_request("POST", "/tokenize", "{}"), 400, "invalid_value"},
      {fakes::http_request("POST", "/detokenize", R"({"tokens": "x"})"), 400, "invalid_value"},
      {fakes::http_request("POST", kText, std::string(4001, ' ')), 413, "request_too_large"},
      {"GARBAGE\r\n\r\n", 400, "bad_request"},
      {"GET / HTTP/1.1\r\n\r\n", 400, "bad_request"},
      {std::string("\x16\x03\x01\x02\x00\x01\r\n", 8), 400, "bad_request"},
      {"GET /" + std::string(9000, 'a'), 414, "bad_request"},
      {"GET / HTTP/1.1\r\nHost: " + std::string(9000, 'a'), 431, "bad_request"},
  };
  for (const Case& c : cases) {
    fakes::SocketClient client(served.port());
    client.send(c.request);
    const fakes::SocketReply reply = client.read_reply();
    ASSERT_TRUE(reply.is_whole) << c.request;
    EXPECT_EQ(reply.status, c.status) << c.request << reply.body;
    const Json error = Json::parse(reply.body)["error"];
    EXPECT_EQ(error["code"], c.code) << c.request;
    EXPECT_FALSE(error["message"].get<std::string>().empty());
    EXPECT_TRUE(error.contains("type") && error.contains("param"));
  }
  const Json error = Json::parse(
      served.ask("POST", kText, R"({"model": "m", "prompt": [1, 2], "max_tokens": 5000})").body);
  EXPECT_NE(error["error"]["message"].get<std::string>().find(
                "4096 tokens. However, you requested 5002 tokens (2 in"),
            std::string::npos)
      << error;
  EXPECT_EQ(served.ask("POST", kText, good).status, 200);
}

TEST(ServiceTest, AKeyIsNeededAndNeverShown) {
  ServedEngineOptions options;
  options.key = "sk-very-secret-key";
  const ServedEngine served(options);
  EXPECT_EQ(served.ask("GET", "/health").status, 200);
  for (const char* header :
       {"", "Authorization: Bearer wrong\r\n", "Authorization: Bearer \r\n",
        "Authorization: sk-very-secret-key\r\n", "Authorization: Bearer sk-very-secret-keyX\r\n",
        "Authorization: Bearer sk-very-secret-ke\r\n"}) {
    for (const char* path : {"/v1/models", "/metrics", "/nowhere"}) {
      const fakes::SocketReply reply = served.ask("GET", path, "", header);
      EXPECT_EQ(reply.status, 401) << path << " " << header;
      EXPECT_EQ(reply.body.find("secret"), std::string::npos);
    }
  }
  const std::string right = "Authorization: bearer sk-very-secret-key\r\n";
  EXPECT_EQ(served.ask("GET", "/v1/models", "", right).status, 200);
  EXPECT_EQ(served.ask("GET", "/metrics", "", right).body.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace jangwon::runtime
