// Every format that we write, with every kind of text that a model, a data set or a file name may
// hold: each is read again by the rules of the format.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/display_width.h"
#include "reports/escape.h"
#include "reports/grid.h"
#include "runtime/base/json.h"
#include "runtime/base/shown_text.h"

namespace jangwon::reports {
namespace {

std::string utf8(uint32_t code) {
  std::string out;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

// Strict: -1 for a byte that starts no character; surrogates and overlong forms are none.
int64_t decode(std::string_view text, size_t& i) {
  const auto byte = [&](size_t k) {
    return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U;
  };
  const uint32_t lead = byte(i);
  const size_t size = lead < 0x80   ? 1
                      : lead < 0xC2 ? 0
                      : lead < 0xE0 ? 2
                      : lead < 0xF0 ? 3
                      : lead < 0xF5 ? 4
                                    : 0;
  if (size == 0) return ++i, -1;
  uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
  for (size_t k = 1; k < size; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return ++i, -1;
    code = code << 6 | (byte(i + k) & 0x3F);
  }
  i += size;
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  return overlong || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF
             ? -1
             : static_cast<int64_t>(code);
}

std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = {
      "",
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      " =1",
      "\t=1",
      "\r=1",
      "＝1+1",
      "－1",
      "a\"b\",\"c",
      "a\r\nb",
      "|a|b|",
      "\\|",
      "[x](javascript:1)",
      "![i](http://h/p.png)",
      "<script>alert(1)</script>",
      "]]>",
      "<!--",
      "&amp;&#x1;&bogus;",
      "*",
      "[1]",
      "\\input{/etc/passwd}",
      "% comment",
      "$x$ $$y$$",
      "^^41",
      "{}}{",
      "\xED\xA0\x80",              // half of a surrogate pair
      "\xED\xA0\x80\xED\xB0\x80",  // both, as CESU-8 writes them
      "\xC0\xAF",
      "\xE0\x80",
      "\xFF\xFE",
      "\xF4\x90\x80\x80",
      "\x1b[31mred\x1b]0;title\x07",
      std::string("a\0b", 3),
      "\u202Eabc\u2066d",
      "가나다 \u3164\uFFA0",
      "\u0301\u0301\u0301",
      std::string(300'000, '='),
      std::string(300'000, '['),
  };
  for (uint32_t code = 0; code < 0xA0; ++code)
    texts.push_back("a" + utf8(code) + "b");
  for (uint32_t plane = 0; plane <= 16; ++plane) {
    texts.push_back(utf8(plane << 16 | 0xFFFE));
    texts.push_back(utf8(plane << 16 | 0xFFFF));
  }
  for (uint32_t code = 0xFDD0; code <= 0xFDEF; ++code)
    texts.push_back(utf8(code));
  for (uint32_t code : {0x200BU, 0x200EU, 0x2028U, 0x2029U, 0x202AU, 0x2069U, 0x61CU, 0xFEFFU,
                        0xFFF9U, 0xE0041U, 0xE000U, 0x10FFFDU})
    texts.push_back("x" + utf8(code));
  std::string all;
  for (uint32_t code = 0; code < 0x3000; ++code)
    all += utf8(code);
  texts.push_back(all);
  return texts;
}

// The characters of XML 1.0, and among them none that a reader cannot see or a terminal obeys.
void expect_plain(const std::string& written, const std::string& text, bool line_breaks) {
  for (size_t i = 0; i < written.size();) {
    const size_t at = i;
    const int64_t code = decode(written, i);
    const bool allowed = (line_breaks && (code == '\n' || code == '\t')) ||
                         (code >= 0x20 && code < 0x7F) || (code >= 0xA0 && code <= 0xD7FF) ||
                         (code >= 0xE000 && code <= 0xFFFD) || code >= 0x10000;
    const bool bidi = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    ASSERT_TRUE(allowed && !bidi) << code << " at " << at << " of what was written for "
                                  << text.substr(0, 80);
  }
}

TEST(HostileText, IsAnElementAndAnAttributeOfXmlAndHtml) {
  for (const std::string& text : hostile_texts()) {
    for (const LineBreaks breaks : {LineBreaks::kKeep, LineBreaks::kReplace}) {
      const std::string written = html_escape(text, breaks);
      expect_plain(written, text, breaks == LineBreaks::kKeep);
      EXPECT_EQ(written.find_first_of("<>\"'"), std::string::npos);
      for (size_t at = written.find('&'); at != std::string::npos; at = written.find('&', at + 1)) {
        const std::string entity = written.substr(at, written.find(';', at) + 1 - at);
        EXPECT_TRUE(entity == "&amp;" || entity == "&lt;" || entity == "&gt;" ||
                    entity == "&quot;" || entity == "&#39;")
            << entity;
      }
    }
  }
}

TEST(HostileText, IsOneFieldOfCsvAndNoFormula) {
  for (const std::string& text : hostile_texts()) {
    const std::string written = csv_field(text);
    expect_plain(written, text, false);
    // RFC 4180, read back.
    std::string field;
    if (!written.empty() && written[0] == '"') {
      ASSERT_GE(written.size(), 2u);
      ASSERT_EQ(written.back(), '"');
      for (size_t i = 1; i + 1 < written.size(); ++i) {
        field += written[i];
        if (written[i] != '"') continue;
        ASSERT_EQ(written[i + 1], '"') << "a quote in the middle of " << written.substr(0, 80);
        ++i;
        ASSERT_LT(i + 1, written.size());
      }
    } else {
      EXPECT_EQ(written.find_first_of("\",\r\n"), std::string::npos);
      field = written;
    }
    const size_t first = field.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    for (const std::string_view beginning :
         {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"})
      EXPECT_FALSE(std::string_view(field).substr(first).starts_with(beginning))
          << field.substr(0, 80);
  }
}

Grid grid_of(const std::string& text) {
  GridCell cell;
  cell.text = text;
  GridRow row;
  row.cells = {cell, cell};
  Grid grid;
  grid.caption = text;
  grid.header = row.cells;
  grid.rows = {row};
  grid.notes = {text};
  return grid;
}

TEST(HostileText, IsOneCellOfAMarkdownTable) {
  for (const std::string& text : hostile_texts()) {
    const std::string written = markdown_escape(text);
    expect_plain(written, text, false);
    for (size_t i = 0; i < written.size(); ++i) {
      if (written[i] == '\\') {
        ASSERT_LT(i + 1, written.size());
        ++i;
        continue;
      }
      EXPECT_EQ(std::string_view("|`*_[]~<>$").find(written[i]), std::string_view::npos)
          << written.substr(0, 80);
    }
  }
}

TEST(HostileText, IsTextToLatex) {
  for (const std::string& text : hostile_texts()) {
    const std::string table = write_latex(grid_of(text));
    expect_plain(table, text, true);
    // A row or an item that began with a bracket would lose it to the command before.
    for (const char* taken :
         {"\\\\\n[", "\\\\\n*", "\\item [", "\\item *", "\\midrule\n[", "\\toprule\n["})
      EXPECT_EQ(table.find(taken), std::string::npos) << taken << " for " << text.substr(0, 80);
    const std::string written = latex_escape(text);
    int depth = 0;
    for (size_t i = 0; i < written.size(); ++i) {
      if (written[i] == '\\') {
        ++i;  // a command of one mark, or the first letter of one
        continue;
      }
      EXPECT_EQ(std::string_view("&%$#_~^").find(written[i]), std::string_view::npos)
          << written.substr(0, 80);
      depth += written[i] == '{' ? 1 : written[i] == '}' ? -1 : 0;
      ASSERT_GE(depth, 0);
    }
    EXPECT_EQ(depth, 0);
  }
}

TEST(HostileText, KeepsTheLinesOfATextTable) {
  const size_t num_lines = [](const std::string& table) {
    return static_cast<size_t>(std::count(table.begin(), table.end(), '\n'));
  }(write_text(grid_of("plain")));
  for (const std::string& text : hostile_texts()) {
    const std::string table = write_text(grid_of(text));
    expect_plain(table, text, true);
    EXPECT_EQ(table.find('\t'), std::string::npos);
    EXPECT_EQ(static_cast<size_t>(std::count(table.begin(), table.end(), '\n')), num_lines)
        << text.substr(0, 80);
  }
}

TEST(HostileText, IsAStringOfJson) {
  for (const std::string& text : hostile_texts()) {
    const Json value = {{"text", text}, {text, 1}};
    for (const std::string& written : {to_json_line(value), to_json_text(value)}) {
      const Result<Json> read = parse_json(written);
      ASSERT_TRUE(read.ok()) << text.substr(0, 80) << ": " << read.status().message();
      const std::string script = json_for_script(written);
      EXPECT_EQ(script.find('<'), std::string::npos);
      const Result<Json> from_script = parse_json(script);
      ASSERT_TRUE(from_script.ok()) << text.substr(0, 80);
      EXPECT_EQ(*from_script, *read);
    }
    EXPECT_EQ(to_json_line(value).find('\n'), std::string::npos)
        << "a line of a journal is one line";
  }
}

TEST(HostileText, IsOneHarmlessLineToATerminal) {
  for (const std::string& text : hostile_texts()) {
    EXPECT_LT(shown_value(text).size(), 100u);
    const std::string shown = shown_value(text);
    EXPECT_TRUE(shows_as_it_is(shown)) << text.substr(0, 80);
    for (size_t i = 0; i < shown.size();) {
      const int64_t code = decode(shown, i);
      const bool harmless = code >= 0x20 && code != 0x7F && !(code >= 0x80 && code < 0xA0) &&
                            code != 0x2028 && code != 0x2029 &&
                            !(code >= 0x202A && code <= 0x202E) &&
                            !(code >= 0x2066 && code <= 0x2069);
      ASSERT_TRUE(harmless) << code << " of what was shown for " << text.substr(0, 80);
    }
  }
}

}  // namespace
}  // namespace jangwon::reports
