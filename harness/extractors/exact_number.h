// A number as it is, without rounding: a quotient of two integers of any length. "1.75",
// "\frac{7}{4}" and "7/4" are the same number, 0.333 and 1/3 are not.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace jangwon::harness {

struct ExactNumber {
  // base 10⁹, least significant first, no zeros at the end; empty is 0
  using Digits = std::vector<uint32_t>;
  bool negative = false;  // never of zero
  Digits numerator;
  Digits denominator = {1};
  // How many digits stand behind the point of a number that is written as a plain integer or
  // decimal; absent for what is calculated: a fraction, a power, a product.
  std::optional<int> num_decimals;
};

bool equal(const ExactNumber& a, const ExactNumber& b);

// Whether `number`, rounded to the decimals of `decimal`, is `decimal`; a half may go either way.
// REQUIRES: decimal.num_decimals.
bool rounds_to(const ExactNumber& number, const ExactNumber& decimal);

// The number that an expression says, in the ways people and LaTeX write one: a sign, thousands
// separators, a decimal, 1.5e3, a/b, \frac{a}{b}, \frac12, a mixed number (2\frac{1}{3}, 2 1/3), a
// product, an integer power (2^{10}, 3 \times 10^5), brackets. Around it dollars, currency signs,
// decorations and units are passed over; a percent sign is a unit. Of an equation the last side
// counts, or the first where only that one is a number; of "a ≈ b" the exact one. Nothing else is
// calculated: roots, letters and functions are no number. Numbers of more than 1,000 digits are
// none either, so no input can make it slow.
std::optional<ExactNumber> parse_exact_number(std::string_view expression);

}  // namespace jangwon::harness
