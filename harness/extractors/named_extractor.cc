// What a peer does is written from its published pattern; where its harness asks a second model,
// only the first, exact part is here. All are linear: a label is found once, and looks ahead over
// blanks that no other label can start in. tests/harness/extractors/named_extractor_test.cc.

#include "harness/extractors/named_extractor.h"

#include <array>

#include "harness/extractors/answer_letter_extractor.h"
#include "harness/extractors/choice_extractor.h"
#include "harness/extractors/code_block.h"
#include "harness/extractors/integer_extractor.h"
#include "harness/extractors/kmmlu_extractor.h"
#include "harness/extractors/kobalt_extractor.h"
#include "harness/extractors/kormedmcqa_extractor.h"
#include "harness/extractors/mmlu_pro_extractor.h"

namespace jangwon::harness {

namespace {

constexpr size_t npos = std::string_view::npos;

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_word(char c) {
  const char upper = to_upper(c);
  return (upper >= 'A' && upper <= 'Z') || (c >= '0' && c <= '9');
}

bool stands_at(std::string_view text, size_t i, std::string_view word) {
  if (text.size() - i < word.size()) return false;
  for (size_t k = 0; k < word.size(); ++k) {
    if (to_upper(text[i + k]) != word[k]) return false;
  }
  return true;
}

// A label, a colon and a letter: `(?i)WORD\s*:GAP([A-X])`.
struct LabelRule {
  std::string_view word;                 // in capitals
  std::string_view gap = " \t\n\r\f\v";  // between the colon and the letter
  char last_letter = 'Z';
  MatchOrder order = MatchOrder::kFirst;
  bool full_width_colon = false;
  bool whole_letter = false;  // no letter or digit behind it
};

size_t skip_colon(std::string_view text, size_t i, const LabelRule& rule) {
  constexpr std::string_view kFullWidth = "\xef\xbc\x9a";
  if (i < text.size() && text[i] == ':') return i + 1;
  if (rule.full_width_colon && text.substr(std::min(i, text.size())).starts_with(kFullWidth))
    return i + 3;
  return npos;
}

Extraction find_label(std::string_view text, const LabelRule& rule, const char* stage) {
  Extraction found;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!stands_at(text, i, rule.word)) continue;
    size_t k = i + rule.word.size();
    // Emphasis around the word is as good as a blank to the peers that expect it there.
    while (k < text.size() && (is_blank(text[k]) ||
                               (rule.gap.find('*') != npos && (text[k] == '*' || text[k] == '_'))))
      ++k;
    k = skip_colon(text, k, rule);
    if (k == npos) continue;
    while (k < text.size() && rule.gap.find(text[k]) != npos)
      ++k;
    if (k >= text.size()) break;
    const char letter = to_upper(text[k]);
    if (letter < 'A' || letter > rule.last_letter) continue;
    if (rule.whole_letter && k + 1 < text.size() && is_word(text[k + 1])) continue;
    found = {std::string(1, letter), stage, k};
    if (rule.order == MatchOrder::kFirst) return found;
  }
  return found;
}

char letter_of(int num_options) {
  return static_cast<char>('A' + num_options - 1);
}

// Where the last \boxed{…} begins and ends, braces balanced; the view is empty where there is none.
std::string_view last_box(std::string_view text, size_t* position) {
  constexpr std::string_view kBox = "\\boxed{";
  const size_t at = text.rfind(kBox);
  if (at == npos) return {};
  const size_t begin = at + kBox.size();
  int depth = 1;
  for (size_t i = begin; i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth > 0) continue;
    *position = begin;
    return text.substr(begin, i - begin);
  }
  return {};
}

// --- letters

Extraction mmlu_pro(std::string_view text, int) {
  return extract_mmlu_pro_official(text);
}
Extraction mmlu_pro_level_1(std::string_view text, int) {
  return extract_mmlu_pro_official(text, MmluProLevel::kOne);
}
Extraction mmlu_pro_last(std::string_view text, int) {
  return extract_mmlu_pro_official(text, MmluProLevel::kTwo, MatchOrder::kLast);
}
Extraction kmmlu_pro(std::string_view text, int) {
  return extract_kmmlu_pro_official(text);
}
Extraction kmmlu_pro_english(std::string_view text, int) {
  return extract_kmmlu_pro_official(text, PromptLanguage::kEnglish);
}
Extraction kmmlu_direct(std::string_view text, int) {
  return extract_kmmlu_direct(text);
}
Extraction kobalt(std::string_view text, int) {
  return extract_kobalt_official(text);
}
Extraction kormedmcqa(std::string_view text, int) {
  return extract_kormedmcqa_official(text);
}

