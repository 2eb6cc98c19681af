// Values of Python on our side of the sandbox: what a function returned, as marshal wrote it, and
// what a data set expects, as Python's json module reads it; compared as Python's == would, without
// asking an object for its opinion.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scorers/output_comparison.h"

namespace jangwon::harness {

// An integer of any size: canonical, so that equality is equality of the fields.
struct BigInteger {
  bool negative = false;
  std::vector<uint32_t> limbs;  // little-endian, no leading zeros; empty is zero
  bool operator==(const BigInteger&) const = default;
};

struct PythonValue {
  enum class Kind {
    kNone,
    kInteger,  // bool too
    kFloat,
    kComplex,
    kString,  // UTF-8, lone surrogates encoded
    kList,
    kTuple,
    kDict,
    kRational,  // Fraction, Decimal: numerator, denominator
    kArray,     // numpy: items in row-major order, shape
    kOpaque,    // equal to nothing that JSON can say
  };
  // What few values have; most are small integers and strings, and there may be millions of them.
  struct Rare {
    BigInteger integer;  // beyond 64 bits, and the numerator
    BigInteger denominator;
    double imaginary = 0.0;
    std::vector<PythonValue> keys;  // of a dict, as many as items
    std::vector<int64_t> shape;     // of an array; their product is the number of items
  };

  Kind kind = Kind::kNone;
  int64_t small = 0;    // kInteger without `rare`
  double number = 0.0;  // kFloat, and the real part of kComplex
  std::string text;
  std::vector<PythonValue> items;  // values of a dict
  std::shared_ptr<Rare> rare;
};

// A return value as python/zygote.py encodes it: 'v' and a plain value, or 't' and a tree of tagged
// tuples. These are foreign bytes: nothing when they are malformed, nested deeper than 2,100, or
// followed by more, and nothing when they hold more than `max_values` values, because one byte of
// them may be a hundred here.
std::optional<PythonValue> decode_python_value(std::string_view bytes, size_t max_values);

// What any value that equals `expected` stays below as it comes encoded, with room for arrays that
// are refused later.
size_t max_values_to_equal(const PythonValue& expected);

// Python's json.loads: NaN and Infinity are read, the last of equal keys wins, integers have at
// most 50,000 digits.
std::optional<PythonValue> parse_python_json(std::string_view text);

// What of two ways to compare: as the checker does (a tuple is a list at the top only), or as the
// problems mean it (everywhere).
enum class TupleRule { kTopLevelIsList, kAlwaysList };

Comparison compare_values(const PythonValue& returned, const PythonValue& expected, TupleRule rule);

}  // namespace jangwon::harness
