// A setting of a file is turned into the words of its flag, so that one check and one default serve
// both; only the file and the line of what is wrong are added here. The order of the sources is
// that of how near they stand to the call.

#include "harness/commands/run_settings.h"
#include "harness/commands/help_text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/commands/usage_error.h"
#include "harness/record/run_folder_claim.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/shown_text.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

namespace {

struct Setting {
  const CLI::Option* option = nullptr;
  std::vector<std::string> values;
};

std::string with_hyphens(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// The keys that a file may use: one a flag, its first long name.
std::vector<std::string> known_keys(const CLI::App& run_command) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : run_command.get_options()) {
    if (!option->nonpositional() || option->get_lnames().empty()) continue;
    std::string key = option->get_lnames().front();
    if (key == "help" || key == "config" || key == "set" || key == "lang") continue;
    std::replace(key.begin(), key.end(), '-', '_');
    keys.push_back(std::move(key));
  }
  return keys;
}

const CLI::Option* find_option(const CLI::App& run_command, const std::string& key) {
  const std::string name = with_hyphens(key);
  if (name == "config" || name == "set" || name == "help") return nullptr;
  return run_command.get_option_no_throw("--" + name);
}

// The option that a word of the command line names, or null.
const CLI::Option* option_of_word(const CLI::App& run_command, const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return nullptr;
  const std::string name = word.substr(0, word.find('='));
  if (name.starts_with("--")) return run_command.get_option_no_throw(with_hyphens(name));
  return run_command.get_option_no_throw(name.substr(0, 2));
}

void set(std::vector<Setting>& settings, const CLI::Option* option,
         std::vector<std::string> values) {
  const auto same = std::find_if(settings.begin(), settings.end(),
                                 [&](const Setting& s) { return s.option == option; });
  if (same != settings.end()) {
    same->values = std::move(values);
  } else {
    settings.push_back({option, std::move(values)});
  }
}

bool is_flag(const CLI::Option* option) {
  return option->get_expected_max() == 0;
}

// Whether the flag `key` takes these values: by its own checks, so that a file is held to what the
// command line is.
Status check_values(const std::string& key, const CLI::Option& option,
                    const std::vector<std::string>& values) {
  if (option.get_items_expected_max() <= 1 && values.size() != 1)
    return invalid_argument("{key} takes one value, and not a list", {{"key", key}});
  for (const std::string& value : values) {
    if (is_flag(&option)) {
      if (value != "true" && value != "false")
        return invalid_argument(
            unknown_name_message(Message("value of {option}", {{"option", key}}),
                                 shown_value(value), {"true", "false"}));
    } else {
      JANGWON_RETURN_IF_ERROR(check_option_value(key, option, value));
    }
  }
  return ok_status();
}

Status read_config(const CLI::App& run_command, const std::string& path,
                   std::vector<Setting>& settings) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  if (!root.is_map() && !root.is_null())
    return root.error("a mapping of keys to values is expected here");
  for (const std::string& key : root.keys()) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode value, root.at(key));
    const CLI::Option* option = find_option(run_command, key);
    if (option == nullptr)
      return value.error(unknown_name_message("key", key, known_keys(run_command)));
    std::vector<std::string> values;
    if (value.is_null()) continue;
    if (value.is_list()) {
      JANGWON_ASSIGN_OR_RETURN(values, value.as_strings());
    } else if (value.is_map()) {
      values = {to_json_line(value.to_json())};
    } else {
      JANGWON_ASSIGN_OR_RETURN(std::string text, value.as_string());
      values = {std::move(text)};
    }
    const Status taken = check_values(key, *option, values);
    if (!taken.ok()) return value.error(taken.sentence());
    set(settings, option, std::move(values));
  }
  return ok_status();
}

