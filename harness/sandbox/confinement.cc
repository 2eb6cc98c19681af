// The security argument in the order in which it is made; each step is a function that ends the
// process with its name when the kernel refuses it. As PID 1: own mounts, an empty root with only
// the interpreter's files, a host name. As the interpreter: limits, an unprivileged user without
// capabilities, no new privileges, Landlock, the system-call filter, exec.
//
// Nothing that a program leaves behind can survive: its only writable place is a tmpfs of this
// mount namespace, and PID 1 takes all processes with it. tests/harness/sandbox/attack_test.cc
// tries to get out.

#include "harness/sandbox/confinement.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jangwon::harness {
namespace {

int status_fd = -1;  // of this process; set first, so that every step can report

[[noreturn]] void refuse(ConfinementStep step) {
  SandboxStatus status;
  status.kind = SandboxStatus::kFailed;
  status.step = static_cast<uint32_t>(step);
  status.error = errno;
  send(status_fd, &status, sizeof status, MSG_NOSIGNAL);
  _exit(120);
}

void require(bool done, ConfinementStep step) {
  if (!done) refuse(step);
}

// --- the private root ---

void make_parents(const std::string& relative) {
  for (size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1))
    mkdir(relative.substr(0, slash).c_str(), 0755);
}

// What the mount stands under already stays: a user namespace must not take it away. Read-only
// holds for a device's owner and time stamps, too; what is written to it goes through.
void restrict_mount(const char* path, unsigned long restricted, const SpawnRequest& request) {
  constexpr unsigned long kKept =
      MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;
  struct statvfs present = {};
  require(statvfs(path, &present) == 0, ConfinementStep::kBindMount);
  unsigned long flags = MS_REMOUNT | MS_BIND | (present.f_flag & kKept);
  if (request.has(kReadOnlyMounts)) flags |= MS_RDONLY;
  if (request.has(kRestrictedMounts)) flags |= MS_NOSUID | restricted;
  require(mount(nullptr, path, nullptr, flags, nullptr) == 0, ConfinementStep::kBindMount);
}

enum class BindKind { kFolder, kFile, kDevice };

// `path` is absolute; the copy stands at the same place under the current folder.
void bind_into_root(const std::string& path, BindKind kind, const SpawnRequest& request) {
  const std::string target = path.substr(1);
  make_parents(target);
  if (kind == BindKind::kFolder) {
    mkdir(target.c_str(), 0755);
  } else {
    close(open(target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  }
  require(mount(path.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0,
          ConfinementStep::kBindMount);
  restrict_mount(target.c_str(), kind == BindKind::kDevice ? MS_NOEXEC : MS_NODEV, request);
}

void enter_private_root(const ConfinementFiles& files, const SpawnRequest& request) {
  require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
          ConfinementStep::kPrivateMounts);
  const char* stage = access("/mnt", X_OK) == 0 ? "/mnt" : "/tmp";
  require(mount("sandbox", stage, "tmpfs", 0, "size=1m,nr_inodes=512,mode=755") == 0 &&
              chdir(stage) == 0,
          ConfinementStep::kRootFilesystem);
  for (const std::string& folder : files.folders)
    bind_into_root(folder, BindKind::kFolder, request);
  for (const std::string& file : files.files)
    bind_into_root(file, BindKind::kFile, request);
  for (const std::string& device : files.devices)
    bind_into_root(device, BindKind::kDevice, request);
  for (const auto& [target, path] : files.symlinks) {
    make_parents(path.substr(1));
    require(symlink(target.c_str(), path.c_str() + 1) == 0, ConfinementStep::kRootFilesystem);
  }
  mkdir("tmp", 0755);
  const unsigned long restricted =
      request.has(kRestrictedMounts) ? MS_NOSUID | MS_NODEV | MS_NOEXEC : 0;
  require(mount("tmp", "tmp", "tmpfs", restricted, "size=16m,nr_inodes=256,mode=1777") == 0,
          ConfinementStep::kRootFilesystem);
  // Only what opens through descriptors the program already has can be reached under /proc
  // (Landlock grants nothing there); it is mounted for the magic link behind /dev/stdin. Some
  // containers refuse it, and then that link dangles.
  mkdir("proc", 0555);
  if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
            "subset=pid,hidepid=invisible") == 0) {
    for (const auto& [target, path] :
         {std::pair{"/proc/self/fd/0", "dev/stdin"}, std::pair{"/proc/self/fd/1", "dev/stdout"},
          std::pair{"/proc/self/fd/2", "dev/stderr"}, std::pair{"/proc/self/fd", "dev/fd"}}) {
      require(symlink(target, path) == 0, ConfinementStep::kRootFilesystem);
    }
  }
  // The new root is stacked on the old one, which is then taken away from under it; no folder for
  // the old root is needed.
  require(
      syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/tmp") == 0,
      ConfinementStep::kPivotRoot);
  restrict_mount("/", MS_NODEV, request);
}

