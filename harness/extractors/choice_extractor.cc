// One pass over the folded text. At each unit the first character decides which forms can start
// there; a form reads its marker, then a label (choice_label.h), and looks a bounded distance ahead
// or back. Each form keeps its first and its last match; the tiers of the options decide at the end
// which form speaks. tests/harness/extractors/choice_extractor_test.cc holds the table of forms,
// tests/fuzz/extractor_fuzz.cc the arbitrary bytes.

#include "harness/extractors/choice_extractor.h"

#include <algorithm>
#include <array>

#include "harness/extractors/choice_conclusion.h"
#include "harness/extractors/choice_label.h"
#include "harness/extractors/choice_phrase.h"
#include "harness/extractors/scan_text.h"

namespace jangwon::harness {

namespace {

using Literal = std::u32string_view;
constexpr int kNumForms = 9;
// In place of an option's index: several options are affirmed.
constexpr int kSeveral = -1;

struct FormMatches {
  std::optional<Label> first;
  std::optional<Label> last;
};

// Whether the literal stands just before unit i.
bool stands_before(const FoldedText& text, size_t i, Literal literal) {
  return i >= literal.size() && text.matches_at(i - literal.size(), literal);
}

template <size_t N>
bool any_stands_before(const FoldedText& text, size_t i, const std::array<Literal, N>& table) {
  return text.longest_before(i, table) > 0;
}

constexpr std::array<Literal, 5> kKoreanMarkers = {U"정답", U"해답", U"답안", U"답변", U"답"};
constexpr std::array<Literal, 4> kBehindMarker = {U"입니다", U" 번호", U"번호", U" 선택"};
constexpr std::array<Literal, 9> kTopicMarkers = {
    U"은", U"는", U"이", U"으로는", U"으로", U"로는", U"로", U"을 고르면", U"을 선택하면"};
constexpr std::array<Literal, 7> kIsFillers = {
    U"다음과 같습니다", U"다음과 같다", U"아래와 같습니다", U"아래와 같다", U"바로", U"역시",
    U"따라서"};
constexpr std::array<Literal, 16> kRightAfterReverse = {
    U"정답입",   U"정답이다", U"정답이며", U"정답이고",   U"정답이라",  U"정답임",
    U"정답으로", U"정답인",   U"정답일",   U"정답이에요", U"정답이 됩", U"정답이 된",
    U"답입",     U"답이 된",  U"답이 됩",  U"답이다"};
constexpr std::array<Literal, 22> kTrueAfterReverse = {
    U"타당함",   U"가깝다", U"가깝습",   U"맞습",   U"맞다",   U"맞음",     U"맞는",   U"옳습",
    U"옳다",     U"옳은",   U"옳음",     U"적절합", U"적절한", U"적절하다", U"올바른", U"적합합",
    U"적합하다", U"타당합", U"타당하다", U"알맞다", U"알맞습", U"알맞은"};
// Between the subject and what is said of it.
constexpr std::array<Literal, 9> kBeforePredicate = {
    U"가장", U"제일", U"적절한", U"적합한", U"알맞은", U"타당한", U"올바른", U"옳은", U"맞는"};
// Behind a label that a sentence ends with: "… 선택지는 C라고 생각합니다".
constexpr std::array<Literal, 12> kJudgements = {
    U"라고 생각합", U"라고 생각한",   U"라고 판단합",   U"라고 판단한",
    U"라고 봅",     U"라고 볼",       U"로 판단됩",     U"로 판단된",
    U"로 보입",     U"번이라고 생각", U"번이라고 판단", U"번으로 판단"};
constexpr std::array<Literal, 10> kTopicNouns = {U"것",   U"설명", U"내용", U"선택지", U"보기",
                                                 U"문장", U"조합", U"옵션", U"항목",   U"번호"};

constexpr std::array<Literal, 17> kEnglishVerbs = {U"should therefore be",
                                                   U"must therefore be",
                                                   U"would therefore be",
                                                   U"should then be",
                                                   U"must then be",
                                                   U"would then be",
                                                   U"is",
                                                   U"was",
                                                   U"would be",
                                                   U"should be",
                                                   U"must be",
                                                   U"will be",
                                                   U"choice is",
                                                   U"option is",
                                                   U"has to be",
                                                   U"can only be",
                                                   U"could only be"};
constexpr std::array<Literal, 12> kAdverbs = {U"therefore",   U"thus",   U"clearly", U"likely",
                                              U"most likely", U"indeed", U"simply",  U"option",
                                              U"definitely,", U"then",   U"hence",   U"probably"};
constexpr std::array<Literal, 9> kChoiceNouns = {U"response",  U"option", U"choice",
                                                 U"statement", U"one",    U"alternative",
                                                 U"selection", U"letter", U"match"};
constexpr std::array<Literal, 8> kRightAdjectives = {
    U"correct ",     U"best ",   U"right ",          U"closest ",
    U"appropriate ", U"likely ", U"correct answer ", U"suitable "};
constexpr std::array<Literal, 6> kTopicAdjectives = {U"incorrect ", U"wrong ",      U"false ",
                                                     U"true ",      U"inaccurate ", U"untrue "};
constexpr std::array<Literal, 15> kRightPredicates = {
    U"the only one", U"the only option", U"the only choice", U"the only answer",   U"correct",
    U"the correct",  U"the right",       U"the best",        U"the answer",        U"right",
    U"the better",   U"the most",        U"the closest",     U"therefore correct", U"thus correct"};

// What may stand between the start of a line or sentence and a label that ends it: "Therefore,
// option C." Those that end in a colon may also be followed by the option's text.
constexpr std::array<Literal, 97> kLeadIns = {U"so",
                                              U"we are left with",
                                              U"we're left with",
                                              U"i am left with",
                                              U"this leaves",
                                              U"that leaves",
                                              U"which leaves",
                                              U"thus",
                                              U"hence",
                                              U"therefore",
                                              U"it's",
                                              U"it is",
                                              U"it must be",
                                              U"it should be",
                                              U"that is",
                                              U"i choose",
                                              U"i would choose",
                                              U"i will choose",
                                              U"i'd choose",
                                              U"i'll choose",
                                              U"i go with",
                                              U"i would go with",
                                              U"i will go with",
                                              U"i'll go with",
                                              U"i'd go with",
                                              U"i am going with",
                                              U"i'm going with",
                                              U"i pick",
                                              U"i'll pick",
                                              U"we choose",
                                              U"we select",
                                              U"we pick",
                                              U"we therefore choose",
                                              U"we therefore select",
                                              U"i therefore choose",
                                              U"i therefore select",
                                              U"i'd pick",
                                              U"i will pick",
                                              U"i'd select",
                                              U"i'll select",
                                              U"i will select",
                                              U"i think it's",
                                              U"i think it is",
                                              U"i believe it's",
                                              U"i believe it is",
                                              U"it has to be",
                                              U"it can only be",
                                              U"this leaves only",
                                              U"that leaves only",
                                              U"i would pick",
                                              U"i select",
                                              U"i would select",
                                              U"i would say",
                                              U"i'd say",
                                              U"my choice is",
                                              U"my choice:",
                                              U"=>",
                                              U"->",
                                              U"\u2192",
                                              U"\u21d2",
                                              U"\u2234",
                                              U"final:",
                                              U"final choice:",
                                              U"final option:",
                                              U"final selection:",
                                              U"selected option:",
                                              U"selected choice:",
                                              U"selection:",
                                              U"correct option:",
                                              U"correct choice:",
                                              U"correct letter:",
                                              U"best option:",
                                              U"best choice:",
                                              U"ans:",
                                              U"ans.",
                                              U"ans",
                                              U"solution:",
                                              U"response:",
                                              U"result:",
                                              U"conclusion:",
                                              U"따라서",
                                              U"그러므로",
                                              U"결국",
                                              U"즉",
                                              U"그래서",
                                              U"고로",
                                              U"결론적으로",
                                              U"결론:",
                                              U"최종:",
                                              U"최종 선택:",
                                              U"최종 결론:",
                                              U"선택:",
                                              U"선택한 보기:",
                                              U"선택한 답:",
                                              U"고른 답:",
                                              U"저는",
                                              U"나는"};
constexpr std::array<Literal, 2> kBoxes = {U"\\boxed{", U"\\fbox{"};
constexpr std::array<Literal, 5> kTags = {U"<answer>", U"<final_answer>", U"<finalanswer>",
                                          U"<choice>", U"<final>"};
// Ends of a line behind which a label begins the next one.
constexpr std::array<Literal, 5> kAnnouncements = {U":", U"답입니다.", U"답입니다",
                                                   U"답은 다음과 같습니다.", U"같다."};
// In front of a label that does not stand alone, or not for itself.
constexpr std::array<Literal, 6> kSharingWords = {U" nor ",    U" or ", U" and ",
                                                  U"neither ", U"not ", U"whether "};
constexpr Literal kPauses = U",.;-\u2013\u2014\u2026";
constexpr std::array<Literal, 4> kCorrespondences = {U"corresponds to ", U"correspond to ",
                                                     U"matches ", U"closest to "};
constexpr std::array<Literal, 7> kDistantWords = {U"to ",    U"for ", U"here ", U"that ",
                                                  U"which ", U", ",   U"among "};
constexpr std::array<Literal, 12> kChosenAfterReverse = {
    U"선택합", U"선택하겠", U"선택했", U"선택한다", U"선택함", U"고르겠",
    U"고릅",   U"골랐",     U"고른다", U"택하겠",   U"택합",   U"택한다"};
constexpr std::array<Literal, 10> kNegativeVerbs = {
    U"is not",       U"isn't",       U"cannot be",   U"can't be", U"can not be",
    U"could not be", U"couldn't be", U"must not be", U"was not",  U"would not be"};
// Of a statement that somebody only considers: "I doubt that the answer is C".
constexpr std::array<Literal, 21> kDoubted = {
    U"doubt ",         U"doubt that ",       U"doubt whether ",     U"doubt if ",
    U"unlikely that ", U"unlikely ",         U"not think ",         U"not think that ",
    U"n't think ",     U"n't think that ",   U"not believe ",       U"not believe that ",
    U"n't believe ",   U"n't believe that ", U"not the case that ", U"n't the case that ",
    U"not true that ", U"not mean that ",    U"n't mean that ",     U"not say that ",
    U"false that "};
constexpr std::array<Literal, 8> kArticles = {
    U"the correct ", U"the right ", U"the best ", U"the final ", U"the ", U"our ", U"my ", U"its "};
constexpr std::array<Literal, 4> kSetAside = {U"instead of ", U"rather than ", U"unlike ", U"not "};

bool is_line_end(char32_t c) {
  return c == FoldedText::kEnd || c == U'\n';
}

class ChoiceScanner {
 public:
  ChoiceScanner(const FoldedText& text, const ChoiceOptions& options)
      : text_(text), options_(options) {}

