// Each layer of the confinement alone: a program does something that the layer is there to prevent,
// once without the layer, where it must succeed, and once with it. Whatever else would prevent it
// is off, so a layer that is missing from the source cannot hide behind another.
//
// Most layers need a user namespace to be tried in; inside it this program's interpreter is root
// unless kOrdinaryUser says otherwise, outside it is nobody.

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <vector>

#include "harness/sandbox/interpreter_files.h"
#include "harness/sandbox/python_sandbox.h"
#include "harness/sandbox/spawner.h"

namespace jangwon::harness {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kSlot = 30000;  // outer users that no pool takes
constexpr uint64_t kUser = CLONE_NEWUSER;
constexpr uint64_t kMounts = CLONE_NEWUSER | CLONE_NEWNS;

// Tells whether a deed was possible; a program of tests says what the deed is.
constexpr const char* kAttempt = R"py(
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def call(number, *args):
    if libc.syscall(number, *args) < 0:
        raise OSError(ctypes.get_errno(), 'refused')

def attempt(action):
    try:
        action()
        print('possible', flush=True)
    except OSError as error:
        print('refused', flush=True)
)py";

// The interpreter under the layers asked for and no others, with a source of ours in
// place of the driver.
class Confined {
 public:
  Confined(uint64_t namespaces, uint32_t layers, const std::string& source,
           const std::vector<std::string>& more_folders = {}) {
    auto files = find_interpreter_files("/usr/bin/python3");
    JANGWON_CHECK(files.ok(), files.status().message());
    files->argv.push_back(source);
    files->folders.insert(files->folders.end(), more_folders.begin(), more_folders.end());
    auto filters = make_seccomp_filters();
    JANGWON_CHECK(filters.ok(), filters.status().message());
    files->filters = *filters;
    auto spawner = Spawner::start(*files);
    JANGWON_CHECK(spawner.ok(), spawner.status().message());
    spawner_ = std::move(spawner).value();
    SpawnRequest request;
    request.namespaces = namespaces;
    request.layers = layers;
    request.slot = kSlot;
    request.cpu_seconds = 50;
    request.memory_bytes = uint64_t{3} << 30;
    request.file_bytes = 1 << 20;
    request.max_processes = 16;
    OwnedFd stdout_end, stderr_end, frame_end, status_end;
    make_pipe(&stdout_, &stdout_end);
    make_pipe(&stderr_, &stderr_end);
    make_socket_pair(SOCK_STREAM, &frame_, &frame_end);
    make_socket_pair(SOCK_SEQPACKET, &status_, &status_end);
    const OwnedFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    const int fds[kNumSpawnFds] = {null.get(), stdout_end.get(), stderr_end.get(), frame_end.get(),
                                   status_end.get()};
    auto spawned = spawner_->spawn(request, fds);
    JANGWON_CHECK(spawned.ok(), spawned.status().message());
    JANGWON_CHECK(spawned->failed_step == ConfinementStep::kNone, describe(spawned->failed_step));
    init_.reset(spawned->pidfd);
  }
  ~Confined() { kill_init(); }

  void kill_init() { syscall(SYS_pidfd_send_signal, init_.get(), SIGKILL, nullptr, 0); }

  std::string line() {
    std::string text;
    for (char c = 0; read(stdout_.get(), &c, 1) == 1 && c != '\n';)
      text.push_back(c);
    return text;
  }

  // All that it writes until nobody can write any more; what it complains of behind it.
  std::string output() {
    std::string text;
    for (const OwnedFd* fd : {&stdout_, &stderr_}) {
      char bytes[4096];
      for (ssize_t size; (size = read(fd->get(), bytes, sizeof bytes)) > 0;)
        text.append(bytes, static_cast<size_t>(size));
    }
    SandboxStatus status;
    while (recv(status_.get(), &status, sizeof status, MSG_DONTWAIT) == sizeof status) {
      if (status.kind == SandboxStatus::kFailed)
        text += fmt::format("{}: {}", describe(static_cast<ConfinementStep>(status.step)),
                            std::strerror(status.error));
    }
    return text;
  }

