// A label is how a reply names one of the options: C, (c), 3번, ③, 다. Reading one is mostly
// knowing what is none: the A of "A형", the I of "I think", the 3 of "3 kg", the first of "A, C".

#pragma once

#include <cstddef>
#include <optional>

#include "harness/extractors/folded_text.h"

namespace jangwon::harness {

struct LabelRules {
  bool digits = false;        // a bare digit is a label; "3번" and ③ always are
  bool hangul = false;        // 가, 나, 다 … are labels
  bool across_lines = false;  // blanks before the label may hold line ends
  bool joined = false;        // 와, 나, 이거나 … may end the label: another one is to follow
  bool denied = false;        // the words before the label deny it
};

struct Label {
  int index = 0;           // from 0
  size_t position = 0;     // unit of the symbol
  size_t end = 0;          // behind the symbol and what belongs to it: closing brackets, 번
  bool bracketed = false;  // opened by a bracket, a quotation mark or a LaTeX wrapper
  bool numbered = false;   // followed by 번
  // a bare digit with a period or bracket behind it that begins a line: a list, not a choice
  bool listed = false;
  bool denied = false;   // "A가 아니다", "C is not"
  bool in_list = false;  // followed by another label: "A, C", "1번과 3번"
};

// The label that starts at unit i, behind blanks, opening brackets, LaTeX wrappers and words such
// as "option" and 보기. Looks ahead a bounded distance.
std::optional<Label> read_label(const FoldedText& text, size_t i, const LabelRules& rules);

// The label that ends just before unit i, behind blanks and closing brackets: the X of "X is
// correct". Letters, circled labels and digits with 번.
std::optional<Label> read_label_before(const FoldedText& text, size_t i);

// Whether unit k, behind a label, ends it visibly: end of line, punctuation, a bracket or
// a Korean copula.
bool ends_visibly(const FoldedText& text, size_t k);

// Whether only closing brackets, punctuation, blanks and a copula stand between unit k and the
// end of the line.
bool rest_of_line_is_empty(const FoldedText& text, size_t k);

// Behind a Korean copula or 번 and a copula (입니다, 이다, 임, …) at unit k; k where none stands.
size_t skip_copula(const FoldedText& text, size_t k);

bool is_opening_bracket(char32_t c);
bool is_closing_bracket(char32_t c);

}  // namespace jangwon::harness
