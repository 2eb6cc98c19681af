// The two long entries of the catalogue, for `./test.sh --full` and by hand: they take minutes and
// both cores, so they run where JANGWON_LONG_TESTS is set.
//
//   75  300 fixed programs beside eight busy processes a core give the verdicts that they give
//       without them
//   76  10,000 runs leave descriptors, mounts, children and memory as they were

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "harness/sandbox/sandbox.h"
#include "tests/fakes/long_tests.h"
#include "tests/harness/sandbox/machine_state.h"

namespace jangwon::harness {
namespace {

// Busy processes, ended with their owner.
class Load {
 public:
  explicit Load(int num_processes) {
    for (int i = 0; i < num_processes; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        alarm(3600);  // should the test be killed
        volatile uint64_t count = 0;
        while (true)
          count = count + 1;
      }
      if (child > 0) children_.push_back(child);
    }
  }
  ~Load() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }
  size_t size() const { return children_.size(); }

 private:
  std::vector<pid_t> children_;
};

struct FixedProgram {
  std::string source;
  std::string input;
};

// Five kinds in turn: quick ones, ones that compute, sleep, use a thread and fail; every thirtieth
// never ends. None is near its limit of a second, so the machine's speed does not decide.
std::vector<FixedProgram> fixed_programs() {
  const char* kKinds[] = {
      "print(int(input()) * 2)",
      "n = int(input())\nprint(sum(i * i % 7 for i in range(100000 + n)))",
      "import time\ntime.sleep(0.2)\nprint(input())",
      "import threading\nt = threading.Thread(target=lambda: print(input()))\nt.start()\nt.join()",
      "raise ValueError(input())",
  };
  std::vector<FixedProgram> programs;
  for (int i = 0; i < 300; ++i) {
    const char* source = i % 30 == 29 ? "n = int(input())\nwhile n >= 0: n += 1" : kKinds[i % 5];
    programs.push_back({source, std::to_string(i) + "\n"});
  }
  return programs;
}

std::vector<std::string> verdicts_of(SandboxPool& pool, const std::vector<FixedProgram>& programs) {
  SandboxLimits limits;
  limits.cpu_ms = 1000;
  std::vector<std::string> verdicts(programs.size());
  std::vector<std::thread> threads;
  const size_t num_threads = 2;
  for (size_t first = 0; first < num_threads; ++first) {
    threads.emplace_back([&, first] {
      for (size_t i = first; i < programs.size(); i += num_threads) {
        const ExecResult result =
            pool.run_program({.source = programs[i].source}, programs[i].input, limits);
        verdicts[i] = std::string(name_of(result.status)) + " " + result.stdout_text;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  return verdicts;
}

TEST(SandboxUnderLoad, EightfoldLoadChangesNoVerdict) {
  if (!long_tests_wanted())
    GTEST_SKIP() << "JANGWON_LONG_TESTS is not set: 300 programs beside a load take minutes";
  const auto pool = SandboxPool::create({});
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  const std::vector<FixedProgram> programs = fixed_programs();
  const std::vector<std::string> idle = verdicts_of(**pool, programs);
  const Load load(8 * static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  ASSERT_GT(load.size(), 0u);
  const std::vector<std::string> busy = verdicts_of(**pool, programs);
  for (size_t i = 0; i < programs.size(); ++i)
    EXPECT_EQ(busy[i], idle[i]) << programs[i].source;
}

int64_t resident_kb() {
  const std::string status = read_text("/proc/self/status");
  const size_t at = status.find("VmRSS:");
  return at == std::string::npos ? 0 : std::atoll(status.c_str() + at + 6);
}

TEST(SandboxUnderLoad, TenThousandRunsLeaveNothing) {
  if (!long_tests_wanted())
    GTEST_SKIP() << "JANGWON_LONG_TESTS is not set: 10,000 runs take minutes";
  const auto pool = SandboxPool::create({});
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  const SandboxLimits limits;
  // A sandbox a hundred runs: 100 sandboxes are made and ended, and each run is a
  // process of its own.
  const auto run_hundred = [&] {
    auto sandbox =
        (*pool)->open({.source = "print(int(input()) + 1)", .import_header = false}, limits);
    ASSERT_TRUE(sandbox.ok()) << sandbox.status().message();
    for (int i = 0; i < 100; ++i)
      ASSERT_EQ((*sandbox)->run_program("1\n").stdout_text, "2\n");
  };
  run_hundred();
  const MachineState before = MachineState::now(**pool);
  const int64_t resident_before = resident_kb();
  for (int i = 0; i < 100 && !testing::Test::HasFatalFailure(); ++i)
    run_hundred();
  EXPECT_TRUE(MachineState::now(**pool) == before);
  EXPECT_LT(resident_kb(), resident_before + 4096) << "in kB";
}

}  // namespace
}  // namespace jangwon::harness
