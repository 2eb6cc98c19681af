// One pass that keeps the last match of each pattern; which pattern speaks is decided at the end.

#include "harness/extractors/kormedmcqa_extractor.h"

#include <array>

namespace jangwon::harness {

namespace {

constexpr size_t npos = ScanText::npos;

// The letter A … E at i in either case, as a capital; '\0' where none stands.
char letter_at(const ScanText& text, size_t i) {
  if (i >= text.size()) return '\0';
  const char c = text.at(i);
  if (c >= 'A' && c <= 'E') return c;
  return c >= 'a' && c <= 'e' ? static_cast<char>(c - 'a' + 'A') : '\0';
}

size_t behind_spaces(const ScanText& text, size_t i, bool colons) {
  while (i < text.size()) {
    const CodePoint point = text.code_point_at(i);
    if (!is_python_space(point.value) && !(colons && point.value == U':')) break;
    i += point.num_bytes;
  }
  return i;
}

bool word_before(const ScanText& text, size_t i) {
  return i > 0 && is_python_word(text.code_point_before(i).value);
}
bool word_at(const ScanText& text, size_t i) {
  return i < text.size() && is_python_word(text.code_point_at(i).value);
}

}  // namespace

Extraction extract_kormedmcqa_official(const ScanText& text) {
  constexpr std::array<const char*, 4> kStages = {"answer_ko", "answer_is_ko", "letter_period",
                                                  "letter"};
  constexpr std::string_view kAnswer = "정답", kIs = "은", kClose = "입니다";
  std::array<size_t, 4> last = {npos, npos, npos, npos};
  for (size_t i = 0; i < text.size(); ++i) {
    if (letter_at(text, i) != '\0' && !word_before(text, i)) {
      if (i + 1 < text.size() && text.at(i + 1) == '.') last[2] = i;
      if (!word_at(text, i + 1)) last[3] = i;
    }
    if (!text.matches_at(i, kAnswer)) continue;
    const size_t behind = i + kAnswer.size();
    if (const size_t k = behind_spaces(text, behind, true); letter_at(text, k) != '\0') last[0] = k;
    if (!text.matches_at(behind, kIs)) continue;
    const size_t k = behind_spaces(text, behind + kIs.size(), false);
    if (letter_at(text, k) != '\0' && text.matches_at(behind_spaces(text, k + 1, false), kClose))
      last[1] = k;
  }
  for (size_t pattern = 0; pattern < last.size(); ++pattern) {
    if (last[pattern] != npos)
      return {std::string(1, letter_at(text, last[pattern])), kStages[pattern], last[pattern]};
  }
  return {};
}

}  // namespace jangwon::harness
