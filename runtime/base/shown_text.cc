#include "runtime/base/shown_text.h"

#include "runtime/base/foreign_text.h"

namespace jangwon {

namespace {

unsigned byte_at(std::string_view text, size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
}

// A character that steers: none of them has more than three bytes.
struct Steering {
  unsigned point = 0;
  size_t length = 0;  // 0: the character at this place does not steer
};

Steering steering_at(std::string_view text, size_t i) {
  const unsigned first = byte_at(text, i), second = byte_at(text, i + 1),
                 third = byte_at(text, i + 2);
  if (first < 0x20 || first == 0x7F) return {first, 1};
  if (first == 0xC2 && second >= 0x80 && second < 0xA0) return {second, 2};
  if (first == 0xD8 && second == 0x9C) return {0x061C, 2};
  if (first != 0xE2) return {};
  const unsigned point = 0x2000u | ((second & 0x3F) << 6) | (third & 0x3F);
  const bool turns =
      second == 0x80 ? point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E)
                     : second == 0x81 && point >= 0x2066 && point <= 0x2069;
  return turns ? Steering{point, 3} : Steering{};
}

void append_escaped(std::string& out, unsigned point) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(point >> shift) & 15];
}

}  // namespace

bool shows_as_it_is(std::string_view name) {
  for (size_t i = 0; i < name.size(); ++i) {
    if (steering_at(name, i).length != 0) return false;
  }
  return mend_utf8(name) == name;
}

std::string shown_text(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const Steering steering = steering_at(text, i);
    const bool ends_line = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (steering.length == 0 || text[i] == '\n' || text[i] == '\t' || ends_line) {
      shown += text[i++];
      continue;
    }
    append_escaped(shown, steering.point);
    i += steering.length;
  }
  return shown;
}

std::string shown_value(std::string_view value) {
  constexpr size_t kLongest = 60;
  // More than what may be shown, less than a whole reply.
  const std::string text = mend_utf8(value.substr(0, 4 * kLongest));
  std::string shown;
  for (size_t i = 0; i < text.size();) {
    const Steering steering = steering_at(text, i);
    const bool begins_character = (byte_at(text, i) & 0xC0) != 0x80;
    if (begins_character && shown.size() >= kLongest) return shown + "…";
    if (steering.length == 0) {
      shown += text[i++];
      continue;
    }
    if (text[i] == '\n' || text[i] == '\t') {
      shown += text[i] == '\n' ? "\\n" : "\\t";
    } else {
      append_escaped(shown, steering.point);
    }
    i += steering.length;
  }
  return shown;
}

}  // namespace jangwon
