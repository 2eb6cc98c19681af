#include "harness/sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "tests/harness/sandbox/machine_state.h"

namespace jangwon::harness {
namespace {

using ::testing::HasSubstr;

SandboxPool& shared_pool() {
  static const std::unique_ptr<SandboxPool> pool = [] {
    auto made = SandboxPool::create({});
    JANGWON_CHECK(made.ok(), made.status().message());
    return std::move(made).value();
  }();
  return *pool;
}

ExecResult run(const std::string& source, std::string_view input = "", SandboxLimits limits = {}) {
  return shared_pool().run_program({.source = source}, input, limits);
}

TEST(Sandbox, DescribesItself) {
  EXPECT_THAT(shared_pool().description(), HasSubstr("tier "));
  EXPECT_THAT(shared_pool().description(), HasSubstr("python 3."));
  EXPECT_EQ(shared_pool().python_version().substr(0, 2), "3.");
}

// On one processor beside somebody who never sleeps: each time that the program gave its turn away
// would be a switch, and would cost it nothing on its own clock.
TEST(Sandbox, AProgramCannotGiveItsProcessorAway) {
  cpu_set_t all, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &all))
    ++cpu;
  CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  const auto pool = SandboxPool::create({});
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  std::atomic<bool> over = false;
  std::thread other([&over] {
    while (!over) {
    }
  });
  const ExecResult result = (*pool)->run_program({.source = R"(
import os
import resource
def switches():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw + usage.ru_nivcsw
before = switches()
for _ in range(3000):
    os.sched_yield()
print(switches() - before < 300)
)"},
                                                 "", {});
  over = true;
  other.join();
  sched_setaffinity(0, sizeof all, &all);
  EXPECT_EQ(result.stdout_text, "True\n") << result.stderr_text;
}

TEST(Sandbox, ProgramsAreRealProcessesWithRealPipes) {
  struct Case {
    const char* name;
    const char* source;
    const char* input;
    const char* output;
  };
  const Case kCases[] = {
      {"input", "print(int(input()) * 2)", "21\n", "42\n"},
      {"iteration over stdin", "import sys\nprint(sum(int(line) for line in sys.stdin))", "1\n2\n3",
       "6\n"},
      {"buffer", "import sys\nread = sys.stdin.buffer.readline\nprint(int(read()) + int(read()))",
       "7\n8\n", "15\n"},
      {"open(0)", "print(open(0).read().split())", "a b\n", "['a', 'b']\n"},
      {"os.read", "import os\nprint(os.read(0, 99))", "x\n", "b'x\\n'\n"},
      {"stdout.buffer", "import sys\nsys.stdout.buffer.write(b'hi')", "", "hi"},
      {"os.write", "import os\nos.write(1, b'hi')", "", "hi"},
      {"main guard in any order", "if '__main__' == __name__:\n    print(1)", "", "1\n"},
      {"global", "n = 0\ndef f():\n    global n\n    n += 1\nf()\nprint(n)", "", "1\n"},
      {"from __future__", "from __future__ import annotations\nprint(1)", "", "1\n"},
      {"thread that nobody joins",
       "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.05), "
       "print('late'))).start()",
       "", "late\n"},
      {"atexit", "import atexit\natexit.register(lambda: print('bye'))", "", "bye\n"},
      {"own file never closed", "out = open(1, 'w')\nout.write('kept')", "", "kept"},
      {"header", "print(heappop([3]), inf, Counter('a'), sqrt(4))", "",
       "3 inf Counter({'a': 1}) 2.0\n"},
      {"numpy", "import numpy as np\nprint(np.arange(3).sum())", "", "3\n"},
      {"exit", "print(1)\nexit()", "", "1\n"},
      {"hash seed", "print(hash('a') == hash('a'), random.random() == random.Random(0).random())",
       "", "True True\n"},
      {"many digits", "print(len(str(10 ** 5000)))", "", "5001\n"},
      {"not a terminal",
       "import sys\nprint(sys.stdin.isatty(), sys.stdin.seekable(), sys.stdout.seekable())", "",
       "False False False\n"},
  };
  for (const Case& c : kCases) {
    const ExecResult result = run(c.source, c.input);
    EXPECT_EQ(result.status, ExecStatus::kOk)
        << c.name << " " << result.error << result.stderr_text;
    EXPECT_EQ(result.stdout_text, c.output) << c.name;
  }
}

