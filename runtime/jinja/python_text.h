// Python's str, as far as templates can see it: text is UTF-8 here, but lengths, positions and
// character classes are those of code points, as in Python 3.11. Input must be valid UTF-8.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jangwon::jinja {

// Reads the code point at `position` and moves past it.
uint32_t next_code_point(std::string_view text, size_t& position);
void append_code_point(std::string& out, uint32_t code_point);
size_t count_code_points(std::string_view text);
// Byte offset of the code point with this index; text.size() if there are fewer.
size_t byte_offset(std::string_view text, size_t index);
bool is_valid_utf8(std::string_view text);

bool is_space(uint32_t c);      // str.isspace, \s
bool is_alpha(uint32_t c);      // categories L*
bool is_decimal(uint32_t c);    // category Nd
bool is_digit(uint32_t c);      // decimal, superscripts and the like
bool is_numeric(uint32_t c);    // also fractions, Roman and Han numerals
bool is_alnum(uint32_t c);      // str.isalnum; with "_" it is \w
bool is_printable(uint32_t c);  // shown as itself by repr()
bool is_upper(uint32_t c);
bool is_lower(uint32_t c);
bool is_title(uint32_t c);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_capitalized(std::string_view text);
std::string to_title(std::string_view text);
std::string swap_case(std::string_view text);

enum class Side { kBoth, kLeft, kRight };
std::string_view strip_space(std::string_view text, Side side = Side::kBoth);
std::string_view strip_characters(std::string_view text, std::string_view characters, Side side);

// Lines as str.splitlines has them: also \v, \f, \x1c–\x1e, \x85, U+2028, U+2029 end a line.
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends);

// repr(str).
std::string quote(std::string_view text);
// repr(float): the shortest digits that read back the same, exponent from 1e16 and below 1e-4.
std::string float_repr(double value);

// json.dumps(str).
void append_json_string(std::string& out, std::string_view text, bool ensure_ascii);

}  // namespace jangwon::jinja
