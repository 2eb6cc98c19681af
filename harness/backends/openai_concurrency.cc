#include "harness/backends/openai_concurrency.h"

#include <algorithm>

namespace jangwon::harness {

namespace {

constexpr double kStart = 16.0;

}  // namespace

OpenAiConcurrency::OpenAiConcurrency(int ceiling)
    : ceiling_(ceiling), limit_(std::min(kStart, ceiling_)) {}

void OpenAiConcurrency::on_answer(int in_flight) {
  if (in_flight + 1 < limit()) return;
  limit_ = std::min(ceiling_, limit_ + (probing_ ? 1.0 : 1.0 / limit_));
}

void OpenAiConcurrency::on_overload(Clock::time_point request_started, Clock::time_point now) {
  if (num_decreases_ > 0 && request_started <= last_decrease_) return;
  probing_ = false;
  limit_ = std::max(1.0, limit_ / 2.0);
  last_decrease_ = now;
  ++num_decreases_;
}

}  // namespace jangwon::harness
