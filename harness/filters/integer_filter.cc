// Two steps: find the expression (one pass with a stack of braces, so that a thousand boxes left open cost no more than
// one), then read it. Reading lexes the LaTeX into a short list of elements and accepts one shape of list:
//
//   [text] [sign] number | fraction | number / number [units]        behind the last "="
//
// What does not fit is an answer that is no integer; what holds several different integers is wrong for a problem with
// one answer. tests/harness/filters/integer_filter_test.cc holds our table and, with JANGWON_DATA, the cases of other
// graders; where those expect something else the reason stands in tests/golden/grading/integer_cases.jsonl.

#include "harness/filters/integer_filter.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "harness/filters/folded_text.h"

namespace jangwon::harness {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr size_t kMaxAnswerBytes = 200;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~';
}

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
// -------------------------------------------------------------------------------------------------------------

struct Number {
  std::string digits;    // canonical, of the integer part
  bool integral = true;  // no fraction, or one of zeros
  size_t end = 0;
};

// Behind a thousands separator at i that three digits follow: , {,} \, \! ,\! "\ "; i where there is none.
size_t skip_thousands_separator(std::string_view text, size_t i) {
  static constexpr std::array<std::string_view, 7> kSeparators = {"{,}", ",\\!", "{,\\!}", "\\,", "\\!", "\\ ", ","};
  for (std::string_view separator : kSeparators) {
    if (text.substr(i, separator.size()) != separator) continue;
    size_t k = i + separator.size();
    if (separator.find('\\') != npos) {
      while (k < text.size() && k < i + 8 && text[k] == ' ')
        ++k;
    }
    if (text.size() - k < 3 || !is_digit(text[k]) || !is_digit(text[k + 1]) || !is_digit(text[k + 2])) continue;
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
    for (size_t next = skip_thousands_separator(text, k); next != k; next = skip_thousands_separator(text, k)) {
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
std::optional<std::string> integer_quotient(const std::string& numerator, const std::string& denominator) {
  if (numerator.size() > 18 || denominator.size() > 18) return std::nullopt;
  const long long a = std::strtoll(numerator.c_str(), nullptr, 10);
  const long long b = std::strtoll(denominator.c_str(), nullptr, 10);
  if (b == 0 || a % b != 0) return std::nullopt;
  return std::to_string(a / b);
}

// --- the lexer
// -----------------------------------------------------------------------------------------------------------

struct Element {
  enum class Kind { kNumber, kSign, kSlash, kEquals, kSplit, kWord, kUnit, kOther };
  Kind kind = Kind::kOther;
  std::string text;       // kNumber: the digits
  bool integral = true;   // kNumber
  bool negative = false;  // kSign
  bool in_parentheses = false;
};
using Kind = Element::Kind;

constexpr std::array<std::string_view, 14> kTextCommands = {"text",   "textbf", "textrm",       "textit",    "mbox",
                                                            "hbox",   "mathrm", "mathbf",       "mathit",    "mathsf",
                                                            "mathtt", "emph",   "operatorname", "textnormal"};
constexpr std::array<std::string_view, 18> kLayoutCommands = {
    "boxed", "fbox", "left", "right", "displaystyle", "textstyle", "bf",    "rm",    "quad",
    "qquad", "big",  "Big",  "bigg",  "Bigg",         "small",     "large", "Large", "hspace"};
constexpr std::array<std::string_view, 4> kFractionCommands = {"frac", "dfrac", "tfrac", "cfrac"};
constexpr std::array<std::string_view, 2> kUnitCommands = {"circ", "degree"};
constexpr std::array<std::string_view, 5> kEqualsCommands = {"implies", "Rightarrow", "Longrightarrow", "rightarrow",
                                                             "to"};
constexpr std::array<std::string_view, 3> kNameCommands = {"angle", "triangle", "overline"};
// Words of several letters that are mathematics and no unit.
constexpr std::array<std::string_view, 10> kMathWords = {"pi",  "sqrt", "log", "ln",  "sin",
                                                         "cos", "tan",  "mod", "exp", "infty"};
constexpr std::array<std::string_view, 9> kSplitWords = {"and", "or", "및", "또는", "혹은", "와", "과", "그리고", "&"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
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
    if (is_digit(c) || (c == '.' && is_digit(peek(i_ + 1)))) return add_number(lex_number(text_, i_));
    if (is_letter(c) || static_cast<unsigned char>(c) >= 0x80) return lex_word();
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
        add(Kind::kSign);
        elements_.back().negative = c == '-';
        break;
      case '/':
        add(Kind::kSlash);
        break;
      case '=':
        add(Kind::kEquals);
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
      case ',':
      case ';':
      case '&':
        add(Kind::kSplit);
        break;
      case '%':
        add(Kind::kUnit);
        break;
      case '(':
      case '[':
        ++parentheses_;
        break;
      case ')':
      case ']':
        if (parentheses_ > 0) --parentheses_;
        break;
      case '.':
        if (i_ + 1 < text_.size() && !is_blank(peek(i_ + 1)) && peek(i_ + 1) != '}' && peek(i_ + 1) != '$')
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
    return std::any_of(elements_.begin(), elements_.end(), [](const Element& e) { return e.kind == Kind::kNumber; });
  }

  void lex_word() {
    const size_t start = i_;
    if (is_letter(text_[i_])) {
      while (is_letter(peek(i_)))
        ++i_;
    } else {
      while (static_cast<unsigned char>(peek(i_)) >= 0x80)
        ++i_;
    }
    const std::string_view word = text_.substr(start, i_ - start);
    if (contains(kSplitWords, word)) return add(Kind::kSplit);
    const bool foreign = static_cast<unsigned char>(word[0]) >= 0x80;
    if (word == "≈" || word == "√" || word == "π" || word == "×") return add(Kind::kOther);
    add(in_text() || foreign ? Kind::kUnit : Kind::kWord, std::string(word));
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
      if (c == '{' || c == '}') add(Kind::kOther);
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
    } else if (!contains(kLayoutCommands, name)) {
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
    const auto quotient = denominator.empty() ? std::nullopt : integer_quotient(numerator, denominator);
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
// ------------------------------------------------------------------------------------------------

using Elements = std::vector<Element>;
using ElementIterator = Elements::const_iterator;

bool is_unit(const Element& element) {
  if (element.kind == Kind::kUnit) return true;
  // A single letter behind a number is a variable more often than a metre.
  return element.kind == Kind::kWord && element.text.size() >= 2 && !contains(kMathWords, element.text);
}

// One segment without separators: nothing when it has no number, else an integer or kOther.
IntegerReading read_segment(ElementIterator begin, ElementIterator end) {
  IntegerReading reading;
  for (auto it = begin; it != end; ++it) {
    if (it->kind == Kind::kEquals) begin = it + 1;
  }
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
  if (end - it >= 2 && it->kind == Kind::kSlash && (it + 1)->kind == Kind::kNumber && (it + 1)->integral) {
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

// Separators part the answer, but those inside the left side of an equation, as in C(5,2)=10, do not.
std::vector<IntegerReading> read_segments(const Elements& elements) {
  auto last_equals = elements.end();
  for (auto it = elements.begin(); it != elements.end(); ++it) {
    if (it->kind == Kind::kEquals && !it->in_parentheses) last_equals = it;
  }
  std::vector<IntegerReading> readings;
  auto begin = elements.begin();
  for (auto it = elements.begin();; ++it) {
    const bool left_side = it < last_equals && last_equals != elements.end();
    if (it != elements.end() && (it->kind != Kind::kSplit || (it->in_parentheses && left_side))) continue;
    if (IntegerReading reading = read_segment(begin, it); reading.kind != IntegerReading::Kind::kNone) {
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

// --- finding the expression
// ----------------------------------------------------------------------------------------------

namespace {

struct Found {
  size_t begin = npos;
  size_t end = npos;
  const char* stage = "";
};

// Behind \boxed or \fbox at i; npos when neither stands there.
size_t behind_box_command(const ScanText& text, size_t i) {
  for (std::string_view command : {"\\boxed", "\\fbox"}) {
    if (!text.matches_at(i, command)) continue;
    const size_t end = i + command.size();
    if (end < text.size() && is_letter(text.at(end))) return npos;
    return end;
  }
  return npos;
}

// "\boxed 70": the run of digits and separators behind the command.
Found token_box(const ScanText& text, size_t i) {
  size_t begin = i;
  while (begin < text.size() && begin < i + 8 && is_blank(text.at(begin)))
    ++begin;
  size_t end = begin;
  if (end < text.size() && text.at(end) == '-') ++end;
  if (end >= text.size() || !is_digit(text.at(end))) return {};
  end = lex_number(text.view().substr(0, std::min(text.size(), end + 64)), end).end;
  return {begin, end, "boxed_token"};
}

// The box that starts last among those that are closed and not blank.
Found find_last_box(const ScanText& text) {
  struct OpenBrace {
    size_t content;
    bool boxed;
  };
  std::vector<OpenBrace> open;
  Found last;
  const auto consider = [&](const Found& found) {
    if (found.begin == npos || (last.begin != npos && found.begin < last.begin)) return;
    if (!trim(text.view().substr(found.begin, found.end - found.begin)).empty()) last = found;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text.at(i);
    if (c == '{') {
      open.push_back({i + 1, false});
    } else if (c == '}') {
      if (open.empty()) continue;
      if (open.back().boxed) consider({open.back().content, i, "boxed"});
      open.pop_back();
    } else if (c == '\\') {
      const size_t behind = behind_box_command(text, i);
      if (behind == npos) {
        if (i + 1 < text.size() && (text.at(i + 1) == '{' || text.at(i + 1) == '}')) ++i;
        continue;
      }
      size_t brace = behind;
      while (brace < text.size() && brace < behind + 8 && is_blank(text.at(brace)))
        ++brace;
      if (brace < text.size() && text.at(brace) == '{') {
        open.push_back({brace + 1, true});
        i = brace;
      } else {
        consider(token_box(text, behind));
        i = behind - 1;
      }
    }
  }
  return last;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool matches_lower(const ScanText& text, size_t i, std::string_view literal) {
  if (text.size() < i || text.size() - i < literal.size()) return false;
  for (size_t k = 0; k < literal.size(); ++k) {
    if (lower(text.at(i + k)) != literal[k]) return false;
  }
  return true;
}

// Behind "final answer" or 최종 답 at i; npos when neither stands there.
size_t behind_final_marker(const ScanText& text, size_t i) {
  static constexpr std::array<std::string_view, 7> kMarkers = {"final answer", "최종 정답", "최종정답", "최종 답안",
                                                               "최종 답",      "최종답안",  "최종답"};
  for (std::string_view marker : kMarkers) {
    if (matches_lower(text, i, marker)) return i + marker.size();
  }
  return npos;
}

// What may stand between the marker and its number, besides blanks and opening marks.
constexpr std::array<std::string_view, 9> kBetween = {"is", "was", "should be", "은", "는", "이", "가", "\\(", "\\["};

// The number behind the marker: a delimited formula as a whole, or the number that comes first.
Found find_behind_marker(const ScanText& text, size_t i) {
  bool delimited = false;
  const size_t limit = std::min(text.size(), i + 48);
  while (i < limit) {
    const char c = text.at(i);
    if (is_blank(c) || c == ':' || c == '=' || c == '*' || c == '_' || c == '`' || c == '(' || c == '"' || c == '#') {
      ++i;
      continue;
    }
    if (c == '$') {
      delimited = true;
      ++i;
      continue;
    }
    const auto word = std::find_if(kBetween.begin(), kBetween.end(),
                                   [&](std::string_view between) { return matches_lower(text, i, between); });
    if (word == kBetween.end()) break;
    delimited |= word->front() == '\\';
    i += word->size();
  }
  size_t end = i;
  const size_t end_limit = std::min(text.size(), i + 96);
  if (delimited) {
    while (end < end_limit && text.at(end) != '$' && text.at(end) != '\n' && !text.matches_at(end, "\\)") &&
           !text.matches_at(end, "\\]")) {
      ++end;
    }
    const std::string_view formula = text.view().substr(i, end - i);
    return formula.find_first_of("0123456789") == npos ? Found{} : Found{i, end, "final_answer"};
  }
  if (end < end_limit && (text.at(end) == '-' || text.at(end) == '+')) ++end;
  if (end >= end_limit || !is_digit(text.at(end))) return {};
  end = lex_number(text.view().substr(0, end_limit), end).end;
  // A number that goes on as an expression or a list is taken with what follows on the line, and judged there.
  size_t next = end;
  while (next < end_limit && text.at(next) == ' ')
    ++next;
  constexpr std::string_view kGoesOn = "+-*/^=_\\,";
  const bool goes_on = next < end_limit && kGoesOn.find(text.at(next)) != npos && next + 1 < end_limit &&
                       text.at(next + 1) != ' ' && text.at(next + 1) != '\n' && text.at(next + 1) != '*';
  const bool glued = end < end_limit && is_letter(text.at(end));
  if (goes_on || glued || matches_lower(text, next, "or ") || matches_lower(text, next, "and ")) {
    while (end < end_limit && text.at(end) != '\n')
      ++end;
  }
  return {i, end, "final_answer"};
}

Found find_final_answer(const ScanText& text) {
  Found last;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text.at(i);
    if (c != 'f' && c != 'F' && c != '\xec') continue;
    const size_t behind = behind_final_marker(text, i);
    if (behind == npos) continue;
    if (const Found found = find_behind_marker(text, behind); found.begin != npos) last = found;
  }
  return last;
}

// The last number that is a word of its own.
Found find_last_number(const ScanText& text) {
  Found last;
  for (size_t i = 0; i < text.size();) {
    const char c = text.at(i);
    if (!is_digit(c)) {
      ++i;
      if (c == '\\') {  // a command ends at its last letter: \approx11
        while (i < text.size() && is_letter(text.at(i)))
          ++i;
      } else if (is_letter(c) || c == '_') {
        while (i < text.size() && (is_letter(text.at(i)) || is_digit(text.at(i)) || text.at(i) == '_'))
          ++i;
      }
      continue;
    }
    size_t begin = i;
    const Number number = lex_number(text.view(), i);
    if (begin > 0 && text.at(begin - 1) == '.') --begin;
    const bool glued = number.end < text.size() && (is_letter(text.at(number.end)) || text.at(number.end) == '_');
    const bool signed_number = begin > 0 && text.at(begin - 1) == '-' &&
                               (begin == 1 || !(is_digit(text.at(begin - 2)) || is_letter(text.at(begin - 2))));
    if (!glued) last = {signed_number ? begin - 1 : begin, number.end, "last_number"};
    i = number.end;
  }
  return last;
}

Extraction reading_of(const ScanText& text, const Found& found) {
  if (found.begin == npos) return {};
  const IntegerReading reading = read_integer_expression(text.view().substr(found.begin, found.end - found.begin));
  if (reading.kind == IntegerReading::Kind::kNone) return {};
  return {reading.text, found.stage, found.begin};
}

}  // namespace

Extraction extract_integer(const ScanText& text, IntegerRule rule) {
  Extraction found = reading_of(text, find_last_box(text));
  if (!found.found()) found = reading_of(text, find_final_answer(text));
  if (!found.found() && rule == IntegerRule::kLoose) found = reading_of(text, find_last_number(text));
  return found;
}

}  // namespace jangwon::harness
