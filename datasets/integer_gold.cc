#include "datasets/integer_gold.h"

#include <string_view>

namespace jangwon::datasets {

namespace {

constexpr int kLargest = 999;

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Result<int> parse_integer_gold(const std::string& text) {
  std::string_view rest = trim(text);
  if (rest.size() >= 2 && rest.starts_with('$') && rest.ends_with('$'))
    rest = trim(rest.substr(1, rest.size() - 2));
  for (const std::string_view degree : {"^\\circ", "^{\\circ}", "°"}) {
    if (rest.ends_with(degree)) {
      rest = trim(rest.substr(0, rest.size() - degree.size()));
      break;
    }
  }
  if (const size_t point = rest.find('.'); point != std::string_view::npos && point > 0) {
    if (rest.find_first_not_of('0', point + 1) == std::string_view::npos)
      rest = rest.substr(0, point);
  }
  int value = 0;
  bool digits = !rest.empty();
  for (const char c : rest) {
    digits = digits && c >= '0' && c <= '9';
    if (digits && value <= kLargest) value = value * 10 + (c - '0');
  }
  if (!digits || value > kLargest) {
    return invalid_argument("the answer \"{answer}\" is not an integer from 0 to {largest}",
                            {{"answer", text}, {"largest", kLargest}});
  }
  return value;
}

}  // namespace jangwon::datasets
