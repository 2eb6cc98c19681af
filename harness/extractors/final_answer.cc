// Three steps. The sentence behind the marker is copied clean: no emphasis, no delimiters of
// formulas, no decoration of LaTeX, and it ends where the sentence or the line does. Then the
// statement is looked for in it: English puts connectives before a result ("which is", "so"),
// Korean puts a copula behind it ("62입니다"). What is found is read as an expression.
// tests/golden/grading/integer_sentences.jsonl holds sentences drawn with their answers.

#include "harness/extractors/final_answer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "harness/extractors/answer_characters.h"
#include "harness/extractors/folded_text.h"
#include "harness/extractors/latex_decoration.h"

namespace jangwon::harness {

namespace {

using Kind = IntegerReading::Kind;
constexpr size_t npos = std::string_view::npos;
// A final answer is a sentence; what is longer is read this far, so that a scan stays linear.
constexpr size_t kMaxSentenceBytes = 400;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit);
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

template <size_t N>
size_t longest_prefix(std::string_view text, const std::array<std::string_view, N>& table) {
  size_t best = 0;
  for (std::string_view entry : table) {
    if (entry.size() > best && text.starts_with(entry)) best = entry.size();
  }
  return best;
}

template <size_t N>
size_t longest_suffix(std::string_view text, const std::array<std::string_view, N>& table) {
  size_t best = 0;
  for (std::string_view entry : table) {
    if (entry.size() > best && text.ends_with(entry)) best = entry.size();
  }
  return best;
}

template <size_t N>
bool contains(const std::array<std::string_view, N>& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

template <size_t N>
bool holds_any(std::string_view text, const std::array<std::string_view, N>& table) {
  return std::any_of(table.begin(), table.end(),
                     [&](std::string_view entry) { return text.find(entry) != npos; });
}

bool is_hangul_at(std::string_view text, size_t i) {
  return static_cast<unsigned char>(text[i]) >= 0xea &&
         is_hangul_syllable(decode_utf8(text, i).value);
}

bool has_hangul(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_hangul_at(text, i)) return true;
  }
  return false;
}

// --- the sentence
// -------------------------------------------------------------------------------------------------

// Copies the sentence at the start of a folded text, without what only decorates it.
class SentenceReader {
 public:
  explicit SentenceReader(std::string_view text) : text_(text) {}

  std::string read() {
    skip_lead();
    while (i_ < text_.size() && !ended_)
      read_one();
    return std::move(out_);
  }

 private:
  char peek(size_t k) const { return k < text_.size() ? text_[k] : '\0'; }
  char last() const { return out_.empty() ? '\0' : out_.back(); }
  bool stands(std::string_view literal) const { return text_.substr(i_).starts_with(literal); }

  size_t next_visible(size_t k) const {
    while (k < text_.size() && is_blank(text_[k]))
      ++k;
    return k;
  }

  // Marks and particles between the marker and its sentence.
  void skip_lead() {
    constexpr std::array<std::string_view, 8> kParticles = {"은",     "는",   "이",   "가",
                                                            "으로는", "으로", "로는", "로"};
    while (i_ < text_.size() && (text_[i_] == '*' || text_[i_] == '_'))
      ++i_;
    const size_t particle = longest_prefix(text_.substr(i_), kParticles);
    if (particle > 0 &&
        (is_blank(peek(i_ + particle)) || peek(i_ + particle) == ':' || peek(i_ + particle) == ','))
      i_ += particle;
    constexpr std::array<std::string_view, 7> kDashes = {"→", "⇒", "–", "—", "=>", "->", "-"};
    constexpr std::string_view kMarks = ":=*_`\"#>,|";
    while (i_ < text_.size()) {
      const size_t dash = longest_prefix(text_.substr(i_), kDashes);
      if (const size_t rule = rule_at(i_); rule > 0) {
        i_ += rule;
      } else if (is_blank(text_[i_]) || kMarks.find(text_[i_]) != npos) {
        ++i_;
      } else if (dash > 0 && is_blank(peek(i_ + dash))) {
        i_ += dash;
      } else {
        return;
      }
    }
  }

  // The length of a line of dashes, which only divides; 0 where none stands.
  size_t rule_at(size_t i) const {
    size_t end = i;
    while (peek(end) == '-')
      ++end;
    return end - i >= 3 && (end == text_.size() || text_[end] == '\n') ? end - i : 0;
  }

