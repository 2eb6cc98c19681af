// FoldedText: a reply as a reader sees its words, for the extractors that follow
// meaning and not bytes.
//
// One pass folds what only decorates: full-width forms to ASCII, bold and italic mathematical
// letters to plain ones, every kind of blank to ' ', and drops markdown emphasis (* _ ` $),
// zero-width characters and '\r'. Each unit remembers its byte, so that positions stay those of the
// text. Circled and parenthesised labels are kept: they are labels, not letters.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jangwon::harness {

// What a code point folds to; 0 when it is dropped.
char32_t fold_code_point(char32_t code_point);

// Full-width forms, odd blanks and minus signs to ASCII; nothing is dropped. For formulas, where *
// _ $ mean something.
std::string fold_widths(std::string_view text);

class FoldedText {
 public:
  explicit FoldedText(std::string_view text);

  size_t size() const { return units_.size(); }
  // The unit, or kEnd at or behind the end: a scanner may look ahead freely.
  char32_t at(size_t i) const {
    ++num_reads_;
    return i < units_.size() ? units_[i].value : kEnd;
  }
  size_t byte_of(size_t i) const { return i < units_.size() ? units_[i].byte : num_bytes_; }

  // Whether the literal (UTF-8) stands at unit i; ASCII letters compare without case.
  bool matches_at(size_t i, std::u32string_view lower) const;
  // The length of the longest of such literals that stands at unit i, or that ends just before it;
  // 0 when none does.
  size_t longest_at(size_t i, std::span<const std::u32string_view> lower) const;
  size_t longest_before(size_t i, std::span<const std::u32string_view> lower) const;

  uint64_t num_reads() const { return num_reads_; }

  static constexpr char32_t kEnd = 0;

 private:
  struct Unit {
    char32_t value;
    uint32_t byte;
  };
  std::vector<Unit> units_;
  size_t num_bytes_;
  mutable uint64_t num_reads_ = 0;
};

constexpr char32_t to_lower_ascii(char32_t c) {
  return c >= U'A' && c <= U'Z' ? c + 32 : c;
}
constexpr bool is_ascii_letter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}
constexpr bool is_ascii_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
constexpr bool is_hangul_syllable(char32_t c) {
  return c >= 0xac00 && c <= 0xd7a3;
}

}  // namespace jangwon::harness