  ChoiceExtraction scan() {
    scan_line_start(0);
    for (size_t i = 0; i < text_.size(); ++i)
      scan_unit(i);
    scan_last_sentences();
    scan_sole_line();
    scan_leading();
    if (last_line_ && options_.order == MatchOrder::kLast)
      accept(ChoiceForm::kConclusion, read_conclusion(text_, *last_line_, options_.num_options));
    return choose();
  }

 private:
  void scan_unit(size_t i) {
    switch (text_.at(i)) {
      case U'\n':
        scan_line_start(i + 1);
        break;
      case U'정':
      case U'해':
      case U'답':
        scan_korean_marker(i);
        scan_korean_reverse(i);
        break;
      case U'맞':
      case U'옳':
      case U'적':
      case U'올':
      case U'타':
      case U'알':
        scan_korean_reverse(i);
        break;
      case U'선':
      case U'고':
      case U'골':
      case U'택':
        scan_korean_chosen(i);
        break;
      case U'은':
      case U'는':
        scan_korean_topic(i);
        break;
      case U'a':
      case U'A':
        scan_answer(i);
        break;
      case U'i':
        scan_english_is(i);
        break;
      case U'c':
      case U'm':
      case U'C':
      case U'M':
        scan_correspondence(i);
        break;
      case U'\\':
        scan_box(i, kBoxes);
        break;
      case U'<':
        scan_box(i, kTags);
        break;
      default:
        break;
    }
  }

