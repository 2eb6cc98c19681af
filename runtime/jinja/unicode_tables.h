// What Python's str methods know of Unicode and utf8proc does not; the tables are written by
// make_unicode_tables.py.

#pragma once

#include <cstdint>
#include <span>

namespace jangwon::jinja {

struct Range {
  uint32_t first, last;
};

// A character whose mapping is longer than one character; unused places are 0.
struct Expansion {
  uint32_t from;
  uint32_t to[3];
};

// All sorted.
std::span<const Range> other_lowercase_ranges();  // lowercase, but not of category Ll
std::span<const Range> other_uppercase_ranges();  // uppercase, but not of category Lu
std::span<const Range> other_digit_ranges();      // isdigit(), but not isdecimal()
std::span<const Range> numeric_letter_ranges();   // isnumeric(), but of no category N*
std::span<const Expansion> upper_expansions();
std::span<const Expansion> lower_expansions();
std::span<const Expansion> title_expansions();

}  // namespace jangwon::jinja
