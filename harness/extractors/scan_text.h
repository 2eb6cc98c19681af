// ScanText: a text that counts how often it is read.
//
// Model output has no bounded length, and the published regexes are quadratic on it, so every
// extractor is a linear scan. A clock cannot prove that in a test; the number of reads can. All
// extractors read through this class or FoldedText.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace jangwon::harness {

struct CodePoint {
  char32_t value = 0;
  size_t num_bytes = 1;
};

constexpr char32_t kReplacementCharacter = 0xfffd;

// The code point that starts at byte i; a byte that starts none is U+FFFD of length 1. REQUIRES:
// i < text.size().
CodePoint decode_utf8(std::string_view text, size_t i);

class ScanText {
 public:
  ScanText(std::string_view text)
      : text_(text) {}  // NOLINT: implicit on purpose, extractors take plain text
  ScanText(const char* text) : text_(text) {}         // NOLINT
  ScanText(const std::string& text) : text_(text) {}  // NOLINT

  size_t size() const { return text_.size(); }
  std::string_view view() const { return text_; }
  uint64_t num_reads() const { return num_reads_; }

  char at(size_t i) const {
    ++num_reads_;
    return text_[i];
  }

  CodePoint code_point_at(size_t i) const {
    CodePoint point = decode_utf8(text_, i);
    num_reads_ += point.num_bytes;
    return point;
  }

  // The code point that ends just before byte i. REQUIRES: i > 0.
  CodePoint code_point_before(size_t i) const;

  bool matches_at(size_t i, std::string_view literal) const {
    if (i > text_.size() || text_.size() - i < literal.size()) return false;
    for (size_t k = 0; k < literal.size(); ++k) {
      if (at(i + k) != literal[k]) return false;
    }
    return true;
  }

  // The first occurrence at or after `from`; npos when there is none. REQUIRES: a literal
  // that is not empty.
  size_t find(std::string_view literal, size_t from) const;

  static constexpr size_t npos = std::string_view::npos;

 private:
  std::string_view text_;
  mutable uint64_t num_reads_ = 0;
};

// Python's notion of a word character in a str pattern: alphanumeric in any script, or '_'.
bool is_python_word(char32_t code_point);
// Python's \s in a str pattern.
bool is_python_space(char32_t code_point);

}  // namespace jangwon::harness
