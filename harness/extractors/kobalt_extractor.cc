// The pattern's gap is lazy and may not run over a line end, but the blanks at its ends may. So
// from each 정답은 one scan goes to the first 입니다 or to the line end; where the line end comes
// first no later 정답은 of the line can match either, and the scan goes on behind it: every byte
// is looked at once.

#include "harness/extractors/kobalt_extractor.h"

#include <algorithm>

namespace jangwon::harness {

namespace {

constexpr std::string_view kOpen = "정답은";
constexpr std::string_view kClose = "입니다";
constexpr size_t npos = ScanText::npos;

size_t behind_spaces(const ScanText& text, size_t i) {
  while (i < text.size()) {
    const CodePoint point = text.code_point_at(i);
    if (!is_python_space(point.value)) break;
    i += point.num_bytes;
  }
  return i;
}

struct Gap {
  size_t end = npos;      // of what stands between; npos: no match
  size_t scanned_to = 0;  // up to where no other match can begin in front of
};

Gap find_gap(const ScanText& text, size_t begin) {
  for (size_t i = begin; i < text.size(); ++i) {
    if (text.matches_at(i, kClose)) return {i, i + kClose.size()};
    if (text.at(i) != '\n') continue;
    const size_t behind = behind_spaces(text, i);
    if (text.matches_at(behind, kClose)) return {i, behind + kClose.size()};
    return {npos, i};
  }
  return {npos, text.size()};
}

}  // namespace

Extraction extract_kobalt_official(const ScanText& text) {
  std::string letters;
  size_t position = 0;
  for (size_t i = text.find(kOpen, 0); i != npos;) {
    const size_t begin = behind_spaces(text, i + kOpen.size());
    const Gap gap = find_gap(text, begin);
    for (size_t k = begin; gap.end != npos && k < gap.end; ++k) {
      const char c = text.at(k);
      if (c < 'A' || c > 'Z' || letters.find(c) != std::string::npos) continue;
      letters += c;
      position = k;
    }
    i = text.find(kOpen, std::max(gap.scanned_to, begin));
  }
  if (letters.empty()) return {};
  std::string answer;
  for (const char letter : letters)
    answer += (answer.empty() ? "" : ", ") + std::string(1, letter);
  return {answer, "answer_is_ko", position};
}

}  // namespace jangwon::harness
