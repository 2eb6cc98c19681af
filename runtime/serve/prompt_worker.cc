#include "runtime/serve/prompt_worker.h"

namespace jangwon::runtime {

PromptWorker::PromptWorker() : thread_([this] { run(); }) {}

PromptWorker::~PromptWorker() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
  }
  added_.notify_one();
  thread_.join();
}

void PromptWorker::add(uint64_t id, std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back({id, std::move(work)});
  }
  added_.notify_one();
}

void PromptWorker::remove(uint64_t id) {
  std::lock_guard lock(mutex_);
  std::erase_if(jobs_, [id](const Job& job) { return job.id == id; });
}

void PromptWorker::run() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      added_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
      if (ends_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job.work();
  }
}

}  // namespace jangwon::runtime
