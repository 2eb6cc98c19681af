// Times as records keep them.

#pragma once

#include <string>
#include <string_view>

namespace jangwon {

// Now, in UTC to the second, as RFC 3339 writes it: 2026-01-31T23:59:59Z.
std::string utc_now();

// Whether a text is a day that the calendar has, as 2026-01-31; or a moment of one, as
// 2026-01-31T23:59:59. Such texts compare in the order of time.
bool is_date(std::string_view text);
bool is_date_and_time(std::string_view text);

}  // namespace jangwon
