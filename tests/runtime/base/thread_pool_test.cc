#include "runtime/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

namespace jangwon {
namespace {

TEST(ThreadPoolTest, EveryTaskRunsOnceWhateverTheThreads) {
  for (const int threads : {1, 2, 3, 9}) {
    ThreadPool pool(threads);
    // Many short regions in a row: late workers of one must not touch the next.
    for (int64_t tasks = 0; tasks < 300; ++tasks) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(tasks));
      pool.parallel_for(tasks, [&](int64_t task, int) { ++runs[static_cast<size_t>(task)]; });
      for (const std::atomic<int>& count : runs)
        ASSERT_EQ(count.load(), 1) << threads << " threads, " << tasks << " tasks";
    }
  }
}

TEST(ThreadPoolTest, WhatTasksWroteIsSeenAfterwards) {
  ThreadPool pool(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> squares(1000);
    pool.parallel_for(1000,
                      [&](int64_t task, int) { squares[static_cast<size_t>(task)] = task * task; });
    for (int64_t i = 0; i < 1000; ++i)
      ASSERT_EQ(squares[static_cast<size_t>(i)], i * i);
  }
}

// Both ways of waiting: workers for the caller and the caller for a worker, for longer than they
// spin.
TEST(ThreadPoolTest, WhoeverFellAsleepIsWoken) {
  constexpr std::chrono::milliseconds kLong(3);
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(kLong);
    std::vector<int> runs(6);
    pool.parallel_for(6, [&](int64_t task, int worker) {
      if (worker > 0) std::this_thread::sleep_for(kLong);
      ++runs[static_cast<size_t>(task)];
    });
    EXPECT_EQ(runs, std::vector<int>(6, 1));
  }
}

TEST(ThreadPoolTest, TheCallerGetsWhatATaskThrows) {
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    for (int64_t bad = 0; bad < 50; ++bad) {
      std::atomic<int> inside = 0;
      EXPECT_THROW(pool.parallel_for(50,
                                     [&](int64_t task, int) {
                                       ++inside;
                                       const bool throws = task == bad;
                                       --inside;
                                       if (throws) throw std::bad_alloc();
                                     }),
                   std::bad_alloc);
      EXPECT_EQ(inside, 0);  // nobody uses what the caller is about to take away
      std::atomic<int> runs = 0;
      pool.parallel_for(50, [&](int64_t, int) { ++runs; });
      EXPECT_EQ(runs, 50);
    }
  }
}

TEST(ThreadPoolTest, ThereIsAlwaysACpu) {
  EXPECT_GE(available_cpus(), 1);
}

}  // namespace
}  // namespace jangwon
