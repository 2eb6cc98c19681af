// Columns that a text takes in a terminal: Hangul and other wide characters take two,
// combining marks none.

#pragma once

#include <string>
#include <string_view>

namespace jangwon::reports {

int display_width(std::string_view text);

enum class Align { kLeft, kRight };
std::string pad_to_width(std::string_view text, int width, Align align);

}  // namespace jangwon::reports
