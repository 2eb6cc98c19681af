#include "harness/scorers/python_value.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "tests/harness/scorers/json_lines.h"

namespace jangwon::harness {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string name_of(Comparison comparison) {
  return comparison == Comparison::kEqual       ? "equal"
         : comparison == Comparison::kDifferent ? "different"
                                                : "error";
}

std::optional<PythonValue> decode(std::string_view bytes) {
  return decode_python_value(bytes, 1 << 20);
}

std::string list_of(uint32_t size, const std::string& items) {
  return "[" + std::string(reinterpret_cast<const char*>(&size), 4) + items;
}

TEST(PythonValue, ComparesAsPythonDoes) {
  for (const auto& row : read_json_lines(golden_path("python_values.jsonl"))) {
    const auto value = decode(from_hex(row["encoded"].get<std::string>()));
    const auto expected = parse_python_json(row["expected"].get<std::string>());
    ASSERT_TRUE(value && expected) << row.dump();
    EXPECT_EQ(name_of(compare_values(*value, *expected, TupleRule::kTopLevelIsList)),
              row["verdict"].get<std::string>())
        << row.dump();
  }
}

TEST(PythonValue, NativeRuleTakesTuplesAndArraysAsLists) {
  struct Case {
    std::string encoded;
    const char* expected;
    Comparison official;
    Comparison native;
  };
  const std::string one("i\x01\0\0\0", 5);
  const std::string pair = std::string("(\x02\0\0\0", 5) + one + one;
  const std::string nested = "v" + std::string("[\x01\0\0\0", 5) + pair;
  const Case kCases[] = {
      {nested, "[[1, 1]]", Comparison::kDifferent, Comparison::kEqual},
      {"v" + pair, "[1, 1]", Comparison::kEqual, Comparison::kEqual},
      {nested, "[[1, 2]]", Comparison::kDifferent, Comparison::kDifferent},
  };
  for (const Case& c : kCases) {
    const auto value = decode(c.encoded);
    const auto expected = parse_python_json(c.expected);
    ASSERT_TRUE(value && expected);
    EXPECT_EQ(compare_values(*value, *expected, TupleRule::kTopLevelIsList), c.official)
        << c.expected;
    EXPECT_EQ(compare_values(*value, *expected, TupleRule::kAlwaysList), c.native) << c.expected;
  }
}

TEST(PythonValue, DictsOfOtherSizesDiffer) {
  const std::string k("u\x01\0\0\0k", 6), l("u\x01\0\0\0l", 6), one("i\x01\0\0\0", 5);
  const auto one_key = decode("v{" + k + one + "0");
  const auto two_keys = decode("v{" + k + one + l + one + "0");
  ASSERT_TRUE(one_key && two_keys);
  for (const TupleRule rule : {TupleRule::kTopLevelIsList, TupleRule::kAlwaysList}) {
    EXPECT_EQ(compare_values(*one_key, *parse_python_json("{\"k\": 1, \"l\": 1}"), rule),
              Comparison::kDifferent);
    EXPECT_EQ(compare_values(*two_keys, *parse_python_json("{\"k\": 1}"), rule),
              Comparison::kDifferent);
    EXPECT_EQ(compare_values(*two_keys, *parse_python_json("{\"l\": 1, \"k\": 1}"), rule),
              Comparison::kEqual);
  }
}

TEST(PythonValue, AnEmptyArrayIsAnEmptyListInNativeAlone) {
  // ('A', [], [0])
  const auto empty = decode(std::string("t(\x03\0\0\0u\x01\0\0\0A", 12) + list_of(0, "") +
                            list_of(1, std::string("i\0\0\0\0", 5)));
  ASSERT_TRUE(empty);
  EXPECT_EQ(compare_values(*empty, *parse_python_json("[]"), TupleRule::kTopLevelIsList),
            Comparison::kDifferent);
  EXPECT_EQ(compare_values(*empty, *parse_python_json("[]"), TupleRule::kAlwaysList),
            Comparison::kEqual);
}

TEST(PythonValue, MalformedBytesAreRefused) {
  std::string deep = "v";
  for (int i = 0; i < 5000; ++i)
    deep += std::string("[\x01\0\0\0", 5);
  const std::string kBytes[] = {"",
                                "v",
                                "x",
                                "vNN",
                                "v0",
                                "vi\x01",
                                std::string("v[\xff\xff\xff\x7f", 6),
                                std::string("v[\x01\0\0\0000", 7),
                                std::string("vl\xff\xff\xff\x7f", 6),
                                std::string("vl\x01\0\0\0\xff\xff", 8),
                                std::string("vu\x05\0\0\0ab", 8),
                                "v{N0",
                                "t[",
                                std::string("t(\x01\0\0\0N", 7),
                                deep};
  for (const std::string& bytes : kBytes)
    EXPECT_FALSE(decode(bytes)) << bytes.substr(0, 20);
}

// A program writes these bytes itself if it likes; a few of them must not take much of our memory.
TEST(PythonValue, MemoryIsTakenForWhatIsThereNotForWhatIsAnnounced) {
  rusage before = {};
  getrusage(RUSAGE_SELF, &before);
  constexpr uint32_t kItems = 8 << 20;
  std::string nested;
  for (int depth = 0; depth < 1000; ++depth)
    nested += list_of(kItems, "");
  nested.resize(nested.size() + kItems, 'N');
  EXPECT_FALSE(decode("v" + nested));
  EXPECT_FALSE(decode("v" + list_of(kItems, std::string(kItems, 'N'))));
  EXPECT_FALSE(decode("v" + list_of(kItems, std::string(kItems, 'S'))));
  rusage after = {};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 512 << 10) << "in kB";
}

