#include "runtime/base/setting_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/json.h"

namespace jangwon {
namespace {

using testing::HasSubstr;

bool takes(const SettingRange& range, const std::string& text) {
  return plain_setting(range.name, "x", text).ok();
}

TEST(SettingRange, NamesAreUniqueAndEndsInOrder) {
  std::set<std::string_view> names;
  for (const SettingRange& range : all_setting_ranges()) {
    EXPECT_TRUE(names.insert(range.name).second) << range.name;
    EXPECT_LE(range.lowest, range.highest) << range.name;
    EXPECT_FALSE(text_of(range).empty()) << range.name;
  }
}

// Every range as a user reads it. A change here changes what files that were right
// yesterday may say.
TEST(SettingRange, RangesAreThoseThatWereAgreedOn) {
  const std::map<std::string, std::string> expected = {
      {"temperature", "a number from 0 to 100"},
      {"top_p", "a number above 0 and at most 1"},
      {"top_k", "a whole number from -1 to 1073741824"},
      {"min_p", "a number from 0 to 1"},
      {"presence_penalty", "a number from -2 to 2"},
      {"repetition_penalty", "a number above 0 and at most 10"},
      {"max_tokens", "a whole number from 1 to 1073741824"},
      {"stop", "a text that is not empty"},
      {"repeats", "a whole number from 1 to 10000"},
      {"repeat_index", "a whole number from 0 to 9999"},
      {"seed", "a whole number from 0 to 18446744073709551615"},
      {"num_fewshot", "a whole number from 0 to 1000"},
      {"window_date", "a day of the calendar, written as in 2025-03-31 or 2025-03-31T18:30:00"},
      {"num_samples", "a whole number from 0 to 1000000000"},
      {"row_limit", "a whole number from 1 to 1000000000"},
      {"threads", "a whole number from 0 to 1024"},
      {"graders", "a whole number from 0 to 1024"},
      {"batch_size", "a whole number from 1 to 4096"},
      {"speculate", "a whole number from 0 to 16"},
      {"prompt_tokens", "a whole number from 1 to 16777216"},
      {"reply_tokens", "a whole number from 1 to 16777216"},
      {"context_tokens", "a whole number from 0 to 1073741824"},
      {"tolerance", "a number above 0 and at most 1000"},
      {"attempts", "a whole number from 1 to 100"},
      {"retry_ms", "a whole number from 1 to 600000"},
      {"choices", "a whole number from 1 to 1024"},
      {"concurrency", "a whole number from 1 to 10000"},
      {"timeout_s", "a whole number from 1 to 86400"},
      {"test_seconds", "a number above 0 and at most 86400"},
      {"max_reply_mb", "a whole number from 1 to 4096"},
      {"ratio", "a number above 0 and at most 2"},
      {"flips", "a whole number from 0 to 1000000"},
      {"alpha", "a number above 0 and below 0.5"},
      {"claim_alpha", "a number above 0 and below 1"},
      {"min_power", "a number from 0 to 1"},
      {"alpha_share", "a number above 0 and below 1"},
      {"alpha_weight", "a number above 0 and at most 1"},
      {"max_looks", "a whole number from 1 to 100"},
      {"repeats_factor", "a number from 1 to 1000"},
      {"num_questions", "a whole number from 2 to 100000000"},
      {"logprob_difference", "a number from 0 to 1000"},
      {"date", "a day of the calendar, written as in 2025-03-31"},
      {"persona_weight", "a number from 0 to 1000"},
      {"billions_of_parameters", "a number from 0 to 100000"},
      {"port", "a whole number from 0 to 65535"},
      {"connections", "a whole number from 1 to 100000"},
      {"queue", "a whole number from 1 to 100000"},
      {"body_mb", "a whole number from 1 to 1024"},
      {"cache_mb", "a whole number from 1 to 16777216"},
      {"grace_s", "a whole number from 0 to 86400"},
      {"percent", "a number from 0 to 100"},
      {"tokens_per_second", "a number above 0 and at most 1000000000"},
      {"price", "a number from 0 to 1000000"},
      {"share", "a number from 0 to 1"},
      {"relative_percent", "a number from 0 to 1000"},
  };
  std::map<std::string, std::string> found;
  for (const SettingRange& range : all_setting_ranges())
    found.emplace(range.name, text_of(range).english());
  EXPECT_EQ(found, expected);
}

TEST(SettingRange, WholeNumbersAreTakenUpToTheirEndsAndNoFurther) {
  for (const SettingRange& range : all_setting_ranges()) {
    if (range.type != SettingType::kInteger || range.name == "seed") continue;
    const auto lowest = static_cast<int64_t>(range.lowest),
               highest = static_cast<int64_t>(range.highest);
    EXPECT_TRUE(takes(range, std::to_string(lowest))) << range.name;
    EXPECT_TRUE(takes(range, std::to_string(highest))) << range.name;
    EXPECT_FALSE(takes(range, std::to_string(lowest - 1))) << range.name;
    EXPECT_FALSE(takes(range, std::to_string(highest + 1))) << range.name;
    EXPECT_FALSE(takes(range, "6.5")) << range.name;
  }
}

TEST(SettingRange, NumbersAreTakenUpToTheirEndsAndNoFurther) {
  for (const SettingRange& range : all_setting_ranges()) {
    if (range.type != SettingType::kNumber) continue;
    const auto text = [](double value) { return Json(value).dump(); };
    EXPECT_EQ(takes(range, text(range.lowest)), range.ends == RangeEnds::kIncluded) << range.name;
    EXPECT_EQ(takes(range, text(range.highest)), range.ends != RangeEnds::kWithoutBoth)
        << range.name;
    EXPECT_TRUE(takes(range, text((range.lowest + range.highest) / 2))) << range.name;
    EXPECT_FALSE(takes(range, text(std::nextafter(range.highest, INFINITY)))) << range.name;
    EXPECT_FALSE(takes(range, text(std::nextafter(range.lowest, -INFINITY)))) << range.name;
  }
}

// What CLI11, strtod and YAML take each in its own way.
TEST(SettingRange, WhatIsNoDecimalNumberIsNone) {
  for (const SettingRange& range : all_setting_ranges()) {
    if (range.type != SettingType::kInteger && range.type != SettingType::kNumber) continue;
    for (const char* text : {"",       " ",        "-",
                             "+",      ".",        "nan",
                             "NaN",    "-nan",     "inf",
                             "-inf",   "infinity", "1e400",
                             "-1e400", "0x10",     "0X1p3",
                             "0b1",    "1_000",    "1'000",
                             "1,5",    "1 ",       " 1",
                             "1\n",    "1x",       "--1",
                             "+-1",    "１",       "١",
                             "1٫5",    "true",     "null",
                             "[1]",    "1e",       "99999999999999999999999999"})
      EXPECT_FALSE(takes(range, text)) << range.name << " " << text;
  }
}

TEST(SettingRange, ASentenceHasTheNameTheValueAndTheRange) {
  int repeats = 7;
  double top_p = 0.5;
  EXPECT_EQ(read_setting("repeats", "--repeats", "2147483648", repeats).message(),
            "--repeats is \"2147483648\"; it must be a whole number from 1 to 10000");
  EXPECT_EQ(read_setting("top_p", "top_p", "0", top_p).message(),
            "top_p is \"0\"; it must be a number above 0 and at most 1");
  EXPECT_EQ(read_setting("alpha", "alpha", "0.5", top_p).message(),
            "alpha is \"0.5\"; it must be a number above 0 and below 0.5");
  EXPECT_EQ(repeats, 7) << "a wrong value changes nothing";
  EXPECT_EQ(top_p, 0.5);
  const std::string long_one =
      read_setting("repeats", "--repeats", std::string(1 << 20, '7'), repeats).message();
  EXPECT_LT(long_one.size(), 200u);
  EXPECT_THAT(read_setting("repeats", "--repeats", "7\n\x1b[31m", repeats).message(),
              HasSubstr(R"("7\n\u001b[31m")"));
}

TEST(SettingRange, TheSeedTakesAllOfItsBits) {
  uint64_t seed = 0;
  ASSERT_TRUE(read_setting("seed", "--seed", "18446744073709551615", seed).ok());
  EXPECT_EQ(seed, UINT64_MAX);
  EXPECT_EQ(read_setting("seed", "--seed", "18446744073709551616", seed).message(),
            "--seed is \"18446744073709551616\"; it must be a whole number from 0 to "
            "18446744073709551615");
  EXPECT_FALSE(read_setting("seed", "--seed", "-1", seed).ok());
}

TEST(SettingRange, PlainSpellingIsDecimal) {
  EXPECT_EQ(*plain_setting("repeats", "x", "+010"), "10");
  EXPECT_EQ(*plain_setting("top_k", "x", "-1"), "-1");
  EXPECT_EQ(*plain_setting("temperature", "x", "1e-1"), "0.1");
  EXPECT_EQ(*plain_setting("temperature", "x", "5."), "5");
}

TEST(SettingRange, DatesAreThoseOfTheCalendar) {
  for (const char* date : {"2025-01-31", "2024-02-29", "2000-02-29", "9999-12-31"}) {
    EXPECT_TRUE(takes(setting_range("date"), date)) << date;
    EXPECT_TRUE(takes(setting_range("window_date"), date)) << date;
  }
  for (const char* date :
       {"2025-99-99", "2025-02-29", "1900-02-29", "2025-00-10", "2025-04-31", "2025-1-1",
        "20250131", "2025/01/31", "2025-01-31 ", "2025-01-3１", "", "-025-01-01",
        "2025-01-31T24:00:00", "2025-01-31T12:60:00", "2025-01-31T12:00"}) {
    EXPECT_FALSE(takes(setting_range("date"), date)) << date;
    EXPECT_FALSE(takes(setting_range("window_date"), date)) << date;
  }
  EXPECT_FALSE(takes(setting_range("date"), "2025-01-31T18:30:00"));
  EXPECT_TRUE(takes(setting_range("window_date"), "2025-01-31T18:30:00"));
}

TEST(SettingRange, JsonMustHaveTheType) {
  int tokens = 0;
  double top_p = 0;
  EXPECT_TRUE(read_setting("max_tokens", "x", Json(5), tokens).ok());
  EXPECT_EQ(tokens, 5);
  EXPECT_TRUE(read_setting("top_p", "x", Json(1), top_p).ok());
  for (const Json& value :
       {Json("5"), Json(5.0), Json(6.5), Json(true), Json(), Json::array({5}), Json(-5)})
    EXPECT_FALSE(read_setting("max_tokens", "x", value, tokens).ok()) << value;
}

TEST(SettingRange, AKeyOfAFileIsNamedWithItsLine) {
  const YamlNode map =
      YamlNode::parse("a: 5\nb: -5\nc: '5'\nd: .nan\ne: null\nf: 2025-02-30\n", "x.yaml").value();
  int value = 0;
  std::optional<int> optional = 3;
  EXPECT_TRUE(read_setting_if_present(map, "a", "repeats", value).ok());
  EXPECT_EQ(value, 5);
  EXPECT_TRUE(read_setting_if_present(map, "absent", "repeats", value).ok());
  EXPECT_EQ(value, 5);
  EXPECT_EQ(read_setting_if_present(map, "b", "repeats", value).message(),
            "x.yaml:2: b is \"-5\"; it must be a whole number from 1 to 10000");
  EXPECT_FALSE(read_setting_if_present(map, "c", "repeats", value).ok())
      << "a number in quotes is a text";
  EXPECT_FALSE(read_setting_if_present(map, "d", "repeats", value).ok());
  EXPECT_FALSE(read_setting_if_present(map, "e", "repeats", value).ok());
  EXPECT_TRUE(read_setting_if_present(map, "e", "repeats", optional).ok());
  EXPECT_FALSE(optional.has_value());
  std::string date;
  EXPECT_FALSE(read_setting_if_present(map, "f", "date", date).ok());
}

}  // namespace
}  // namespace jangwon