  LabelRules rules(bool across_lines) const {
    return {.digits = options_.digits_are_labels, .hangul = false, .across_lines = across_lines};
  }
  LabelRules korean_rules(bool across_lines) const {
    return {.digits = options_.digits_are_labels, .hangul = true, .across_lines = across_lines};
  }

  // Takes the label as a match of the form, unless it is denied, one of several, or
  // beyond the options.
  bool accept(ChoiceForm form, const std::optional<Label>& label) {
    if (!label || label->denied || label->in_list || label->listed) return false;
    if (label->index >= options_.num_options) {
      if (form <= ChoiceForm::kAnswerIs) beyond_.push_back(label->position);
      return false;
    }
    FormMatches& matches = matches_[static_cast<size_t>(form)];
    if (!matches.first) matches.first = label;
    matches.last = label;
    return true;
  }

  // The option that the phrase affirms. Several are a match, too: what the reply says last of its
  // answer then names none.
  bool accept_phrase(ChoiceForm form, ChoicePhrase phrase) {
    if (phrase.label && phrase.several) phrase.label->index = kSeveral;
    return accept(form, phrase.label);
  }
  bool accept_phrase(ChoiceForm form, size_t i, const LabelRules& rules) {
    return accept_phrase(form, read_choice_phrase(text_, i, rules));
  }

  size_t skip_blanks(size_t i) const {
    const size_t limit = i + 32;
    while (i < limit && text_.at(i) == U' ')
      ++i;
    return i;
  }

  // Behind "(…)" of at most 24 units on one line, such as the "(Answer)" of "정답 (Answer): B".
  size_t skip_gloss(size_t i) const {
    if (text_.at(i) != U'(' && text_.at(i) != U'/') return i;
    for (size_t k = i + 1; k < i + 24 && !is_line_end(text_.at(k)); ++k) {
      if (text_.at(k) == U')') return k + 1;
      if (text_.at(i) == U'/' && text_.at(k) == U':') return k;
    }
    return i;
  }

  // Whether only marks of a heading and words such as 최종 stand between the start of the
  // line and unit i.
  bool starts_line(size_t i) const {
    for (size_t k = i, limit = i > 24 ? i - 24 : 0; k > limit; --k) {
      const char32_t c = text_.at(k - 1);
      if (c == U'\n') return true;
      const bool passes = c == U'#' || c == U' ' || c == U'-' || c == U'>' || c == U'.' ||
                          is_ascii_digit(c) || is_opening_bracket(c) || c == U'최' || c == U'종' ||
                          is_ascii_letter(c);
      if (!passes) return false;
    }
    return i <= 24;
  }

  void scan_korean_marker(size_t i) {
    const size_t length = text_.longest_at(i, kKoreanMarkers);
    if (length == 0) return;
    const bool answer_alone = text_.at(i) == U'답';
    if (answer_alone && i > 0 && is_hangul_syllable(text_.at(i - 1)) && text_.at(i - 1) != U'종')
      return;
    size_t k = i + length;
    for (int round = 0; round < 3; ++round) {
      k += text_.longest_at(k, kBehindMarker);
      const size_t gloss_start = skip_blanks(k);
      if (read_label(text_, gloss_start, korean_rules(false))) break;
      k = std::max(k, skip_gloss(gloss_start));
    }
    size_t next = skip_blanks(k);
    if (is_closing_bracket(text_.at(next))) {
      // "[정답] C", "**정답**"
      while (is_closing_bracket(text_.at(next)) && next < k + 8)
        ++next;
      if (accept_phrase(ChoiceForm::kKoreanColon, next, korean_rules(true))) return;
      k = next;
      next = skip_blanks(k);
    }
    const char32_t c = text_.at(next);
    if (c == U':' || c == U'=' || c == 0x2192) {
      const size_t arrow = c == U'=' && text_.at(next + 1) == U'>' ? 2 : 1;
      accept_phrase(ChoiceForm::kKoreanColon, next + arrow, korean_rules(true));
    } else if (c == U'\n') {
      if (starts_line(i)) accept_phrase(ChoiceForm::kKoreanColon, next, korean_rules(true));
    } else if (c == U'-' || c == U';' || c == 0x2013 || c == 0x2014) {
      const auto label = read_label(text_, next + 1, korean_rules(false));
      const bool minus = text_.at(next + 1) != U' ';  // "-3"
      if (label && !minus && rest_of_line_is_empty(text_, label->end))
        accept(ChoiceForm::kKoreanColon, label);
    } else if (const size_t topic = text_.longest_at(k, kTopicMarkers); topic > 0) {
      // "알맞은 답이다." ends with a copula, and not with 다, the third option.
      if (text_.at(k + topic - 1) != U'이' || !is_hangul_syllable(text_.at(k + topic)))
        scan_behind_topic(k + topic);
    } else if (const auto label = read_label(text_, k, korean_rules(false));
               label && ends_visibly(text_, label->end)) {
      accept(ChoiceForm::kKoreanIs, label);
    }
  }

