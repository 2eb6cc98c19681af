#include "runtime/base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include "runtime/base/file.h"
#include "runtime/base/shown_text.h"

namespace jangwon {

namespace {

constexpr size_t kBlockBytes = 1 << 16;

struct Output {
  std::mutex mutex;
  std::string waiting;
  int error = 0;  // errno of the first write that failed

  // REQUIRES: mutex is held.
  void write_waiting() {
    if (error == 0) error = write_fully(STDOUT_FILENO, waiting);
    waiting.clear();
  }
};

// Never destroyed: a thread may print while the program ends.
Output& output() {
  static Output* const made = new Output;
  return *made;
}

bool is_terminal() {
  static const bool terminal = isatty(STDOUT_FILENO) != 0;
  return terminal;
}

}  // namespace

void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // In the direction that is not asked for, so that using it fails. The lowest free number is
    // taken, which is fd.
    (void)::open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void write_output(std::string_view text) {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  if (out.error != 0) return;
  out.waiting += shown_text(text);
  if (out.waiting.size() >= kBlockBytes || is_terminal()) out.write_waiting();
}

void flush_output() {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  out.write_waiting();
}

bool output_failed() {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  return out.error != 0;
}

Status close_output() {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  out.write_waiting();
  // Network file systems keep a full disk for the end. A closed output is an error only where
  // something was printed.
  if (::close(STDOUT_FILENO) != 0 && out.error == 0 && errno != EBADF) out.error = errno;
  if (out.error == 0) return ok_status();
  return unavailable(
      "standard output could not be written: {cause}; what stands there is not all of it",
      {{"cause", Message::system_error(out.error)}});
}

bool reader_of_output_left() {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  return out.error == EPIPE;
}

void end_by_broken_pipe() {
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
  ::raise(SIGPIPE);
  std::_Exit(128 + SIGPIPE);  // the first process of a container is not killed by its own signals
}

void write_note(std::string_view text) {
  (void)write_fully(STDERR_FILENO, shown_text(text));
}

void write_control(std::string_view sequence) {
  (void)write_fully(STDERR_FILENO, sequence);
}

}  // namespace jangwon
