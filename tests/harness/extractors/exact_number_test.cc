#include "harness/extractors/exact_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <string>

namespace jangwon::harness {
namespace {

// A number of small parts, from another make of rationals.
struct Ratio {
  int64_t numerator = 0;
  int64_t denominator = 1;
};

std::string digits_of(const ExactNumber::Digits& digits) {
  if (digits.empty()) return "0";
  std::string text = std::to_string(digits.back());
  for (size_t i = digits.size() - 1; i-- > 0;) {
    const std::string part = std::to_string(digits[i]);
    text += std::string(9 - part.size(), '0') + part;
  }
  return text;
}

// In lowest terms where the parts are small, else as they are.
std::string show(const std::optional<ExactNumber>& number) {
  if (!number) return "none";
  std::string a = digits_of(number->numerator), b = digits_of(number->denominator);
  if (a.size() < 18 && b.size() < 18) {
    const int64_t n = std::stoll(a), d = std::stoll(b), g = std::gcd(n, d);
    a = std::to_string(n / g);
    b = std::to_string(d / g);
  }
  return (number->negative ? "-" : "") + a + (b == "1" ? "" : "/" + b);
}

TEST(ExactNumber, ReadsWhatPeopleAndLatexWrite) {
  const struct {
    const char* text;
    const char* expected;  // in lowest terms
  } cases[] = {
      {"42", "42"},
      {"-3", "-3"},
      {"+3", "3"},
      {"− 3", "-3"},  // a minus sign of its own
      {"007", "7"},
      {"0", "0"},
      {"-0", "0"},
      {"1.75", "7/4"},
      {".5", "1/2"},
      {"0.50", "1/2"},
      {"4,000", "4000"},
      {"1{,}234{,}567.5", "2469135/2"},
      {"12,34", "none"},
      {"3, 4", "none"},
      {"3 4", "none"},
      {"5/6", "5/6"},
      {"-5/6", "-5/6"},
      {"10/4", "5/2"},
      {"5 / 6", "5/6"},
      {"\\frac{5}{6}", "5/6"},
      {"\\dfrac{5}{6}", "5/6"},
      {"-\\frac{5}{6}", "-5/6"},
      {"\\frac{-5}{6}", "-5/6"},
      {"\\frac56", "5/6"},
      {"\\frac{1}{2} ", "1/2"},
      {"\\frac{0.5}{2}", "1/4"},
      {"\\frac{1}{0}", "none"},
      {"2\\frac{1}{3}", "7/3"},
      {"2 1/3", "7/3"},
      {"-2\\frac{1}{3}", "-7/3"},
      {"1.5e3", "1500"},
      {"1.5E-1", "3/20"},
      {"2^{10}", "1024"},
      {"2^3", "8"},
      {"2^{-2}", "1/4"},
      {"3 \\times 10^5", "300000"},
      {"3×10^{2}", "300"},
      {"6 \\cdot 7", "42"},
      {"(3/4)", "3/4"},
      {"(\\frac{1}{2})^2", "1/4"},
      {"$42$", "42"},
      {"\\$42", "42"},
      {"₩4,000", "4000"},
      {"\\left( 7 \\right)", "7"},
      {"42개", "42"},
      {"1.75리터", "7/4"},
      {"4000원입니다", "4000"},
      {"50%", "50"},
      {"50\\%", "50"},
      {"90^\\circ", "90"},
      {"90^{\\circ}", "90"},
      {"12\\text{ cm}", "12"},
      {"12 cm^2", "12"},
      {"60 km/h", "60"},
      {"3.5\\,\\mathrm{kg}", "7/2"},
      {"x = 7", "7"},
      {"\\frac{1}{2} = x", "1/2"},
      {"a = b = 0.5", "1/2"},
      {"1/3 \\approx 0.333", "1/3"},
      {"\\sqrt{2} ≈ 1.4", "7/5"},
      {"２４", "24"},  // full-width digits
      {"", "none"},
      {"x", "none"},
      {"3x", "none"},
      {"2\\pi", "none"},
      {"\\sqrt{2}", "none"},
      {"3\\sqrt{2}", "none"},
      {"x \\le 3", "none"},
      {"70 이상", "none"},
      {"3 \\pm 1", "none"},
      {"0.333...", "none"},
      {"9^{9^9}", "none"},
      {"10^{5000}", "none"},
      {"1/", "none"},
      {"((((((((((((((((((1))))))))))))))))))", "none"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(show(parse_exact_number(c.text)), c.expected) << c.text;
}

TEST(ExactNumber, LongNumbersAreExact) {
  const std::string nines(60, '9');
  const auto a = parse_exact_number(nines);
  const auto b = parse_exact_number("1" + std::string(59, '0') + "0");
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(equal(*a, *b));
  EXPECT_TRUE(equal(*a, *parse_exact_number("00" + nines + ".0")));
  EXPECT_TRUE(equal(*parse_exact_number("2^{200}/2^{199}"), *parse_exact_number("2")));
  EXPECT_FALSE(parse_exact_number(std::string(2000, '1')));
}

TEST(ExactNumber, IsNoDouble) {
  EXPECT_TRUE(equal(*parse_exact_number("0.1"), *parse_exact_number("1/10")));
  EXPECT_FALSE(equal(*parse_exact_number("0.333333333333333333"), *parse_exact_number("1/3")));
  EXPECT_FALSE(
      equal(*parse_exact_number("9007199254740993"), *parse_exact_number("9007199254740992")));
}

TEST(ExactNumber, RoundsToADecimal) {
  const struct {
    const char* number;
    const char* decimal;
    bool rounds;
  } cases[] = {
      {"1/3", "0.33", true},   {"1/3", "0.333", true},   {"1/3", "0.34", false},
      {"2/3", "0.67", true},   {"2/3", "0.66", false},   {"1/8", "0.12", true},
      {"1/8", "0.13", true},   {"-1/3", "-0.33", true},  {"1/3", "-0.33", false},
      {"1/300", "0.00", true}, {"-1/300", "0.00", true}, {"7/2", "3.5", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(rounds_to(*parse_exact_number(c.number), *parse_exact_number(c.decimal)), c.rounds)
        << c.number << " " << c.decimal;
}

// Numbers in many spellings, drawn with a fixed seed, against fractions of 64-bit integers.
TEST(ExactNumber, AgreesWithSmallRationals) {
  std::mt19937 random(7);
  const auto draw = [&](int first, int last) {
    return std::uniform_int_distribution<int>(first, last)(random);
  };
  for (int i = 0; i < 3000; ++i) {
    Ratio value;
    std::string text;
    switch (draw(0, 4)) {
      case 0: {
        const int decimals = draw(1, 5);
        const int64_t scale = static_cast<int64_t>(std::pow(10, decimals));
        value = {draw(0, 9999999), scale};
        const std::string fraction = std::to_string(value.numerator % scale);
        text = std::to_string(value.numerator / scale) + "." +
               std::string(static_cast<size_t>(decimals) - fraction.size(), '0') + fraction;
        break;
      }
      case 1:
        value = {draw(0, 9999), draw(1, 9999)};
        text = "\\frac{" + std::to_string(value.numerator) + "}{" +
               std::to_string(value.denominator) + "}";
        break;
      case 2:
        value = {draw(0, 9999), draw(1, 9999)};
        text = std::to_string(value.numerator) + "/" + std::to_string(value.denominator);
        break;
      case 3: {
        const int whole = draw(1, 99), n = draw(1, 99), d = draw(1, 99);
        value = {int64_t{whole} * d + n, d};
        text =
            std::to_string(whole) + "\\dfrac{" + std::to_string(n) + "}{" + std::to_string(d) + "}";
        break;
      }
      default:
        value = {draw(0, 999999), 1};
        text = std::to_string(value.numerator);
    }
    const bool negative = draw(0, 1) == 1;
    const std::string shown = (negative ? "-" : "") + text;
    const auto number = parse_exact_number(draw(0, 1) == 1 ? "$" + shown + "$" : shown + " 개");
    ASSERT_TRUE(number) << shown;
    const int64_t g = std::gcd(value.numerator, value.denominator);
    const std::string sign = negative && value.numerator != 0 ? "-" : "";
    const std::string expected =
        sign + std::to_string(value.numerator / g) +
        (value.denominator / g == 1 ? "" : "/" + std::to_string(value.denominator / g));
    EXPECT_EQ(show(number), expected) << shown;
  }
}

}  // namespace
}  // namespace jangwon::harness
