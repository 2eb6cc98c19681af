// ^C and SIGTERM during a command whose work can be gone on with. The first one asks the command to
// end by itself. What has not ended soon after (a checkpoint that is being read, a long step of the
// engine, a program that runs, a disk that does not answer) is ended here: the journal stands a
// kill at any moment, and whoever has pressed ^C wants the terminal back. A second signal ends the
// program at once.

#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace jangwon::harness {

class InterruptWatch {
 public:
  // `last_words` go to standard error when the program is ended here, with the exit code of an
  // incomplete run. One watch at a time.
  explicit InterruptWatch(std::string last_words);
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  bool asked_to_end() const;

 private:
  void watch();

  std::string last_words_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace jangwon::harness
