#include "runtime/base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jangwon {
namespace {

TEST(ParseJson, KeepsTheOrderOfKeys) {
  const Result<Json> value = parse_json(R"({"b": 1, "a": [true, null, 1.5, "한글"]})");
  ASSERT_TRUE(value.ok()) << value.status().message();
  EXPECT_EQ(to_json_line(*value), R"({"b":1,"a":[true,null,1.5,"한글"]})");
}

TEST(ParseJson, NamesTheLineOfAMistake) {
  const Result<Json> value = parse_json("{\n  \"a\": 1,\n  \"b\": }\n");
  ASSERT_FALSE(value.ok());
  EXPECT_NE(value.status().message().find("line 3"), std::string::npos) << value.status().message();
}

struct BadCase {
  const char* name;
  std::string text;
  const char* expected;
};

TEST(ParseJson, RefusesWhatTwoReadersMayReadDifferently) {
  const BadCase cases[] = {
      {"duplicate key", R"({"a": 1, "a": 2})", "stands twice"},
      {"deep nesting", std::string(100000, '['), "nested deeper"},
      {"trailing text", "{} x", "unexpected"},
      {"text behind a NUL", std::string("{}\0 x", 5), "a NUL byte"},
      {"NUL in a string", std::string("\"a\0\"", 4), "at column 3: a NUL byte"},
      {"empty", "", "unexpected end"},
      {"bad UTF-8", "\"\xff\"", "not valid JSON"},
      {"comment", "/* no */ 1", "not valid JSON"},
      {"huge number", "1e999", "not valid JSON"},
  };
  for (const BadCase& c : cases) {
    const Result<Json> value = parse_json(c.text);
    ASSERT_FALSE(value.ok()) << c.name;
    EXPECT_NE(value.status().message().find(c.expected), std::string::npos)
        << c.name << ": " << value.status().message();
  }
}

TEST(ParseJson, SameKeyInTwoObjectsIsFine) {
  EXPECT_TRUE(parse_json(R"([{"a": 1}, {"a": {"a": 2}}])").ok());
}

TEST(ToJson, ReplacesInvalidUtf8InsteadOfFailing) {
  EXPECT_EQ(to_json_line(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace jangwon