Status read_set(const CLI::App& run_command, const std::string& word,
                std::vector<Setting>& settings) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    return invalid_argument("--set takes key=value, and \"{word}\" is not that", {{"word", word}});
  }
  const std::string key = word.substr(0, equals);
  const CLI::Option* option = find_option(run_command, key);
  if (option == nullptr) {
    return invalid_argument(unknown_name_message("key", key, known_keys(run_command))).at("--set");
  }
  const Status taken = check_values(key, *option, {word.substr(equals + 1)});
  if (!taken.ok()) return taken.at("--set");
  set(settings, option, {word.substr(equals + 1)});
  return ok_status();
}

// What the earlier call on the folder asked for.
Status read_earlier_call(const CLI::App& run_command, const std::string& folder,
                         std::vector<Setting>& settings) {
  if (folder.empty()) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const Json run, read_earlier_run(folder));
  const Json kept = run.value("recorded", Json::object()).value("settings", Json::object());
  for (const auto& [key, values] : kept.items()) {
    const CLI::Option* option = find_option(run_command, key);
    if (option == nullptr) continue;
    std::vector<std::string> texts = values.get<std::vector<std::string>>();
    const Status taken = check_values("recorded.settings." + key, *option, texts);
    if (!taken.ok()) return taken.at(folder + "/run.json");
    set(settings, option, std::move(texts));
  }
  return ok_status();
}

std::vector<std::string> words_of(const Setting& setting) {
  const std::string name = "--" + setting.option->get_lnames().front();
  std::vector<std::string> words;
  for (const std::string& value : setting.values) {
    if (!is_flag(setting.option)) {
      words.push_back(name + "=" + value);
    } else if (value == "true") {
      words.push_back(name);
    }
  }
  return words;
}

// The value of a flag among the words; the last one counts.
std::string value_among(const CLI::App& run_command, const std::vector<std::string>& words,
                        const CLI::Option* option) {
  std::string value;
  for (size_t i = 0; i < words.size(); ++i) {
    if (option_of_word(run_command, words[i]) != option) continue;
    const size_t equals = words[i].find('=');
    if (equals != std::string::npos) {
      value = words[i].substr(equals + 1);
    } else if (words[i].size() > 2 && words[i][1] != '-') {
      value = words[i].substr(2);
    } else if (i + 1 < words.size()) {
      value = words[i + 1];
    }
  }
  return value;
}

}  // namespace

Result<std::vector<std::string>> resolve_settings(const CLI::App& run_command,
                                                  const std::vector<std::string>& words) {
  const CLI::Option* config = run_command.get_option_no_throw("--config");
  const CLI::Option* set_option = run_command.get_option_no_throw("--set");
  const CLI::Option* output = run_command.get_option_no_throw("--output");
  std::vector<std::string> configs, sets, flags;
  std::set<const CLI::Option*> given;
  for (size_t i = 0; i < words.size(); ++i) {
    const CLI::Option* option = option_of_word(run_command, words[i]);
    if (option != nullptr && (option == config || option == set_option)) {
      const size_t equals = words[i].find('=');
      const bool inside = words[i].starts_with("--") && equals != std::string::npos;
      if (!inside && i + 1 == words.size())
        return invalid_argument("{index} needs a value", {{"index", words[i]}});
      (option == config ? configs : sets)
          .push_back(inside ? words[i].substr(equals + 1) : words[++i]);
      continue;
    }
    if (option != nullptr) given.insert(option);
    flags.push_back(words[i]);
  }
  std::vector<Setting> settings;
  for (const std::string& path : configs)
    JANGWON_RETURN_IF_ERROR(read_config(run_command, path, settings));
  for (const std::string& word : sets)
    JANGWON_RETURN_IF_ERROR(read_set(run_command, word, settings));
  std::string folder = value_among(run_command, flags, output);
  for (const Setting& setting : settings) {
    if (folder.empty() && setting.option == output) folder = setting.values.front();
  }
  std::vector<Setting> earlier;
  JANGWON_RETURN_IF_ERROR(read_earlier_call(run_command, folder, earlier));
  for (Setting& setting : settings)
    set(earlier, setting.option, std::move(setting.values));
  std::vector<std::string> resolved;
  for (const Setting& setting : earlier) {
    if (given.contains(setting.option)) continue;
    for (std::string& word : words_of(setting))
      resolved.push_back(std::move(word));
  }
  resolved.insert(resolved.end(), flags.begin(), flags.end());
  return resolved;
}