// MMLU-ProX in Korean as lm-eval reads it: the first `답은 \(?([ABCDEFGHIJ])\)?입니다`.
Extraction mmlu_prox_ko(std::string_view text, int) {
  constexpr std::string_view kOpen = "답은 ", kClose = "입니다";
  for (size_t i = text.find(kOpen); i != npos; i = text.find(kOpen, i + kOpen.size())) {
    size_t k = i + kOpen.size();
    if (k < text.size() && text[k] == '(') ++k;
    if (k >= text.size() || text[k] < 'A' || text[k] > 'J') continue;
    const size_t letter = k++;
    if (k < text.size() && text[k] == ')') ++k;
    if (text.substr(k).starts_with(kClose))
      return {std::string(1, text[letter]), "answer_is_ko", letter};
  }
  return {};
}

Extraction answer_letter(std::string_view text, int num_options) {
  return extract_answer_letter(text, num_options);
}
Extraction native_english(std::string_view text, int num_options) {
  return extract_choice(text, english_choice(num_options, MatchOrder::kLast)).extraction;
}
Extraction native_korean(std::string_view text, int num_options) {
  return extract_choice(text, korean_choice(num_options, MatchOrder::kLast)).extraction;
}

// The first pattern that matches anywhere speaks, so "Answer:" stands above the Korean words.
Extraction simple_evals(std::string_view text, int num_options) {
  Extraction found = extract_answer_letter(text, num_options);
  for (const std::string_view word : {"답변", "정답", "답"}) {
    if (found.found()) return found;
    found = find_label(text, {.word = word, .gap = " \t", .last_letter = letter_of(num_options)},
                       "answer_colon");
  }
  return found;
}

Extraction opencompass_letter(std::string_view text, int) {
  return find_label(text, {.word = "ANSWER", .last_letter = 'P'}, "answer_colon");
}

Extraction evalscope_letter(std::string_view text, int num_options) {
  const char last = letter_of(num_options);
  Extraction found = find_label(
      text, {.word = "ANSWER", .last_letter = last, .order = MatchOrder::kLast}, "answer_colon");
  if (found.found()) return found;
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] >= 'A' && text[i] <= last) return {std::string(1, text[i]), "last_capital", i};
  }
  return {};
}

Extraction nemo_letter(std::string_view text, int) {
  size_t position = 0;
  const std::string_view box = last_box(text, &position);
  if (box.size() == 1 && to_upper(box[0]) >= 'A' && to_upper(box[0]) <= 'Z')
    return {std::string(1, to_upper(box[0])), "boxed", position};
  constexpr std::string_view kGap = " \t\n\r\f\v*_";
  Extraction found = find_label(
      text, {.word = "ANSWER", .gap = kGap, .order = MatchOrder::kLast, .whole_letter = true},
      "answer_colon");
  if (found.found()) return found;
  return find_label(text,
                    {.word = "정답",
                     .gap = " \t\n\r\f\v*(",
                     .last_letter = 'E',
                     .order = MatchOrder::kLast,
                     .full_width_colon = true},
                    "answer_colon_ko");
}

// --- integers

Extraction exact_integer(std::string_view text, int) {
  return extract_integer(text);
}
Extraction loose_integer(std::string_view text, int) {
  return extract_integer(text, IntegerRule::kLoose);
}

Extraction boxed_integer(std::string_view text, int) {
  size_t position = 0;
  const std::string_view box = last_box(text, &position);
  const IntegerReading reading = read_integer_expression(box);
  if (reading.kind == IntegerReading::Kind::kNone) return {};
  return {reading.text, "boxed", position};
}

// The text between the first and the last $, overridden by the last box; compared as text, so
// "016" is not "16".
Extraction lm_eval_integer(std::string_view text, int) {
  Extraction found;
  const size_t first = text.find('$');
  const size_t last = text.rfind('$');
  std::string_view answer = text;
  size_t position = 0;
  if (first != npos && last > first) {
    answer = text.substr(first + 1, last - first - 1);
    position = first + 1;
  }
  size_t box_position = 0;
  if (const std::string_view box = last_box(text, &box_position); !box.empty()) {
    answer = box;
    position = box_position;
  }
  std::string plain;
  for (const char c : answer) {
    if (!is_blank(c)) plain += c;
  }
  for (const std::string_view drop : {"\\!", "\\left", "\\right", "^{\\circ}", "^\\circ", "\\$"}) {
    for (size_t at = plain.find(drop); at != npos; at = plain.find(drop, at))
      plain.erase(at, drop.size());
  }
  constexpr size_t kLongest = 200;
  if (plain.empty() || plain.size() > kLongest) return {};
  return {plain, "dollars_or_box", position};
}

// --- programs

Extraction last_two_fences(std::string_view text, int) {
  return extract_code_official(text);
}
Extraction paired_fences(std::string_view text, int) {
  return extract_code_native(text);
}

Extraction first_two_fences(std::string_view text, int) {
  size_t begin = npos;
  for (size_t line = 0; line < text.size();) {
    const size_t end = std::min(text.find('\n', line), text.size());
    const bool fence = text.substr(line, end - line).find("```") != npos;
    if (fence && begin != npos) {
      // Between the lines, without the line end before the second one.
      const size_t size = line > begin ? line - 1 - begin : 0;
      return {std::string(text.substr(begin, size)), "first_two_fences", begin};
    }
    if (fence) begin = std::min(end + 1, text.size());
    line = end + 1;
  }
  return {};
}