TEST(Sandbox, DevStdinOpensWherePossible) {
  const ExecResult result = run(
      "import os\nprint(open('/dev/stdin').read() if os.path.exists('/proc/self') else 'no proc')",
      "text");
  EXPECT_THAT(result.stdout_text, ::testing::AnyOf("text\n", "no proc\n")) << result.stderr_text;
}

TEST(Sandbox, ExitCodesSignalsAndErrorsAreReported) {
  const ExecResult code = run("import sys\nsys.exit(3)");
  EXPECT_EQ(code.status, ExecStatus::kRunError);
  EXPECT_EQ(code.exit_code, 3);
  const ExecResult message = run("import sys\nsys.exit('so long')");
  EXPECT_EQ(message.exit_code, 1);
  EXPECT_EQ(message.stderr_text, "so long\n");
  const ExecResult signal = run("import os\nos.abort()");
  EXPECT_EQ(signal.status, ExecStatus::kSignal);
  EXPECT_EQ(signal.term_signal, 6);
  const ExecResult error = run("print('before')\n1 / 0");
  EXPECT_EQ(error.status, ExecStatus::kRunError);
  EXPECT_EQ(error.stdout_text, "before\n");
  EXPECT_THAT(error.stderr_text, HasSubstr("ZeroDivisionError"));
  const ExecResult syntax = run("print(1");
  EXPECT_EQ(syntax.status, ExecStatus::kRunError);
  EXPECT_THAT(syntax.stderr_text, HasSubstr("SyntaxError"));
  const ExecResult module = run("import no_such_module");
  EXPECT_THAT(module.stderr_text,
              HasSubstr("ModuleNotFoundError: No module named 'no_such_module'"));
}

TEST(Sandbox, CpuTimeDecidesAndIsMeasured) {
  SandboxLimits limits;
  limits.cpu_ms = 300;
  const ExecResult slow = run("while True:\n    pass", "", limits);
  EXPECT_EQ(slow.status, ExecStatus::kTimeLimit);
  EXPECT_GT(slow.cpu_ms, 300);
  EXPECT_LT(slow.cpu_ms, 20 * 300)
      << "it is watched from outside; a busy machine looks late, but it looks";
  const ExecResult asleep = run("import time\ntime.sleep(100)", "", limits);
  EXPECT_EQ(asleep.status, ExecStatus::kTimeLimit);
  EXPECT_LT(asleep.cpu_ms, 300);
  const ExecResult quick = run("print(1)", "", limits);
  EXPECT_EQ(quick.status, ExecStatus::kOk);
}

TEST(Sandbox, StopsAtAQuarterMoreThanTheLimitAndAtAGenerousWall) {
  const SandboxLimits limits = {.cpu_ms = 400};
  EXPECT_EQ(limits.stop_cpu_ms(), 500);
  EXPECT_EQ(limits.stop_wall_ms(), 60 * 400 + 60000);
  EXPECT_EQ((SandboxLimits{.cpu_ms = 400, .wall_ms = 7}).stop_wall_ms(), 7);
}

TEST(Sandbox, MemoryIsLimited) {
  SandboxLimits limits;
  limits.memory_kb = 256 << 10;
  EXPECT_EQ(run("x = bytearray(100 << 30)", "", limits).status, ExecStatus::kMemoryLimit);
  EXPECT_EQ(run("x = []\nwhile True:\n    x.append(bytearray(1 << 24))", "", limits).status,
            ExecStatus::kMemoryLimit);
  const ExecResult modest = run("x = bytearray(100 << 20)\nprint(len(x))", "", limits);
  EXPECT_EQ(modest.status, ExecStatus::kOk);
  EXPECT_GT(modest.memory_kb, 100 << 10);
}

