// Spellings were collected from lm-eval, lighteval, evalscope, inspect and NeMo. tests/e2e/habits_test.cc has one of
// each.

#include "harness/commands/peer_spellings.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "harness/backends/all_backends.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::optional<int> whole_number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

Status read_number(const std::string& key, const std::string& text, std::optional<double>& value) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return invalid_argument("the generation setting " + key + " is no number: " + text);
  value = number;
  return ok_status();
}

Status read_number(const std::string& key, const std::string& text, std::optional<int>& value) {
  value = whole_number(text);
  return value ? ok_status() : invalid_argument("the generation setting " + key + " is no whole number: " + text);
}

std::string json_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Result<TaskWord> parse_task_word(const std::string& word) {
  TaskWord task;
  task.name = word;
  if (word.find('/') != std::string::npos) return task;  // a folder
  const std::vector<std::string> bars = split(word, '|');
  if (bars.size() > 1) {
    const bool with_suite = bars.size() >= 3 && !whole_number(bars[1]);  // suite|task|shots|truncate
    task.name = with_suite ? bars[1] : bars[0];
    task.num_fewshot = whole_number(with_suite ? bars[2] : bars[1]);
    if (!task.num_fewshot) return invalid_argument("the task \"" + word + "\": a number of shots must follow the |");
    return task;
  }
  const size_t colon = word.rfind(':');
  if (colon == std::string::npos) return task;
  if (const std::optional<int> repeats = whole_number(word.substr(colon + 1)); repeats && *repeats > 0) {
    task.name = word.substr(0, colon);
    task.repeats = repeats;
  }
  return task;
}

Status add_generation_setting(const std::string& key, const std::string& value, TaskSampling& sampling) {
  if (key == "temperature") return read_number(key, value, sampling.temperature);
  if (key == "top_p") return read_number(key, value, sampling.top_p);
  if (key == "top_k") return read_number(key, value, sampling.top_k);
  if (key == "min_p") return read_number(key, value, sampling.min_p);
  if (key == "presence_penalty") return read_number(key, value, sampling.presence_penalty);
  for (const char* name :
       {"max_tokens", "max_gen_toks", "max_new_tokens", "tokens_to_generate", "max_completion_tokens"}) {
    if (key == name) return read_number(key, value, sampling.max_tokens);
  }
  if (key == "until" || key == "stop") {
    sampling.stop.push_back(value);
    return ok_status();
  }
  if (key == "do_sample") {
    if (value == "false" || value == "False") sampling.temperature = 0.0;
    return ok_status();
  }
  return invalid_argument(unknown_name_message("generation setting", key,
                                               {"temperature", "top_p", "top_k", "min_p", "presence_penalty",
                                                "max_tokens", "max_gen_toks", "until", "do_sample"}));
}

Status add_generation_settings(const std::string& text, TaskSampling& sampling) {
  if (text.empty()) return ok_status();
  if (text.front() != '{') {
    for (const std::string& pair : split(text, ',')) {
      const size_t equals = pair.find('=');
      if (equals == std::string::npos) {
        return invalid_argument("generation settings are key=value with commas between, and \"" + pair +
                                "\" is not that");
      }
      JANGWON_RETURN_IF_ERROR(add_generation_setting(pair.substr(0, equals), pair.substr(equals + 1), sampling));
    }
    return ok_status();
  }
  const Result<Json> json = parse_json(text);
  if (!json.ok()) return json.status().at("--generation-config");
  for (const auto& [key, value] : json->items()) {
    for (const Json& one : value.is_array() ? value : Json::array({value}))
      JANGWON_RETURN_IF_ERROR(add_generation_setting(key, json_text(one), sampling));
  }
  return ok_status();
}

Status apply_endpoint(const EndpointWords& words, std::vector<std::string>& models) {
  std::string url = words.base_url, name;
  if (!words.model_args.empty()) {
    for (const std::string& pair : split(words.model_args, ',')) {
      const size_t equals = pair.find('=');
      const std::string key = pair.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
      if (key == "base_url") {
        url = value;
      } else if (key == "pretrained" || key == "model" || key == "model_name" || key == "path") {
        name = value;
      } else {
        return invalid_argument("--model-args: " +
                                unknown_name_message("key", key, {"pretrained", "model", "base_url"}));
      }
    }
  }
  // lm-eval's --model names a kind of backend and the model stands in --model_args.
  if (!name.empty()) models = {name};
  if (url.empty()) return ok_status();
  for (const char* ending : {"/chat/completions", "/completions"}) {
    if (url.ends_with(ending)) url.resize(url.size() - std::string_view(ending).size());
  }
  for (std::string& model : models) {
    const ModelWord word = split_model_word(model);
    if (word.word.starts_with("openai:")) continue;
    model = (word.name.empty() ? "" : word.name + "=") + "openai:" + url + "#" + word.word;
  }
  return ok_status();
}

}  // namespace jangwon::harness