// --- Landlock --- Numbers of the kernel's interface, because the headers of the oldest supported
// system know only the first two versions.

constexpr long kLandlockCreateRuleset = 444;
constexpr long kLandlockAddRule = 445;
constexpr long kLandlockRestrictSelf = 446;
constexpr uint64_t kExecute = 1, kWriteFile = 2, kReadFile = 4, kReadDir = 8, kRemoveDir = 16,
                   kRemoveFile = 32;
constexpr uint64_t kMakeDir = 1 << 7, kMakeReg = 1 << 8, kTruncate = 1 << 14,
                   kIoctlDevice = 1 << 15;

struct LandlockRuleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

uint64_t handled_file_access(int abi) {
  uint64_t access = (uint64_t{1} << 13) - 1;
  if (abi >= 2) access |= uint64_t{1} << 13;  // moving between folders
  if (abi >= 3) access |= kTruncate;
  if (abi >= 5) access |= kIoctlDevice;
  return access;
}

void apply_landlock(const ConfinementFiles& files, const SpawnRequest& request) {
  const int abi = landlock_abi();
  if (abi == 0) {
    errno = ENOSYS;
    refuse(ConfinementStep::kLandlock);
  }
  const bool scope = request.has(kLandlockScope);
  LandlockRuleset ruleset = {request.has(kLandlockFiles) ? handled_file_access(abi) : 0,
                             scope && abi >= 4 ? 3u : 0u, scope && abi >= 6 ? 3u : 0u};
  const size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  const int fd = static_cast<int>(syscall(kLandlockCreateRuleset, &ruleset, size, 0));
  require(fd >= 0, ConfinementStep::kLandlock);
  const auto allow = [&](const std::string& path, uint64_t access) {
    const int beneath = open(path.c_str(), O_PATH | O_CLOEXEC);
    require(beneath >= 0, ConfinementStep::kLandlock);
    struct {
      uint64_t allowed_access;
      int32_t parent_fd;
    } __attribute__((packed)) rule = {access & ruleset.handled_access_fs, beneath};
    require(syscall(kLandlockAddRule, fd, 1 /* path beneath */, &rule, 0) == 0,
            ConfinementStep::kLandlock);
    close(beneath);
  };
  if (!request.has(kLandlockFiles)) {
    require(syscall(kLandlockRestrictSelf, fd, 0) == 0, ConfinementStep::kLandlock);
    close(fd);
    return;
  }
  for (const std::string& folder : files.folders)
    allow(folder, kReadFile | kReadDir);
  for (const std::string& file : files.files)
    allow(file, kReadFile);
  for (const std::string& device : files.devices)
    allow(device, device == "/dev/null" ? kReadFile | kWriteFile : kReadFile);
  allow(files.python, kExecute | kReadFile);
  allow(files.loader, kExecute | kReadFile);
  if (request.has(kPrivateRoot)) {
    // Without a root of its own the program may write nowhere: a file in the machine's /tmp
    // would outlive it.
    allow("/tmp", kReadFile | kReadDir | kWriteFile | kRemoveDir | kRemoveFile | kMakeDir |
                      kMakeReg | kTruncate);
  }
  require(syscall(kLandlockRestrictSelf, fd, 0) == 0, ConfinementStep::kLandlock);
  close(fd);
}

// --- the interpreter's process ---

void set_limit(int resource, uint64_t soft, uint64_t hard) {
  const rlimit limit = {soft, hard};
  require(setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0,
          ConfinementStep::kLimits);
}