  // The length of a tag of HTML that only shows: <b>, </strong>, <br/>; 0 where none stands.
  size_t tag_at(size_t i) const {
    constexpr std::array<std::string_view, 9> kShowing = {"b",    "i",  "u", "em",  "strong",
                                                          "span", "br", "p", "mark"};
    if (peek(i) != '<') return 0;
    size_t k = i + (peek(i + 1) == '/' ? 2 : 1);
    const size_t name = k;
    while (is_letter(peek(k)))
      ++k;
    if (!contains(kShowing, lower(text_.substr(name, k - name)))) return 0;
    while (peek(k) == ' ' || peek(k) == '/')
      ++k;
    return peek(k) == '>' ? k + 1 - i : 0;
  }

  void read_one() {
    const char c = text_[i_];
    if (const size_t tag = tag_at(i_); tag > 0) {
      i_ += tag;
      return;
    }
    if (c == '\\') return read_backslash();
    if (c == '$') return read_dollar();
    if (c == '\n') return read_newline();
    if (c == '*' || c == '_') return read_emphasis(c);
    if (c == '.' || c == '!' || c == '?') return read_end_mark(c);
    if (stands("。")) {
      ended_ = true;
      return;
    }
    if (c != '`') out_ += is_blank(c) ? ' ' : c;
    ++i_;
  }

  void read_backslash() {
    if (const size_t decoration = latex_decoration_at(text_, i_); decoration > 0) {
      i_ += decoration;
      return;
    }
    const char next = peek(i_ + 1);
    if (next == '[') in_display_ = true;
    if (next == ']') in_display_ = false;
    constexpr std::string_view kBlankCommands = "()[]\\\n;:>";
    if (next != '\0' && kBlankCommands.find(next) != npos) {
      out_ += ' ';
      i_ += 2;
      return;
    }
    out_ += '\\';
    ++i_;
    while (is_letter(peek(i_)))
      out_ += text_[i_++];
    // A mark behind a backslash is a command of spacing or a bracket.
    if (out_.back() == '\\' && i_ < text_.size()) out_ += text_[i_++];
  }

  void read_dollar() {
    if (stands("$$")) {
      in_display_ = !in_display_;
      ++i_;
    }
    out_ += ' ';
    ++i_;
  }

  void read_newline() {
    const size_t next = next_visible(i_);
    constexpr std::string_view kGoesOn = "+-*/=<";
    const std::string_view before = trim_right(out_);
    const bool unfinished =
        !before.empty() && (kGoesOn.find(before.back()) != npos || !has_digit(before));
    const bool continued =
        peek(next) == '=' || text_.substr(std::min(next, text_.size())).starts_with("→");
    // A heading or "… is as follows:" says what it says on the next line.
    const bool announces =
        unfinished && (before.back() == ':' || before.size() < 24 || has_digit(before));
    if (in_display_ || continued || announces || before.empty()) {
      out_ += ' ';
      i_ = std::max(next, i_ + 1);
    } else {
      ended_ = true;
    }
  }

  // A star is an operator between two operands and emphasis elsewhere; an underscore is a subscript
  // behind a letter.
  void read_emphasis(char c) {
    size_t end = i_;
    while (peek(end) == c)
      ++end;
    const auto is_operand = [](char at) {
      return is_letter(at) || is_digit(at) || at == ')' || at == '(';
    };
    const bool between_blanks =
        last() == ' ' && peek(end) == ' ' && end - i_ == 1 && is_operand(before_blanks());
    const bool between_operands =
        is_operand(last()) && is_operand(peek(end)) && last() != '(' && peek(end) != ')';
    if (c == '*' ? between_blanks || between_operands : is_letter(last()) && end - i_ == 1)
      out_ += text_.substr(i_, end - i_);
    i_ = end;
  }

  char before_blanks() const {
    const std::string_view visible = trim_right(out_);
    return visible.empty() ? '\0' : visible.back();
  }

  void read_end_mark(char c) {
    size_t end = i_;
    while (peek(end) == c)
      ++end;
    if (c == '.' && end - i_ > 1) {  // "is... 62"
      out_ += ' ';
      i_ = end;
      return;
    }
    size_t behind = end;
    constexpr std::string_view kClosing = "*_`\"')$}";
    while (kClosing.find(peek(behind)) != npos && peek(behind) != '\0')
      ++behind;
    const bool at_end = behind >= text_.size() || is_blank(text_[behind]) || peek(behind) == '\\';
    const bool abbreviation =
        c == '.' && out_.size() >= 2 && is_letter(last()) && !is_letter(out_[out_.size() - 2]) &&
        !is_digit(out_[out_.size() - 2]) && (out_[out_.size() - 2] == '.' || peek(end) != ' ');
    constexpr std::string_view kOperators = "+-*/=^)";
    const char next = peek(next_visible(end));
    const bool factorial =
        c == '!' && ((next != '\0' && kOperators.find(next) != npos) || next == '\\');
    if (at_end && !abbreviation && !factorial && !in_display_) {
      ended_ = true;
      return;
    }
    out_ += text_.substr(i_, end - i_);
    i_ = end;
  }

