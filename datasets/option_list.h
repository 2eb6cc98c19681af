// Options that stand as text in one cell, as CSV files have them.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::datasets {

// A JSON array of strings, a Python list of str ("['a', \"b's\"]", what pandas writes for a list), or the same without
// commas (what it writes for a numpy array).
Result<std::vector<std::string>> parse_option_list(std::string_view text);

}  // namespace jangwon::datasets
