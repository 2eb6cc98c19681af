// Two halves: schoolbook arithmetic on long integers, which is enough because a bound on the digits
// makes every product small, and a recursive descent over the expression. A published gold such as
// \frac{5}{6} and a reply such as 0.8333 must not be made equal by a conversion to double, nor 0.1
// + 0.2 made different by one; so nothing here is a double.
// tests/harness/extractors/exact_number_test.cc compares with rationals of another make.

#include "harness/extractors/exact_number.h"

#include <algorithm>
#include <array>
#include <string>

#include "harness/extractors/answer_characters.h"
#include "harness/extractors/folded_text.h"
#include "harness/extractors/latex_decoration.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

namespace {

using Digits = ExactNumber::Digits;

constexpr uint64_t kBase = 1'000'000'000;
constexpr size_t kMaxDecimalDigits = 1000;
constexpr size_t kMaxDigits = kMaxDecimalDigits / 9;
constexpr int kMaxDepth = 16;

// --- long integers

void drop_zeros(Digits& digits) {
  while (!digits.empty() && digits.back() == 0)
    digits.pop_back();
}

Digits from_decimal(std::string_view text) {
  Digits digits;
  for (size_t end = text.size(); end > 0;) {
    const size_t begin = end > 9 ? end - 9 : 0;
    uint32_t part = 0;
    for (size_t i = begin; i < end; ++i)
      part = part * 10 + static_cast<uint32_t>(text[i] - '0');
    digits.push_back(part);
    end = begin;
  }
  drop_zeros(digits);
  return digits;
}

Digits multiply(const Digits& a, const Digits& b) {
  Digits product(a.size() + b.size(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.size() || carry > 0; ++j) {
      const uint64_t sum = product[i + j] + carry + (j < b.size() ? uint64_t{a[i]} * b[j] : 0);
      product[i + j] = static_cast<uint32_t>(sum % kBase);
      carry = sum / kBase;
    }
  }
  drop_zeros(product);
  return product;
}

Digits add(const Digits& a, const Digits& b) {
  Digits sum;
  uint64_t carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
    carry += (i < a.size() ? a[i] : 0) + uint64_t{i < b.size() ? b[i] : 0};
    sum.push_back(static_cast<uint32_t>(carry % kBase));
    carry /= kBase;
  }
  drop_zeros(sum);
  return sum;
}

bool less(const Digits& a, const Digits& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

// REQUIRES: a is not less than b.
Digits subtract(const Digits& a, const Digits& b) {
  Digits difference = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    int64_t digit = int64_t{a[i]} - borrow - (i < b.size() ? b[i] : 0);
    borrow = digit < 0 ? 1 : 0;
    if (digit < 0) digit += static_cast<int64_t>(kBase);
    difference[i] = static_cast<uint32_t>(digit);
  }
  drop_zeros(difference);
  return difference;
}

Digits power_of_ten(int exponent) {
  return from_decimal("1" + std::string(static_cast<size_t>(exponent), '0'));
}

// --- rationals

using Number = std::optional<ExactNumber>;

Number bounded(ExactNumber number) {
  if (number.numerator.size() > kMaxDigits || number.denominator.size() > kMaxDigits)
    return std::nullopt;
  if (number.numerator.empty()) number.negative = false;
  return number;
}

Number product_of(const ExactNumber& a, const ExactNumber& b) {
  return bounded({a.negative != b.negative, multiply(a.numerator, b.numerator),
                  multiply(a.denominator, b.denominator), std::nullopt});
}

Number quotient_of(const ExactNumber& a, const ExactNumber& b) {
  if (b.numerator.empty()) return std::nullopt;
  return bounded({a.negative != b.negative, multiply(a.numerator, b.denominator),
                  multiply(a.denominator, b.numerator), std::nullopt});
}

Number power_of(const ExactNumber& base, const ExactNumber& exponent) {
  if (exponent.denominator != Digits{1} || exponent.numerator.size() > 1) return std::nullopt;
  const uint32_t times = exponent.numerator.empty() ? 0 : exponent.numerator.front();
  if (times > kMaxDecimalDigits * 4) return std::nullopt;
  if (base.numerator.empty() && times == 0) return std::nullopt;
  Number power = ExactNumber{false, {1}, {1}, std::nullopt};
  for (uint32_t i = 0; i < times && power; ++i)
    power = product_of(*power, base);
  if (power && exponent.negative)
    return quotient_of(ExactNumber{false, {1}, {1}, std::nullopt}, *power);
  return power;
}