  bool ends_within(int milliseconds) {
    pollfd end = {stdout_.get(), 0, 0};
    return poll(&end, 1, milliseconds) > 0;
  }

 private:
  std::unique_ptr<Spawner> spawner_;
  OwnedFd stdout_, stderr_, frame_, status_, init_;
};

std::string run(uint64_t namespaces, uint32_t layers, const std::string& source,
                const std::vector<std::string>& more_folders = {}) {
  return Confined(namespaces, layers, source, more_folders).output();
}

std::string attempt(uint64_t namespaces, uint32_t layers, const std::string& deed,
                    const std::vector<std::string>& more_folders = {}) {
  return run(namespaces, layers, kAttempt + deed, more_folders);
}

// A folder and a file in it that anybody may read and write.
class OpenFolder {
 public:
  OpenFolder() : path_(testing::TempDir() + "/layers_" + std::to_string(getpid())) {
    // Not in /tmp, which a private root has of its own.
    if (access("/var/tmp", W_OK) == 0) path_ = "/var/tmp/layers_" + std::to_string(getpid());
    std::filesystem::create_directories(path_);
    std::ofstream(path_ + "/file") << "text\n";
    chmod(path_.c_str(), 0777);
    chmod((path_ + "/file").c_str(), 0666);
  }
  ~OpenFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Waits to be looked for, as the user that a confined program is outside.
class Bystander {
 public:
  Bystander() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    constexpr uid_t kUid = kFirstOuterUid + 2 * kSlot;
    if (geteuid() == 0 && syscall(SYS_setresuid, kUid, kUid, kUid) != 0) _exit(1);
    while (true)
      pause();
  }
  ~Bystander() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class Layers : public testing::Test {
 protected:
  void SetUp() override {
    const std::string answer = run(kUser, 0, "print('runs')");
    if (answer != "runs\n") GTEST_SKIP() << "no user namespaces here: " << answer;
  }
};

TEST_F(Layers, ProcessLimit) {
  const std::string forks = R"py(
import signal
children = []
def many():
    try:
        while len(children) < 40:
            pid = os.fork()
            if pid == 0:
                signal.pause()
            children.append(pid)
    finally:
        for pid in children:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
attempt(many)
)py";
  EXPECT_EQ(attempt(kUser, 0, forks), "possible\n");
  EXPECT_EQ(attempt(kUser, kProcessLimit, forks), "refused\n");
}

TEST_F(Layers, PrivateRoot) {
  const OpenFolder folder;
  // The old root, if it is still there, lies on the new one, where a step up from it ends.
  for (const std::string& path :
       {std::string("/etc/passwd"), std::string("/../etc/passwd"), folder.path() + "/file"}) {
    const std::string deed = fmt::format("attempt(lambda: open('{}').read())", path);
    EXPECT_EQ(attempt(kUser, 0, deed), "possible\n") << path;
    EXPECT_EQ(attempt(kMounts, kPrivateRoot, deed), "refused\n") << path;
  }
  const std::string listed =
      run(kMounts, kPrivateRoot, "import os\nprint(*sorted(os.listdir('/')))");
  EXPECT_THAT(listed, ::testing::MatchesRegex("(bin )?dev etc lib (lib64 )?proc tmp usr\n"));
}

TEST_F(Layers, ProcOfAPrivateRootShowsProcessesAlone) {
  const std::string shown = run(kMounts | CLONE_NEWPID, kPrivateRoot,
                                "import os\nprint([name for name in os.listdir('/proc') if not "
                                "name.isdigit()] if os.listdir('/proc') else [])");
  EXPECT_THAT(shown, ::testing::AnyOf("[]\n", "['self', 'thread-self']\n"));
}

