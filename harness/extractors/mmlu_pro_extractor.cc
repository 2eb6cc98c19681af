// Each stage walks the occurrences of its one literal ("answer is ", "nswer:") and looks a constant
// distance around them, or over a run of blanks that no other occurrence can start in; the last
// stage is one pass from the end. So the work is linear, where the regexes retry every start of a
// line. tests/harness/extractors/mmlu_pro_extractor_test.cc counts the reads and compares with real
// outputs and the verdicts of the official script.

#include "harness/extractors/mmlu_pro_extractor.h"

namespace jangwon::harness {

namespace {

constexpr size_t npos = ScanText::npos;

bool is_letter(char c) {
  return c >= 'A' && c <= 'J';
}

Extraction letter_at(const ScanText& text, size_t position, const char* stage) {
  return {std::string(1, text.at(position)), stage, position};
}

Extraction find_answer_is(const ScanText& text, MatchOrder order) {
  constexpr std::string_view kLiteral = "answer is ";
  Extraction last;
  for (size_t i = text.find(kLiteral, 0); i != npos; i = text.find(kLiteral, i + 1)) {
    size_t letter = i + kLiteral.size();
    if (letter < text.size() && text.at(letter) == '(') ++letter;
    if (letter >= text.size() || !is_letter(text.at(letter))) continue;
    last = letter_at(text, letter, "answer_is");
    if (order == MatchOrder::kFirst) break;
  }
  return last;
}

struct ColonMatch {
  size_t start = npos;   // of "answer:"
  size_t letter = npos;  // of the letter
};

// The next `[aA]nswer:\s*([A-J])` that starts at or after `from`; starts may lie inside
// an earlier match.
ColonMatch find_answer_colon(const ScanText& text, size_t from) {
  constexpr std::string_view kLiteral = "nswer:";
  for (size_t i = text.find(kLiteral, from + 1); i != npos; i = text.find(kLiteral, i + 1)) {
    const char before = text.at(i - 1);
    if (before != 'a' && before != 'A') continue;
    size_t letter = i + kLiteral.size();
    while (letter < text.size()) {
      const CodePoint point = text.code_point_at(letter);
      if (!is_python_space(point.value)) break;
      letter += point.num_bytes;
    }
    if (letter < text.size() && is_letter(text.at(letter))) return {i - 1, letter};
  }
  return {};
}

// `.*[aA]nswer:\s*([A-J])` without DOTALL: `.*` is greedy but stays on its line, so of the first
// line that holds a match the last one counts. findall (kLast) then goes on behind the letter.
Extraction find_line_with_answer(const ScanText& text, MatchOrder order) {
  Extraction found;
  size_t from = 0;
  ColonMatch match = find_answer_colon(text, from);
  while (match.start != npos) {
    const size_t newline = text.find("\n", match.start);
    ColonMatch next = find_answer_colon(text, match.start + 1);
    while (next.start < newline && next.start != npos) {
      match = next;
      next = find_answer_colon(text, match.start + 1);
    }
    found = letter_at(text, match.letter, "answer_colon");
    if (order == MatchOrder::kFirst) break;
    while (next.start != npos && next.start <= match.letter)
      next = find_answer_colon(text, next.start + 1);
    match = next;
  }
  return found;
}

Extraction find_last_letter(const ScanText& text) {
  for (size_t i = text.size(); i-- > 0;) {
    if (!is_letter(text.at(i))) continue;
    if (i + 1 < text.size() && is_python_word(text.code_point_at(i + 1).value)) continue;
    if (i > 0 && is_python_word(text.code_point_before(i).value)) continue;
    return letter_at(text, i, "last_letter");
  }
  return {};
}

}  // namespace

Extraction extract_mmlu_pro_official(const ScanText& text, MmluProLevel level, MatchOrder order) {
  Extraction found = find_answer_is(text, order);
  if (found.found() || level == MmluProLevel::kOne) return found;
  found = find_line_with_answer(text, order);
  if (found.found()) return found;
  return find_last_letter(text);
}

}  // namespace jangwon::harness
