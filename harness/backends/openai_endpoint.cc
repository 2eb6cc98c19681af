// Options come from a URL, a file or flags and are held to one table of names and ranges: a
// misspelt option that is passed over would change what a server is asked without anybody noticing.
// Examples of each form are in tests/harness/backends.

#include "harness/backends/openai_endpoint.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/shown_text.h"
#include "runtime/base/yaml.h"
#include "runtime/http/url.h"

namespace jangwon::harness {

namespace {

constexpr const char* kPrefix = "openai:";

Status wrong_value(const std::string& option, Message wanted) {
  return invalid_argument("the option {option} of the remote model must be {wanted}",
                          {{"option", option}, {"wanted", std::move(wanted)}});
}

Status wrong_value(const std::string& option, MessageTemplate wanted) {
  return wrong_value(option, Message(wanted));
}

// Held to the table of settings, under the name `range`.
Status set_integer(std::string_view range, const std::string& option, const std::string& text,
                   const std::function<void(int)>& set) {
  int value = 0;
  if (!read_setting(range, option, text, value).ok())
    return wrong_value(option, text_of(setting_range(range)));
  set(value);
  return ok_status();
}

template <typename Value>
Status set_one_of(const std::string& option, const std::string& text,
                  const std::vector<std::pair<std::string, Value>>& choices, Value& value) {
  std::string known;
  for (const auto& [name, choice] : choices) {
    if (text == name) {
      value = choice;
      return ok_status();
    }
    known += (known.empty() ? "" : " or ") + name;
  }
  return wrong_value(option, Message::value(known));
}

// What the harness itself says in a request; a second opinion in extra_body would be lost or win
// silently. Null is no opinion: the field is left out, for servers that refuse its name.
Status set_extra_body(const std::string& text, OpenAiEndpoint& endpoint) {
  const Result<Json> body = parse_json(text);
  if (!body.ok() || !body->is_object()) return wrong_value("extra_body", "a JSON object");
  const auto refuse = [](const char* key) {
    return invalid_argument(
        "extra_body of the remote model may not hold \"{key}\": the run decides it; use the flag "
        "of the run",
        {{"key", key}});
  };
  for (const char* key : {"model", "messages", "prompt"}) {
    if (body->contains(key)) return refuse(key);
  }
  for (const char* key : {"stream", "stream_options", "n", "seed", "stop", "stop_token_ids",
                          "temperature", "top_p", "top_k", "min_p", "presence_penalty",
                          "repetition_penalty", "max_tokens", "max_completion_tokens"}) {
    if (body->contains(key) && !(*body)[key].is_null()) return refuse(key);
  }
  endpoint.extra_body = withheld_keys::hide(*body);
  return ok_status();
}

Status set_headers(const std::string& text, OpenAiEndpoint& endpoint) {
  const Result<Json> headers = parse_json(text);
  if (!headers.ok() || !headers->is_object())
    return wrong_value("headers", "a JSON object of texts");
  for (const auto& [name, value] : headers->items()) {
    const bool token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (!token || !value.is_string()) return wrong_value("headers", "a JSON object of texts");
    const auto& line = value.get_ref<const std::string&>();
    const bool one_line =
        std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    if (!one_line)
      return wrong_value("headers", "a JSON object of texts, each one line of ASCII characters");
  }
  endpoint.headers = withheld_keys::hide(*headers);
  return ok_status();
}

Status set_thinking_markers(const std::string& text, OpenAiEndpoint& endpoint) {
  JANGWON_ASSIGN_OR_RETURN(endpoint.thinking_markers, parse_thinking_markers(text));
  return ok_status();
}

// A name goes to terminals and into tables: it must not steer them.
Status set_name(const std::string& text, OpenAiEndpoint& endpoint) {
  if (!shows_as_it_is(text)) {
    return invalid_argument(
        "the remote model's name holds control characters or marks that turn the direction of "
        "text; give it another "
        "with the option name");
  }
  endpoint.name = text;
  return ok_status();
}

using Setter = std::function<Status(const std::string& option, const std::string& text,
                                    OpenAiEndpoint& endpoint)>;

const std::map<std::string, Setter>& setters() {
  using E = OpenAiEndpoint;
  using S = const std::string&;
  static const std::map<std::string, Setter> list = {
      {"name", [](S, S t, E& e) { return set_name(t, e); }},
      {"api",
       [](S o, S t, E& e) {
         return set_one_of<OpenAiApi>(
             o, t, {{"auto", OpenAiApi::kAuto}, {"completions", OpenAiApi::kCompletions}}, e.api);
       }},
      {"stream",
       [](S o, S t, E& e) {
         return set_one_of<OpenAiDelivery>(
             o, t, {{"true", OpenAiDelivery::kStream}, {"false", OpenAiDelivery::kWhole}},
             e.delivery);
       }},
      {"prompt",
       [](S o, S t, E& e) {
         return set_one_of<OpenAiPrompt>(
             o, t, {{"text", OpenAiPrompt::kText}, {"token_ids", OpenAiPrompt::kTokenIds}},
             e.prompt);
       }},
      {"probe",
       [](S o, S t, E& e) {
         return set_one_of<OpenAiProbe>(
             o, t, {{"full", OpenAiProbe::kFull}, {"off", OpenAiProbe::kOff}}, e.probe);
       }},
      {"n", [](S o, S t,
               E& e) { return set_integer("choices", o, t, [&](int v) { e.max_choices = v; }); }},
      {"concurrency",
       [](S o, S t, E& e) {
         return set_integer("concurrency", o, t, [&](int v) { e.max_concurrency = v; });
       }},
      {"extra_body", [](S, S t, E& e) { return set_extra_body(t, e); }},
      {"headers", [](S, S t, E& e) { return set_headers(t, e); }},
      {"thinking_markers", [](S, S t, E& e) { return set_thinking_markers(t, e); }},
      {"max_tokens_field",
       [](S o, S t, E& e) {
         return set_one_of<std::string>(
             o, t,
             {{"max_tokens", "max_tokens"}, {"max_completion_tokens", "max_completion_tokens"}},
             e.max_tokens_field);
       }},
      {"key_env", [](S, S t, E& e) { return e.key_variable = t, ok_status(); }},
      {"key_file", [](S, S t, E& e) { return e.key_file = t, ok_status(); }},
      {"ca_file", [](S, S t, E& e) { return e.ca_file = t, ok_status(); }},
      {"timeout_s",
       [](S o, S t, E& e) {
         return set_integer("timeout_s", o, t,
                            [&](int v) { e.patience = std::chrono::seconds(v); });
       }},
      {"attempts",
       [](S o, S t, E& e) {
         return set_integer("attempts", o, t, [&](int v) { e.retry.max_attempts = v; });
       }},
      {"retry_ms",
       [](S o, S t, E& e) {
         return set_integer("retry_ms", o, t, [&](int v) {
           e.retry.base = std::chrono::milliseconds(v);
           e.retry.cap = std::max(e.retry.base, 60 * e.retry.base);
         });
       }},
      {"max_reply_mb",
       [](S o, S t, E& e) {
         return set_integer("max_reply_mb", o, t,
                            [&](int v) { e.max_reply_bytes = static_cast<uint64_t>(v) << 20; });
       }},
  };
  return list;
}

Status set_option(const std::string& option, const std::string& text, OpenAiEndpoint& endpoint) {
  const auto found = setters().find(option);
  if (found != setters().end()) return found->second(option, text, endpoint);
  std::vector<std::string> known;
  for (const auto& [name, setter] : setters())
    known.push_back(name);
  return invalid_argument(unknown_name_message("option of the remote model", option, known));
}

Status set_url(const std::string& text, OpenAiEndpoint& endpoint) {
  const Result<Url> url = parse_url(text);
  if (!url.ok()) return url.status().at("--model");
  if (url->has_user_info || !url->query.empty()) {
    return invalid_argument(
        "the remote model's URL may not hold a user name, a password or a query: it is written "
        "into run.json; put the "
        "key into OPENAI_API_KEY, or name a variable with key_env or a file with key_file");
  }
  if (url->path.empty() || url->path == "/") {
    return invalid_argument(
        "the remote model's URL names no API: it usually ends in /v1 ({origin}/v1)",
        {{"origin", url->origin()}});
  }
  endpoint.url = text.substr(0, text.find_last_not_of('/') + 1);
  return ok_status();
}

Status parse_options(const std::string& text, OpenAiEndpoint& endpoint) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('&', at), text.size());
    const std::string pair = text.substr(at, end - at);
    at = end + 1;
    const size_t equals = pair.find('=');
    if (equals == std::string::npos)
      return invalid_argument("options of the remote model are written as key=value");
    const std::string option = pair.substr(0, equals);
    const Result<std::string> value = percent_decode(pair.substr(equals + 1));
    if (!value.ok()) return value.status().at("the option " + option + " of the remote model");
    JANGWON_RETURN_IF_ERROR(set_option(option, *value, endpoint));
  }
  return ok_status();
}

