// When a request is worth asking again, and how long to wait: shared by everything
// that speaks HTTP.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/http/http_client.h"

namespace jangwon {

enum class RetryClass {
  kFinal,      // an answer, or a refusal that will be repeated
  kTransient,  // the network or the server failed: the same request may succeed
  kThrottled,  // the server asks for less: 429, 503, 529
};

// By the way it failed, else by status: 408, 409, 425, 500, 502, 504 and 520 to 524 are transient.
RetryClass retry_class(const HttpReply& reply);
RetryClass retry_class_of_status(int status);

struct RetryPolicy {
  int max_attempts = 8;
  std::chrono::milliseconds base{500};
  std::chrono::milliseconds cap{30000};               // of our own waits
  std::chrono::milliseconds max_server_wait{600000};  // of waits that the server asks for
};

// The wait before attempt `attempt` + 1, `attempt` counted from 1: base · 2^(attempt − 1) up to the
// cap, times a factor between 0.5 and 1 drawn as `jitter` in [0, 1), so that those who failed
// together do not come back together.
std::chrono::milliseconds backoff(const RetryPolicy& policy, int attempt, double jitter);

// How long the server asks to wait: `retry-after-ms`, `Retry-After` (seconds or an HTTP date), or,
// where nothing remains, `x-ratelimit-reset-requests` and `-tokens` ("1s", "6m0s", "20ms",
// seconds). Absent: it does not say. `now` in seconds since 1970.
std::optional<std::chrono::milliseconds> server_wait(const HttpReply& reply, int64_t now);

// "6m0s", "1.5s", "20ms", "2h", or a plain number of seconds.
std::optional<std::chrono::milliseconds> parse_wait(const std::string& text);

}  // namespace jangwon
