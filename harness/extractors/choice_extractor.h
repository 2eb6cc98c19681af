// The native extraction of a choice: which option does the reply commit to, in any form that people
// and models write it?
//
// English and Korean, markdown, LaTeX, brackets, full-width letters, circled digits, 가/나/다.
// Labels beyond the question's options are never an answer; they are counted. A list of several
// options ("A, C") and a denied one ("A가 아니다") are none.

#pragma once

#include <string_view>
#include <vector>

#include "harness/extractors/extraction.h"
#include "harness/extractors/folded_text.h"

namespace jangwon::harness {

// The forms in which a reply names its choice. X is a label: a letter, and where digits are labels
// a digit, a circled digit or 가, 나, 다 ….
enum class ChoiceForm {
  kKoreanColon,  // 정답: X, 최종 답: X, a heading 정답 with X on the next line
  kKoreanIs,     // 정답은 X, 답은 X, X가 정답
  kBoxed,        // \boxed{X}, <answer>X</answer>
  kAnswerColon,  // Answer: X, a heading ANSWER with X on the next line
  kAnswerIs,     // the answer is X, the correct option is X
  kSoleLine,     // a line that holds X alone: the last line, or the first for MatchOrder::kFirst
  kTopic,        // 옳지 않은 것은 X입니다, X is correct, the incorrect statement is X
  kLeading,      // the reply begins with X: "B입니다", "C: text", "D) text"
  kConclusion,   // its last sentence singles X out: "Eliminating the others leaves X"
};
const char* name_of(
    // korean_colon, korean_is, boxed, answer_colon, answer_is, sole_line, topic, leading,
    // conclusion
    ChoiceForm form);

// Forms of one rank: the first or last match of any of them speaks.
using ChoiceTier = std::vector<ChoiceForm>;

struct ChoiceOptions {
  int num_options = 10;
  MatchOrder order = MatchOrder::kLast;
  // options were shown with numbers, or the exam's own numbering is likely
  bool digits_are_labels = false;
  std::vector<ChoiceTier> tiers;  // the first tier with a match speaks
};

// Options of a question put in English with letters (MMLU-Pro), and of a Korean one with letters or
// numbers (KMMLU-Pro).
ChoiceOptions english_choice(int num_options, MatchOrder order);
ChoiceOptions korean_choice(int num_options, MatchOrder order);

struct ChoiceExtraction {
  // the answer is an upper-case letter, the stage the name of the form
  Extraction extraction;
  int num_labels_beyond_options = 0;  // "answer is (J)" of a question with four options
};

ChoiceExtraction extract_choice(const FoldedText& text, const ChoiceOptions& options);
ChoiceExtraction extract_choice(std::string_view text, const ChoiceOptions& options);

}  // namespace jangwon::harness
