// A fixed set of threads for splitting one operator's work.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace jangwon {

// CPUs that this process may run on (affinity and cgroup quota respected), at least 1.
int available_cpus();

class ThreadPool {
 public:
  // `num_threads` counts the caller: 1 starts no thread.
  explicit ThreadPool(int num_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_threads() const { return num_threads_; }

  // Calls body(task, worker) once for every task in [0, num_tasks) and returns when all are done.
  // Tasks are taken in order by whichever worker is free, so what a body computes must not depend
  // on who runs it; `worker`, below num_threads(), is for scratch. One caller at a time; bodies do
  // not nest. What a body throws, the caller gets; tasks that nobody had begun are left out then.
  void parallel_for(int64_t num_tasks, const std::function<void(int64_t task, int worker)>& body);

 private:
  struct State;
  void run_tasks(int worker);
  void work(int worker);
  void end_threads();
  int num_threads_;
  std::unique_ptr<State> state_;
};

}  // namespace jangwon
