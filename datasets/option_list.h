// Options that stand as text in one cell, as CSV files have them.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::datasets {

// A JSON array of strings, a Python list of str ("['a', \"b's\"]", what pandas writes for a list),
// or the same without commas (what it writes for a numpy array).
Result<std::vector<std::string>> parse_option_list(std::string_view text);

// Options that stand in the text of a question, each behind its letter: "A: …", "B) …", "(C) …".
// The letters begin a line, or all stand in one. Of several runs the longest counts, and of equal
// ones the last: the speakers of a dialogue may be called A and B too. Error: fewer than two
// letters in order.
Result<std::vector<std::string>> find_options_in(std::string_view question);

}  // namespace jangwon::datasets