  std::string_view text_;
  size_t i_ = 0;
  bool in_display_ = false;
  bool ended_ = false;
  std::string out_;
};

// A sentence and the asides that stood in brackets in it: "62 (since …)", "62(= 25 + 37)입니다".
// What multiplies or stands behind a name is none.
struct Sentence {
  std::string text;
  std::vector<std::string> asides;
};

Sentence part_asides(std::string_view text) {
  Sentence out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t close = text[i] == '(' ? text.find(')', i) : npos;
    if (close == npos) {
      out.text += text[i];
      continue;
    }
    const std::string_view inside = trim_left(text.substr(i + 1, close - i - 1));
    const bool behind_blank = !out.text.empty() && out.text.back() == ' ';
    const std::string_view before = trim_right(out.text);
    const bool behind_value =
        !before.empty() && (is_digit(before.back()) || is_letter(before.back()) ||
                            before.back() == '}' || (before.back() & 0x80) != 0);
    const bool says_so = inside.starts_with('=') || (!inside.empty() && is_hangul_at(inside, 0));
    // "62(25 + 37)입니다": what the copula stands behind is no factor of the number.
    const bool explains = close + 1 < text.size() && is_hangul_at(text, close + 1) &&
                          !before.empty() && is_digit(before.back()) &&
                          inside.find_first_of("+-*/=") != npos;
    if (!behind_value || !(behind_blank || says_so || explains) || inside.find('(') != npos) {
      out.text += text[i];
      continue;
    }
    out.asides.emplace_back(inside);
    i = close;
  }
  return out;
}

// --- English
// -------------------------------------------------------------------------------------------------

// Words that may stand before the number without changing what is said of it.
constexpr std::array<std::string_view, 83> kFillers = {
    "equals",   "the",       "a",          "an",        "integer",    "number",    "value",
    "exactly",  "just",      "simply",     "precisely", "equal",      "to",        "given",
    "by",       "of",        "total",      "in",        "is",         "was",       "be",
    "are",      "therefore", "thus",       "hence",     "so",         "then",      "found",
    "obtained", "as",        "result",     "answer",    "final",      "correct",   "our",
    "my",       "we",        "get",        "have",      "obtain",     "find",      "it",
    "this",     "that",      "finally",    "indeed",    "clearly",    "would",     "will",
    "should",   "must",      "comes",      "out",       "only",       "which",     "means",
    "i",        "e",         "actually",   "rather",    "desired",    "required",  "its",
    "it's",     "namely",    "calculated", "computed",  "definitely", "certainly", "works",
    "turns",    "us",        "also",       "now",       "from",       "there",     "exist",
    "exists",   "angle",     "length",     "area",      "segment",    "side"};

// Before a result. Those with a blank in front are words of their own.
constexpr std::array<std::string_view, 44> kConnectives = {" which is",     " which equals",
                                                           " which gives",  " which makes",
                                                           " which yields", " equals",
                                                           " equal to",     " that is",
                                                           " i.e.",         " namely",
                                                           " is",           " so",
                                                           " hence",        " thus",
                                                           " therefore",    " giving",
                                                           " yielding",     " making",
                                                           " gives",        " makes",
                                                           " yields",       " totalling",
                                                           " totaling",     " totals",
                                                           " sums to",      " adds up to",
                                                           " comes to",     " comes out to",
                                                           " evaluates to", " simplifies to",
                                                           " reduces to",   " resulting in",
                                                           " we get",       " to get",
                                                           " results in",   " meaning",
                                                           " or",           ":",
                                                           " becomes",      " amounts to",
                                                           " to give",      " to obtain",
                                                           " to yield",     " are"};

// Behind these a number explains and is not the answer.
constexpr std::array<std::string_view, 24> kReasons = {
    "because", "since", "as",    "where",    "with",    "after",    "when",   "for",
    "from",    "if",    "using", "while",    "whereas", "although", "though", "and",
    "but",     "by",    "which", "assuming", "due",     "given",    "once",   "provided"};

// Words that keep an expression together.
constexpr std::array<std::string_view, 12> kJoiners = {"or",      "and",   "to",     "plus",
                                                       "minus",   "times", "over",   "mod",
                                                       "through", "nor",   "modulo", "divided"};

// Behind a number they make another one of it: "12 squared".
constexpr std::array<std::string_view, 12> kOperations = {
    "squared", "cubed",   "factorial", "percent", "hundred", "thousand",
    "million", "doubled", "tripled",   "halved",  "halves",  "thirds"};