  // Behind 정답은: a label, perhaps behind "다음과 같습니다:".
  void scan_behind_topic(size_t k) {
    k = skip_blanks(k);
    const bool dots = text_.at(k) == U'.' && text_.at(k + 1) == U'.';
    // not "-5", not ".5"
    if (dots || text_.at(k) == 0x2026 || text_.at(k) == U',') k = skip_pause(k);
    bool across_lines = false;
    if (const size_t filler = text_.longest_at(k, kIsFillers); filler > 0) {
      k += filler;
      while (text_.at(k) == U'.' || text_.at(k) == U',' || text_.at(k) == U' ') {
        if (++k >= text_.size()) return;
      }
      across_lines = true;
    }
    if (text_.at(k) == U':') across_lines = true;
    accept_phrase(ChoiceForm::kKoreanIs, k, korean_rules(across_lines));
  }

  // "C를 선택하겠습니다"
  void scan_korean_chosen(size_t i) {
    if (text_.longest_at(i, kChosenAfterReverse) == 0 || i < 2 || text_.at(i - 1) != U' ') return;
    const char32_t particle = text_.at(i - 2);
    if (particle == U'를' || particle == U'을')
      accept_phrase(ChoiceForm::kTopic, read_choice_phrase_before(text_, i - 2));
  }

  size_t skip_blanks_before(size_t i) const {
    size_t k = i;
    while (k > 0 && text_.at(k - 1) == U' ' && i - k < 3)
      --k;
    return k;
  }

  // "C가 정답입니다", "②번이 맞습니다", "C가 가장 알맞은 답이다"
  void scan_korean_reverse(size_t i) {
    const size_t right = text_.longest_at(i, kRightAfterReverse);
    const bool answer = right > 0;
    const size_t said = answer ? right : text_.longest_at(i, kTrueAfterReverse);
    // "③이 정답인지", "③이 맞는지"
    if (said == 0 || text_.at(i + said) == U'지') return;
    size_t k = skip_blanks_before(i);
    for (int round = 0; round < 2; ++round) {
      for (Literal word : kBeforePredicate) {
        if (stands_before(text_, k, word)) k = skip_blanks_before(k - word.size());
      }
    }
    if (k == 0) return;
    const char32_t particle = text_.at(k - 1);
    // "②만 옳다", "②만이 옳다"
    const bool only = stands_before(text_, k, U"만이") || particle == U'만';
    const bool is_subject =
        only || particle == U'가' || particle == U'이' || particle == U'은' || particle == U'는';
    if (only) k -= particle == U'만' ? 1 : 2;
    const ChoicePhrase phrase = read_choice_phrase_before(text_, k);
    // "나머지 ①, ③은 모두 옳다": of those that are left over.
    if (phrase.several && speaks_of_the_rest(k)) return;
    if (is_subject || phrase.several)
      accept_phrase(answer ? ChoiceForm::kKoreanIs : ChoiceForm::kTopic, phrase);
  }

  bool speaks_of_the_rest(size_t i) const {
    for (size_t k = i; k > 0 && i - k < 24 && !is_line_end(text_.at(k - 1)); --k) {
      if (text_.at(k - 1) == U'.') return false;
      if (text_.matches_at(k - 1, U"나머지") || text_.matches_at(k - 1, U"다른 ")) return true;
    }
    return false;
  }

  // "옳지 않은 것은 C입니다": the label must end the sentence, or any statement about an
  // option would do.
  void scan_korean_topic(size_t i) {
    if (!any_stands_before(text_, i, kTopicNouns)) return;
    const ChoicePhrase phrase = read_choice_phrase(text_, i + 1, korean_rules(false));
    const std::optional<Label>& label = phrase.label;
    if (label && !phrase.several &&
        (skip_copula(text_, label->end) > label->end ||
         text_.longest_at(label->end, kJudgements) > 0 ||
         rest_of_line_is_empty(text_, label->end))) {
      accept(ChoiceForm::kTopic, label);
    }
  }