void apply_limits(const SpawnRequest& request) {
  if (request.has(kProcessLimit))
    set_limit(RLIMIT_NPROC, request.max_processes, request.max_processes);
  if (!request.has(kResourceLimits)) return;
  set_limit(RLIMIT_CPU, request.cpu_seconds, request.cpu_seconds + 1);
  set_limit(RLIMIT_FSIZE, request.file_bytes, request.file_bytes);
  set_limit(RLIMIT_NOFILE, 64, 64);
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_MEMLOCK, 0, 0);
  set_limit(RLIMIT_MSGQUEUE, 0, 0);
  set_limit(RLIMIT_SIGPENDING, 256, 256);
  // 8 MiB as the official checker inherits them; a program may ask for more, the address
  // space bounds it.
  rlimit stack = {};
  getrlimit(RLIMIT_STACK, &stack);
  set_limit(RLIMIT_STACK, std::min<uint64_t>(8 << 20, stack.rlim_max), stack.rlim_max);
}

// The bounding set first, while it may be changed: without it an exec as root inside would give
// all of them back.
void narrow_capabilities() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
       ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return;  // none to begin with
  }
}

void drop_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  require(syscall(SYS_capset, &header, data) == 0, ConfinementStep::kPrivileges);
}

// The user outside is never root: 1000 inside is mapped to an unprivileged one, and without a
// map we become one.
void become_ordinary_user(const SpawnRequest& request) {
  const bool mapped = (request.namespaces & CLONE_NEWUSER) != 0;
  const uid_t uid = mapped ? kUidInside : kFirstOuterUid + 2 * request.slot + 1;
  if (mapped || geteuid() == 0) {
    if (!mapped) require(setgroups(0, nullptr) == 0, ConfinementStep::kPrivileges);
    require(
        syscall(SYS_setresgid, uid, uid, uid) == 0 && syscall(SYS_setresuid, uid, uid, uid) == 0,
        ConfinementStep::kPrivileges);
  }
}

void drop_privileges(const SpawnRequest& request) {
  if (request.has(kNoCapabilities)) narrow_capabilities();
  if (request.has(kOrdinaryUser)) become_ordinary_user(request);
  if (request.has(kNoCapabilities)) drop_capabilities();
  if (request.has(kNoNewPrivileges))
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, ConfinementStep::kPrivileges);
}

void apply_seccomp(const std::string& program) {
  sock_fprog filter = {};
  filter.len = static_cast<unsigned short>(program.size() / sizeof(sock_filter));
  filter.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(program.data()));
  require(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0,
          ConfinementStep::kSeccomp);
}

std::vector<char*> to_argv(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words)
    pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void report_started() {
  SandboxStatus status;
  status.kind = SandboxStatus::kStarted;
  send(status_fd, &status, sizeof status, MSG_NOSIGNAL);
}

[[noreturn]] void become_interpreter(const SpawnRequest& request, const ConfinementFiles& files,
                                     pid_t init) {
  signal(SIGPIPE, SIG_DFL);
  umask(022);
  apply_limits(request);
  drop_privileges(request);
  // now: changing the user clears it
  if (request.has(kDeathSignal)) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != init) _exit(121);  // PID 1 died before the line above could notice
  if (request.has(kLandlockFiles) || request.has(kLandlockScope)) apply_landlock(files, request);
  const std::vector<char*> argv = to_argv(files.argv);
  const std::vector<char*> environment = to_argv(files.environment);
  // The last of the limits: it is meant for the interpreter, and a build with sanitizers has more
  // mapped than it allows.
  if (request.has(kResourceLimits))
    set_limit(RLIMIT_AS, request.memory_bytes, request.memory_bytes);
  report_started();
  if (request.has(kSystemCallFilter)) apply_seccomp(files.filters.interpreter);
  execve(files.python.c_str(), argv.data(), environment.data());
  refuse(ConfinementStep::kExec);
}

// --- PID 1 ---

// After this: 0, 1, 2 and the frame socket are the program's, the status socket and life_fd are
// ours and close on exec.
void arrange_descriptors(const int* fds, int* life_fd) {
  constexpr int kStatus = 4, kLife = 5, kFirstSpare = 6;
  int high[kNumSpawnFds + 1];
  for (int i = 0; i < kNumSpawnFds; ++i)
    high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 32);
  high[kNumSpawnFds] = fcntl(*life_fd, F_DUPFD_CLOEXEC, 32);
  for (int i = 0; i < kStatusFd; ++i)
    dup2(high[i], i);
  dup3(high[kStatusFd], kStatus, O_CLOEXEC);
  dup3(high[kNumSpawnFds], kLife, O_CLOEXEC);
  syscall(SYS_close_range, kFirstSpare, ~0u, 0);
  status_fd = kStatus;
  *life_fd = kLife;
}

