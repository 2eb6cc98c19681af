// The spawner: a process of our own with one thread and little memory, which makes the sandboxes.
// The harness must not fork them itself: it has threads (a child of clone could wait for ever on
// a lock that another thread held) and may hold a model's weights (forking 4 GiB of resident
// memory takes 125 ms).

#pragma once

#include <memory>
#include <mutex>

#include "harness/sandbox/confinement.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

struct SpawnedSandbox {
  int pidfd = -1;  // of PID 1 of the sandbox; owned by the receiver
  ConfinementStep failed_step = ConfinementStep::kNone;
  int error = 0;  // errno of failed_step
};

class Spawner {
 public:
  static Result<std::unique_ptr<Spawner>> start(const ConfinementFiles& files);
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // `fds` in the order of SpawnFd stay the caller's. A spawner that died is started again
  // once. Thread-safe.
  Result<SpawnedSandbox> spawn(const SpawnRequest& request, const int* fds);

  pid_t pid() const { return pid_; }

 private:
  explicit Spawner(const ConfinementFiles& files) : files_(files) {}
  Status launch();
  void stop();
  Result<SpawnedSandbox> exchange(const SpawnRequest& request, const int* fds);

  ConfinementFiles files_;
  std::mutex mutex_;
  pid_t pid_ = -1;
  int socket_ = -1;
};

}  // namespace jangwon::harness
