// One sandbox from the harness's side: descriptors, clocks and verdicts. All bytes that cross the
// boundary are pumped by one poll loop, so that a program which writes while we write cannot
// block either of us.
//
// Time: a program is judged by the CPU clock of its own process, read from outside; the kernel
// tells us its pid in the credentials of its first frame, so nothing it says about itself is used.
// Wall time only catches sleepers, less the time in which it waited for a processor; how busy the
// machine is does not change a verdict.

#include "harness/sandbox/python_sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

constexpr size_t kReadBytes = 1 << 16;

// The payload of the interpreter's 'd' frame: a run is over.
struct __attribute__((packed)) RunEnd {
  int32_t wait_status;
  uint32_t left_files;
  uint64_t user_us;
  uint64_t system_us;
  uint64_t memory_kb;
};

std::optional<RunEnd> read_run_end(const Frame& frame) {
  RunEnd end = {};
  if (frame.kind != 'd' || frame.payload.size() != sizeof end) return std::nullopt;
  std::memcpy(&end, frame.payload.data(), sizeof end);
  return end;
}

// Eight bytes that a program cannot have known before it is told.
std::string fresh_mark() {
  std::string mark(8, '\0');
  JANGWON_CHECK(getrandom(mark.data(), mark.size(), 0) == static_cast<ssize_t>(mark.size()));
  return mark;
}

double to_ms(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double now_ms() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return to_ms(time);
}

// CPU time of all threads of a process; nothing when it is gone.
std::optional<double> cpu_clock_ms(pid_t pid) {
  clockid_t clock = 0;
  timespec time = {};
  if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return std::nullopt;
  return to_ms(time);
}

// How long a thread was ready to run and had to wait for a processor; 0 when it is gone.
double waited_ms(const std::string& schedstat) {
  const Result<std::string> text = read_file(schedstat, 4096);
  double running = 0.0;
  double waiting = 0.0;
  return text.ok() && std::sscanf(text->c_str(), "%lf %lf", &running, &waiting) == 2 ? waiting / 1e6
                                                                                     : 0.0;
}

// How long a process was ready to run and had to wait for a processor: the most of any of its
// threads. Their sum would let a program that sleeps be excused by threads that wait for one
// another; what one of them waits for is either somebody else's, or its own processor time,
// which has a limit.
double run_delay_ms(pid_t pid) {
  double longest = 0.0;
  std::error_code error;
  // Not a range-for: its increment throws when the process ends meanwhile.
  std::filesystem::directory_iterator thread(fmt::format("/proc/{}/task", pid), error);
  for (; !error && thread != std::filesystem::directory_iterator(); thread.increment(error))
    longest = std::max(longest, waited_ms(thread->path() / "schedstat"));
  return longest;
}

// False for a zombie too, which only waits for the interpreter to take notice; but a process whose
// first thread has left before the others looks like one, and they live.
bool is_alive(pid_t pid) {
  const Result<std::string> read = read_file(fmt::format("/proc/{}/stat", pid), 4096);
  // what we cannot see has not ended
  if (!read.ok()) return read.status().code() != StatusCode::kNotFound;
  const std::string& text = *read;
  const size_t behind_name = text.rfind(") ");
  if (behind_name == std::string::npos) return false;
  char state = 0;
  long threads = 0;  // fields 3 and 20
  const int fields = std::sscanf(
      text.c_str() + behind_name + 2,
      "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld", &state, &threads);
  return fields == 2 && state != 'X' && (state != 'Z' || threads > 1);
}

// Of the calling thread.
double own_run_delay_ms() {
  return waited_ms("/proc/thread-self/schedstat");
}

