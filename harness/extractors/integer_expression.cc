// Reading lexes the LaTeX into a short list of elements and accepts one shape of list:
//
//   [text] [sign] number | fraction | number / number [units]
//
// behind the last "=", or before the first one.
//
// What does not fit is an answer that is no integer; what holds several different integers is wrong
// for a problem with one answer. tests/harness/extractors/integer_extractor_test.cc holds our table
// and, with JANGWON_DATA, the cases of other graders; where those expect something else the reason
// stands in tests/golden/grading/integer_cases.jsonl.

#include "harness/extractors/integer_expression.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "harness/extractors/answer_characters.h"
#include "harness/extractors/folded_text.h"
#include "harness/extractors/latex_decoration.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr size_t kMaxAnswerBytes = 200;

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string clip(std::string_view text) {
  text = trim(text);
  size_t size = std::min(text.size(), kMaxAnswerBytes);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return std::string(text.substr(0, size));
}

std::string canonical_digits(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == npos ? "0" : std::string(digits.substr(first));
}

std::string with_sign(bool negative, std::string digits) {
  return negative && digits != "0" ? "-" + digits : digits;
}

// --- numbers
// -------------------------------------------------------------------------------------------------

struct Number {
  std::string digits;    // canonical, of the integer part
  bool integral = true;  // no fraction, or one of zeros
  size_t end = 0;
};

// Behind a thousands separator at i that three digits follow: , {,} \, \! ,\! "\ "; i
// where there is none.
size_t skip_thousands_separator(std::string_view text, size_t i) {
  static constexpr std::array<std::string_view, 7> kSeparators = {"{,}", ",\\!", "{,\\!}", "\\,",
                                                                  "\\!", "\\ ",  ","};
  for (std::string_view separator : kSeparators) {
    if (text.substr(i, separator.size()) != separator) continue;
    size_t k = i + separator.size();
    if (separator.find('\\') != npos) {
      while (k < text.size() && k < i + 8 && text[k] == ' ')
        ++k;
    }
    if (text.size() - k < 3 || !is_digit(text[k]) || !is_digit(text[k + 1]) ||
        !is_digit(text[k + 2]))
      continue;
    if (k + 3 < text.size() && is_digit(text[k + 3])) continue;
    return k;
  }
  return i;
}

// The number at i. REQUIRES: a digit at i, or a period with a digit behind it.
Number lex_number(std::string_view text, size_t i) {
  size_t k = i;
  std::string digits;
  while (k < text.size() && is_digit(text[k]))
    digits += text[k++];
  if (digits.size() >= 1 && digits.size() <= 3 && digits[0] != '0') {
    for (size_t next = skip_thousands_separator(text, k); next != k;
         next = skip_thousands_separator(text, k)) {
      digits += text.substr(next, 3);
      k = next + 3;
    }
  }
  Number number;
  if (k + 1 < text.size() && text[k] == '.' && is_digit(text[k + 1])) {
    ++k;
    while (k < text.size() && is_digit(text[k]))
      number.integral &= text[k++] == '0';
  }
  number.digits = canonical_digits(digits);
  number.end = k;
  return number;
}

// The quotient when it is an integer of moderate size.
std::optional<std::string> integer_quotient(const std::string& numerator,
                                            const std::string& denominator) {
  if (numerator.size() > 18 || denominator.size() > 18) return std::nullopt;
  const long long a = std::strtoll(numerator.c_str(), nullptr, 10);
  const long long b = std::strtoll(denominator.c_str(), nullptr, 10);
  if (b == 0 || a % b != 0) return std::nullopt;
  return std::to_string(a / b);
}

// --- the lexer
// -------------------------------------------------------------------------------------------------

bool is_superscript(char32_t c) {
  return c == 0xb2 || c == 0xb3 || c == 0xb9 || (c >= 0x2070 && c <= 0x209c);
}

// Operators, relations, superscripts and fractions beyond ASCII.
bool is_mathematical(char32_t c) {
  return is_superscript(c) || c == 0xb1 || c == 0xb7 || (c >= 0xbc && c <= 0xbe) || c == 0xd7 ||
         c == 0xf7 || (c >= 0x2150 && c <= 0x215f) || (c >= 0x2190 && c <= 0x22ff && c != 0x220e) ||
         c == 0x2044 || c == 0x221a || (c >= 0x27c0 && c <= 0x27ef) || (c >= 0x2980 && c <= 0x2aff);
}

