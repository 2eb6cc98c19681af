// Patterns for Oniguruma, read as Oniguruma reads them.

#include "runtime/tokenizer/regex.h"

#include <gtest/gtest.h>

namespace jangwon::runtime {
namespace {

std::vector<std::string> matches(const std::string& pattern, const std::string& text) {
  const Result<Regex> regex = Regex::compile(pattern);
  if (!regex.ok()) return {"ERROR " + regex.status().message()};
  const auto workspace = Regex::make_workspace();
  const auto pieces = find_pieces(*regex, text, *workspace);
  if (!pieces.ok()) return {"ERROR " + pieces.status().message()};
  std::vector<std::string> found;
  for (const TextPiece& piece : *pieces) {
    if (piece.matches) found.push_back(text.substr(piece.begin, piece.end - piece.begin));
  }
  return found;
}

using Strings = std::vector<std::string>;

TEST(Regex, ReadsPatternsAsOnigurumaDoes) {
  EXPECT_EQ(matches(R"(\p{N}{1,3}+)", "12345 6"), (Strings{"12345", "6"}))
      << "an interval is not possessive";
  EXPECT_EQ(matches(R"(a++b|a)", "aab"), (Strings{"aab"}));
  EXPECT_EQ(matches(R"(a{,2})", "aaa"), (Strings{"aa", "a"}));
  EXPECT_EQ(matches(R"(\s+)", "a\u180e\u00a0\u3000\u0085b"), (Strings{"\u00a0\u3000\u0085"}))
      << "U+180E is no space";
  EXPECT_EQ(matches(R"([^\s]+)", "a b"), (Strings{"a", "b"}));
  EXPECT_EQ(matches(R"([\S]+)", "a b"), (Strings{"a", "b"}));
  EXPECT_EQ(matches(R"((?i:'s|'ll))", "'S 'LL 'ſ"), (Strings{"'S", "'LL", "'ſ"}));
  EXPECT_EQ(matches(R"([\p{L}&&[^\p{Han}]]+)", "가漢a"), (Strings{"가", "a"}));
  EXPECT_EQ(matches(R"(\p{Han}+)", "漢、字"), (Strings{"漢", "字"}))
      << "the script, not its extensions";
  EXPECT_EQ(matches(R"(^a|b$)", "a\na b\nb"), (Strings{"a", "a", "b", "b"})) << "anchors of lines";
  EXPECT_EQ(matches(R"(\w+)", "a_1가\u0301² Ⓐ ①"), (Strings{"a_1가\u0301²", "Ⓐ"}));
  EXPECT_EQ(matches(R"(x{a})", "x{a}"), (Strings{"x{a}"}));
}

TEST(Regex, RefusesByNameWhatItCannotTranslate) {
  const std::pair<const char*, const char*> cases[] = {
      {R"((a)\1)", "\\1"},
      {R"([[:alpha:]])", "POSIX"},
      {R"([a[b]])", "inside of a class"},
      {R"(\h)", "\\h"},
      {R"(\bx)", "\\b"},
      {R"((?<n>a))", "(?<n"},
      {R"((?i)a)", "(?i)"},
      {R"(\p{Emoji})", "Emoji"},
      {R"(a{3}?)", "{n}?"},
      {R"((a)", "without ')'"},
      {R"(a))", "without '('"},
      {R"([a)", "without ']'"},
      {R"(\x{110000})", "character"},
      {R"(*a)", "quantifier"},
      {R"(\xFF)", "byte"},
  };
  for (const auto& [pattern, expected] : cases) {
    const Result<std::string> translated = translate_pattern(pattern);
    ASSERT_FALSE(translated.ok()) << pattern << " became " << *translated;
    EXPECT_NE(translated.status().message().find(expected), std::string::npos)
        << pattern << ": " << translated.status().message();
  }
}

TEST(Regex, EmptyMatchesDoNotLoop) {
  EXPECT_EQ(matches("a*", "baac"), (Strings{"", "aa", ""}));
}

}  // namespace
}  // namespace jangwon::runtime
