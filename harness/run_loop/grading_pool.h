// Grades replies on threads of its own while the next ones are generated. Each job runs once; order
// is free. What a job throws, the caller of submit() or wait() gets once the others are done: they
// may use what its end would take away.

#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jangwon::harness {

class GradingPool {
 public:
  explicit GradingPool(int num_threads);
  ~GradingPool();  // waits for every job

  void submit(std::function<void()> job);
  // Until nothing is queued or running. Once `stop` says so, jobs that have not begun are dropped.
  void wait(const std::function<bool()>& stop = [] { return false; });

 private:
  void work();
  void end_threads();
  void wait_and_rethrow(std::unique_lock<std::mutex>& lock, const std::function<bool()>& stop);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  int running_ = 0;
  bool closing_ = false;
  std::exception_ptr thrown_;  // by the first job that did
  std::vector<std::thread> threads_;
};

}  // namespace jangwon::harness