struct Element {
  enum class Kind { kNumber, kSign, kSlash, kEquals, kSplit, kWord, kUnit, kOther };
  Kind kind = Kind::kOther;
  std::string text;       // kNumber: the digits
  bool integral = true;   // kNumber
  bool negative = false;  // kSign
  bool in_parentheses = false;
};
using Kind = Element::Kind;

constexpr std::array<std::string_view, 14> kTextCommands = {
    "text",   "textbf", "textrm", "textit", "mbox", "hbox",         "mathrm",
    "mathbf", "mathit", "mathsf", "mathtt", "emph", "operatorname", "textnormal"};
constexpr std::array<std::string_view, 2> kBoxCommands = {"boxed", "fbox"};
constexpr std::array<std::string_view, 4> kFractionCommands = {"frac", "dfrac", "tfrac", "cfrac"};
constexpr std::array<std::string_view, 2> kUnitCommands = {"circ", "degree"};
constexpr std::array<std::string_view, 8> kEqualsCommands = {
    "implies",        "Rightarrow", "Longrightarrow", "rightarrow",
    "longrightarrow", "to",         "equiv",          "iff"};
constexpr std::array<std::string_view, 3> kNameCommands = {"angle", "triangle", "overline"};
// Words that are no unit: they calculate, compare, count or deny.
constexpr std::array<std::string_view, 34> kMathWords = {
    "pi",      "sqrt",   "log",  "ln",    "sin",     "cos",   "tan",  "mod",
    "exp",     "infty",  "plus", "minus", "times",   "over",  "to",   "through",
    "divided", "modulo", "st",   "nd",    "rd",      "th",    "none", "not",
    "neither", "nor",    "less", "than",  "greater", "least", "most", "approximately",
    "between", "unknown"};
