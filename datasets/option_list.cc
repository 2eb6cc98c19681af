// Two readers of what published sets do to a list. JSON is tried first; what is left is Python's
// repr, in which pandas and numpy wrote cells, and of it only what repr can write: anything looser
// would take half a list for a whole one. Options inside of a question are found by their letters,
// a run from A on. The longest run counts, because single letters with a colon are also the
// speakers of a dialogue. tests/datasets/option_list_test.cc.

#include "datasets/option_list.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "datasets/utf8.h"
#include "runtime/base/json.h"

namespace jangwon::datasets {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The escapes that repr() of a Python str writes. `text` begins behind the backslash.
Status take_escape(std::string_view& text, std::string& out) {
  const Status wrong = invalid_argument("an option holds an escape that Python does not write");
  if (text.empty()) return wrong;
  const char kind = text.front();
  text.remove_prefix(1);
  constexpr std::string_view kNames = "ntr\\'\"", kValues = "\n\t\r\\'\"";
  if (const size_t at = kNames.find(kind); at != std::string_view::npos) {
    out += kValues[at];
    return ok_status();
  }
  const size_t num_digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (num_digits == 0 || text.size() < num_digits) return wrong;
  char32_t code_point = 0;
  for (const char c : text.substr(0, num_digits)) {
    if (hex_digit(c) < 0) return wrong;
    code_point = code_point << 4 | static_cast<char32_t>(hex_digit(c));
  }
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) return wrong;
  append_utf8(out, code_point);
  text.remove_prefix(num_digits);
  return ok_status();
}

// `text` begins with the opening quote.
Result<std::string> take_quoted(std::string_view& text) {
  const char quote = text.front();
  text.remove_prefix(1);
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == quote) return out;
    if (c != '\\') {
      out += c;
      continue;
    }
    JANGWON_RETURN_IF_ERROR(take_escape(text, out));
  }
  return invalid_argument("an option's quote never closes");
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
}

Result<std::vector<std::string>> parse_python_list(std::string_view text) {
  std::vector<std::string> options;
  text.remove_prefix(1);
  while (true) {
    skip_blanks(text);
    if (text.starts_with(']')) {
      text.remove_prefix(1);
      skip_blanks(text);
      if (!text.empty()) return invalid_argument("text stands after the list of options");
      return options;
    }
    if (text.empty() || (text.front() != '\'' && text.front() != '"')) {
      return invalid_argument("the options are not a list of quoted texts");
    }
    JANGWON_ASSIGN_OR_RETURN(std::string option, take_quoted(text));
    options.push_back(std::move(option));
    skip_blanks(text);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
}

// --- options in a question's text

constexpr size_t kNumLetters = 26;

struct OptionLabel {
  size_t begin = 0;       // of the label
  size_t text_begin = 0;  // behind it
};

// Labels by letter, each list in the order of the text.
using LabelsByLetter = std::array<std::vector<OptionLabel>, kNumLetters>;

enum class LabelPlace { kLineStart, kBehindBlank };

// Behind "A:", "A.", "A)" or "(A)" at i, and which letter; npos where no label stands.
size_t behind_label(std::string_view text, size_t i, size_t& letter) {
  const bool opened = i < text.size() && text[i] == '(';
  if (opened) ++i;
  if (i >= text.size() || text[i] < 'A' || text[i] > 'Z') return std::string_view::npos;
  letter = static_cast<size_t>(text[i++] - 'A');
  constexpr std::string_view kFullWidthColon = "\xef\xbc\x9a";
  if (!opened && text.substr(i).starts_with(kFullWidthColon)) return i + kFullWidthColon.size();
  const std::string_view ends = opened ? ")" : ":.)";
  if (i >= text.size() || ends.find(text[i]) == std::string_view::npos)
    return std::string_view::npos;
  return i + 1;
}

LabelsByLetter find_labels(std::string_view text, LabelPlace place) {
  LabelsByLetter labels;
  bool may_begin = true;
  for (size_t i = 0; i < text.size(); ++i) {
    size_t letter = 0;
    const size_t end = may_begin ? behind_label(text, i, letter) : std::string_view::npos;
    if (end != std::string_view::npos) labels[letter].push_back({i, end});
    const bool blank = kBlank.find(text[i]) != std::string_view::npos;
    may_begin = place == LabelPlace::kBehindBlank ? blank : text[i] == '\n' || (may_begin && blank);
  }
  return labels;
}

// A, B, C, … from the A given, each the next of its letter.
std::vector<OptionLabel> run_from(const LabelsByLetter& labels, const OptionLabel& first) {
  std::vector<OptionLabel> run = {first};
  while (run.size() < kNumLetters) {
    const std::vector<OptionLabel>& next = labels[run.size()];
    const auto found = std::upper_bound(
        next.begin(), next.end(), run.back().begin,
        [](size_t begin, const OptionLabel& label) { return begin < label.begin; });
    if (found == next.end()) break;
    run.push_back(*found);
  }
  return run;
}

std::vector<OptionLabel> longest_run(const LabelsByLetter& labels) {
  std::vector<OptionLabel> longest;
  for (const OptionLabel& first : labels.front()) {
    std::vector<OptionLabel> run = run_from(labels, first);
    if (run.size() >= longest.size()) longest = std::move(run);
  }
  return longest;
}

std::string_view without_blank_ends(std::string_view text) {
  skip_blanks(text);
  while (!text.empty() && kBlank.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::vector<std::string>> find_options_in(std::string_view question) {
  std::vector<OptionLabel> run = longest_run(find_labels(question, LabelPlace::kLineStart));
  if (run.size() < 2) run = longest_run(find_labels(question, LabelPlace::kBehindBlank));
  if (run.size() < 2) {
    return invalid_argument(
        "the question's text holds no options: A and B, each with a colon, a period or a bracket");
  }
  std::vector<std::string> options;
  for (size_t i = 0; i < run.size(); ++i) {
    const size_t end = i + 1 < run.size() ? run[i + 1].begin : question.size();
    options.emplace_back(
        without_blank_ends(question.substr(run[i].text_begin, end - run[i].text_begin)));
  }
  return options;
}

Result<std::vector<std::string>> parse_option_list(std::string_view text) {
  skip_blanks(text);
  if (!text.starts_with('[')) return invalid_argument("the options are not a list");
  const Result<Json> json = parse_json(text);
  if (!json.ok()) return parse_python_list(text);
  std::vector<std::string> options;
  for (const Json& item : *json) {
    if (!item.is_string()) return invalid_argument("an option is not a text");
    options.push_back(item.get<std::string>());
  }
  return options;
}

}  // namespace jangwon::datasets
