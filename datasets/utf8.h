// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace jangwon::datasets {

// The offset of the first byte that does not belong to well-formed UTF-8; nothing
// when all of it does.
std::optional<size_t> find_invalid_utf8(std::string_view text);

// Appends one code point. A surrogate is written as the three bytes that Python's "surrogatepass"
// writes, so that a strict reader refuses the text later. REQUIRES: code_point <= 0x10FFFF.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace jangwon::datasets
