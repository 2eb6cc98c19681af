#include "runtime/base/foreign_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jangwon {
namespace {

TEST(ForeignText, InvalidUtf8IsReplacedAndValidUtf8Kept) {
  EXPECT_EQ(mend_utf8("가a\U0001F600"), "가a\U0001F600");
  EXPECT_EQ(mend_utf8("\xC0\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(mend_utf8("\xE0\x80\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(mend_utf8("a\xE3\x81"), "a\uFFFD\uFFFD");
  EXPECT_EQ(mend_utf8("\xF5\x80"), "\uFFFD\uFFFD");
}

TEST(ForeignText, HalvesAreJoinedAndALoneOneIsOneCharacter) {
  EXPECT_EQ(mend_utf8("\xED\xA0\xBD\xED\xB8\x80"), "\U0001F600");
  EXPECT_EQ(mend_utf8("\xED\xA0\xBD"), "\uFFFD");
  EXPECT_EQ(mend_utf8("\xED\xB8\x80x\xED\xA0\xBD"), "\uFFFDx\uFFFD");
  EXPECT_EQ(mend_utf8("\xED\xA0\xBD\xED\xA0\xBD\xED\xB8\x80"), "\uFFFD\U0001F600");
  EXPECT_EQ(mend_utf8("\xED\x9F\xBF"), "\xED\x9F\xBF")
      << "the last character before the surrogates";
}

TEST(ForeignText, StrictJsonIsReadAsItIs) {
  const char* text = R"({"a": ["\ud83d\ude00", "\u0000b12", "\\ud83d"]})";
  EXPECT_EQ(parse_foreign_json(text).value(), parse_json(text).value());
  EXPECT_FALSE(parse_foreign_json("{\"a\": \xFF}").ok()) << "a byte outside of a string";
  EXPECT_FALSE(parse_foreign_json(R"({"a": "\ud8"})").ok());
  EXPECT_FALSE(parse_foreign_json(R"({"a": "\ud83d)").ok());
}

TEST(ForeignText, HalvesAndBytesCostOnlyThemselves) {
  const Json value =
      parse_foreign_json("{\"a\": \"x\\ud83dy\\u0000\\u0000s\", \"b\": [\"\xFF\"]}").value();
  EXPECT_EQ(value["a"], std::string("x\uFFFDy\0\0s", 8));
  EXPECT_EQ(value["b"][0], "\uFFFD");
  const Json pieces = parse_json_pieces(R"(["\ud83d", "\ude00"])").value();
  EXPECT_EQ(mend_utf8(pieces[0].get<std::string>() + pieces[1].get<std::string>()), "\U0001F600");
}

TEST(ForeignText, NumbersThatOnlyPythonWritesAreNull) {
  const Json value =
      parse_foreign_json(R"({"a": NaN, "b": [-Infinity, Infinity, -1], "c": "NaN \" -Infinity"})")
          .value();
  EXPECT_TRUE(value["a"].is_null());
  EXPECT_EQ(value["b"].dump(), "[null,null,-1]");
  EXPECT_EQ(value["c"], "NaN \" -Infinity");
  EXPECT_FALSE(parse_foreign_json(R"({"a": nan})").ok());
  EXPECT_FALSE(parse_foreign_json(R"({"a": NaNa})").ok());
}

TEST(ForeignText, AControlCharacterMayStandInAString) {
  EXPECT_EQ(parse_foreign_json("{\n\"a\":\t\"x\ny\tz\"}").value()["a"], "x\ny\tz");
  EXPECT_FALSE(parse_foreign_json("{\"a\": \x01}").ok()) << "outside of a string";
}

}  // namespace
}  // namespace jangwon