constexpr std::array<std::string_view, 9> kSplitWords = {"and", "or", "및",     "또는", "혹은",
                                                         "와",  "과", "그리고", "&"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

bool is_foreign_letter(char32_t c) {
  return is_python_word(c) && !is_superscript(c) && !is_mathematical(c);
}

class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) {}

  std::vector<Element> lex() {
    while (i_ < text_.size())
      lex_one();
    return std::move(elements_);
  }

 private:
  char peek(size_t k) const { return k < text_.size() ? text_[k] : '\0'; }
  bool in_text() const { return !groups_.empty() && groups_.back(); }

  void add(Kind kind, std::string text = {}) {
    Element element;
    element.kind = kind;
    element.text = std::move(text);
    element.in_parentheses = parentheses_ > 0;
    elements_.push_back(std::move(element));
  }

  void add_number(const Number& number) {
    add(Kind::kNumber, number.digits);
    elements_.back().integral = number.integral;
    i_ = number.end;
  }

  void lex_one() {
    const char c = text_[i_];
    if (is_digit(c) || (c == '.' && is_digit(peek(i_ + 1))))
      return add_number(lex_number(text_, i_));
    if (is_letter(c)) return lex_word();
    if (static_cast<unsigned char>(c) >= 0x80) return lex_foreign();
    if (c == '\\') return lex_command();
    if (c == '{') {
      groups_.push_back(in_text());
    } else if (c == '}') {
      if (!groups_.empty()) groups_.pop_back();
    } else if (c == '^') {
      return lex_superscript();
    } else if (c == '_') {
      return lex_subscript();
    } else {
      lex_mark(c);
    }
    ++i_;
  }

  void lex_mark(char c) {
    switch (c) {
      case '-':
      case '+':
        if (c == '-' && peek(i_ + 1) == '>') {
          ++i_;
          add(Kind::kEquals);
          break;
        }
        add(Kind::kSign);
        elements_.back().negative = c == '-';
        break;
      case '/':
        add(Kind::kSlash);
        break;
      case '=':
        add(Kind::kEquals);
        if (peek(i_ + 1) == '>' || peek(i_ + 1) == '=') ++i_;
        break;
      case '<':
      case '>':
      case '!':
        add(Kind::kOther);
        if (peek(i_ + 1) == '=') ++i_;  // a relation is no equation
        break;
      case ':':
        add(has_number() ? Kind::kOther : Kind::kEquals);
        break;
      case '&':
        if (!aligns(i_ + 1)) add(Kind::kSplit);
        break;
      case ',':
      case ';':
        add(Kind::kSplit);
        break;
      case '%':
        add(Kind::kUnit);
        break;
      case '(':
      case '[':
        if (skip_modulus()) return;
        ++parentheses_;
        break;
      case ')':
      case ']':
        if (parentheses_ > 0) --parentheses_;
        break;
      case '.':
        if (i_ + 1 < text_.size() && !is_blank(peek(i_ + 1)) && peek(i_ + 1) != '}' &&
            peek(i_ + 1) != '$')
          add(Kind::kOther);
        break;
      case '$':
      case '*':
      case '`':
      case '"':
      case '\'':
        break;
      default:
        if (!is_blank(c)) add(Kind::kOther);
    }
  }

  bool has_number() const {
    return std::any_of(elements_.begin(), elements_.end(),
                       [](const Element& e) { return e.kind == Kind::kNumber; });
  }

  // "&=" aligns an equation in its environment.
  bool aligns(size_t k) const {
    while (is_blank(peek(k)))
      ++k;
    return peek(k) == '=' || (peek(k) == '\\' && contains(kEqualsCommands, command_at(k)));
  }

  std::string_view command_at(size_t k) const {
    size_t end = k + 1;
    while (is_letter(peek(end)))
      ++end;
    return text_.substr(k + 1, end - k - 1);
  }

  // "(mod 1000)" behind a number says nothing more about it. Leaves i_ at the closing bracket.
  bool skip_modulus() {
    size_t k = i_ + 1;
    while (is_blank(peek(k)) || peek(k) == '\\' || peek(k) == '{')
      ++k;
    for (std::string_view before : {"text{", "mathrm{", "operatorname{", "b"}) {
      if (text_.substr(std::min(k, text_.size())).starts_with(before)) k += before.size();
    }
    if (!text_.substr(std::min(k, text_.size())).starts_with("mod")) return false;
    const size_t close = text_.find(')', k);
    if (close == npos) return false;
    add(Kind::kUnit);
    i_ = close;
    return true;
  }

  void lex_word() {
    const size_t start = i_;
    while (is_letter(peek(i_)))
      ++i_;
    const std::string_view word = text_.substr(start, i_ - start);
    if (contains(kSplitWords, word)) return add(Kind::kSplit);
    add(in_text() && !contains(kMathWords, word) ? Kind::kUnit : Kind::kWord, std::string(word));
  }

  // "70 이상", "약 70": a bound and no number.
  static bool bounds_number(std::string_view word) {
    if (word == "약" || word == "대략" || word == "최소" || word == "최대") return true;
    constexpr std::array<std::string_view, 5> kBounds = {"이상", "이하", "미만", "초과", "보다"};
    return std::any_of(kBounds.begin(), kBounds.end(),
                       [&](std::string_view bound) { return word.starts_with(bound); });
  }

  // Letters of other scripts are units; of the symbols those that only mark are passed over, and
  // mathematics is none of the two: 62², 62½, ≥ 62.
  void lex_foreign() {
    const size_t start = i_;
    while (static_cast<unsigned char>(peek(i_)) >= 0x80 &&
           is_foreign_letter(decode_utf8(text_, i_).value))
      i_ += decode_utf8(text_, i_).num_bytes;
    if (i_ > start) {
      const std::string_view word = text_.substr(start, i_ - start);
      if (contains(kSplitWords, word)) return add(Kind::kSplit);
      return add(word == "π" || bounds_number(word) ? Kind::kOther : Kind::kUnit,
                 std::string(word));
    }
    const CodePoint point = decode_utf8(text_, i_);
    i_ += point.num_bytes;
    if (point.value == U'≡' || point.value == U'→' || point.value == U'⇒' || point.value == U'⟹' ||
        point.value == U'⟶')
      return add(Kind::kEquals);
    if (point.value == 0xb0 || point.value == 0x2103) return add(Kind::kUnit);
    // cm²
    if (is_superscript(point.value) && (last_is(Kind::kUnit) || last_is(Kind::kWord))) return;
    if (is_mathematical(point.value)) add(Kind::kOther);
  }

  void lex_command() {
    const size_t start = i_ + 1;
    size_t end = start;
    while (is_letter(peek(end)))
      ++end;
    const std::string_view name = text_.substr(start, end - start);
    if (name.empty()) {
      const char c = peek(start);
      if (c == '%' || c == '$') add(Kind::kUnit);
      if (c == '{') ++parentheses_;
      if (c == '}' && parentheses_ > 0) --parentheses_;
      i_ = std::min(start + 1, text_.size());
      return;
    }
    i_ = end;
    if (contains(kTextCommands, name)) {
      while (is_blank(peek(i_)))
        ++i_;
      if (peek(i_) == '{') {
        groups_.push_back(true);
        ++i_;
      }
    } else if (contains(kFractionCommands, name)) {
      lex_fraction();
    } else if (contains(kUnitCommands, name)) {
      add(Kind::kUnit);
    } else if (contains(kEqualsCommands, name)) {
      add(Kind::kEquals);
    } else if (contains(kNameCommands, name)) {
      add(Kind::kWord, std::string(name));
    } else if (const size_t decoration = latex_decoration_at(text_, start - 1); decoration > 0) {
      i_ = start - 1 + decoration;
    } else if (name == "pmod" || name == "pod") {
      add(Kind::kUnit);
      --i_;
      skip_argument();
    } else if (!contains(kBoxCommands, name)) {
      add(Kind::kOther);
    }
  }

  // One argument of \frac: {digits} or a single digit. Empty when it is anything else.
  std::string lex_fraction_argument() {
    while (is_blank(peek(i_)))
      ++i_;
    if (is_digit(peek(i_))) return std::string(1, text_[i_++]);
    if (peek(i_) != '{') return {};
    size_t k = i_ + 1;
    while (is_blank(peek(k)))
      ++k;
    const bool negative = peek(k) == '-';
    if (negative) ++k;
    if (!is_digit(peek(k))) return {};
    const Number number = lex_number(text_, k);
    k = number.end;
    while (is_blank(peek(k)))
      ++k;
    if (peek(k) != '}' || !number.integral) return {};
    i_ = k + 1;
    return with_sign(negative, number.digits);
  }

  void lex_fraction() {
    const std::string numerator = lex_fraction_argument();
    const std::string denominator = numerator.empty() ? std::string() : lex_fraction_argument();
    const auto quotient =
        denominator.empty() ? std::nullopt : integer_quotient(numerator, denominator);
    if (!quotient) return add(Kind::kOther);
    if (quotient->front() == '-') {
      add(Kind::kSign);
      elements_.back().negative = true;
    }
    add(Kind::kNumber, quotient->front() == '-' ? quotient->substr(1) : *quotient);
  }

  bool last_is(Kind kind) const { return !elements_.empty() && elements_.back().kind == kind; }

  // A degree sign, or the power of a unit ("cm^2"); anything else is arithmetic.
  void lex_superscript() {
    size_t k = i_ + 1;
    while (is_blank(peek(k)) || peek(k) == '{')
      ++k;
    for (std::string_view degree : {"\\circ", "\\degree", "°"}) {
      if (text_.substr(k, degree.size()) == degree) {
        add(Kind::kUnit);
        return skip_argument();
      }
    }
    if (!last_is(Kind::kUnit) && !last_is(Kind::kWord)) add(Kind::kOther);
    skip_argument();
  }

  void lex_subscript() {
    if (!last_is(Kind::kWord)) add(Kind::kOther);
    skip_argument();
  }

  // Behind ^ or _ and its argument: a group, a command or one character.
  void skip_argument() {
    ++i_;
    while (is_blank(peek(i_)))
      ++i_;
    if (peek(i_) == '{') {
      const size_t close = text_.find('}', i_);
      i_ = close == npos ? text_.size() : close + 1;
    } else if (peek(i_) == '\\') {
      ++i_;
      while (is_letter(peek(i_)))
        ++i_;
    } else if (i_ < text_.size()) {
      i_ += decode_utf8(text_, i_).num_bytes;
    }
  }

  std::string_view text_;
  size_t i_ = 0;
  std::vector<bool> groups_;  // one entry an open brace: whether it holds text
  int parentheses_ = 0;
  std::vector<Element> elements_;
};

