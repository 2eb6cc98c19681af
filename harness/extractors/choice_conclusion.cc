// A statement about an option is not a choice of it, so a sentence is read only where its words
// single the option out, where it names no other, and where it neither denies nor doubts. What is
// read here was unread before: choice_extractor.cc asks for it last.
// tests/golden/grading/composed_sentences.jsonl holds sentences that must be read, and those that
// must not.

#include "harness/extractors/choice_conclusion.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace jangwon::harness {

namespace {

using Literal = std::u32string_view;

// A conclusion is one sentence; of a longer one only the end is read.
constexpr size_t kMaxUnits = 240;

// Anywhere in a sentence: it denies, doubts, or sets several side by side.
constexpr std::array<Literal, 39> kDoubts = {
    U"n't ",   U" not ",    U" no ",      U"none ",  U"neither", U" nor ",      U"never ",
    U"cannot", U"wrong",    U"incorrect", U"false",  U"untrue",  U"inaccurate", U"distractor",
    U" or ",   U"might ",   U"could ",    U" may ",  U"either ", U"whether ",   U" if ",
    U"if ",    U"perhaps ", U"possibly ", U"maybe ", U"unless",  U"아니",       U"아닌",
    U"아닙",   U"않",       U"없",        U"틀",     U"오답",    U" 또는 ",     U" 혹은 ",
    U"수도 ",  U"모르",     U"어렵",      U"라면"};

// What the speaker only doubts; nothing in such a sentence is a choice.
constexpr std::array<Literal, 10> kDisbelief = {
    U"doubt ",       U"unlikely ",    U"not think ",   U"n't think ",    U"not believe ",
    U"n't believe ", U"not the case", U"n't the case", U"not true that", U"not mean that"};

// Before a label, behind a noun such as "option": what follows is the choice.
constexpr std::array<Literal, 21> kBefore = {U", so ",
                                             U", therefore ",
                                             U", thus ",
                                             U", hence ",
                                             U" matches ",
                                             U" match ",
                                             U" corresponds to ",
                                             U" corresponding to ",
                                             U"\u2192 ",
                                             U"\u21d2 ",
                                             U"=> ",
                                             U"-> ",
                                             U" answer to ",
                                             U" exception is ",
                                             U", i.e., ",
                                             U", i.e. ",
                                             U", that is, ",
                                             U", namely ",
                                             U"므로 ",
                                             U"므로, ",
                                             U"즉 "};
// The same where the label needs its noun: a bare letter could be a quantity.
constexpr std::array<Literal, 6> kNouns = {U"option ", U"choice ", U"answer ",
                                           U"letter ", U"선택지 ", U"보기 "};
// Behind a label: it alone, or better than all.
constexpr std::array<Literal, 21> kBehind = {U" fits best",
                                             U" fits the ",
                                             U" works best",
                                             U" is best",
                                             U" is what ",
                                             U" holds.",
                                             U" is the better",
                                             U" best ",
                                             U" explains it best",
                                             U" describes it best",
                                             U"뿐이",
                                             U"뿐입",
                                             U"뿐임",
                                             U"만 남",
                                             U"만이 남",
                                             U"에 해당한",
                                             U"에 해당합",
                                             U"에 해당함",
                                             U"에 해당됩",
                                             U"에 해당된",
                                             U"만이 옳"};
constexpr std::array<Literal, 8> kSame = {U"일치한", U"일치합", U"일치함",   U"같다",
                                          U"같습",   U"같음",   U"동일하다", U"동일합"};
constexpr std::array<Literal, 8> kAsAnswer = {U"답으로 선택", U"답으로 고",   U"답으로 골",
                                              U"답으로 택",   U"답으로 제출", U"답으로 정",
                                              U"답으로 하",   U"답으로 합"};
// Of "only C satisfies both".
constexpr std::array<Literal, 18> kSingledOut = {
    U" is ",      U" satisf",   U" fits",   U" matches", U" meets",    U" works",
    U" holds",    U" remains",  U" agrees", U" follows", U" describe", U" states",
    U" explains", U" conforms", U" has ",   U" can ",    U" gives",    U" makes "};
// What a sentence that ends in "is C" may be about.
constexpr std::array<Literal, 8> kSubjects = {U"option",    U"choice", U"answer",    U"alternative",
                                              U"exception", U" one ",  U"statement", U"the letter"};
constexpr std::array<Literal, 4> kRightBehind = {U" correct", U" the correct", U" the right",
                                                 U" the best"};

struct Sentence {
  size_t begin = 0;
  size_t end = 0;  // behind its last mark
};

bool is_line_end(char32_t c) {
  return c == FoldedText::kEnd || c == U'\n';
}

Sentence last_sentence(const FoldedText& text, size_t line) {
  size_t end = line;
  while (!is_line_end(text.at(end)))
    ++end;
  while (end > line && text.at(end - 1) == U' ')
    --end;
  size_t begin = end - std::min(end - line, kMaxUnits);
  for (size_t i = begin; i + 2 < end; ++i) {
    const char32_t mark = text.at(i);
    const bool ends = mark == U'!' || mark == U'?' || mark == U';' ||
                      (mark == U'.' && i > line && !(i > line + 1 && text.at(i - 2) == U'.'));
    const char32_t next = text.at(i + 2);
    // "approx. 5", "i.e. option": a small letter or a number goes on.
    const bool starts = !(next >= U'a' && next <= U'z') && !is_ascii_digit(next);
    if (ends && text.at(i + 1) == U' ' && starts) begin = i + 2;
  }
  return {begin, end};
}

bool holds(const FoldedText& text, size_t begin, size_t end, Literal literal) {
  for (size_t i = begin; i + literal.size() <= end; ++i) {
    if (text.matches_at(i, literal)) return true;
  }
  return false;
}

template <size_t N>
bool holds_any(const FoldedText& text, size_t begin, size_t end,
               const std::array<Literal, N>& table) {
  for (size_t i = begin; i < end; ++i) {
    if (text.longest_at(i, table) > 0) return true;
  }
  return false;
}

struct Found {
  Label label;
  size_t start = 0;  // of its brackets and its noun
  bool noun = false;
};

// The labels of a sentence, each where its symbol stands.
std::vector<Found> labels_of(const FoldedText& text, const Sentence& sentence) {
  std::vector<Found> labels;
  for (size_t i = sentence.begin; i < sentence.end; ++i) {
    const char32_t c = text.at(i);
    const char32_t before = i > sentence.begin ? text.at(i - 1) : U' ';
    if (before != U' ' && !is_opening_bracket(before) && !(c >= 0x2460 && c <= 0x2473)) continue;
    // "12 N" is a quantity.
    if (before == U' ' && i > sentence.begin + 1 && is_ascii_digit(text.at(i - 2))) continue;
    if (!(c >= U'A' && c <= U'Z') && !is_ascii_digit(c) && !(c >= 0x2460 && c <= 0x2473)) continue;
    const auto label = read_label(text, i, {.joined = true});
    if (!label || label->position != i) continue;
    Found found{*label, i};
    while (found.start > sentence.begin && is_opening_bracket(text.at(found.start - 1)))
      --found.start;
    if (const size_t noun = text.longest_before(found.start, kNouns); noun > 0) {
      found.start -= noun;
      found.noun = true;
      while (found.start > sentence.begin && is_opening_bracket(text.at(found.start - 1)))
        --found.start;
    }
    labels.push_back(found);
  }
  return labels;
}

bool is_name(const FoldedText& text, const Found& found) {
  const char32_t symbol = text.at(found.label.position);
  return found.noun || found.label.numbered || found.label.bracketed ||
         found.start < found.label.position || symbol >= 0x2460;
}

// A letter alone may be a quantity, a vitamin or a blood type: no word that is not a particle or a
// comma may stand before it.
bool stands_free(const FoldedText& text, const Sentence& sentence, const Found& found) {
  constexpr std::array<Literal, 4> kOpeners = {U", ", U"that ", U": ", U"only "};
  constexpr Literal kParticles = U"은는이가로면며고즉서인";
  if (is_name(text, found) || found.start <= sentence.begin) return true;
  if (text.longest_before(found.start, kOpeners) > 0) return true;
  return text.at(found.start - 1) == U' ' &&
         kParticles.find(text.at(found.start - 2)) != Literal::npos;
}

// "only C satisfies both", "Only option C is …".
bool is_singled_out(const FoldedText& text, const Sentence& sentence, const Found& found) {
  constexpr std::array<Literal, 1> kOnly = {U"only "};
  const size_t length = text.longest_before(found.start, kOnly);
  if (length == 0 || text.longest_at(found.label.end, kSingledOut) == 0) return false;
  constexpr std::array<Literal, 7> kAmong = {U"of these", U"of the ", U"among ", U"therefore",
                                             U"thus",     U"hence",   U"so "};
  const size_t only = found.start - length;
  if (only >= 4 && text.matches_at(only - 4, U"not ")) return false;
  return is_name(text, found) || holds_any(text, sentence.begin, only, kAmong);
}

// Behind a label: it alone.
constexpr std::array<Literal, 8> kAlone = {U"뿐이다",  U"뿐입니다", U"뿐임",        U"만 남는다",
                                           U"만 남습", U"만 남음",  U"만이 남는다", U"만이 남습"};

// Words that make a choice of a label although others were named: they are set aside.
bool stands_alone(const FoldedText& text, const Sentence& sentence,
                  const std::vector<Found>& labels) {
  constexpr std::array<Literal, 11> kLeft = {
      U" leaves only ", U" leaving only ", U" leaves ", U" leaving ", U", so ",    U" go with ",
      U" going with ",  U" choose ",       U" pick ",   U" select ",  U" opt for "};
  const Found& found = labels.back();
  const bool others = labels.size() > 2 || holds(text, sentence.begin, sentence.end, U"other");
  if (!others && !is_name(text, found)) return is_singled_out(text, sentence, found);
  const size_t end = found.label.end;
  const bool closes = rest_of_line_is_empty(text, end) || text.matches_at(end, U" as the");
  return (text.longest_before(found.start, kLeft) > 0 && closes) ||
         text.longest_at(end, kAlone) > 0 || is_singled_out(text, sentence, found);
}

// "makes C the correct answer".
bool is_made_right(const FoldedText& text, const Found& found) {
  constexpr std::array<Literal, 2> kMakes = {U"makes ", U"making "};
  return text.longest_before(found.start, kMakes) > 0 &&
         text.longest_at(found.label.end, kRightBehind) > 0;
}

// "The one that fits is C.": of a subject that is a choice.
bool ends_statement(const FoldedText& text, const Sentence& sentence, const Found& found) {
  constexpr std::array<Literal, 5> kIs = {U" is ", U" must be ", U" has to be ", U" should be ",
                                          U" would be "};
  return text.longest_before(found.start, kIs) > 0 &&
         rest_of_line_is_empty(text, found.label.end) &&
         holds_any(text, sentence.begin, found.start, kSubjects);
}

// "정답은 42 kJ, 즉 ③번이다", "정답은 42 kJ(③)이다".
bool ends_korean_answer(const FoldedText& text, const Sentence& sentence, const Found& found) {
  return rest_of_line_is_empty(text, found.label.end) &&
         (holds(text, sentence.begin, found.start, U"정답은 ") ||
          holds(text, sentence.begin, found.start, U"답은 "));
}

// "1, 3번": a bare digit is no label where it stands alone, and one where it shares its 번.
bool shares_number(const FoldedText& text, const Found& found) {
  size_t k = found.start;
  while (k > 0 && (text.at(k - 1) == U' ' || text.at(k - 1) == U',' || text.at(k - 1) == U'와' ||
                   text.at(k - 1) == U'과'))
    --k;
  return found.label.numbered && k < found.start && k > 0 && is_ascii_digit(text.at(k - 1));
}

bool is_same(const FoldedText& text, const Found& found) {
  size_t k = found.label.end;
  if (text.at(k) == U' ' && text.matches_at(k, U" 보기")) k += 3;
  return (text.matches_at(k, U"와 ") || text.matches_at(k, U"과 ")) &&
         text.longest_at(k + 2, kSame) > 0;
}

bool is_taken_as_answer(const FoldedText& text, const Found& found) {
  size_t k = found.label.end;
  if (!text.matches_at(k, U"를 ") && !text.matches_at(k, U"을 ")) return false;
  k += 2;
  if (text.at(k) == U'정' || text.at(k) == U'해') ++k;
  return text.longest_at(k, kAsAnswer) > 0;
}

bool is_chosen(const FoldedText& text, const Sentence& sentence, const Found& found) {
  const bool closes = rest_of_line_is_empty(text, found.label.end);
  const size_t start = found.noun ? found.start : found.label.position;
  const bool led =
      closes && (text.longest_before(start, kBefore) > 0 ||
                 (found.start < start && text.longest_before(found.start, kBefore) > 0));
  // "42 kJ (option C)"
  const bool bracketed = closes && found.noun && found.start > 1 &&
                         is_opening_bracket(text.at(found.start)) &&
                         holds(text, sentence.begin, found.start, U"answer");
  if (led || bracketed || is_made_right(text, found) || is_taken_as_answer(text, found))
    return true;
  if (is_name(text, found) && is_same(text, found)) return true;
  return stands_free(text, sentence, found) && (text.longest_at(found.label.end, kBehind) > 0 ||
                                                ends_korean_answer(text, sentence, found));
}

}  // namespace

