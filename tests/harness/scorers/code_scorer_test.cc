// Programs with known verdicts: 236 small ones that probe the official checker's quirks, each with
// what that checker said; the cheats it accepts; and what must never be a pass.

#include "harness/scorers/code_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "datasets/sample.h"
#include "harness/sandbox/sandbox.h"
#include "runtime/base/json.h"
#include "tests/harness/scorers/json_lines.h"
#include "tests/harness/scorers/make_scorer.h"

namespace jangwon::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SandboxPool& shared_pool() {
  static const std::unique_ptr<SandboxPool> pool = [] {
    auto made = SandboxPool::create({});
    JANGWON_CHECK(made.ok(), made.status().message());
    return std::move(made).value();
  }();
  return *pool;
}

datasets::Sample sample_of(const nlohmann::json& row) {
  datasets::Sample sample;
  sample.id = row.value("name", row.value("id", ""));
  if (row["fn_name"].is_string()) sample.fn_name = row["fn_name"];
  for (size_t test = 0; test < row["inputs"].size(); ++test)
    sample.tests.push_back({row["inputs"][test], row["outputs"][test]});
  return sample;
}

datasets::Sample stdin_sample(std::vector<datasets::Sample::CodeTest> tests) {
  datasets::Sample sample;
  sample.id = "sample";
  sample.tests = std::move(tests);
  return sample;
}

std::vector<Score> judge(const datasets::Sample& sample, const std::string& code,
                         double timeout_s = 6.0) {
  CodeScorerOptions options;
  options.timeout_s = timeout_s;
  return score_code(sample, code, shared_pool(), options);
}

std::vector<Score> judge_in(ScoreMode mode, const datasets::Sample& sample, const std::string& code,
                            double timeout_s = 6.0) {
  CodeScorerOptions options;
  options.timeout_s = timeout_s;
  options.modes = {mode};
  return score_code(sample, code, shared_pool(), options);
}

bool passes(const Score& score) {
  return score.verdict == Verdict::kCorrect;
}

// Where we differ from the recorded verdict of the official checker, and why. "verdict": pass or
// fail differs; "codes": only the codes do.
const std::map<std::string, std::string>& known_differences() {
  static const std::map<std::string, std::string> kDifferences = {
      {"fn __eq__ cheat", "verdict: the object's own __eq__ is not asked"},
      {"fn __eq__ int subclass cheat", "verdict: the object's own __eq__ is not asked"},
      {"fn list subclass eq cheat", "verdict: the object's own __eq__ is not asked"},
      {"fn unittest.mock.ANY", "verdict: the object's own __eq__ is not asked"},
      {"fn frame cheat reads gt_out", "verdict: the expected output is not in the process"},
      {"fn gc cheat", "verdict: the expected output is not in the process"},
      {"fn patch grader module", "verdict: the results are not in the process"},
      {"signal.alarm(0) disable",
       "verdict: time is measured outside, so the alarm cannot be switched off"},
      {"signal.signal override",
       "verdict: time is measured outside, so the alarm cannot be caught"},
      {"catch all swallow TLE",
       "verdict: a loop over wall-clock time, which CPU time judges by what it used"},
      {"bare except swallow then print",
       "codes: the alarm is not an exception inside, so there is nothing to swallow"},
      {"long C call (pow) not interruptible",
       "verdict: a faster machine ends the call within its limit"},
      {"alloc 5GB bytes", "verdict: memory has a limit"},
  };
  return kDifferences;
}

// The verdicts were recorded with Python 3.11; from 3.12 on these programs behave in another way,
// under any checker.
bool depends_on_python(const std::string& name) {
  return name == "eval in comprehension" ||  // comprehensions share the names
         name == "lru_cache recursion 20000" ||
         name == "lru_cache recursion 45000";  // C calls have a limit of their own
}

TEST(CodeScorer, OfficialAgreesWithTheCheckerOnItsQuirks) {
  std::set<std::string> seen;
  const bool recorded_python = shared_pool().python_version().starts_with("3.11.");
  for (const auto& row : read_json_lines(golden_path("quirk_programs.jsonl"))) {
    const std::string name = row["name"];
    if (depends_on_python(name) && !recorded_python) continue;
    const Score official =
        judge_in(ScoreMode::kOfficial, sample_of(row), row["code"], row["timeout_s"])[0];
    ASSERT_TRUE(counts(official.verdict)) << name << ": " << official.explanation;
    const bool same_verdict = passes(official) == row["official_passed"].get<bool>();
    const bool same_codes = official.results == row["official_results"].get<std::vector<int>>();
    const auto known = known_differences().find(name);
    if (known == known_differences().end()) {
      EXPECT_TRUE(same_verdict && same_codes)
          << name << ": " << testing::PrintToString(official.results) << " instead of "
          << row["official_results"] << ", " << official.explanation;
    } else if (known->second.starts_with("codes")) {
      EXPECT_TRUE(same_verdict) << name;
    }
    seen.insert(name);
  }
  for (const auto& [name, reason] : known_differences())
    EXPECT_TRUE(seen.contains(name)) << name << " is no program of the file (" << reason << ")";
}

