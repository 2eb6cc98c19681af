#include "datasets/option_list.h"

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

}  // namespace

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
