#include "runtime/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
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
    pool.parallel_for(1000, [&](int64_t task, int) { squares[static_cast<size_t>(task)] = task * task; });
    for (int64_t i = 0; i < 1000; ++i)
      ASSERT_EQ(squares[static_cast<size_t>(i)], i * i);
  }
}

TEST(ThreadPoolTest, ThereIsAlwaysACpu) {
  EXPECT_GE(available_cpus(), 1);
}

}  // namespace
}  // namespace jangwon