int64_t resident_kb(pid_t pid) {
  const int fd = open(fmt::format("/proc/{}/statm", pid).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[128] = {};
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  long long pages = 0;
  long long resident = 0;
  if (size <= 0 || std::sscanf(text, "%lld %lld", &pages, &resident) != 2) return 0;
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

// Writing to a pipe whose reader is gone must not kill the harness, whatever its own
// handling of SIGPIPE.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &old_);
  }
  ~SigpipeBlocked() {
    const timespec at_once = {};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &at_once) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t old_;
  bool was_pending_ = false;
};

void set_nonblocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Reads what there is; the sender's pid, when the kernel tells it, goes to *pid.
ssize_t receive_with_pid(int socket, void* data, size_t size, pid_t* pid) {
  alignas(cmsghdr) char control[256];
  iovec part = {data, size};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received <= 0) return received;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials = {};
      std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
      *pid = credentials.pid;
    } else if (header->cmsg_type == SCM_RIGHTS) {
      // Nobody sends us descriptors; a program that does gets them closed.
      for (size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        close(fd);
      }
    }
  }
  return received;
}

// What a socket takes now; the rest stays.
void send_pending(const OwnedFd& socket, std::string* pending) {
  size_t sent_bytes = 0;
  while (sent_bytes < pending->size()) {
    const ssize_t sent = send(socket.get(), pending->data() + sent_bytes,
                              pending->size() - sent_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    sent_bytes += static_cast<size_t>(sent);
  }
  pending->erase(0, sent_bytes);
}

// Takes what the pipe takes now; closes it when everything is written or nobody reads any more,
// which is the program's right.
void write_pending(OwnedFd* fd, std::string_view* rest) {
  const SigpipeBlocked blocked;
  while (!rest->empty()) {
    const ssize_t size = write(fd->get(), rest->data(), std::min<size_t>(rest->size(), 1 << 20));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) break;
    rest->remove_prefix(static_cast<size_t>(size));
  }
  fd->reset();
}

// Of the interpreter's frame that came in place of a run.
std::string why_not_begun(const Frame& frame) {
  if (frame.kind == 'n')
    return fmt::format("the kernel gives no process for the program: {}", frame.payload);
  const auto end = read_run_end(frame);
  if (!end) return "the sandbox's interpreter broke the protocol";
  return fmt::format("the sandbox could not start the program (wait status {:#x})",
                     end->wait_status);
}

bool ends_with_memory_error(const std::string& stderr_text) {
  const size_t last_line = stderr_text.find_last_not_of('\n') == std::string::npos
                               ? 0
                               : stderr_text.rfind('\n', stderr_text.find_last_not_of('\n'));
  const std::string_view line =
      std::string_view(stderr_text)
          .substr(last_line == std::string::npos || last_line == 0 ? 0 : last_line + 1);
  return line.starts_with("MemoryError") ||
         line.find("_ArrayMemoryError") != std::string_view::npos;
}

}  // namespace

// --- descriptors ---

void OwnedFd::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

bool make_pipe(OwnedFd* read_end, OwnedFd* write_end) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return false;
  read_end->reset(fds[0]);
  write_end->reset(fds[1]);
  return true;
}

bool make_socket_pair(int type, OwnedFd* ours, OwnedFd* theirs) {
  int fds[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0) return false;
  ours->reset(fds[0]);
  theirs->reset(fds[1]);
  const int on = 1;
  setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  set_nonblocking(fds[0]);
  return true;
}

// --- the core ---

PythonSandbox::Core::~Core() {
  destroy();
}

void PythonSandbox::Core::destroy() {
  if (pidfd.get() >= 0) {
    syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    pollfd gone = {pidfd.get(), POLLIN, 0};
    // PID 1 is waited for last: when it is gone, so is everything in its namespace.
    while (poll(&gone, 1, 5000) < 0 && errno == EINTR) {
    }
    pidfd.reset();
  }
  if (release_slot) release_slot();
  release_slot = nullptr;
  alive = false;
}

void PythonSandbox::Core::fail(MessageTemplate why, Message::Arguments arguments) {
  if (error.empty()) error = Message(why, arguments);
  stop = Stop::kBroken;
}

