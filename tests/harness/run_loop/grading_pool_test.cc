#include "harness/run_loop/grading_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>

namespace jangwon::harness {
namespace {

TEST(GradingPool, RunsEveryJobOnceAndWaitsForAll) {
  std::atomic<int> done = 0;
  GradingPool pool(3);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i)
      pool.submit([&] { ++done; });
    pool.wait();
    EXPECT_EQ(done, 500 * (round + 1));
  }
}

TEST(GradingPool, TheCallerGetsWhatAJobThrowsAfterTheOthersAreDone) {
  std::atomic<int> done = 0;
  GradingPool pool(2);
  EXPECT_THROW(
      {
        pool.submit([] { throw std::bad_alloc(); });
        for (int i = 0; i < 100; ++i)
          pool.submit([&] { ++done; });
        pool.wait();
      },
      std::bad_alloc);
  const int so_far = done;
  pool.submit([&] { ++done; });
  pool.wait();  // the failure was told once
  EXPECT_EQ(done, so_far + 1);
}

TEST(GradingPool, OnceStoppedDropsWhatHasNotBegun) {
  std::atomic<bool> begun = false, stopped = false;
  std::atomic<int> done = 0;
  GradingPool pool(1);
  pool.submit([&] {
    begun = true;
    while (!stopped)
      std::this_thread::yield();
    ++done;
  });
  for (int i = 0; i < 100; ++i)
    pool.submit([&] { ++done; });
  while (!begun)
    std::this_thread::yield();
  // The running job goes on until it was seen that the others are gone.
  int asked = 0;
  pool.wait([&] {
    if (++asked == 2) stopped = true;
    return true;
  });
  EXPECT_EQ(done, 1);
}

TEST(GradingPool, DestructionLosesNothing) {
  std::atomic<int> done = 0;
  {
    GradingPool pool(2);
    for (int i = 0; i < 100; ++i)
      pool.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace jangwon::harness