// --- the expression

constexpr std::string_view kDegree = "\xc2\xb0";
constexpr std::array<std::string_view, 3> kTimes = {"\\times", "\\cdot", "\xc3\x97"};
constexpr std::array<std::string_view, 4> kFractions = {"\\frac", "\\dfrac", "\\tfrac", "\\cfrac"};
constexpr std::array<std::string_view, 6> kCurrencies = {
    "\\$", "\xe2\x82\xa9", "\xef\xbf\xa6", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5"};
constexpr std::array<std::string_view, 6> kUnitWrappers = {"\\text", "\\mathrm", "\\textrm",
                                                           "\\mbox", "\\textbf", "\\operatorname"};
// Behind a number these are what it is multiplied with, or say that it is none.
constexpr std::array<std::string_view, 18> kNoUnits = {"x",    "y",   "z",  "n",   "k",  "a",
                                                       "b",    "c",   "p",  "q",   "i",  "pi",
                                                       "sqrt", "log", "or", "and", "to", "e"};
// "70 이상" is a bound, "70, 또는 71" no number.
constexpr std::array<std::string_view, 8> kNoUnitsKorean = {"이상", "이하", "미만", "초과",
                                                            "보다", "또는", "혹은", "또"};

class NumberParser {
 public:
  explicit NumberParser(std::string_view text) : text_(text) {}

  // The whole text as one number with its unit.
  Number parse() {
    skip();
    for (std::string_view currency : kCurrencies)
      take(currency);
    Number number = parse_signed();
    if (!number || !rest_is_unit()) return std::nullopt;
    return number;
  }

 private:
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  bool stands(std::string_view literal) const { return text_.substr(i_).starts_with(literal); }
  bool take(std::string_view literal) {
    if (!stands(literal)) return false;
    i_ += literal.size();
    skip();
    return true;
  }

  // Blanks, dollars, thin spaces and what only decorates.
  void skip() {
    while (i_ < text_.size()) {
      const size_t before = i_;
      if (is_blank(at(i_)) || at(i_) == '$' || at(i_) == '*' || at(i_) == '`') ++i_;
      for (std::string_view space :
           {"\\,", "\\!", "\\;", "\\:", "\\ ", "\\left", "\\right", "\\displaystyle"}) {
        if (stands(space)) i_ += space.size();
      }
      if (at(i_) == '\\') i_ += latex_decoration_at(text_, i_);
      if (i_ == before) return;
    }
  }

  Number parse_signed() {
    bool negative = false;
    while (at(i_) == '-' || at(i_) == '+') {
      if (at(i_) == '-') negative = !negative;
      ++i_;
      skip();
    }
    for (std::string_view currency : kCurrencies)
      take(currency);
    Number number = parse_term();
    if (number && !number->numerator.empty()) number->negative = number->negative != negative;
    return number;
  }

  Number parse_term() {
    Number number = parse_power();
    while (number) {
      if (take_times()) {
        const Number factor = parse_power();
        number = factor ? product_of(*number, *factor) : std::nullopt;
      } else if (at(i_) == '/' && (is_digit(at(i_ + 1)) || is_blank(at(i_ + 1)))) {
        ++i_;
        skip();
        const Number divisor = parse_power();
        number = divisor ? quotient_of(*number, *divisor) : std::nullopt;
      } else {
        break;
      }
    }
    return number;
  }

  bool take_times() {
    for (std::string_view times : kTimes) {
      if (take(times)) return true;
    }
    return false;
  }

  Number parse_power() {
    if (++depth_ > kMaxDepth) return std::nullopt;
    Number base = parse_factor();
    --depth_;
    if (!base || at(i_) != '^' || stands("^\\circ") || stands("^{\\circ")) return base;
    ++i_;
    skip();
    Number exponent = at(i_) == '{' ? parse_group('{', '}') : parse_digit();
    return exponent ? power_of(*base, *exponent) : std::nullopt;
  }

  Number parse_factor() {
    if (at(i_) == '(') return parse_group('(', ')');
    if (at(i_) == '{') return parse_group('{', '}');
    if (at(i_) == '\\') return parse_fraction();
    return parse_decimal();
  }

  Number parse_group(char open, char close) {
    if (at(i_) != open || ++depth_ > kMaxDepth) return std::nullopt;
    ++i_;
    skip();
    const Number number = parse_signed();
    --depth_;
    if (!number || at(i_) != close) return std::nullopt;
    ++i_;
    skip();
    return number;
  }

  Number parse_fraction() {
    for (std::string_view command : kFractions) {
      if (!stands(command)) continue;
      i_ += command.size();
      skip();
      const Number numerator = at(i_) == '{' ? parse_group('{', '}') : parse_digit();
      const Number denominator = at(i_) == '{' ? parse_group('{', '}') : parse_digit();
      return numerator && denominator ? quotient_of(*numerator, *denominator) : std::nullopt;
    }
    return std::nullopt;
  }

  // "\frac12", "2^3": one digit without braces.
  Number parse_digit() {
    if (!is_digit(at(i_))) return std::nullopt;
    const Number digit = ExactNumber{false, from_decimal(text_.substr(i_, 1)), {1}, std::nullopt};
    ++i_;
    skip();
    return digit;
  }

  size_t behind_thousands_separator(size_t i) const {
    for (std::string_view separator : {"{,}", ",\\!", "\\,", ","}) {
      if (!text_.substr(std::min(i, text_.size())).starts_with(separator)) continue;
      const size_t k = i + separator.size();
      if (is_digit(at(k)) && is_digit(at(k + 1)) && is_digit(at(k + 2)) && !is_digit(at(k + 3)))
        return k;
    }
    return i;
  }

  // An integer or a decimal, perhaps with an exponent, perhaps with a fraction behind it.
  Number parse_decimal() {
    std::string digits;
    while (is_digit(at(i_)))
      digits += text_[i_++];
    const bool may_group = !digits.empty() && digits.size() <= 3 && digits[0] != '0';
    for (size_t k = may_group ? behind_thousands_separator(i_) : i_; k != i_;
         k = behind_thousands_separator(i_)) {
      digits += text_.substr(k, 3);
      i_ = k + 3;
    }
    int num_decimals = 0;
    if (at(i_) == '.' && is_digit(at(i_ + 1))) {
      for (++i_; is_digit(at(i_)); ++num_decimals)
        digits += text_[i_++];
    }
    if (digits.empty() || digits.size() > kMaxDecimalDigits) return std::nullopt;
    Number number =
        bounded({false, from_decimal(digits), power_of_ten(num_decimals), num_decimals});
    if (number && (at(i_) == 'e' || at(i_) == 'E')) number = with_exponent(*number);
    const bool whole = num_decimals == 0 && number && number->num_decimals;
    skip();
    return whole ? with_mixed_fraction(*number) : number;
  }

  Number with_exponent(const ExactNumber& number) {
    size_t k = i_ + 1;
    const bool negative = at(k) == '-';
    if (at(k) == '-' || at(k) == '+') ++k;
    int exponent = 0;
    const size_t begin = k;
    for (; is_digit(at(k)) && k < begin + 4; ++k)
      exponent = exponent * 10 + (at(k) - '0');
    if (k == begin) return number;  // the e of a unit
    i_ = k;
    if (exponent > static_cast<int>(kMaxDecimalDigits)) return std::nullopt;
    const ExactNumber power{false, power_of_ten(exponent), {1}, std::nullopt};
    return negative ? quotient_of(number, power) : product_of(number, power);
  }

  // "2\frac{1}{3}" and "2 1/3".
  Number with_mixed_fraction(const ExactNumber& whole) {
    const size_t begin = i_;
    Number fraction;
    if (at(i_) == '\\') {
      fraction = parse_fraction();
    } else if (is_digit(at(i_))) {
      const Number numerator = parse_decimal();
      if (!numerator || at(i_) != '/') return std::nullopt;  // two numbers side by side
      ++i_;
      const Number denominator = parse_decimal();
      fraction = denominator ? quotient_of(*numerator, *denominator) : std::nullopt;
    }
    if (!fraction) {
      i_ = begin;
      return whole;
    }
    return bounded({false,
                    add(multiply(whole.numerator, fraction->denominator), fraction->numerator),
                    fraction->denominator, std::nullopt});
  }

  // What stands behind the number says what is counted, or nothing.
  bool rest_is_unit() {
    bool in_unit = false;  // an exponent or a slash belongs to a unit only
    while (i_ < text_.size()) {
      const size_t before = i_;
      if (take("\\%") || take("%") || take("^\\circ") || take("^{\\circ}") || take("\\circ") ||
          take("\\degree") || take(kDegree) || take("\\$") || (at(i_ + 1) != '.' && take(".")) ||
          take("\\text{ ") || take("}") || take("{") || take("\\\\")) {
        continue;
      }
      if (std::any_of(kUnitWrappers.begin(), kUnitWrappers.end(),
                      [&](std::string_view w) { return take(w); }))
        continue;
      if (in_unit &&
          (take("^2") || take("^3") || take("/") || take("\xc2\xb2") || take("\xc2\xb3")))
        continue;
      if (take("(") || take(")")) continue;
      skip();
      if (i_ != before) continue;
      if (!take_unit_word()) return false;
      in_unit = true;
    }
    return true;
  }

  bool take_unit_word() {
    const size_t begin = i_;
    while (is_letter(at(i_)))
      ++i_;
    if (i_ > begin) {
      const std::string_view word = text_.substr(begin, i_ - begin);
      return std::find(kNoUnits.begin(), kNoUnits.end(), word) == kNoUnits.end();
    }
    while (i_ < text_.size() && static_cast<unsigned char>(text_[i_]) >= 0x80) {
      const CodePoint point = decode_utf8(text_, i_);
      if (!is_hangul_syllable(point.value) && !(point.value >= 0x3300 && point.value <= 0x33ff) &&
          point.value != 0x2103 && point.value != 0x3a9 && point.value != 0x2126)
        return false;
      i_ += point.num_bytes;
    }
    const std::string_view word = text_.substr(begin, i_ - begin);
    return i_ > begin && std::none_of(kNoUnitsKorean.begin(), kNoUnitsKorean.end(),
                                      [&](std::string_view no) { return word.starts_with(no); });
  }

  std::string_view text_;
  size_t i_ = 0;
  int depth_ = 0;
};

std::vector<std::string_view> parts_at(std::string_view text,
                                       std::initializer_list<std::string_view> separators) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    for (std::string_view separator : separators) {
      if (!text.substr(i).starts_with(separator)) continue;
      parts.push_back(text.substr(begin, i - begin));
      begin = i + separator.size();
      i = begin - 1;
      break;
    }
  }
  parts.push_back(text.substr(std::min(begin, text.size())));
  return parts;
}