void PythonSandbox::Core::send_frame(char kind, std::string_view payload,
                                     const std::vector<int>& fds) {
  const std::string frame = encode_frame(kind, payload);
  alignas(cmsghdr) char control_bytes[CMSG_SPACE(sizeof(int) * 4)] = {};
  iovec part = {const_cast<char*>(frame.data()), frame.size()};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control_bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  }
  // descriptors travel with the first byte of their own frame
  JANGWON_CHECK(control_pending.empty() || fds.empty());
  const ssize_t sent = !control_pending.empty()
                           ? 0
                           : sendmsg(control.fd.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) return;  // the end will be seen by the pump
  // Descriptors went with the first byte; what did not fit follows through the pump.
  control_pending.append(frame, static_cast<size_t>(std::max<ssize_t>(sent, 0)));
}

void PythonSandbox::Core::begin_phase(pid_t process) {
  subject = process;
  phase_wall = now_ms();
  phase_cpu = cpu_clock_ms(process).value_or(0.0);
  phase_delay = own_run_delay_ms();
  used_cpu_ms = 0.0;
  stop = Stop::kNone;
}

void PythonSandbox::Core::measure() {
  if (const auto cpu = cpu_clock_ms(subject)) used_cpu_ms = std::max(used_cpu_ms, *cpu - phase_cpu);
}

// Whether a limit is passed; sets `stop`.
void PythonSandbox::Core::check_limits() {
  if (stop != Stop::kNone) return;
  measure();
  const double wall = now_ms() - phase_wall;
  // Before foreign code begins it is our own work that waits for a processor: a caller's wall is
  // not meant for it.
  const SandboxLimits backstop = {.cpu_ms = limits.cpu_ms, .wall_ms = began ? limits.wall_ms : 0};
  peak_kb = std::max(peak_kb, resident_kb(subject));
  if (peak_kb > limits.memory_kb) {
    stop = Stop::kMemory;
  } else if (used_cpu_ms > static_cast<double>(limits.stop_cpu_ms())) {
    stop = Stop::kCpu;
  } else if (wall > static_cast<double>(backstop.stop_wall_ms())) {
    stop = Stop::kWall;
  } else if (began && wall > static_cast<double>(limits.stop_cpu_ms()) && is_alive(subject)) {
    // Asleep, or kept from running? Only the time counts in which neither it nor we, who feed it,
    // waited for a processor; before the program began and after it ended, others are waited for.
    const double wanted = wall - (run_delay_ms(subject) + own_run_delay_ms() - phase_delay);
    if (wanted > static_cast<double>(limits.stop_cpu_ms()) && wanted > used_cpu_ms * 1.25)
      stop = Stop::kIdle;
  }
}

int PythonSandbox::Core::poll_timeout() const {
  const double left = static_cast<double>(limits.stop_cpu_ms()) - used_cpu_ms;
  return static_cast<int>(std::clamp(left / 2, 2.0, 50.0));
}

void PythonSandbox::Core::read_status() {
  SandboxStatus message;
  pid_t sender = -1;
  for (;;) {
    const ssize_t size = receive_with_pid(status.get(), &message, sizeof message, &sender);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size != static_cast<ssize_t>(sizeof message)) {
      status.reset();
      if (!ended) fail("the sandbox was killed from outside (out of memory, or its spawner died)");
      return;
    }
    if (message.kind == SandboxStatus::kStarted) {
      interpreter = sender;
      if (subject <= 0) begin_phase(sender);
    } else if (message.kind == SandboxStatus::kFailed) {
      failed_step = static_cast<ConfinementStep>(message.step);
      failed_errno = message.error;
      fail(
          "the kernel refuses {failed_step}: {cause}",
          {{"failed_step", describe(failed_step)}, {"cause", Message::system_error(failed_errno)}});
    } else if (message.kind == SandboxStatus::kEnded) {
      ended = true;
      interpreter_status = message.wait_status;
      total_cpu_ms = static_cast<double>(message.cpu_us) / 1e3;
    }
  }
}

