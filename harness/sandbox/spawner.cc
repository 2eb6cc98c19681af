// The spawner is this very program, executed again under another name: a constructor looks at
// argv[0] and does not return. So every program that links the sandbox brings its own spawner
// along, tests included, and there is no second binary to install, to find or to get out of step.
//
// Protocol, on a SOCK_SEQPACKET pair: one message with the ConfinementFiles, then SpawnRequest
// messages with their descriptors, each answered by a SpawnReply with the pidfd of the sandbox. The
// spawner ends when the socket closes, and its children with it (PR_SET_PDEATHSIG), so that nothing
// survives a harness that was killed.

#include "harness/sandbox/spawner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jangwon::harness {
namespace {

constexpr const char* kSpawnerName = "jangwon-sandbox-spawner";
constexpr int kControlFd = 3;
constexpr size_t kMaxConfigBytes = 1 << 18;

struct SpawnReply {
  uint32_t failed_step = 0;
  int32_t error = 0;
};

// --- the configuration as one message: every string with its length in front ---

class Writer {
 public:
  void add(const std::string& text) {
    const auto size = static_cast<uint32_t>(text.size());
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  }
  void add(const std::vector<std::string>& list) {
    add(std::to_string(list.size()));
    for (const std::string& text : list)
      add(text);
  }
  std::string bytes;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::string text() {
    uint32_t size = 0;
    JANGWON_CHECK(rest_.size() >= sizeof size);
    std::memcpy(&size, rest_.data(), sizeof size);
    rest_.remove_prefix(sizeof size);
    JANGWON_CHECK(rest_.size() >= size);
    std::string result(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return result;
  }
  std::vector<std::string> list() {
    std::vector<std::string> result(std::stoul(text()));
    for (std::string& item : result)
      item = text();
    return result;
  }

 private:
  std::string_view rest_;
};

std::string encode(const ConfinementFiles& files) {
  Writer writer;
  writer.add(files.python);
  writer.add(files.loader);
  writer.add(files.folders);
  writer.add(files.files);
  writer.add(files.devices);
  std::vector<std::string> links;
  for (const auto& [target, path] : files.symlinks) {
    links.push_back(target);
    links.push_back(path);
  }
  writer.add(links);
  writer.add(files.argv);
  writer.add(files.environment);
  writer.add(files.filters.interpreter);
  return writer.bytes;
}

ConfinementFiles decode(std::string_view bytes) {
  Reader reader(bytes);
  ConfinementFiles files;
  files.python = reader.text();
  files.loader = reader.text();
  files.folders = reader.list();
  files.files = reader.list();
  files.devices = reader.list();
  const std::vector<std::string> links = reader.list();
  for (size_t i = 0; i + 1 < links.size(); i += 2)
    files.symlinks.emplace_back(links[i], links[i + 1]);
  files.argv = reader.list();
  files.environment = reader.list();
  files.filters.interpreter = reader.text();
  return files;
}

// --- messages with descriptors ---

bool send_with_fds(int socket, const void* data, size_t size, const int* fds, int num_fds) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kNumSpawnFds)] = {};
  iovec part = {const_cast<void*>(data), size};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (num_fds > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * static_cast<size_t>(num_fds));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * static_cast<size_t>(num_fds));
    std::memcpy(CMSG_DATA(header), fds, sizeof(int) * static_cast<size_t>(num_fds));
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

// The number of bytes, 0 at the end; received descriptors are put into fds (kNumSpawnFds of them,
// -1 where there was none).
ssize_t receive_with_fds(int socket, void* data, size_t size, int* fds) {
  for (int i = 0; i < kNumSpawnFds; ++i)
    fds[i] = -1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kNumSpawnFds)];
  iovec part = {data, size};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t received;
  do {
    received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received <= 0) return received;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    std::memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
  }
  return received;
}

// --- the spawner's process ---

bool write_small_file(const std::string& path, const std::string& content) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done =
      write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const int error = errno;
  close(fd);
  errno = error;
  return done;
}

// Root maps two unprivileged users of its own choice, so that even outside the namespace a sandbox
// is nobody; an ordinary user may map itself alone. `go` tells PID 1 which of the two it was.
bool write_user_maps(pid_t pid, uint32_t slot, char* go) {
  const std::string folder = fmt::format("/proc/{}/", pid);
  if (geteuid() == 0) {
    const uid_t outer = kFirstOuterUid + 2 * slot;
    const std::string map = fmt::format("0 {} 1\n{} {} 1\n", outer, kUidInside, outer + 1);
    *go = 'r';
    return write_small_file(folder + "uid_map", map) && write_small_file(folder + "gid_map", map);
  }
  *go = 'u';
  return write_small_file(folder + "setgroups", "deny") &&
         write_small_file(folder + "uid_map", fmt::format("{} {} 1\n", kUidInside, geteuid())) &&
         write_small_file(folder + "gid_map", fmt::format("{} {} 1\n", kUidInside, getegid()));
}