std::optional<Label> read_conclusion(const FoldedText& text, size_t line, int num_options) {
  const Sentence sentence = last_sentence(text, line);
  const std::vector<Found> labels = labels_of(text, sentence);
  if (labels.empty()) return std::nullopt;
  const auto is_option = [&](const Found& found) { return found.label.index < num_options; };
  if (!std::all_of(labels.begin(), labels.end(), is_option)) return std::nullopt;
  const bool sole = std::all_of(labels.begin(), labels.end(), [&](const Found& found) {
    return found.label.index == labels.front().label.index;
  });
  const Found& last = labels.back();
  if (last.label.denied || last.label.in_list || shares_number(text, last)) return std::nullopt;
  if (holds_any(text, sentence.begin, sentence.end, kDisbelief)) return std::nullopt;
  // "The one that is not true is C.": what is denied is no option.
  if (sole && ends_statement(text, sentence, last)) return last.label;
  // "나머지는 모두 틀리므로 ④만 남는다."
  if (is_name(text, last) && text.longest_at(last.label.end, kAlone) > 0) return last.label;
  if (holds_any(text, sentence.begin, sentence.end, kDoubts)) return std::nullopt;
  if (stands_alone(text, sentence, labels)) return last.label;
  if (sole && is_chosen(text, sentence, last)) return last.label;
  return std::nullopt;
}

}  // namespace jangwon::harness
