// Strings in Python are code points, and strip, split and Decimal know all of Unicode: 29
// white-space characters and 66 sets of digits. The tables below are those of Unicode 14, which
// Python 3.11 has. Everything is exact: a decimal is a sign, its digits and an exponent, never a
// double. tests/harness/scorers/output_comparison_test.cc holds pairs judged by Python itself.

#include "harness/scorers/output_comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace jangwon::harness {
namespace {

// The zero of every set of decimal digits; the other nine follow it.
constexpr std::array<uint32_t, 66> kDigitZeros = {
    0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,
    0xc66,   0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,
    0x1810,  0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,
    0xa8d0,  0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0,
    0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2,
    0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

constexpr bool is_space(uint32_t point) {
  return (point >= 0x09 && point <= 0x0d) || (point >= 0x1c && point <= 0x20) || point == 0x85 ||
         point == 0xa0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200a) ||
         point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f ||
         point == 0x3000;
}

// The code point at `position` and its length; a byte that begins none stands for itself, as no
// white space and no digit.
struct Point {
  uint32_t value;
  size_t size;
};

Point point_at(std::string_view text, size_t position) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[position + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (size == 1 || position + size > text.size()) return {0xfffd, 1};
  uint32_t value = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0xfffd, 1};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  return {value, size};
}

std::string_view strip(std::string_view text) {
  size_t begin = 0;
  while (begin < text.size()) {
    const Point point = point_at(text, begin);
    if (!is_space(point.value)) break;
    begin += point.size;
  }
  size_t end = text.size();
  while (end > begin) {
    size_t start = end - 1;
    while (start > begin && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80)
      --start;
    const Point point = point_at(text, start);
    if (start + point.size != end || !is_space(point.value)) break;
    end = start;
  }
  return text.substr(begin, end - begin);
}

// Walks the lines of a stripped text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool next(std::string_view* line) {
    if (done_) return false;
    const size_t newline = rest_.find('\n');
    done_ = newline == std::string_view::npos;
    *line = strip(rest_.substr(0, newline));
    if (!done_) rest_.remove_prefix(newline + 1);
    return true;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

struct Decimal {
  enum Kind { kFinite, kInfinity, kNan, kSignallingNan };
  Kind kind = kFinite;
  bool negative = false;
  std::string digits;    // no leading and no trailing zeros; empty is zero
  int64_t exponent = 0;  // value = digits × 10^exponent
};

// ASCII digits and letters in place of whatever Unicode wrote; nothing for a token that
// cannot be a number.
std::optional<std::string> to_ascii(std::string_view token) {
  std::string ascii;
  for (size_t position = 0; position < token.size();) {
    const Point point = point_at(token, position);
    position += point.size;
    if (point.value == '_') continue;
    if (point.value < 0x80) {
      ascii.push_back(static_cast<char>(std::tolower(static_cast<int>(point.value))));
      continue;
    }
    const auto zero = std::upper_bound(kDigitZeros.begin(), kDigitZeros.end(), point.value);
    if (zero == kDigitZeros.begin() || point.value - *(zero - 1) > 9) return std::nullopt;
    ascii.push_back(static_cast<char>('0' + (point.value - *(zero - 1))));
  }
  return ascii;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

size_t take_digits(std::string_view text, size_t position, std::string* digits) {
  while (position < text.size() && text[position] >= '0' && text[position] <= '9')
    digits->push_back(text[position++]);
  return position;
}

constexpr int64_t kMaxExponent = 999999999999999999;
constexpr int64_t kMinTinyExponent = -1999999999999999997;

// The constructor of Python's Decimal for one token.
std::optional<Decimal> parse_decimal(std::string_view token) {
  const auto ascii = to_ascii(token);
  if (!ascii) return std::nullopt;
  std::string_view text = *ascii;
  Decimal decimal;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    decimal.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "inf" || text == "infinity") {
    decimal.kind = Decimal::kInfinity;
    return decimal;
  }
  for (const auto& [name, kind] :
       {std::pair{"nan", Decimal::kNan}, std::pair{"snan", Decimal::kSignallingNan}}) {
    const std::string_view word = name;
    if (!text.starts_with(word)) continue;
    if (!all_digits(text.substr(word.size()))) return std::nullopt;
    decimal.kind = kind;
    return decimal;
  }
  std::string digits;
  size_t position = take_digits(text, 0, &digits);
  if (position < text.size() && text[position] == '.') {
    const size_t before = digits.size();
    position = take_digits(text, position + 1, &digits);
    decimal.exponent = -static_cast<int64_t>(digits.size() - before);
  }
  if (digits.empty()) return std::nullopt;
  bool exponent_overflows = false;
  if (position < text.size() && text[position] == 'e') {
    ++position;
    bool negative = false;
    if (position < text.size() && (text[position] == '+' || text[position] == '-'))
      negative = text[position++] == '-';
    std::string exponent;
    position = take_digits(text, position, &exponent);
    if (exponent.empty()) return std::nullopt;
    exponent.erase(0, std::min(exponent.find_first_not_of('0'), exponent.size()));
    exponent_overflows = exponent.size() > 18;
    const int64_t value =
        exponent_overflows || exponent.empty() ? 0 : std::strtoll(exponent.c_str(), nullptr, 10);
    // Up to 18 digits, so the sum cannot overflow.
    decimal.exponent += negative ? -value : value;
    if (exponent_overflows && exponent.size() == 19 && negative) {
      const auto large = std::strtoull(exponent.c_str(), nullptr, 10);
      exponent_overflows = large > static_cast<uint64_t>(-kMinTinyExponent);
      if (!exponent_overflows) decimal.exponent -= static_cast<int64_t>(large);
    }
  }
  if (position != text.size()) return std::nullopt;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  // A zero has one digit and is held to the same bounds.
  const int64_t adjusted =
      decimal.exponent + static_cast<int64_t>(std::max<size_t>(digits.size(), 1)) - 1;
  if (exponent_overflows || adjusted > kMaxExponent || decimal.exponent < kMinTinyExponent)
    return std::nullopt;
  if (digits.empty()) {
    decimal.exponent = 0;
    return decimal;
  }
  const size_t last = digits.find_last_not_of('0');
  decimal.exponent += static_cast<int64_t>(digits.size() - 1 - last);
  digits.resize(last + 1);
  decimal.digits = std::move(digits);
  return decimal;
}

