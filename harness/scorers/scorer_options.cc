#include "harness/scorers/scorer_options.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

Result<Json> parse_scorer_options(const std::string& scorer, const std::string& options_json,
                                  const std::vector<std::string>& known) {
  const std::string place = "options of the scorer \"" + scorer + "\"";
  if (options_json.empty()) return Json(Json::object());
  Result<Json> options = parse_json(options_json);
  if (!options.ok()) return options.status().at(place);
  if (options->is_null()) return Json(Json::object());
  if (!options->is_object()) return invalid_argument(place + ": a mapping is expected, not " + options->dump());
  for (const auto& [key, value] : options->items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return invalid_argument(place + ": " + unknown_name_message("option", key, known));
    }
  }
  return options;
}

Result<size_t> read_choice_option(const std::string& scorer, const Json& options, const std::string& key,
                                  const std::vector<std::string>& values) {
  if (!options.contains(key)) return size_t{0};
  const Json& value = options[key];
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto found = std::find(values.begin(), values.end(), text);
  if (value.is_string() && found != values.end()) return static_cast<size_t>(found - values.begin());
  return invalid_argument("options of the scorer \"" + scorer + "\": " + unknown_name_message(key, text, values));
}

Result<const NamedExtractor*> read_extractor_option(const std::string& scorer, const Json& options, AnswerKind kind) {
  const NamedExtractor* found = nullptr;
  if (!options.contains("extractor")) return found;
  const Json& value = options["extractor"];
  const std::string name = value.is_string() ? value.get<std::string>() : value.dump();
  found = find_extractor(kind, name);
  if (found != nullptr) return found;
  return invalid_argument("options of the scorer \"" + scorer +
                          "\": " + unknown_name_message("extractor", name, extractor_names(kind)));
}

}  // namespace jangwon::harness
