// On a terminal one line is written over and over, ten times a second at most; in a log that would
// be thousands of lines, so there a task gets one line when it ends. The time that is left rests on
// what this process has graded and not on what stood in the journal already, which took no time.
// tests/harness/run_loop/progress_test.cc.

#include "harness/run_loop/progress.h"
#include "runtime/base/localized.h"
#include "runtime/base/number_text.h"
#include "runtime/base/shown_text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace jangwon::harness {

Progress::Progress(std::FILE* stream) : stream_(stream), terminal_(isatty(fileno(stream)) != 0) {}

void Progress::say(const std::string& text) {
  std::lock_guard lock(mutex_);
  show_line(shown_text(text) + "\n");
}

void Progress::begin(const std::string& model, int done, const std::map<std::string, int>& left) {
  std::lock_guard lock(mutex_);
  title_ = model;
  tallies_.clear();
  done_ = done;
  left_ = left;
  total_ = done;
  for (const auto& [task, count] : left)
    total_ += count;
  fresh_ = 0;
  start_ = last_shown_ = std::chrono::steady_clock::now();
  if (done > 0)
    show_line(localized("{title}: {done} of {total} are in the journal already",
                        {{"title", title_}, {"done", done}, {"total", total_}}) +
              "\n");
}

void Progress::add(const std::string& task, Verdict headline) {
  std::lock_guard lock(mutex_);
  ++done_;
  ++fresh_;
  auto tally = std::find_if(tallies_.begin(), tallies_.end(),
                            [&](const Tally& t) { return t.task == task; });
  if (tally == tallies_.end()) tally = tallies_.insert(tally, Tally{task, 0, 0});
  if (counts(headline)) {
    ++tally->counted;
    tally->correct += headline == Verdict::kCorrect ? 1 : 0;
  }
  const auto now = std::chrono::steady_clock::now();
  const bool task_ended = --left_[task] == 0;
  if (!terminal_) {
    if (task_ended) show_task(task);
    return;
  }
  if (now - last_shown_ <= std::chrono::milliseconds(100) || done_ == total_) return;
  last_shown_ = now;
  show(false);
}

void Progress::end() {
  std::lock_guard lock(mutex_);
  if (fresh_ == 0) return;
  if (terminal_) {
    show(true);
    return;
  }
  for (const auto& [task, left] : left_) {  // a run that was stopped
    if (left > 0) show_task(task);
  }
}

void Progress::show(bool last) {
  show_line("\r\033[K" + shown_text(line()) + (last ? "\n" : ""));
}

void Progress::show_task(const std::string& task) {
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const auto tally = std::find_if(tallies_.begin(), tallies_.end(),
                                  [&](const Tally& t) { return t.task == task; });
  const Tally counted = tally == tallies_.end() ? Tally{task, 0, 0} : *tally;
  const int left = left_[task];
  const std::string time = duration_text(elapsed);
  show_line(
      shown_text(left > 0
                     ? localized("{title}: {task} {correct}/{counted} correct, {left} left, {time}",
                                 {{"title", title_},
                                  {"task", task},
                                  {"correct", counted.correct},
                                  {"counted", counted.counted},
                                  {"left", left},
                                  {"time", time}})
                     : localized("{title}: {task} {correct}/{counted} correct, {time}",
                                 {{"title", title_},
                                  {"task", task},
                                  {"correct", counted.correct},
                                  {"counted", counted.counted},
                                  {"time", time}})) +
      "\n");
}

// Nothing is lost where it cannot be written.
void Progress::show_line(const std::string& text) {
  std::fputs(text.c_str(), stream_);
  std::fflush(stream_);
}

std::string Progress::line() const {
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const int left = total_ - done_;
  const std::string time =
      left > 0 ? localized("ETA {left}", {{"left", duration_text(elapsed / fresh_ * left)}})
               : duration_text(elapsed);
  std::string text = fmt::format("{}: {}/{} {}", title_, done_, total_, time);
  for (const Tally& tally : tallies_)
    text += fmt::format(" | {} {}/{}", tally.task, tally.correct, tally.counted);
  return text;
}

}  // namespace jangwon::harness
