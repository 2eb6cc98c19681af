// What a setting may be: one table, to which flags, YAML files, --gen-kwargs, options of a remote
// model, generation_config.json and the settings of an earlier call are held alike. So a value
// means the same by whichever door it came in, and what lies behind may count on the range: sizes
// are added and multiplied there without a second look. Numbers are decimal; hexadecimal, octal,
// nan and inf are none.

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/base/yaml.h"

namespace jangwon {

enum class SettingType { kInteger, kNumber, kDate, kDateTime, kText };
enum class RangeEnds { kIncluded, kWithoutLowest, kWithoutBoth };

struct SettingRange {
  std::string_view name;
  SettingType type = SettingType::kInteger;
  double lowest = 0;
  double highest = 0;
  RangeEnds ends = RangeEnds::kIncluded;
};

std::span<const SettingRange> all_setting_ranges();

// REQUIRES: the table has it.
const SettingRange& setting_range(std::string_view name);

// "a whole number from 1 to 10000", "a date as in 2025-03-31": ends the sentence "X
// is …; it must be".
Message text_of(const SettingRange& range);

// `text` as a value of the setting `range`. Errors: `NAME is "TEXT"; it must be RANGE`; the value
// stays as it was. REQUIRES: the type of the value is that of the setting; int only where the
// range fits into it.
Status read_setting(std::string_view range, const std::string& name, const std::string& text,
                    int& value);
Status read_setting(std::string_view range, const std::string& name, const std::string& text,
                    uint64_t& value);
Status read_setting(std::string_view range, const std::string& name, const std::string& text,
                    double& value);
Status read_setting(std::string_view range, const std::string& name, const std::string& text,
                    std::string& value);
template <typename T>
Status read_setting(std::string_view range, const std::string& name, const std::string& text,
                    std::optional<T>& value) {
  T inner{};
  JANGWON_RETURN_IF_ERROR(read_setting(range, name, text, inner));
  value = std::move(inner);
  return ok_status();
}

// The same of a JSON value: a number for numbers, a string for dates and texts.
template <typename T>
Status read_setting(std::string_view range, const std::string& name,
                    const nlohmann::ordered_json& json, T& value);

// The same of a key of a mapping, with the place of the value in front; where the key is absent,
// nothing happens. An optional value takes null for absent.
template <typename T>
Status read_setting_if_present(const YamlNode& map, const std::string& key, std::string_view range,
                               T& value);
template <typename T>
Status read_setting_if_present(const YamlNode& map, const std::string& key, T& value) {
  return read_setting_if_present(map, key, key, value);
}

// The value as text in its plainest spelling: "+010" is "10". Errors as read_setting.
Result<std::string> plain_setting(std::string_view range, const std::string& name,
                                  const std::string& text);

}  // namespace jangwon
