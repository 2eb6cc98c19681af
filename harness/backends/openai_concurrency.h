// How many requests may be in flight: additive increase, multiplicative decrease (Chiu and Jain
// 1989), as TCP does it.

#pragma once

#include <chrono>

namespace jangwon::harness {

class OpenAiConcurrency {
 public:
  using Clock = std::chrono::steady_clock;

  explicit OpenAiConcurrency(int ceiling);

  int limit() const { return static_cast<int>(limit_); }
  int num_decreases() const { return num_decreases_; }

  // A request was answered while `in_flight` were: a limit that is not used up says nothing and
  // does not grow. One more for every `limit` answers; while nothing was refused yet, one more
  // for every answer.
  void on_answer(int in_flight);

  // The server asked for less, or did not answer. Halves the limit, once for all requests that were
  // in flight together: those that were started before the last decrease tell nothing new.
  void on_overload(Clock::time_point request_started, Clock::time_point now);

 private:
  double ceiling_;
  double limit_;
  bool probing_ = true;  // nothing was refused yet
  int num_decreases_ = 0;
  Clock::time_point last_decrease_;
};

}  // namespace jangwon::harness