TEST_F(Layers, TheFolderForTemporaryFilesIsSmall) {
  const std::string bytes = "attempt(lambda: open('/tmp/file', 'wb').write(bytes(20 << 20)))";
  EXPECT_EQ(attempt(kMounts, kPrivateRoot, bytes), "refused\n");
  const std::string names = "attempt(lambda: [os.mkdir('/tmp/%d' % i) for i in range(300)])";
  EXPECT_EQ(attempt(kMounts, kPrivateRoot, names), "refused\n");
  EXPECT_EQ(attempt(kMounts, kPrivateRoot,
                    "attempt(lambda: open('/tmp/file', 'wb').write(bytes(1 << 20)))"),
            "possible\n");
}

TEST_F(Layers, ReadOnlyMounts) {
  const OpenFolder folder;
  const std::string kDeeds[] = {
      fmt::format("attempt(lambda: open('{}/file', 'a').write('x'))", folder.path()),
      fmt::format("attempt(lambda: os.close(os.open('{}/new', os.O_CREAT | os.O_WRONLY)))",
                  folder.path()),
      fmt::format("attempt(lambda: os.chmod('{}/new', 0o777))", folder.path()),
      fmt::format("attempt(lambda: os.unlink('{}/new'))", folder.path()),
      "attempt(lambda: os.mkdir('/new'))",
      "attempt(lambda: os.mkdir('/usr/new'))",
      "attempt(lambda: os.utime('/dev/null'))",
  };
  for (const std::string& deed : kDeeds) {
    EXPECT_EQ(attempt(kMounts, kPrivateRoot | kReadOnlyMounts, deed, {folder.path()}), "refused\n")
        << deed;
    EXPECT_EQ(attempt(kMounts, kPrivateRoot, deed, {folder.path()}), "possible\n") << deed;
  }
}

TEST_F(Layers, NothingWrittenCanBeExecuted) {
  const std::string deed = R"py(
import subprocess
descriptor = os.open('/tmp/script', os.O_CREAT | os.O_WRONLY, 0o755)
os.write(descriptor, b'#!' + sys.executable.encode() + b'\npass\n')
os.close(descriptor)
attempt(lambda: subprocess.run(['/tmp/script'], check=True))
)py";
  EXPECT_EQ(attempt(kMounts, kPrivateRoot, deed), "possible\n");
  EXPECT_EQ(attempt(kMounts, kPrivateRoot | kRestrictedMounts, deed), "refused\n");
}

TEST_F(Layers, EveryMountOfAPrivateRootIsRestricted) {
  const OpenFolder folder;
  const std::string source = fmt::format(R"py(
import os
names = (('suid', os.ST_NOSUID), ('dev', os.ST_NODEV), ('exec', os.ST_NOEXEC))
for path in ('/', '/tmp', '/dev/null', '/etc/ld.so.cache', '{}'):
    if os.path.exists(path):
        print(path, *['no' + name for name, flag in names if os.statvfs(path).f_flag & flag])
)py",
                                         folder.path());
  const std::string flags = run(kMounts, kPrivateRoot | kRestrictedMounts, source, {folder.path()});
  EXPECT_THAT(flags, HasSubstr("/ nosuid nodev\n"));
  EXPECT_THAT(flags, HasSubstr("/tmp nosuid nodev noexec\n"));
  EXPECT_THAT(flags, HasSubstr("/dev/null nosuid noexec\n"));
  EXPECT_THAT(flags, HasSubstr("/etc/ld.so.cache nosuid nodev"));
  EXPECT_THAT(flags, HasSubstr(folder.path() + " nosuid nodev"));
  EXPECT_THAT(run(kMounts, kPrivateRoot, source), HasSubstr("/tmp\n"));
}

TEST_F(Layers, ResourceLimits) {
  const std::string source = R"py(
import resource
for name in 'CPU FSIZE NOFILE CORE MEMLOCK MSGQUEUE SIGPENDING AS'.split():
    print(name, *resource.getrlimit(getattr(resource, 'RLIMIT_' + name)))
print('STACK', resource.getrlimit(resource.RLIMIT_STACK)[0] <= 8 << 20)
)py";
  const std::string limited =
      "CPU 50 51\nFSIZE 1048576 1048576\nNOFILE 64 64\nCORE 0 0\nMEMLOCK 0 0\nMSGQUEUE 0 "
      "0\nSIGPENDING 256 256\n"
      "AS 3221225472 3221225472\nSTACK True\n";
  EXPECT_NE(run(kUser, 0, source), limited);
  EXPECT_EQ(run(kUser, kResourceLimits, source), limited);
}