Result<OpenAiEndpoint> read_endpoint_file(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  std::vector<std::string> known = {"url", "model"};
  for (const auto& [name, setter] : setters())
    known.push_back(name);
  JANGWON_RETURN_IF_ERROR(root.expect_keys(known));
  OpenAiEndpoint endpoint;
  for (const std::string& key : root.keys()) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at(key));
    std::string text;
    if (node.is_map() || (key == "thinking_markers" && node.is_list())) {
      text = to_json_line(node.to_json());
    } else {
      JANGWON_ASSIGN_OR_RETURN(text, node.as_string());
    }
    Status status = ok_status();
    if (key == "model") {
      endpoint.model = text;
    } else {
      status = key == "url" ? set_url(text, endpoint) : set_option(key, text, endpoint);
    }
    if (!status.ok()) return node.error(status.sentence());
  }
  if (endpoint.url.empty() || endpoint.model.empty()) return root.error("url and model are needed");
  return endpoint;
}

Result<OpenAiEndpoint> parse_word(const std::string& rest) {
  if (rest.ends_with(".yaml") || rest.ends_with(".yml")) return read_endpoint_file(rest);
  const size_t hash = rest.find('#');
  if (hash == std::string::npos) {
    return invalid_argument(
        "the remote model names no model; write openai:URL#MODEL, e.g. "
        "openai:http://127.0.0.1:8000/v1#K-EXAONE, or "
        "openai:FILE.yaml");
  }
  OpenAiEndpoint endpoint;
  JANGWON_RETURN_IF_ERROR(set_url(rest.substr(0, hash), endpoint));
  const size_t question = rest.find('?', hash);
  endpoint.model =
      rest.substr(hash + 1, question == std::string::npos ? question : question - hash - 1);
  if (endpoint.model.empty())
    return invalid_argument(
        "the remote model has no name; write openai:URL#MODEL, e.g. "
        "openai:http://127.0.0.1:8000/v1#K-EXAONE, or "
        "openai:FILE.yaml");
  if (question != std::string::npos)
    JANGWON_RETURN_IF_ERROR(parse_options(rest.substr(question + 1), endpoint));
  return endpoint;
}

}  // namespace

