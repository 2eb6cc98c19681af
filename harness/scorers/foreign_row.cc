#include "harness/scorers/foreign_row.h"

#include <nlohmann/json.hpp>

#include "datasets/sample.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

Status missing_key(const Json& row, const std::string& key, const std::string& needed) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : row.items())
    keys.push_back(name);
  const std::string near = nearest_name(key, keys);
  return invalid_argument(
      near.empty() ? Message("\"{key}\" is missing; a row needs {needed}",
                             {{"key", key}, {"needed", needed}})
                   : Message("\"{key}\" is missing (there is \"{near}\"); a row needs {needed}",
                             {{"key", key}, {"near", near}, {"needed", needed}}));
}

std::string text_of_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<std::vector<std::string>> read_strings(const Json& row, const std::string& key) {
  const Json& list = row[key];
  if (!list.is_array())
    return invalid_argument("\"{key}\" must be a list of strings", {{"key", key}});
  std::vector<std::string> out;
  for (const Json& item : list) {
    if (!item.is_string())
      return invalid_argument("\"{key}\" must be a list of strings, and has {item}",
                              {{"key", key}, {"item", item.dump()}});
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<std::vector<Json>> read_targets(const Json& row, const std::string& needed) {
  if (!row.contains("target")) return missing_key(row, "target", needed);
  const Json& target = row["target"];
  std::vector<Json> targets = {target};
  if (target.is_array()) targets.assign(target.begin(), target.end());
  if (targets.empty()) return invalid_argument("\"target\" is an empty list");
  for (const Json& one : targets) {
    if (!one.is_string() && !one.is_number())
      return invalid_argument("\"target\" must be a string or a number, not {one}",
                              {{"one", one.dump()}});
  }
  return targets;
}

Status read_row_options(const Json& row, datasets::Sample& sample) {
  if (!row.contains("options") || row["options"].is_null()) return ok_status();
  if (!row["options"].is_array()) return invalid_argument("\"options\" must be a list");
  for (const Json& option : row["options"]) {
    // MMLU-Pro pads its lists to ten with this string, and its scripts drop it.
    if (option != "N/A") sample.choices.push_back(text_of_value(option));
  }
  if (sample.choices.empty() && !row["options"].empty())
    return invalid_argument("\"options\" holds pads alone");
  return ok_status();
}

}  // namespace jangwon::harness
