// What happens to the harness itself: its helpers are killed, the machine refuses things, the
// interpreter is not there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "harness/sandbox/sandbox.h"
#include "tests/harness/sandbox/machine_state.h"

namespace jangwon::harness {
namespace {

using ::testing::HasSubstr;

// Runs `body` in a child process, which can lose privileges or be killed; gives what it wrote.
std::string in_child(const std::function<std::string()>& body) {
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(fds[0]);
    const std::string text = body();
    _exit(write(fds[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(fds[1]);
  std::string text;
  char bytes[4096];
  for (ssize_t size; (size = read(fds[0], bytes, sizeof bytes)) > 0;)
    text.append(bytes, static_cast<size_t>(size));
  close(fds[0]);
  waitpid(child, nullptr, 0);
  return text;
}

// As container runtimes do: no namespaces, no mounts; with `no_landlock` not even that.
void deny(bool namespaces, bool landlock) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (namespaces) {
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mount), 0);
    for (const unsigned long flag :
         {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS})
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                       SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
  }
  if (landlock) seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), 444, 0);
  if (seccomp_load(filter) != 0) _exit(99);
  seccomp_release(filter);
}

std::string describe(const Result<std::unique_ptr<SandboxPool>>& pool) {
  if (!pool.ok()) return pool.status().message();
  return (*pool)->description() + " " +
         (*pool)->run_program({.source = "print('runs')"}, "", {}).stdout_text;
}

TEST(HarnessFault, WithoutNamespacesTierBIsChosen) {
  const std::string answer = in_child([] {
    deny(true, false);
    return describe(SandboxPool::create({}));
  });
  EXPECT_THAT(answer, HasSubstr("tier B"));
  EXPECT_THAT(answer, HasSubstr("runs"));
}

TEST(HarnessFault, WithoutNamespacesAndLandlockItRefusesAndNamesThem) {
  const std::string answer = in_child([] {
    deny(true, true);
    return describe(SandboxPool::create({}));
  });
  EXPECT_THAT(answer, HasSubstr("namespaces"));
  EXPECT_THAT(answer, HasSubstr("Landlock"));
  EXPECT_THAT(answer, HasSubstr("--allow-unsandboxed"));
}

TEST(HarnessFault, OnExplicitWishProgramsRunUnsandboxedAndItSaysSo) {
  const std::string answer = in_child([] {
    deny(true, true);
    SandboxOptions options;
    options.allow_unsandboxed = true;
    return describe(SandboxPool::create(options));
  });
  EXPECT_THAT(answer, HasSubstr("tier none"));
  EXPECT_THAT(answer, HasSubstr("runs"));
}

TEST(HarnessFault, WithoutLandlockAloneItRefuses) {
  const std::string answer = in_child([] {
    deny(false, true);
    return describe(SandboxPool::create({}));
  });
  EXPECT_THAT(answer, HasSubstr("the kernel refuses Landlock"));
}

// 0 where there is none.
pid_t first_child(pid_t pid) {
  if (pid == 0) return 0;
  return std::atoi(
      read_text("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children")
          .c_str());
}