struct Word {
  size_t begin = 0;
  size_t end = 0;
};

// The words of at least `min_letters` letters that are no commands of LaTeX.
std::vector<Word> words_of(std::string_view text, size_t min_letters) {
  std::vector<Word> words;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\\') {
      ++i;
      while (i < text.size() && is_letter(text[i]))
        ++i;
    } else if (is_letter(text[i])) {
      const size_t begin = i;
      while (i < text.size() && (is_letter(text[i]) || text[i] == '\''))
        ++i;
      if (i - begin >= min_letters) words.push_back({begin, i});
    } else {
      ++i;
    }
  }
  return words;
}

// "area =", "gcd(": a name inside a formula.
bool names_quantity(std::string_view text, size_t word_end) {
  if (word_end < text.size() && text[word_end] == '(') return true;
  const std::string_view rest = trim_left(text.substr(word_end));
  return rest.starts_with('=');
}

// "AB = 12", "[ABC] = 140": letters of a figure, named in a formula.
bool names_figure(std::string_view text, const Word& word) {
  const std::string_view name = text.substr(word.begin, word.end - word.begin);
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (name.size() > 4 || !std::all_of(name.begin(), name.end(), is_capital)) return false;
  const size_t equals = text.find('=', word.end);
  return equals != npos && !has_digit(text.substr(word.end, equals - word.end));
}

// Behind the fillers; empty where another word stands there.
std::string_view behind_fillers(std::string_view side) {
  for (;;) {
    while (!side.empty() && (is_blank(side.front()) || side.front() == ',' || side.front() == ':' ||
                             side.front() == '.' || side.front() == '"'))
      side.remove_prefix(1);
    // \text{Answer: }62
    if (side.starts_with('{') && side.size() > 1 && is_letter(side[1])) side.remove_prefix(1);
    if (side.starts_with('}')) {
      side.remove_prefix(1);
      continue;
    }
    size_t end = 0;
    while (end < side.size() && (is_letter(side[end]) || side[end] == '\''))
      ++end;
    if (end == 0) return side;
    const bool variable = end == 1 && side[0] != 'a' && side[0] != 'A' && side[0] != 'i' &&
                          side[0] != 'I' && side[0] != 'e';
    const bool article =
        end == 1 && !variable && end < side.size() && (side[end] == ' ' || side[end] == '.') &&
        !names_quantity(side, end) &&
        (end + 1 >= side.size() || is_letter(side[end + 1]) || is_digit(side[end + 1]));
    if (variable || (end == 1 && !article) || (end > 1 && names_quantity(side, end))) return side;
    if (end > 1 && names_figure(side, {0, end})) return side;
    if (!contains(kFillers, lower(side.substr(0, end)))) return {};
    side.remove_prefix(end);
  }
}

// The expression that a side of a connective begins with, behind fillers.
IntegerReading read_side(std::string_view side) {
  side = behind_fillers(side);
  if (!has_digit(side)) return {};
  const size_t first_digit =
      static_cast<size_t>(std::find_if(side.begin(), side.end(), is_digit) - side.begin());
  size_t end = side.size();
  for (const Word& word : words_of(side, 2)) {
    const std::string name = lower(side.substr(word.begin, word.end - word.begin));
    if (names_quantity(side, word.end) || names_figure(side, word)) continue;
    if (contains(kOperations, name) && word.begin > first_digit)
      return {Kind::kOther, std::string(side)};
    if (contains(kJoiners, name)) {
      if (word.begin > first_digit) break;
      continue;  // "N mod 1000 = 62"
    }
    if (word.begin < first_digit) return {};
    if (is_digit(side[word.begin - 1])) continue;  // "62nd", "62cm": the expression judges
    end = word.begin;
    break;
  }
  return read_integer_expression(side.substr(0, end));
}

// From the last connective to the first: the side that says an integer.
IntegerReading read_clause(std::string_view clause) {
  const std::string folded = lower(clause);
  IntegerReading best;
  const auto consider = [&](std::string_view side) {
    IntegerReading reading = read_side(side);
    if (reading.kind == Kind::kInteger || best.kind == Kind::kNone) best = std::move(reading);
    return best.kind == Kind::kInteger;
  };
  size_t end = clause.size();
  for (size_t i = clause.size(); i-- > 0;) {
    const size_t length = longest_prefix(std::string_view(folded).substr(i), kConnectives);
    if (length == 0) continue;
    const size_t behind = i + length;
    if (is_letter(folded[behind - 1]) && behind < folded.size() && is_letter(folded[behind]))
      continue;
    const std::string_view side = clause.substr(behind, end - behind);
    // 3:4
    if (folded[behind - 1] == ':' && behind < folded.size() && folded[behind] != ' ') continue;
    // "2 times 31, or 62" gives the result, "61 or 62" two answers.
    if (std::string_view(folded).substr(i).starts_with(" or") &&
        read_side(clause.substr(0, i)).kind != Kind::kOther)
      continue;
    if (consider(side)) return best;
    end = i;
  }
  consider(clause.substr(0, end));
  return best;
}