bool is_openai_word(const std::string& model) {
  return model.starts_with(kPrefix);
}

Result<OpenAiEndpoint> parse_openai_word(const std::string& model) {
  JANGWON_ASSIGN_OR_RETURN(OpenAiEndpoint endpoint,
                           parse_word(model.substr(std::string(kPrefix).size())));
  if (endpoint.name.empty()) {
    // A server often calls a model by the folder it was loaded from.
    const size_t slash = endpoint.model.find_last_not_of('/');
    const std::string trimmed = endpoint.model.substr(0, slash + 1);
    JANGWON_RETURN_IF_ERROR(set_name(trimmed.substr(trimmed.rfind('/') + 1), endpoint));
  }
  if (endpoint.name.empty()) return invalid_argument("the remote model has no name");
  return endpoint;
}

Result<Secret> read_key(const OpenAiEndpoint& endpoint) {
  Secret key;
  if (!endpoint.key_file.empty()) {
    JANGWON_ASSIGN_OR_RETURN(key, Secret::from_file(endpoint.key_file));
  } else {
    JANGWON_ASSIGN_OR_RETURN(key, Secret::from_environment(endpoint.key_variable));
    if (key.empty() && endpoint.key_variable != OpenAiEndpoint{}.key_variable) {
      return invalid_argument(
          "the environment variable {key_variable}, named as the holder of the key, is not set",
          {{"key_variable", endpoint.key_variable}});
    }
  }
  for (const JsonValue* settings : {&endpoint.extra_body, &endpoint.headers}) {
    const Json& withheld = **settings;
    JANGWON_RETURN_IF_ERROR(withheld_keys::reveal(withheld).status());
    for (const std::string& hidden : withheld_keys::keys_in(withheld)) {
      if (!Secret::can_be_hidden(hidden)) {
        return invalid_argument(
            "a key inside of the remote model's settings has fewer than 8 characters, too few to "
            "be taken out of what "
            "a "
            "server sends back; give the key with key_env or key_file, or use a longer one");
      }
      key.add_hidden(hidden);
    }
  }
  return key;
}

std::vector<std::string> left_out_sampling(const OpenAiEndpoint& endpoint) {
  std::vector<std::string> names;
  const Json& extra = *endpoint.extra_body;
  for (const auto& [name, value] : extra.items()) {
    if (value.is_null()) names.push_back(name == "max_completion_tokens" ? "max_tokens" : name);
  }
  return names;
}

void add_credentials(const OpenAiEndpoint& endpoint, const Secret& key, HttpRequest& request) {
  request.bearer_token = key.value();
  const Json headers = withheld_keys::reveal(*endpoint.headers).value();
  for (const auto& [name, value] : headers.items()) {
    request.headers.push_back({name, value.get<std::string>()});
    std::string lower = name;
    for (char& c : lower)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == "authorization") request.bearer_token.clear();
  }
}

}  // namespace jangwon::harness
