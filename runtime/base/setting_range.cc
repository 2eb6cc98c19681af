// Text is read here and nowhere else: CLI11, strtod and YAML take hexadecimal, octal, nan, inf,
// blanks and a rest that means nothing, each in its own way.
// tests/runtime/base/setting_range_test.cc holds every entry to its ends;
// tests/harness/commands/option_values_test.cc feeds every flag.

#include "runtime/base/setting_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/shown_text.h"
#include "runtime/base/utc_time.h"

namespace jangwon {

namespace {

using enum SettingType;
using enum RangeEnds;

constexpr double kTwoTo30 = 1 << 30;
// the nearest to the largest seed, which no double holds
constexpr double kTwoTo64 = 18446744073709551616.0;

constexpr SettingRange kSettings[] = {
    // Sampling. -1 and 0 of top_k both mean every token; servers refuse a top_p of 0 and a
    // penalty beyond 2.
    {"temperature", kNumber, 0, 100},
    {"top_p", kNumber, 0, 1, kWithoutLowest},
    {"top_k", kInteger, -1, kTwoTo30},
    {"min_p", kNumber, 0, 1},
    {"presence_penalty", kNumber, -2, 2},
    {"repetition_penalty", kNumber, 0, 10, kWithoutLowest},
    {"max_tokens", kInteger, 1, kTwoTo30},
    {"stop", kText},

    // What a run asks.
    {"repeats", kInteger, 1, 10000},
    {"repeat_index", kInteger, 0, 9999},
    {"seed", kInteger, 0, kTwoTo64},
    {"num_fewshot", kInteger, 0, 1000},
    {"window_date", kDateTime},
    {"num_samples", kInteger, 0, 1000000000},
    {"row_limit", kInteger, 1, 1000000000},

    // How fast. More threads than this no machine has, and each costs a stack.
    {"threads", kInteger, 0, 1024},
    {"graders", kInteger, 0, 1024},
    {"batch_size", kInteger, 1, 4096},
    {"speculate", kInteger, 0, 16},
    {"prompt_tokens", kInteger, 1, 1 << 24},
    {"reply_tokens", kInteger, 1, 1 << 24},
    {"tokens_per_second", kNumber, 0, 1e9, kWithoutLowest},
    {"price", kNumber, 0, 1e6},
    {"context_tokens", kInteger, 0, kTwoTo30},
    {"tolerance", kNumber, 0, 1000, kWithoutLowest},

    // A server that is asked.
    {"attempts", kInteger, 1, 100},
    {"retry_ms", kInteger, 1, 600000},
    {"choices", kInteger, 1, 1024},
    {"concurrency", kInteger, 1, 10000},
    {"timeout_s", kInteger, 1, 86400},
    {"test_seconds", kNumber, 0, 86400, kWithoutLowest},
    {"max_reply_mb", kInteger, 1, 4096},

    // A server of ours.
    {"port", kInteger, 0, 65535},
    {"connections", kInteger, 1, 100000},
    {"queue", kInteger, 1, 100000},
    {"body_mb", kInteger, 1, 1024},
    {"cache_mb", kInteger, 1, 1 << 24},
    {"grace_s", kInteger, 0, 86400},

    // Comparisons and gates.
    {"ratio", kNumber, 0, 2, kWithoutLowest},
    {"flips", kInteger, 0, 1000000},
    {"alpha", kNumber, 0, 0.5, kWithoutBoth},
    {"claim_alpha", kNumber, 0, 1, kWithoutBoth},
    {"min_power", kNumber, 0, 1},
    {"alpha_share", kNumber, 0, 1, kWithoutBoth},
    {"alpha_weight", kNumber, 0, 1, kWithoutLowest},
    {"max_looks", kInteger, 1, 100},
    {"repeats_factor", kNumber, 1, 1000},
    {"num_questions", kInteger, 2, 100000000},
    {"logprob_difference", kNumber, 0, 1000},
    {"date", kDate},

    // Tables: the persons who pick, and passes of examinations.
    {"persona_weight", kNumber, 0, 1000},
    {"billions_of_parameters", kNumber, 0, 100000},
    {"percent", kNumber, 0, 100},
    {"share", kNumber, 0, 1},
    {"relative_percent", kNumber, 0, 1000},
};

template <typename T>
constexpr bool kIsOptional = false;
template <typename T>
constexpr bool kIsOptional<std::optional<T>> = true;

// The number that the whole text is.
template <typename T>
std::optional<T> whole(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_within(const SettingRange& range, double value) {
  const bool above = range.ends == kIncluded ? value >= range.lowest : value > range.lowest;
  const bool below = range.ends == kWithoutBoth ? value < range.highest : value <= range.highest;
  return above && below;  // nan is neither
}

std::optional<double> number_within(const SettingRange& range, const std::string& text) {
  const std::optional<double> value = whole<double>(text);
  return value && is_within(range, *value) ? value : std::nullopt;
}

Status refuse(const SettingRange& range, const std::string& name, const std::string& text) {
  return invalid_argument("{name} is \"{text}\"; it must be {range}",
                          {{"name", name}, {"text", shown_value(text)}, {"range", text_of(range)}});
}

// The text that a JSON value would have been given as.
std::string text_of_json(const Json& json) {
  return json.is_string() ? json.get<std::string>() : to_json_line(json);
}

// Numbers in quotes are texts.
bool is_of_type(const SettingRange& range, const Json& json) {
  return range.type == kInteger || range.type == kNumber ? json.is_number() : json.is_string();
}

}  // namespace

std::span<const SettingRange> all_setting_ranges() {
  return kSettings;
}

const SettingRange& setting_range(std::string_view name) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const SettingRange& range) { return range.name == name; });
  JANGWON_CHECK(found != std::end(kSettings), "a setting without a range");
  return *found;
}

