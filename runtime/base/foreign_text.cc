// What strict JSON refuses is written as an escape that it takes, and turned back in the parsed
// strings: U+0000 followed by a letter that says what it stands for. A genuine U+0000 is written
// twice, so the way back is exact. Tests: tests/runtime/base/foreign_text_test.cc.

#include "runtime/base/foreign_text.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace jangwon {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEscapedNul = "\\u0000";

unsigned byte_at(std::string_view text, size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
}

// The length of the character of valid UTF-8 at i, or 0.
size_t character_at(std::string_view text, size_t i) {
  const unsigned first = byte_at(text, i);
  const auto follows = [&](size_t k) { return (byte_at(text, i + k) & 0xC0) == 0x80; };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return byte_at(text, i + 1) >= low && byte_at(text, i + 1) <= high && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return byte_at(text, i + 1) >= low && byte_at(text, i + 1) <= high && follows(2) && follows(3)
               ? 4
               : 0;
  }
  return 0;
}

// The surrogate that three bytes at i stand for, or 0.
unsigned surrogate_at(std::string_view text, size_t i) {
  const unsigned second = byte_at(text, i + 1), third = byte_at(text, i + 2);
  if (byte_at(text, i) != 0xED || second < 0xA0 || second > 0xBF || (third & 0xC0) != 0x80)
    return 0;
  return 0xD000u | ((second & 0x3F) << 6) | (third & 0x3F);
}

bool is_high(unsigned unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low(unsigned unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

void append_pair(unsigned high, unsigned low, std::string& text) {
  const unsigned point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  text += static_cast<char>(0xF0 | (point >> 18));
  text += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
  text += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
  text += static_cast<char>(0x80 | (point & 0x3F));
}

// The UTF-16 unit of an escape \uXXXX at i, or -1.
int escaped_unit(std::string_view text, size_t i) {
  if (i + 6 > text.size() || text[i] != '\\' || text[i + 1] != 'u') return -1;
  int unit = 0;
  const char* digits = text.data() + i + 2;
  return std::from_chars(digits, digits + 4, unit, 16).ptr == digits + 4 && digits[0] != '-' ? unit
                                                                                             : -1;
}

void append_hex(unsigned value, int num_digits, std::string& text) {
  for (int shift = 4 * (num_digits - 1); shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(value >> shift) & 15];
}

// The length of a number at i that only Python's JSON has, or 0.
size_t non_finite_at(std::string_view text, size_t i) {
  for (std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
    if (text.substr(i).starts_with(word)) return word.size();
  }
  return 0;
}

// JSON that the strict parser takes: halves as U+0000 s XXXX, bytes as U+0000 b XX,
// U+0000 itself twice.
std::string as_strict_json(std::string_view text) {
  std::string strict;
  strict.reserve(text.size() + 64);
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    const size_t non_finite = in_string ? 0 : non_finite_at(text, i);
    if (non_finite > 0) {
      strict += "null";
      i += non_finite;
      continue;
    }
    if (const size_t length = character_at(text, i); length != 1) {
      if (length == 0) {
        strict += kEscapedNul;
        strict += 'b';
        append_hex(byte_at(text, i), 2, strict);
      } else {
        strict += text.substr(i, length);
      }
      i += std::max<size_t>(length, 1);
      continue;
    }
    if (text[i] != '\\') {
      in_string ^= text[i] == '"';
      if (in_string && byte_at(text, i) < 0x20 && text[i] != '\0') {
        strict += "\\u";
        append_hex(byte_at(text, i++), 4, strict);
      } else {
        strict += text[i++];
      }
      continue;
    }
    const int unit = escaped_unit(text, i);
    if (unit < 0) {
      strict += text.substr(i, 2);
      i += 2;
    } else if (unit == 0) {
      strict += kEscapedNul;
      strict += kEscapedNul;
      i += 6;
    } else if (is_high(static_cast<unsigned>(unit)) &&
               is_low(static_cast<unsigned>(escaped_unit(text, i + 6)))) {
      strict += text.substr(i, 12);
      i += 12;
    } else if (is_high(static_cast<unsigned>(unit)) || is_low(static_cast<unsigned>(unit))) {
      strict += kEscapedNul;
      strict += 's';
      append_hex(static_cast<unsigned>(unit), 4, strict);
      i += 6;
    } else {
      strict += text.substr(i, 6);
      i += 6;
    }
  }
  return strict;
}

unsigned hex_value(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

std::string from_strict(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\0' || i + 1 == text.size()) {
      bytes += text[i];
      continue;
    }
    ++i;
    if (text[i] == 'b') {
      bytes += static_cast<char>(hex_value(text.substr(i + 1, 2)));
      i += 2;
    } else if (text[i] == 's') {
      const unsigned unit = hex_value(text.substr(i + 1, 4));
      bytes += static_cast<char>(0xE0 | (unit >> 12));
      bytes += static_cast<char>(0x80 | ((unit >> 6) & 0x3F));
      bytes += static_cast<char>(0x80 | (unit & 0x3F));
      i += 4;
    } else {
      bytes += '\0';
    }
  }
  return bytes;
}

void change_strings(Json& value, const auto& change) {
  if (value.is_string()) {
    value = change(value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    for (Json& inner : value)
      change_strings(inner, change);
  }
}

}  // namespace

std::string mend_utf8(std::string_view text) {
  std::string mended;
  mended.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    if (const unsigned unit = surrogate_at(text, i); unit != 0) {
      const unsigned next = is_high(unit) ? surrogate_at(text, i + 3) : 0;
      if (is_low(next)) {
        append_pair(unit, next, mended);
      } else {
        mended += kReplacement;
      }
      i += is_low(next) ? 6 : 3;
      continue;
    }
    const size_t length = character_at(text, i);
    mended += length == 0 ? kReplacement : text.substr(i, length);
    i += std::max<size_t>(length, 1);
  }
  return mended;
}

Result<Json> parse_json_pieces(std::string_view text) {
  Result<Json> value = parse_json(text);
  if (value.ok()) return value;
  const std::string strict = as_strict_json(text);
  if (strict == text) return value;
  Result<Json> pieces = parse_json(strict);
  if (!pieces.ok()) return value;
  change_strings(*pieces, from_strict);
  return pieces;
}

Result<Json> parse_foreign_json(std::string_view text) {
  JANGWON_ASSIGN_OR_RETURN(Json value, parse_json_pieces(text));
  change_strings(value, [](const std::string& piece) { return mend_utf8(piece); });
  return value;
}

}  // namespace jangwon
