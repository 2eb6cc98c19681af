// Exact numbers first, then the integer reader: it knows more forms (several equal integers, "p =
// 25, q = 37, p + q = 62", asides), and what it reads is a number as well.
// tests/harness/extractors/number_extractor_test.cc.

#include "harness/extractors/number_extractor.h"

#include <algorithm>
#include <array>

#include "harness/extractors/final_answer.h"

namespace jangwon::harness {

namespace {

constexpr size_t kMaxAnswerBytes = 200;
constexpr size_t kMaxSentenceBytes = 400;

std::string clip(std::string_view text) {
  size_t size = std::min(text.size(), kMaxAnswerBytes);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return std::string(text.substr(0, size));
}

bool is_blank_or_mark(char c) {
  return c == ' ' || c == '\t' || c == '*' || c == ':' || c == '"' || c == '(';
}

// Behind what joins "final answer" to its number; a full-width colon is one too.
std::string_view behind_joint(std::string_view text) {
  constexpr std::array<std::string_view, 6> kJoints = {"은", "는", "is", "\xef\xbc\x9a", "\n", "="};
  for (size_t before = text.size() + 1; before != text.size();) {
    before = text.size();
    while (!text.empty() && is_blank_or_mark(text.front()))
      text.remove_prefix(1);
    for (std::string_view joint : kJoints) {
      if (text.starts_with(joint)) text.remove_prefix(joint.size());
    }
  }
  return text;
}

// The sentence at the start of the text: to the end of the line, or to a full stop that ends it.
std::string_view sentence_of(std::string_view text) {
  text = text.substr(0, std::min(text.size(), kMaxSentenceBytes));
  for (size_t i = 0; i < text.size(); ++i) {
    const bool stop =
        text[i] == '.' && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n');
    if (text[i] == '\n' || stop) return text.substr(0, i);
  }
  return text;
}

NumberExtraction of_reading(NumberReading reading, const char* stage, size_t position) {
  NumberExtraction found;
  found.extraction = {std::move(reading.text), stage, position};
  found.number = std::move(reading.number);
  return found;
}

std::optional<NumberExtraction> of_final_answer(const ScanText& text) {
  const std::optional<FinalAnswer> final_answer = find_final_answer(text);
  if (!final_answer) return std::nullopt;
  const IntegerReading& reading = final_answer->reading;
  if (reading.kind == IntegerReading::Kind::kInteger ||
      reading.kind == IntegerReading::Kind::kSeveral) {
    NumberReading number{std::nullopt, reading.text};
    if (reading.kind == IntegerReading::Kind::kInteger)
      number.number = parse_exact_number(reading.text);
    return of_reading(std::move(number), "final_answer", final_answer->position);
  }
  const std::string_view sentence =
      sentence_of(behind_joint(text.view().substr(final_answer->position)));
  return of_reading({parse_exact_number(sentence), clip(sentence)}, "final_answer",
                    final_answer->position);
}

}  // namespace

NumberReading read_number_expression(std::string_view expression) {
  NumberReading reading{parse_exact_number(expression), clip(expression)};
  if (reading.number) return reading;
  const IntegerReading integer = read_integer_expression(expression);
  if (integer.kind == IntegerReading::Kind::kNone) return {};
  reading.text = integer.text;
  if (integer.kind == IntegerReading::Kind::kInteger)
    reading.number = parse_exact_number(integer.text);
  return reading;
}

NumberExtraction extract_number(const ScanText& text, IntegerRule rule) {
  if (const auto box = find_last_box(text))
    return of_reading(read_number_expression(box->text), box->stage, box->position);
  if (auto final_answer = of_final_answer(text)) return std::move(*final_answer);
  if (rule == IntegerRule::kLoose) {
    if (const auto last = find_last_number(text))
      return of_reading(read_number_expression(last->text), last->stage, last->position);
  }
  return {};
}

}  // namespace jangwon::harness
