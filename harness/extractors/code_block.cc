// Two extractors because the official one is a rule about lines and not about blocks: of 880
// published replies it finds the program in all, but a reply with an odd number of fences, or with
// fences inside a docstring, gives it prose. One pass, linear.

#include "harness/extractors/code_block.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace jangwon::harness {
namespace {

struct Line {
  size_t begin;
  size_t end;   // without the newline
  size_t next;  // of the following line
};

Line line_at(std::string_view text, size_t begin) {
  const size_t newline = text.find('\n', begin);
  if (newline == std::string_view::npos) return {begin, text.size(), text.size()};
  return {begin, newline, newline + 1};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

struct Fence {
  char mark;
  size_t length;
  std::string_view label;
};

// A line that opens or closes a block, indented at will (replies indent blocks inside lists).
std::optional<Fence> read_fence(std::string_view line) {
  const std::string_view content = trim(line);
  if (content.empty() || (content[0] != '`' && content[0] != '~')) return std::nullopt;
  const size_t length = std::min(content.find_first_not_of(content[0]), content.size());
  if (length < 3) return std::nullopt;
  const std::string_view label = trim(content.substr(length));
  if (label.find('`') != std::string_view::npos) return std::nullopt;  // inline code
  return Fence{content[0], length, label};
}

bool is_python_label(std::string_view label) {
  std::string word(label.substr(0, label.find_first_of(" \t{,:")));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word == "python" || word == "py" || word == "python3" || word == "python2";
}

// Takes the indentation of the opening fence off every line that has it, as CommonMark does.
std::string take_lines(std::string_view text, size_t begin, size_t end, size_t indent) {
  std::string code;
  for (size_t position = begin; position < end;) {
    const Line line = line_at(text, position);
    size_t skip = 0;
    while (skip < indent && line.begin + skip < line.end && text[line.begin + skip] == ' ')
      ++skip;
    if (position != begin) code.push_back('\n');
    code.append(text.substr(line.begin + skip, line.end - line.begin - skip));
    position = line.next;
  }
  return code;
}

struct Block {
  size_t begin = 0;
  size_t end = 0;
  size_t indent = 0;
  bool found = false;
};

Extraction make_extraction(std::string_view text, const Block& block, const char* stage) {
  Extraction extraction;
  extraction.answer = take_lines(text, block.begin, block.end, block.indent);
  extraction.stage = stage;
  extraction.position = block.begin;
  return extraction;
}

bool begins_like_program(std::string_view text) {
  constexpr std::array<std::string_view, 8> kBeginnings = {
      "import ", "from ", "def ", "class ", "print(", "#!", "n = int(", "n=int("};
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  const std::string_view rest = text.substr(first);
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view word) { return rest.starts_with(word); });
}

}  // namespace

Extraction extract_code_official(std::string_view text) {
  std::optional<Line> last;
  std::optional<Line> before_last;
  for (size_t position = 0; position < text.size();) {
    const Line line = line_at(text, position);
    if (text.substr(line.begin, line.end - line.begin).find("```") != std::string_view::npos) {
      before_last = last;
      last = line;
    }
    position = line.next;
  }
  Extraction extraction;
  if (!before_last) return extraction;
  const size_t begin = before_last->next;
  const size_t end =
      // the newline before the last fence is not part of it
      last->begin > begin ? last->begin - 1 : begin;
  extraction.answer = std::string(text.substr(begin, end - begin));
  extraction.stage = "last_two_fences";
  extraction.position = begin;
  return extraction;
}

Extraction extract_code_native(std::string_view text) {
  Block python, plain, open;
  std::optional<Fence> opening;
  bool saw_fence = false;
  for (size_t position = 0; position < text.size();) {
    const Line line = line_at(text, position);
    const std::string_view content = text.substr(line.begin, line.end - line.begin);
    const auto fence = read_fence(content);
    if (fence && !opening) {
      saw_fence = true;
      opening = fence;
      open = {line.next, text.size(), content.find_first_not_of(' '), true};
    } else if (fence && fence->mark == opening->mark && fence->length >= opening->length &&
               fence->label.empty()) {
      open.end = line.begin;
      if (!is_blank(text.substr(open.begin, open.end - open.begin))) {
        if (is_python_label(opening->label)) python = open;
        if (opening->label.empty()) plain = open;
      }
      opening.reset();
      open.found = false;
    } else if (fence && is_python_label(fence->label)) {
      // A second opening where the first was never closed: the program begins here.
      opening = fence;
      open = {line.next, text.size(), content.find_first_not_of(' '), true};
    }
    position = line.next;
  }
  if (python.found) return make_extraction(text, python, "python_block");
  if (plain.found) return make_extraction(text, plain, "plain_block");
  if (opening && open.found && (opening->label.empty() || is_python_label(opening->label)) &&
      !is_blank(text.substr(std::min(open.begin, text.size())))) {
    return make_extraction(text, open, "unclosed_block");
  }
  Extraction extraction;
  if (!saw_fence && begins_like_program(text)) {
    extraction.answer = std::string(text);
    extraction.stage = "bare_code";
  }
  return extraction;
}

}  // namespace jangwon::harness
