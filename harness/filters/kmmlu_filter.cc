// The regex is a small automaton: a marker opens a gap, any letter A … E ends it, and the letter is a match when a
// colon stood in the gap. One pass, no backtracking; tests/harness/filters/kmmlu_filter_test.cc holds the table.

#include "harness/filters/kmmlu_filter.h"

namespace jangwon::harness {

namespace {

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool matches_ignoring_case(const ScanText& text, size_t i, std::string_view upper) {
  if (text.size() - i < upper.size()) return false;
  for (size_t k = 0; k < upper.size(); ++k) {
    if (to_upper(text.at(i + k)) != upper[k]) return false;
  }
  return true;
}

struct Pattern {
  std::string_view marker;  // upper case where it has case
  std::string_view colon;
  const char* stage;
};

constexpr Pattern kKoreanPattern{"정답", ":", "answer_colon_ko"};
constexpr Pattern kEnglishPattern{"ANSWER", ": ", "answer_colon_en"};

}  // namespace

Extraction extract_kmmlu_pro_official(const ScanText& text, PromptLanguage language) {
  const Pattern& pattern = language == PromptLanguage::kKorean ? kKoreanPattern : kEnglishPattern;
  Extraction last;
  bool in_gap = false;
  bool colon_seen = false;
  for (size_t i = 0; i < text.size();) {
    const char c = to_upper(text.at(i));
    if (in_gap && colon_seen && c >= 'A' && c <= 'E') {
      last = {std::string(1, c), pattern.stage, i};
      in_gap = colon_seen = false;
      ++i;
    } else if ((!in_gap || (c >= 'A' && c <= 'E')) && matches_ignoring_case(text, i, pattern.marker)) {
      // "Answer" starts with a letter that ends a gap, and then opens the next one.
      in_gap = true;
      colon_seen = false;
      i += pattern.marker.size();
    } else {
      if (c >= 'A' && c <= 'E') in_gap = colon_seen = false;
      if (in_gap && text.matches_at(i, pattern.colon)) {
        colon_seen = true;
        i += pattern.colon.size();
      } else {
        ++i;
      }
    }
  }
  return last;
}

}  // namespace jangwon::harness
