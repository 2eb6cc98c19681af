// The layers around one sandbox, in the order in which they are put on. Everything here runs in
// the spawner's children, between clone and exec; the spawner has one thread, so ordinary library
// calls are safe there.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/sandbox/seccomp_filter.h"

namespace jangwon::harness {

// What stands around a program besides its namespaces. Each layer holds something by itself,
// whatever the others do: a tier puts on all that its kernel gives, and
// tests/harness/sandbox/layers_test.cc each alone.
enum Layer : uint32_t {
  kPrivateRoot = 1 << 0,     // an empty root with the interpreter's files and a small /tmp
  kReadOnlyMounts = 1 << 1,  // of the private root, all but its /tmp
  // of the private root: no set-user-id, no devices, nothing to execute in /tmp
  kRestrictedMounts = 1 << 2,
  kResourceLimits = 1 << 3,
  kProcessLimit = 1 << 4,
  kOrdinaryUser = 1 << 5,  // neither inside nor outside root
  kNoCapabilities = 1 << 6,
  kNoNewPrivileges = 1 << 7,
  kLandlockFiles = 1 << 8,
  kLandlockScope = 1 << 9,      // TCP, and from version 6 on signals and abstract sockets
  kSystemCallFilter = 1 << 10,  // of the interpreter; it puts the program's on itself
  kDeathSignal = 1 << 11,       // dies with PID 1, even without a PID namespace
};

// Where a child was when something was refused; also the order of the steps.
enum class ConfinementStep : uint32_t {
  kNone,
  kClone,
  kUserMap,
  kIdentity,
  kPrivateMounts,
  kRootFilesystem,
  kBindMount,
  kPivotRoot,
  kHostname,
  kInit,
  kLimits,
  kPrivileges,
  kLandlock,
  kSeccomp,
  kExec,
};
const char* describe(ConfinementStep step);

// What the interpreter needs to see of the machine; found once, by sandbox_pool.cc.
struct ConfinementFiles {
  std::string python;  // the real program
  std::string loader;  // its ELF interpreter
  // bound read-only, with everything below
  std::vector<std::string> folders;
  std::vector<std::string> files;                             // bound read-only
  std::vector<std::string> devices;                           // bound read-write
  std::vector<std::pair<std::string, std::string>> symlinks;  // target, path
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  SeccompFilters filters;
};

// One message from the harness to the spawner; the descriptors of the program travel beside it in
// the order of SpawnFd.
struct SpawnRequest {
  uint64_t namespaces = 0;    // CLONE_NEW* flags
  uint32_t layers = 0;        // Layer flags
  uint32_t probe_only = 0;    // make the namespaces and end: finds out which one the kernel refuses
  uint32_t slot = 0;          // gives concurrent sandboxes of root different user ids outside
  uint64_t cpu_seconds = 0;   // of each process; a backstop
  uint64_t memory_bytes = 0;  // of address space
  uint64_t file_bytes = 0;
  uint32_t max_processes = 0;

  bool has(Layer layer) const { return (layers & layer) != 0; }
};
enum SpawnFd { kStdinFd, kStdoutFd, kStderrFd, kFrameFd, kStatusFd, kNumSpawnFds };

// Messages on the status socket (SOCK_SEQPACKET), from the inside; the sender's pid comes
// from the kernel.
struct SandboxStatus {
  enum Kind : uint32_t { kStarted = 1, kFailed, kEnded };
  uint32_t kind = 0;
  uint32_t step = 0;        // kFailed: a ConfinementStep
  int32_t error = 0;        // kFailed: errno
  int32_t wait_status = 0;  // kEnded: of the interpreter
  uint64_t cpu_us = 0;      // kEnded: of everything inside, PID 1 included
};

// Runs as PID 1 of the sandbox and does not return: puts on the layers, forks the interpreter,
// waits for it, reports. `fds` are this process's copies; `go_fd` reads one byte when the user map
// is written; `life_fd` hangs up when the spawner dies.
[[noreturn]] void run_sandbox_init(const SpawnRequest& request, const ConfinementFiles& files,
                                   const int* fds, int go_fd, int life_fd);

// 0 where the kernel has none.
int landlock_abi();

inline constexpr uid_t kUidInside = 1000;
inline constexpr uid_t kFirstOuterUid = 200000;  // for sandboxes of root, two a slot

}  // namespace jangwon::harness