TEST(CodeScorer, BothModesAgreeWithRecordedVerdictsOnRealPrograms) {
  const char* data = std::getenv("JANGWON_DATA");
  if (data == nullptr)
    GTEST_SKIP() << "JANGWON_DATA is not set, so the 867 real programs are not there";
  // Recorded as too slow by the wall clock of another machine, 6 s a test.
  const std::set<std::string> kNearTheTimeLimit = {"o1-mini/abc301_e", "o1-mini/abc311_e",
                                                   "o1-mini/abc328_e", "o1-mini/abc361_f"};
  for (const auto& row :
       read_json_lines(std::string(data) + "/lcb/real_programs_on_samples.jsonl")) {
    const std::string id = row["id"];
    if (kNearTheTimeLimit.contains(id)) continue;
    const std::vector<Score> scores = judge(sample_of(row), row["code"]);
    EXPECT_EQ(passes(scores[0]), row["head"]["passed"].get<bool>())
        << id << " official: " << scores[0].explanation;
    if (row["real_process"].is_object()) {
      EXPECT_EQ(passes(scores[1]), row["real_process"]["passed"].get<bool>())
          << id << " native: " << scores[1].explanation;
    }
  }
}

TEST(CodeScorer, ForgedVerdictsFailInBothModes) {
  struct Case {
    const char* name;
    const char* fn_name;  // empty: standard input
    const char* code;
  };
  const Case kCases[] = {
      {"an object that equals everything", "f",
       "class Any:\n    def __eq__(self, other): return True\nclass Solution:\n    def f(self, a): "
       "return Any()"},
      {"an int that equals everything", "f",
       "class Any(int):\n    def __eq__(self, other): return True\n    __hash__ = None\nclass "
       "Solution:\n    def "
       "f(self, a): return Any(1)"},
      {"a str that lies about itself", "f",
       "class Text(str):\n    def __str__(self): return '42'\n    def __eq__(self, o): return "
       "True\n    __hash__ = "
       "str.__hash__\nclass Solution:\n    def f(self, a): return Text('x')"},
      {"mock.ANY", "f",
       "from unittest.mock import ANY\nclass Solution:\n    def f(self, a): return ANY"},
      {"frames", "f",
       "import sys\nclass Solution:\n    def f(self, a):\n        frame = sys._getframe()\n        "
       "while frame:\n      "
       "      for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):\n       "
       "         if value "
       "in (42, '42'): return 42\n            frame = frame.f_back"},
      {"garbage collector", "f",
       "import gc\nclass Solution:\n    def f(self, a):\n        return next(iter(x for x in "
       "gc.get_objects() if "
       "isinstance(x, list) and x and x[0] in ('42', 42, ['42'])), None)"},
      {"a function in json", "f",
       "import json\njson.loads = lambda *a: 42\nclass Solution:\n    def f(self, a): return "
       "json.loads('x') - 1"},
      {"marshal patched", "f",
       "import marshal\nmarshal.dumps = lambda *a: b'i\\x2a\\0\\0\\0'\nclass Solution:\n    def "
       "f(self, a): return 1"},
      {"forged frames", "f",
       "import os\nclass Solution:\n    def f(self, a):\n        for fd in range(3, 64):\n         "
       "   try: "
       "os.write(fd, b'r\\x06\\0\\0\\0vi\\x01\\0\\0\\0')\n            except OSError: pass\n       "
       " return 1"},
      {"leaving at once", "f", "import os\nos._exit(0)"},
      {"SystemExit in a call", "f", "class Solution:\n    def f(self, a): raise SystemExit(0)"},
      {"no answer at all", "", "import os\nos._exit(0)"},
      {"printing everything", "", "print('\\n'.join(map(str, range(100))))"},
      {"output at exit of another process", "", "import sys\nsys.stdout = None"},
      {"forged output frames", "",
       "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'o\\x02\\0\\0\\x0041')\n    "
       "except OSError: pass\n"},
      {"a cyclic list", "f",
       "class Solution:\n    def f(self, a):\n        x = []\n        x.append(x)\n        return "
       "x"},
      {"a very deep list", "f",
       "class Solution:\n    def f(self, a):\n        x = 42\n        for _ in range(100000): x = "
       "[x]\n        return "
       "x"},
      {"a generator", "f", "class Solution:\n    def f(self, a):\n        yield 42"},
      {"not a number", "f", "class Solution:\n    def f(self, a): return float('nan')"},
  };
  for (const Case& c : kCases) {
    datasets::Sample sample = stdin_sample({{"[1]", "42"}});
    sample.fn_name = c.fn_name;
    for (const Score& score : judge(sample, c.code))
      EXPECT_EQ(score.verdict, Verdict::kIncorrect)
          << c.name << " " << name_of(score.mode) << ": " << score.explanation;
  }
}

TEST(CodeScorer, ExpectedOutputsAreNotInTheInterpretersMemory) {
  // The program searches every readable object and every frame for the marker; it is part of the
  // expected output only.
  const std::string code = R"py(
import gc, sys
marker = 'needle' + 'in' + 'haystack'
found = [type(x).__name__ for x in gc.get_objects() if isinstance(x, (str, bytes, list, dict)) and marker in repr(x)[:100000]]
print(len([name for name in found if name not in ('dict', 'frame')]))
)py";
  const auto scores = judge(stdin_sample({{"", "needleinhaystack"}}), code);
  EXPECT_THAT(scores[1].metadata->dump(), HasSubstr("\"produced\":\"0\\n\""));
}

