// Spellings were collected from lm-eval, lighteval, evalscope, inspect and NeMo.
// tests/e2e/habits_test.cc has one of each.

#include "harness/commands/peer_spellings.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "harness/backends/all_backends.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/shown_text.h"

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
    // suite|task|shots|truncate
    const bool with_suite = bars.size() >= 3 && !whole_number(bars[1]);
    task.name = with_suite ? bars[1] : bars[0];
    const Status status = read_setting("num_fewshot", "num_fewshot", with_suite ? bars[2] : bars[1],
                                       task.num_fewshot);
    if (!status.ok()) return status.at("the task " + shown_value(word));
    return task;
  }
  const size_t colon = word.rfind(':');
  if (colon == std::string::npos) return task;
  const std::string repeats = word.substr(colon + 1);
  if (repeats.empty() || repeats.find_first_not_of("+-.0123456789") != std::string::npos)
    return task;
  task.name = word.substr(0, colon);
  const Status status = read_setting("repeats", "repeats", repeats, task.repeats);
  if (!status.ok()) return status.at("the task " + shown_value(word));
  return task;
}

Status add_generation_setting(const std::string& key, const std::string& value,
                              TaskSampling& sampling) {
  const auto read = [&](std::string_view range, auto& number) {
    return read_setting(range, key, value, number);
  };
  if (key == "temperature") return read(key, sampling.temperature);
  if (key == "top_p") return read(key, sampling.top_p);
  if (key == "top_k") return read(key, sampling.top_k);
  if (key == "min_p") return read(key, sampling.min_p);
  if (key == "presence_penalty") return read(key, sampling.presence_penalty);
  for (const char* name : {"max_tokens", "max_gen_toks", "max_new_tokens", "tokens_to_generate",
                           "max_completion_tokens"}) {
    if (key == name) return read("max_tokens", sampling.max_tokens);
  }
  if (key == "until" || key == "stop") {
    std::string text;
    JANGWON_RETURN_IF_ERROR(read("stop", text));
    sampling.stop.push_back(std::move(text));
    return ok_status();
  }
  if (key == "do_sample") {
    const bool off = value == "false" || value == "False";
    if (!off && value != "true" && value != "True")
      return invalid_argument(
          unknown_name_message("value of do_sample", shown_value(value), {"true", "false"}));
    if (off) sampling.temperature = 0.0;
    return ok_status();
  }
  return invalid_argument(
      unknown_name_message("generation setting", shown_value(key),
                           {"temperature", "top_p", "top_k", "min_p", "presence_penalty",
                            "max_tokens", "max_gen_toks", "until", "do_sample"}));
}

namespace {

Status add_pairs(const std::string& text, TaskSampling& sampling) {
  for (const std::string& pair : split(text, ',')) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return invalid_argument(
          "generation settings are key=value with commas between, and \"{pair}\" is not that",
          {{"pair", shown_value(pair)}});
    }
    JANGWON_RETURN_IF_ERROR(
        add_generation_setting(pair.substr(0, equals), pair.substr(equals + 1), sampling));
  }
  return ok_status();
}

Status add_json(const std::string& text, TaskSampling& sampling) {
  JANGWON_ASSIGN_OR_RETURN(const Json json, parse_json(text));
  for (const auto& [key, value] : json.items()) {
    // A list is of texts to stop at; the only other list in a generation_config.json
    // is of token ids.
    const Json values =
        value.is_array() && (key == "until" || key == "stop") ? value : Json::array({value});
    for (const Json& one : values)
      JANGWON_RETURN_IF_ERROR(add_generation_setting(key, json_text(one), sampling));
  }
  return ok_status();
}

}  // namespace

Status add_generation_settings(const std::string& text, TaskSampling& sampling) {
  const Status status =
      text.starts_with('{') ? add_json(text, sampling) : add_pairs(text, sampling);
  return status.ok() ? status : status.at("--gen-kwargs");
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
        return invalid_argument(
                   unknown_name_message("key", key, {"pretrained", "model", "base_url"}))
            .at("--model-args");
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
