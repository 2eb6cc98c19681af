#include "harness/extractors/folded_text.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/extractors/scan_text.h"

namespace jangwon::harness {
namespace {

std::string folded(const std::string& text) {
  const FoldedText units(text);
  std::string out;
  for (size_t i = 0; i < units.size(); ++i) {
    const char32_t c = units.at(i);
    out += c < 0x80 ? static_cast<char>(c) : '?';
  }
  return out;
}

TEST(FoldedText, DropsDecorationAndFoldsWidths) {
  EXPECT_EQ(folded("**A** `b` $c$ _d_"), "A b c d");
  EXPECT_EQ(folded("Ａ：（１）"), "A:(1)");
  EXPECT_EQ(folded("a\xc2\xa0"
                   "b\xe3\x80\x80"
                   "c\xe2\x80\x8b"
                   "d\r\n"),
            "a b cd\n");
  EXPECT_EQ(folded("𝐀𝒃𝟑"), "Ab3");
  EXPECT_EQ(folded("③"), "?");
}

TEST(FoldedText, RemembersBytesAndEnds) {
  const FoldedText text("가*A");
  ASSERT_EQ(text.size(), 2u);
  EXPECT_EQ(text.byte_of(1), 4u);
  EXPECT_EQ(text.byte_of(2), 5u);
  EXPECT_EQ(text.at(2), FoldedText::kEnd);
  EXPECT_TRUE(text.matches_at(1, U"a"));
}

TEST(ScanText, DecodesUtf8Strictly) {
  const auto value = [](const char* bytes) { return decode_utf8(bytes, 0).value; };
  EXPECT_EQ(value("\xea\xb0\x80"), U'가');
  EXPECT_EQ(value("\xf0\x9f\x98\x80"), char32_t{0x1f600});
  for (const char* broken : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                             "\xea\xb0", "\xff"}) {
    EXPECT_EQ(value(broken), kReplacementCharacter);
    EXPECT_EQ(decode_utf8(broken, 0).num_bytes, 1u);
  }
}

}  // namespace
}  // namespace jangwon::harness
