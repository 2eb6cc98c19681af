#include "harness/run_loop/grading_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace jangwon::harness {

GradingPool::GradingPool(int num_threads) {
  try {
    for (int i = 0; i < std::max(1, num_threads); ++i)
      threads_.emplace_back([this] { work(); });
  } catch (...) {  // the system gives no further thread
    end_threads();
    throw;
  }
}

GradingPool::~GradingPool() {
  end_threads();
}

void GradingPool::end_threads() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

void GradingPool::submit(std::function<void()> job) {
  {
    std::unique_lock lock(mutex_);
    if (thrown_ != nullptr) wait_and_rethrow(lock, [] { return false; });
    queue_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void GradingPool::wait(const std::function<bool()>& stop) {
  std::unique_lock lock(mutex_);
  wait_and_rethrow(lock, stop);
}

void GradingPool::wait_and_rethrow(std::unique_lock<std::mutex>& lock,
                                   const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kAskedEvery{50};
  while (
      !changed_.wait_for(lock, kAskedEvery, [this] { return queue_.empty() && running_ == 0; })) {
    if (stop()) queue_.clear();
  }
  if (thrown_ != nullptr) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void GradingPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::function<void()> job = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    std::exception_ptr thrown;
    try {
      job();
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    if (thrown_ == nullptr) thrown_ = thrown;
    --running_;
    changed_.notify_all();
  }
}

}  // namespace jangwon::harness
