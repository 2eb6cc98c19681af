#include "harness/commands/interrupt_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "runtime/base/check.h"
#include "runtime/base/standard_streams.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

namespace {

// Two seconds are promised; a busy machine and a large address space want their share.
constexpr std::chrono::milliseconds kGrace{1000};

volatile std::sig_atomic_t g_asked = 0;
int g_wake_fd = -1;  // readable once there is something to see

void wake() {
  const uint64_t one = 1;
  const int error = errno;  // of the code that a handler interrupts
  (void)!::write(g_wake_fd, &one, sizeof one);
  errno = error;
}

void on_signal(int) {
  g_asked = 1;
  wake();
}

void set_handlers(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  for (const int signal : {SIGINT, SIGTERM})
    ::sigaction(signal, &action, nullptr);
}

}  // namespace

InterruptWatch::InterruptWatch(std::string last_words) : last_words_(std::move(last_words)) {
  JANGWON_CHECK(g_wake_fd < 0, "two watches at a time");
  g_asked = 0;
  g_wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { watch(); });
  set_handlers(on_signal, SA_RESTART | SA_RESETHAND);
}

InterruptWatch::~InterruptWatch() {
  set_handlers(SIG_DFL, 0);
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  ended_.notify_all();
  wake();
  thread_.join();
  ::close(g_wake_fd);
  g_wake_fd = -1;
}

bool InterruptWatch::asked_to_end() const {
  return g_asked != 0;
}

void InterruptWatch::watch() {
  pollfd woken = {g_wake_fd, POLLIN, 0};
  while (::poll(&woken, 1, -1) < 0 && errno == EINTR)
    continue;
  std::unique_lock lock(mutex_);
  if (ended_.wait_for(lock, kGrace, [this] { return over_; })) return;
  // A pipe that nobody reads must not hold the end up.
  pollfd error_stream = {STDERR_FILENO, POLLOUT, 0};
  if (::poll(&error_stream, 1, 0) == 1) write_note(last_words_);
  ::_exit(exit_code(StatusCode::kIncomplete));
}

}  // namespace jangwon::harness