TEST(CodeScorer, WhereTheModesDiffer) {
  struct Case {
    const char* name;
    const char* code;
    bool official;
    bool native;
  };
  const Case kCases[] = {
      {"both", "print(sum(map(int, input().split())))", true, true},
      {"iteration over stdin",
       "import sys\nprint(sum(int(x) for line in sys.stdin for x in line.split()))", false, true},
      {"stdout.buffer", "import sys\nsys.stdout.buffer.write(b'3')", false, true},
      {"open(0)", "print(sum(map(int, open(0).read().split())))", false, true},
      {"os.read", "import os\nprint(sum(map(int, os.read(0, 99).split())))", false, true},
      {"reversed main guard", "if '__main__' == __name__:\n    print(3)", false, true},
      {"global in a function", "n = 0\ndef f():\n    global n\n    n = 3\nf()\nprint(n)", false,
       true},
      {"quit", "print(3)\nquit()", false, true},
      {"exit", "print(3)\nexit()", true, true},
      {"non-zero exit after the right output", "import sys\nprint(3)\nsys.exit(1)", true, true},
      {"top-level return", "print(3)\nreturn", true, false},
      {"read twice", "import sys\nsys.stdin.read()\nprint(sum(map(int, sys.stdin.read().split())))",
       true, false},
      {"neither", "print(4)", false, false},
  };
  for (const Case& c : kCases) {
    const auto scores = judge(stdin_sample({{"1 2\n", "3\n"}}), c.code);
    EXPECT_EQ(passes(scores[0]), c.official) << c.name << ": " << scores[0].explanation;
    EXPECT_EQ(passes(scores[1]), c.native) << c.name << ": " << scores[1].explanation;
  }
}

TEST(CodeScorer, ResultsHoldOneCodeATestUpToTheFirstFailure) {
  const datasets::Sample sample = stdin_sample({{"1\n", "1"}, {"2\n", "3"}, {"3\n", "3"}});
  const auto wrong = judge(sample, "print(input())");
  EXPECT_THAT(wrong[0].results, ElementsAre(1, -2));
  EXPECT_THAT(wrong[1].results, ElementsAre(1, -2));
  EXPECT_THAT(wrong[0].metadata->dump(), HasSubstr("\"failed_test\":1"));
  EXPECT_THAT(wrong[0].metadata->dump(), HasSubstr("\"error_code\":-2"));
  // The first test must pass on any machine, so its limit is many times what it takes.
  const auto slow = judge(sample, "n = int(input())\nwhile n > 1: pass\nprint(n)", 1.0);
  EXPECT_THAT(slow[0].results, ElementsAre(1, -3));
  EXPECT_THAT(slow[1].results, ElementsAre(1, -3));
  const auto error = judge(sample, "n = int(input())\nprint(n if n < 2 else 1 // 0)");
  EXPECT_THAT(error[0].results, ElementsAre(1, -4));
  EXPECT_THAT(error[1].results, ElementsAre(1, -4));
  const auto died = judge(sample, "import os\nos.abort()");
  EXPECT_THAT(died[0].results, ElementsAre(-2));
  EXPECT_THAT(died[0].metadata->dump(), HasSubstr("\"error_code\":-5"));
}

// Codes that tests/peers/livecodebench_official.py found: what that model of the checker gives.
TEST(CodeScorer, OfficialCodesOfFailuresAroundTheTests) {
  struct Case {
    const char* name;
    const char* code;
    std::vector<int> results;
  };
  const Case kCases[] = {
      {"an exception that is called as the alarm", "raise ValueError('TimeoutException')", {-3}},
      {"far behind in its text", "raise ValueError('x' * 400 + 'timeoutexception')", {-3}},
      {"a Solution out of reach", "class Solution:\n    pass\nprint(input())", {-4}},
      {"the word in a text", "s = 'class Solution'\nprint(input())", {-4}},
      {"the word in a comment", "# class Solution\nprint(input())", {1, 1}},
      {"no standard error in the second test",
       "import sys\nsys.stderr = None\nprint(input())",
       {-4}},
      {"standard error replaced",
       "import io, sys\nsys.stderr = io.StringIO()\nprint(input())",
       {-4}},
      {"the captured stream closed in the second test",
       "import io, sys\nx = input()\nprint(x)\nif x == 'b':\n    io.StringIO.close(sys.stdout)",
       {-4}},
      {"a repr that fails in the second test",
       "class E(Exception):\n    def __repr__(self): raise ValueError\nx = input()\nprint(x)\nif x "
       "== 'b':\n    raise "
       "E",
       {-4}},
      {"a module that asks for the folder", "import multiprocessing\nprint(input())", {1, 1}},
  };
  for (const Case& c : kCases) {
    const auto scores =
        judge_in(ScoreMode::kOfficial, stdin_sample({{"a", "a"}, {"b", "b"}}), c.code);
    EXPECT_EQ(scores[0].results, c.results) << c.name << ": " << scores[0].explanation;
  }
}

