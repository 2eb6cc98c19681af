// Bodies → calls: what each field means, and which are refused how.

#include "runtime/serve/api_request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jangwon::runtime {
namespace {

// `more` is merged into a body that is right.
Json body_with(Api api, const std::string& more) {
  Json body = Json::parse(api == Api::kChat
                              ? R"({"model": "m", "messages": [{"role": "user", "content": "hi"}]})"
                              : R"({"model": "m", "prompt": "hi"})");
  body.update(Json::parse(more));
  return body;
}

ApiCall call_of(Api api, const std::string& more) {
  ApiCall call;
  const std::optional<ApiError> error = read_call(api, body_with(api, more), call);
  EXPECT_FALSE(error) << more << ": " << error->message;
  return call;
}

struct Refusal {
  Api api;
  std::string more;
  std::string param;
  std::string code;
};

TEST(ApiRequestTest, RefusesAndNamesTheField) {
  constexpr Api kChat = Api::kChat, kText = Api::kCompletions;
  const std::vector<Refusal> cases = {
      {kChat, R"({"temprature": 1})", "temprature", "unknown_parameter"},
      {kChat, R"({"prompt": "x"})", "prompt", "unknown_parameter"},
      {kText, R"({"messages": []})", "messages", "unknown_parameter"},
      {kText, R"({"top_logprobs": 1})", "top_logprobs", "unknown_parameter"},
      {kChat, R"({"echo": true})", "echo", "unknown_parameter"},
      {kChat, R"({"stream": true, "stream_options": {"x": 1}})", "stream_options.x",
       "unknown_parameter"},
      {kChat, R"({"response_format": {"type": "json_object"}})", "response_format",
       "unsupported_parameter"},
      {kChat, R"({"response_format": {"type": "json_schema", "json_schema": {}}})",
       "response_format", "unsupported_parameter"},
      {kChat, R"({"logit_bias": {"5": 1}})", "logit_bias", "unsupported_parameter"},
      {kChat, R"({"frequency_penalty": 0.5})", "frequency_penalty", "unsupported_parameter"},
      {kText, R"({"best_of": 2})", "best_of", "unsupported_parameter"},
      {kText, R"({"suffix": "x"})", "suffix", "unsupported_parameter"},
      {kText, R"({"guided_json": {}})", "guided_json", "unsupported_parameter"},
      {kChat, R"({"continue_final_message": true})", "continue_final_message",
       "unsupported_parameter"},
      {kChat, R"({"model": null})", "model", "invalid_value"},
      {kChat, R"({"model": 3})", "model", "invalid_value"},
      {kChat, R"({"temperature": -1})", "temperature", "invalid_value"},
      {kChat, R"({"temperature": "1"})", "temperature", "invalid_value"},
      {kChat, R"({"top_p": 0})", "top_p", "invalid_value"},
      {kChat, R"({"top_k": 1.5})", "top_k", "invalid_value"},
      {kChat, R"({"min_p": 2})", "min_p", "invalid_value"},
      {kChat, R"({"presence_penalty": 3})", "presence_penalty", "invalid_value"},
      {kChat, R"({"max_tokens": 0})", "max_tokens", "invalid_value"},
      {kText, R"({"max_tokens": -1})", "max_tokens", "invalid_value"},
      {kChat, R"({"max_tokens": 5, "max_completion_tokens": 6})", "max_tokens", "invalid_value"},
      {kChat, R"({"n": 0})", "n", "invalid_value"},
      {kChat, R"({"n": 129})", "n", "invalid_value"},
      {kChat, R"({"n": 18446744073709551615})", "n", "invalid_value"},
      {kChat, R"({"n": true})", "n", "invalid_value"},
      {kChat, R"({"seed": 1.5})", "seed", "invalid_value"},
      {kChat, R"({"stop": 1})", "stop", "invalid_value"},
      {kChat, R"({"stop": ["a", 1]})", "stop", "invalid_value"},
      {kChat, R"({"stop_token_ids": [-1]})", "stop_token_ids", "invalid_value"},
      {kChat, R"({"stream": "yes"})", "stream", "invalid_value"},
      {kChat, R"({"stream_options": {"include_usage": true}})", "stream_options", "invalid_value"},
      {kChat, R"({"top_logprobs": 2})", "top_logprobs", "invalid_value"},
      {kChat, R"({"logprobs": true, "top_logprobs": 21})", "top_logprobs", "invalid_value"},
      {kText, R"({"logprobs": true})", "logprobs", "invalid_value"},
      {kText, R"({"prompt": null})", "prompt", "invalid_value"},
      {kText, R"({"prompt": []})", "prompt", "invalid_value"},
      {kText, R"({"prompt": [1, -2]})", "prompt", "invalid_value"},
      {kText, R"({"prompt": [1, 2.5]})", "prompt", "invalid_value"},
      {kText, R"({"prompt": [1, "a"]})", "prompt", "invalid_value"},
      {kText, R"({"prompt": ["a", 1]})", "prompt[1]", "invalid_value"},
      {kText, R"({"prompt": [[1], []]})", "prompt[1]", "invalid_value"},
      {kText, R"({"prompt": [4294967296]})", "prompt", "invalid_value"},
  };
  for (const Refusal& c : cases) {
    ApiCall call;
    const std::optional<ApiError> error = read_call(c.api, body_with(c.api, c.more), call);
    ASSERT_TRUE(error) << c.more;
    EXPECT_EQ(error->status, 400) << c.more;
    EXPECT_EQ(error->param, c.param) << c.more;
    EXPECT_EQ(error->code, c.code) << c.more;
    EXPECT_NE(error->message.find(c.param), std::string::npos) << error->message;
  }
}

TEST(ApiRequestTest, TakesWhatChangesNothing) {
  for (
      const char* more :
      {R"({"frequency_penalty": 0, "logit_bias": {}, "response_format": {"type": "text"}})",
       R"({"frequency_penalty": 0.0, "logit_bias": null, "user": "u", "store": false, "metadata": {"a": "b"}})",
       R"({"skip_special_tokens": true, "min_tokens": 0, "service_tier": "auto", "return_token_ids": false})"}) {
    call_of(Api::kChat, more);
    call_of(Api::kCompletions, more);
  }
  call_of(
      Api::kChat,
      R"({"modalities": ["text"], "parallel_tool_calls": true, "functions": [], "verbosity": "medium"})");
  call_of(Api::kCompletions, R"({"best_of": 1, "suffix": ""})");
}

TEST(ApiRequestTest, NullIsAsGoodAsAbsent) {
  const ApiCall call = call_of(
      Api::kChat, R"({"temperature": null, "n": null, "seed": null, "stop": null, "stream": null,
      "max_tokens": null, "logprobs": null, "top_logprobs": null, "stream_options": null, "tools": null})");
  EXPECT_EQ(call.num_choices, 1);
  EXPECT_FALSE(call.streams);
  EXPECT_FALSE(call.sampling.temperature || call.sampling.seed || call.sampling.max_tokens ||
               call.num_top_logprobs);
}

