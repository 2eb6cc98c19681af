// What a server says about waiting is read in the order of how exact it is: milliseconds, seconds
// or a date, then the resets of rate limits, and of those only where nothing remains. A header is
// foreign text: what cannot be read is taken as absent, and no wait is longer than a week. Statuses
// are a list and not a range, because a 501 or a 505 would only be said again.
// tests/runtime/http/retry_test.cc.

#include "runtime/http/retry.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace jangwon {

namespace {

using std::chrono::milliseconds;

// whatever a header says: keeps the arithmetic finite
constexpr double kLongestWaitMs = 7.0 * 86400e3;

std::optional<milliseconds> wait_of_ms(double ms) {
  if (!std::isfinite(ms) || ms < 0) return std::nullopt;
  return milliseconds(static_cast<int64_t>(std::min(ms, kLongestWaitMs)));
}

// IMF-fixdate of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<int64_t> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<int64_t>(timegm(&parts));
}

std::optional<double> parse_number(const std::string& text) {
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size()) return std::nullopt;
  return value;
}

double unit_ms(const std::string& unit) {
  if (unit == "ms") return 1.0;
  if (unit == "s") return 1e3;
  if (unit == "m") return 60e3;
  if (unit == "h") return 3600e3;
  if (unit == "d") return 86400e3;
  return -1.0;
}

}  // namespace

RetryClass retry_class_of_status(int status) {
  switch (status) {
    case 429:
    case 503:
    case 529:
      return RetryClass::kThrottled;
    case 408:
    case 409:
    case 425:
    case 500:
    case 502:
    case 504:
      return RetryClass::kTransient;
    default:
      // a proxy's own
      return status >= 520 && status <= 524 ? RetryClass::kTransient : RetryClass::kFinal;
  }
}

RetryClass retry_class(const HttpReply& reply) {
  switch (reply.failure) {
    case HttpFailure::kNone:
      return retry_class_of_status(reply.status);
    case HttpFailure::kConnect:
    case HttpFailure::kIdle:
    case HttpFailure::kBroken:
      return RetryClass::kTransient;
    case HttpFailure::kUrl:
    case HttpFailure::kTls:
    case HttpFailure::kTooLarge:
    case HttpFailure::kAborted:
      return RetryClass::kFinal;
  }
  return RetryClass::kFinal;
}

milliseconds backoff(const RetryPolicy& policy, int attempt, double jitter) {
  const double doubled =
      static_cast<double>(policy.base.count()) * std::exp2(std::clamp(attempt - 1, 0, 40));
  const double capped = std::min(doubled, static_cast<double>(policy.cap.count()));
  return milliseconds(static_cast<int64_t>(std::ceil(capped * (0.5 + 0.5 * jitter))));
}

std::optional<milliseconds> parse_wait(const std::string& text) {
  if (const auto seconds = parse_number(text)) return wait_of_ms(*seconds * 1e3);
  double total = 0.0;
  size_t at = 0;
  while (at < text.size()) {
    const size_t number_end = std::min(text.find_first_not_of("0123456789.", at), text.size());
    const size_t unit_end = std::min(text.find_first_of("0123456789.", number_end), text.size());
    const auto number = parse_number(text.substr(at, number_end - at));
    const double unit = unit_ms(text.substr(number_end, unit_end - number_end));
    if (!number || unit < 0) return std::nullopt;
    total += *number * unit;
    at = unit_end;
  }
  return at == 0 ? std::nullopt : wait_of_ms(total);
}

std::optional<milliseconds> server_wait(const HttpReply& reply, int64_t now) {
  if (const std::string* ms = reply.header("retry-after-ms")) {
    if (const auto number = parse_number(*ms)) return wait_of_ms(*number);
  }
  if (const std::string* after = reply.header("retry-after")) {
    if (const auto number = parse_number(*after)) return wait_of_ms(*number * 1e3);
    if (const auto date = parse_http_date(*after))
      return wait_of_ms(1e3 * static_cast<double>(std::max<int64_t>(0, *date - now)));
  }
  std::optional<milliseconds> longest;
  for (const std::string kind : {"requests", "tokens"}) {
    const std::string* remaining = reply.header("x-ratelimit-remaining-" + kind);
    const std::string* reset = reply.header("x-ratelimit-reset-" + kind);
    const bool exhausted = remaining != nullptr && parse_number(*remaining).value_or(1.0) <= 0.0;
    if (!exhausted || reset == nullptr) continue;
    const auto wait = parse_wait(*reset);
    if (wait && (!longest || *wait > *longest)) longest = wait;
  }
  return longest;
}

}  // namespace jangwon
