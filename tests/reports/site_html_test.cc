// What the pages are built of: escapes where a text comes in, ends what it begins, and a table
// whose cells follow its columns.

#include <gtest/gtest.h>

#include "reports/site/elements.h"
#include "reports/site/html_table.h"

namespace jangwon::reports {
namespace {

size_t count_of(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size())
    ++count;
  return count;
}

TEST(SiteHtml, ForeignTextIsEscapedInContentAndAttributes) {
  const Html html = Element("a").set("title", "\" onclick=\"x").add(text("<b>&</b>"));
  EXPECT_EQ(html.str(), "<a title=\"&quot; onclick=&quot;x\">&lt;b&gt;&amp;&lt;/b&gt;</a>");
  EXPECT_EQ(Html(Message::value("<i>")).str(), "&lt;i&gt;");
}

TEST(SiteHtml, BothLanguagesStandOnceWhereTheyAreEqual) {
  EXPECT_EQ(Html(Message::value("two", "둘")).str(),
            "<span lang=\"ko\">둘</span><span lang=\"en\">two</span>");
  EXPECT_EQ(Html(Message::value("AIME25")).str(), "AIME25");
}

TEST(SiteHtml, ElementsWithoutEndTagHaveNone) {
  EXPECT_EQ(Html(Element("input").set("type", "range").set("checked")).str(),
            "<input type=\"range\" checked>");
}

TEST(SiteHtml, JoinedPartsLeaveEmptyOnesOut) {
  EXPECT_EQ(joined({text("a"), Html(), text("b")}, " · ").str(), "a · b");
}

TEST(SiteHtml, OptionsCarryBothLanguagesAndTheSelectedOne) {
  const std::string html =
      select({"",
              "k",
              Message::value("Label"),
              {{"", Message::value("all", "모두")}, {"x", Message::value("X")}},
              1})
          .str();
  EXPECT_NE(html.find("<option value=\"\" data-ko=\"모두\" data-en=\"all\">모두</option>"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("<option value=\"x\" selected>X</option>"), std::string::npos) << html;
}

std::string small_table() {
  HtmlTable table("t", Message::value("Caption"));
  table.sortable(text("Model"), Order::kAscending);
  table.group(text("Numbers")).sortable_number(text("A"), Order::kDescending, "a");
  table.sortable_number(text("B"), Order::kDescending, "b");
  table.group({}).column(text("Note"));
  table.section(text("First"));
  table.row("kind:x").heading(text("m")).cell_by(0.5, text("50")).cell_by({}, text("–"));
  table.cell(text("none"), "mut");
  table.section(text("Second"));
  return Html(table).str();
}

TEST(SiteHtml, CellsTakeAlignmentAndKeyFromTheirColumn) {
  const std::string html = small_table();
  EXPECT_NE(html.find("<th scope=\"row\">m</th>"
                      "<td class=\"num group\" data-c=\"a\" data-v=\"0.5\">50</td>"
                      "<td class=\"num\" data-c=\"b\" data-v=\"\">–</td>"
                      "<td class=\"group mut\">none</td>"),
            std::string::npos)
      << html;
}

TEST(SiteHtml, AGroupHasAHeadingOverItsColumns) {
  const std::string html = small_table();
  EXPECT_EQ(count_of(html, "<colgroup>"), 3u) << html;
  EXPECT_EQ(count_of(html, "<col>") + count_of(html, "<col "), 4u) << html;
  EXPECT_NE(html.find("scope=\"colgroup\" data-over=\"a b\" colspan=\"2\"><span>Numbers</span>"),
            std::string::npos)
      << html;
}

TEST(SiteHtml, EverySectionIsABodyUnderAHeadingAcrossAllColumns) {
  const std::string html = small_table();
  EXPECT_EQ(count_of(html, "<tbody>"), 2u) << html;
  EXPECT_EQ(count_of(html, "<th colspan=\"4\" scope=\"rowgroup\">"), 2u) << html;
}

TEST(SiteHtml, ATableScrollsInARegionThatTheKeyboardReaches) {
  const std::string html = small_table();
  EXPECT_EQ(html.rfind("<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                       "aria-labelledby=\"t-caption\">",
                       0),
            0u)
      << html;
  EXPECT_NE(html.find("<caption id=\"t-caption\"><span>Caption</span></caption>"),
            std::string::npos)
      << html;
}

}  // namespace
}  // namespace jangwon::reports
