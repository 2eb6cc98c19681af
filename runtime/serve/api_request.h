// The body of a request to /v1/chat/completions or /v1/completions → what it asks for.
// Pure: knows no model.
//
// Fields are held to one table (api_request.cc). As OpenAI's server does, an unknown field is
// refused: a misspelt setting that is passed over would change results and say nothing. Fields of
// OpenAI, vLLM and SGLang that this server knows and does not have are refused by name unless their
// value changes nothing; numbers are held to the ranges of every other door
// (runtime/base/setting_range.h).

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/serve/api_error.h"

namespace jangwon::runtime {

enum class Api { kChat, kCompletions };
const char* name_of(Api api);  // "chat", "completions"

using PromptWords = std::variant<std::string, std::vector<int32_t>>;  // a text, or ids

// What was given; where nothing was, the model's own values hold.
struct AskedSampling {
  std::optional<double> temperature = {};
  std::optional<double> top_p = {};
  std::optional<int> top_k = {};
  std::optional<double> min_p = {};
  std::optional<double> repetition_penalty = {};
  std::optional<double> presence_penalty = {};
  std::optional<int> max_tokens = {};
  std::optional<uint64_t> seed = {};
  std::vector<std::string> stop = {};
  std::vector<int32_t> stop_token_ids = {};
};

struct ApiCall {
  Api api = Api::kChat;
  std::string model = {};
  std::vector<PromptWords> prompts = {};  // of completions
  bool adds_special_tokens = false;       // to prompts that are texts
  int num_choices = 1;                    // of each prompt
  bool streams = false;
  bool includes_usage = false;  // of a stream
  bool echoes = false;
  // a limit beyond the context becomes what fits, as in a run
  bool fits_max_tokens = false;
  bool ignores_end = false;  // goes on behind end-of-sequence ids
  // log-probabilities, each with so many most probable tokens
  std::optional<int> num_top_logprobs = {};
  AskedSampling sampling = {};
};

// Where the body is wrong, an error; `call` then says nothing.
std::optional<ApiError> read_call(Api api, const Json& body, ApiCall& call);
// What the chat template gets of a body of chat or /tokenize.
std::optional<ApiError> read_chat_words(const Json& body, Json& messages, Json& template_arguments);

std::optional<ApiError> read_object(std::string_view text, Json& body);
// An id of an array at `param`.
std::optional<ApiError> read_ids(const Json& array, const std::string& param,
                                 std::vector<int32_t>& ids);

}  // namespace jangwon::runtime
