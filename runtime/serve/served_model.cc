// Tests: tests/runtime/serve/served_model_test.cc.

#include "runtime/serve/served_model.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "runtime/base/sha256.h"
#include "runtime/base/shown_text.h"
#include "runtime/model/model_config.h"
#include "runtime/serve/choice_seed.h"

namespace jangwon::runtime {

namespace {

using Error = std::optional<ApiError>;

// As OpenAI's: a completion that names no limit is a short one.
constexpr int kDefaultCompletionTokens = 16;

template <typename T>
std::optional<T> value_of(const Json& values, const char* name) {
  return values.contains(name) ? std::optional<T>(values[name].get<T>()) : std::nullopt;
}

// What an evaluation takes where neither it nor its task says anything.
AskedSampling defaults_of(const Json& values) {
  AskedSampling defaults;
  defaults.temperature = value_of<double>(values, "temperature");
  defaults.top_p = value_of<double>(values, "top_p");
  defaults.top_k = value_of<int>(values, "top_k");
  defaults.min_p = value_of<double>(values, "min_p");
  defaults.repetition_penalty = value_of<double>(values, "repetition_penalty");
  defaults.presence_penalty = value_of<double>(values, "presence_penalty");
  defaults.max_tokens = value_of<int>(values, "max_new_tokens");
  return defaults;
}

template <typename T>
void choose(const std::optional<T>& given, const std::optional<T>& usual, T& value) {
  if (given || usual) value = given ? *given : *usual;
}

SamplingParams resolve(const AskedSampling& asked, const AskedSampling& defaults) {
  SamplingParams sampling;
  choose(asked.temperature, defaults.temperature, sampling.temperature);
  choose(asked.top_p, defaults.top_p, sampling.top_p);
  choose(asked.top_k, defaults.top_k, sampling.top_k);
  choose(asked.min_p, defaults.min_p, sampling.min_p);
  choose(asked.repetition_penalty, defaults.repetition_penalty, sampling.repetition_penalty);
  choose(asked.presence_penalty, defaults.presence_penalty, sampling.presence_penalty);
  sampling.stop = asked.stop;
  sampling.stop_token_ids = asked.stop_token_ids;
  return sampling;
}

// In the words of OpenAI's server, which clients look for.
ApiError too_long(Api api, size_t num_prompt_tokens, int max_tokens, int context) {
  return {.status = 400,
          .message =
              "This model's maximum context length is " + std::to_string(context) +
              " tokens. However, you requested " + std::to_string(num_prompt_tokens + max_tokens) +
              " tokens (" + std::to_string(num_prompt_tokens) + " in the prompt, " +
              std::to_string(max_tokens) +
              " in the completion). Please reduce the length of the prompt or of the completion.",
          .param = api == Api::kChat ? "messages" : "prompt",
          .code = "context_length_exceeded"};
}

// A template's failure names its file, and a client need not know where that lies.
std::string without_folder(const std::string& message) {
  const size_t name = message.rfind('/', message.find(".jinja"));
  return message.starts_with('/') && name != std::string::npos ? message.substr(name + 1) : message;
}

}  // namespace

ServedModel::ServedModel(const Engine& engine, std::string name, JsonValue template_arguments,
                         std::function<uint64_t()> make_seed)
    : engine_(engine),
      name_(std::move(name)),
      template_arguments_(std::move(template_arguments)),
      make_seed_(std::move(make_seed)),
      created_(std::time(nullptr)),
      fingerprint_("jw_" + sha256_hex(to_json_line(engine.facts())).substr(0, 16)),
      defaults_(defaults_of(engine.sampling_defaults())) {}

std::optional<ApiError> ServedModel::check_name(const std::string& name) const {
  if (name == name_) return std::nullopt;
  return ApiError{.status = 404,
                  .message = "The model '" + shown_value(name) +
                             "' does not exist; this server has '" + name_ + "'.",
                  .param = "model",
                  .code = "model_not_found"};
}

std::optional<ApiError> ServedModel::render(const Json& body, std::vector<int32_t>& ids) const {
  Json messages, given;
  if (Error error = read_chat_words(body, messages, given)) return error;
  Json arguments = *template_arguments_;
  arguments.update(given);
  Result<RenderedPrompt> prompt = engine_.render(messages, arguments);
  if (!prompt.ok()) return wrong_value("messages", without_folder(prompt.status().message()));
  ids = std::move(prompt->token_ids);
  return std::nullopt;
}

std::optional<ApiError> ServedModel::encode(const std::string& text, bool adds_special_tokens,
                                            const std::string& param,
                                            std::vector<int32_t>& ids) const {
  Result<std::vector<int32_t>> encoded =
      engine_.encode(text, adds_special_tokens ? SpecialTokens::kAdd : SpecialTokens::kNone);
  if (!encoded.ok()) return wrong_value(param, encoded.status().message());
  ids = std::move(*encoded);
  return std::nullopt;
}

std::optional<ApiError> ServedModel::prepare_prompts(const Json& body,
                                                     PreparedCall& prepared) const {
  ApiCall& call = prepared.call;
  if (call.api == Api::kChat) return render(body, prepared.prompts.emplace_back().token_ids);
  for (PromptWords& words : call.prompts) {
    PreparedPrompt& prompt = prepared.prompts.emplace_back();
    if (const std::string* text = std::get_if<std::string>(&words)) {
      if (Error error = encode(*text, call.adds_special_tokens, "prompt", prompt.token_ids))
        return error;
      if (call.echoes) prompt.text = *text;
    } else {
      prompt.token_ids = std::move(std::get<std::vector<int32_t>>(words));
      if (Error error = check_ids(prompt.token_ids, "prompt")) return error;
      if (Result<std::string> text = engine_.decode(prompt.token_ids); call.echoes && text.ok())
        prompt.text = std::move(*text);
    }
    if (prompt.token_ids.empty()) return wrong_value("prompt", "'prompt' has no token");
  }
  call.prompts.clear();
  return std::nullopt;
}

// A limit that was asked for must fit; one that was not is what fits.
std::optional<ApiError> ServedModel::find_limit(const ApiCall& call, size_t num_prompt_tokens,
                                                int& max_tokens) const {
  const int context = engine_.max_context_tokens();
  const int64_t room = context - static_cast<int64_t>(num_prompt_tokens);
  if (call.sampling.max_tokens) {
    max_tokens = *call.sampling.max_tokens;
    // the engine fits it
    if (max_tokens <= room || (call.fits_max_tokens && room > 0)) return std::nullopt;
    return too_long(call.api, num_prompt_tokens, max_tokens, context);
  }
  const int usual = call.api == Api::kCompletions ? kDefaultCompletionTokens
                                                  : defaults_.max_tokens.value_or(context);
  max_tokens = static_cast<int>(std::min<int64_t>(usual, room));
  if (max_tokens > 0) return std::nullopt;
  return too_long(call.api, num_prompt_tokens, 1, context);
}

std::optional<ApiError> ServedModel::prepare(Api api, std::string_view text,
                                             PreparedCall& prepared) const {
  Json body;
  if (Error error = read_object(text, body)) return error;
  if (Error error = read_call(api, body, prepared.call)) return error;
  if (Error error = check_name(prepared.call.model)) return error;
  if (Error error = prepare_prompts(body, prepared)) return error;
  const ApiCall& call = prepared.call;
  const uint64_t seed = call.sampling.seed ? *call.sampling.seed : make_seed_();
  for (const PreparedPrompt& prompt : prepared.prompts) {
    EngineRequest request;
    request.sampling = resolve(call.sampling, defaults_);
    if (Error error = find_limit(call, prompt.token_ids.size(), request.sampling.max_tokens))
      return error;
    request.prompt_token_ids = prompt.token_ids;
    request.end_of_sequence = call.ignores_end ? EndOfSequence::kIgnore : EndOfSequence::kObey;
    request.want_events = call.streams;
    request.num_top_logprobs = call.num_top_logprobs;
    if (call.echoes) request.num_top_prompt_logprobs = call.num_top_logprobs;
    for (int choice = 0; choice < call.num_choices; ++choice) {
      request.sampling.seed = choice_seed(seed, choice);
      prepared.requests.push_back(request);
    }
  }
  return std::nullopt;
}

std::optional<ApiError> ServedModel::check_text_call(
    const Json& body, std::initializer_list<std::string_view> known) const {
  for (const auto& [name, value] : body.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_parameter(name);
  }
  const auto model = body.find("model");
  if (model == body.end() || model->is_null()) return std::nullopt;
  if (!model->is_string()) return wrong_value("model", "'model' must be a text");
  return check_name(model->get<std::string>());
}

std::optional<ApiError> ServedModel::check_ids(const std::vector<int32_t>& ids,
                                               const std::string& param) const {
  const int vocab_size = engine_.config().vocab_size;
  const auto beyond =
      std::find_if(ids.begin(), ids.end(), [&](int32_t id) { return id >= vocab_size; });
  if (beyond == ids.end()) return std::nullopt;
  return wrong_value(param, "'" + param + "' holds the id " + std::to_string(*beyond) +
                                ", and the vocabulary ends at " + std::to_string(vocab_size - 1));
}

std::optional<ApiError> ServedModel::tokenize(std::string_view text, std::string& reply) const {
  Json body;
  if (Error error = read_object(text, body)) return error;
  if (Error error = check_text_call(body, {"model", "prompt", "add_special_tokens", "messages",
                                           "tools", "tool_choice", "reasoning_effort", "documents",
                                           "add_generation_prompt", "chat_template_kwargs"})) {
    return error;
  }
  std::vector<int32_t> ids;
  if (body.contains("messages")) {
    if (Error error = render(body, ids)) return error;
  } else {
    if (!body.contains("prompt") || !body["prompt"].is_string())
      return wrong_value("prompt", "'prompt' must be a text, or 'messages' a list of messages");
    const Json& special = body.value("add_special_tokens", Json(true));  // true as in vLLM
    if (!special.is_boolean())
      return wrong_value("add_special_tokens", "'add_special_tokens' must be true or false");
    if (Error error = encode(body["prompt"].get<std::string>(), special.get<bool>(), "prompt", ids))
      return error;
  }
  reply = to_json_line(
      {{"count", ids.size()}, {"max_model_len", engine_.max_context_tokens()}, {"tokens", ids}});
  return std::nullopt;
}

std::optional<ApiError> ServedModel::detokenize(std::string_view text, std::string& reply) const {
  Json body;
  if (Error error = read_object(text, body)) return error;
  if (Error error = check_text_call(body, {"model", "tokens"})) return error;
  std::vector<int32_t> ids;
  if (Error error = read_ids(body.contains("tokens") ? body["tokens"] : Json(), "tokens", ids))
    return error;
  if (Error error = check_ids(ids, "tokens")) return error;
  const Result<std::string> decoded = engine_.decode(ids, SpecialText::kWrittenOut);
  if (!decoded.ok()) return wrong_value("tokens", decoded.status().message());
  reply = to_json_line({{"prompt", *decoded}});
  return std::nullopt;
}

Json ServedModel::model_entry() const {
  return {{"id", name_},
          {"object", "model"},
          {"created", created_},
          {"owned_by", "jangwon"},
          {"root", engine_.name()},
          {"max_model_len", engine_.max_context_tokens()}};
}

std::string ServedModel::model_json() const {
  return to_json_line(model_entry());
}

std::string ServedModel::tokenizer_json() const {
  return to_json_line(engine_.text_description());
}

std::string ServedModel::models_json() const {
  return to_json_line({{"object", "list"}, {"data", Json::array({model_entry()})}});
}

}  // namespace jangwon::runtime
