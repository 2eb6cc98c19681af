// A value that somebody gave, as a sentence shows it: on one line, without control characters, and short.

#pragma once

#include <string>
#include <string_view>

namespace jangwon {

// Control characters and bytes that are not UTF-8 are written as \n, \t, \x1b. Nothing is left out.
std::string without_control_characters(std::string_view text);

// The same, cut after some 60 bytes, with "…" for the rest: a sentence stays a sentence whatever is put into it.
std::string shown_value(std::string_view value);

}  // namespace jangwon
