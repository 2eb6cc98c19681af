// Workers spin for a short, bounded time and then sleep on a futex: operators of a small model
// follow each other within microseconds, but on a machine that others use too an unbounded spin
// steals the very CPU that the last task needs (a peer's decode fell from 78 to 2 tokens a second
// that way). tests/runtime/base/thread_pool_test.cc covers it.

#include "runtime/base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/file.h"

namespace jangwon {
namespace {

// Longer than what a step computes on one thread between two shared pieces of work (10 µs), and
// than most pauses that a host makes (200 µs): a virtual processor that sleeps is given back to the
// host, and comes again after 30 µs to 2 ms. What it costs beside busy processes:
// tests/bench/RESULTS.md.
constexpr std::chrono::microseconds kSpinTime{250};
constexpr int kRoundsPerLook = 64;  // at the clock: a few µs

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Waits until `done` or for kSpinTime.
template <typename Condition>
void spin(const Condition& done) {
  const auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < kRoundsPerLook; ++i) {
      if (done()) return;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
}

// The CPU quota of a version 2 cgroup, in whole CPUs rounded up; 0 where there is none.
int cgroup_quota_cpus() {
  // "max 100000" or "150000 100000"
  const Result<std::string> text = read_file("/sys/fs/cgroup/cpu.max", 4096);
  double quota = 0.0;
  double period = 0.0;
  if (!text.ok() || std::sscanf(text->c_str(), "%lf %lf", &quota, &period) != 2) return 0;
  if (!(quota > 0.0) || !(period > 0.0)) return 0;
  return static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, 1e6));
}

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = 1;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) count = std::max(1, CPU_COUNT(&set));
  const int quota = cgroup_quota_cpus();
  return quota > 0 ? std::min(count, quota) : count;
}

struct ThreadPool::State {
  // Written by the caller while the gate is shut and nobody is inside; read by workers inside.
  const std::function<void(int64_t, int)>* body = nullptr;
  int64_t num_tasks = 0;

  std::atomic<int64_t> next_task{0};
  std::atomic<uint32_t> gate{0};        // kOpen, plus the number of workers inside
  std::atomic<uint32_t> generation{0};  // grows when the gate opens: what sleepers wait for
  std::atomic<bool> ending{false};
  std::mutex thrown_mutex;
  std::exception_ptr thrown;  // by the first body that did
  std::vector<std::thread> threads;

  static constexpr uint32_t kOpen = 1u << 31;

  bool enter() {
    uint32_t value = gate.load(std::memory_order_relaxed);
    while (value & kOpen) {
      if (gate.compare_exchange_weak(value, value + 1, std::memory_order_acquire)) return true;
    }
    return false;
  }
};

ThreadPool::ThreadPool(int num_threads)
    : num_threads_(std::max(1, num_threads)), state_(std::make_unique<State>()) {
  try {
    for (int i = 1; i < num_threads_; ++i)
      state_->threads.emplace_back([this, i] { work(i); });
  } catch (...) {  // the system gives no further thread
    end_threads();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  end_threads();
}

void ThreadPool::end_threads() {
  state_->ending = true;
  state_->generation.fetch_add(1);
  state_->generation.notify_all();
  for (std::thread& thread : state_->threads)
    thread.join();
}

void ThreadPool::run_tasks(int worker) {
  for (;;) {
    const int64_t task = state_->next_task.fetch_add(1, std::memory_order_relaxed);
    if (task >= state_->num_tasks) return;
    try {
      (*state_->body)(task, worker);
    } catch (...) {
      const std::lock_guard lock(state_->thrown_mutex);
      if (state_->thrown == nullptr) state_->thrown = std::current_exception();
      state_->next_task.store(state_->num_tasks, std::memory_order_relaxed);
    }
  }
}

void ThreadPool::work(int worker) {
  uint32_t seen = 0;
  for (;;) {
    spin([&] { return state_->generation.load(std::memory_order_acquire) != seen; });
    state_->generation.wait(seen, std::memory_order_acquire);
    seen = state_->generation.load(std::memory_order_acquire);
    if (state_->ending.load()) return;
    if (!state_->enter()) continue;  // too late: the others have done it
    run_tasks(worker);
    if (state_->gate.fetch_sub(1, std::memory_order_acq_rel) == 1) state_->gate.notify_one();
  }
}

void ThreadPool::parallel_for(int64_t num_tasks, const std::function<void(int64_t, int)>& body) {
  if (num_threads_ == 1 || num_tasks <= 1) {
    for (int64_t task = 0; task < num_tasks; ++task)
      body(task, 0);
    return;
  }
  state_->body = &body;
  state_->num_tasks = num_tasks;
  state_->next_task.store(0, std::memory_order_relaxed);
  state_->gate.store(State::kOpen, std::memory_order_release);
  state_->generation.fetch_add(1, std::memory_order_release);
  state_->generation.notify_all();
  run_tasks(0);
  // Shutting the gate means that only workers already inside are waited for: one that the system
  // has not scheduled costs nothing.
  uint32_t inside =
      state_->gate.fetch_and(~State::kOpen, std::memory_order_acq_rel) & ~State::kOpen;
  if (inside != 0)
    spin([&] { return (inside = state_->gate.load(std::memory_order_acquire)) == 0; });
  while (inside != 0) {
    state_->gate.wait(inside, std::memory_order_acquire);
    inside = state_->gate.load(std::memory_order_acquire);
  }
  if (state_->thrown != nullptr) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
}

}  // namespace jangwon