  void scan_answer(size_t i) {
    if (!text_.matches_at(i, U"answer")) return;
    if (i > 0 && is_ascii_letter(text_.at(i - 1))) return;
    size_t k = i + 6;
    while (is_closing_bracket(text_.at(k)) && k < i + 10)
      ++k;
    size_t next = skip_blanks(k);
    if (!read_label(text_, next, rules(false))) next = skip_blanks(skip_gloss(next));
    const char32_t c = text_.at(next);
    if (c == U':' || c == U'=') {
      accept_phrase(ChoiceForm::kAnswerColon, next + 1, rules(true));
    } else if (c == U'-' || c == 0x2013 || c == 0x2014 || c == 0x2192) {
      const auto label =
          read_label(text_, next + (text_.at(next + 1) == U'>' ? 2 : 1), rules(false));
      if (label && (rest_of_line_is_empty(text_, label->end) || ends_visibly(text_, label->end)))
        accept(ChoiceForm::kAnswerColon, label);
    } else if (text_.at(next) == U'\n') {
      if (starts_line(i)) accept_phrase(ChoiceForm::kAnswerColon, next, rules(true));
    } else if (const size_t negative = text_.longest_at(next, kNegativeVerbs); negative > 0) {
      scan_behind_is_not(next + negative);
    } else if (const size_t verb = text_.longest_at(next, kEnglishVerbs); verb > 0) {
      is_doubted(i) ? scan_behind_is_not(next + verb) : scan_behind_is(next + verb);
    } else if (text_.longest_at(next, kDistantWords) > 0) {
      scan_distant_is(next);
    } else if (const auto label = read_label(text_, next, rules(false));
               label && rest_of_line_is_empty(text_, label->end)) {
      accept(ChoiceForm::kAnswerColon, label);
    }
  }

  // Whether what begins with "the answer" at unit i is doubted or denied.
  bool is_doubted(size_t i) const {
    const size_t start = i - text_.longest_before(i, kArticles);
    return text_.longest_before(start, kDoubted) > 0;
  }

  void scan_behind_is(size_t k) {
    if (is_ascii_letter(text_.at(k))) return;  // "issue"
    k = skip_blanks(k);
    while (is_closing_bracket(text_.at(k)) && k < text_.size())
      k = skip_blanks(k + 1);  // \text{The answer is } (B)
    if (const size_t adverb = text_.longest_at(k, kAdverbs); adverb > 0)
      k = skip_blanks(k + adverb);
    const bool across_lines = text_.at(k) == U':';
    if (const size_t behind = skip_pause(k); behind > k) {
      if (text_.longest_at(behind, kSetAside) > 0) return scan_behind_aside(behind);
      auto label = read_label(text_, behind, rules(false));  // "The answer is … C."
      if (!label && text_.at(k) == U',') label = label_behind_remark(behind);
      if (label && rest_of_line_is_empty(text_, label->end)) accept(ChoiceForm::kAnswerIs, label);
      return;
    }
    accept_phrase(ChoiceForm::kAnswerIs, k, rules(across_lines));
  }

  // "The answer cannot be A, so it must be C."
  void scan_behind_is_not(size_t k) {
    LabelRules denied = rules(false);
    denied.denied = true;
    accept_phrase(ChoiceForm::kAnswerIs, k, denied);
  }

  // "The answer is, instead of A, C."
  void scan_behind_aside(size_t k) {
    for (size_t i = k; i < k + 32 && !is_line_end(text_.at(i)); ++i) {
      if (text_.at(i) == U',')
        return static_cast<void>(accept_phrase(ChoiceForm::kAnswerIs, i + 1, rules(false)));
    }
  }

  // "The answer is, in my view, C."
  std::optional<Label> label_behind_remark(size_t k) const {
    for (size_t i = k; i < k + 32 && !is_line_end(text_.at(i)) && text_.at(i) != U'.'; ++i) {
      if (text_.at(i) == U',') return read_label(text_, i + 1, rules(false));
    }
    return std::nullopt;
  }

  // Behind dots, dashes and blanks, where at least one mark stands.
  size_t skip_pause(size_t k) const {
    size_t i = k;
    while (i < k + 6 && text_.at(i) != FoldedText::kEnd &&
           kPauses.find(text_.at(i)) != Literal::npos)
      ++i;
    return i > k ? skip_blanks(i) : k;
  }

  // "the answer to this question is C"
  void scan_distant_is(size_t i) {
    for (size_t k = i; k < i + 60; ++k) {
      const char32_t c = text_.at(k);
      if (is_line_end(c) || c == U'.') return;
      if (c == U' ' && text_.matches_at(k, U" is ")) return scan_behind_is(k + 3);
    }
  }

  // "the correct option is C", "C is correct"
  void scan_english_is(size_t i) {
    if (text_.at(i + 1) != U's' || i == 0 || is_ascii_letter(text_.at(i - 1)) ||
        is_ascii_letter(text_.at(i + 2)))
      return;
    size_t before = i - 1;
    const char32_t c = text_.at(before);
    if (c != U' ' && !is_closing_bracket(c)) return;
    for (Literal noun : kChoiceNouns) {
      if (!stands_before(text_, before, noun)) continue;
      const size_t noun_start = before - noun.size();
      if (any_stands_before(text_, noun_start, kTopicAdjectives)) {
        const ChoicePhrase phrase = read_choice_phrase(text_, i + 2, rules(false));
        if (phrase.label && rest_of_line_is_empty(text_, phrase.label->end))
          accept_phrase(ChoiceForm::kTopic, phrase);
      } else if (const size_t right = text_.longest_before(noun_start, kRightAdjectives);
                 right > 0) {
        is_doubted(noun_start - right)
            ? scan_behind_is_not(i + 2)
            : static_cast<void>(accept_phrase(ChoiceForm::kAnswerIs, i + 2, rules(false)));
      }
      return;
    }
    if (text_.at(i + 2) != U' ') return;
    if (stands_before(text_, before, U"answer") && is_doubted(before - 6)) return;
    if (text_.longest_at(i + 3, kRightPredicates) > 0) {
      accept(ChoiceForm::kTopic, subject_before(before + 1));
    } else if (text_.matches_at(i + 3, U"option ") || text_.matches_at(i + 3, U"choice ")) {
      const auto label = read_label(text_, i + 10, rules(false));  // "5 J, which is option C."
      if (label && rest_of_line_is_empty(text_, label->end)) accept(ChoiceForm::kTopic, label);
    } else if (text_.at(i + 3) == U'(' && text_.at(i + 5) == U')') {
      accept(ChoiceForm::kTopic, read_label(text_, i + 3, rules(false)));  // "the best fit is (D)"
    }
  }

