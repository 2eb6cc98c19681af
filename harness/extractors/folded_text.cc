// Folding drops characters, so every unit keeps the byte that it came from: an answer is cut out of
// the text as the model wrote it. Widths and signs are a part of their own (fold_width), because
// inside of a formula * and _ mean something and must stay. Reads are counted (num_reads) so that a
// test can hold the extractors to linear time without a clock.
// tests/harness/extractors/folded_text_test.cc.

#include "harness/extractors/folded_text.h"

#include <array>

#include "harness/extractors/latex_decoration.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

namespace {

bool is_zero_width(char32_t c) {
  return (c >= 0x200b && c <= 0x200f) || c == 0x2060 || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
}

// Widths, blanks and signs: the part of the folding that is safe inside a formula.
char32_t fold_width(char32_t c) {
  if (c < 0x80) return c;
  if (c >= 0xff01 && c <= 0xff5e) return c - 0xff01 + U'!';
  if (c == 0x3000 || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f)
    return U' ';
  if (c == 0x2212 || c == 0xfe63) return U'-';
  if (c == 0xfe55 || c == 0x2236) return U':';
  return c;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

}  // namespace

char32_t fold_code_point(char32_t c) {
  c = fold_width(c);
  switch (c) {
    case 0:
    case U'*':
    case U'_':
    case U'`':
    case U'$':
    case U'\r':
      return 0;
    case U'\t':
      return U' ';
    case 0x2028:
    case 0x2029:
      return U'\n';
    default:
      break;
  }
  if (is_zero_width(c)) return 0;
  if (c >= 0x1d400 && c <= 0x1d6a3) {  // thirteen alphabets of 26 capitals and 26 small letters
    const char32_t letter = (c - 0x1d400) % 52;
    return letter < 26 ? U'A' + letter : U'a' + letter - 26;
  }
  if (c >= 0x1d7ce && c <= 0x1d7ff) return U'0' + (c - 0x1d7ce) % 10;
  return c;
}

std::string fold_widths(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    append_utf8(out, fold_width(point.value));
    i += point.num_bytes;
  }
  return out;
}

namespace {

// The length of a tag of HTML that only decorates, 0 where there is none.
size_t html_decoration_at(std::string_view text, size_t i) {
  constexpr std::array<std::string_view, 10> kTags = {
      "<b>", "</b>", "<i>", "</i>", "<u>", "</u>", "<em>", "</em>", "<strong>", "</strong>"};
  for (const std::string_view tag : kTags) {
    if (text.substr(i, tag.size()) == tag) return tag.size();
  }
  return 0;
}

// The same of LaTeX, its commands of spacing that are a mark ("\,") included.
size_t decoration_at(std::string_view text, size_t i) {
  if (text[i] == '<') return html_decoration_at(text, i);
  if (text[i] != '\\') return 0;
  constexpr std::string_view kSpacing = ",;:!>";
  if (i + 1 < text.size() && kSpacing.find(text[i + 1]) != std::string_view::npos) return 2;
  return latex_decoration_at(text, i);
}

}  // namespace

FoldedText::FoldedText(std::string_view text) : num_bytes_(text.size()) {
  units_.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t decoration = decoration_at(text, i);
    if (decoration > 0) {
      i += decoration;
      continue;
    }
    const CodePoint point = decode_utf8(text, i);
    const char32_t folded = fold_code_point(point.value);
    if (folded != 0) units_.push_back({folded, static_cast<uint32_t>(i)});
    i += point.num_bytes;
  }
  num_reads_ = text.size();
}

bool FoldedText::matches_at(size_t i, std::u32string_view lower) const {
  for (size_t k = 0; k < lower.size(); ++k) {
    if (to_lower_ascii(at(i + k)) != lower[k]) return false;
  }
  return true;
}

size_t FoldedText::longest_at(size_t i, std::span<const std::u32string_view> lower) const {
  size_t best = 0;
  for (const std::u32string_view literal : lower) {
    if (literal.size() > best && matches_at(i, literal)) best = literal.size();
  }
  return best;
}

size_t FoldedText::longest_before(size_t i, std::span<const std::u32string_view> lower) const {
  size_t best = 0;
  for (const std::u32string_view literal : lower) {
    if (literal.size() > best && i >= literal.size() && matches_at(i - literal.size(), literal))
      best = literal.size();
  }
  return best;
}

}  // namespace jangwon::harness
