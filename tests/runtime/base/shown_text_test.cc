#include "runtime/base/shown_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon {
namespace {

TEST(ShownText, WhatSteersATerminalIsWrittenOut) {
  EXPECT_EQ(shown_text("a\x1b[31mred"), "a\\u001b[31mred");
  EXPECT_EQ(shown_text(std::string_view("\0\a\b\x7f", 4)), "\\u0000\\u0007\\u0008\\u007f");
  EXPECT_EQ(shown_text("\u009b31m"), "\\u009b31m") << "C1";
  EXPECT_EQ(shown_text("x\u202egpj.exe\u2066\u200f\u061c"), "x\\u202egpj.exe\\u2066\\u200f\\u061c");
  EXPECT_EQ(shown_text("one\rtwo"), "one\\u000dtwo");
}

TEST(ShownText, OrdinaryTextIsLeftAlone) {
  for (const char* text :
       {"", "a\tb\n", "a,b\r\n", "가나다 – “…” ◁ \U0001F600", "\u00a0\u00ad\u200b\u200d\u2060"})
    EXPECT_EQ(shown_text(text), text);
}

TEST(ShownText, JsonMeansWhatItMeant) {
  const Json json{{"model", "x\u202e\x1b[0m\u0085y\x7f"}};
  const std::string shown = shown_text(to_json_line(json));
  EXPECT_EQ(parse_json(shown).value(), json);
  for (const char c : shown)
    EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(ShownValue, IsOneShortLine) {
  EXPECT_EQ(shown_value("one\n\ttwo\r\n"), "one\\n\\ttwo\\u000d\\n");
  EXPECT_EQ(shown_value("\x1b[2J\u202e\u061c"), "\\u001b[2J\\u202e\\u061c");
  EXPECT_EQ(shown_value("a\xff z\xea\xb0"), "a\uFFFD z\uFFFD\uFFFD");
  EXPECT_EQ(shown_value(std::string(60, 'a')), std::string(60, 'a'));
  EXPECT_EQ(shown_value(std::string(61, 'a')), std::string(60, 'a') + "…");
  EXPECT_EQ(shown_value(std::string(59, 'a') + "가나"), std::string(59, 'a') + "가…")
      << "whole characters";
  EXPECT_LT(shown_value(std::string(1 << 20, '\x01')).size(), 80u);
}

TEST(ShownText, NamesMayHoldNoneOfThese) {
  for (const char* name : {"K-EXAONE", "한국어 모델", "a/b:c"})
    EXPECT_TRUE(shows_as_it_is(name)) << name;
  for (const char* name : {"a\nb", "a\tb", "\x1b[2J", "\u202ea", "\u0085", "a\xff", "\u2028"})
    EXPECT_FALSE(shows_as_it_is(name)) << name;
}

}  // namespace
}  // namespace jangwon