// Behind a denial that goes on to the answer, before one that stands behind it: "not 61 but
// 62", "62, not 61".
std::string_view without_denial(std::string_view sentence) {
  constexpr std::array<std::string_view, 11> kBehind = {
      ", not ", " not ",  " and not ", " rather than ", " instead of ", " as opposed to ",
      " over ", "isn't ", "cannot ",   "can't ",        "neither "};
  constexpr std::array<std::string_view, 7> kInstead = {
      " but rather ", " but ", "it is ", "it's ", "it must be ", "rather, ", " so "};
  const std::string folded = " " + lower(sentence);
  for (size_t i = 0; i < folded.size(); ++i) {
    const size_t length = longest_prefix(std::string_view(folded).substr(i), kBehind);
    if (length == 0) continue;
    // `folded` has a blank in front.
    if (read_clause(sentence.substr(0, i == 0 ? 0 : i - 1)).kind == Kind::kInteger)
      return sentence.substr(0, i - 1);
    if (folded.find("over", i) == i + 1) continue;
    for (std::string_view instead : kInstead) {
      const size_t at = folded.find(instead, i + length - 1);
      if (at != npos) return sentence.substr(at + instead.size() - 1);
    }
    return {};
  }
  return sentence;
}

// The parts of a sentence between commas, semicolons and "and".
std::vector<std::string_view> parts_of(std::string_view sentence) {
  constexpr std::array<std::string_view, 3> kBorders = {", ", "; ", " and "};
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t i = 0; i < sentence.size(); ++i) {
    const size_t length = longest_prefix(sentence.substr(i), kBorders);
    if (length == 0) continue;
    parts.push_back(sentence.substr(begin, i - begin));
    begin = i + length;
    i = begin - 1;
  }
  parts.push_back(sentence.substr(begin));
  return parts;
}

// "m + n = 504": what is asked for where a fraction m/n is found.
bool states_sum_of_letters(std::string_view part) {
  bool letter_next = true;
  int letters = 0;
  for (const char c : part) {
    if (is_blank(c)) continue;
    if (c == '=') return letters > 1 && !letter_next;
    if (letter_next ? !is_letter(c) : c != '+') return false;
    letters += letter_next ? 1 : 0;
    letter_next = !letter_next;
  }
  return false;
}

// "m = 500 and n = 4; m + n = 504": the sum is asked for, and its parts are not.
IntegerReading read_sum_of_letters(std::string_view sentence) {
  const std::vector<std::string_view> parts = parts_of(sentence);
  const bool others = std::any_of(parts.begin(), parts.end() - 1,
                                  [](std::string_view part) { return part.find('=') != npos; });
  const auto sums = std::count_if(parts.begin(), parts.end(), states_sum_of_letters);
  if (!others || sums != 1 || !states_sum_of_letters(parts.back())) return {};
  return read_clause(parts.back());
}

// "the number of minutes, 204": the number stands beside what it is.
IntegerReading read_apposition(std::string_view sentence) {
  const size_t comma = sentence.rfind(", ");
  if (comma == npos || has_digit(sentence.substr(0, comma)) ||
      words_of(sentence.substr(0, comma), 3).empty())
    return {};
  const std::string_view number = trim_right(trim_left(sentence.substr(comma + 1)));
  if (number.empty() || !std::all_of(number.begin(), number.end(), is_digit)) return {};
  return read_integer_expression(number);
}

