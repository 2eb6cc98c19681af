#include "runtime/http/retry.h"

#include <gtest/gtest.h>

namespace jangwon {
namespace {

using std::chrono::milliseconds;

HttpReply reply_of(int status, std::vector<HttpHeader> headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  return reply;
}

TEST(Retry, ClassesByStatusAndFailure) {
  for (const int status : {200, 307, 400, 401, 403, 404, 413, 422, 501})
    EXPECT_EQ(retry_class(reply_of(status)), RetryClass::kFinal) << status;
  for (const int status : {408, 409, 425, 500, 502, 504, 520, 524})
    EXPECT_EQ(retry_class(reply_of(status)), RetryClass::kTransient) << status;
  for (const int status : {429, 503, 529})
    EXPECT_EQ(retry_class(reply_of(status)), RetryClass::kThrottled) << status;
  for (const auto& [failure, expected] : {std::pair(HttpFailure::kConnect, RetryClass::kTransient),
                                          std::pair(HttpFailure::kIdle, RetryClass::kTransient),
                                          std::pair(HttpFailure::kBroken, RetryClass::kTransient),
                                          std::pair(HttpFailure::kTls, RetryClass::kFinal),
                                          std::pair(HttpFailure::kTooLarge, RetryClass::kFinal),
                                          std::pair(HttpFailure::kUrl, RetryClass::kFinal)}) {
    HttpReply reply = reply_of(200);
    reply.failure = failure;
    EXPECT_EQ(retry_class(reply), expected);
  }
}

TEST(Retry, WaitsDoubleUpToTheCapWithJitter) {
  const RetryPolicy policy{.max_attempts = 8, .base = milliseconds(100), .cap = milliseconds(1000)};
  EXPECT_EQ(backoff(policy, 1, 0.0), milliseconds(50));
  EXPECT_EQ(backoff(policy, 1, 0.999999), milliseconds(100));
  EXPECT_EQ(backoff(policy, 3, 0.0), milliseconds(200));
  EXPECT_EQ(backoff(policy, 30, 0.999999), milliseconds(1000));
  EXPECT_EQ(backoff(policy, 1000000, 0.999999), milliseconds(1000));
}

TEST(Retry, HeadersSayHowLongToWait) {
  constexpr int64_t kNow = 784111700;  // 77 seconds before Sun, 06 Nov 1994 08:49:37 GMT
  struct Case {
    std::vector<HttpHeader> headers;
    std::optional<milliseconds> wait;
  };
  const Case cases[] = {
      {{}, std::nullopt},
      {{{"retry-after", "3"}}, milliseconds(3000)},
      {{{"retry-after", "0.25"}}, milliseconds(250)},
      {{{"retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"}}, milliseconds(77000)},
      {{{"retry-after", "Sun, 06 Nov 1984 08:49:37 GMT"}}, milliseconds(0)},
      {{{"retry-after", "soon"}}, std::nullopt},
      {{{"retry-after", "-5"}}, std::nullopt},
      {{{"retry-after", "nan"}}, std::nullopt},
      {{{"retry-after", "3"}, {"retry-after-ms", "1500"}}, milliseconds(1500)},
      {{{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "6m0s"}},
       milliseconds(360000)},
      {{{"x-ratelimit-remaining-requests", "5"}, {"x-ratelimit-reset-requests", "6m0s"}},
       std::nullopt},
      {{{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "20ms"}},
       milliseconds(20)},
      {{{"x-ratelimit-reset-tokens", "20ms"}}, std::nullopt},
      // Both limits are used up: before the later of the two everything would be refused again.
      {{{"x-ratelimit-remaining-requests", "0"},
        {"x-ratelimit-reset-requests", "1s"},
        {"x-ratelimit-remaining-tokens", "0"},
        {"x-ratelimit-reset-tokens", "9s"}},
       milliseconds(9000)},
      {{{"x-ratelimit-remaining-requests", "0"},
        {"x-ratelimit-reset-requests", "9s"},
        {"x-ratelimit-remaining-tokens", "0"},
        {"x-ratelimit-reset-tokens", "1s"}},
       milliseconds(9000)},
      {{{"x-ratelimit-remaining-requests", "1"},
        {"x-ratelimit-reset-requests", "9s"},
        {"x-ratelimit-remaining-tokens", "0"},
        {"x-ratelimit-reset-tokens", "1s"}},
       milliseconds(1000)},
  };
  for (const Case& item : cases) {
    const auto wait = server_wait(reply_of(429, item.headers), kNow);
    EXPECT_EQ(wait, item.wait) << (item.headers.empty() ? "none" : item.headers[0].value);
  }
}

TEST(Retry, WaitsAreReadInTheirSpellings) {
  EXPECT_EQ(parse_wait("1s"), milliseconds(1000));
  EXPECT_EQ(parse_wait("1.5"), milliseconds(1500));
  EXPECT_EQ(parse_wait("1h2m3s"), milliseconds(3723000));
  for (const char* text : {"", "x", "1x", "s", "1s2", "1..5s"})
    EXPECT_FALSE(parse_wait(text)) << text;
  EXPECT_EQ(parse_wait("1e300"), milliseconds(int64_t{7} * 86400000)) << "kept finite";
}

}  // namespace
}  // namespace jangwon