  // The subject of "is correct" that ends just before unit i: the C of "C is" and
  // of "C, not A, is".
  std::optional<Label> subject_before(size_t i) const {
    size_t end = i;
    if (end > 1 && text_.at(end - 1) == U' ' && text_.at(end - 2) == U',') end -= 2;
    auto label = read_label_before(text_, end);
    if (!label) return label;
    size_t start = label->position;
    while (start > 0 && is_opening_bracket(text_.at(start - 1)))
      --start;
    if (one_of_none(start) || belongs_to_word(start, *label)) return std::nullopt;
    if (!any_stands_before(text_, start, kSharingWords)) return end == i ? label : std::nullopt;
    for (Literal denial : {Literal(U", not "), Literal(U" and not "), Literal(U", and not "),
                           Literal(U" rather than ")}) {
      if (stands_before(text_, start, denial))
        return read_label_before(text_, start - denial.size());
    }
    return std::nullopt;
  }

  // "which corresponds to option (E)"
  void scan_correspondence(size_t i) {
    size_t k = text_.longest_at(i, kCorrespondences);
    if (k == 0) return;
    k += i;
    for (Literal noun : {Literal(U"answer "), Literal(U"option "), Literal(U"choice ")}) {
      if (!text_.matches_at(k, noun)) continue;
      const auto label = read_label(text_, k + noun.size(), rules(false));
      if (label && ends_visibly(text_, label->end)) accept(ChoiceForm::kTopic, label);
    }
  }

  template <size_t N>
  void scan_box(size_t i, const std::array<Literal, N>& openings) {
    const size_t length = text_.longest_at(i, openings);
    if (length == 0) return;
    const ChoicePhrase phrase = read_choice_phrase(text_, i + length, korean_rules(true));
    if (!phrase.label) return;
    const size_t behind = phrase.label->position + 1;
    if (phrase.several || ends_visibly(text_, behind) || text_.at(behind) == U'<')
      accept_phrase(ChoiceForm::kBoxed, phrase);
  }

  // Remembers the first and last line that is not blank, and whether lines begin with different
  // labels: an enumeration of the options is no answer.
  void scan_line_start(size_t i) {
    size_t k = i;
    while (k < i + 32 && (text_.at(k) == U' ' || text_.at(k) == U'#' || text_.at(k) == U'-' ||
                          text_.at(k) == U'>'))
      ++k;
    if (is_line_end(text_.at(k))) return;
    if (!first_line_) first_line_ = k;
    last_line_ = k;
    scan_lead_in(k);
    const auto label = read_label(text_, k, rules(false));
    if (!label || label->index >= options_.num_options) return;
    const char32_t delimiter = text_.at(label->position + 1);
    const bool circled = text_.at(label->position) >= 0x2460;
    if (!circled && delimiter != U':' && delimiter != U')' && delimiter != U'.') return;
    if (line_label_ && *line_label_ != label->index) enumerates_ = true;
    line_label_ = label->index;
    // "the best description is:\n\nE. The file …"; behind another colon only where the reply
    // enumerates nothing.
    size_t end = i;
    for (size_t limit = i > 8 ? i - 8 : 0; end > limit; --end) {
      if (text_.at(end - 1) != U'\n' && text_.at(end - 1) != U' ') break;
    }
    if (stands_before(text_, end, U" is:")) {
      accept(ChoiceForm::kTopic, label);
    } else if (end < i && any_stands_before(text_, end, kAnnouncements)) {
      behind_colon_ = label;
    }
  }

  // "Therefore, C." and "따라서 ③번이다.": a line or sentence that holds nothing else. A bare digit
  // would be a result.
  void scan_lead_in(size_t k) {
    bool behind_colon = false;
    bool found = false;
    for (int round = 0; round < 4; ++round) {
      while (text_.at(k) == U' ' || text_.at(k) == U',')
        ++k;
      const size_t length = text_.longest_at(k, kLeadIns);
      if (length == 0) break;
      const char32_t last = text_.at(k + length - 1);
      if (is_ascii_letter(last) && is_ascii_letter(text_.at(k + length))) break;
      k += length;
      found = true;
      behind_colon = last == U':';
    }
    const ChoicePhrase phrase = read_choice_phrase(text_, k, korean_rules(false));
    const std::optional<Label>& label = phrase.label;
    if (!label || phrase.several) return;
    // "A도 B도 아니고 C입니다", "Neither A nor B, so C" say so without more.
    if (phrase.denied && ends_visibly(text_, label->end)) accept(ChoiceForm::kTopic, label);
    if (!found) return;
    const char32_t symbol = text_.at(label->position);
    const bool is_name = (symbol >= U'A' && symbol <= U'Z') || symbol >= 0x2460;
    if (is_hangul_syllable(symbol) && !label->bracketed) return;
    if (is_ascii_digit(symbol) && !label->numbered) return;
    if (rest_of_line_is_empty(text_, label->end) ||
        (behind_colon && is_name && ends_visibly(text_, label->end)))
      accept(ChoiceForm::kTopic, label);
  }