IntegerReading read_english(std::string_view sentence) {
  sentence = without_denial(sentence);
  if (IntegerReading sum = read_sum_of_letters(sentence); sum.kind == Kind::kInteger) return sum;
  if (IntegerReading beside = read_apposition(sentence); beside.kind == Kind::kInteger)
    return beside;
  sentence = sentence.substr(0, sentence.find(';'));
  for (size_t comma = sentence.find(", "); comma != npos; comma = sentence.find(", ", comma + 1)) {
    const std::string_view rest = trim_left(sentence.substr(comma + 1));
    if (rest.size() < 2 || !is_letter(rest[0]) || !is_letter(rest[1]) || names_quantity(rest, 2))
      continue;
    // ", which is 62" is the result, ", which is 2 · 31" explains one.
    const std::string behind_comma = " " + lower(rest.substr(0, 24));
    if (const size_t connective = longest_prefix(behind_comma, kConnectives);
        connective > 0 && read_side(rest.substr(connective - 1)).kind == Kind::kInteger) {
      continue;
    }
    if (lower(rest.substr(0, 3)) == "or " || lower(rest.substr(0, 4)) == "and " ||
        lower(rest.substr(0, 3)) == "but")
      continue;
    const IntegerReading reading = read_clause(sentence.substr(0, comma));
    if (reading.kind == Kind::kInteger) return reading;
  }
  for (const Word& word : words_of(sentence, 2)) {
    if (!contains(kReasons, lower(sentence.substr(word.begin, word.end - word.begin)))) continue;
    const std::string_view rest = trim_left(sentence.substr(word.end));
    const bool joins = sentence.substr(word.begin, 3) == "and" && !rest.empty() &&
                       !(is_letter(rest[0]) && rest.size() > 1 && is_letter(rest[1]));
    if (joins) continue;
    const IntegerReading reading = read_clause(sentence.substr(0, word.begin));
    if (reading.kind == Kind::kInteger) return reading;
  }
  return read_clause(sentence);
}

// --- Korean
// -------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 14> kCopulas = {"입니", "이다", "임",     "이에요", "예요",
                                                       "이며", "이고", "이라고", "이라는", "가지다",
                                                       "개다", "이었", "이지",   "이네"};
constexpr std::array<std::string_view, 3> kDenials = {"아니", "아닌", "아닙"};
// A result may also be an object or a complement: "62로 계산됩니다", "62를 얻습니다".
constexpr std::array<std::string_view, 8> kComplements = {"으로 ", "로 ", "라고 ", "이라고 ",
                                                          "을 ",   "를 ", "이 ",   "가 "};
constexpr std::array<std::string_view, 31> kResultVerbs = {
    "계산", "구해",   "구한", "나온", "나옵",   "나타", "정해", "얻",   "할 수", "볼 수", "결정",
    "정리", "됩니다", "된다", "도출", "답",     "정답", "맞",   "옳",   "나왔",  "결론",  "확정",
    "판단", "확인",   "제출", "하겠", "합니다", "한다", "표기", "제시", "마무리"};
// A number before these is a bound or a part of something.
constexpr std::array<std::string_view, 16> kBounds = {
    "이상", "이하", "미만", "초과", "사이", "보다", "의 ",  "까지",
    "부터", "에서", "이내", "정도", "안팎", "배수", "약수", "내외"};
constexpr std::array<std::string_view, 14> kKoreanJoiners = {
    "과", "와",   "이나", "나",   "이거나", "거나", "이랑",
    "랑", "하고", "및",   "또는", "혹은",   "도",   "아니면"};
constexpr std::array<std::string_view, 6> kVague = {"약", "대략", "최소", "최대", "적어도", "거의"};
constexpr std::array<std::string_view, 12> kKoreanInstead = {
    "아니라", "아니고", "아니며", "아닌",   "아니므로", "아니지만",
    " 말고",  " 대신",  "보다는", "아니오", "아니니",   "아니어서"};
constexpr std::array<std::string_view, 9> kConclusions = {"므로", "따라서", "즉",   "면 ", "여 ",
                                                          "어서", "아서",   "니까", "결국"};

struct KoreanNumber {
  size_t begin = 0;
  size_t end = 0;
  bool asserted = false;  // a copula or a verb of result stands behind it
  bool goes_on = false;   // by 이며 or 이고
  bool bounded = false;   // 이상, 보다 …
};

size_t hangul_run(std::string_view text, size_t i) {
  size_t end = i;
  while (end < text.size() && is_hangul_at(text, end))
    end += decode_utf8(text, end).num_bytes;
  return end;
}

// Neither letters nor digits.
bool is_silent(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i]) || is_digit(text[i]) || is_hangul_at(text, i)) return false;
  }
  return true;
}