TEST(HarnessFault, AKilledSpawnerIsOursAndIsStartedAgain) {
  const auto pool = SandboxPool::create({});
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  if ((*pool)->tier() != SandboxTier::kA) GTEST_SKIP() << "needs tier A";
  // The program is the third below the spawner: PID 1 of its sandbox, the interpreter, its fork.
  // Killed once it runs, however long that takes on this machine.
  std::thread killer([&] {
    const pid_t spawner = (*pool)->spawner_pid();
    while (first_child(first_child(first_child(spawner))) == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(spawner, SIGKILL);
  });
  const ExecResult interrupted =
      (*pool)->run_program({.source = "import time\ntime.sleep(1000)"}, "", {.cpu_ms = 60000});
  killer.join();
  EXPECT_EQ(interrupted.status, ExecStatus::kSandboxError);
  EXPECT_THAT(interrupted.error, HasSubstr("killed"));
  EXPECT_EQ((*pool)->run_program({.source = "print(2)"}, "", {}).stdout_text, "2\n");
}

double cpu_ms_of(pid_t pid) {
  clockid_t clock = 0;
  timespec time = {};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0.0;
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// Killed as soon as a sandbox begins, and when a program runs in it that would never end.
TEST(HarnessFault, NothingSurvivesAKilledHarness) {
  constexpr size_t kInit = 2, kProgram = 4;  // spawner, PID 1, interpreter, its fork
  for (const size_t depth : {kInit, kProgram}) {
    int fds[2];
    ASSERT_EQ(pipe(fds), 0);
    const pid_t harness = fork();
    if (harness == 0) {
      const auto pool = SandboxPool::create({});
      const int spawner = pool.ok() ? (*pool)->spawner_pid() : -1;
      if (write(fds[1], &spawner, sizeof spawner) != sizeof spawner) _exit(1);
      if (pool.ok())
        (*pool)->run_program({.source = "while True:\n    pass"}, "", {.cpu_ms = 600000});
      _exit(0);
    }
    int spawner = -1;
    ASSERT_EQ(read(fds[0], &spawner, sizeof spawner), static_cast<ssize_t>(sizeof spawner));
    ASSERT_GT(spawner, 0);
    std::vector<pid_t> chain;
    while (chain.size() < depth) {
      chain = {spawner};
      while (chain.size() < depth && chain.back() != 0)
        chain.push_back(first_child(chain.back()));
      if (chain.back() != 0) break;
      chain.clear();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    // Before the program itself runs, its process would notice that the harness is gone.
    while (depth == kProgram && cpu_ms_of(chain.back()) < 500)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(harness, SIGKILL);
    waitpid(harness, nullptr, 0);
    const auto exists = [](pid_t pid) {
      const std::string status = read_text("/proc/" + std::to_string(pid) + "/status");
      return !status.empty() && status.find("State:\tZ") == std::string::npos;
    };
    const auto any_exists = [&] { return std::any_of(chain.begin(), chain.end(), exists); };
    for (int i = 0; i < 6000 && any_exists(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(any_exists()) << depth;
    close(fds[0]);
    close(fds[1]);
  }
}

TEST(HarnessFault, WithoutDescriptorsASandboxIsRefusedAndLaterWorks) {
  const std::string answer = in_child([] {
    const auto pool = SandboxPool::create({});
    if (!pool.ok()) return pool.status().message();
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    rlimit few = limit;
    few.rlim_cur = 8;
    setrlimit(RLIMIT_NOFILE, &few);
    const ExecResult refused = (*pool)->run_program({.source = "print(1)"}, "", {});
    setrlimit(RLIMIT_NOFILE, &limit);
    const ExecResult works = (*pool)->run_program({.source = "print('works')"}, "", {});
    return std::string(name_of(refused.status)) + ": " + refused.error + "; " + works.stdout_text;
  });
  EXPECT_THAT(answer, HasSubstr("sandbox_error: "));
  EXPECT_THAT(answer, HasSubstr("descriptors"));
  EXPECT_THAT(answer, HasSubstr("works"));
}

TEST(HarnessFault, InterpretersThatAreNoneAreRefused) {
  struct Case {
    std::string python;
    const char* message;
  };
  const std::string shim = testing::TempDir() + "/python_shim" + std::to_string(getpid());
  std::ofstream(shim) << "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n";
  std::filesystem::permissions(shim, std::filesystem::perms::owner_all);
  const Case kCases[] = {{"/no/such/python3", "no Python interpreter at /no/such/python3"},
                         {shim, "is not a program of this machine"},
                         {"/bin/true", "has no standard library"}};
  for (const Case& c : kCases) {
    SandboxOptions options;
    options.python = c.python;
    const auto pool = SandboxPool::create(options);
    ASSERT_FALSE(pool.ok()) << c.python;
    EXPECT_THAT(pool.status().message(), HasSubstr(c.message));
  }
  std::filesystem::remove(shim);
}

}  // namespace
}  // namespace jangwon::harness