TEST(ApiRequestTest, ReadsTheSettings) {
  const ApiCall call =
      call_of(Api::kChat, R"({"temperature": 0.5, "top_p": 0.9, "top_k": -1, "min_p": 0.1, "n": 3,
      "presence_penalty": -1, "repetition_penalty": 1.1, "max_completion_tokens": 7, "stop": ["a", ""],
      "stop_token_ids": [4], "logprobs": true, "stream": true, "stream_options": {"include_usage": true},
      "ignore_eos": true})");
  EXPECT_EQ(call.sampling.temperature, 0.5);
  EXPECT_EQ(call.sampling.top_k, 0);
  EXPECT_EQ(call.sampling.max_tokens, 7);
  EXPECT_EQ(call.sampling.stop, std::vector<std::string>{"a"});
  EXPECT_EQ(call.sampling.stop_token_ids, std::vector<int32_t>{4});
  EXPECT_EQ(call.num_top_logprobs, 0);
  EXPECT_EQ(call.num_choices, 3);
  EXPECT_TRUE(call.streams && call.includes_usage && call.ignores_end);
  EXPECT_EQ(call_of(Api::kChat, R"({"max_tokens": 9})").sampling.max_tokens, 9);
  EXPECT_EQ(call_of(Api::kCompletions, R"({"max_tokens": 0, "logprobs": 2})").sampling.max_tokens,
            0);
  EXPECT_EQ(call_of(Api::kCompletions, R"({"stop": "x"})").sampling.stop,
            std::vector<std::string>{"x"});
}

TEST(ApiRequestTest, ASeedHas64Bits) {
  EXPECT_EQ(call_of(Api::kChat, R"({"seed": 18446744073709551615})").sampling.seed, ~uint64_t{0});
  EXPECT_EQ(call_of(Api::kChat, R"({"seed": -1})").sampling.seed, ~uint64_t{0});
  EXPECT_EQ(call_of(Api::kChat, R"({"seed": 0})").sampling.seed, 0u);
}

