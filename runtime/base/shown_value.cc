#include "runtime/base/shown_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace jangwon {

namespace {

constexpr size_t kLongest = 60;

// How many bytes the UTF-8 character at the front has; 0 where there is none.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t size = byte(0) < 0x80   ? 1
                      : byte(0) < 0xc2 ? 0
                      : byte(0) < 0xe0 ? 2
                      : byte(0) < 0xf0 ? 3
                      : byte(0) < 0xf5 ? 4
                                       : 0;
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, halves of surrogate pairs, and what lies behind U+10FFFF.
  const unsigned second = size > 2 ? byte(1) : 0;
  const bool none = (byte(0) == 0xe0 && second < 0xa0) || (byte(0) == 0xed && second >= 0xa0) ||
                    (byte(0) == 0xf0 && second < 0x90) || (byte(0) == 0xf4 && second >= 0x90);
  return none ? 0 : size;
}

// C0, DEL and C1, what a terminal obeys; and what orders its line anew: direction marks, overrides and isolates.
bool is_control(std::string_view character) {
  if (character.size() == 3 && character.substr(0, 2) == "\xe2\x80") {
    const auto last = static_cast<unsigned char>(character[2]);
    return last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae);
  }
  if (character.size() == 3 && character.substr(0, 2) == "\xe2\x81") {
    const auto last = static_cast<unsigned char>(character[2]);
    return last >= 0xa6 && last <= 0xa9;
  }
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

void append_escaped(std::string& out, std::string_view bytes) {
  if (bytes == "\n") {
    out += "\\n";
  } else if (bytes == "\t") {
    out += "\\t";
  } else {
    for (const char c : bytes)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

std::string escaped(std::string_view text, size_t longest) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= longest) return out + "…";
    const size_t size = character_bytes(text);
    const std::string_view character = text.substr(0, std::max<size_t>(size, 1));
    if (size == 0 || is_control(character)) {
      append_escaped(out, character);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace

std::string without_control_characters(std::string_view text) {
  return escaped(text, std::string::npos);
}

std::string shown_value(std::string_view value) {
  return escaped(value, kLongest);
}

}  // namespace jangwon