namespace {

// ++inference.KEY=VALUE says what --gen-kwargs does; the JSON form of that takes values
// with commas, too.
void keep_inference_words(const CLI::App& run_command, Json& kept) {
  constexpr std::string_view kInference = "++inference.";
  for (const CLI::Option* option : run_command.get_options()) {
    if (option->nonpositional()) continue;
    for (const std::string& word : option->results()) {
      const size_t equals = word.find('=');
      if (!word.starts_with(kInference) || equals == std::string::npos) continue;
      const std::string key = word.substr(kInference.size(), equals - kInference.size());
      kept["gen-kwargs"].push_back(to_json_line(Json{{key, word.substr(equals + 1)}}));
    }
  }
}

}  // namespace

Json settings_to_keep(const CLI::App& run_command) {
  // How it is run, and where, may change from call to call; models (with their servers) and tasks
  // stand in run.json already.
  static const std::set<std::string> kNotKept = {"output",
                                                 "json",
                                                 "device",
                                                 "threads",
                                                 "batch-size",
                                                 "speculate",
                                                 "scoring",
                                                 "graders",
                                                 "config",
                                                 "set",
                                                 "model",
                                                 "base-url",
                                                 "model-args",
                                                 "tasks",
                                                 "help",
                                                 "lang",
                                                 "resume",
                                                 "dry-run",
                                                 "like",
                                                 "reply-tokens",
                                                 "tokens-per-second",
                                                 "prompt-tokens-per-second",
                                                 "prompt-price",
                                                 "reply-price",
                                                 "tokenizer",
                                                 "probe"};
  Json kept = Json::object();
  for (const CLI::Option* option : run_command.get_options()) {
    if (!option->nonpositional() || option->get_lnames().empty() || option->count() == 0) continue;
    const std::string& name = option->get_lnames().front();
    if (kNotKept.contains(name)) continue;
    kept[name] = is_flag(option) ? std::vector<std::string>{"true"} : option->results();
  }
  keep_inference_words(run_command, kept);
  return kept;
}

std::string settings_template(const CLI::App& run_command) {
  static const std::map<std::string, std::string> kExamples = {
      {"model", "[standin-axk1]"},
      {"tasks", with_example_tasks("[{task}, {other task}]")},
      {"output", "runs/first"},
      {"limit", "10"},
      {"repeats", "4"},
      {"seed", "0"},
      {"dataset", "bundled"},
      {"shard", "0/4"},
      {"temperature", "0.6"},
      {"top_p", "0.95"},
      {"top_k", "20"},
      {"max_tokens", "4096"},
      {"chat_template_args", "{enable_thinking: true}"},
      {"numerics", "float32"},
      {"kv_cache_dtype", "float32"},
      {"weights", "int8"},
      {"device", "cuda"},
      {"threads", "8"},
      {"batch_size", "32"}};
  static const std::set<std::string> kActive = {"model", "tasks", "output", "limit"};
  std::string text = "# " +
                     localized(
                         "Settings of `jangwon run --config FILE`. A key is a flag of the command; "
                         "a line that begins with # is "
                         "not set.") +
                     "\n# " + localized("Flags and --set KEY=VALUE stand above this file.") + "\n";
  for (const std::string& key : known_keys(run_command)) {
    const CLI::Option* option = find_option(run_command, key);
    const auto example = kExamples.find(key);
    const std::string value = example != kExamples.end() ? example->second
                              : is_flag(option)          ? "true"
                                                         : "";
    std::string help = option->get_description();
    std::replace(help.begin(), help.end(), '\n', ' ');
    text += "\n# " + (help.empty() ? key : help) + "\n";
    text +=
        (kActive.contains(key) ? "" : "# ") + key + ":" + (value.empty() ? "" : " " + value) + "\n";
  }
  return text;
}

}  // namespace jangwon::harness