// More than the limit and less than the address space that is left for thread stacks.
TEST(Sandbox, ResidentMemoryIsWatched) {
  SandboxLimits limits;
  limits.memory_kb = 256 << 10;
  EXPECT_EQ(run("x = b'x' * (600 << 20)\nwhile True: pass", "", limits).status,
            ExecStatus::kMemoryLimit);
}

TEST(Sandbox, MemoryIsSharedOutWithinBounds) {
  EXPECT_LE(shared_pool().default_memory_kb(), 8 << 20);
  SandboxOptions options;
  options.max_concurrent = 1 << 20;
  const auto crowded = SandboxPool::create(options);
  ASSERT_TRUE(crowded.ok()) << crowded.status().message();
  EXPECT_EQ((*crowded)->default_memory_kb(), 512 << 10);
}

std::string burn_ms(int milliseconds, const std::string& deed) {
  return "import os, time\nzero = os.open('/dev/zero', os.O_RDONLY)\nwhile time.process_time() < " +
         std::to_string(milliseconds / 1e3) + ":\n    " + deed + "\n";
}

// A program is stopped only at 1.25 × its limit; what ends between the two was too
// slow all the same.
TEST(Sandbox, WhatEndsBehindTheLimitIsTooSlow) {
  SandboxLimits limits;
  limits.cpu_ms = 500;
  const std::string source = burn_ms(550, "pass") + "print('late')";
  EXPECT_EQ(run(source, "", limits).status, ExecStatus::kTimeLimit);
  auto sandbox = shared_pool().open({.source = source}, limits);
  ASSERT_TRUE(sandbox.ok());
  ASSERT_EQ((*sandbox)->begin_checker("", {}).kind, CheckerStep::Kind::kLoaded);
  EXPECT_EQ((*sandbox)->next_checker_test("").kind, CheckerStep::Kind::kTimeLimit);
}

TEST(Sandbox, TimeInTheKernelCounts) {
  SandboxLimits limits;
  limits.cpu_ms = 500;
  const ExecResult result = run(burn_ms(550, "os.read(zero, 1 << 20)"), "", limits);
  EXPECT_EQ(result.status, ExecStatus::kTimeLimit);
  EXPECT_GT(result.cpu_ms, 500);
}

// Shorter than any interpreter's start, which does not count.
TEST(Sandbox, TheWallBeginsWithTheProgram) {
  SandboxLimits limits;
  limits.cpu_ms = 600000;
  limits.wall_ms = 1;
  const ExecResult result = run("import time\ntime.sleep(1000)", "", limits);
  EXPECT_EQ(result.status, ExecStatus::kWallLimit) << result.error;
}

TEST(Sandbox, TheWallIsABackstopAndNoVerdict) {
  SandboxLimits limits;
  limits.cpu_ms = 600000;
  limits.wall_ms = 2000;  // the checker, which is ours, has to load within it
  EXPECT_EQ(run("import time\ntime.sleep(1000)", "", limits).status, ExecStatus::kWallLimit);
  auto sandbox = shared_pool().open({.source = "import time\ntime.sleep(1000)"}, limits);
  ASSERT_TRUE(sandbox.ok());
  ASSERT_EQ((*sandbox)->begin_checker("", {}).kind, CheckerStep::Kind::kLoaded);
  EXPECT_EQ((*sandbox)->next_checker_test("").kind, CheckerStep::Kind::kSandboxError);
}

// Where root makes them, sandboxes are different users outside, so that none could reach another.
TEST(Sandbox, SandboxesSideBySideAreDifferentUsers) {
  if (geteuid() != 0) GTEST_SKIP() << "not root: all sandboxes are this user";
  const auto pool = SandboxPool::create({});
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  const auto one = (*pool)->open({.source = "pass"}, {});
  const auto other = (*pool)->open({.source = "pass"}, {});
  ASSERT_TRUE(one.ok() && other.ok());
  const std::string spawner = std::to_string((*pool)->spawner_pid());
  std::istringstream children(read_text("/proc/" + spawner + "/task/" + spawner + "/children"));
  std::set<std::string> users;
  for (std::string pid; children >> pid;) {
    const std::string status = read_text("/proc/" + pid + "/status");
    users.insert(
        status.substr(status.find("\nUid:"), status.find("\nGid:") - status.find("\nUid:")));
  }
  EXPECT_EQ(users.size(), 2u);
}