// A plain clone for kernels and containers without clone3; the pidfd is opened afterwards, while
// the child waits for `go`.
pid_t clone_process(uint64_t namespaces, int* pidfd) {
  clone_args args = {};
  args.flags = namespaces | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(pidfd);
  args.exit_signal = SIGCHLD;
  const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof args));
  if (pid >= 0 || errno != ENOSYS) return pid;
  const auto fallback = static_cast<pid_t>(
      syscall(SYS_clone, namespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (fallback > 0) *pidfd = static_cast<int>(syscall(SYS_pidfd_open, fallback, 0));
  return fallback;
}

SpawnReply spawn_one(const SpawnRequest& request, const ConfinementFiles& files, const int* fds,
                     int life_fd, int* pidfd) {
  int go_pipe[2];
  if (pipe2(go_pipe, O_CLOEXEC) != 0)
    return {static_cast<uint32_t>(ConfinementStep::kClone), errno};
  const pid_t pid = clone_process(request.namespaces, pidfd);
  if (pid == 0) {
    close(go_pipe[1]);
    run_sandbox_init(request, files, fds, go_pipe[0], life_fd);
  }
  const int clone_error = errno;
  close(go_pipe[0]);
  SpawnReply reply;
  char go = 'p';
  if (pid < 0) {
    reply = {static_cast<uint32_t>(ConfinementStep::kClone), clone_error};
  } else if ((request.namespaces & CLONE_NEWUSER) != 0 &&
             !write_user_maps(pid, request.slot, &go)) {
    reply = {static_cast<uint32_t>(ConfinementStep::kUserMap), errno};
  } else if (write(go_pipe[1], &go, 1) != 1) {
    reply = {static_cast<uint32_t>(ConfinementStep::kInit), errno};
  }
  close(go_pipe[1]);  // without a go the child ends by itself
  return reply;
}

[[noreturn]] void run_spawner() {
  setsid();  // Ctrl-C goes to the whole group; the harness decides when sandboxes end
  prctl(PR_SET_NAME, "sandbox-spawner", 0, 0, 0);
  // children's /proc files must stay ours while we write their maps
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  // Where memory runs out, a program under test goes before everything else, and never the harness.
  write_small_file("/proc/self/oom_score_adj", "1000");
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);  // PID 1s are reaped by the kernel; their pidfds tell the harness
  std::string config(kMaxConfigBytes, '\0');
  int fds[kNumSpawnFds];
  const ssize_t size = receive_with_fds(kControlFd, config.data(), config.size(), fds);
  if (size <= 0) _exit(0);
  const ConfinementFiles files = decode({config.data(), static_cast<size_t>(size)});
  int life_pipe[2];  // closes when this process ends: the sandboxes' second way of noticing
  if (pipe2(life_pipe, O_CLOEXEC) != 0) _exit(1);
  for (;;) {
    SpawnRequest request;
    const ssize_t received = receive_with_fds(kControlFd, &request, sizeof request, fds);
    if (received != static_cast<ssize_t>(sizeof request)) _exit(0);
    int pidfd = -1;
    const SpawnReply reply = spawn_one(request, files, fds, life_pipe[0], &pidfd);
    for (int fd : fds) {
      if (fd >= 0) close(fd);
    }
    const bool sent = send_with_fds(kControlFd, &reply, sizeof reply, &pidfd, pidfd >= 0 ? 1 : 0);
    if (pidfd >= 0) close(pidfd);
    if (!sent) _exit(0);
  }
}

__attribute__((constructor)) void become_spawner(int argc, char** argv) {
  if (argc == 1 && std::strcmp(argv[0], kSpawnerName) == 0) run_spawner();
}

}  // namespace

Result<std::unique_ptr<Spawner>> Spawner::start(const ConfinementFiles& files) {
  std::unique_ptr<Spawner> spawner(new Spawner(files));
  JANGWON_RETURN_IF_ERROR(spawner->launch());
  return spawner;
}

Spawner::~Spawner() {
  stop();
}

void Spawner::stop() {
  if (socket_ >= 0) close(socket_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  socket_ = -1;
  pid_ = -1;
}

Status Spawner::launch() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return unavailable("cannot start the sandbox: socketpair: {cause}",
                       {{"cause", Message::system_error(errno)}});
  const int buffer_bytes = static_cast<int>(kMaxConfigBytes);
  setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  posix_spawn_file_actions_adddup2(&actions, pair[1], kControlFd);
  posix_spawn_file_actions_addclosefrom_np(&actions, kControlFd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  char* const argv[] = {const_cast<char*>(kSpawnerName), nullptr};
  char* const environment[] = {const_cast<char*>("PATH=/usr/bin:/bin"),
                               const_cast<char*>("LANG=C.UTF-8"), nullptr};
  const int error = posix_spawn(&pid_, "/proc/self/exe", &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(pair[1]);
  socket_ = pair[0];
  if (error != 0) {
    pid_ = -1;
    return unavailable("cannot start the sandbox's spawner from /proc/self/exe: {cause}",
                       {{"cause", Message::system_error(error)}});
  }
  const std::string config = encode(files_);
  if (config.size() > kMaxConfigBytes ||
      !send_with_fds(socket_, config.data(), config.size(), nullptr, 0))
    return unavailable(
        "the sandbox's spawner ended at once; run `jangwon selftest sandbox` on this machine");
  return ok_status();
}

Result<SpawnedSandbox> Spawner::exchange(const SpawnRequest& request, const int* fds) {
  if (!send_with_fds(socket_, &request, sizeof request, fds, kNumSpawnFds))
    return unavailable("the sandbox's spawner does not take requests");
  SpawnReply reply;
  int received[kNumSpawnFds];
  if (receive_with_fds(socket_, &reply, sizeof reply, received) !=
      static_cast<ssize_t>(sizeof reply))
    return unavailable("the sandbox's spawner ended without an answer");
  SpawnedSandbox spawned;
  spawned.pidfd = received[0];
  spawned.failed_step = static_cast<ConfinementStep>(reply.failed_step);
  spawned.error = reply.error;
  return spawned;
}

Result<SpawnedSandbox> Spawner::spawn(const SpawnRequest& request, const int* fds) {
  const std::lock_guard lock(mutex_);
  Result<SpawnedSandbox> spawned = exchange(request, fds);
  if (spawned.ok()) return spawned;
  stop();
  JANGWON_RETURN_IF_ERROR(launch());
  return exchange(request, fds);
}

}  // namespace jangwon::harness