size_t num_tokens(std::string_view line) {
  size_t number = 0;
  bool in_token = false;
  for (size_t position = 0; position < line.size();) {
    const Point point = point_at(line, position);
    position += point.size;
    number += !in_token && !is_space(point.value) ? 1 : 0;
    in_token = !is_space(point.value);
  }
  return number;
}

// The tokens of a line as decimals; nothing when one of them is none.
std::optional<std::vector<Decimal>> parse_decimals(std::string_view line) {
  std::vector<Decimal> decimals;
  size_t position = 0;
  while (position < line.size()) {
    Point point = point_at(line, position);
    if (is_space(point.value)) {
      position += point.size;
      continue;
    }
    const size_t begin = position;
    while (position < line.size() && !is_space((point = point_at(line, position)).value))
      position += point.size;
    auto decimal = parse_decimal(line.substr(begin, position - begin));
    if (!decimal) return std::nullopt;
    decimals.push_back(std::move(*decimal));
  }
  return decimals;
}

Comparison compare_decimals(const Decimal& a, const Decimal& b) {
  if (a.kind == Decimal::kSignallingNan || b.kind == Decimal::kSignallingNan)
    return Comparison::kError;
  if (a.kind == Decimal::kNan || b.kind == Decimal::kNan || a.kind != b.kind)
    return Comparison::kDifferent;
  if (a.kind == Decimal::kInfinity)
    return a.negative == b.negative ? Comparison::kEqual : Comparison::kDifferent;
  if (a.digits.empty() && b.digits.empty()) return Comparison::kEqual;
  return a.negative == b.negative && a.exponent == b.exponent && a.digits == b.digits
             ? Comparison::kEqual
             : Comparison::kDifferent;
}

double to_double(const Decimal& decimal) {
  if (decimal.digits.empty()) return 0.0;
  const std::string text =
      (decimal.negative ? "-" : "") + decimal.digits + "e" + std::to_string(decimal.exponent);
  return std::strtod(text.c_str(), nullptr);
}

Comparison compare_nearly(const Decimal& a, const Decimal& b) {
  const Comparison exact = compare_decimals(a, b);
  if (exact != Comparison::kDifferent || a.kind != Decimal::kFinite || b.kind != Decimal::kFinite)
    return exact;
  constexpr double kTolerance = 1e-6;
  const double x = to_double(a);
  const double y = to_double(b);
  if (!std::isfinite(x) || !std::isfinite(y)) return Comparison::kDifferent;
  return std::abs(x - y) <= kTolerance * std::max(1.0, std::abs(y)) ? Comparison::kEqual
                                                                    : Comparison::kDifferent;
}

Comparison compare_lines(std::string_view actual, std::string_view expected,
                         Comparison (*compare)(const Decimal&, const Decimal&)) {
  if (actual == expected) return Comparison::kEqual;
  // Counted first: a program may write millions of tokens, and each takes thirty times its
  // size as a decimal.
  if (num_tokens(actual) != num_tokens(expected)) return Comparison::kDifferent;
  const auto left = parse_decimals(actual);
  if (!left) return Comparison::kDifferent;
  const auto right = parse_decimals(expected);
  if (!right) return Comparison::kDifferent;
  for (size_t i = 0; i < left->size(); ++i) {
    const Comparison result = compare((*left)[i], (*right)[i]);
    if (result != Comparison::kEqual) return result;
  }
  return Comparison::kEqual;
}

Comparison compare_texts(std::string_view actual, std::string_view expected,
                         Comparison (*compare)(const Decimal&, const Decimal&)) {
  actual = strip(actual);
  expected = strip(expected);
  // Counted first: the checker compares no line when the numbers differ.
  if (std::count(actual.begin(), actual.end(), '\n') !=
      std::count(expected.begin(), expected.end(), '\n'))
    return Comparison::kDifferent;
  Lines left(actual);
  Lines right(expected);
  std::string_view a;
  std::string_view b;
  while (left.next(&a) && right.next(&b)) {
    const Comparison result = compare_lines(a, b, compare);
    if (result != Comparison::kEqual) return result;
  }
  return Comparison::kEqual;
}

}  // namespace

Comparison compare_output_official(std::string_view actual, std::string_view expected) {
  return compare_texts(actual, expected, compare_decimals);
}

Comparison compare_output_with_tolerance(std::string_view actual, std::string_view expected) {
  return compare_texts(actual, expected, compare_nearly);
}

}  // namespace jangwon::harness
