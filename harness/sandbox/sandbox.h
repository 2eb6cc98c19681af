// The sandbox: runs Python programs that a language model wrote, so that whatever they do, the
// machine, the verdicts and the hidden tests stay whole. README.md tells the layers and the
// processes; nothing here knows what a right answer is.
//
// A SandboxPool makes sandboxes; a PythonSandbox holds one program, imported header and all, and
// runs it as often as asked, every time in a fresh process that the interpreter inside forks. A
// program that did badly is data (ExecResult); a sandbox that could not do its work is a Status or
// ExecStatus::kSandboxError, and never a verdict on the program.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::harness {

// The words are those of isolate's meta file. When several apply the order is sandbox_error,
// memory, output, time, wall, signal, run_error.
enum class ExecStatus {
  kOk,
  kRunError,      // an exit code other than 0
  kSignal,        // killed by a signal of its own doing
  kTimeLimit,     // CPU time, or as long asleep or blocked
  kWallLimit,     // the generous backstop: the machine was too busy to tell
  kMemoryLimit,   //
  kOutputLimit,   //
  kSandboxError,  // ours: `error` says why
};
const char* name_of(ExecStatus status);  // ok, run_error, signal, time_limit, …

// What one run did. The JSON keys are these names, but for stdout and stderr, which
// are macros in C.
struct ExecResult {
  ExecStatus status = ExecStatus::kSandboxError;
  int exit_code = 0;
  int term_signal = 0;
  double cpu_ms = 0.0;  // user and system, of this run alone
  double wall_ms = 0.0;
  int64_t memory_kb = 0;  // largest resident set
  std::string stdout_text;
  std::string stderr_text;        // the last stderr_bytes of it
  bool stdout_truncated = false;  // it wrote more than output_bytes
  bool stderr_truncated = false;  // the beginning is missing
  // run_function: one kind byte and the marshalled value, see python/zygote.py
  std::string return_value;
  std::string error;  // one sentence when status is kSandboxError
};

struct SandboxLimits {
  // Counts as too slow above cpu_ms; stopped only at 1.25 × cpu_ms, so that a caller can run a near
  // miss again alone.
  int64_t cpu_ms = 6000;
  // 0: 60 × cpu_ms + 60 s; waiting for a processor is not held against a program. Counted from the
  // program's first instruction.
  int64_t wall_ms = 0;
  int64_t memory_kb = 0;  // 0: the pool's default
  // of standard output or of a return value; more is kOutputLimit
  int64_t output_bytes = 16ll << 20;
  int64_t stderr_bytes = 4096;  // kept; the rest is read and dropped
  int64_t stop_cpu_ms() const { return cpu_ms + cpu_ms / 4; }
  int64_t stop_wall_ms() const { return wall_ms > 0 ? wall_ms : 60 * cpu_ms + 60000; }
};

// kA: namespaces, private read-only root, Landlock, seccomp, rlimits. kB: Landlock, seccomp,
// rlimits (for kernels and containers that refuse namespaces). kNone: rlimits alone; only when
// allow_unsandboxed asks for it.
enum class SandboxTier { kA, kB, kNone };
const char* name_of(SandboxTier tier);  // A, B, none

struct SandboxOptions {
  // an interpreter, not a shim: it must resolve to a program of its own
  std::string python = "/usr/bin/python3";
  bool allow_unsandboxed = false;
  int max_concurrent = 2;                // shares the default memory limit out
  std::optional<SandboxTier> only_tier;  // tests: use this tier or fail
};

class PythonSandbox;

// What a sandbox is made for.
struct PythonProgram {
  std::string source;         // UTF-8; lone surrogates are kept
  bool import_header = true;  // the import header of LiveCodeBench stands in front of the program
  int expected_runs = 1;      // sizes the cumulative CPU backstop
};

