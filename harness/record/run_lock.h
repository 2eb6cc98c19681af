// RunLock: one process at a time on a run folder.
//
// The kernel's lock on RUN/lock (flock(2), which NFS carries to its server) belongs to the open
// file, so it ends with the process, however that ends, on whichever machine it ran. The file says
// who holds it (host and process), for the sentence that a second process gets. On a file system
// without locks a file RUN/lock.owner, made exclusively, stands for it: an owner of this machine
// that is dead is replaced, one of another machine has to be removed by hand.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/base/status.h"

namespace jangwon::harness {

// A process, told apart from every other that has ever had its number.
struct LockOwner {
  std::string host;
  std::string boot_id;  // of the machine's present boot
  int64_t pid = 0;
  int64_t start_ticks = 0;  // when the process began, in clock ticks since the boot

  static LockOwner of_this_process();
  bool operator==(const LockOwner&) const = default;
};

enum class OwnerState { kAlive, kDead, kUnknown };  // unknown: of another machine

// Whether `owner` still runs, as far as this machine can tell.
OwnerState state_of(const LockOwner& owner);

enum class LockSharing {
  kExclusive,  // to write
  // to read something that must not change meanwhile; works in a folder that cannot be written
  kShared,
};

class RunLock {
 public:
  // Errors: another process holds it (named), the lock file cannot be opened.
  static Result<std::unique_ptr<RunLock>> acquire(const std::string& run_folder,
                                                  LockSharing sharing);
  // What acquire does where the file system has no locks.
  static Result<std::unique_ptr<RunLock>> acquire_by_owner_file(const std::string& run_folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  RunLock() = default;
  int fd_ = -1;
  std::string owner_path_;  // not empty: removed at the end
};

}  // namespace jangwon::harness
