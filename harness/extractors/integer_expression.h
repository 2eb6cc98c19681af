// What a short expression says: the content of a box, a formula, a number with its unit. Exact and
// never symbolic: nothing is evaluated beyond a sign, a quotient and a decimal with a zero
// fraction, so no input can make it slow.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

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
      // the canonical integer (no leading zeros, "-" in front), the integers joined by ", ",
      // or the expression
      text;
};

// Tolerated around the number: $ and blanks, \text and other wrappers, \left \right, degree signs,
// %, units that are words, "x =" in front, a trailing period, leading zeros, thousands separators ,
// {,} \, \!. a/b and \frac{a}{b} with an integer quotient count, so does a decimal with a zero
// fraction. Fonts, colours, frames and spacing are not seen (latex_decoration.h). An equation says
// its last side, or its first where only that one is an integer.
IntegerReading read_integer_expression(std::string_view expression);

// An answer as data sets spell it ("070", "336^\circ", "70.0"): the canonical integer, or nothing.
std::optional<std::string> normalise_integer_answer(std::string_view answer);

// Behind the number at i, thousands separators and decimals included. REQUIRES: a digit at i.
size_t end_of_number(std::string_view text, size_t i);

}  // namespace jangwon::harness