// Thread-safe: several graders call open() at once.
class SandboxPool {
 public:
  // Starts the spawner process, finds the tier by running real attacks through the real path, and
  // asks the interpreter for its version. kUnavailable names the layer that the kernel refuses,
  // and the way out.
  static Result<std::unique_ptr<SandboxPool>> create(const SandboxOptions& options);
  ~SandboxPool();
  SandboxPool(const SandboxPool&) = delete;
  SandboxPool& operator=(const SandboxPool&) = delete;

  SandboxTier tier() const;
  // "tier A (user, mnt, …, landlock 7, seccomp) python 3.11.2 numpy 1.24.2"
  const std::string& description() const;
  const std::string& python_version() const;  // 3.11.2
  const std::string& numpy_version() const;   // empty where there is none
  const std::string& python_path() const;     // the real program behind options.python
  int64_t default_memory_kb() const;
  int spawner_pid() const;  // its children are the sandboxes that live

  // A warm interpreter that holds the program. Not yet compiled, nothing of the program has run.
  Result<std::unique_ptr<PythonSandbox>> open(const PythonProgram& program,
                                              const SandboxLimits& limits);

  // One run of one program, the short way.
  ExecResult run_program(const PythonProgram& program, std::string_view stdin_text,
                         const SandboxLimits& limits);

  // Held around runs: any number beside one another, or one with every other waiting. One that
  // wants to be alone is not kept waiting by those that come after it.
  [[nodiscard]] std::shared_lock<std::shared_mutex> run_beside_others();
  [[nodiscard]] std::unique_lock<std::shared_mutex> run_alone();

  struct Core;

 private:
  explicit SandboxPool(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

// What a step of the official checker came to; the checker runs in the sandbox, the
// comparison does not.
struct CheckerStep {
  enum class Kind {
    kLoaded,       // the program was compiled and executed at module level
    kOutput,       // payload: the captured text
    kReturned,     // payload: one kind byte and the marshalled value
    kException,    // inside the test; payload: its repr, at most 300 bytes
    kLoadError,    // outside any test; payload: the message
    kTimeLimit,    //
    kMemoryLimit,  //
    kOutputLimit,  //
    kDied,         // the process ended without an answer, or broke the protocol
    kSandboxError,
  };
  Kind kind = Kind::kSandboxError;
  std::string payload;
  double cpu_ms = 0.0;
  double wall_ms = 0.0;
};

// One program in one sandbox. Not thread-safe. After a limit or a death, or when a run left files
// behind, the sandbox is gone and every call answers kSandboxError, but for the call that saw it.
class PythonSandbox {
 public:
  ~PythonSandbox();  // kills everything inside and waits until it is gone
  PythonSandbox(const PythonSandbox&) = delete;
  PythonSandbox& operator=(const PythonSandbox&) = delete;

  // The program as __main__ in a fresh process, with real pipes on descriptors 0 and 1.
  ExecResult run_program(std::string_view stdin_text);

  // The program as a module in a fresh process, then Solution().fn_name(*arguments), or the
  // function of that name where there is no such class. `arguments` has one JSON value a line. On
  // kOk, return_value holds the answer.
  ExecResult run_function(const std::string& fn_name, std::string_view arguments);

  // The checker of LiveCodeBench as it stands at its head: one process for all tests. `fn_name`
  // empty: standard input. `inputs` is used by functional problems, which read all of them
  // before the first call.
  CheckerStep begin_checker(const std::string& fn_name, const std::vector<std::string>& inputs);
  // The next test; `input` is read by standard-input problems.
  CheckerStep next_checker_test(std::string_view input);
  // The checker's process is told to end; its sandbox stays usable.
  void end_checker();

  bool alive() const;

  // A module that every program may count on (python/zygote.py declares them), that this program
  // imports, and that this machine's interpreter cannot import; empty where nothing is missing.
  // Found before the program runs.
  const std::string& missing_module() const;

  // Lets everything inside end and says what it used, start and imports included; 0 where it
  // had to be killed.
  double close_and_measure_cpu_ms();

  struct Core;
  explicit PythonSandbox(std::unique_ptr<Core> core);

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace jangwon::harness