void PythonSandbox::Core::read_stderr() {
  char bytes[kReadBytes];
  for (int round = 0; round < 64; ++round) {
    const ssize_t size = read(stderr_pipe.get(), bytes, sizeof bytes);
    if (size < 0) return;
    if (size == 0) return stderr_pipe.reset();
    stderr_text.append(bytes, static_cast<size_t>(size));
    const auto keep = static_cast<size_t>(limits.stderr_bytes);
    if (stderr_text.size() > 2 * keep + kReadBytes) {
      stderr_text.erase(0, stderr_text.size() - keep);
      stderr_cut = true;
    }
  }
}

void PythonSandbox::Core::read_frames(Channel* channel) {
  char bytes[kReadBytes];
  for (int round = 0; round < 64; ++round) {
    pid_t sender = -1;
    const ssize_t size = receive_with_pid(channel->fd.get(), bytes, sizeof bytes, &sender);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return channel->fd.reset();
    channel->reader.append({bytes, static_cast<size_t>(size)});
    while (auto frame = channel->reader.next()) {
      if (frame->kind == 'b' && !began) {
        // The program's own process reports itself; its clock starts now. Only once: whoever could
        // say it again would never be too slow.
        if (sender > 0) begin_phase(sender);
        began = true;
      } else {
        channel->frames.push_back(std::move(*frame));
      }
    }
    if (channel->reader.broken()) {
      if (stop == Stop::kNone) stop = Stop::kOutput;
      return;
    }
  }
}

