// The time of day as records keep it.

#pragma once

#include <string>

namespace jangwon {

// Now, in UTC to the second, as RFC 3339 writes it: 2026-01-31T23:59:59Z.
std::string utc_now();

}  // namespace jangwon