TEST_F(Layers, OrdinaryUser) {
  const std::string who =
      "import os\nprint(os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups())";
  if (geteuid() == 0) {
    EXPECT_THAT(run(kUser, 0, who), ::testing::StartsWith("0 0 0 0 "));
    EXPECT_THAT(run(0, kOrdinaryUser, who),
                fmt::format("{0} {0} {0} {0} []\n", kFirstOuterUid + 2 * kSlot + 1));
  }
  EXPECT_THAT(run(kUser, kOrdinaryUser, who), ::testing::StartsWith("1000 1000 1000 1000 "));
}

TEST_F(Layers, OutsideAUserNamespaceOfRootIsNobody) {
  if (geteuid() != 0) GTEST_SKIP() << "not root: a namespace of an ordinary user is that user";
  const std::string map =
      run(kUser, 0, "print(*[line.split() for line in open('/proc/self/uid_map')])");
  EXPECT_EQ(map, fmt::format("['0', '{}', '1'] ['1000', '{}', '1']\n", kFirstOuterUid + 2 * kSlot,
                             kFirstOuterUid + 2 * kSlot + 1));
}

TEST_F(Layers, NoCapabilities) {
  const std::string capabilities = R"py(
for line in open('/proc/self/status'):
    if line.startswith(('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')):
        print(int(line.split()[1], 16) != 0, end=' ')
)py";
  const std::string deed = "attempt(lambda: call(170, b'name', 4))";  // sethostname
  // an ordinary user loses them by the exec alone
  if (geteuid() == 0) {
    EXPECT_EQ(run(kUser, 0, capabilities), "False True True True False ");
    EXPECT_EQ(attempt(kUser | CLONE_NEWUTS, 0, deed), "possible\n");
  }
  EXPECT_EQ(run(kUser, kNoCapabilities, capabilities), "False False False False False ");
  EXPECT_EQ(attempt(kUser | CLONE_NEWUTS, kNoCapabilities, deed), "refused\n");
}

// A harness may hold capabilities that every exec keeps.
TEST_F(Layers, NoAmbientCapabilities) {
  if (geteuid() != 0) GTEST_SKIP() << "not root: there are no capabilities to be kept";
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before[2] = {};
  ASSERT_EQ(syscall(SYS_capget, &header, before), 0);
  __user_cap_data_struct inheritable[2] = {before[0], before[1]};
  inheritable[0].inheritable |= 1u << CAP_KILL;
  const bool raised = syscall(SYS_capset, &header, inheritable) == 0 &&
                      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) == 0;
  const std::string ambient =
      "print(*[line for line in open('/proc/self/status') if line.startswith('CapAmb')])";
  const std::string kept = run(0, 0, ambient);
  const std::string dropped = run(0, kNoCapabilities, ambient);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  syscall(SYS_capset, &header, before);
  if (!raised) GTEST_SKIP() << "this root may raise no ambient capability";
  EXPECT_EQ(kept, "CapAmb:\t0000000000000020\n\n");
  EXPECT_EQ(dropped, "CapAmb:\t0000000000000000\n\n");
}

TEST_F(Layers, GroupsAreLeftBehind) {
  if (geteuid() != 0) GTEST_SKIP() << "not root: groups cannot be changed";
  std::vector<gid_t> before(static_cast<size_t>(getgroups(0, nullptr)));
  getgroups(static_cast<int>(before.size()), before.data());
  const gid_t some = 54321;
  ASSERT_EQ(setgroups(1, &some), 0);
  const std::string source = "import os\nprint(os.getgroups())";
  const std::string kept = run(0, 0, source);
  const std::string left = run(0, kOrdinaryUser, source);
  setgroups(before.size(), before.data());
  EXPECT_EQ(kept, "[54321]\n");
  EXPECT_EQ(left, "[]\n");
}

