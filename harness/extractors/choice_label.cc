// What follows a symbol decides whether it is a label: a unit behind a digit, a noun glued to
// a letter (B형, C언어), an English word behind "A" or "I" make it something else. The tables
// below are that knowledge; tests/harness/extractors/choice_extractor_test.cc goes through
// them with sentences.

#include "harness/extractors/choice_label.h"

#include <array>
#include <string_view>

#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

namespace {

using Literal = std::u32string_view;

// How far a reader looks over blanks and brackets; a bound, so that a scan stays linear.
constexpr size_t kMaxSkip = 48;

enum class SymbolKind { kNone, kUpper, kLower, kDigit, kHangul, kCircled };

struct Symbol {
  SymbolKind kind = SymbolKind::kNone;
  int index = 0;
};

struct SymbolRange {
  char32_t first;
  char32_t last;
};

// Circled, parenthesised and filled digits from 1, letters from A and syllables from 가: index 0 is
// the first of each range.
constexpr SymbolRange kCircledRanges[] = {
    {0x2460, 0x2473},   {0x2474, 0x2487},   {0x2488, 0x249b},   {0x2776, 0x277f}, {0x2780, 0x2789},
    {0x278a, 0x2793},   {0x24f5, 0x24fe},   {0x24b6, 0x24cf},   {0x24d0, 0x24e9}, {0x249c, 0x24b5},
    {0x1f110, 0x1f129}, {0x1f150, 0x1f169}, {0x1f170, 0x1f189}, {0x326e, 0x327b}, {0x320e, 0x321b}};

constexpr Literal kHangulLabels = U"가나다라마바사아자차";

Symbol symbol_of(char32_t c) {
  if (c >= U'A' && c <= U'Z') return {SymbolKind::kUpper, static_cast<int>(c - U'A')};
  if (c >= U'a' && c <= U'z') return {SymbolKind::kLower, static_cast<int>(c - U'a')};
  if (c >= U'1' && c <= U'9') return {SymbolKind::kDigit, static_cast<int>(c - U'1')};
  if (c < 0x2000) return {};
  if (const size_t at = kHangulLabels.find(c); at != Literal::npos)
    return {SymbolKind::kHangul, static_cast<int>(at)};
  for (const SymbolRange& range : kCircledRanges) {
    if (c >= range.first && c <= range.last)
      return {SymbolKind::kCircled, static_cast<int>(c - range.first)};
  }
  return {};
}

bool is_line_end(char32_t c) {
  return c == FoldedText::kEnd || c == U'\n';
}

bool is_word(char32_t c) {
  return is_ascii_letter(c) || is_ascii_digit(c) || (c >= 0x80 && is_python_word(c));
}

// Endings that make a label of what stands before them, whatever follows.
constexpr std::array<Literal, 31> kCopulas = {
    U"뿐",     U"입니다",  U"입니",    U"이다",    U"이며",      U"이고",  U"이라",  U"이에요",
    U"이예요", U"예요",    U"이므로",  U"이지",    U"이었",      U"였",    U"이네",  U"네요",
    U"라고",   U"이란",    U"이라고",  U"에 해당", U"에 해당하", U"이 됩", U"가 됩", U"이 된",
    U"가 된",  U"가 정답", U"이 정답", U"가 맞",   U"이 맞",     U"가 옳", U"이 옳"};
// Endings of one syllable: they count when no syllable follows.
constexpr Literal kParticles = U"가이은는을를로도만임인일요";
constexpr std::array<Literal, 2> kLongParticles = {U"으로", U"이나"};

bool is_korean_ending(const FoldedText& text, size_t k) {
  if (text.longest_at(k, kCopulas) > 0) return true;
  if (const size_t length = text.longest_at(k, kLongParticles))
    return !is_hangul_syllable(text.at(k + length));
  return kParticles.find(text.at(k)) != Literal::npos && !is_hangul_syllable(text.at(k + 1));
}

bool is_number_word(const FoldedText& text, size_t k) {
  return text.at(k) == U'번' && text.at(k + 1) != U'째';
}

// English words that may stand behind the label A or I; before any other word those two are an
// article and a pronoun.
constexpr std::array<Literal, 29> kWordsBehindLabel = {
    U"but ",  U"is ",      U"because", U"since",  U"as ",    U"due",   U"which",   U"with",
    U"for ",  U"based",    U"and ",    U"or ",    U"from",   U"where", U"rather ", U"instead ",
    U"over ", U"though",   U"whereas", U"while",  U"not ",   U"alone", U"only",    U"here",
    U"plus ", U"together", U"nor ",    U"along ", U"unlike "};

bool ends_label_at_blank(const FoldedText& text, size_t k, const Symbol& symbol, bool bracketed) {
  size_t next = k;
  while (text.at(next) == U' ' && next - k < 8)
    ++next;
  const char32_t c = text.at(next);
  if (is_line_end(c)) return true;
  const bool korean_ending = skip_copula(text, next) > next;
  switch (symbol.kind) {
    case SymbolKind::kDigit:
      return korean_ending || is_number_word(text, next) || is_closing_bracket(c) || c == U'(' ||
             c == U'-' || c == U':' || c == U'.' || c == U'/' || c == 0x2013 || c == 0x2014 ||
             c == 0x2192;
    case SymbolKind::kHangul:
      return bracketed || korean_ending || is_number_word(text, next) || !is_hangul_syllable(c);
    case SymbolKind::kLower:
      return bracketed;
    case SymbolKind::kUpper:
      if (bracketed || (symbol.index != 0 && symbol.index != 8)) return true;
      if (c == U'\'' || c == 0x2019) return false;
      return !(c >= U'a' && c <= U'z') || text.longest_at(next, kWordsBehindLabel) > 0;
    default:
      return true;
  }
}

bool ends_label_at_punctuation(const FoldedText& text, size_t k, const Symbol& symbol,
                               bool bracketed) {
  const char32_t c = text.at(k);
  const char32_t next = text.at(k + 1);
  switch (c) {
    case U'.':
      if (symbol.kind == SymbolKind::kDigit) return !is_ascii_digit(next);
      // Abbreviations: A.M., e.g.
      return !(is_ascii_letter(next) && text.at(k + 2) == U'.');
    case U',':
      return !is_ascii_digit(next);
    case U'\'':
    case 0x2019:
      return !is_ascii_letter(next);
    case U'-':
    case U'/':
    case U'~':
    case 0x2013:
      return !is_word(next);
    case U'+':
    case U'#':
    case U'%':
    case U'^':
    case U'&':
    case 0xb0:
      return false;
    case U'(':
      return symbol.kind != SymbolKind::kLower || bracketed;
    default:
      return true;
  }
}

// Endings of a label that others of a list follow, or that is set against another one.
constexpr std::array<Literal, 18> kListEndings = {
    U"와", U"과",       U"나",         U"이나", U"하고", U"랑",   U"이랑",   U"이거나", U"거나",
    U"도", U"라기보다", U"이라기보다", U"인지", U"처럼", U"보다", U"보다는", U"일",     U"이자"};

// Whether what stands at unit k, just behind a symbol, lets the symbol be a label.
bool ends_label(const FoldedText& text, size_t k, const Symbol& symbol, bool bracketed) {
  const char32_t c = text.at(k);
  if (is_line_end(c)) return true;
  if (c == U' ') return ends_label_at_blank(text, k, symbol, bracketed);
  if (is_ascii_letter(c) || is_ascii_digit(c)) return false;
  if (is_hangul_syllable(c)) {
    if (is_number_word(text, k)) return true;
    if (symbol.kind == SymbolKind::kHangul) return skip_copula(text, k) > k;
    return is_korean_ending(text, k);
  }
  if (symbol.kind == SymbolKind::kLower && !bracketed) {
    return (c == U'.' || is_closing_bracket(c)) && rest_of_line_is_empty(text, k);
  }
  if (c >= 0x80 && is_python_word(c)) return symbol.kind == SymbolKind::kCircled;
  return ends_label_at_punctuation(text, k, symbol, bracketed);
}

constexpr std::array<Literal, 2> kWrappers = {U"boxed", U"fbox"};
constexpr std::array<Literal, 10> kLabelNouns = {U"the option", U"the letter", U"option", U"choice",
                                                 U"letter",     U"선택지",     U"보기",   U"선지",
                                                 U"the choice", U"옵션"};

// Behind blanks, brackets, wrappers and nouns; `bracketed` says whether one of them
// opened something.
size_t skip_to_symbol(const FoldedText& text, size_t i, const LabelRules& rules, bool& bracketed) {
  const size_t limit = i + kMaxSkip;
  while (i < limit) {
    const char32_t c = text.at(i);
    if (c == U' ' || c == U':' || (c == U'\n' && rules.across_lines)) {
      ++i;
    } else if (is_opening_bracket(c)) {
      bracketed = true;
      ++i;
    } else if (c == U'\\') {
      const size_t wrapper = text.longest_at(i + 1, kWrappers);
      const char32_t next = text.at(i + 1);
      if (wrapper == 0 && next != U'(' && next != U'[') return i;
      bracketed = true;
      i += wrapper == 0 ? 2 : 1 + wrapper;
    } else if (const size_t noun = text.longest_at(i, kLabelNouns); noun > 0) {
      i += noun;
    } else {
      return i;
    }
  }
  return i;
}

constexpr std::array<Literal, 44> kDenials = {U"가 아니",
                                              U"이 아니",
                                              U"은 아니",
                                              U"는 아니",
                                              U" 아니",
                                              U"가 아닌",
                                              U"이 아닌",
                                              U"은 아닌",
                                              U"는 아닌",
                                              U"가 아닙",
                                              U"이 아닙",
                                              U" is not ",
                                              U" is incorrect",
                                              U" isn't",
                                              U" is wrong",
                                              U"은 틀",
                                              U"는 틀",
                                              U"가 틀",
                                              U"이 틀",
                                              U"는 오답",
                                              U"은 오답",
                                              U" is false",
                                              U"가 정답이 아",
                                              U"이 정답이 아",
                                              U"은 정답이 아",
                                              U"는 정답이 아",
                                              U"가 정답이 될 수 없",
                                              U"이 정답이 될 수 없",
                                              U"은 정답이 될 수 없",
                                              U"는 정답이 될 수 없",
                                              U"가 답이 될 수 없",
                                              U"이 답이 될 수 없",
                                              U"은 답이 될 수 없",
                                              U"는 답이 될 수 없",
                                              U"가 답이 아",
                                              U"이 답이 아",
                                              U"은 답이 아",
                                              U"는 답이 아",
                                              U"도 아니",
                                              U"도 아닌",
                                              U"일 수 없",
                                              U" 말고",
                                              U" 대신",
                                              U"보다는"};
constexpr std::array<Literal, 12> kJoiningWords = {U"와",    U"과",     U" 및 ",   U" and ",
                                                   U" or ",  U" 또는 ", U" 혹은 ", U"이나 ",
                                                   U"하고 ", U", and ", U", or ",  U"나 "};
constexpr Literal kJoiningMarks = U",/·&、ㆍ";

// Whether a second, different label is joined to the one that ends at unit k.
bool is_joined(const FoldedText& text, size_t k, const Symbol& first) {
  const size_t word = text.longest_at(k, kJoiningWords);
  bool by_mark = false;
  if (word > 0) {
    k += word;
  } else {
    while (text.at(k) == U' ') {
      if (++k > text.size()) return false;
    }
    if (text.at(k) == FoldedText::kEnd || kJoiningMarks.find(text.at(k)) == Literal::npos)
      return false;
    by_mark = true;
    ++k;
  }
  bool bracketed = false;
  k = skip_to_symbol(text, k, {}, bracketed);
  const Symbol second = symbol_of(text.at(k));
  if (second.kind != first.kind || second.index == first.index) return false;
  if (!ends_label(text, k + 1, second, bracketed)) return false;
  // "B, A is wrong" goes on; "B, A." is a list.
  const char32_t next_word = text.at(k + 2);
  return !by_mark || text.at(k + 1) != U' ' || bracketed ||
         !(next_word >= U'a' && next_word <= U'z');
}

size_t skip_closing_brackets(const FoldedText& text, size_t k) {
  const size_t limit = k + 6;
  while (k < limit && is_closing_bracket(text.at(k)))
    ++k;
  return k;
}

void finish_label(const FoldedText& text, const Symbol& symbol, Label& label) {
  size_t k = skip_closing_brackets(text, label.position + 1);
  if (text.at(k) == U' ' && is_number_word(text, k + 1)) ++k;
  if (is_number_word(text, k)) {
    label.numbered = true;
    k = skip_closing_brackets(text, k + 1);
  }
  label.end = k;
  label.denied = text.longest_at(k, kDenials) > 0;
  label.in_list = is_joined(text, k, symbol);
}

}  // namespace

