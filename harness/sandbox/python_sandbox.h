// The state of one PythonSandbox; shared by the pool that makes it and the loop that drives it. Not
// for users of the sandbox.

#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/sandbox/confinement.h"
#include "harness/sandbox/frame_protocol.h"
#include "harness/sandbox/sandbox.h"

namespace jangwon::harness {

class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    if (this != &other) {
      reset(other.fd_);
      other.fd_ = -1;
    }
    return *this;
  }
  ~OwnedFd() { reset(); }
  int get() const { return fd_; }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// What a tier puts around a program: CLONE_NEW* and Layer flags.
uint64_t namespaces_of(SandboxTier tier);
uint32_t layers_of(SandboxTier tier);

bool make_pipe(OwnedFd* read_end, OwnedFd* write_end);
// Our end does not block and is told who sends.
bool make_socket_pair(int type, OwnedFd* ours, OwnedFd* theirs);

struct PythonSandbox::Core {
  // Why the pump stopped before what it waited for had come.
  enum class Stop { kNone, kCpu, kIdle, kWall, kMemory, kOutput, kEnded, kBroken };

  // A socket with frames, and those that have come.
  struct Channel {
    explicit Channel(size_t max_payload) : reader(max_payload) {}
    OwnedFd fd;
    FrameReader reader;
    std::deque<Frame> frames;
  };
  struct Checker {
    explicit Checker(size_t max_payload) : channel(max_payload) {}
    Channel channel;
    std::string pending;  // not yet sent
    std::string mark;     // of the test that was asked for last; every answer to it begins so
    bool functional = false;
    bool loaded = false;
  };
  struct Sink {
    OwnedFd fd;
    std::string text;
    bool overflow = false;
  };

  ~Core();

  ExecResult run_child(char kind, std::string_view payload, std::string_view stdin_text);
  CheckerStep begin_checker(const std::string& payload, bool functional);
  CheckerStep next_checker_test(std::string_view input);
  void end_checker();
  double close_and_measure_cpu_ms();

  void send_frame(char kind, std::string_view payload, const std::vector<int>& fds);
  // Moves bytes until done() holds, a limit is passed or the sandbox ends; then `stop` tells which.
  void pump(const std::function<bool()>& done);
  // Waits for a frame of this kind from the interpreter itself, with limits of its own: it is ours
  // and does not count.
  Status await_interpreter(char kind);
  // From now on limits are counted from zero, against this process (a pid as we see it).
  void begin_phase(pid_t process);
  void destroy();

  // Set by the pool.
  SandboxLimits limits;
  OwnedFd pidfd;  // of PID 1
  OwnedFd status;
  OwnedFd stderr_pipe;
  Channel control{size_t{8} << 20};
  std::function<void()> release_slot;
  bool filtered = false;  // the program cannot send the interpreter a signal
  bool alive = false;

  // What happened.
  Stop stop = Stop::kNone;
  Message error;  // of kBroken
  ConfinementStep failed_step = ConfinementStep::kNone;
  int failed_errno = 0;
  bool ended = false;  // PID 1 said that the interpreter ended
  int interpreter_status = 0;
  double total_cpu_ms = 0.0;  // of everything inside, when it ended by itself
  pid_t interpreter = -1;
  std::string missing_module;

 private:
  CheckerStep checker_answer();
  bool compile_program(ExecResult* result);
  void finish_run(const Frame& gone, ExecResult* result);
  void finish_stopped(bool running, ExecResult* result);
  bool interpreter_failed_by_itself() const;
  void retire_if_littered(const Frame& gone);
  ExecStatus status_of_signal(int signal, int64_t memory_kb) const;
  void fail(MessageTemplate why, Message::Arguments arguments = {});
  void measure();
  void check_limits();
  int poll_timeout() const;
  void read_status();
  void read_stderr();
  void read_frames(Channel* channel);
  void read_sink(Sink* sink);
  void flush_control();

  std::string control_pending;
  std::optional<Checker> checker;
  std::vector<Sink> sinks;
  OwnedFd stdin_pipe;
  std::string_view stdin_rest;
  std::string stderr_text;
  bool stderr_cut = false;
  std::optional<std::string> compile_message;  // empty: it compiles

  // The phase that limits are counted for.
  pid_t subject = -1;
  bool began = false;  // foreign code was reached
  double phase_wall = 0.0;
  double phase_cpu = 0.0;
  double phase_delay = 0.0;
  double used_cpu_ms = 0.0;
  int64_t peak_kb = 0;
};

}  // namespace jangwon::harness