// --- reading the elements
// -------------------------------------------------------------------------------------------------

using Elements = std::vector<Element>;
using ElementIterator = Elements::const_iterator;

bool is_unit(const Element& element) {
  if (element.kind == Kind::kUnit) return true;
  // A single letter behind a number is a variable more often than a metre.
  return element.kind == Kind::kWord && element.text.size() >= 2 &&
         !contains(kMathWords, element.text);
}

// One side of an equation: nothing when it has no element, else an integer or kOther.
IntegerReading read_side(ElementIterator begin, ElementIterator end) {
  IntegerReading reading;
  auto it = begin;
  while (it != end && it->kind == Kind::kUnit)
    ++it;
  if (it == end) return reading;
  reading.kind = IntegerReading::Kind::kOther;
  bool negative = false;
  if (it->kind == Kind::kSign) {
    negative = it->negative;
    ++it;
    while (it != end && it->kind == Kind::kUnit)
      ++it;  // -\$5
  }
  if (it == end || it->kind != Kind::kNumber || !it->integral) return reading;
  std::string digits = it->text;
  ++it;
  if (end - it >= 2 && it->kind == Kind::kSlash && (it + 1)->kind == Kind::kNumber &&
      (it + 1)->integral) {
    const auto quotient = integer_quotient(digits, (it + 1)->text);
    if (!quotient) return reading;
    digits = *quotient;
    it += 2;
  }
  if (!std::all_of(it, end, is_unit)) return reading;
  reading.kind = IntegerReading::Kind::kInteger;
  reading.text = with_sign(negative, digits);
  return reading;
}

