// Progress on stderr: a line that rewrites itself on a terminal, a line a task elsewhere (in a
// log). Never on stdout.

#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "harness/record/score.h"

namespace jangwon::harness {

class Progress {
 public:
  explicit Progress(std::FILE* stream);

  // A line of its own.
  void say(const std::string& text);
  // A new model; `done` samples are in the journal already, `left` says how many
  // each task still has.
  void begin(const std::string& model, int done, const std::map<std::string, int>& left);
  // One more sample of `task` was graded. Thread-safe.
  void add(const std::string& task, Verdict headline);
  void end();

 private:
  void show(bool last);
  void show_task(const std::string& task);
  void show_line(const std::string& text);
  std::string line() const;

  std::FILE* stream_;
  bool terminal_;
  std::mutex mutex_;
  std::string title_;
  int done_ = 0;
  int total_ = 0;
  int fresh_ = 0;  // graded by this process: the ETA rests on these alone
  struct Tally {
    std::string task;
    int correct = 0;
    int counted = 0;
  };
  std::vector<Tally> tallies_;       // in the order in which tasks came
  std::map<std::string, int> left_;  // of each task
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_shown_;
};

}  // namespace jangwon::harness