// PID 1 may be the same user as the program.
TEST_F(Layers, TheFirstProcessIsClosedToItsUser) {
  EXPECT_EQ(attempt(kUser, 0, "attempt(lambda: open('/proc/%d/environ' % os.getpid()).read())"),
            "possible\n");
  EXPECT_EQ(attempt(kUser, 0, "attempt(lambda: open('/proc/%d/environ' % os.getppid()).read())"),
            "refused\n");
}

TEST_F(Layers, NoNewPrivileges) {
  // PR_GET_NO_NEW_PRIVS
  const std::string source = "import ctypes\nprint(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))";
  EXPECT_EQ(run(kUser, 0, source), "0\n");
  EXPECT_EQ(run(kUser, kNoNewPrivileges, source), "1\n");
}

TEST_F(Layers, LandlockFiles) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const OpenFolder folder;
  const std::string kDeeds[] = {
      "open('{}/file').read()",
      "os.listdir('{}')",
      "open('{}/file', 'a').write('x')",
      "os.close(os.open('{}/file', os.O_WRONLY))",
      "os.close(os.open('{}/new', os.O_CREAT | os.O_WRONLY))",
      "os.unlink('{}/new')",
      "os.mkdir('{}/folder')",
      "os.rmdir('{}/folder')",
      "os.symlink('x', '{}/link')",
      "os.mkfifo('{}/pipe')",
      "os.mknod('{}/node')",
      "os.link('{0}/file', '{0}/hard')",
      "os.rename('{0}/node', '{0}/other')",
      "open('/etc/passwd').read()",
      "open('/proc/self/environ').read()",
      "os.listdir('/')",
  };
  for (const std::string& deed : kDeeds) {
    const std::string source =
        "attempt(lambda: " + fmt::format(fmt::runtime(deed), folder.path()) + ")";
    EXPECT_EQ(attempt(kUser, kLandlockFiles, source), "refused\n") << deed;
    EXPECT_EQ(attempt(kUser, 0, source), "possible\n") << deed;
  }
  if (landlock_abi() >= 3) {
    const std::string truncate =
        fmt::format("attempt(lambda: os.truncate('{}/file', 0))", folder.path());
    EXPECT_EQ(attempt(kUser, kLandlockFiles, truncate), "refused\n");
    EXPECT_EQ(attempt(kUser, 0, truncate), "possible\n");
  }
  const std::string execute =
      "import subprocess\nattempt(lambda: subprocess.run(['/bin/true'], check=True))";
  EXPECT_EQ(attempt(kUser, kLandlockFiles, execute), "refused\n");
  EXPECT_EQ(attempt(kUser, 0, execute), "possible\n");
}

TEST_F(Layers, LandlockGivesTheInterpretersFoldersForReadingAlone) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const OpenFolder folder;
  // For the interpreter, which may be executed whatever the folder is given for.
  std::ofstream(folder.path() + "/script")
      << "#!" << std::filesystem::canonical("/usr/bin/python3").string() << "\n";
  chmod((folder.path() + "/script").c_str(), 0777);
  const std::pair<const char*, const char*> kDeeds[] = {
      {"open('{}/file').read()", "possible\n"}, {"os.listdir('{}')", "possible\n"},
      {"open('{}/file', 'a')", "refused\n"},    {"os.mkdir('{}/new')", "refused\n"},
      {"os.unlink('{}/file')", "refused\n"},
  };
  for (const auto& [deed, answer] : kDeeds) {
    const std::string source =
        "attempt(lambda: " + fmt::format(fmt::runtime(deed), folder.path()) + ")";
    EXPECT_EQ(attempt(kUser, kLandlockFiles, source, {folder.path()}), answer) << deed;
  }
  const std::string execute =
      fmt::format("attempt(lambda: os.posix_spawn('{}/script', ['script'], {{}}))", folder.path());
  EXPECT_EQ(attempt(kUser, 0, execute), "possible\n");
  EXPECT_EQ(attempt(kUser, kLandlockFiles, execute, {folder.path()}), "refused\n");
}