bool is_opening_bracket(char32_t c) {
  return c == U'(' || c == U'[' || c == U'{' || c == U'<' || c == U'"' || c == U'\'' ||
         c == 0x201c || c == 0x2018 || c == 0x300c || c == 0x300e || c == 0x3010 || c == 0x3008 ||
         c == 0x300a || c == 0x3014;
}

bool is_closing_bracket(char32_t c) {
  return c == U')' || c == U']' || c == U'}' || c == U'>' || c == U'"' || c == U'\'' ||
         c == 0x201d || c == 0x2019 || c == 0x300d || c == 0x300f || c == 0x3011 || c == 0x3009 ||
         c == 0x300b || c == 0x3015;
}

size_t skip_copula(const FoldedText& text, size_t k) {
  static constexpr std::array<Literal, 14> kEndings = {
      U"입니다", U"이다", U"이며", U"이고", U"임",     U"이에요",    U"예요",
      U"이므로", U"입니", U"이라", U"이었", U"이라고", U"이 됩니다", U"가 됩니다"};
  size_t i = k;
  if (is_number_word(text, i)) ++i;
  if (text.at(i) == U' ') ++i;
  const size_t length = text.longest_at(i, kEndings);
  return length > 0 ? i + length : k;
}

bool ends_visibly(const FoldedText& text, size_t k) {
  const char32_t c = text.at(k);
  if (is_line_end(c) || is_closing_bracket(c) || c == U'.' || c == U',' || c == U':' || c == U'!' ||
      c == U';')
    return true;
  return skip_copula(text, k) > k || is_number_word(text, k) || rest_of_line_is_empty(text, k);
}

