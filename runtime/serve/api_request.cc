// Tests: tests/runtime/serve/api_request_test.cc; fuzzed by tests/fuzz/serve_request_fuzz.cc.

#include "runtime/serve/api_request.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/base/setting_range.h"
#include "runtime/base/shown_text.h"

namespace jangwon::runtime {

namespace {

using Error = std::optional<ApiError>;

constexpr int kMaxChoices = 128;     // of a prompt, as OpenAI
constexpr int kMaxTopLogprobs = 20;  // as OpenAI
constexpr size_t kMaxStops = 64;     // OpenAI: 4
constexpr size_t kMaxStopBytes = 4096;

enum class Where { kChat, kCompletions, kBoth };

// --- the table of fields ---

enum class Use {
  kRead,     // by the functions below
  kIgnored,  // for bookkeeping of others; no reply depends on it
  kNeutral,  // not to be had here; `neutral` lists the values, as JSON, that ask for nothing
};

struct Field {
  std::string_view name;
  Where where = Where::kBoth;
  Use use = Use::kRead;
  std::string_view neutral = "[]";
};

constexpr Field kFields[] = {
    {"model"},
    {"messages", Where::kChat},
    {"prompt", Where::kCompletions},
    {"max_tokens"},
    {"max_completion_tokens", Where::kChat},
    {"temperature"},
    {"top_p"},
    {"top_k"},
    {"min_p"},
    {"repetition_penalty"},
    {"presence_penalty"},
    {"seed"},
    {"stop"},
    {"stop_token_ids"},
    {"n"},
    {"stream"},
    {"stream_options"},
    {"logprobs"},
    {"top_logprobs", Where::kChat},
    {"echo", Where::kCompletions},
    {"ignore_eos"},
    {"fit_max_tokens"},
    {"add_special_tokens", Where::kCompletions},
    {"tools", Where::kChat},
    {"tool_choice", Where::kChat},
    {"reasoning_effort", Where::kChat},
    {"chat_template_kwargs", Where::kChat},
    {"add_generation_prompt", Where::kChat},
    {"documents", Where::kChat},

    {"user", Where::kBoth, Use::kIgnored},
    {"store", Where::kBoth, Use::kIgnored},
    {"metadata", Where::kBoth, Use::kIgnored},
    {"service_tier", Where::kBoth, Use::kIgnored},
    {"safety_identifier", Where::kBoth, Use::kIgnored},
    {"prompt_cache_key", Where::kBoth, Use::kIgnored},
    {"prompt_cache_retention", Where::kBoth, Use::kIgnored},
    {"parallel_tool_calls", Where::kChat, Use::kIgnored},
    {"prediction", Where::kChat, Use::kIgnored},
    {"priority", Where::kBoth, Use::kIgnored},
    {"cache_salt", Where::kBoth, Use::kIgnored},
    {"request_id", Where::kBoth, Use::kIgnored},

    {"frequency_penalty", Where::kBoth, Use::kNeutral, "[0]"},
    {"logit_bias", Where::kBoth, Use::kNeutral, "[{}]"},
    {"response_format", Where::kBoth, Use::kNeutral, R"([{"type":"text"}])"},
    {"modalities", Where::kChat, Use::kNeutral, R"([["text"]])"},
    {"functions", Where::kChat, Use::kNeutral, "[[]]"},
    {"function_call", Where::kChat, Use::kNeutral, R"(["none","auto"])"},
    {"audio", Where::kChat, Use::kNeutral},
    {"web_search_options", Where::kChat, Use::kNeutral},
    {"verbosity", Where::kChat, Use::kNeutral, R"(["medium"])"},
    {"best_of", Where::kCompletions, Use::kNeutral, "[1]"},
    {"suffix", Where::kCompletions, Use::kNeutral, R"([""])"},
    // vLLM and SGLang.
    {"min_tokens", Where::kBoth, Use::kNeutral, "[0]"},
    {"length_penalty", Where::kBoth, Use::kNeutral, "[1]"},
    {"use_beam_search", Where::kBoth, Use::kNeutral, "[false]"},
    {"early_stopping", Where::kBoth, Use::kNeutral, "[false]"},
    {"include_stop_str_in_output", Where::kBoth, Use::kNeutral, "[false]"},
    {"skip_special_tokens", Where::kBoth, Use::kNeutral, "[true]"},
    {"spaces_between_special_tokens", Where::kBoth, Use::kNeutral, "[true]"},
    {"truncate_prompt_tokens", Where::kBoth, Use::kNeutral},
    {"prompt_logprobs", Where::kBoth, Use::kNeutral},
    {"allowed_token_ids", Where::kBoth, Use::kNeutral},
    {"bad_words", Where::kBoth, Use::kNeutral, "[[]]"},
    {"structured_outputs", Where::kBoth, Use::kNeutral},
    {"guided_json", Where::kBoth, Use::kNeutral},
    {"guided_regex", Where::kBoth, Use::kNeutral},
    {"guided_choice", Where::kBoth, Use::kNeutral},
    {"guided_grammar", Where::kBoth, Use::kNeutral},
    {"regex", Where::kBoth, Use::kNeutral},
    {"ebnf", Where::kBoth, Use::kNeutral},
    {"logits_processors", Where::kBoth, Use::kNeutral, "[[]]"},
    {"return_token_ids", Where::kBoth, Use::kNeutral, "[false]"},
    {"return_tokens_as_token_ids", Where::kBoth, Use::kNeutral, "[false]"},
    {"continue_final_message", Where::kChat, Use::kNeutral, "[false]"},
    {"chat_template", Where::kChat, Use::kNeutral},
    {"include_reasoning", Where::kChat, Use::kNeutral, "[true]"},
    {"separate_reasoning", Where::kChat, Use::kNeutral, "[true]"},
    {"stream_reasoning", Where::kChat, Use::kNeutral, "[true]"},
};

const Field* find_field(Api api, std::string_view name) {
  const Where here = api == Api::kChat ? Where::kChat : Where::kCompletions;
  for (const Field& field : kFields) {
    if (field.name == name && (field.where == Where::kBoth || field.where == here)) return &field;
  }
  return nullptr;
}

Error check_fields(Api api, const Json& body) {
  for (const auto& [name, value] : body.items()) {
    const Field* field = find_field(api, name);
    if (field == nullptr) return unknown_parameter(name);
    if (field->use != Use::kNeutral || value.is_null()) continue;
    const Json neutral = Json::parse(field->neutral);
    if (std::find(neutral.begin(), neutral.end(), value) != neutral.end()) continue;
    std::string taken;
    for (const Json& one : neutral)
      taken += (taken.empty() ? "; only " : " or ") + to_json_line(one);
    return ApiError{.status = 400,
                    .message = "'" + name + "' is not supported by this server" +
                               (taken.empty() ? "; leave it out" : taken + " is taken"),
                    .param = name,
                    .code = "unsupported_parameter"};
  }
  return std::nullopt;
}

// --- values ---

// The field's value; null where it is absent or null.
const Json* find(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

Error read_bool(const Json& body, const char* name, bool& value) {
  const Json* found = find(body, name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean())
    return wrong_value(name, std::string("'") + name + "' must be true or false");
  value = found->get<bool>();
  return std::nullopt;
}

template <typename T>
Error read_number(const Json& body, const char* name, std::string_view range,
                  std::optional<T>& value) {
  const Json* found = find(body, name);
  if (found == nullptr) return std::nullopt;
  T number{};
  if (const Status status = read_setting(range, name, *found, number); !status.ok())
    return wrong_value(name, status.message());
  value = number;
  return std::nullopt;
}

Error read_whole(const Json& body, const char* name, int lowest, int highest,
                 std::optional<int>& value) {
  const Json* found = find(body, name);
  if (found == nullptr) return std::nullopt;
  const bool fits = found->is_number_unsigned()
                        ? found->get<uint64_t>() <= static_cast<uint64_t>(highest)
                        : found->is_number_integer() && found->get<int64_t>() <= highest;
  if (!fits || found->get<int64_t>() < lowest) {
    return wrong_value(name, std::string("'") + name + "' must be a whole number from " +
                                 std::to_string(lowest) + " to " + std::to_string(highest));
  }
  value = found->get<int>();
  return std::nullopt;
}

// Any whole number of 64 bits; a negative one stands for the bits that it has.
Error read_seed(const Json& body, std::optional<uint64_t>& seed) {
  const Json* found = find(body, "seed");
  if (found == nullptr) return std::nullopt;
  if (!found->is_number_integer())
    return wrong_value("seed", "'seed' must be a whole number of at most 64 bits");
  seed = found->is_number_unsigned() ? found->get<uint64_t>()
                                     : static_cast<uint64_t>(found->get<int64_t>());
  return std::nullopt;
}

Error read_stops(const Json& body, std::vector<std::string>& stops) {
  const Json* found = find(body, "stop");
  if (found == nullptr) return std::nullopt;
  const Json list = found->is_string() ? Json::array({*found}) : *found;
  const bool valid =
      list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& stop) {
        return stop.is_string() && stop.get_ref<const std::string&>().size() <= kMaxStopBytes;
      });
  if (!valid || list.size() > kMaxStops) {
    return wrong_value("stop", "'stop' must be a string or a list of at most " +
                                   std::to_string(kMaxStops) + " strings of at most " +
                                   std::to_string(kMaxStopBytes) + " bytes");
  }
  for (const Json& stop : list) {
    if (!stop.get_ref<const std::string&>().empty()) stops.push_back(stop.get<std::string>());
  }
  return std::nullopt;
}

Error read_max_tokens(Api api, const Json& body, std::optional<int>& max_tokens) {
  std::optional<int> older;
  const Json* found = find(body, "max_tokens");
  // only the prompt is asked about
  const bool is_zero = api == Api::kCompletions && found != nullptr && *found == 0;
  if (is_zero) {
    older = 0;
  } else if (Error error = read_number(body, "max_tokens", "max_tokens", older)) {
    return error;
  }
  if (Error error = read_number(body, "max_completion_tokens", "max_tokens", max_tokens))
    return error;
  if (older && max_tokens && *older != *max_tokens) {
    return wrong_value("max_tokens",
                       "'max_tokens' and 'max_completion_tokens' are given and differ");
  }
  if (!max_tokens) max_tokens = older;
  return std::nullopt;
}

Error read_sampling(Api api, const Json& body, AskedSampling& sampling) {
  if (Error error = read_number(body, "temperature", "temperature", sampling.temperature))
    return error;
  if (Error error = read_number(body, "top_p", "top_p", sampling.top_p)) return error;
  if (Error error = read_number(body, "top_k", "top_k", sampling.top_k)) return error;
  if (Error error = read_number(body, "min_p", "min_p", sampling.min_p)) return error;
  if (Error error = read_number(body, "repetition_penalty", "repetition_penalty",
                                sampling.repetition_penalty))
    return error;
  if (Error error =
          read_number(body, "presence_penalty", "presence_penalty", sampling.presence_penalty))
    return error;
  if (sampling.top_k) sampling.top_k = std::max(0, *sampling.top_k);
  if (Error error = read_max_tokens(api, body, sampling.max_tokens)) return error;
  if (Error error = read_seed(body, sampling.seed)) return error;
  if (Error error = read_stops(body, sampling.stop)) return error;
  const Json* ids = find(body, "stop_token_ids");
  return ids == nullptr ? std::nullopt : read_ids(*ids, "stop_token_ids", sampling.stop_token_ids);
}

Error read_logprobs(Api api, const Json& body, std::optional<int>& num_top) {
  if (api == Api::kCompletions) return read_whole(body, "logprobs", 0, kMaxTopLogprobs, num_top);
  bool wanted = false;
  std::optional<int> top;
  if (Error error = read_bool(body, "logprobs", wanted)) return error;
  if (Error error = read_whole(body, "top_logprobs", 0, kMaxTopLogprobs, top)) return error;
  if (top.value_or(0) > 0 && !wanted)
    return wrong_value("top_logprobs", "'top_logprobs' needs 'logprobs' to be true");
  if (wanted) num_top = top.value_or(0);
  return std::nullopt;
}

Error read_stream(const Json& body, ApiCall& call) {
  if (Error error = read_bool(body, "stream", call.streams)) return error;
  const Json* options = find(body, "stream_options");
  if (options == nullptr) return std::nullopt;
  if (!options->is_object())
    return wrong_value("stream_options", "'stream_options' must be an object");
  if (!call.streams)
    return wrong_value("stream_options", "'stream_options' needs 'stream' to be true");
  for (const auto& [name, value] : options->items()) {
    // include_obfuscation pads OpenAI's stream against listeners; continuous_usage_stats is vLLM's.
    if (name == "include_usage" || name == "include_obfuscation") continue;
    if (name == "continuous_usage_stats" && value == false) continue;
    return ApiError{.status = 400,
                    .message = "Unknown parameter: 'stream_options." + shown_value(name) + "'.",
                    .param = "stream_options." + shown_value(name),
                    .code = "unknown_parameter"};
  }
  return read_bool(*options, "include_usage", call.includes_usage);
}

// --- prompts ---

bool is_id_list(const Json& value) {
  return value.is_array() && !value.empty() && value.front().is_number();
}

Error read_prompt(const Json& value, const std::string& param, PromptWords& prompt) {
  if (value.is_string()) {
    prompt = value.get<std::string>();
    return std::nullopt;
  }
  if (!is_id_list(value))
    return wrong_value(param, "'" + param + "' must be a text or a list of token ids");
  std::vector<int32_t> ids;
  if (Error error = read_ids(value, param, ids)) return error;
  prompt = std::move(ids);
  return std::nullopt;
}

// A text, a list of ids, or a list of these.
Error read_prompts(const Json& body, std::vector<PromptWords>& prompts) {
  const Json* found = find(body, "prompt");
  if (found == nullptr) return wrong_value("prompt", "'prompt' is missing");
  if (!found->is_array() || is_id_list(*found))
    return read_prompt(*found, "prompt", prompts.emplace_back());
  if (found->empty()) return wrong_value("prompt", "'prompt' is an empty list");
  for (size_t i = 0; i < found->size(); ++i) {
    const std::string param = "prompt[" + std::to_string(i) + "]";
    if (Error error = read_prompt((*found)[i], param, prompts.emplace_back())) return error;
  }
  return std::nullopt;
}

// --- messages ---

// A list of parts becomes their texts, a line break between two, as vLLM has it.
Error read_content(const Json& content, const std::string& param, Json& text) {
  if (content.is_string()) {
    text = content;
    return std::nullopt;
  }
  if (!content.is_array())
    return wrong_value(param, "'" + param + "' must be a text or a list of parts");
  std::string joined;
  for (const Json& part : content) {
    const bool is_text = part.is_object() && part.value("type", Json()) == "text" &&
                         part.contains("text") && part["text"].is_string();
    if (!is_text)
      return unsupported_value(
          param, "'" + param + "' has a part that is no text; only text is supported");
    if (&part != &content.front()) joined += '\n';
    joined += part["text"].get_ref<const std::string&>();
  }
  text = std::move(joined);
  return std::nullopt;
}

// OpenAI sends a call's arguments as the text of a JSON object; templates read the object.
void open_arguments(Json& calls) {
  for (Json& call : calls) {
    if (!call.is_object() || !call.contains("function") || !call["function"].is_object()) continue;
    Json& function = call["function"];
    if (!function.contains("arguments") || !function["arguments"].is_string()) continue;
    Result<Json> opened = parse_json(function["arguments"].get_ref<const std::string&>());
    if (opened.ok() && opened->is_object()) function["arguments"] = std::move(*opened);
  }
}

Error read_message(const Json& given, const std::string& param, Json& message) {
  if (!given.is_object())
    return wrong_value(param, "'" + param + "' must be an object with 'role' and 'content'");
  message = given;
  const Json* role = find(given, "role");
  if (role == nullptr || !role->is_string() || *role == "")
    return wrong_value(param + ".role", "'" + param + ".role' must be a text");
  const Json* calls = find(given, "tool_calls");
  if (calls != nullptr) {
    if (!calls->is_array())
      return wrong_value(param + ".tool_calls", "'" + param + ".tool_calls' must be a list");
    open_arguments(message["tool_calls"]);
  }
  const Json* content = find(given, "content");
  if (content != nullptr) return read_content(*content, param + ".content", message["content"]);
  if (*role != "assistant")
    return wrong_value(param + ".content", "'" + param + ".content' is missing");
  message["content"] = calls != nullptr ? Json() : Json("");
  return std::nullopt;
}

Error read_messages(const Json& body, Json& messages) {
  const Json* found = find(body, "messages");
  if (found == nullptr || !found->is_array() || found->empty())
    return wrong_value("messages", "'messages' must be a list of at least one message");
  messages = Json::array();
  for (size_t i = 0; i < found->size(); ++i) {
    if (Error error = read_message((*found)[i], "messages[" + std::to_string(i) + "]",
                                   messages.emplace_back()))
      return error;
  }
  return std::nullopt;
}

Error read_tools(const Json& body, Json& arguments) {
  const Json* choice = find(body, "tool_choice");
  if (choice != nullptr && *choice != "auto" && *choice != "none") {
    return unsupported_value(
        "tool_choice",
        "'tool_choice' other than \"auto\" and \"none\" is not supported by this server");
  }
  const Json* tools = find(body, "tools");
  if (tools == nullptr) return std::nullopt;
  if (!tools->is_array()) return wrong_value("tools", "'tools' must be a list");
  for (size_t i = 0; i < tools->size(); ++i) {
    const Json& tool = (*tools)[i];
    const std::string param = "tools[" + std::to_string(i) + "]";
    const bool is_function = tool.is_object() && tool.value("type", Json()) == "function" &&
                             tool.contains("function") && tool["function"].is_object() &&
                             tool["function"].value("name", Json()).is_string();
    if (!is_function) return wrong_value(param, "'" + param + "' must be a function with a name");
  }
  if (!tools->empty() && (choice == nullptr || *choice == "auto")) arguments["tools"] = *tools;
  return std::nullopt;
}

}  // namespace