  // The sentences of the last line, of which the first is read with the line.
  void scan_last_sentences() {
    if (!last_line_) return;
    for (size_t k = *last_line_ + 2; !is_line_end(text_.at(k)); ++k) {
      const char32_t before = text_.at(k - 2);
      if (text_.at(k - 1) == U' ' &&
          (before == U'.' || before == U';' || before == U'!' || before == U'?'))
        scan_lead_in(k);
    }
  }

  void scan_sole_line() {
    const auto line = options_.order == MatchOrder::kFirst ? first_line_ : last_line_;
    if (!line) return;
    const auto label = read_label(text_, *line, korean_rules(false));
    if (!label) return;
    if (rest_of_line_is_empty(text_, label->end) || rest_of_line_is_gloss(label->end))
      accept(ChoiceForm::kSoleLine, label);
  }

  // "D (the least of them)." and nothing else on the line.
  bool rest_of_line_is_gloss(size_t k) const {
    if (text_.at(k) != U' ' || text_.at(k + 1) != U'(') return false;
    size_t end = k + 2;
    while (!is_line_end(text_.at(end)))
      ++end;
    while (text_.at(end - 1) == U' ' || text_.at(end - 1) == U'.')
      --end;
    return text_.at(end - 1) == U')';
  }

  void scan_leading() {
    if (enumerates_) return;
    accept(ChoiceForm::kTopic, behind_colon_);
    if (!first_line_) return;
    const auto label = read_label(text_, *first_line_, rules(false));
    if (!label) return;
    const char32_t behind = text_.at(label->position + 1);
    const char32_t symbol = text_.at(label->position);
    // "C - a cell", "③ 세포"
    const bool before_text =
        behind == U' ' && (symbol >= 0x2460 || stands_before_name(label->position + 1));
    if (!is_hangul_syllable(behind) && !before_text && !ends_visibly(text_, label->position + 1))
      return;
    if (line_enumerates(*label, behind)) return;
    // "3. …" and "3) …" begin a numbered list.
    if (is_ascii_digit(symbol) && !label->numbered && !rest_of_line_is_empty(text_, label->end))
      return;
    if (symbol >= U'a' && symbol <= U'z') return;  // "(a) …" begins the parts of a solution
    if (is_hangul_syllable(behind) && !says_choice(*label)) return;
    if (read_choice_phrase(text_, *first_line_, rules(false)).several) return;
    accept(ChoiceForm::kLeading, label);
  }

  // What is said of a label that begins a reply: "B입니다", "D를 선택하십시오", and not "④는
  // 기각한다".
  bool says_choice(const Label& label) const {
    const size_t k = label.end;
    constexpr std::array<Literal, 6> kItems = {U"보기", U"선택지", U"선지",
                                               U"항목", U"문항",   U"지문"};
    constexpr std::array<Literal, 12> kChosen = {U"를 선택", U"을 선택", U"를 고", U"을 고",
                                                 U"를 골",   U"을 골",   U"를 택", U"을 택",
                                                 U"가 정답", U"이 정답", U"가 답", U"이 답"};
    constexpr std::array<Literal, 7> kDenials = {U"지 않", U"지 못", U"수 없", U"아니",
                                                 U"수도",  U"해야",  U"인지"};
    // "3번 세무사"
    const bool before_text =
        label.numbered && text_.at(k) == U' ' && text_.longest_at(k + 1, kItems) == 0;
    if (!before_text && text_.longest_at(k, kChosen) == 0 && !ends_visibly(text_, k)) return false;
    for (size_t i = k; i < k + 40 && !is_line_end(text_.at(i)) && text_.at(i) != U'.'; ++i) {
      if (text_.longest_at(i, kDenials) > 0) return false;
    }
    return true;
  }

  // "Hepatitis B is the best known …", "the angle at C": a letter that is part of what another word
  // names.
  bool belongs_to_word(size_t start, const Label& label) const {
    constexpr std::array<Literal, 24> kFree = {
        U"option ", U"choice ",  U"answer ",    U"statement ", U"letter ",  U"alternative ",
        U"so ",     U"thus ",    U"therefore ", U"hence ",     U"that ",    U"then ",
        U"and ",    U"but ",     U"only ",      U"while ",     U"because ", U"since ",
        U"as ",     U"whereas ", U"which ",     U"or ",        U"not ",     U"than "};
    if (start < label.position || text_.at(label.position) >= 0x2460 || start < 2) return false;
    if (text_.at(start - 1) != U' ' || !is_ascii_letter(text_.at(start - 2))) return false;
    return !any_stands_before(text_, start, kFree);
  }

  // Whether unit i stands behind "none of A, B, " and the like.
  bool one_of_none(size_t i) const {
    for (size_t k = i; k > 0 && i - k < 40 && text_.at(k - 1) != U'.' && text_.at(k - 1) != U'\n';
         --k) {
      if (text_.matches_at(k - 1, U"none of") || text_.matches_at(k - 1, U"neither of") ||
          text_.matches_at(k - 1, U"any of"))
        return true;
    }
    return false;
  }

