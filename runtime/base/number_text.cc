#include "runtime/base/number_text.h"

#include <fmt/format.h>

namespace jangwon {

std::string with_commas(int64_t number) {
  std::string digits = std::to_string(number);
  const int64_t sign = number < 0 ? 1 : 0;
  for (int64_t i = static_cast<int64_t>(digits.size()) - 3; i > sign; i -= 3)
    digits.insert(static_cast<size_t>(i), ",");
  return digits;
}

std::string bytes_text(int64_t bytes) {
  double size = static_cast<double>(bytes);
  const char* unit = "bytes";
  for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (size < 1000.0) break;
    size /= 1024.0;
    unit = larger;
  }
  const int decimals = unit == std::string("bytes") || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", size, decimals, unit);
}

std::string duration_text(double seconds) {
  constexpr double kTooLong = 1e12;
  const auto whole = static_cast<int64_t>(seconds < kTooLong ? seconds + 0.5 : kTooLong);
  if (whole >= 86400) return fmt::format("{}d{:02}h", whole / 86400, whole / 3600 % 24);
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

}  // namespace jangwon
