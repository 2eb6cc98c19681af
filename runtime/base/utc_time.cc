#include "runtime/base/utc_time.h"

#include <chrono>
#include <ctime>

namespace jangwon {

namespace {

// Digits where the pattern has a 0, and its other characters as they are.
bool has_form(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !digit : text[i] != pattern[i]) return false;
  }
  return true;
}

int number_at(std::string_view text, size_t begin, size_t size) {
  int number = 0;
  for (const char digit : text.substr(begin, size))
    number = number * 10 + (digit - '0');
  return number;
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

bool is_date(std::string_view text) {
  if (!has_form(text, "0000-00-00")) return false;
  return std::chrono::year_month_day(
             std::chrono::year(number_at(text, 0, 4)),
             std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
             std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2))))
      .ok();
}

bool is_date_and_time(std::string_view text) {
  if (text.size() < 10 || !is_date(text.substr(0, 10)) || !has_form(text.substr(10), "T00:00:00"))
    return false;
  return number_at(text, 11, 2) < 24 && number_at(text, 14, 2) < 60 && number_at(text, 17, 2) < 60;
}

}  // namespace jangwon
