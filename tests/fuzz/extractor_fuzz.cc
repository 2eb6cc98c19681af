#include <cstdint>
#include <string>
#include <string_view>

#include "harness/extractors/answer_letter_extractor.h"
#include "harness/extractors/choice_extractor.h"
#include "harness/extractors/code_block.h"
#include "harness/extractors/integer_extractor.h"
#include "harness/extractors/kmmlu_extractor.h"
#include "harness/extractors/mmlu_pro_extractor.h"
#include "harness/extractors/named_extractor.h"
#include "harness/extractors/number_extractor.h"
#include "harness/extractors/reasoning_split.h"
#include "runtime/base/check.h"

namespace jangwon::harness {
namespace {

// No extractor reads a byte more often than this, whatever the bytes are.
constexpr uint64_t kMaxReadsPerByte = 2000;

void check_extraction(const Extraction& found, std::string_view text) {
  JANGWON_CHECK(found.found() != found.stage.empty());
  JANGWON_CHECK(found.position <= text.size());
}

void check_letter(const Extraction& found, std::string_view text, char last) {
  check_extraction(found, text);
  if (found.found())
    JANGWON_CHECK(found.answer->size() == 1 && (*found.answer)[0] >= 'A' &&
                  (*found.answer)[0] <= last);
}

void check_reads(uint64_t num_reads, std::string_view text) {
  JANGWON_CHECK(num_reads <= kMaxReadsPerByte * (text.size() + 1));
}

void check_official_letters(std::string_view text) {
  for (MatchOrder order : {MatchOrder::kFirst, MatchOrder::kLast}) {
    const ScanText scan(text);
    const Extraction level_2 = extract_mmlu_pro_official(scan, MmluProLevel::kTwo, order);
    check_letter(level_2, text, 'J');
    check_reads(scan.num_reads(), text);
    // Level 1 is the first stage of level 2.
    const Extraction level_1 = extract_mmlu_pro_official(text, MmluProLevel::kOne, order);
    JANGWON_CHECK(level_1.found() == (level_2.stage == "answer_is"));
    if (level_2.found()) JANGWON_CHECK(text[level_2.position] == (*level_2.answer)[0]);
  }
  for (PromptLanguage language : {PromptLanguage::kKorean, PromptLanguage::kEnglish}) {
    check_letter(extract_kmmlu_pro_official(text, language), text, 'E');
  }
  check_letter(extract_answer_letter(text, 4), text, 'D');
}

void check_numbers(std::string_view text) {
  for (const IntegerRule rule : {IntegerRule::kExact, IntegerRule::kLoose}) {
    const NumberExtraction found = extract_number(text, rule);
    check_extraction(found.extraction, text);
    if (!found.number) continue;
    JANGWON_CHECK(found.extraction.found() && !found.number->denominator.empty());
    JANGWON_CHECK(equal(*found.number, *found.number));
  }
  if (const auto number = parse_exact_number(text)) JANGWON_CHECK(!number->denominator.empty());
}

// Every extractor by name, peers' ones too.
void check_named(std::string_view text) {
  for (const NamedExtractor& extractor : named_extractors())
    check_extraction(extractor.extract(text, 10), text);
}

void check_choices(std::string_view text) {
  const FoldedText folded(text);
  for (int num_options : {1, 4, 10, 26}) {
    const char last = static_cast<char>('A' + num_options - 1);
    for (MatchOrder order : {MatchOrder::kFirst, MatchOrder::kLast}) {
      check_letter(extract_choice(folded, korean_choice(num_options, order)).extraction, text,
                   last);
      check_letter(extract_choice(folded, english_choice(num_options, order)).extraction, text,
                   last);
    }
  }
  check_reads(folded.num_reads() / 16, text);
}

void check_integers(std::string_view text) {
  const ScanText scan(text);
  const Extraction exact = extract_integer(scan, IntegerRule::kExact);
  check_extraction(exact, text);
  check_reads(scan.num_reads(), text);
  const Extraction loose = extract_integer(text, IntegerRule::kLoose);
  if (exact.found()) JANGWON_CHECK(loose.answer == exact.answer && loose.stage == exact.stage);
  if (loose.found()) JANGWON_CHECK(loose.answer->size() <= 200);
  // A canonical integer reads as itself.
  if (const auto integer = normalise_integer_answer(text))
    JANGWON_CHECK(normalise_integer_answer(*integer) == integer);
}

void check_reasoning(std::string_view text) {
  const ReasoningSplit split = remove_reasoning(text);
  const auto inside = [&](std::string_view part) {
    return part.empty() ||
           (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
  };
  JANGWON_CHECK(inside(split.reasoning) && inside(split.answer_text));
  if (split.markers.empty()) JANGWON_CHECK(split.answer_text == text && split.terminated);
}

}  // namespace
}  // namespace jangwon::harness

// Every extractor on the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon::harness;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_official_letters(text);
  check_numbers(text);
  check_named(text);
  check_choices(text);
  check_integers(text);
  check_reasoning(text);
  check_extraction(extract_code_official(text), text);
  check_extraction(extract_code_native(text), text);
  return 0;
}
