// Escaping for the five places where text ends up. visible_text runs first everywhere, so a
// direction override in a model's reply can neither reorder a table in a terminal nor hide markup
// from a reader. Tested in tests/reports/escape_test.cc with the hostile strings that the site's
// browser test uses too.

#include "reports/escape.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace jangwon::reports {
namespace {

bool is_invisible(int32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return true;
  if (code >= 0x200B && code <= 0x200F) return true;  // zero width, direction marks
  if (code >= 0x2028 && code <= 0x202E) return true;  // separators, direction overrides
  if (code >= 0x2060 && code <= 0x206F) return true;  // word joiner, direction isolates
  if (code == 0x061C || code == 0xFEFF || code == 0x00AD || code == 0x034F || code == 0x180E)
    return true;
  if (code == 0x3164 || code == 0xFFA0) return true;    // Hangul fillers: letters without a shape
  if (code >= 0xFFF9 && code <= 0xFFFB) return true;    // interlinear annotation
  if (code >= 0x1D173 && code <= 0x1D17A) return true;  // beams and slurs of musical notation
  // Noncharacters. Two of them, U+FFFE and U+FFFF, may not stand in an XML document at all.
  if ((code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF)) return true;
  return code >= 0xE0000 && code <= 0xE007F;  // tag characters: text that no font shows
}

template <typename Visit>
void for_each_code_point(std::string_view text, const Visit& visit) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t length =
        utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (length <= 0) {
      visit(int32_t{0xFFFD}, std::string_view("\xEF\xBF\xBD"));
      at += 1;
    } else {
      visit(code, text.substr(at, static_cast<size_t>(length)));
      at += static_cast<size_t>(length);
    }
  }
}

std::string replace_each(std::string_view text, const char* (*replacement)(char)) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (char c : text) {
    if (const char* instead = replacement(c)) {
      escaped += instead;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string visible_text(std::string_view text, LineBreaks line_breaks) {
  std::string visible;
  visible.reserve(text.size());
  for_each_code_point(text, [&](int32_t code, std::string_view bytes) {
    if (code == '\n' || code == '\t') {
      visible += line_breaks == LineBreaks::kKeep ? static_cast<char>(code) : ' ';
    } else if (is_invisible(code)) {
      visible += fmt::format("⟨U+{:04X}⟩", code);
    } else {
      visible += bytes;
    }
  });
  return visible;
}

std::string html_escape(std::string_view text, LineBreaks line_breaks) {
  return replace_each(visible_text(text, line_breaks), [](char c) -> const char* {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '"':
        return "&quot;";
      case '\'':
        return "&#39;";
      default:
        return nullptr;
    }
  });
}

std::string markdown_escape(std::string_view text) {
  return replace_each(visible_text(text), [](char c) -> const char* {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '|':
        return "\\|";
      case '\\':
        return "\\\\";
      case '`':
        return "\\`";
      case '*':
        return "\\*";
      case '_':
        return "\\_";
      case '[':
        return "\\[";
      case ']':
        return "\\]";
      case '~':
        return "\\~";
      case '$':
        return "\\$";
      default:
        return nullptr;
    }
  });
}

std::string latex_escape(std::string_view text) {
  return replace_each(visible_text(text), [](char c) -> const char* {
    switch (c) {
      case '&':
        return "\\&";
      case '%':
        return "\\%";
      case '$':
        return "\\$";
      case '#':
        return "\\#";
      case '_':
        return "\\_";
      case '{':
        return "\\{";
      case '}':
        return "\\}";
      case '~':
        return "\\textasciitilde{}";
      case '^':
        return "\\textasciicircum{}";
      case '\\':
        return "\\textbackslash{}";
      default:
        return nullptr;
    }
  });
}

namespace {

// The full-width forms count where the spreadsheet's language is an East Asian one.
bool begins_formula(std::string_view text) {
  constexpr std::string_view kBeginnings[] = {"=", "+", "-", "@", "＝", "＋", "－", "＠"};
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

std::string csv_field(std::string_view text) {
  std::string field = visible_text(text);
  // A tab cannot reach this test: visible_text made a space of it, and a spreadsheet trims that.
  size_t first = field.find_first_not_of(' ');
  if (first != std::string::npos && begins_formula(std::string_view(field).substr(first)))
    field.insert(field.begin(), '\'');
  if (field.find_first_of("\",\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string json_for_script(std::string_view json_text) {
  std::string escaped;
  escaped.reserve(json_text.size());
  for_each_code_point(json_text, [&](int32_t code, std::string_view bytes) {
    if (code == '<') {
      escaped += "\\u003c";
    } else if (code >= 0x80 && code < 0x10000 && is_invisible(code)) {
      // a direction override must not reorder the page's source either
      escaped += fmt::format("\\u{:04x}", code);
    } else if (code >= 0x10000 && is_invisible(code)) {
      escaped += fmt::format("\\u{:04x}\\u{:04x}", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
    } else {
      escaped += bytes;
    }
  });
  return escaped;
}

}  // namespace jangwon::reports
