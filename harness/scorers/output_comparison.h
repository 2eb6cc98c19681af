// LiveCodeBench's comparison of a program's output with the expected one.

#pragma once

#include <string_view>

namespace jangwon::harness {

enum class Comparison {
  kEqual,
  kDifferent,
  kError,  // the checker itself fails: it compares a signalling NaN, or asks an array for its truth
};

// Both texts stripped, split at newlines only, every line stripped, as many lines; a line equals as
// text, or both lines split at white space convert to decimals which are equal exactly: "1.0" is
// "1" is "1e0", 0.1+0.2 is not 0.3, "nan" is nothing.
Comparison compare_output_official(std::string_view actual, std::string_view expected);

// The same with numbers that may differ by 1e-6, absolutely or relatively; where
// compare_output_official says equal, so does this.
Comparison compare_output_with_tolerance(std::string_view actual, std::string_view expected);

}  // namespace jangwon::harness
