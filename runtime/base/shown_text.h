// Text that is shown to people: a name or a message from elsewhere must not steer the terminal or
// turn the direction of what stands beside it.

#pragma once

#include <string>
#include <string_view>

namespace jangwon {

// Whether a name is UTF-8 and holds neither control characters (C0, DEL, C1) nor the
// characters that end lines or set the direction of text (U+061C, U+200E, U+200F, U+2028 to
// U+202E, U+2066 to U+2069).
bool shows_as_it_is(std::string_view name);

// The text with these characters written as \u001b, so that it may go to a terminal, and JSON means
// what it meant. Tabs, line feeds and the carriage return in front of one stay.
std::string shown_text(std::string_view text);

// A value that somebody gave, as a sentence shows it: UTF-8 on one line (the same characters
// written out, tabs and line feeds as \t and \n), cut after some 60 bytes with "…" for the rest. A
// sentence stays one whatever is put into it.
std::string shown_value(std::string_view value);

}  // namespace jangwon
