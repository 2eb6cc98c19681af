#include "harness/extractors/scan_text.h"

#include <utf8proc.h>

namespace jangwon::harness {

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

CodePoint decode_utf8(std::string_view text, size_t i) {
  const auto lead = static_cast<unsigned char>(text[i]);
  if (lead < 0x80) return {lead, 1};
  const size_t num_bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (num_bytes == 0 || lead > 0xf4 || text.size() - i < num_bytes)
    return {kReplacementCharacter, 1};
  char32_t value = lead & (0x7f >> num_bytes);
  for (size_t k = 1; k < num_bytes; ++k) {
    if (!is_continuation(text[i + k])) return {kReplacementCharacter, 1};
    value = value << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3f);
  }
  const bool overlong = (num_bytes == 3 && value < 0x800) || (num_bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (overlong || surrogate || value > 0x10ffff) return {kReplacementCharacter, 1};
  return {value, num_bytes};
}

CodePoint ScanText::code_point_before(size_t i) const {
  size_t start = i - 1;
  while (start > 0 && i - start < 4 && is_continuation(text_[start]))
    --start;
  const CodePoint point = code_point_at(start);
  if (start + point.num_bytes == i) return point;
  return {kReplacementCharacter, 1};
}

size_t ScanText::find(std::string_view literal, size_t from) const {
  const size_t found = from <= text_.size() ? text_.find(literal, from) : npos;
  if (from < text_.size())
    num_reads_ += (found == npos ? text_.size() : found + literal.size()) - from;
  return found;
}

bool is_python_word(char32_t code_point) {
  if (code_point < 0x80) {
    return (code_point >= 'a' && code_point <= 'z') || (code_point >= 'A' && code_point <= 'Z') ||
           (code_point >= '0' && code_point <= '9') || code_point == '_';
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

bool is_python_space(char32_t code_point) {
  if (code_point <= ' ')
    return code_point == ' ' || (code_point >= 0x09 && code_point <= 0x0d) || code_point >= 0x1c;
  return code_point == 0x85 || code_point == 0xa0 || code_point == 0x1680 ||
         (code_point >= 0x2000 && code_point <= 0x200a) || code_point == 0x2028 ||
         code_point == 0x2029 || code_point == 0x202f || code_point == 0x205f ||
         code_point == 0x3000;
}

}  // namespace jangwon::harness
