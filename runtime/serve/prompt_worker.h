// The thread that reads bodies, renders templates and encodes texts: a long prompt takes as long as
// many steps, and must hold up neither the engine nor other connections.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace jangwon::runtime {

class PromptWorker {
 public:
  PromptWorker();
  ~PromptWorker();  // what waits is given up
  PromptWorker(const PromptWorker&) = delete;
  PromptWorker& operator=(const PromptWorker&) = delete;

  void add(uint64_t id, std::function<void()> work);
  void remove(uint64_t id);  // if it has not begun

 private:
  struct Job {
    uint64_t id = 0;
    std::function<void()> work;
  };

  void run();

  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<Job> jobs_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace jangwon::runtime
