// The regex is a small automaton: a marker opens a gap, any letter A … E ends it, and the letter is
// a match when a colon stood in the gap. One pass, no backtracking;
// tests/harness/extractors/kmmlu_extractor_test.cc holds the table.

#include "harness/extractors/kmmlu_extractor.h"

#include <algorithm>
#include <array>

namespace jangwon::harness {

namespace {

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The length of the marker at i as (?i) sees it, 0 where it is not there. The long s is an
// S to Python's re.
size_t match_ignoring_case(const ScanText& text, size_t i, std::string_view upper) {
  constexpr std::string_view kLongS = "\u017f";
  const size_t begin = i;
  for (const char c : upper) {
    if (i >= text.size()) return 0;
    if (to_upper(text.at(i)) == c) {
      ++i;
    } else if (c == 'S' && text.matches_at(i, kLongS)) {
      i += kLongS.size();
    } else {
      return 0;
    }
  }
  return i - begin;
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
    const bool may_open = !in_gap || (c >= 'A' && c <= 'E');
    const size_t marker = may_open ? match_ignoring_case(text, i, pattern.marker) : 0;
    if (in_gap && colon_seen && c >= 'A' && c <= 'E') {
      last = {std::string(1, c), pattern.stage, i};
      in_gap = colon_seen = false;
      ++i;
    } else if (marker > 0) {
      // "Answer" starts with a letter that ends a gap, and then opens the next one.
      in_gap = true;
      colon_seen = false;
      i += marker;
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

Extraction extract_kmmlu_direct(const ScanText& text) {
  constexpr std::array<std::string_view, 4> kStops = {"Q:", "\n\n", "</s>", "."};
  char letter = '\0';
  size_t position = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (std::any_of(kStops.begin(), kStops.end(),
                    [&](std::string_view stop) { return text.matches_at(i, stop); }))
      break;
    const char c = to_upper(text.at(i));
    const bool punctuation = (c >= '!' && c <= '/') || (c >= ':' && c <= '@') ||
                             (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    if (punctuation || c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    if (letter != '\0' || c < 'A' || c > 'Z') return {};
    letter = c;
    position = i;
  }
  if (letter == '\0') return {};
  return {std::string(1, letter), "whole_reply", position};
}

}  // namespace jangwon::harness