KoreanNumber classify_number(std::string_view sentence, size_t begin, size_t end) {
  KoreanNumber number{begin, end};
  std::string_view rest = sentence.substr(end);
  for (std::string_view mark :
       {"°", "^\\circ", "^{\\circ}", "\\%", "%", "}", ")", "]", "\"", "'"}) {
    if (rest.starts_with(mark)) rest.remove_prefix(mark.size());
  }
  constexpr std::array<std::string_view, 6> kUnits = {"cm", "mm", "km", "kg", "mg", "min"};
  if (const size_t unit = longest_prefix(rest, kUnits); unit > 0) {
    std::string_view behind_unit = rest.substr(unit);
    for (std::string_view power : {"²", "³", "^2", "^3"}) {
      if (behind_unit.starts_with(power)) behind_unit.remove_prefix(power.size());
    }
    if (!behind_unit.empty() && is_hangul_at(behind_unit, 0)) rest = behind_unit;
  }
  const std::string_view behind = trim_left(rest);
  number.bounded = longest_prefix(behind, kBounds) > 0;
  if (number.bounded || behind.empty() || !is_hangul_at(behind, 0)) return number;
  const size_t run = hangul_run(behind, 0);
  const std::string_view unit = behind.substr(0, run);
  const std::string_view next_word = trim_left(behind.substr(run));
  if (holds_any(unit, kDenials) || longest_prefix(next_word, kDenials) > 0) return number;
  constexpr std::array<std::string_view, 12> kParticles = {"을", "를", "은", "는", "이", "가",
                                                           "도", "의", "과", "와", "로", "에"};
  // "62가지" at the end of a line.
  const bool ends_as_noun = is_silent(behind.substr(run)) &&
                            !(run == 3 && contains(kParticles, unit)) &&
                            longest_suffix(unit, kKoreanJoiners) != run;
  constexpr std::array<std::string_view, 7> kBecomes = {"됩",   "된",   "되겠",  "되어야",
                                                        "되며", "되고", "되므로"};
  number.goes_on = unit.ends_with("이며") || unit.ends_with("이고");
  const bool becomes =
      (unit.ends_with("이") || unit.ends_with("가")) && longest_prefix(next_word, kBecomes) > 0;
  // "248개 존재합니다"
  const bool exists = (next_word.starts_with("존재") || next_word.starts_with("있")) &&
                      !contains(kParticles, unit.substr(unit.size() - 3)) &&
                      next_word.find("않") == npos;
  // "k = 17만 가능하다"
  constexpr std::array<std::string_view, 3> kAlone = {"가능", "성립", "만족"};
  const bool alone = unit == "만" && longest_prefix(next_word, kAlone) > 0;
  const bool inevitably = unit == "일" && next_word.starts_with("수밖에");
  // "140으로, 이는 …"
  const bool pauses = (unit == "으로" || unit == "로") && behind.substr(run).starts_with(',');
  number.goes_on |= pauses;
  number.asserted = holds_any(unit, kCopulas) || becomes || ends_as_noun || exists || inevitably ||
                    alone || pauses;
  if (const size_t complement = longest_prefix(behind, kComplements); complement > 0)
    number.asserted |= longest_prefix(behind.substr(complement), kResultVerbs) > 0;
  return number;
}

std::vector<KoreanNumber> numbers_of(std::string_view sentence) {
  std::vector<KoreanNumber> numbers;
  for (size_t i = 0; i < sentence.size();) {
    if (!is_digit(sentence[i])) {
      ++i;
      continue;
    }
    const size_t end = end_of_number(sentence, i);
    numbers.push_back(classify_number(sentence, i, end));
    i = end;
  }
  return numbers;
}

// The number that the sentence asserts, or bounds; null where it does neither.
const KoreanNumber* find_asserted(std::string_view sentence,
                                  const std::vector<KoreanNumber>& numbers) {
  const KoreanNumber* last = nullptr;
  for (const KoreanNumber& number : numbers) {
    if (!number.asserted) continue;
    if (number.goes_on && !holds_any(sentence.substr(number.end), kConclusions)) return &number;
    last = &number;
  }
  if (last != nullptr) return last;
  const auto bounded = std::find_if(numbers.begin(), numbers.end(),
                                    [](const KoreanNumber& number) { return number.bounded; });
  return bounded != numbers.end() ? &*bounded : nullptr;
}

// Where the formula that ends with the number begins: behind the last Hangul syllable before it.
size_t formula_start(std::string_view sentence, size_t number_begin) {
  size_t start = number_begin;
  while (start > 0) {
    size_t previous = start - 1;
    while (previous > 0 && (static_cast<unsigned char>(sentence[previous]) & 0xc0) == 0x80)
      --previous;
    if (is_hangul_at(sentence, previous)) break;
    start = previous;
  }
  return start;
}

// The sentence without what it denies in favour of something else: behind the 아니라 of "61이
// 아니라 62입니다".
std::string_view behind_korean_denial(std::string_view sentence) {
  size_t behind = 0;
  for (std::string_view instead : kKoreanInstead) {
    for (size_t at = sentence.find(instead); at != npos; at = sentence.find(instead, at + 1)) {
      if (at > behind && has_digit(sentence.substr(behind, at - behind)) &&
          has_digit(sentence.substr(at)))
        behind = at + instead.size();
    }
  }
  return sentence.substr(behind);
}