TEST(PythonValue, WhatEqualsAnExpectedValueHasRoomEnough) {
  // Tuples of empty dicts cost the most tags for a value.
  std::string items;
  const auto size = [](uint32_t number) {
    return std::string(reinterpret_cast<const char*>(&number), 4);
  };
  const std::string tag = std::string("u\x01\0\0\0", 5);
  constexpr uint32_t kItems = 300000;
  std::string json = "[";
  for (uint32_t i = 0; i < kItems; ++i) {
    items += "(" + size(3) + tag + "D" + list_of(0, "") + list_of(0, "");
    json += i == 0 ? "{}" : ", {}";
  }
  const auto expected = parse_python_json(json + "]");
  ASSERT_TRUE(expected);
  const size_t room = max_values_to_equal(*expected);
  const auto value = decode_python_value("t(" + size(2) + tag + "L" + list_of(kItems, items), room);
  ASSERT_TRUE(value);
  EXPECT_EQ(compare_values(*value, *expected, TupleRule::kTopLevelIsList), Comparison::kEqual);
  EXPECT_LT(room, 6 * kItems);
}

TEST(PythonValue, AnArrayWhoseShapeIsForgedIsRefused) {
  // ('A', [1], [1000, 1000, 1000]): three numbers that would ask for a billion items.
  const auto integer = [](int value) {
    return "i" + std::string(reinterpret_cast<const char*>(&value), 4);
  };
  const auto list = [](int size) {
    return "[" + std::string(reinterpret_cast<const char*>(&size), 4);
  };
  const std::string forged = std::string("t(\x03\0\0\0u\x01\0\0\0A", 12) + list(1) + integer(1) +
                             list(3) + integer(1000) + integer(1000) + integer(1000);
  EXPECT_FALSE(decode(forged));
}

TEST(PythonValue, ReadsJsonAsPythonDoes) {
  struct Case {
    const char* text;
    bool valid;
  };
  const Case kCases[] = {{"NaN", true},     {"-Infinity", true},
                         {"[1, 2", false},  {"01", false},
                         {"1.", false},     {"1e5", true},
                         {"+1", false},     {"\"\\ud800\"", true},
                         {"\"\t\"", false}, {"{\"a\":1,\"a\":2}", true},
                         {"[1,]", false},   {"", false},
                         {"nul", false},    {"'a'", false},
                         {" [ ] \n", true}, {"\"\\u00e9\"", true},
                         {"{1: 2}", false}, {"1 2", false},
                         {"-", false},      {"1E+2", true}};
  for (const Case& c : kCases)
    EXPECT_EQ(parse_python_json(c.text).has_value(), c.valid) << c.text;
  const auto last_wins = parse_python_json("{\"a\":1,\"a\":2}");
  ASSERT_TRUE(last_wins);
  EXPECT_EQ(compare_values(*parse_python_json("{\"a\":2}"), *last_wins, TupleRule::kTopLevelIsList),
            Comparison::kEqual);
  EXPECT_FALSE(parse_python_json(std::string(50001, '9')));
  EXPECT_TRUE(parse_python_json(std::string(50000, '9')));
}

}  // namespace
}  // namespace jangwon::harness