void PythonSandbox::Core::read_sink(Sink* sink) {
  char bytes[kReadBytes];
  for (int round = 0; round < 64; ++round) {
    const ssize_t size = read(sink->fd.get(), bytes, sizeof bytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return sink->fd.reset();
    const size_t room = static_cast<size_t>(limits.output_bytes) -
                        std::min(sink->text.size(), static_cast<size_t>(limits.output_bytes));
    sink->text.append(bytes, std::min(room, static_cast<size_t>(size)));
    if (static_cast<size_t>(size) > room) {
      sink->overflow = true;
      if (stop == Stop::kNone) stop = Stop::kOutput;
      return;
    }
  }
}

void PythonSandbox::Core::pump(const std::function<bool()>& done) {
  double last_check = now_ms();
  while (stop == Stop::kNone && !done()) {
    std::vector<pollfd> polled;
    std::vector<std::function<void()>> handlers;
    const auto watch = [&](int fd, short events, std::function<void()> handler) {
      if (fd < 0) return;
      polled.push_back({fd, events, 0});
      handlers.push_back(std::move(handler));
    };
    watch(control.fd.get(), static_cast<short>(POLLIN | (control_pending.empty() ? 0 : POLLOUT)),
          [&] {
            send_pending(control.fd, &control_pending);
            read_frames(&control);
          });
    if (checker) {
      watch(checker->channel.fd.get(),
            static_cast<short>(POLLIN | (checker->pending.empty() ? 0 : POLLOUT)), [&] {
              send_pending(checker->channel.fd, &checker->pending);
              read_frames(&checker->channel);
            });
    }
    for (Sink& sink : sinks)
      watch(sink.fd.get(), POLLIN, [this, &sink] { read_sink(&sink); });
    watch(stdin_pipe.get(), POLLOUT, [&] { write_pending(&stdin_pipe, &stdin_rest); });
    watch(stderr_pipe.get(), POLLIN, [&] { read_stderr(); });
    watch(status.get(), POLLIN, [&] { read_status(); });
    const int ready = poll(polled.data(), polled.size(), poll_timeout());
    if (ready < 0 && errno != EINTR)
      fail("poll: {cause}", {{"cause", Message::system_error(errno)}});
    for (size_t i = 0; i < polled.size() && ready > 0; ++i) {
      if (polled[i].revents != 0) handlers[i]();
    }
    if (status.get() < 0 && control.fd.get() < 0 && stop == Stop::kNone && !done())
      stop = Stop::kEnded;
    if (const double now = now_ms(); ready == 0 || now - last_check > 10) {
      last_check = now;
      check_limits();
    }
  }
}

Status PythonSandbox::Core::await_interpreter(char kind) {
  constexpr int64_t kPatienceMs = 60000;
  const SandboxLimits of_program = limits;
  limits.cpu_ms = std::max(limits.cpu_ms, kPatienceMs);
  begin_phase(interpreter);
  pump([&] { return !control.frames.empty(); });
  limits = of_program;
  if (stop == Stop::kNone && control.frames.front().kind == kind) return ok_status();
  if (stderr_pipe.get() >= 0) read_stderr();
  if (!error.empty()) return unavailable(error);
  const Message reason = stop == Stop::kEnded
                             ? Message("it ended with status {status}",
                                       {{"status", fmt::format("{:#x}", interpreter_status)}})
                         : stop == Stop::kMemory ? Message("memory limit")
                         : stop == Stop::kNone   ? Message("it broke the protocol")
                                                 : Message("it did not answer in time");
  return unavailable(
      stderr_text.empty()
          ? Message("the sandbox's interpreter did not start ({reason})", {{"reason", reason}})
          : Message("the sandbox's interpreter did not start ({reason}): {stderr}",
                    {{"reason", reason}, {"stderr", stderr_text}}));
}

// --- native runs ---

bool PythonSandbox::Core::compile_program(ExecResult* result) {
  if (compile_message) {
    // Known from the first run.
  } else {
    begin_phase(interpreter);
    send_frame('k', {}, {});
    pump([&] { return !control.frames.empty(); });
    if (stop != Stop::kNone) {
      finish_stopped(/*running=*/false, result);
      return false;
    }
    compile_message = control.frames.front().payload;
    control.frames.pop_front();
  }
  if (compile_message->empty()) return true;
  result->status = ExecStatus::kRunError;
  result->exit_code = 1;
  result->stderr_text = *compile_message;
  return false;
}

// The interpreter of the sandbox never runs foreign code. A program's text may make its compiler
// crash, and without filters a program may kill it; any other end of it is ours.
bool PythonSandbox::Core::interpreter_failed_by_itself() const {
  return !ended || filtered || !WIFSIGNALED(interpreter_status);
}

// A sandbox that vanished without a word is ours, too.
void PythonSandbox::Core::finish_stopped(bool running, ExecResult* result) {
  measure();
  result->cpu_ms = used_cpu_ms;
  result->wall_ms = now_ms() - phase_wall;
  result->memory_kb = peak_kb;
  switch (stop) {
    case Stop::kCpu:
    case Stop::kIdle:
      result->status = ExecStatus::kTimeLimit;
      break;
    case Stop::kWall:
      result->status = ExecStatus::kWallLimit;
      break;
    case Stop::kMemory:
      result->status = ExecStatus::kMemoryLimit;
      break;
    case Stop::kOutput:
      result->status = ExecStatus::kOutputLimit;
      break;
    case Stop::kEnded:
      if (!ended || (running && interpreter_failed_by_itself())) {
        result->status = ExecStatus::kSandboxError;
        result->error = "the sandbox ended without an answer";
      } else if (WIFSIGNALED(interpreter_status)) {
        result->status = ExecStatus::kSignal;
        result->term_signal = WTERMSIG(interpreter_status);
      } else {
        result->status = ExecStatus::kRunError;
        result->exit_code = WEXITSTATUS(interpreter_status);
      }
      break;
    default:
      result->status = ExecStatus::kSandboxError;
      result->error = error.english();
  }
  destroy();
}

// SIGKILL comes from the kernel when memory runs out, or from the program itself.
ExecStatus PythonSandbox::Core::status_of_signal(int signal, int64_t memory_kb) const {
  if (signal == SIGXCPU) return ExecStatus::kTimeLimit;
  if (signal == SIGKILL && std::max(memory_kb, peak_kb) > limits.memory_kb / 2)
    return ExecStatus::kMemoryLimit;
  return ExecStatus::kSignal;
}

// What one run leaves in the private folder another must not find, and clearing up after a stranger
// is no work for us.
void PythonSandbox::Core::retire_if_littered(const Frame& gone) {
  const auto end = read_run_end(gone);
  if (end && end->left_files != 0) destroy();
}

void PythonSandbox::Core::finish_run(const Frame& gone, ExecResult* result) {
  const auto end = read_run_end(gone);
  if (!end || !began) {
    result->status = ExecStatus::kSandboxError;
    result->error = why_not_begun(gone);
    return destroy();
  }
  result->cpu_ms = static_cast<double>(end->user_us + end->system_us) / 1e3;
  result->wall_ms = now_ms() - phase_wall;
  result->memory_kb = static_cast<int64_t>(end->memory_kb);
  if (WIFSIGNALED(end->wait_status)) {
    result->term_signal = WTERMSIG(end->wait_status);
    result->status = status_of_signal(result->term_signal, result->memory_kb);
    return;
  }
  result->exit_code = WEXITSTATUS(end->wait_status);
  if (result->exit_code == 0) {
    result->status = ExecStatus::kOk;
  } else {
    result->status = ends_with_memory_error(result->stderr_text) ? ExecStatus::kMemoryLimit
                                                                 : ExecStatus::kRunError;
  }
  if (result->cpu_ms > static_cast<double>(limits.cpu_ms)) result->status = ExecStatus::kTimeLimit;
}

ExecResult PythonSandbox::Core::run_child(char kind, std::string_view payload,
                                          std::string_view stdin_text) {
  ExecResult result;
  if (!alive) {
    result.error = "the sandbox is gone";
    return result;
  }
  stderr_text.clear();
  stderr_cut = false;
  peak_kb = 0;
  began = false;
  if (!compile_program(&result)) return result;
  const bool returns_value = kind == 'C';
  OwnedFd child_stdin, child_stdout, child_result;
  sinks.clear();
  sinks.resize(returns_value ? 2 : 1);
  if (!make_pipe(&child_stdin, &stdin_pipe) || !make_pipe(&sinks[0].fd, &child_stdout) ||
      (returns_value && !make_pipe(&sinks[1].fd, &child_result))) {
    result.error = fmt::format("no pipes for the sandbox: {}", std::strerror(errno));
    return result;
  }
  // Opened again by name (/dev/stdin) a pipe is a file of the harness's user.
  fchmod(child_stdin.get(), 0666);
  fchmod(child_stdout.get(), 0666);
  set_nonblocking(stdin_pipe.get());
  for (const Sink& sink : sinks)
    set_nonblocking(sink.fd.get());
  stdin_rest = stdin_text;
  if (stdin_text.empty()) stdin_pipe.reset();
  begin_phase(interpreter);
  std::vector<int> fds = {child_stdin.get(), child_stdout.get()};
  if (returns_value) fds.push_back(child_result.get());
  send_frame(kind, payload, fds);
  child_stdin.reset();
  child_stdout.reset();
  child_result.reset();
  pump([&] {
    return !control.frames.empty() && std::all_of(sinks.begin(), sinks.end(), [](const Sink& sink) {
      return sink.fd.get() < 0;
    });
  });
  stdin_pipe.reset();
  if (stderr_pipe.get() >= 0) read_stderr();
  result.stdout_text = std::move(sinks[0].text);
  result.stdout_truncated = sinks[0].overflow;
  if (returns_value) result.return_value = std::move(sinks[1].text);
  sinks.clear();
  const auto keep = static_cast<size_t>(limits.stderr_bytes);
  if (stderr_text.size() > keep) stderr_cut = true;
  result.stderr_text =
      stderr_text.size() > keep ? stderr_text.substr(stderr_text.size() - keep) : stderr_text;
  result.stderr_truncated = stderr_cut;
  if (stop != Stop::kNone) {
    finish_stopped(/*running=*/true, &result);
  } else {
    const Frame gone = std::move(control.frames.front());
    control.frames.pop_front();
    finish_run(gone, &result);
    retire_if_littered(gone);
    if (returns_value && result.status == ExecStatus::kOk && result.return_value.empty())
      result.status = ExecStatus::kRunError;
  }
  return result;
}

// --- the official checker ---

CheckerStep PythonSandbox::Core::checker_answer() {
  CheckerStep step;
  // A complete frame, or the end of the checker's process. Before the program began its socket is
  // held by the interpreter alone, which tells us why it closes.
  pump([&] {
    return !checker->channel.frames.empty() || !control.frames.empty() ||
           (began && checker->channel.fd.get() < 0);
  });
  measure();
  step.cpu_ms = used_cpu_ms;
  step.wall_ms = now_ms() - phase_wall;
  if (stop == Stop::kNone && !checker->channel.frames.empty()) {
    const Frame frame = std::move(checker->channel.frames.front());
    checker->channel.frames.pop_front();
    const bool answers = checker->loaded && frame.payload.starts_with(checker->mark);
    step.payload = answers ? frame.payload.substr(checker->mark.size()) : frame.payload;
    const bool too_slow = used_cpu_ms > static_cast<double>(limits.cpu_ms);
    if (too_slow) {
      step.kind = CheckerStep::Kind::kTimeLimit;
    } else if (frame.kind == 'c' && !checker->loaded) {
      step.kind = CheckerStep::Kind::kLoaded;
      checker->loaded = true;
    } else if (frame.kind == 'x' && (answers || !checker->loaded)) {
      const bool out_of_memory = step.payload.starts_with("MemoryError");
      step.kind = out_of_memory     ? CheckerStep::Kind::kMemoryLimit
                  : checker->loaded ? CheckerStep::Kind::kException
                                    : CheckerStep::Kind::kLoadError;
    } else if (answers && frame.kind == (checker->functional ? 'r' : 'o')) {
      step.kind = step.payload.size() > static_cast<size_t>(limits.output_bytes)
                      ? CheckerStep::Kind::kOutputLimit
                  : checker->functional ? CheckerStep::Kind::kReturned
                                        : CheckerStep::Kind::kOutput;
    } else {
      step.kind = CheckerStep::Kind::kDied;
      step.payload = "the program wrote into the checker's protocol";
    }
    return step;
  }
  switch (stop) {
    case Stop::kNone:
    case Stop::kEnded:
      step.kind = CheckerStep::Kind::kDied;
      step.payload = "the program ended the checker's process";
      if (stop == Stop::kEnded && interpreter_failed_by_itself()) {
        step.kind = CheckerStep::Kind::kSandboxError;
        step.payload = "the sandbox ended without an answer";
      } else if (stop == Stop::kNone && !began) {
        step.kind = CheckerStep::Kind::kSandboxError;
        step.payload = why_not_begun(control.frames.front());
        stop = Stop::kBroken;
      }
      break;
    case Stop::kCpu:
    case Stop::kIdle:
      step.kind = CheckerStep::Kind::kTimeLimit;
      break;
    case Stop::kMemory:
      step.kind = CheckerStep::Kind::kMemoryLimit;
      break;
    case Stop::kOutput:
      step.kind = CheckerStep::Kind::kOutputLimit;
      break;
    case Stop::kWall:
      step.kind = CheckerStep::Kind::kSandboxError;
      step.payload = "the machine was too busy to run the test within its wall-clock backstop";
      break;
    case Stop::kBroken:
      step.kind = CheckerStep::Kind::kSandboxError;
      step.payload = error.english();
  }
  if (stop != Stop::kNone) destroy();
  return step;
}

CheckerStep PythonSandbox::Core::begin_checker(const std::string& payload, bool functional) {
  CheckerStep step;
  if (!alive) {
    step.payload = "the sandbox is gone";
    return step;
  }
  stderr_text.clear();
  peak_kb = 0;
  began = false;
  checker.emplace(static_cast<size_t>(limits.output_bytes) * 2 + 1024);
  checker->functional = functional;
  OwnedFd theirs;
  if (!make_socket_pair(SOCK_STREAM, &checker->channel.fd, &theirs)) {
    step.payload = fmt::format("no sockets for the sandbox: {}", std::strerror(errno));
    return step;
  }
  begin_phase(interpreter);
  send_frame('O', payload, {theirs.get()});
  theirs.reset();
  return checker_answer();
}

CheckerStep PythonSandbox::Core::next_checker_test(std::string_view input) {
  CheckerStep step;
  if (!alive || !checker || !checker->loaded || checker->channel.fd.get() < 0) {
    step.payload = "the checker is gone";
    return step;
  }
  begin_phase(subject);
  phase_delay += run_delay_ms(subject);  // earlier tests of the same process
  checker->mark = fresh_mark();
  checker->pending = encode_frame('t', checker->mark + std::string(input));
  return checker_answer();
}

void PythonSandbox::Core::end_checker() {
  if (!checker) return;
  checker->channel.fd.reset();
  if (alive && stop == Stop::kNone) {
    // Its process reads the end of its socket and leaves; one that does not has a second of
    // CPU time for it.
    begin_phase(subject);
    const SandboxLimits saved = limits;
    limits.cpu_ms = std::min<int64_t>(limits.cpu_ms, 1000);
    checker.reset();
    pump([&] { return !control.frames.empty(); });
    limits = saved;
    if (stop == Stop::kNone) {
      const Frame gone = std::move(control.frames.front());
      control.frames.pop_front();
      retire_if_littered(gone);
    } else {
      destroy();
    }
  }
  checker.reset();
}

double PythonSandbox::Core::close_and_measure_cpu_ms() {
  end_checker();
  if (alive) {
    control.fd.reset();  // the interpreter leaves when nobody can ask it any more
    begin_phase(interpreter);
    pump([&] { return ended; });
    destroy();
  }
  return total_cpu_ms;
}

// --- the public face ---

PythonSandbox::PythonSandbox(std::unique_ptr<Core> core) : core_(std::move(core)) {}
PythonSandbox::~PythonSandbox() = default;

ExecResult PythonSandbox::run_program(std::string_view stdin_text) {
  return core_->run_child('P', {}, stdin_text);
}

ExecResult PythonSandbox::run_function(const std::string& fn_name, std::string_view arguments) {
  return core_->run_child('C', fn_name + "\n" + std::string(arguments), {});
}

CheckerStep PythonSandbox::begin_checker(const std::string& fn_name,
                                         const std::vector<std::string>& inputs) {
  std::string payload;
  if (!fn_name.empty()) {
    payload = encode_frame('n', fn_name);
    for (const std::string& input : inputs)
      payload += encode_frame('a', input);
  }
  return core_->begin_checker(payload, !fn_name.empty());
}

CheckerStep PythonSandbox::next_checker_test(std::string_view input) {
  return core_->next_checker_test(input);
}
void PythonSandbox::end_checker() {
  core_->end_checker();
}
double PythonSandbox::close_and_measure_cpu_ms() {
  return core_->close_and_measure_cpu_ms();
}
bool PythonSandbox::alive() const {
  return core_->alive;
}
const std::string& PythonSandbox::missing_module() const {
  return core_->missing_module;
}

}  // namespace jangwon::harness
