// The lock of a run folder; why two mechanisms, see run_lock.h.
// tests/harness/record/run_lock_test.cc kills a holder.

#include "harness/record/run_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

Status system_error(MessageTemplate what, Message::Arguments arguments) {
  return unavailable(Message::system_error(errno)).at(Message(what, arguments));
}

std::string first_line_of(const char* path) {
  const Result<std::string> text = read_file(path);
  return text.ok() ? text->substr(0, text->find('\n')) : "";
}

// Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so fields are counted behind
// its parenthesis. 0 where there is no such process.
int64_t start_ticks_of(int64_t pid) {
  const Result<std::string> stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat.ok()) return 0;
  const size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat->substr(name_end + 1));
  std::string field;
  constexpr int kFieldsToStart = 20;  // 3 … 22
  for (int i = 0; i < kFieldsToStart; ++i)
    fields >> field;
  return std::strtoll(field.c_str(), nullptr, 10);
}

std::string owner_line(const LockOwner& owner) {
  return to_json_line(Json{{"host", owner.host},
                           {"pid", owner.pid},
                           {"boot_id", owner.boot_id},
                           {"start_ticks", owner.start_ticks}}) +
         "\n";
}

std::optional<LockOwner> read_owner(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text.ok()) return std::nullopt;
  const Result<Json> json = parse_json(*text);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  try {
    return LockOwner{json->at("host").get<std::string>(), json->at("boot_id").get<std::string>(),
                     json->at("pid").get<int64_t>(), json->at("start_ticks").get<int64_t>()};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Status in_use(const std::string& run_folder, const std::optional<LockOwner>& owner) {
  return unavailable(
      owner
          ? Message(
                "the run folder {run_folder} is in use by process {pid} on {host}; wait for it or "
                "choose another folder with -o",
                {{"run_folder", run_folder}, {"pid", owner->pid}, {"host", owner->host}})
          : Message(
                "the run folder {run_folder} is in use by another process; wait for it or choose "
                "another folder with -o",
                {{"run_folder", run_folder}}));
}

bool has_no_locks(int error) {
  return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

}  // namespace

LockOwner LockOwner::of_this_process() {
  char host[HOST_NAME_MAX + 1] = {};
  ::gethostname(host, sizeof host - 1);
  return {host, first_line_of("/proc/sys/kernel/random/boot_id"), ::getpid(),
          start_ticks_of(::getpid())};
}

OwnerState state_of(const LockOwner& owner) {
  const LockOwner here = LockOwner::of_this_process();
  if (owner.host != here.host) return OwnerState::kUnknown;
  // the machine was started anew since
  if (owner.boot_id != here.boot_id) return OwnerState::kDead;
  return start_ticks_of(owner.pid) == owner.start_ticks ? OwnerState::kAlive : OwnerState::kDead;
}

Result<std::unique_ptr<RunLock>> RunLock::acquire(const std::string& run_folder,
                                                  LockSharing sharing) {
  const std::string path = run_folder + "/lock";
  std::unique_ptr<RunLock> lock(new RunLock);
  const bool shared = sharing == LockSharing::kShared;
  lock->fd_ = ::open(path.c_str(),
                     shared ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
                            : O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                     0666);
  if (lock->fd_ < 0 && shared && errno == ENOENT) return lock;  // nobody has ever written here
  if (lock->fd_ < 0)
    return system_error("cannot open {run_folder}/lock", {{"run_folder", run_folder}});
  if (::flock(lock->fd_, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return in_use(run_folder, read_owner(path));
    if (!has_no_locks(errno))
      return system_error("cannot lock {run_folder}/lock", {{"run_folder", run_folder}});
    return shared ? Result<std::unique_ptr<RunLock>>(std::move(lock))
                  : acquire_by_owner_file(run_folder);
  }
  if (shared) return lock;
  const std::string line = owner_line(LockOwner::of_this_process());
  if (::ftruncate(lock->fd_, 0) != 0 ||
      ::pwrite(lock->fd_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
    return system_error("cannot write {run_folder}/lock", {{"run_folder", run_folder}});
  }
  return lock;
}

Result<std::unique_ptr<RunLock>> RunLock::acquire_by_owner_file(const std::string& run_folder) {
  const std::string path = run_folder + "/lock.owner";
  const LockOwner here = LockOwner::of_this_process();
  const std::string own_path = path + "." + here.host + "." + std::to_string(here.pid);
  JANGWON_RETURN_IF_ERROR(write_file_atomically(own_path, owner_line(here)));
  // link(2) fails where the name is taken, and is atomic on every file system, NFS included.
  constexpr int kTries = 3;
  Status refused;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (::link(own_path.c_str(), path.c_str()) == 0 && read_owner(path) == here) {
      std::unique_ptr<RunLock> lock(new RunLock);
      lock->owner_path_ = path;
      ::unlink(own_path.c_str());
      return lock;
    }
    const std::optional<LockOwner> owner = read_owner(path);
    refused = in_use(run_folder, owner);
    if (!owner || state_of(*owner) == OwnerState::kAlive) break;
    if (state_of(*owner) == OwnerState::kUnknown) {
      refused = unavailable(
          "the run folder {run_folder} is in use by process {pid} on {host}; if that process is "
          "dead, remove "
          "{run_folder}/lock.owner",
          {{"run_folder", run_folder}, {"pid", owner->pid}, {"host", owner->host}});
      break;
    }
    // Of several that find a dead owner one renames its file; the others find it
    // gone and try again.
    const std::string dead = own_path + ".dead";
    if (::rename(path.c_str(), dead.c_str()) == 0) ::unlink(dead.c_str());
  }
  ::unlink(own_path.c_str());
  return refused;
}

RunLock::~RunLock() {
  if (!owner_path_.empty()) ::unlink(owner_path_.c_str());
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace jangwon::harness