// "1/3 ≈ 0.333": the exact side.
Number number_of_side(std::string_view side) {
  for (std::string_view part :
       parts_at(side, {"\\approx", "\\fallingdotseq", "\\simeq", "\xe2\x89\x88", "\xe2\x89\x92"})) {
    if (Number number = NumberParser(part).parse()) return number;
  }
  return std::nullopt;
}

// Bounds and pairs of numbers say no number.
bool is_relation(std::string_view text) {
  constexpr std::array<std::string_view, 9> kRelations = {"le",  "leq", "ge", "geq", "ne",
                                                          "neq", "lt",  "gt", "pm"};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '>') return true;
    if (text[i] != '\\') continue;
    size_t end = i + 1;
    while (end < text.size() && is_letter(text[end]))
      ++end;
    const std::string_view command = text.substr(i + 1, end - i - 1);
    if (std::find(kRelations.begin(), kRelations.end(), command) != kRelations.end()) return true;
  }
  return false;
}

}  // namespace

bool equal(const ExactNumber& a, const ExactNumber& b) {
  return a.negative == b.negative &&
         multiply(a.numerator, b.denominator) == multiply(b.numerator, a.denominator);
}

bool rounds_to(const ExactNumber& number, const ExactNumber& decimal) {
  const Digits a = multiply(number.numerator, decimal.denominator);
  const Digits b = multiply(decimal.numerator, number.denominator);
  const bool same_side = number.negative == decimal.negative;
  const Digits difference = !same_side ? add(a, b) : less(a, b) ? subtract(b, a) : subtract(a, b);
  // 2 · |number - decimal| · 10^decimals ≤ 1
  const Digits left =
      multiply(multiply(difference, {2}), power_of_ten(decimal.num_decimals.value_or(0)));
  return !less(multiply(number.denominator, decimal.denominator), left);
}

std::optional<ExactNumber> parse_exact_number(std::string_view expression) {
  const std::string folded = fold_widths(expression);
  if (is_relation(folded)) return std::nullopt;
  const std::vector<std::string_view> sides = parts_at(folded, {"="});
  if (Number number = number_of_side(sides.back())) return number;
  return sides.size() > 1 ? number_of_side(sides.front()) : std::nullopt;
}

}  // namespace jangwon::harness
