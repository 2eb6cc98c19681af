// Kinds of ASCII characters as the readers of answers take them: LaTeX writes ~ for a space.

#pragma once

namespace jangwon::harness {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~';
}

}  // namespace jangwon::harness