const char* name_of(Api api) {
  return api == Api::kChat ? "chat" : "completions";
}

std::optional<ApiError> read_object(std::string_view text, Json& body) {
  Result<Json> parsed = parse_json(text);
  if (!parsed.ok()) {
    return ApiError{.status = 400,
                    .message = "the body of the request is not JSON: " + parsed.status().message(),
                    .code = "invalid_json"};
  }
  if (!parsed->is_object())
    return ApiError{.status = 400,
                    .message = "the body of the request is no JSON object",
                    .code = "invalid_json"};
  body = std::move(*parsed);
  return std::nullopt;
}

std::optional<ApiError> read_ids(const Json& array, const std::string& param,
                                 std::vector<int32_t>& ids) {
  const Error wrong = wrong_value(param, "'" + param + "' must be a list of token ids");
  if (!array.is_array()) return wrong;
  ids.reserve(array.size());
  for (const Json& id : array) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > std::numeric_limits<int32_t>::max())
      return wrong;
    ids.push_back(id.get<int32_t>());
  }
  return std::nullopt;
}

std::optional<ApiError> read_call(Api api, const Json& body, ApiCall& call) {
  call = {};
  call.api = api;
  if (Error error = check_fields(api, body)) return error;
  const Json* model = find(body, "model");
  if (model == nullptr || !model->is_string())
    return wrong_value("model", "'model' must be the name of a model; GET /v1/models lists them");
  call.model = model->get<std::string>();
  if (api == Api::kCompletions) {
    if (Error error = read_prompts(body, call.prompts)) return error;
    if (Error error = read_bool(body, "add_special_tokens", call.adds_special_tokens)) return error;
    if (Error error = read_bool(body, "echo", call.echoes)) return error;
  }
  std::optional<int> num_choices;
  if (Error error = read_whole(body, "n", 1, kMaxChoices, num_choices)) return error;
  call.num_choices = num_choices.value_or(1);
  if (Error error = read_stream(body, call)) return error;
  if (Error error = read_bool(body, "ignore_eos", call.ignores_end)) return error;
  if (Error error = read_bool(body, "fit_max_tokens", call.fits_max_tokens)) return error;
  if (Error error = read_logprobs(api, body, call.num_top_logprobs)) return error;
  return read_sampling(api, body, call.sampling);
}

