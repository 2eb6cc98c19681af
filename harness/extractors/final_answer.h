// A sentence that names the final answer without a box: "The final answer is 12 + 25 + 25 = 62",
// "최종 답은 25와 37의 합인 62입니다".

#pragma once

#include <cstddef>
#include <optional>

#include "harness/extractors/integer_expression.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

struct FinalAnswer {
  IntegerReading reading;
  size_t position = 0;  // of the sentence behind the marker, in bytes
};

// The last "final answer" or 최종 답 behind which something is said. Of a line of arithmetic its
// result is the answer, of a sentence the number that it asserts: not a summand, not a number that
// it denies ("not 61 but 62", "61이 아니라 62"). Several numbers asserted are kSeveral, a bound or
// an expression without its value is kOther.
std::optional<FinalAnswer> find_final_answer(const ScanText& text);

}  // namespace jangwon::harness
