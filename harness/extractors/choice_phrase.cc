// A loop over groups of labels: a group is a list ("A, B와 C"), a denial behind or before it sends
// the reader on to the next group, and the group that is not denied speaks.
// tests/golden/grading/choice_sentences.jsonl holds sentences drawn with their answers.

#include "harness/extractors/choice_phrase.h"

#include <array>
#include <string_view>

namespace jangwon::harness {

namespace {

using Literal = std::u32string_view;

constexpr int kMaxGroups = 5;
constexpr int kMaxLabels = 12;

size_t skip_blanks(const FoldedText& text, size_t i) {
  const size_t limit = i + 8;
  while (i < limit && text.at(i) == U' ')
    ++i;
  return i;
}

// Between two labels of one list.
constexpr std::array<Literal, 61> kJoiners = {U"와 ",
                                              U"과 ",
                                              U"와",
                                              U"과",
                                              U" 와 ",
                                              U" 과 ",
                                              U"나 ",
                                              U"이나 ",
                                              U"이거나 ",
                                              U"거나 ",
                                              U"하고 ",
                                              U"랑 ",
                                              U"이랑 ",
                                              U"도 ",
                                              U"도, ",
                                              U" 및 ",
                                              U" 또는 ",
                                              U" 혹은 ",
                                              U" 그리고 ",
                                              U" 아니면 ",
                                              U"도 맞고 ",
                                              U"도 옳고 ",
                                              U" and ",
                                              U" or ",
                                              U", and ",
                                              U", or ",
                                              U" and/or ",
                                              U" nor ",
                                              U", nor ",
                                              U" as well as ",
                                              U" together with ",
                                              U" plus ",
                                              U" & ",
                                              U", but also ",
                                              U" but also ",
                                              U" \u2014 or ",
                                              U" along with ",
                                              U" or else ",
                                              U", or else ",
                                              U" and also ",
                                              U", also ",
                                              U" 이나 ",
                                              U"도 정답이고 ",
                                              U"이자 ",
                                              U"이고 ",
                                              U"이며 ",
                                              U", 그리고 ",
                                              U", 또는 ",
                                              U", 혹은 ",
                                              U", 및 ",
                                              U", 아니면 ",
                                              U" + ",
                                              U" or possibly ",
                                              U" or maybe ",
                                              U" or perhaps ",
                                              U" or even ",
                                              U"; or ",
                                              U"; and ",
                                              U", or possibly ",
                                              U", or maybe ",
                                              U"인지 "};
constexpr Literal kJoiningMarks = U",/·&、ㆍ";
// Before a further label of a list that is denied as a whole.
constexpr std::array<Literal, 8> kDenyingJoiners = {U" and not ",  U", not ",   U", nor ",
                                                    U" nor ",      U" or not ", U", and not ",
                                                    U", neither ", U" and nor "};
// Behind a list: its members together.
constexpr std::array<Literal, 18> kTogether = {
    U" 둘 다",        U" 모두",         U" 전부",   U" 셋 다",  U" 둘다",      U" 다 ",
    U" 양쪽 다",      U" 두 개",        U" 각각",   U" 넷 다",  U" 어느 것도", U" 어느 쪽도",
    U" 중 어느 것도", U" 중 어느 쪽도", U"를 모두", U"을 모두", U"는 모두",    U"은 모두"};
constexpr std::array<Literal, 6> kOutOf = {U" 중에서는 ", U" 중에서 ", U" 중에 ",
                                           U" 중 ",       U" 가운데 ", U" 사이에서 "};

constexpr std::array<Literal, 16> kNegations = {
    U"not ",           U"neither ",     U"no longer ",  U"anything but ", U"definitely not ",
    U"certainly not ", U"clearly not ", U"isn't ",      U"not either ",   U"is not ",
    U"not the ",       U"neither the ", U"not simply ", U"not just ",     U"never ",
    U"not actually "};
// From what is denied to what stands instead.
constexpr std::array<Literal, 30> kInstead = {U"but rather ",
                                              U"but ",
                                              U"so it must be ",
                                              U"so it is ",
                                              U"so it's ",
                                              U"so the answer is ",
                                              U"so ",
                                              U"it is ",
                                              U"it's ",
                                              U"it must be ",
                                              U"it has to be ",
                                              U"rather, it is ",
                                              U"rather it is ",
                                              U"rather, ",
                                              U"rather ",
                                              U"instead, it is ",
                                              U"instead it is ",
                                              U"instead ",
                                              U"therefore ",
                                              U"thus ",
                                              U"hence ",
                                              U"and it is ",
                                              U"then ",
                                              U"but instead ",
                                              U"leaving ",
                                              U"which leaves ",
                                              U"so only ",
                                              U"only ",
                                              U"the answer is ",
                                              U"it should be "};

// Particles between a label and what is said of it.
constexpr std::array<Literal, 13> kParticles = {U"이라고", U"가", U"이",  U"은",   U"는",
                                                U"도",     U"을", U"를",  U"번이", U"번은",
                                                U"번도",   U"일", U"라고"};
// What is said: a denial, by the beginning of its word.
constexpr std::array<Literal, 39> kDenials = {U"아니",
                                              U"아닌",
                                              U"아닙",
                                              U"아님",
                                              U"정답이 아",
                                              U"답이 아",
                                              U"정답은 아",
                                              U"답은 아",
                                              U"정답이 될 수 없",
                                              U"답이 될 수 없",
                                              U"될 수 없",
                                              U"수 없",
                                              U"오답",
                                              U"틀렸",
                                              U"틀리",
                                              U"틀린",
                                              U"틀립",
                                              U"정답으로 볼 수 없",
                                              U"정답일 수 없",
                                              U"답일 수 없",
                                              U"제외",
                                              U"정답에서 제외",
                                              U"빼고",
                                              U"빼면",
                                              U"뺀",
                                              U"배제",
                                              U"할 수 없",
                                              U"볼 수 없",
                                              U"볼 수는 없",
                                              U"할 수는 없",
                                              U"될 수는 없",
                                              U"보기 어렵",
                                              U"보기는 어렵",
                                              U"보기 힘들",
                                              U"하기 어렵",
                                              U"하기는 어렵",
                                              U"단정하기 어렵",
                                              U"단정할 수 없",
                                              U"단정할 수는 없"};
// A denial of one word, glued to the label or its list.
constexpr std::array<Literal, 8> kGluedDenials = {U" 말고",   U" 대신", U"보다는", U"이 아니",
                                                  U"가 아니", U" 아니", U" 아님",  U"일 수 없"};
constexpr std::array<Literal, 6> kConcessions = {U"착각", U"보이", U"생각", U"같", U"쉽", U"오해"};
constexpr std::array<Literal, 16> kLeads = {
    U"따라서 ", U"바로 ", U"결국 ", U"정답은 ", U"답은 ",   U"그러므로 ", U"오히려 ", U"오직 ",
    U"남은 ",   U"남는 ", U"즉 ",   U"정답: ",  U"정답이 ", U"그 대신 ",  U"나머지 ", U"실제로는 "};

bool ends_clause(char32_t c) {
  return c == FoldedText::kEnd || c == U'\n' || c == U'.' || c == U';';
}

enum class SymbolClass { kLetter, kDigit, kHangul, kCircled };

SymbolClass class_of(char32_t c) {
  if (is_ascii_letter(c)) return SymbolClass::kLetter;
  if (is_ascii_digit(c)) return SymbolClass::kDigit;
  return is_hangul_syllable(c) ? SymbolClass::kHangul : SymbolClass::kCircled;
}

struct Group {
  Label first;
  Label last;
  bool several = false;
  bool by_mark = false;
};

// Behind the joiner at unit k; k where none stands.
size_t skip_joiner(const FoldedText& text, size_t k, bool negated, bool& by_mark) {
  by_mark = false;
  if (negated) {
    if (const size_t length = text.longest_at(k, kDenyingJoiners); length > 0) return k + length;
  }
  if (const size_t length = text.longest_at(k, kJoiners); length > 0) return k + length;
  const size_t mark = skip_blanks(text, k);
  const char32_t c = text.at(mark);
  if (c == FoldedText::kEnd || kJoiningMarks.find(c) == Literal::npos) return k;
  by_mark = true;
  return mark + 1;
}

struct Denial {
  bool found = false;
  size_t next = 0;  // where the sentence goes on; 0 where it does not
};

// Where the clause with the denial goes on: behind "아니라 ", "아니며, ".
size_t behind_connection(const FoldedText& text, size_t k) {
  for (size_t i = k; i < k + 16 && !ends_clause(text.at(i)); ++i) {
    if (text.at(i) == U',') return skip_blanks(text, i + 1);
    if (text.at(i) != U' ') continue;
    // The blank ends the word of the denial, if that word connects at all.
    const char32_t last = text.at(i - 1);
    constexpr Literal kConnecting = U"라고며로니만닌서면에는린한뺀된";
    return kConnecting.find(last) == Literal::npos ? 0 : i + 1;
  }
  return 0;
}

Denial read_denial(const FoldedText& text, size_t k) {
  k += text.longest_at(k, kTogether);
  if (const size_t glued =
          text.longest_at(k, std::array{Literal(U" 말고 "), Literal(U" 대신 "), Literal(U"보다는 "),
                                        Literal(U" 대신에 "), Literal(U"보다 "),
                                        Literal(U"라기보다 "), Literal(U"라기보다는 ")});
      glued > 0)
    return {true, k + glued};
  size_t said = k + text.longest_at(k, kParticles);
  said = skip_blanks(text, said);
  if (const size_t length = text.longest_at(said, kDenials); length > 0)
    return {true, behind_connection(text, said + length - 1)};
  // "A처럼 보이지만 C", "A라고 착각하기 쉽지만 C"
  bool concession = false;
  for (size_t i = k; i < k + 24 && !ends_clause(text.at(i)) && text.at(i) != U','; ++i) {
    concession |= text.longest_at(i, kConcessions) > 0;
    if (concession && text.matches_at(i, U"지만 ")) return {true, i + 3};
  }
  return {};
}

bool goes_on_as_list(const FoldedText& text, size_t k) {
  bool by_mark = false;
  const char32_t next_word = text.at(k + 1);
  return text.at(k) != U' ' || !(next_word >= U'a' && next_word <= U'z') ||
         text.longest_at(k, kTogether) > 0 || text.longest_at(k, kOutOf) > 0 ||
         text.longest_at(k, kInstead) > 0 || text.longest_at(k, kGluedDenials) > 0 ||
         text.longest_at(k + 1, kInstead) > 0 ||
         (skip_joiner(text, k, true, by_mark) > k && !by_mark);
}

bool stands_before(const FoldedText& text, size_t i, Literal literal) {
  return i >= literal.size() && text.matches_at(i - literal.size(), literal);
}

bool first_label_stands_alone(const FoldedText& text, const Group& group, LabelRules rules) {
  size_t start = group.first.position;
  if (group.first.bracketed && start > 0) --start;
  rules.across_lines = true;
  return read_label(text, start, rules).has_value();
}

std::optional<Group> read_group(const FoldedText& text, size_t i, LabelRules rules, bool negated) {
  rules.joined = true;
  const auto first = read_label(text, i, rules);
  if (!first) return std::nullopt;
  Group group{*first, *first};
  rules.across_lines = false;
  for (int count = 1; count < kMaxLabels; ++count) {
    bool by_mark = false;
    const size_t k = skip_joiner(text, group.last.end, negated, by_mark);
    if (k == group.last.end) break;
    const auto next = read_label(text, k, rules);
    if (!next || class_of(text.at(next->position)) != class_of(text.at(first->position))) break;
    // "B, A is wrong" and "B, A는 오답" go on; "B, A." is a list.
    if (by_mark && !next->bracketed && !goes_on_as_list(text, next->end)) break;
    const char32_t particle = text.at(next->end);
    if (by_mark && (particle == U'은' || particle == U'는') && read_denial(text, next->end).found)
      break;
    const bool also = stands_before(text, k, U"이고 ") || stands_before(text, k, U"이며 ");
    if (also && particle != U'도') break;  // "A이고 B는 오답", but "A이고 B도 정답"
    if (text.at(first->position) >= U'A' && text.at(first->position) <= U'Z' &&
        text.at(next->position) >= U'a' && text.at(next->position) <= U'z')
      break;
    group.several |= next->index != first->index;
    group.last = *next;
  }
  return group;
}

// From a denied English list to what stands instead: "; it is ", ", so ", " but ".
size_t behind_instead(const FoldedText& text, size_t k) {
  while (is_closing_bracket(text.at(k)))
    ++k;
  size_t i = k;
  for (const size_t limit = k + 6; i < limit; ++i) {
    const char32_t c = text.at(i);
    if (c != U' ' && c != U',' && c != U';' && c != U'.' && c != U'-' && c != 0x2014 &&
        c != 0x2013 && c != U':')
      break;
  }
  if (i == k) return 0;
  if (const size_t length = text.longest_at(i, kInstead); length > 0) return i + length;
  // "not A, which is a trap, but C"
  constexpr Literal kBut = U", but ";
  for (size_t at = k; at < k + 48 && !ends_clause(text.at(at)); ++at) {
    if (text.matches_at(at, kBut)) return at + kBut.size();
  }
  return 0;
}

// "정답은 A가 아닙니다. C입니다.": what the sentence behind the denial says, if a copula
// follows its label.
std::optional<Label> label_of_next_sentence(const FoldedText& text, size_t k,
                                            const LabelRules& rules) {
  for (size_t i = k; i < k + 12; ++i) {
    if (text.at(i) != U'.') continue;
    const auto label = read_label(text, i + 1, rules);
    if (label && !label->denied && !label->in_list && skip_copula(text, label->end) > label->end)
      return label;
    return std::nullopt;
  }
  return std::nullopt;
}

size_t skip_leads(const FoldedText& text, size_t i) {
  for (int round = 0; round < 3; ++round) {
    i = skip_blanks(text, i);
    if (text.at(i) == U',') i = skip_blanks(text, i + 1);
    i += text.longest_at(i, kLeads);
  }
  return i;
}

}  // namespace

ChoicePhrase read_choice_phrase(const FoldedText& text, size_t i, const LabelRules& first_rules) {
  ChoicePhrase phrase;
  LabelRules rules = first_rules;
  for (int round = 0; round < kMaxGroups; ++round) {
    const size_t begin = skip_blanks(text, i);
    const size_t negation = text.longest_at(begin, kNegations);
    const bool negated = negation > 0 || rules.denied;
    rules.denied = false;
    const auto group = read_group(text, negation > 0 ? begin + negation : i, rules, negated);
    if (!group) return phrase;
    rules.across_lines = false;
    if (negated) {
      phrase.denied = true;
      const size_t instead = behind_instead(text, group->last.end);
      if (instead == 0) return phrase;
      i = instead;
      continue;
    }
    const Denial denial = read_denial(text, group->last.end);
    if (denial.found) {
      phrase.denied = true;
      if (denial.next == 0) {
        phrase.label = label_of_next_sentence(text, group->last.end, rules);
        return phrase;
      }
      i = skip_leads(text, denial.next);
      continue;
    }
    if (group->several) {
      // "A와 C 중 C": a choice among them; "A와 C 중 하나" says no more than that.
      if (const size_t out_of = text.longest_at(group->last.end, kOutOf); out_of > 0) {
        i = skip_leads(text, group->last.end + out_of);
        continue;
      }
    }
    // 와 or 나 ended the label, but no second one came: only what a label may end
    // with alone counts.
    rules.joined = false;
    if (!group->several && !first_label_stands_alone(text, *group, rules)) return phrase;
    phrase.several = group->several;
    phrase.label = group->first;
    phrase.label->in_list = phrase.label->denied = false;
    return phrase;
  }
  return phrase;
}

ChoicePhrase read_choice_phrase_before(const FoldedText& text, size_t i) {
  ChoicePhrase phrase;
  // "A와 C 모두": one adverb, behind it no particle.
  if (const size_t together = text.longest_before(i, kTogether); together > 0) i -= together;
  if (i > 0 && (text.at(i - 1) == U'가' || text.at(i - 1) == U'이' || text.at(i - 1) == U'은' ||
                text.at(i - 1) == U'는' || text.at(i - 1) == U'도')) {
    --i;
  }
  phrase.label = read_label_before(text, i);
  if (!phrase.label) return phrase;
  size_t start = phrase.label->position;
  while (start > 0 && is_opening_bracket(text.at(start - 1)))
    --start;
  size_t end = start;
  if (const size_t joiner = text.longest_before(start, kJoiners); joiner > 0) {
    end = start - joiner;
  } else {
    while (end > 0 && start - end < 3 &&
           (text.at(end - 1) == U' ' || kJoiningMarks.find(text.at(end - 1)) != Literal::npos))
      --end;
    bool marked = false;
    for (size_t k = end; k < start; ++k)
      marked |= text.at(k) != U' ';
    if (!marked) return phrase;
  }
  const auto other = read_label_before(text, end);
  phrase.several = other && other->index != phrase.label->index &&
                   class_of(text.at(other->position)) == class_of(text.at(phrase.label->position));
  return phrase;
}

}  // namespace jangwon::harness