std::optional<ApiError> read_chat_words(const Json& body, Json& messages, Json& arguments) {
  if (Error error = read_messages(body, messages)) return error;
  arguments = Json::object();
  if (Error error = read_tools(body, arguments)) return error;
  const Json* effort = find(body, "reasoning_effort");
  if (effort != nullptr) {
    if (!effort->is_string())
      return wrong_value("reasoning_effort", "'reasoning_effort' must be a text");
    arguments["reasoning_effort"] = *effort;
  }
  const Json* documents = find(body, "documents");
  if (documents != nullptr) {
    if (!documents->is_array()) return wrong_value("documents", "'documents' must be a list");
    arguments["documents"] = *documents;
  }
  const Json* prompt = find(body, "add_generation_prompt");
  if (prompt != nullptr) {
    if (!prompt->is_boolean())
      return wrong_value("add_generation_prompt", "'add_generation_prompt' must be true or false");
    arguments["add_generation_prompt"] = *prompt;
  }
  const Json* further = find(body, "chat_template_kwargs");
  if (further != nullptr) {
    if (!further->is_object())
      return wrong_value("chat_template_kwargs", "'chat_template_kwargs' must be an object");
    arguments.update(*further);
  }
  return std::nullopt;
}

}  // namespace jangwon::runtime
