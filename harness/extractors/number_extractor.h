// The number that a reply to a mathematical problem ends with, integer or not.

#pragma once

#include <optional>
#include <string>

#include "harness/extractors/exact_number.h"
#include "harness/extractors/integer_extractor.h"

namespace jangwon::harness {

struct NumberReading {
  // absent: blank, several numbers, or something that is no number
  std::optional<ExactNumber> number;
  std::string text;  // as it stands in the reply, at most 200 bytes of it
};

// What an expression such as the content of a box says. An integer is read as
// read_integer_expression reads it, so that its forms are understood here too.
NumberReading read_number_expression(std::string_view expression);

struct NumberExtraction {
  Extraction extraction;  // the answer is NumberReading::text; stages as those of extract_integer
  std::optional<ExactNumber> number;
};

// Where the answer stands is told as for integers: the last box, else the last "final answer" or
// 최종 답, and with kLoose the last number of the text.
NumberExtraction extract_number(const ScanText& text, IntegerRule rule = IntegerRule::kExact);

}  // namespace jangwon::harness