TEST_F(Layers, LandlockLeavesThePrivateFolderAlone) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  const std::string deed =
      "attempt(lambda: (open('/tmp/file', 'w').write('x'), os.unlink('/tmp/file')))";
  EXPECT_EQ(attempt(kMounts, kPrivateRoot | kLandlockFiles, deed), "possible\n");
  EXPECT_EQ(attempt(kUser, kLandlockFiles, deed), "refused\n") << "the machine's";
}

TEST_F(Layers, LandlockScopeOfTcp) {
  if (landlock_abi() < 4) GTEST_SKIP() << "this kernel's Landlock knows no network";
  const OwnedFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string connect = fmt::format(
      "attempt(lambda: socket.create_connection(('127.0.0.1', {})))", ntohs(address.sin_port));
  const std::string accept = "attempt(lambda: socket.create_server(('127.0.0.1', 0)))";
  for (const std::string& deed : {connect, accept}) {
    EXPECT_EQ(attempt(kUser, 0, deed), "possible\n") << deed;
    EXPECT_EQ(attempt(kUser, kLandlockScope, deed), "refused\n") << deed;
  }
  EXPECT_EQ(attempt(kUser | CLONE_NEWNET, 0, connect), "refused\n")
      << "a network namespace alone holds, too";
}

TEST_F(Layers, LandlockScopeOfSocketsAndSignals) {
  if (landlock_abi() < 6) GTEST_SKIP() << "this kernel's Landlock knows no scopes";
  const std::string name = "layers_test_" + std::to_string(getpid());
  const OwnedFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);  // behind a null byte: abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  const Bystander bystander;
  const std::string kDeeds[] = {
      fmt::format("attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0{}'))", name),
      fmt::format("attempt(lambda: os.kill({}, 0))", bystander.pid())};
  for (const std::string& deed : kDeeds) {
    EXPECT_EQ(attempt(kUser, 0, deed), "possible\n") << deed;
    EXPECT_EQ(attempt(kUser, kLandlockScope, deed), "refused\n") << deed;
  }
}

TEST_F(Layers, SystemCallFilter) {
  const OpenFolder folder;
  const std::pair<const char*, std::string> kCalls[] = {
      {"socket", "socket.socket()"},
      {"memfd", "os.memfd_create('x')"},
      {"timerfd", "call(283, 1, 0)"},
      {"inotify", "call(253)"},
      {"personality", "call(135, 0xffffffff)"},
      {"chmod", "os.fchmod(os.open('" + folder.path() + "/own', os.O_CREAT | os.O_RDWR), 0o777)"},
      {"kill", "os.kill(os.getpid(), 0)"},
      {"ptrace", "call(101, 0, 0, 0, 0)"},
      {"lock", "__import__('fcntl').lockf(open('" + folder.path() + "/file', 'r+'), 2)"},
      {"ioctl", "__import__('fcntl').ioctl(1, 0x5452, bytes(4))"},  // FIOASYNC
      {"prctl", "call(157, 4, 1, 0, 0, 0)"},                        // PR_SET_DUMPABLE
      {"namespace", "os.waitpid(libc.syscall(56, 0x10000011, 0, 0, 0, 0) or os._exit(0), 0)"},
  };
  for (const auto& [name, action] : kCalls) {
    EXPECT_EQ(attempt(kUser, 0, "attempt(lambda: " + action + ")"), "possible\n") << name;
    EXPECT_EQ(attempt(kUser, kSystemCallFilter, "attempt(lambda: " + action + ")"), "refused\n")
        << name;
  }
}

TEST_F(Layers, SystemCallFilterOnOtherAbis) {
  const std::string foreign = R"py(
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))  # getpid of the 32-bit interface
pid = os.fork()
if pid == 0:
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    os._exit(0)
print(os.WIFSIGNALED(os.waitpid(pid, 0)[1]))
)py";
#if defined(__x86_64__)
  EXPECT_EQ(attempt(kUser, kSystemCallFilter, foreign), "True\n");
  const std::string x32 = R"py(
