// A field is sent when somebody set it and left out otherwise: an explicit neutral value is not the
// same as a server's default, and servers refuse fields that they do not know. extra_body is merged
// last, so that a user has the last word on everything that the endpoint's check lets through
// (openai_endpoint.cc). What `jangwon serve` takes beyond the others goes to it alone.
// tests/harness/backends/openai_backend_test.cc looks at the bodies that arrive.

#include "harness/backends/openai_request.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/http/secret.h"

namespace jangwon::harness {

namespace {

Json messages_json(const std::vector<ChatMessage>& messages) {
  Json list = Json::array();
  for (const ChatMessage& message : messages)
    list.push_back({{"role", message.role}, {"content", message.content}});
  return list;
}

// What nobody set is left out. What somebody set is sent, neutral or not: a server may have
// another default.
void add_sampling(const OpenAiEndpoint& endpoint, const OpenAiBodyParts& parts,
                  const Request& request, Json& body) {
  const SamplingParams& sampling = request.sampling;
  const SetSampling& set = request.set_sampling;
  if (set.temperature) body["temperature"] = sampling.temperature;
  if (set.top_p) body["top_p"] = sampling.top_p;
  if (set.max_tokens) body[endpoint.max_tokens_field] = sampling.max_tokens;
  if (parts.peer == OpenAiPeer::kJangwon) {
    body["seed"] = sampling.seed;
    body["fit_max_tokens"] = true;
  } else {
    body["seed"] = wire_seed(sampling.seed);
  }
  if (!sampling.stop.empty()) body["stop"] = sampling.stop;
  if (!sampling.stop_token_ids.empty()) body["stop_token_ids"] = sampling.stop_token_ids;
  if (set.presence_penalty) body["presence_penalty"] = sampling.presence_penalty;
  if (set.top_k) body["top_k"] = sampling.top_k > 0 ? sampling.top_k : -1;
  if (set.min_p) body["min_p"] = sampling.min_p;
  if (set.repetition_penalty) body["repetition_penalty"] = sampling.repetition_penalty;
}

void add_template_arguments(const OpenAiBodyParts& parts, Json& body) {
  const Json& arguments = *parts.chat_template_arguments;
  if (!arguments.empty()) body["chat_template_kwargs"] = arguments;
}

// Null leaves a field out.
void merge(const Json& extra_body, Json& body) {
  // REQUIRES: read_key succeeded
  const Json extra = withheld_keys::reveal(extra_body).value();
  for (const auto& [key, value] : extra.items()) {
    if (value.is_null()) {
      body.erase(key);
    } else if (value.is_object() && body.contains(key) && body[key].is_object()) {
      body[key].update(value);  // arguments of the template may come from both sides
    } else {
      body[key] = value;
    }
  }
}

Json prompt_json(const std::string& text, const std::vector<int32_t>& ids) {
  return ids.empty() ? Json(text) : Json(ids);
}

}  // namespace

bool uses_chat_api(const OpenAiEndpoint& endpoint, const Request& request) {
  return endpoint.api == OpenAiApi::kAuto && !request.messages.empty();
}

std::string generation_body(const OpenAiEndpoint& endpoint, const OpenAiBodyParts& parts,
                            const Request& request, const std::vector<int32_t>& prompt_ids,
                            int num_choices) {
  Json body{{"model", endpoint.model}};
  if (uses_chat_api(endpoint, request)) {
    body["messages"] = messages_json(request.messages);
    add_template_arguments(parts, body);
  } else {
    body["prompt"] = prompt_json(request.raw_prompt, prompt_ids);
  }
  add_sampling(endpoint, parts, request, body);
  if (num_choices > 1) body["n"] = num_choices;
  const bool streams = endpoint.delivery == OpenAiDelivery::kStream;
  body["stream"] = streams;
  if (streams) body["stream_options"] = {{"include_usage", true}};
  merge(*endpoint.extra_body, body);
  return to_json_line(body);
}

std::string scoring_body(const OpenAiEndpoint& endpoint, const std::string& text,
                         const std::vector<int32_t>& ids) {
  Json body{{"model", endpoint.model},
            {"prompt", prompt_json(text, ids)},
            {"max_tokens", 1},
            {"temperature", 0.0},
            {"echo", true},
            {"logprobs", 1},
            {"stream", false}};
  merge(*endpoint.extra_body, body);
  return to_json_line(body);
}

std::string tokenize_chat_body(const OpenAiEndpoint& endpoint, const OpenAiBodyParts& parts,
                               const std::vector<ChatMessage>& messages) {
  Json body{{"model", endpoint.model},
            {"messages", messages_json(messages)},
            {"add_generation_prompt", true}};
  add_template_arguments(parts, body);
  return to_json_line(body);
}

std::string tokenize_text_body(const OpenAiEndpoint& endpoint, const std::string& text,
                               SpecialTokens special) {
  return to_json_line(Json{{"model", endpoint.model},
                           {"prompt", text},
                           {"add_special_tokens", special == SpecialTokens::kAdd}});
}

Result<std::vector<int32_t>> parse_tokenize_reply(const std::string& body) {
  const Status wrong = invalid_argument("the server's /tokenize sent no list of token ids");
  const Result<Json> value = parse_json(body);
  if (!value.ok() || !value->is_object() || !value->contains("tokens") ||
      !(*value)["tokens"].is_array())
    return wrong;
  std::vector<int32_t> ids;
  for (const Json& id : (*value)["tokens"]) {
    if (!id.is_number_integer()) return wrong;
    ids.push_back(static_cast<int32_t>(id.get<int64_t>()));
  }
  return ids;
}

int64_t wire_seed(uint64_t seed) {
  return static_cast<int64_t>(seed & 0x7fffffffu);
}

}  // namespace jangwon::harness
