// Numbers as people read them.

#pragma once

#include <cstdint>
#include <string>

namespace jangwon {

std::string with_commas(int64_t number);  // 12,032

// 34 MiB, 61.4 GiB: three figures and the unit that keeps them.
std::string bytes_text(int64_t bytes);

// 42s, 3m05s, 2h10m, 4d06h.
std::string duration_text(double seconds);

}  // namespace jangwon