TEST(Sandbox, ARunAloneHasNoOthersBesideItAndIsNotOvertaken) {
  std::mutex mutex;
  std::string order;
  const auto note = [&](char what) {
    const std::lock_guard lock(mutex);
    order.push_back(what);
  };
  auto first = shared_pool().run_beside_others();
  std::promise<void> begun, ended;
  std::thread second([&] {
    const auto lock = shared_pool().run_beside_others();
    begun.set_value();
    ended.get_future().wait();
  });
  begun.get_future().wait();  // it does not wait for the first
  std::thread alone([&] {
    const auto lock = shared_pool().run_alone();
    note('a');
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    note('A');
  });
  // it waits by now, and if not the order is the same
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  std::thread late([&] {
    const auto lock = shared_pool().run_beside_others();
    note('l');
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  note('f');
  first.unlock();
  ended.set_value();
  second.join();
  alone.join();
  late.join();
  EXPECT_EQ(order, "faAl");
}

TEST(Sandbox, WhereMemoryRunsOutSandboxesGoFirst) {
  EXPECT_EQ(read_text("/proc/" + std::to_string(shared_pool().spawner_pid()) + "/oom_score_adj"),
            "1000\n");
}

TEST(Sandbox, OutputIsLimitedAndStderrKeepsItsEnd) {
  SandboxLimits limits;
  limits.output_bytes = 1000;
  const ExecResult flood = run("print('x' * 5000)", "", limits);
  EXPECT_EQ(flood.status, ExecStatus::kOutputLimit);
  EXPECT_TRUE(flood.stdout_truncated);
  EXPECT_EQ(flood.stdout_text.size(), 1000u);
  limits.stderr_bytes = 100;
  const ExecResult noisy =
      run("import sys\nsys.stderr.write('a' * 300000 + 'the end')", "", limits);
  EXPECT_EQ(noisy.status, ExecStatus::kOk);
  EXPECT_TRUE(noisy.stderr_truncated);
  EXPECT_TRUE(noisy.stderr_text.ends_with("the end"));
  EXPECT_EQ(noisy.stderr_text.size(), 100u);
}

TEST(Sandbox, LargeInputAndOutputFlowAtTheSameTime) {
  const std::string input(48 << 20, 'y');
  SandboxLimits limits;
  limits.output_bytes = 64 << 20;
  const ExecResult echo =
      run("import os\nwhile True:\n    part = os.read(0, 65536)\n    if not part: break\n    "
          "os.write(1, part)",
          input, limits);
  EXPECT_EQ(echo.status, ExecStatus::kOk) << echo.error;
  EXPECT_TRUE(echo.stdout_text == input);
}

TEST(Sandbox, InputThatNobodyReadsDoesNotMatter) {
  const ExecResult result = run("print('done')", std::string(8 << 20, 'x'));
  EXPECT_EQ(result.status, ExecStatus::kOk);
  EXPECT_EQ(result.stdout_text, "done\n");
}

TEST(Sandbox, RunsOfOneSandboxShareNothing) {
  auto sandbox = shared_pool().open(
      {.source = "import os, math\n"
                 "math.seen = getattr(math, 'seen', 0) + 1\n"
                 "print(math.seen, os.listdir('/tmp') if os.access('/tmp', os.W_OK) else [])\n"},
      {});
  ASSERT_TRUE(sandbox.ok());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ((*sandbox)->run_program("").stdout_text, "1 []\n");
}

TEST(Sandbox, FunctionsAreCalledAndTheirValueComesBack) {
  auto sandbox = shared_pool().open({.source = "class Solution:\n    def add(self, a, b):\n        "
                                               "print('noise')\n        return a + b"},
                                    {});
  ASSERT_TRUE(sandbox.ok());
  const ExecResult sum = (*sandbox)->run_function("add", "20\n22");
  EXPECT_EQ(sum.status, ExecStatus::kOk) << sum.stderr_text;
  EXPECT_EQ(sum.return_value, std::string("vi\x2a\0\0\0", 6));
  EXPECT_EQ((*sandbox)->run_function("add", "\"a\"\n1").status, ExecStatus::kRunError);
  EXPECT_EQ((*sandbox)->run_function("subtract", "1\n2").status, ExecStatus::kRunError);
  EXPECT_EQ((*sandbox)->run_function("add", "\"x\"\n\"y\"").return_value,
            std::string("vu\x02\0\0\0xy", 8));
}

TEST(Sandbox, AKilledProgramTakesItsSandboxAlongAndNothingElse) {
  SandboxLimits limits;
  limits.cpu_ms = 200;
  auto sandbox = shared_pool().open({.source = "while True:\n    pass"}, limits);
  ASSERT_TRUE(sandbox.ok());
  EXPECT_EQ((*sandbox)->run_program("").status, ExecStatus::kTimeLimit);
  EXPECT_FALSE((*sandbox)->alive());
  EXPECT_EQ((*sandbox)->run_program("").status, ExecStatus::kSandboxError);
  EXPECT_EQ(run("print(1)").stdout_text, "1\n");
}

TEST(Sandbox, SandboxesSideBySideDoNotSeeEachOther) {
  const std::string source = R"py(
import os, sys, time
number = input()
if os.access('/tmp', os.W_OK):
    open('/tmp/' + number, 'w').close()
    time.sleep(0.2)
    print(os.listdir('/tmp') == [number], os.getpid() < 20)
else:
    print(True, True)
)py";
  std::vector<std::string> outputs(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < outputs.size(); ++i)
    threads.emplace_back([&, i] { outputs[i] = run(source, std::to_string(i)).stdout_text; });
  for (std::thread& thread : threads)
    thread.join();
  for (const std::string& output : outputs)
    EXPECT_EQ(output, "True True\n");
}

TEST(Sandbox, AHundredRunsLeaveNothing) {
  run("print(1)");
  const MachineState before = MachineState::now(shared_pool());
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(run("print(1)").status, ExecStatus::kOk);
  EXPECT_TRUE(MachineState::now(shared_pool()) == before);
}

TEST(Sandbox, TheCheckerAnswersStepByStep) {
  auto sandbox = shared_pool().open({.source = "n = int(input())\nprint(n * 2)"}, {});
  ASSERT_TRUE(sandbox.ok());
  EXPECT_EQ((*sandbox)->begin_checker("", {}).kind, CheckerStep::Kind::kLoaded);
  const CheckerStep first = (*sandbox)->next_checker_test("4\n");
  EXPECT_EQ(first.kind, CheckerStep::Kind::kOutput);
  EXPECT_EQ(first.payload, "8\n");
  EXPECT_EQ((*sandbox)->next_checker_test("x\n").kind, CheckerStep::Kind::kException);
  (*sandbox)->end_checker();
  EXPECT_EQ((*sandbox)->run_program("5").stdout_text, "10\n");  // the sandbox goes on
}

TEST(Sandbox, ForgedAnswersOfTheCheckerAreOnlyGuessesOrBreakIt) {
  struct Case {
    const char* name;
    const char* source;
    CheckerStep::Kind kind;
  };
  const Case kCases[] = {
      {"an answer without its mark",
       "import os\nos.write(3, b'o\\x01\\0\\0\\0x' * 2)\nprint(input())", CheckerStep::Kind::kDied},
      {"an unknown frame", "import os\nos.write(3, b'?\\0\\0\\0\\0')\nprint(input())",
       CheckerStep::Kind::kDied},
      {"a huge length", "import os\nos.write(3, b'o\\xff\\xff\\xff\\xff')\nprint(input())",
       CheckerStep::Kind::kOutputLimit},
      {"half a frame and away", "import os\nos.write(3, b'o\\x09')\nos._exit(0)",
       CheckerStep::Kind::kDied},
      {"a claim to be loaded again", "import os\nos.write(3, b'c\\0\\0\\0\\0')\nprint(input())",
       CheckerStep::Kind::kDied},
      {"the socket closed", "import os\nos.close(3)\nprint(input())", CheckerStep::Kind::kDied},
      {"a claim to be another process", "import os\nos.write(3, b'b\\0\\0\\0\\0')\nprint(input())",
       CheckerStep::Kind::kDied},
      {"the process ended", "import os\nos._exit(0)", CheckerStep::Kind::kDied},
  };
  for (const Case& c : kCases) {
    auto sandbox = shared_pool().open({.source = c.source}, {});
    ASSERT_TRUE(sandbox.ok());
    ASSERT_EQ((*sandbox)->begin_checker("", {}).kind, CheckerStep::Kind::kLoaded) << c.name;
    const CheckerStep step = (*sandbox)->next_checker_test("in");
    EXPECT_EQ(static_cast<int>(step.kind), static_cast<int>(c.kind))
        << c.name << ": " << step.payload;
  }
}

// The mark of a test stands where the program can find it; that of the next one does not exist yet.
TEST(Sandbox, ATestCannotBeAnsweredBeforeItIsAsked) {
  auto sandbox = shared_pool().open({.source = R"py(
import os, sys
frame = sys._getframe()
while 'mark' not in frame.f_globals:
    frame = frame.f_back
mark = frame.f_globals['mark']
answer = mark + b'guess'
os.write(3, (b'o' + len(answer).to_bytes(4, 'little') + answer) * 2)
print(input())
)py"},
                                    {});
  ASSERT_TRUE(sandbox.ok());
  ASSERT_EQ((*sandbox)->begin_checker("", {}).kind, CheckerStep::Kind::kLoaded);
  const CheckerStep first = (*sandbox)->next_checker_test("in");
  EXPECT_EQ(first.kind, CheckerStep::Kind::kOutput);
  EXPECT_EQ(first.payload, "guess");
  EXPECT_EQ((*sandbox)->next_checker_test("in").kind, CheckerStep::Kind::kDied);
}

TEST(Sandbox, TheCheckersProgramCannotSetItsClockBack) {
  SandboxLimits limits;
  limits.cpu_ms = 300;
  auto sandbox = shared_pool().open(
      {.source = "import os\nwhile True:\n    os.write(3, b'b\\0\\0\\0\\0')"}, limits);
  ASSERT_TRUE(sandbox.ok());
  ASSERT_EQ((*sandbox)->begin_checker("", {}).kind, CheckerStep::Kind::kLoaded);
  const CheckerStep step = (*sandbox)->next_checker_test("in");
  EXPECT_EQ(step.kind, CheckerStep::Kind::kDied);
  EXPECT_THAT(step.payload, HasSubstr("wrote into the checker's protocol"));
}

TEST(Sandbox, WhatOneRunLeavesBehindEndsTheSandbox) {
  auto sandbox = shared_pool().open(
      {.source = "import os\nif input() == 'leave': open('/tmp/left', 'w').close()"}, {});
  ASSERT_TRUE(sandbox.ok());
  EXPECT_EQ((*sandbox)->run_program("no").status, ExecStatus::kOk);
  EXPECT_TRUE((*sandbox)->alive());
  const bool may_write = shared_pool().tier() == SandboxTier::kA;
  EXPECT_EQ((*sandbox)->run_program("leave").status,
            may_write ? ExecStatus::kOk : ExecStatus::kRunError);
  EXPECT_EQ((*sandbox)->alive(), !may_write);
}

TEST(Sandbox, FlagsOfSharedDescriptorsDoNotOutliveARun) {
  auto sandbox =
      shared_pool().open({.source = "import os\nprint([os.get_blocking(fd) for fd in range(3)])\n"
                                    "for fd in range(3):\n    os.set_blocking(fd, False)"},
                         {});
  ASSERT_TRUE(sandbox.ok());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ((*sandbox)->run_program("").stdout_text, "[True, True, True]\n");
}

TEST(Sandbox, ProgramsMayCountOnDeclaredModulesAndNoOthersAreMissed) {
  for (const char* source :
       {"import numpy", "import colections", "raise ModuleNotFoundError('numpy')"}) {
    auto sandbox = shared_pool().open({.source = source}, {});
    ASSERT_TRUE(sandbox.ok()) << sandbox.status().message();
    EXPECT_EQ((*sandbox)->missing_module(), "") << source;
  }
}

}  // namespace
}  // namespace jangwon::harness