TEST(CodeScorer, OfficialComparesArraysAsNumpyDoes) {
  struct Case {
    const char* value;
    const char* expected;
    std::vector<int> results;
  };
  const Case kCases[] = {
      {"np.array([1])", "1", {1}},
      {"np.array([1])", "[1]", {1}},
      {"np.array(1)", "[[1]]", {1}},
      {"np.array([1, 2])", "[1, 2]", {1, -4}},
      {"np.array([2, 2])", "[1, 2]", {-2, -4}},
      {"np.array([1])", "[1, 1]", {1, -4}},
      {"np.array([1, 2])", "[1, 2, 3]", {-2}},
      {"np.array([1, 2])", "[[1], [2, 3]]", {-2}},
      {"np.array([1, 2])", "\"a\"", {-2}},
      {"np.array([1, 2])", "null", {-2, -4}},
      {"np.array([])", "[]", {-2}},
      {"[np.array([1, 2])]", "[[1, 2]]", {-4}},
      {"[0, np.array([1, 2])]", "[1, [1, 2]]", {-2}},
      {"[np.array([1]), 2]", "[1, 2]", {1}},
      {"np.matrix([[1]])", "[[1]]", {1}},
      {"np.longdouble(1.5)", "1.5", {1}},
      {"[np.longdouble(2), 3]", "[2, 3]", {1}},
  };
  for (const Case& c : kCases) {
    datasets::Sample sample = stdin_sample({{"0", c.expected}});
    sample.fn_name = "f";
    const auto scores = judge_in(ScoreMode::kOfficial, sample,
                                 std::string("import numpy as np\ndef f(x): return ") + c.value);
    EXPECT_EQ(scores[0].results, c.results)
        << c.value << " for " << c.expected << ": " << scores[0].explanation;
  }
}

TEST(CodeScorer, ASampleMayCarryItsOwnTimeLimit) {
  datasets::Sample sample = stdin_sample({{"", "1"}});
  sample.columns = Json{{"timeout_s", 0.5}};
  const auto scores = judge(sample,
                            "import time\nbegin = time.process_time()\nwhile time.process_time() < "
                            "begin + 1.5: pass\nprint(1)");
  EXPECT_THAT(scores[0].results, ElementsAre(-3));
  EXPECT_THAT(scores[1].results, ElementsAre(-3));
  EXPECT_THAT(scores[1].metadata->dump(), HasSubstr("\"timeout_s\":0.5"));
}

TEST(CodeScorer, WhatCannotBeJudgedIsOursAndNeverAPass) {
  const auto no_tests = judge(stdin_sample({}), "print(1)");
  datasets::Sample unreadable = stdin_sample({{"1", "[1, 2"}});
  unreadable.fn_name = "f";
  const auto bad_tests = judge(unreadable, "def f(a): return 1");
  unreadable.tests = {{"1\n[2, 3", "1"}};
  const auto bad_inputs = judge(unreadable, "def f(a, b): return 1");
  for (const auto& scores : {no_tests, bad_tests, bad_inputs}) {
    ASSERT_EQ(scores.size(), 2u);
    for (const Score& score : scores) {
      EXPECT_EQ(score.verdict, Verdict::kSandboxError);
      EXPECT_FALSE(score.value);
      EXPECT_FALSE(score.explanation.empty());
    }
  }
  EXPECT_THAT(no_tests[0].metadata->dump(), HasSubstr("official_checker_passes"));
}

std::string indented(const std::string& code) {
  std::string result = "    ";
  for (const char c : code) {
    result.push_back(c);
    if (c == '\n') result += "    ";
  }
  return result;
}