TEST(ApiRequestTest, APromptIsATextOrIdsOrAListOfThese) {
  using Ids = std::vector<int32_t>;
  const auto prompts = [](const std::string& prompt) {
    return call_of(Api::kCompletions, "{\"prompt\": " + prompt + "}").prompts;
  };
  EXPECT_EQ(prompts(R"("a")"), (std::vector<PromptWords>{"a"}));
  EXPECT_EQ(prompts("[1, 2]"), (std::vector<PromptWords>{Ids{1, 2}}));
  EXPECT_EQ(prompts(R"(["a", "b"])"), (std::vector<PromptWords>{"a", "b"}));
  EXPECT_EQ(prompts("[[1], [2, 3]]"), (std::vector<PromptWords>{Ids{1}, Ids{2, 3}}));
}

// --- messages ---

TEST(ApiRequestTest, MessagesReachTheTemplateAsItReadsThem) {
  Json messages, arguments;
  const Json body = Json::parse(R"({"messages": [
      {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "name": "n"},
      {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{\"x\": 1}"}}]},
      {"role": "tool", "content": "3"}, {"role": "assistant"}],
      "tools": [{"type": "function", "function": {"name": "f"}}], "reasoning_effort": "low",
      "chat_template_kwargs": {"enable_thinking": false}})");
  ASSERT_FALSE(read_chat_words(body, messages, arguments));
  EXPECT_EQ(messages, Json::parse(R"([
      {"role": "user", "content": "a\nb", "name": "n"},
      {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}],
       "content": null},
      {"role": "tool", "content": "3"}, {"role": "assistant", "content": ""}])"));
  EXPECT_EQ(arguments, Json::parse(R"({"tools": [{"type": "function", "function": {"name": "f"}}],
      "reasoning_effort": "low", "enable_thinking": false})"));
}

TEST(ApiRequestTest, NoToolsForWhoWantsNone) {
  Json messages, arguments;
  ASSERT_FALSE(read_chat_words(body_with(Api::kChat, R"({"tool_choice": "none",
      "tools": [{"type": "function", "function": {"name": "f"}}]})"),
                               messages, arguments));
  EXPECT_FALSE(arguments.contains("tools"));
}

TEST(ApiRequestTest, RefusesWrongMessages) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"messages": null})", "messages"},
      {R"({"messages": []})", "messages"},
      {R"({"messages": {}})", "messages"},
      {R"({"messages": ["a"]})", "messages[0]"},
      {R"({"messages": [{"content": "a"}]})", "messages[0].role"},
      {R"({"messages": [{"role": "user"}]})", "messages[0].content"},
      {R"({"messages": [{"role": "user", "content": null}]})", "messages[0].content"},
      {R"({"messages": [{"role": "user", "content": 3}]})", "messages[0].content"},
      {R"({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]})",
       "messages[0].content"},
      {R"({"messages": [{"role": "assistant", "content": "", "tool_calls": 1}]})",
       "messages[0].tool_calls"},
      {R"({"tools": {}})", "tools"},
      {R"({"tools": [{"type": "function"}]})", "tools[0]"},
      {R"({"tool_choice": "required"})", "tool_choice"},
      {R"({"tool_choice": {"type": "function"}})", "tool_choice"},
      {R"({"reasoning_effort": 3})", "reasoning_effort"},
      {R"({"chat_template_kwargs": []})", "chat_template_kwargs"},
      {R"({"add_generation_prompt": 1})", "add_generation_prompt"},
      {R"({"documents": "x"})", "documents"},
  };
  for (const auto& [more, param] : cases) {
    Json messages, arguments;
    const std::optional<ApiError> error =
        read_chat_words(body_with(Api::kChat, more), messages, arguments);
    ASSERT_TRUE(error) << more;
    EXPECT_EQ(error->param, param) << more;
  }
}

TEST(ApiRequestTest, ABodyIsAnObjectOfJson) {
  Json body;
  for (const char* text : {"", "{", "[]", "3", "{\"a\": 1, \"a\": 2}", "{\"a\": \xff}", "nul"}) {
    const std::optional<ApiError> error = read_object(text, body);
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(error->code, "invalid_json") << text;
  }
  EXPECT_TRUE(read_object(std::string(100000, '['), body));
  EXPECT_FALSE(read_object("{}", body));
}

TEST(ApiErrorTest, HasOpenAisForm) {
  EXPECT_EQ(error_json(wrong_value("n", "wrong \xff")),
            "{\"error\":{\"message\":\"wrong "
            "\xEF\xBF\xBD\",\"type\":\"invalid_request_error\",\"param\":\"n\","
            "\"code\":\"invalid_value\"}}");
  EXPECT_EQ(error_json({.status = 500, .message = "m"}),
            R"({"error":{"message":"m","type":"server_error","param":null,"code":null}})");
}

}  // namespace
}  // namespace jangwon::runtime