// One segment without separators: what its last side says, or its first where only that
// one is an integer.
IntegerReading read_segment(ElementIterator begin, ElementIterator end) {
  const auto is_equals = [](const Element& element) { return element.kind == Kind::kEquals; };
  auto last = begin;
  for (auto it = begin; it != end; ++it) {
    if (is_equals(*it)) last = it + 1;
  }
  IntegerReading reading = read_side(last, end);
  if (reading.kind == IntegerReading::Kind::kInteger || last == begin) return reading;
  const IntegerReading first = read_side(begin, std::find_if(begin, end, is_equals));
  return first.kind == IntegerReading::Kind::kInteger ? first : reading;
}

// Whether the segment is the sum of what the segments before it give: "p = 25, q = 37, p + q = 62".
bool combines_givens(ElementIterator first, ElementIterator begin, ElementIterator end) {
  const auto equals = std::find_if(
      begin, end, [](const Element& element) { return element.kind == Kind::kEquals; });
  const auto names = [](ElementIterator from, ElementIterator to) {
    return std::count_if(from, to,
                         [](const Element& element) { return element.kind == Kind::kWord; });
  };
  if (equals == end || names(begin, equals) < 2) return false;
  for (auto it = first; it != begin; it += 4) {
    const bool given = begin - it >= 4 && it->kind == Kind::kWord &&
                       (it + 1)->kind == Kind::kEquals && (it + 2)->kind == Kind::kNumber &&
                       (it + 3)->kind == Kind::kSplit;
    if (!given) return false;
  }
  return true;
}

// Separators part the answer, but those inside the left side of an equation, as in
// C(5,2)=10, do not.
std::vector<IntegerReading> read_segments(const Elements& elements) {
  auto last_equals = elements.end();
  for (auto it = elements.begin(); it != elements.end(); ++it) {
    if (it->kind == Kind::kEquals && !it->in_parentheses) last_equals = it;
  }
  std::vector<IntegerReading> readings;
  auto begin = elements.begin();
  for (auto it = elements.begin();; ++it) {
    const bool left_side = it < last_equals && last_equals != elements.end();
    if (it != elements.end() && (it->kind != Kind::kSplit || (it->in_parentheses && left_side)))
      continue;
    if (it == elements.end() && combines_givens(elements.begin(), begin, it)) readings.clear();
    if (IntegerReading reading = read_segment(begin, it);
        reading.kind != IntegerReading::Kind::kNone) {
      readings.push_back(std::move(reading));
    }
    if (it == elements.end()) break;
    begin = it + 1;
  }
  return readings;
}

}  // namespace

IntegerReading read_integer_expression(std::string_view expression) {
  IntegerReading out;
  if (trim(expression).empty()) return out;
  const std::string folded = fold_widths(expression);
  const std::vector<IntegerReading> readings = read_segments(ExpressionLexer(folded).lex());
  out.kind = IntegerReading::Kind::kOther;
  out.text = clip(expression);
  if (readings.empty()) return out;
  bool equal = true;
  std::string joined;
  for (const IntegerReading& reading : readings) {
    if (reading.kind != IntegerReading::Kind::kInteger) return out;
    equal &= reading.text == readings.front().text;
    joined += (joined.empty() ? "" : ", ") + reading.text;
  }
  out.kind = equal ? IntegerReading::Kind::kInteger : IntegerReading::Kind::kSeveral;
  out.text = equal ? readings.front().text : clip(joined);
  return out;
}

std::optional<std::string> normalise_integer_answer(std::string_view answer) {
  const IntegerReading reading = read_integer_expression(answer);
  if (reading.kind != IntegerReading::Kind::kInteger) return std::nullopt;
  return reading.text;
}

size_t end_of_number(std::string_view text, size_t i) {
  return lex_number(text, i).end;
}

}  // namespace jangwon::harness