// What a program might do to have its failure taken for ours: as the whole program, at the top of a
// module with a function, inside the function.
TEST(CodeScorer, WhateverAProgramDoesIsAVerdictAboutTheProgram) {
  const std::vector<std::string> kDeeds = {
      "import sys\nsys.stderr.write(\"ModuleNotFoundError: No module named "
      "'zzz'\\n\")\nsys.exit(1)",
      "import sys\nsys.stderr.write(\"Traceback\\nModuleNotFoundError: No module named "
      "'numpy'\\n\")\nsys.exit(1)",
      "import colections",
      "from sortedcontainers_of_nobody import SortedList",
      "import numpy.no_such_part",
      "from numpy import no_such_name",
      "raise ModuleNotFoundError(\"No module named 'numpy'\")",
      "raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')",
      "raise ImportError('numpy')",
      "import sys\nsys.modules['numpy'] = None\nimport numpy",
      "import sys\nsys.path.clear()\nsys.meta_path.clear()\nsys.modules.pop('numpy', None)\nimport "
      "numpy",
      "import sys\nfor name in list(sys.modules): del sys.modules[name]\nimport numpy",
      "import sys\nsys.modules.clear()",
      "import builtins\nbuiltins.__import__ = None\nimport math",
      "import builtins\nfor name in list(vars(builtins)): delattr(builtins, name)",
      "import sys\nsys.excepthook = lambda *args: __import__('os')._exit(97)\n1 / 0",
      "import os\nos._exit(96)",
      "import os\nos._exit(97)",
      "import os\nos._exit(120)",
      "import os\nos._exit(121)",
      "import os\nos._exit(0)",
      "import os\nos._exit(255)",
      "import sys\nsys.exit(96)",
      "import sys\nsys.exit('the sandbox ended without an answer')",
      "import sys\nsys.exit(10 ** 30)",
      "raise SystemExit(object())",
      "raise KeyboardInterrupt",
      "raise GeneratorExit",
      "raise MemoryError",
      "import atexit, os\natexit.register(os._exit, 96)",
      "import os\nos.kill(os.getppid(), 9)",
      "import os\nos.kill(1, 9)",
      "import os\nos.kill(-1, 9)",
      "import ctypes, os\nctypes.CDLL(None).syscall(234, os.getppid(), os.getppid(), "
      "9)\nos._exit(1)",
      "import signal\nsignal.raise_signal(signal.SIGKILL)",
      "import signal\nsignal.raise_signal(signal.SIGTERM)",
      "import signal\nsignal.raise_signal(signal.SIGSEGV)",
      "import signal\nsignal.raise_signal(signal.SIGPIPE)",
      "import signal\nsignal.raise_signal(signal.SIGSYS)",
      "import signal\nsignal.raise_signal(signal.SIGXCPU)",
      "import signal\nsignal.raise_signal(signal.SIGHUP)",
      "import signal\nsignal.raise_signal(signal.SIGSTOP)",
      "import signal\nsignal.alarm(1)\nsignal.pause()",
      "import ctypes\nctypes.string_at(0)",
      "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)",
      "import os\nos.closerange(0, 1000)",
      "import os\nfor fd in range(1000):\n  try: os.dup2(fd, (fd + 1) % 64)\n  except OSError: "
      "pass",
      "import os\nfor fd in range(2, 64):\n  try: os.write(fd, b'd' + bytes([28, 0, 0, 0]) + "
      "bytes(28))\n  except "
      "OSError: "
      "pass",
      "import os\nfor fd in range(2, 64):\n  try: os.write(fd, b'n\\4\\0\\0\\0ours')\n  except "
      "OSError: pass",
      "import os\nfor fd in range(2, 64):\n  try: os.write(fd, b'y\\5\\0\\0\\0numpy')\n  except "
      "OSError: pass",
      "import os\nfor fd in range(2, 64):\n  try: os.write(fd, b'k\\xff\\xff\\xff\\xff')\n  except "
      "OSError: pass",
      "hoard = bytearray(1 << 50)",
      "import os\nwhile True: os.fork()",
      "import os\nheld = []\nwhile True: held.append(os.open('/dev/null', os.O_RDONLY))",
      "import os\nheld = []\nwhile True: held.append(os.pipe())",
      "for i in range(10):\n  with open('/tmp/%d' % i, 'wb') as file: file.write(bytes(12 << 20))",
      "for i in range(10 ** 6): open('/tmp/%d' % i, 'w').close()",
      "import threading, time\nfor i in range(10 ** 5): threading.Thread(target=time.sleep, "
      "args=(60,), "
      "daemon=True).start()",
      "import sys\nsys.setrecursionlimit(10 ** 9)\nf = lambda x: f(x + 1)\nf(0)",
      "print('x' * (20 << 20))\nimport os\nos._exit(96)",
      "import sys\nfor i in range(300): sys.stderr.write('x' * 65536)\nsys.exit(96)",
      "import sys\nsys.stdout = sys.stderr = sys.stdin = None",
      "import os\nos.write(1, b'\\xff\\xfe\\x80')\nos.write(2, b'\\xff' * 5000)\nos._exit(1)",
      "import fcntl, os\nfor fd in range(4):\n  try: os.set_blocking(fd, False)\n  except OSError: "
      "pass",
      "import gc\nfor value in gc.get_objects():\n  if type(value) is dict:\n    for key in "
      "list(value):\n      if key "
      "in "
      "('posix_exit', 'posix_write', 'write_frame', 'answer', 'finish_like_an_interpreter'): "
      "value[key] = lambda *a: "
      "None",
      "import socket\nsocket.socket()",
      "import subprocess\nsubprocess.run(['/bin/false'], check=True)",
  };
  datasets::Sample on_input = stdin_sample({{"1\n", "right"}, {"2\n", "right"}});
  datasets::Sample on_call = on_input;
  for (auto& test : on_call.tests)
    test.output = "\"right\"";
  on_call.fn_name = "f";
  for (const std::string& deed : kDeeds) {
    const std::pair<const datasets::Sample*, std::string> kPrograms[] = {
        {&on_input, deed + "\nprint('wrong')"},
        {&on_call, deed + "\ndef f(x): return 'wrong'"},
        {&on_call, "def f(x):\n" + indented(deed) + "\n    return 'wrong'"}};
    for (const auto& [sample, code] : kPrograms) {
      for (const Score& score : judge(*sample, code, 1.0))
        EXPECT_EQ(score.verdict, Verdict::kIncorrect)
            << name_of(score.mode) << ": " << score.explanation << "\n"
            << code;
    }
  }
}

// An interpreter with its standard library and nothing else.
std::string interpreter_without_numpy() {
  namespace fs = std::filesystem;
  const fs::path python = fs::canonical("/usr/bin/python3");
  const fs::path library = python.parent_path().parent_path() / "lib" / python.filename();
  const fs::path prefix =
      fs::path(testing::TempDir()) / ("bare_python_" + std::to_string(getpid()));
  fs::create_directories(prefix / "bin");
  fs::create_directories(prefix / "lib" / python.filename());
  fs::copy(python, prefix / "bin");
  for (const auto& entry : fs::directory_iterator(library)) {
    const std::string name = entry.path().filename().string();
    if (name == "test" || name == "site-packages" || name == "dist-packages" ||
        name.starts_with("config-"))
      continue;
    fs::copy(entry.path(), prefix / "lib" / python.filename() / name,
             fs::copy_options::recursive | fs::copy_options::skip_symlinks);
  }
  return prefix / "bin" / python.filename();
}

