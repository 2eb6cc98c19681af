#include "reports/escape.h"

#include <gtest/gtest.h>

#include "reports/display_width.h"

namespace jangwon::reports {
namespace {

struct EscapeCase {
  const char* name;
  std::string text;
  std::string expected;
};

TEST(VisibleText, ShowsWhatCannotBeSeen) {
  const EscapeCase kCases[] = {
      {"plain", "A.X K1 가나다", "A.X K1 가나다"},
      {"direction override", "a\u202Eb\u202C", "a⟨U+202E⟩b⟨U+202C⟩"},
      {"direction isolate", "\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"},
      {"line separator", "a\u2028b", "a⟨U+2028⟩b"},
      {"zero width and byte order mark", "\u200B\uFEFF", "⟨U+200B⟩⟨U+FEFF⟩"},
      {"control", std::string("a\x1b[31m\0b", 8), "a⟨U+001B⟩[31m⟨U+0000⟩b"},
      {"tag characters", "\U000E0041", "⟨U+E0041⟩"},
      {"broken UTF-8", "a\xFF\xE0\x80", "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"line breaks become spaces", "a\nb\tc", "a b c"},
  };
  for (const EscapeCase& c : kCases)
    EXPECT_EQ(visible_text(c.text), c.expected) << c.name;
  EXPECT_EQ(visible_text("a\nb", LineBreaks::kKeep), "a\nb");
}

TEST(HtmlEscape, LeavesNoMarkupAndNoWayOutOfAnAttribute) {
  EXPECT_EQ(html_escape("</script><b a=\"x\" c='y'>&amp;"),
            "&lt;/script&gt;&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;");
}

TEST(MarkdownEscape, KeepsACellACell) {
  EXPECT_EQ(markdown_escape("a|b\\c `d` *e* _f_ [g](h) <i> ~j~"),
            "a\\|b\\\\c \\`d\\` \\*e\\* \\_f\\_ \\[g\\](h) &lt;i&gt; \\~j\\~");
  EXPECT_EQ(markdown_escape("a\nb"), "a b");
}

TEST(LatexEscape, CoversTheTenSpecialCharacters) {
  EXPECT_EQ(latex_escape("& % $ # _ { } ~ ^ \\"),
            "\\& \\% \\$ \\# \\_ \\{ \\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{}");
}

TEST(CsvField, QuotesAndDisarmsFormulas) {
  const EscapeCase kCases[] = {
      {"plain", "abc", "abc"},       {"comma", "a,b", "\"a,b\""}, {"quote", "a\"b", "\"a\"\"b\""},
      {"formula", "=1+1", "'=1+1"},  {"at", "@cmd", "'@cmd"},     {"minus", "-2", "'-2"},
      {"tab first", "\t=1", "' =1"}, {"newline", "a\nb", "a b"},
  };
  for (const EscapeCase& c : kCases)
    EXPECT_EQ(csv_field(c.text), c.expected) << c.name;
}

TEST(JsonForScript, CannotEndItsScript) {
  EXPECT_EQ(json_for_script("{\"a\":\"</script><!--\u2028\u2029\"}"),
            "{\"a\":\"\\u003c/script>\\u003c!--\\u2028\\u2029\"}");
}

TEST(DisplayWidth, CountsHangulAsTwoColumns) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("한국어"), 6);
  EXPECT_EQ(display_width("각 (decomposed \u1100\u1161)"), 19);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("\xFF"), 1);
  EXPECT_EQ(pad_to_width("한", 4, Align::kRight), "  한");
  EXPECT_EQ(pad_to_width("한", 1, Align::kLeft), "한");
}

}  // namespace
}  // namespace jangwon::reports
