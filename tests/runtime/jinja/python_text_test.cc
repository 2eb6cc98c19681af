#include "runtime/jinja/python_text.h"

#include <gtest/gtest.h>

namespace jangwon::jinja {
namespace {

TEST(PythonText, ChangesCaseAsPythonDoes) {
  EXPECT_EQ(to_upper("straße ŉ ǆ ﬁ"), "STRASSE ʼN Ǆ FI");
  EXPECT_EQ(to_lower("ΑΣ ΣΑΣ Σ ΑΣ. İ"), "ας σας σ ας. i̇");
  EXPECT_EQ(to_capitalized("ǆABC ß"), "ǅabc ß");
  EXPECT_EQ(to_capitalized("ßA"), "Ssa");
  EXPECT_EQ(to_title("they're bill's o'neil 3rd"), "They'Re Bill'S O'Neil 3Rd");
  EXPECT_EQ(swap_case("aBc 가"), "AbC 가");
}

TEST(PythonText, QuotesAsReprDoes) {
  EXPECT_EQ(quote("it's"), "\"it's\"");
  EXPECT_EQ(quote("a'\"b"), "'a\\'\"b'");
  EXPECT_EQ(quote("\n\t\\\x01\u00a0\u200b가\U0001f600\ue000"),
            "'\\n\\t\\\\\\x01\\xa0\\u200b가😀\\ue000'");
}

TEST(PythonText, WritesFloatsAsReprDoes) {
  const std::pair<double, const char*> cases[] = {{1.0, "1.0"},
                                                  {0.1, "0.1"},
                                                  {1e16, "1e+16"},
                                                  {123456789012345680.0, "1.2345678901234568e+17"},
                                                  {1e-5, "1e-05"},
                                                  {0.0001, "0.0001"},
                                                  {-0.0, "-0.0"},
                                                  {1e22, "1e+22"},
                                                  {5e-324, "5e-324"},
                                                  {1.5e300, "1.5e+300"},
                                                  {9007199254740993.0, "9007199254740992.0"}};
  for (const auto& [value, expected] : cases)
    EXPECT_EQ(float_repr(value), expected);
}

TEST(PythonText, StripsWhatPythonCallsSpace) {
  EXPECT_EQ(strip_space("\u3000\u2028\x1f a\u00a0"), "a");
  EXPECT_EQ(strip_space("\u200ba\u200b"), "\u200ba\u200b");
  EXPECT_EQ(strip_characters("가나다가", "가다", Side::kBoth), "나");
}

TEST(PythonText, SplitsLinesAtAllOfPythonsLineEnds) {
  EXPECT_EQ(split_lines("a\r\nb\vc\u2028d\n\n", false).size(), 5u);
  EXPECT_EQ(split_lines("a\r\nb", true)[0], "a\r\n");
  EXPECT_TRUE(split_lines("", false).empty());
}

}  // namespace
}  // namespace jangwon::jinja