TEST(CodeScorer, ADeclaredModuleThatTheMachineLacksIsOurs) {
  SandboxOptions options;
  options.python = interpreter_without_numpy();
  options.only_tier = SandboxTier::kB;  // a root of its own has another /tmp
  const auto pool = SandboxPool::create(options);
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  struct Case {
    const char* code;
    Verdict verdict;
  };
  const Case kCases[] = {
      {"import numpy\nprint('right')", Verdict::kSandboxError},
      {"def f(x):\n    from numpy.linalg import det\nprint('wrong')", Verdict::kSandboxError},
      {"try:\n    import string, numpy.random as r\nexcept ImportError:\n    print('right')",
       Verdict::kSandboxError},
      {"print('right')  # import numpy", Verdict::kCorrect},
      {"import numpi as numpy", Verdict::kIncorrect},
      {"from .numpy import array", Verdict::kIncorrect},
      {"raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')", Verdict::kIncorrect},
      {"__import__('num' + 'py')", Verdict::kIncorrect},
      {"import numpy (", Verdict::kIncorrect},
      {"import scipy  # which is not numpy", Verdict::kIncorrect},
  };
  for (const Case& c : kCases) {
    const auto scores = score_code(stdin_sample({{"", "right"}}), c.code, **pool, {});
    for (const Score& score : scores) {
      EXPECT_EQ(score.verdict, c.verdict)
          << c.code << " " << name_of(score.mode) << ": " << score.explanation;
      if (c.verdict != Verdict::kSandboxError) continue;
      EXPECT_THAT(score.explanation, HasSubstr("imports numpy, which " + options.python));
      EXPECT_THAT(score.metadata->dump(), HasSubstr(R"("missing_module":"numpy")"));
    }
  }
  std::filesystem::remove_all(std::filesystem::path(options.python).parent_path().parent_path());
}

TEST(CodeScorer, WhatItsTextDoesToTheCompilerIsAVerdictAboutTheProgram) {
  const std::pair<const char*, std::string> kTexts[] = {
      {"no text at all", "\xff\xfe\x80"},
      {"half a character", "x = '\xed\x95'\n\xed"},
      {"a null byte", std::string("print('wrong')\0", 15)},
      {"a lone surrogate", "\xed\xa0\x80 = 1"},
      {"an unknown coding", "# -*- coding: no-such-coding -*-\nprint('wrong')"},
      {"open brackets", std::string(100000, '(')},
      {"nested brackets", std::string(5000, '[') + std::string(5000, ']')},
      {"signs", "x = " + std::string(200000, '-') + "1"},
      {"nested blocks",
       [] {
         std::string text;
         for (size_t depth = 0; depth < 300; ++depth)
           text += std::string(depth, ' ') + "if 1:\n";
         return text;
       }()},
      {"sums", "x = 1" +
                   [] {
                     std::string text;
                     for (int i = 0; i < 50000; ++i)
                       text += "+x";
                     return text;
                   }()},
      {"one long line with an error", "x = '" + std::string(9 << 20, 'x') + "' oops"},
      {"digits", "x = " + std::string(100000, '9')},
      {"more text than any program has", "#" + std::string(40 << 20, 'x') + "\nprint('wrong')"},
  };
  datasets::Sample on_call = stdin_sample({{"1", "\"right\""}});
  on_call.fn_name = "f";
  for (const auto& [name, text] : kTexts) {
    for (const datasets::Sample& sample : {stdin_sample({{"", "right"}}), on_call}) {
      for (const Score& score : judge(sample, text))
        EXPECT_EQ(score.verdict, Verdict::kIncorrect)
            << name << " " << name_of(score.mode) << ": " << score.explanation;
    }
  }
  for (const Score& score : judge(stdin_sample({{"", "right"}}), "print('right')  # \xff\xed\x95"))
    EXPECT_TRUE(passes(score)) << name_of(score.mode) << ": " << score.explanation;
}

// A program that is near its limit is run again alone, in a sandbox of its own, where its process
// has the lowest number.
TEST(CodeScorer, TheBetterOfTwoRunsNearTheLimitCounts) {
  if (shared_pool().tier() != SandboxTier::kA)
    GTEST_SKIP() << "process numbers are the machine's in this tier";
  constexpr double kLimit = 2.0;
  // Nearer than 0.8 of the limit, and as far from it as an interpreter needs to start beside
  // others. The checker's process has no name of a program, and its verdict is not asked for here.
  const std::string burn =
      "import os, sys, time\nwhile sys.argv[0] and time.process_time() < 1.64: pass\n";
  const datasets::Sample sample = stdin_sample({{"", "right"}});
  // Native comes behind official in one sandbox, so its first process has a higher number than its
  // second, which has that of a new sandbox's first. A sanitizer's threads have numbers too.
  const auto number =
      judge_in(ScoreMode::kNative, stdin_sample({{"", ""}}), "import os\nprint(os.getpid())");
  const std::string alone = number[0].metadata->at("produced");
  for (const char* when : {"first", "second"}) {
    const std::string code =
        burn + "first = os.getpid() > " + alone +
        "\nprint('right' if first == " + (std::string(when) == "first" ? "True" : "False") +
        " else 'wrong')";
    const auto scores = judge(sample, code, kLimit);
    EXPECT_TRUE(passes(scores[1])) << when << ": " << scores[1].explanation << *scores[1].metadata;
    const bool kept_the_second = scores[1].metadata->at("exec").contains("ran_alone");
    EXPECT_EQ(kept_the_second, std::string(when) == "second") << *scores[1].metadata;
  }
  const auto quick = judge(sample, "print('right')", kLimit);
  EXPECT_THAT(quick[1].metadata->dump(), ::testing::Not(HasSubstr("ran_alone")));
}