  // Whether " - " and a word of at least two letters stand at unit k.
  bool stands_before_name(size_t k) const {
    const char32_t dash = text_.at(k + 1);
    if ((dash != U'-' && dash != 0x2013 && dash != 0x2014) || text_.at(k + 2) != U' ') return false;
    const auto is_letter = [&](size_t at) {
      return is_ascii_letter(text_.at(at)) || is_hangul_syllable(text_.at(at));
    };
    return is_letter(k + 3) && is_letter(k + 4);
  }

  // "A. 무지, B. 질병, C. …": the options one after the other on one line.
  bool line_enumerates(const Label& first, char32_t delimiter) const {
    const bool circled = text_.at(first.position) >= 0x2460;
    for (size_t k = first.position + 1;
         circled && k < first.position + 400 && !is_line_end(text_.at(k)); ++k) {
      if (text_.at(k) >= 0x2460 && text_.at(k) <= 0x2473) return true;
    }
    for (size_t k = first.position + 2; k < first.position + 400 && !is_line_end(text_.at(k));
         ++k) {
      const char32_t before = text_.at(k - 1);
      if (text_.at(k + 1) != delimiter || (before != U' ' && before != U',')) continue;
      const auto other = read_label(text_, k, rules(false));
      // "C: 1:25,000" lists nothing.
      const bool same_kind =
          is_ascii_digit(text_.at(k)) == is_ascii_digit(text_.at(first.position));
      if (other && other->position == k && same_kind && other->index != first.index) return true;
    }
    return false;
  }

  ChoiceExtraction choose() {
    ChoiceExtraction out;
    // Two forms may have read the same label.
    std::sort(beyond_.begin(), beyond_.end());
    out.num_labels_beyond_options =
        static_cast<int>(std::unique(beyond_.begin(), beyond_.end()) - beyond_.begin());
    // Several options at once name none, unless a form of a lower tier chooses among
    // them further on.
    std::optional<size_t> several_at;
    for (const ChoiceTier& tier : options_.tiers) {
      std::optional<Label> best;
      ChoiceForm best_form = ChoiceForm::kLeading;
      for (ChoiceForm form : tier) {
        const FormMatches& matches = matches_[static_cast<size_t>(form)];
        const std::optional<Label>& label =
            options_.order == MatchOrder::kFirst ? matches.first : matches.last;
        if (!label || (several_at && label->position <= *several_at)) continue;
        const bool wins =
            !best || (options_.order == MatchOrder::kFirst ? label->position < best->position
                                                           : label->position > best->position);
        if (wins) {
          best = label;
          best_form = form;
        }
      }
      if (!best) continue;
      if (best->index == kSeveral) {
        if (options_.order == MatchOrder::kFirst) return out;
        several_at = best->position;
        continue;
      }
      out.extraction = {std::string(1, static_cast<char>('A' + best->index)), name_of(best_form),
                        text_.byte_of(best->position)};
      return out;
    }
    return out;
  }

  const FoldedText& text_;
  const ChoiceOptions& options_;
  std::array<FormMatches, kNumForms> matches_;
  std::vector<size_t> beyond_;  // positions of labels that the question does not have
  std::optional<size_t> first_line_;
  std::optional<size_t> last_line_;
  std::optional<int> line_label_;
  std::optional<Label> behind_colon_;
  bool enumerates_ = false;
};

}  // namespace

const char* name_of(ChoiceForm form) {
  switch (form) {
    case ChoiceForm::kKoreanColon:
      return "korean_colon";
    case ChoiceForm::kKoreanIs:
      return "korean_is";
    case ChoiceForm::kBoxed:
      return "boxed";
    case ChoiceForm::kAnswerColon:
      return "answer_colon";
    case ChoiceForm::kAnswerIs:
      return "answer_is";
    case ChoiceForm::kSoleLine:
      return "sole_line";
    case ChoiceForm::kTopic:
      return "topic";
    case ChoiceForm::kLeading:
      return "leading";
    case ChoiceForm::kConclusion:
      return "conclusion";
  }
  return "";
}

ChoiceOptions english_choice(int num_options, MatchOrder order) {
  return {.num_options = num_options,
          .order = order,
          .digits_are_labels = false,
          .tiers = {{ChoiceForm::kBoxed, ChoiceForm::kAnswerIs, ChoiceForm::kAnswerColon},
                    {ChoiceForm::kKoreanColon, ChoiceForm::kKoreanIs},
                    {ChoiceForm::kSoleLine},
                    {ChoiceForm::kTopic},
                    {ChoiceForm::kLeading},
                    {ChoiceForm::kConclusion}}};
}

ChoiceOptions korean_choice(int num_options, MatchOrder order) {
  return {.num_options = num_options,
          .order = order,
          .digits_are_labels = true,
          .tiers = {{ChoiceForm::kKoreanColon},
                    {ChoiceForm::kKoreanIs},
                    {ChoiceForm::kBoxed, ChoiceForm::kAnswerColon, ChoiceForm::kAnswerIs},
                    {ChoiceForm::kSoleLine},
                    {ChoiceForm::kTopic},
                    {ChoiceForm::kLeading},
                    {ChoiceForm::kConclusion}}};
}

ChoiceExtraction extract_choice(const FoldedText& text, const ChoiceOptions& options) {
  return ChoiceScanner(text, options).scan();
}

ChoiceExtraction extract_choice(std::string_view text, const ChoiceOptions& options) {
  // A completion that runs on invents the next question; the benchmark's own stop
  // string ends it there.
  if (options.order == MatchOrder::kFirst) text = text.substr(0, text.find("\nQuestion:"));
  return extract_choice(FoldedText(text), options);
}

}  // namespace jangwon::harness
