// The gold of a problem whose answer is an integer from 0 to 999, in the ways its copies write it.

#pragma once

#include <string>

#include "runtime/base/status.h"

namespace jangwon::datasets {

// "70", "070", "70.0", "336^\circ", "$336^{\circ}$", "336°" → the integer; anything
// else is an error.
Result<int> parse_integer_gold(const std::string& text);

}  // namespace jangwon::datasets