pid_t first_child(pid_t pid) {
  std::ifstream file(pid == 0 ? "/dev/null"
                              : "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) +
                                    "/children");
  pid_t child = 0;
  return file >> child ? child : 0;
}

TEST(CodeScorer, AnErrorOfOursIsHadAgain) {
  const auto pool = SandboxPool::create({});
  ASSERT_TRUE(pool.ok()) << pool.status().message();
  CodeScorerOptions options;
  options.timeout_s = 10;
  for (const ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
    options.modes = {mode};
    // The sandbox is killed once, when the program runs in it: PID 1, the interpreter, its fork.
    std::thread killer([&] {
      const pid_t spawner = (*pool)->spawner_pid();
      while (first_child(first_child(first_child(spawner))) == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      kill(first_child(spawner), SIGKILL);
    });
    const auto scores = score_code(stdin_sample({{"", "right"}}),
                                   "import time\ntime.sleep(3)\nprint('right')", **pool, options);
    killer.join();
    EXPECT_TRUE(passes(scores[0])) << scores[0].explanation;
    EXPECT_THAT(scores[0].metadata->dump(), HasSubstr("\"ran_alone\":true"));
  }
}

TEST(CodeScorer, AnAnswerLongerThanTheUsualLimitIsRead) {
  const std::string line(1 << 20, '7');
  std::string expected;
  for (int i = 0; i < 18; ++i)
    expected += line + "\n";
  for (const Score& score :
       judge(stdin_sample({{"", expected}}), "for i in range(18): print('7' * (1 << 20))"))
    EXPECT_TRUE(passes(score)) << name_of(score.mode) << ": " << score.explanation;
}

TEST(CodeScorer, AValueCountsOnlyWhereTheCallEnded) {
  datasets::Sample sample = stdin_sample({{"1", "42"}});
  sample.fn_name = "f";
  const std::string answer = "import os\ndef f(x):\n    os.write(63, b'vi\\x2a\\0\\0\\0')\n    ";
  EXPECT_TRUE(passes(judge_in(ScoreMode::kNative, sample, answer + "os._exit(0)")[0]))
      << "a guess like any other";
  EXPECT_FALSE(passes(judge_in(ScoreMode::kNative, sample, answer + "os._exit(1)")[0]));
  EXPECT_FALSE(passes(judge_in(ScoreMode::kNative, sample, answer + "os.abort()")[0]));
}

TEST(CodeScorer, NativeTakesTuplesAndArraysAsTheListsThatTheyMean) {
  datasets::Sample sample = stdin_sample({{"1", "[[1, 2], [3]]"}});
  sample.fn_name = "f";
  for (const char* value :
       {"[(1, 2), (3,)]", "((1, 2), [3])", "[np.array([1, 2]), np.array([3])]"}) {
    const auto scores = judge(sample, std::string("import numpy as np\ndef f(x): return ") + value);
    EXPECT_FALSE(passes(scores[0])) << value;
    EXPECT_TRUE(passes(scores[1])) << value << ": " << scores[1].explanation;
  }
}

TEST(CodeScorer, CodesOfLimits) {
  datasets::Sample on_call = stdin_sample({{"1", "1"}, {"2", "2"}});
  on_call.fn_name = "f";
  const std::string loop = "while True: pass\n";
  EXPECT_THAT(judge_in(ScoreMode::kOfficial, on_call, loop + "def f(x): return x", 0.5)[0].results,
              ElementsAre(-4));
  EXPECT_THAT(judge_in(ScoreMode::kNative, on_call, loop + "def f(x): return x", 0.5)[0].results,
              ElementsAre(-3));
  const datasets::Sample on_input = stdin_sample({{"", "1"}});
  for (const Score& score : judge(on_input, "print('x' * (20 << 20))"))
    EXPECT_THAT(score.results, ElementsAre(-2)) << name_of(score.mode);
  for (const Score& score : judge(on_input, "x = bytearray(1 << 50)"))
    EXPECT_THAT(score.results, ElementsAre(-4)) << name_of(score.mode);
}

TEST(CodeScorer, ThinkingWithoutAnEndHasNoProgramInNative) {
  const auto scorer = make_scorer("code", "", {.sandbox = &shared_pool()});
  ASSERT_TRUE(scorer.ok());
  const datasets::Sample sample = stdin_sample({{"", "1"}});
  ScorerInput input;
  input.sample = &sample;
  input.text = input.answer_text = "```python\nprint(1)\n```\n";
  input.reasoning_terminated = false;
  const auto scores = (*scorer)->score(input);
  EXPECT_EQ(scores[0].verdict, Verdict::kCorrect);
  EXPECT_EQ(scores[1].verdict, Verdict::kNoAnswer);
}

TEST(CodeScorer, ANativeTestFindsNothingOfTheOnesBeforeIt) {
  if (shared_pool().tier() != SandboxTier::kA)
    GTEST_SKIP() << "nothing can be left behind in this tier";
  const std::string code =
      "import os\nprint(len(os.listdir('/tmp')))\nopen('/tmp/left', 'w').write('x' * (9 << 20))";
  const datasets::Sample sample = stdin_sample({{"", "0"}, {"", "0"}, {"", "0"}});
  const auto both = judge(sample, code);
  EXPECT_THAT(both[0].results, ElementsAre(1, -2));  // one process for all tests, there as here
  EXPECT_TRUE(passes(both[1])) << both[1].explanation;
  EXPECT_TRUE(passes(judge_in(ScoreMode::kNative, sample, code)[0]));
}

TEST(CodeScorer, ATolerantVariantIsReportedBesideNative) {
  const datasets::Sample sample = stdin_sample({{"", "0.3"}, {"", "1"}});
  const auto close = judge(sample, "import os\nprint(0.1 + 0.2)");
  EXPECT_THAT(close[1].results, ElementsAre(-2));
  // the second test is off
  EXPECT_THAT(close[1].metadata->dump(), HasSubstr("\"passed_with_float_tolerance\":false"));
  const auto nearly = judge(stdin_sample({{"", "0.3"}, {"", "0.3"}}), "print(0.1 + 0.2)");
  EXPECT_EQ(nearly[1].verdict, Verdict::kIncorrect);
  EXPECT_THAT(nearly[1].metadata->dump(), HasSubstr("\"passed_with_float_tolerance\":true"));
}

TEST(CodeScorer, TheProgramIsTakenOutOfTheReply) {
  const ScorerContext context = {.sandbox = &shared_pool()};
  const auto scorer = make_scorer("code", "", context);
  ASSERT_TRUE(scorer.ok());
  const datasets::Sample sample = stdin_sample({{"2 3\n", "5\n"}});
  const std::string right = "Here:\n```python\nprint(sum(map(int, input().split())))\n```\n";
  struct Case {
    const char* name;
    std::string text;
    Verdict official;
    Verdict native;
  };
  const Case kCases[] = {
      {"one block", right, Verdict::kCorrect, Verdict::kCorrect},
      {"output shown after it", right + "It prints\n```\n5\n```\n", Verdict::kIncorrect,
       Verdict::kCorrect},
      {"no program", "I do not know.", Verdict::kNoAnswer, Verdict::kNoAnswer},
      {"empty reply", "", Verdict::kNoAnswer, Verdict::kNoAnswer},
      {"Korean prose around", "정답은 다음과 같습니다.\n" + right + "감사합니다.",
       Verdict::kCorrect, Verdict::kCorrect},
      {"a huge reply", std::string(1 << 20, '.') + "\n" + right, Verdict::kCorrect,
       Verdict::kCorrect},
  };
  for (const Case& c : kCases) {
    ScorerInput input;
    input.sample = &sample;
    input.text = input.answer_text = c.text;
    const auto scores = (*scorer)->score(input);
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_EQ(scores[0].verdict, c.official) << c.name << ": " << scores[0].explanation;
    EXPECT_EQ(scores[1].verdict, c.native) << c.name << ": " << scores[1].explanation;
  }
}

TEST(CodeScorer, RunsOnlyTheModesThatAreWanted) {
  const datasets::Sample sample = stdin_sample({{"1 2\n", "3\n"}});
  for (const ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
    const auto given = judge_in(mode, sample, "print(sum(map(int, input().split())))");
    ASSERT_EQ(given.size(), 1u);
    EXPECT_EQ(given[0].mode, mode);
    EXPECT_TRUE(passes(given[0]));
    const auto scorer = make_scorer("code", "", {.sandbox = &shared_pool(), .modes = {mode}});
    ASSERT_TRUE(scorer.ok()) << scorer.status().message();
    ScorerInput input;
    input.sample = &sample;
    input.text = input.answer_text = "no program";
    ASSERT_EQ((*scorer)->score(input).size(), 1u);
    EXPECT_EQ((*scorer)->score(input)[0].mode, mode);
    ASSERT_EQ(judge_in(mode, stdin_sample({}), "print(1)").size(), 1u);
  }
}

TEST(CodeScorer, TheWholeReplyIsTheProgramOfABaseModel) {
  const auto scorer =
      make_scorer("code", R"({"extraction": "whole"})", {.sandbox = &shared_pool()});
  ASSERT_TRUE(scorer.ok()) << scorer.status().message();
  const datasets::Sample sample = stdin_sample({{"1 2\n", "3\n"}});
  ScorerInput input;
  input.sample = &sample;
  input.text = input.answer_text = "\n\nprint(sum(map(int, input().split())))\n\n";
  for (const Score& score : (*scorer)->score(input)) {
    EXPECT_TRUE(passes(score)) << name_of(score.mode) << ": " << score.explanation;
    EXPECT_EQ(score.stage, "whole_reply");
  }
}

TEST(CodeScorer, PackedTestsAreUnpackedForTheirTurn) {
  datasets::Sample sample;
  sample.id = "packed";
  sample.packed_public_tests = R"([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}])";
  const auto scores = judge(sample, "print(sum(map(int, input().split())))");
  EXPECT_TRUE(passes(scores[0])) << scores[0].explanation;
  EXPECT_TRUE(passes(scores[1])) << scores[1].explanation;
  sample.packed_public_tests = "no tests";
  for (const Score& score : judge(sample, "print(3)"))
    EXPECT_EQ(score.verdict, Verdict::kSandboxError);
}

TEST(CodeScorer, OptionsAreChecked) {
  const ScorerContext context = {.sandbox = &shared_pool()};
  EXPECT_TRUE(make_scorer("code", R"({"timeout_s": 2.5})", context).ok());
  EXPECT_FALSE(make_scorer("code", R"({"timeout_s": 0})", context).ok());
  EXPECT_FALSE(make_scorer("code", R"({"timeout": 2})", context).ok());
  EXPECT_FALSE(make_scorer("code", "", {}).ok());
}

}  // namespace
}  // namespace jangwon::harness
