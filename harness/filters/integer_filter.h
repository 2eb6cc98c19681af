// The integer that a reply to a competition problem ends with. The rule is exact and never symbolic: no expression is
// evaluated beyond a sign, a quotient and a decimal with a zero fraction, so no input can make it slow.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/filters/extraction.h"
#include "harness/filters/scan_text.h"

namespace jangwon::harness {

// What an expression such as the content of a box says.
struct IntegerReading {
  enum class Kind {
    kNone,     // blank
    kInteger,  // one integer, perhaps repeated
    kSeveral,  // several different integers: "70, 71"
    kOther,    // anything else: 2\sqrt{3}, 70.5, x
  };
  Kind kind = Kind::kNone;
  std::string
      text;  // the canonical integer (no leading zeros, "-" in front), the integers joined by ", ", or the expression
};

// Tolerated around the number: $ and blanks, \text and other wrappers, \left \right, degree signs, %, units that are
// words, "x =" in front, a trailing period, leading zeros, thousands separators , {,} \, \!. a/b and \frac{a}{b} with
// an integer quotient count, so does a decimal with a zero fraction.
IntegerReading read_integer_expression(std::string_view expression);

// An answer as data sets spell it ("070", "336^\circ", "70.0"): the canonical integer, or nothing.
std::optional<std::string> normalise_integer_answer(std::string_view answer);

// kExact: the last balanced \boxed{…} or \fbox{…} that is not blank (or "\boxed 70"); without a box "final answer is N"
// or 최종 답: N; else no answer. kLoose adds what MathArena's parser does where it is not strict: the last number of
// the text.
enum class IntegerRule { kExact, kLoose };

// Stages: boxed, boxed_token, final_answer, last_number. The answer is IntegerReading::text, at most 200 bytes of it.
Extraction extract_integer(const ScanText& text, IntegerRule rule = IntegerRule::kExact);

}  // namespace jangwon::harness