bool rest_of_line_is_empty(const FoldedText& text, size_t k) {
  const size_t limit = k + 24;
  while (k < limit) {
    const char32_t c = text.at(k);
    if (is_line_end(c)) return true;
    if (c == U' ' || c == U'.' || c == U'!' || c == U':' || is_closing_bracket(c)) {
      ++k;
    } else if (c == U'\\' && (text.at(k + 1) == U')' || text.at(k + 1) == U']')) {
      k += 2;
    } else if (const size_t behind = skip_copula(text, k); behind > k) {
      k = behind;
    } else if (is_number_word(text, k)) {
      ++k;
    } else {
      return false;
    }
  }
  return false;
}

std::optional<Label> read_label(const FoldedText& text, size_t i, const LabelRules& rules) {
  Label label;
  label.position = skip_to_symbol(text, i, rules, label.bracketed);
  const Symbol symbol = symbol_of(text.at(label.position));
  label.index = symbol.index;
  if (symbol.kind == SymbolKind::kNone) return std::nullopt;
  if (symbol.kind == SymbolKind::kHangul && !rules.hangul) return std::nullopt;
  if (!ends_label(text, label.position + 1, symbol, label.bracketed)) {
    const size_t ending = rules.joined ? text.longest_at(label.position + 1, kListEndings) : 0;
    if (ending == 0 || is_hangul_syllable(text.at(label.position + 1 + ending)))
      return std::nullopt;
  }
  finish_label(text, symbol, label);
  const bool begins_line = label.position == 0 || text.at(label.position - 1) == U'\n';
  const char32_t behind = text.at(label.position + 1);
  label.listed =
      symbol.kind == SymbolKind::kDigit && begins_line && (behind == U'.' || behind == U')');
  if (symbol.kind == SymbolKind::kDigit && !rules.digits && !label.numbered) return std::nullopt;
  return label;
}

std::optional<Label> read_label_before(const FoldedText& text, size_t i) {
  size_t end = i;
  const size_t limit = i > 8 ? i - 8 : 0;
  bool number_word = false;
  while (end > limit && (text.at(end - 1) == U' ' || is_closing_bracket(text.at(end - 1))))
    --end;
  if (end > limit && text.at(end - 1) == U'번') {
    number_word = true;
    --end;
    while (end > limit && (text.at(end - 1) == U' ' || is_closing_bracket(text.at(end - 1))))
      --end;
  }
  if (end == 0) return std::nullopt;
  const Symbol symbol = symbol_of(text.at(end - 1));
  const bool known = symbol.kind == SymbolKind::kUpper || symbol.kind == SymbolKind::kCircled ||
                     (symbol.kind == SymbolKind::kDigit && number_word);
  if (!known) return std::nullopt;
  if (end >= 2) {
    const char32_t before = text.at(end - 2);
    if (is_word(before) || before == U'-' || before == U'.' || before == U'/' || before == U'\'')
      return std::nullopt;
  }
  Label label;
  label.index = symbol.index;
  label.position = end - 1;
  label.end = i;
  return label;
}

}  // namespace jangwon::harness