pid = os.fork()
if pid == 0:
    libc.syscall(0x40000000 + 39)
    os._exit(0)
print(os.WIFSIGNALED(os.waitpid(pid, 0)[1]))
)py";
  EXPECT_EQ(attempt(kUser, kSystemCallFilter, x32), "True\n");
#endif
  // The C library falls back to clone on this error alone.
  EXPECT_EQ(attempt(kUser, kSystemCallFilter, "libc.syscall(435, 0, 0)\nprint(ctypes.get_errno())"),
            "38\n");
}

TEST_F(Layers, DeathSignal) {
  const std::string source = "import os, signal\nprint(os.getpid(), flush=True)\nsignal.pause()";
  for (const uint32_t more : {uint32_t{0}, static_cast<uint32_t>(kOrdinaryUser)}) {
    Confined without(kUser, more, source);
    const int pid = std::stoi(without.line());
    without.kill_init();
    EXPECT_FALSE(without.ends_within(200));
    kill(pid, SIGKILL);
    Confined with(kUser, kDeathSignal | more, source);
    with.line();
    with.kill_init();
    EXPECT_TRUE(with.ends_within(60000));
  }
}

TEST_F(Layers, EachNamespaceHidesItsPart) {
  const Bystander bystander;
  const key_t key = static_cast<key_t>(0x4a000000 + getpid() % 0xffffff);
  const int shared = shmget(key, 4096, IPC_CREAT | 0666);
  ASSERT_GE(shared, 0);
  const std::tuple<const char*, uint64_t, std::string> kCases[] = {
      {"pid", CLONE_NEWPID, fmt::format("attempt(lambda: os.kill({}, 0))", bystander.pid())},
      {"ipc", CLONE_NEWIPC, fmt::format("attempt(lambda: call(29, {}, 0, 0))", key)},
      {"uts", CLONE_NEWUTS, "print('refused' if os.uname().nodename == 'box' else 'possible')"},
      {"net", CLONE_NEWNET,
       "socket.if_nameindex()[1:]\nflags = int(open('/proc/self/net/dev').read().count(':') > 1)\n"
       "print('possible' if flags or open('/proc/self/net/route').read().count('\\n') > 1 else "
       "'refused')"},
  };
  for (const auto& [name, space, deed] : kCases) {
    if (std::string(name) != "net") {
      EXPECT_EQ(attempt(kUser, 0, deed), "possible\n") << name;
    }
    EXPECT_EQ(attempt(kUser | space, 0, deed), "refused\n") << name;
  }
  shmctl(shared, IPC_RMID, nullptr);
}

TEST(Tiers, PutOnEveryLayerThatTheirKernelsGive) {
  constexpr uint32_t kEveryLayer = (kDeathSignal << 1) - 1;
  EXPECT_EQ(layers_of(SandboxTier::kA), kEveryLayer);
  EXPECT_EQ(layers_of(SandboxTier::kB),
            kEveryLayer & ~(kPrivateRoot | kReadOnlyMounts | kRestrictedMounts | kProcessLimit));
  EXPECT_EQ(layers_of(SandboxTier::kNone),
            kResourceLimits | kOrdinaryUser | kNoCapabilities | kNoNewPrivileges | kDeathSignal);
  EXPECT_EQ(namespaces_of(SandboxTier::kA),
            static_cast<uint64_t>(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                  CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP));
  EXPECT_EQ(namespaces_of(SandboxTier::kB), 0u);
}

// --- the filter that the interpreter puts on a program ---