bool hung_up(int fd) {
  pollfd poll_fd = {fd, 0, 0};
  return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLHUP) != 0;
}

}  // namespace

const char* describe(ConfinementStep step) {
  switch (step) {
    case ConfinementStep::kNone:
      return "nothing";
    case ConfinementStep::kClone:
      return "new namespaces";
    case ConfinementStep::kUserMap:
      return "a user namespace (its uid map)";
    case ConfinementStep::kIdentity:
      return "a user namespace (becoming its root)";
    case ConfinementStep::kPrivateMounts:
      return "a mount namespace";
    case ConfinementStep::kRootFilesystem:
      return "a tmpfs in the mount namespace";
    case ConfinementStep::kBindMount:
      return "read-only bind mounts";
    case ConfinementStep::kPivotRoot:
      return "pivot_root";
    case ConfinementStep::kHostname:
      return "a UTS namespace";
    case ConfinementStep::kInit:
      return "a PID namespace";
    case ConfinementStep::kLimits:
      return "resource limits";
    case ConfinementStep::kPrivileges:
      return "dropping privileges";
    case ConfinementStep::kLandlock:
      return "Landlock";
    case ConfinementStep::kSeccomp:
      return "seccomp filters";
    case ConfinementStep::kExec:
      return "the Python interpreter";
  }
  return "";
}

int landlock_abi() {
  const long version = syscall(kLandlockCreateRuleset, nullptr, 0, 1 /* version */);
  return version > 0 ? static_cast<int>(version) : 0;
}

void run_sandbox_init(const SpawnRequest& request, const ConfinementFiles& files, const int* fds,
                      int go_fd, int life_fd) {
  status_fd = fds[kStatusFd];
  char go = 0;
  if (read(go_fd, &go, 1) != 1) _exit(121);
  if (request.probe_only != 0) _exit(0);
  signal(SIGCHLD, SIG_DFL);
  const bool mapped = (request.namespaces & CLONE_NEWUSER) != 0;
  if (mapped && go == 'r') {
    require(syscall(SYS_setresgid, 0, 0, 0) == 0 && syscall(SYS_setresuid, 0, 0, 0) == 0,
            ConfinementStep::kIdentity);
  }
  arrange_descriptors(fds, &life_fd);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (hung_up(life_fd)) _exit(121);  // the spawner died before the line above could notice
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NAME, "sandbox-init", 0, 0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (request.has(kPrivateRoot)) {
    enter_private_root(files, request);
  } else {
    require(chdir("/") == 0, ConfinementStep::kRootFilesystem);
  }
  if ((request.namespaces & CLONE_NEWUTS) != 0)
    require(sethostname("box", 3) == 0, ConfinementStep::kHostname);
  const pid_t init = getpid();
  const pid_t interpreter = fork();
  require(interpreter >= 0, ConfinementStep::kInit);
  if (interpreter == 0) become_interpreter(request, files, init);
  for (int fd = 0; fd <= kFrameFd; ++fd)
    close(fd);
  SandboxStatus ended;
  ended.kind = SandboxStatus::kEnded;
  // Orphans are reaped on the way; the interpreter's end is ours.
  for (pid_t pid = 0; pid != interpreter;) {
    pid = wait(&ended.wait_status);
    if (pid < 0 && errno != EINTR) break;
  }
  if ((request.namespaces & CLONE_NEWPID) == 0) {
    // No namespace to end with us: kill whatever was left to this subreaper. The program cannot
    // fork, so this is the interpreter's one child at most.
    for (pid_t pid; (pid = waitpid(-1, nullptr, WNOHANG)) > 0;) {
    }
  }
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    getrusage(who, &usage);
    ended.cpu_us += static_cast<uint64_t>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                    static_cast<uint64_t>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  }
  send(status_fd, &ended, sizeof ended, MSG_NOSIGNAL);
  _exit(0);
}

}  // namespace jangwon::harness