namespace {

std::string end_text(double end) {
  return end == kTwoTo64 ? "18446744073709551615" : fmt::format("{}", end);
}

}  // namespace

Message text_of(const SettingRange& range) {
  const std::string lowest = end_text(range.lowest), highest = end_text(range.highest);
  switch (range.type) {
    case kInteger:
      return Message("a whole number from {lowest} to {highest}",
                     {{"lowest", lowest}, {"highest", highest}});
    case kNumber:
      if (range.ends == kWithoutLowest)
        return Message("a number above {lowest} and at most {highest}",
                       {{"lowest", lowest}, {"highest", highest}});
      if (range.ends == kWithoutBoth)
        return Message("a number above {lowest} and below {highest}",
                       {{"lowest", lowest}, {"highest", highest}});
      return Message("a number from {lowest} to {highest}",
                     {{"lowest", lowest}, {"highest", highest}});
    case kDate:
      return Message("a day of the calendar, written as in 2025-03-31");
    case kDateTime:
      return Message("a day of the calendar, written as in 2025-03-31 or 2025-03-31T18:30:00");
    case kText:
      return Message("a text that is not empty");
  }
  return Message();
}

Status read_setting(std::string_view range_name, const std::string& name, const std::string& text,
                    int& value) {
  const SettingRange& range = setting_range(range_name);
  const std::optional<int> number = whole<int>(text);
  if (!number || !is_within(range, *number)) return refuse(range, name, text);
  value = *number;
  return ok_status();
}

Status read_setting(std::string_view range_name, const std::string& name, const std::string& text,
                    uint64_t& value) {
  const SettingRange& range = setting_range(range_name);
  const std::optional<uint64_t> number = whole<uint64_t>(text);
  if (!number || !is_within(range, static_cast<double>(*number))) return refuse(range, name, text);
  value = *number;
  return ok_status();
}

Status read_setting(std::string_view range_name, const std::string& name, const std::string& text,
                    double& value) {
  const SettingRange& range = setting_range(range_name);
  const std::optional<double> number = number_within(range, text);
  if (!number) return refuse(range, name, text);
  value = *number;
  return ok_status();
}

Status read_setting(std::string_view range_name, const std::string& name, const std::string& text,
                    std::string& value) {
  const SettingRange& range = setting_range(range_name);
  const bool date = is_date(text) || (range.type == kDateTime && is_date_and_time(text));
  if (text.empty() || (range.type != kText && !date)) return refuse(range, name, text);
  value = text;
  return ok_status();
}

template <typename T>
Status read_setting(std::string_view range_name, const std::string& name, const Json& json,
                    T& value) {
  const SettingRange& range = setting_range(range_name);
  const std::string text = text_of_json(json);
  if (!is_of_type(range, json)) return refuse(range, name, text);
  return read_setting(range_name, name, text, value);
}

template Status read_setting(std::string_view, const std::string&, const Json&, int&);
template Status read_setting(std::string_view, const std::string&, const Json&, uint64_t&);
template Status read_setting(std::string_view, const std::string&, const Json&, double&);
template Status read_setting(std::string_view, const std::string&, const Json&, std::string&);
template Status read_setting(std::string_view, const std::string&, const Json&,
                             std::optional<int>&);
template Status read_setting(std::string_view, const std::string&, const Json&,
                             std::optional<double>&);

template <typename T>
Status read_setting_if_present(const YamlNode& map, const std::string& key, std::string_view range,
                               T& value) {
  if (!map.has(key)) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const YamlNode child, map.at(key));
  if constexpr (kIsOptional<T>) {
    value.reset();
    if (child.is_null()) return ok_status();
  }
  const Status status = read_setting(range, key, child.to_json(), value);
  return status.ok() ? status : child.error(status.sentence());
}

template Status read_setting_if_present(const YamlNode&, const std::string&, std::string_view,
                                        int&);
template Status read_setting_if_present(const YamlNode&, const std::string&, std::string_view,
                                        double&);
template Status read_setting_if_present(const YamlNode&, const std::string&, std::string_view,
                                        std::string&);
template Status read_setting_if_present(const YamlNode&, const std::string&, std::string_view,
                                        std::optional<int>&);
template Status read_setting_if_present(const YamlNode&, const std::string&, std::string_view,
                                        std::optional<double>&);

Result<std::string> plain_setting(std::string_view range_name, const std::string& name,
                                  const std::string& text) {
  const SettingRange& range = setting_range(range_name);
  if (range.type == kInteger && range.lowest < 0) {
    int value = 0;
    JANGWON_RETURN_IF_ERROR(read_setting(range_name, name, text, value));
    return std::to_string(value);
  }
  if (range.type == kInteger) {
    uint64_t value = 0;
    JANGWON_RETURN_IF_ERROR(read_setting(range_name, name, text, value));
    return std::to_string(value);
  }
  if (range.type == kNumber) {
    double value = 0;
    JANGWON_RETURN_IF_ERROR(read_setting(range_name, name, text, value));
    return fmt::format("{}", value);
  }
  std::string value;
  JANGWON_RETURN_IF_ERROR(read_setting(range_name, name, text, value));
  return value;
}

}  // namespace jangwon
