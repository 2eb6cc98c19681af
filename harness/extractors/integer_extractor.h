// The integer that a reply to a competition problem ends with. The rule is exact and never
// symbolic: no expression is evaluated beyond a sign, a quotient and a decimal with a zero
// fraction, so no input can make it slow.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "harness/extractors/extraction.h"
#include "harness/extractors/integer_expression.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

// kExact: the last balanced \boxed{…} or \fbox{…} that is not blank (or "\boxed 70"); without a box
// "final answer is N" or 최종 답: N; else no answer. kLoose adds what MathArena's parser does where
// it is not strict: the last number of the text.
enum class IntegerRule { kExact, kLoose };

// Stages: boxed, boxed_token, final_answer, last_number. The answer is IntegerReading::text, at
// most 200 bytes of it.
Extraction extract_integer(const ScanText& text, IntegerRule rule = IntegerRule::kExact);

// An expression in a reply and where it stands.
struct FoundExpression {
  std::string_view text;
  size_t position = 0;
  const char* stage = "";  // boxed, boxed_token, last_number
};

// The box that starts last among those that are closed and not blank.
std::optional<FoundExpression> find_last_box(const ScanText& text);

// The last number that is a word of its own, with its sign.
std::optional<FoundExpression> find_last_number(const ScanText& text);

}  // namespace jangwon::harness
