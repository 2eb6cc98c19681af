#include "harness/extractors/answer_letter_extractor.h"

namespace jangwon::harness {

namespace {

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_answer_word(const ScanText& text, size_t i) {
  constexpr std::string_view kWord = "ANSWER";
  if (text.size() - i < kWord.size()) return false;
  for (size_t k = 0; k < kWord.size(); ++k) {
    if (to_upper(text.at(i + k)) != kWord[k]) return false;
  }
  return true;
}

size_t skip_blanks(const ScanText& text, size_t i) {
  while (i < text.size() && (text.at(i) == ' ' || text.at(i) == '\t'))
    ++i;
  return i;
}

}  // namespace

Extraction extract_answer_letter(const ScanText& text, int num_options) {
  const char last_letter = static_cast<char>('A' + num_options - 1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_answer_word(text, i)) continue;
    size_t k = skip_blanks(text, i + 6);
    if (k >= text.size() || text.at(k) != ':') continue;
    k = skip_blanks(text, k + 1);
    if (k < text.size() && text.at(k) == '$') ++k;
    if (k >= text.size()) continue;
    const char letter = to_upper(text.at(k));
    if (letter >= 'A' && letter <= last_letter) return {std::string(1, letter), "answer_letter", k};
  }
  return {};
}

}  // namespace jangwon::harness
