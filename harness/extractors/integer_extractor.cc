// Finds the expression: one pass with a stack of braces, so that a thousand boxes left open cost no
// more than one. How an expression is read stands in integer_expression.cc, how a sentence is in
// final_answer.cc.

#include "harness/extractors/integer_extractor.h"

#include <algorithm>
#include <vector>

#include "harness/extractors/final_answer.h"
#include "harness/extractors/latex_decoration.h"

namespace jangwon::harness {

namespace {

constexpr size_t npos = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '~';
}

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
  end = end_of_number(text.view().substr(0, std::min(text.size(), end + 64)), end);
  return {begin, end, "boxed_token"};
}

// Behind blanks and decorations, as between the command and the brace of "\boxed\text{70}".
size_t behind_decoration(const ScanText& text, size_t i) {
  for (int round = 0; round < 4; ++round) {
    for (const size_t limit = i + 8; i < text.size() && i < limit && is_blank(text.at(i)); ++i) {
    }
    i += latex_decoration_at(text.view(), i);
  }
  return i;
}

Found last_box_of(const ScanText& text) {
  struct OpenBrace {
    size_t content;
    bool boxed;
  };
  std::vector<OpenBrace> open;
  Found last;
  const auto consider = [&](const Found& found) {
    if (found.begin == npos || (last.begin != npos && found.begin < last.begin)) return;
    const std::string_view content = text.view().substr(found.begin, found.end - found.begin);
    if (!std::all_of(content.begin(), content.end(), is_blank)) last = found;
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
      const size_t brace = behind_decoration(text, behind);
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

Found last_number_of(const ScanText& text) {
  Found last;
  for (size_t i = 0; i < text.size();) {
    const char c = text.at(i);
    if (!is_digit(c)) {
      ++i;
      if (c == '\\') {  // a command ends at its last letter: \approx11
        while (i < text.size() && is_letter(text.at(i)))
          ++i;
      } else if (is_letter(c) || c == '_') {
        while (i < text.size() &&
               (is_letter(text.at(i)) || is_digit(text.at(i)) || text.at(i) == '_'))
          ++i;
      }
      continue;
    }
    size_t begin = i;
    const size_t end = end_of_number(text.view(), i);
    if (begin > 0 && text.at(begin - 1) == '.') --begin;
    const bool glued = end < text.size() && (is_letter(text.at(end)) || text.at(end) == '_');
    const bool signed_number =
        begin > 0 && text.at(begin - 1) == '-' &&
        (begin == 1 || !(is_digit(text.at(begin - 2)) || is_letter(text.at(begin - 2))));
    if (!glued) last = {signed_number ? begin - 1 : begin, end, "last_number"};
    i = end;
  }
  return last;
}

std::optional<FoundExpression> expression_of(const ScanText& text, const Found& found) {
  if (found.begin == npos) return std::nullopt;
  return FoundExpression{text.view().substr(found.begin, found.end - found.begin), found.begin,
                         found.stage};
}

Extraction reading_of(const std::optional<FoundExpression>& found) {
  if (!found) return {};
  const IntegerReading reading = read_integer_expression(found->text);
  if (reading.kind == IntegerReading::Kind::kNone) return {};
  return {reading.text, found->stage, found->position};
}

}  // namespace

std::optional<FoundExpression> find_last_box(const ScanText& text) {
  return expression_of(text, last_box_of(text));
}

std::optional<FoundExpression> find_last_number(const ScanText& text) {
  return expression_of(text, last_number_of(text));
}

Extraction extract_integer(const ScanText& text, IntegerRule rule) {
  Extraction found = reading_of(find_last_box(text));
  if (!found.found()) {
    if (const auto final_answer = find_final_answer(text))
      found = {final_answer->reading.text, "final_answer", final_answer->position};
  }
  if (!found.found() && rule == IntegerRule::kLoose) found = reading_of(find_last_number(text));
  return found;
}

}  // namespace jangwon::harness
