#include "harness/backends/openai_concurrency.h"

#include <gtest/gtest.h>

namespace jangwon::harness {
namespace {

using Clock = OpenAiConcurrency::Clock;

TEST(OpenAiConcurrency, GrowsOnlyWhileItIsUsedUp) {
  OpenAiConcurrency concurrency(100);
  const int start = concurrency.limit();
  for (int i = 0; i < 50; ++i)
    concurrency.on_answer(3);
  EXPECT_EQ(concurrency.limit(), start) << "three in flight say nothing of sixteen";
  concurrency.on_answer(start - 1);
  EXPECT_EQ(concurrency.limit(), start + 1);
}

TEST(OpenAiConcurrency, NeverPassesItsCeiling) {
  OpenAiConcurrency concurrency(20);
  for (int i = 0; i < 1000; ++i)
    concurrency.on_answer(concurrency.limit() - 1);
  EXPECT_EQ(concurrency.limit(), 20);
  EXPECT_EQ(OpenAiConcurrency(4).limit(), 4);
}

TEST(OpenAiConcurrency, HalvesOnceForRequestsThatWereInFlightTogether) {
  OpenAiConcurrency concurrency(64);
  const Clock::time_point start{};
  const auto at = [&](int ms) { return start + std::chrono::milliseconds(ms); };
  concurrency.on_overload(at(0), at(10));
  EXPECT_EQ(concurrency.limit(), 8);
  for (int i = 1; i < 8; ++i)
    concurrency.on_overload(at(i), at(10 + i));
  EXPECT_EQ(concurrency.limit(), 8) << "all of them were started before the first refusal came";
  concurrency.on_overload(at(30), at(40));
  EXPECT_EQ(concurrency.limit(), 4);
  for (int i = 0; i < 10; ++i)
    concurrency.on_overload(at(100 + 10 * i), at(105 + 10 * i));
  EXPECT_EQ(concurrency.limit(), 1) << "one request is always allowed";
}

TEST(OpenAiConcurrency, GrowsByOneForALimitOfAnswersAfterARefusal) {
  OpenAiConcurrency concurrency(64);
  concurrency.on_overload(Clock::time_point{}, Clock::time_point{} + std::chrono::seconds(1));
  ASSERT_EQ(concurrency.limit(), 8);
  int answers = 0;
  while (concurrency.limit() == 8) {
    concurrency.on_answer(7);
    ++answers;
  }
  EXPECT_GE(answers, 8);
  EXPECT_LE(answers, 10);
}

}  // namespace
}  // namespace jangwon::harness