// A sentence without a copula: the formula at its end, or the one before its first clause ends.
IntegerReading read_korean_fragment(std::string_view sentence) {
  const std::string_view tail = sentence.substr(formula_start(sentence, sentence.size()));
  if (has_digit(tail)) return read_english(tail);
  size_t first = 0;
  while (first < sentence.size() && !is_hangul_at(sentence, first))
    ++first;
  const std::string_view head = trim_right(sentence.substr(0, first));
  if (!head.ends_with(',') && !head.ends_with(';')) return {};
  return read_english(head);
}

// "70과 71": whether a number stands in front of this one, joined by a particle or a word.
bool joined_to_number(std::string_view before) {
  const size_t joiner = longest_suffix(before, kKoreanJoiners);
  if (joiner == 0) return false;
  const std::string_view joined = trim_right(before.substr(0, before.size() - joiner));
  return !joined.empty() && is_digit(joined.back());
}

IntegerReading read_korean(std::string_view sentence) {
  sentence = behind_korean_denial(sentence);
  const std::vector<KoreanNumber> numbers = numbers_of(sentence);
  const KoreanNumber* number = find_asserted(sentence, numbers);
  if (number == nullptr) return read_korean_fragment(sentence);
  const size_t start = formula_start(sentence, number->begin);
  const std::string_view before = trim_right(sentence.substr(0, start));
  if (number->bounded || longest_suffix(before, kVague) > 0)
    return {Kind::kOther, std::string(trim_left(sentence))};
  if (joined_to_number(before)) return {Kind::kSeveral, std::string(trim_left(sentence))};
  return read_english(sentence.substr(start, number->end - start));
}

IntegerReading read_statement(std::string_view sentence) {
  if (!has_digit(sentence)) return {};
  return has_hangul(sentence) ? read_korean(sentence) : read_english(sentence);
}

// --- the marker
// -------------------------------------------------------------------------------------------------

bool matches_lower(const ScanText& text, size_t i, std::string_view literal) {
  if (text.size() < i || text.size() - i < literal.size()) return false;
  for (size_t k = 0; k < literal.size(); ++k) {
    if (lower(text.at(i + k)) != literal[k]) return false;
  }
  return true;
}

// Behind "final answer" or 최종 답 at i; npos when neither stands there.
size_t behind_final_marker(const ScanText& text, size_t i) {
  // The longer of two with one beginning stands first.
  static constexpr std::array<std::string_view, 9> kMarkers = {
      "final answer", "최종 정답", "최종정답", "최종 답안", "최종 답변",
      "최종답안",     "최종답변",  "최종 답",  "최종답"};
  for (std::string_view marker : kMarkers) {
    if (matches_lower(text, i, marker)) return i + marker.size();
  }
  return npos;
}

IntegerReading read_behind_marker(const ScanText& text, size_t begin) {
  std::string raw;
  for (size_t i = begin; i < text.size() && i < begin + kMaxSentenceBytes; ++i)
    raw += text.at(i);
  Sentence sentence = part_asides(SentenceReader(fold_widths(raw)).read());
  // "최종 답인 16은 …": the number is the answer, whatever is said of it.
  constexpr std::string_view kAttribute = "인 ";
  if (sentence.text.starts_with(kAttribute)) {
    sentence.text.erase(0, kAttribute.size());
    size_t end = 0;
    while (end < sentence.text.size() && !is_hangul_at(sentence.text, end))
      ++end;
    if (has_digit(std::string_view(sentence.text).substr(0, end))) sentence.text.resize(end);
  }
  IntegerReading reading = read_statement(sentence.text);
  // "31 · 2 (which is 62)", "sixty-two (62)": an aside speaks where the sentence
  // around it does not.
  if (reading.kind == Kind::kInteger || reading.kind == Kind::kSeveral) return reading;
  for (const std::string& aside : sentence.asides) {
    IntegerReading said = read_statement(aside);
    if (said.kind == Kind::kInteger) return said;
  }
  return reading;
}

}  // namespace

std::optional<FinalAnswer> find_final_answer(const ScanText& text) {
  std::vector<size_t> sentences;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text.at(i);
    if (c != 'f' && c != 'F' && c != '\xec') continue;
    if (const size_t behind = behind_final_marker(text, i); behind != npos)
      sentences.push_back(behind);
  }
  for (auto it = sentences.rbegin(); it != sentences.rend(); ++it) {
    IntegerReading reading = read_behind_marker(text, *it);
    if (reading.kind != Kind::kNone) return FinalAnswer{std::move(reading), *it};
  }
  return std::nullopt;
}

}  // namespace jangwon::harness