Extraction first_python_block(std::string_view text, int) {
  constexpr std::string_view kLabelled = "```python\n";
  size_t begin = text.find(kLabelled);
  if (begin == npos) return first_two_fences(text, 0);
  begin += kLabelled.size();
  const size_t end = text.find("\n```", begin);
  if (end == npos) return {};
  return {std::string(text.substr(begin, end - begin)), "first_python_block", begin};
}

using enum AnswerKind;

constexpr std::array kExtractors = {
    NamedExtractor{"mmlu_pro", kLetter, false, "MMLU-Pro's own, level 2", mmlu_pro},
    NamedExtractor{"mmlu_pro_level_1", kLetter, false, "MMLU-Pro's own, level 1", mmlu_pro_level_1},
    NamedExtractor{"mmlu_pro_last", kLetter, false, "MMLU-Pro's newer script: last matches",
                   mmlu_pro_last},
    NamedExtractor{"kmmlu_pro", kLetter, false, "KMMLU-Pro's own, Korean prompt", kmmlu_pro},
    NamedExtractor{"kmmlu_pro_english", kLetter, false, "KMMLU-Pro's own, English prompt",
                   kmmlu_pro_english},
    NamedExtractor{"kmmlu_direct", kLetter, false, "KMMLU's own: the whole reply is the letter",
                   kmmlu_direct},
    NamedExtractor{"kobalt", kLetter, false, "KoBALT-700's own: 정답은 X입니다", kobalt},
    NamedExtractor{"kormedmcqa", kLetter, false, "KorMedMCQA's own: four patterns in turn",
                   kormedmcqa},
    NamedExtractor{"mmlu_prox_ko", kLetter, false, "MMLU-ProX in Korean: first 답은 (X)입니다",
                   mmlu_prox_ko},
    NamedExtractor{"answer_letter", kLetter, false, "first Answer: X", answer_letter},
    NamedExtractor{"native", kLetter, false, "any English or Korean form, last match",
                   native_english},
    NamedExtractor{"native_korean", kLetter, false, "the same, Korean forms first, digits too",
                   native_korean},
    NamedExtractor{"lm-eval", kLetter, true, "the answer is (X), else wrong", mmlu_pro_level_1},
    NamedExtractor{"simple-evals", kLetter, true, "first Answer: X, then 답변, 정답, 답",
                   simple_evals},
    NamedExtractor{"opencompass", kLetter, true, "first ANSWER: X up to P", opencompass_letter},
    NamedExtractor{"evalscope", kLetter, true, "last ANSWER: X, else the last capital",
                   evalscope_letter},
    NamedExtractor{"nemo-skills", kLetter, true, "a boxed letter, else the last Answer: X",
                   nemo_letter},
    NamedExtractor{"exact", kInteger, false, "a box, else final answer is N", exact_integer},
    NamedExtractor{"loose", kInteger, false, "exact, else the last number", loose_integer},
    NamedExtractor{"lm-eval", kInteger, true,
                   "between the first and last $, or the last box, as text", lm_eval_integer},
    NamedExtractor{"matharena", kInteger, true, "the last box, else the last number",
                   loose_integer},
    NamedExtractor{"nemo-skills", kInteger, true, "the last box", boxed_integer},
    NamedExtractor{"evalscope", kInteger, true, "the last box", boxed_integer},
    NamedExtractor{"last_two_fences", kProgram, false, "LiveCodeBench's own", last_two_fences},
    NamedExtractor{"paired_fences", kProgram, false, "the last complete block, fences paired",
                   paired_fences},
    NamedExtractor{"first_two_fences", kProgram, false, "LiveCodeBench's older rule",
                   first_two_fences},
    NamedExtractor{"opencompass", kProgram, true, "between the last two fence lines",
                   last_two_fences},
    NamedExtractor{"opencompass-v1", kProgram, true, "between the first two fence lines",
                   first_two_fences},
    NamedExtractor{"evalscope", kProgram, true, "between the last two fence lines",
                   last_two_fences},
    NamedExtractor{"lighteval", kProgram, true, "between the last two fence lines",
                   last_two_fences},
    NamedExtractor{"nemo-skills", kProgram, true, "the first python block, else the first block",
                   first_python_block},
};

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '-' && c != '_') out += to_upper(c);
  }
  return out;
}

}  // namespace

std::span<const NamedExtractor> named_extractors() {
  return kExtractors;
}

const NamedExtractor* find_extractor(AnswerKind kind, std::string_view name) {
  for (const NamedExtractor& extractor : kExtractors) {
    if (extractor.kind == kind && folded(extractor.name) == folded(name)) return &extractor;
  }
  return nullptr;
}

std::vector<std::string> extractor_names(AnswerKind kind) {
  std::vector<std::string> names;
  for (const NamedExtractor& extractor : kExtractors) {
    if (extractor.kind == kind) names.emplace_back(extractor.name);
  }
  return names;
}

}  // namespace jangwon::harness
