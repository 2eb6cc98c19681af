#include "datasets/utf8.h"

#include <gtest/gtest.h>

namespace jangwon::datasets {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const char* text : {"", "plain", "장원", "é", "🎓", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"})
    EXPECT_EQ(find_invalid_utf8(text), std::nullopt) << text;
}

TEST(Utf8, NamesTheFirstByteThatIsWrong) {
  const struct {
    std::string text;
    size_t offset;
  } cases[] = {
      {"ab\x80", 2},            // a continuation byte alone
      {"\xC0\x80", 0},          // overlong NUL
      {"\xC1\xBF", 0},          // overlong
      {"x\xE0\x9F\xBF", 1},     // overlong
      {"\xED\xA0\x80", 0},      // a surrogate
      {"\xF0\x8F\xBF\xBF", 0},  // overlong
      {"\xF4\x90\x80\x80", 0},  // above U+10FFFF
      {"\xF5\x80\x80\x80", 0},  // above U+10FFFF
      {"장\xEC\x9B", 3},        // cut off
      {"\xEA\xB0\x41", 0},      // no continuation
  };
  for (const auto& c : cases)
    EXPECT_EQ(find_invalid_utf8(c.text), c.offset) << testing::PrintToString(c.text);
}

TEST(Utf8, AppendsWhatItAccepts) {
  std::string text;
  for (const char32_t c : {U'a', U'é', U'장', U'🎓'})
    append_utf8(text, c);
  EXPECT_EQ(text, "aé장🎓");
}

TEST(Utf8, AppendedSurrogateIsRefusedByTheStrictReader) {
  std::string text;
  append_utf8(text, 0xD800);
  EXPECT_EQ(find_invalid_utf8(text), 0u);
}

}  // namespace
}  // namespace jangwon::datasets