// 0 or the error of a call that a child makes behind the filter, or without it.
int error_in_child(bool filtered, const std::function<long()>& action) {
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (filtered) {
      auto filters = make_seccomp_filters();
      if (!filters.ok()) _exit(1);
      std::string program = filters->program;
      for (size_t at = 4; at + 4 <= program.size(); at += 8) {
        uint32_t constant = 0;
        std::memcpy(&constant, program.data() + at, sizeof constant);
        const auto own = static_cast<uint32_t>(getpid());
        if (constant == kOwnPidMark) std::memcpy(program.data() + at, &own, sizeof own);
      }
      sock_fprog filter = {};
      filter.len = static_cast<unsigned short>(program.size() / sizeof(sock_filter));
      filter.filter = reinterpret_cast<sock_filter*>(program.data());
      if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
          syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        _exit(1);
    }
    errno = 0;
    const int error = action() < 0 ? errno : 0;
    _exit(write(fds[1], &error, sizeof error) == sizeof error ? 0 : 1);
  }
  close(fds[1]);
  int error = -1;
  const ssize_t size = read(fds[0], &error, sizeof error);
  close(fds[0]);
  waitpid(child, nullptr, 0);
  return size == sizeof error ? error : -1;
}

// A child that ends at once. It has a stack of its own: one that shares its parent's memory would
// otherwise write over the frame that the parent returns by.
long new_process(int flags) {
  std::vector<char> stack(64 << 10);
  const int pid = clone([](void*) { return 0; }, stack.data() + stack.size(), flags, nullptr);
  if (pid > 0) waitpid(pid, nullptr, 0);
  return pid;
}

TEST(ProgramFilter, RefusesWhatOnlyTheInterpreterMay) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer crashes in a process that clone() made behind its back";
#endif
  const Bystander bystander;
  rlimit limit = {};
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
  msghdr message = {};
  struct Case {
    const char* name;
    std::function<long()> action;
    int free;
    int filtered;
  };
  const Case kCases[] = {
      {"clone", [] { return new_process(SIGCHLD); }, 0, EAGAIN},
      {"clone with shared memory", [] { return new_process(CLONE_VM | CLONE_VFORK | SIGCHLD); }, 0,
       EAGAIN},
      {"execve", [] { return static_cast<long>(execl("/no/such/program", "x", nullptr)); }, ENOENT,
       EPERM},
      {"execveat",
       [] { return syscall(SYS_execveat, -1, "/no/such/program", nullptr, nullptr, 0); }, ENOENT,
       EPERM},
      {"sendmsg", [&] { return static_cast<long>(sendmsg(pair[0], &message, 0)); }, 0, EPERM},
      {"recvmsg", [&] { return static_cast<long>(recvmsg(pair[1], &message, MSG_DONTWAIT)); }, 0,
       EPERM},
      {"prctl", [] { return static_cast<long>(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)); }, 0, EPERM},
      {"seccomp", [] { return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kSlot); },
       EOPNOTSUPP, EPERM},
      {"limits of another",
       [&] { return syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, nullptr, &limit); }, 0, EPERM},
      {"its own limits", [&] { return syscall(SYS_prlimit64, 0, RLIMIT_CORE, nullptr, &limit); }, 0,
       0},
      {"times of a file",
       [] { return syscall(SYS_utimensat, AT_FDCWD, "/no/such/file", nullptr, 0); }, ENOENT, EPERM},
      {"a signal to another",
       [&] { return syscall(SYS_tgkill, bystander.pid(), bystander.pid(), 0); }, 0, EPERM},
      {"a signal to its parent", [] { return syscall(SYS_tgkill, getppid(), getppid(), 0); }, 0,
       EPERM},
      {"a signal to itself", [] { return syscall(SYS_tgkill, getpid(), gettid(), 0); }, 0, 0},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(error_in_child(false, c.action), c.free) << c.name;
    EXPECT_EQ(error_in_child(true, c.action), c.filtered) << c.name;
  }
#if defined(SYS_fork)
  EXPECT_EQ(error_in_child(true, [] { return syscall(SYS_fork); }), EAGAIN);
  EXPECT_EQ(error_in_child(true, [] { return syscall(SYS_vfork); }), EAGAIN);
#endif
  close(pair[0]);
  close(pair[1]);
}

}  // namespace
}  // namespace jangwon::harness
