// Reading goes on with harmless values behind the first failure: a parser of a config would
// otherwise be a ladder of returns, and the first failure is the one that a user can do
// something about.

#include "runtime/model/config_reader.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/base/nearest_name.h"

namespace jangwon::runtime {
namespace {

std::string spell(Keys keys) {
  std::string text;
  for (const char* key : keys) {
    if (!text.empty()) text.append(" or ");
    text.append("\"").append(key).append("\"");
  }
  return text;
}

// A value as it may stand in a message: short, whatever the config holds.
std::string show(const Json& value) {
  std::string text = to_json_line(value);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

}  // namespace

ConfigReader::ConfigReader(const Json& object, std::string place)
    : object_(object), place_(std::move(place)) {
  if (!object.is_object()) refuse("is not a JSON object");
}

void ConfigReader::refuse(Message message) {
  if (status_.ok()) status_ = unsupported(std::move(message)).at(place_);
}

void ConfigReader::refuse(MessageTemplate text, Message::Arguments arguments) {
  refuse(Message(text, arguments));
}

const Json* ConfigReader::find(const char* key) {
  asked_.insert(key);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  if (found == object_.end()) return nullptr;
  read_.insert(key);
  return found->is_null() ? nullptr : &*found;
}

const Json* ConfigReader::find_agreeing(Keys keys) {
  const Json* value = nullptr;
  const char* name = nullptr;
  for (const char* key : keys) {
    const Json* next = find(key);
    if (!next) continue;
    if (value && *value != *next) {
      refuse("\"{name}\" is {value} and \"{key}\" is {next}; they mean the same and must agree",
             {{"name", name}, {"value", show(*value)}, {"key", key}, {"next", show(*next)}});
    }
    if (!value) {
      value = next;
      name = key;
    }
  }
  return value;
}

std::optional<int64_t> ConfigReader::find_integer(Keys keys, IntegerRange range) {
  const Json* value = find_agreeing(keys);
  if (!value) return std::nullopt;
  if (!value->is_number_integer() ||
      (value->is_number_unsigned() && value->get<uint64_t>() > uint64_t{INT64_MAX})) {
    refuse("{key} is {value}, not an integer", {{"key", spell(keys)}, {"value", show(*value)}});
    return range.min;
  }
  const int64_t number = value->get<int64_t>();
  if (number < range.min || number > range.max) {
    refuse("{key} is {number}, not within {min} to {max}",
           {{"key", spell(keys)}, {"number", number}, {"min", range.min}, {"max", range.max}});
    return range.min;
  }
  return number;
}

std::optional<double> ConfigReader::find_number(Keys keys) {
  const Json* value = find_agreeing(keys);
  if (!value) return std::nullopt;
  if (!value->is_number() || !std::isfinite(value->get<double>())) {
    refuse("{key} is {value}, not a number", {{"key", spell(keys)}, {"value", show(*value)}});
    return 1.0;
  }
  return value->get<double>();
}

std::optional<bool> ConfigReader::find_boolean(Keys keys) {
  const Json* value = find_agreeing(keys);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) {
    refuse("{key} is {value}, not true or false", {{"key", spell(keys)}, {"value", show(*value)}});
    return false;
  }
  return value->get<bool>();
}

std::optional<std::string> ConfigReader::find_string(Keys keys) {
  const Json* value = find_agreeing(keys);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    refuse("{key} is {value}, not a string", {{"key", spell(keys)}, {"value", show(*value)}});
    return std::string();
  }
  return value->get<std::string>();
}

std::optional<std::vector<std::string>> ConfigReader::find_strings(Keys keys) {
  const Json* value = find_agreeing(keys);
  if (!value) return std::nullopt;
  std::vector<std::string> list;
  if (!value->is_array())
    refuse("{key} is {value}, not a list of strings",
           {{"key", spell(keys)}, {"value", show(*value)}});
  for (const Json& item : *value) {
    if (!item.is_string()) {
      refuse("{key} holds {item}, not a string", {{"key", spell(keys)}, {"item", show(item)}});
      break;
    }
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::optional<std::vector<int64_t>> ConfigReader::find_integers(Keys keys) {
  const Json* value = find_agreeing(keys);
  if (!value) return std::nullopt;
  const Json list = value->is_array() ? *value : Json::array({*value});
  std::vector<int64_t> numbers;
  for (const Json& item : list) {
    if (!item.is_number_integer() ||
        (item.is_number_unsigned() && item.get<uint64_t>() > uint64_t{INT64_MAX})) {
      refuse("{key} holds {item}, not an integer", {{"key", spell(keys)}, {"item", show(item)}});
      break;
    }
    numbers.push_back(item.get<int64_t>());
  }
  return numbers;
}

int64_t ConfigReader::integer(Keys keys, IntegerRange range) {
  const std::optional<int64_t> value = find_integer(keys, range);
  if (!value) refuse("{key} is missing", {{"key", spell(keys)}});
  return value.value_or(range.min);
}

double ConfigReader::positive_number(Keys keys) {
  const std::optional<double> value = find_number(keys);
  if (!value) {
    refuse("{key} is missing", {{"key", spell(keys)}});
    return 1.0;
  }
  if (*value <= 0.0) refuse("{key} is not positive", {{"key", spell(keys)}});
  return *value;
}

bool ConfigReader::boolean(Keys keys) {
  const std::optional<bool> value = find_boolean(keys);
  if (!value) refuse("{key} is missing", {{"key", spell(keys)}});
  return value.value_or(false);
}

void ConfigReader::expect(const char* key, bool value, const std::string& reason) {
  expect_value(key, Json(value), reason);
}

void ConfigReader::expect(const char* key, int value, const std::string& reason) {
  expect_value(key, Json(value), reason);
}

void ConfigReader::expect(const char* key, const char* value, const std::string& reason) {
  expect_value(key, Json(value), reason);
}

void ConfigReader::expect_value(const char* key, const Json& value, const std::string& reason) {
  const Json* found = find(key);
  if (found && *found != value) {
    refuse("\"{key}\" is {found}; only {value} is supported: {reason}",
           {{"key", key}, {"found", show(*found)}, {"value", show(value)}, {"reason", reason}});
  }
}

void ConfigReader::expect_one_of(const char* key, const Json& values, const std::string& reason) {
  const Json* found = find(key);
  if (found && std::find(values.begin(), values.end(), *found) == values.end()) {
    const Json first = values.empty() ? Json() : values.front();
    refuse("\"{key}\" is {found}; only {value} is supported: {reason}",
           {{"key", key}, {"found", show(*found)}, {"value", show(first)}, {"reason", reason}});
  }
}

Status ConfigReader::finish() {
  if (!status_.ok()) return status_;
  for (const auto& [key, value] : object_.items()) {
    if (read_.contains(key) || value.is_null()) continue;
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    const std::string near = nearest_name(key, known);
    return unsupported(
               near.empty()
                   ? Message("key \"{key}\" ({value}) is not understood",
                             {{"key", key}, {"value", show(value)}})
                   : Message("key \"{key}\" ({value}) is not understood; did you mean \"{near}\"?",
                             {{"key", key}, {"value", show(value)}, {"near", near}}))
        .at(place_);
  }
  return ok_status();
}

}  // namespace jangwon::runtime
