// What a solution with 20 trivial tests costs. Prints CPU time a solution (children and harness
// together, from getrusage), beside that of the bare interpreter with the same imports measured in
// the same run, so that the ratio means something on a busy machine.
//
// usage: sandbox_bench [solutions] [threads]

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "datasets/sample.h"
#include "harness/sandbox/sandbox.h"
#include "harness/scorers/code_scorer.h"

namespace {

using namespace jangwon;
using namespace jangwon::harness;

double now_ms() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double to_ms(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

// CPU time of this process and of children that it waited for.
double own_cpu_ms() {
  double total = 0.0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    getrusage(who, &usage);
    total += to_ms(usage.ru_utime) + to_ms(usage.ru_stime);
  }
  return total;
}

// CPU time of a process that lives, without its children's: fields 14 and 15 of its stat file.
double spawner_cpu_ms(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const char* fields = text.c_str() + text.rfind(')') + 2;
  unsigned long long user = 0;
  unsigned long long system = 0;
  std::sscanf(fields, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system);
  return static_cast<double>(user + system) * 1e3 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double interpreter_cpu_ms(int repeats) {
  const char* kImports =
      "import string, re, datetime, collections, heapq, bisect, copy, math, random, statistics, "
      "itertools, functools, "
      "operator, io, "
      "sys, json, builtins, typing, ast, os\nos._exit(0)";
  const double before = own_cpu_ms();
  for (int i = 0; i < repeats; ++i) {
    const pid_t child = vfork();
    if (child == 0) {
      execl("/usr/bin/python3", "python3", "-s", "-B", "-c", kImports, nullptr);
      _exit(127);
    }
    waitpid(child, nullptr, 0);
  }
  return (own_cpu_ms() - before) / repeats;
}

}  // namespace

int main(int argc, char** argv) {
  const int solutions = argc > 1 ? std::atoi(argv[1]) : 50;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
  const double setup_begin = now_ms();
  const auto pool = SandboxPool::create({});
  if (!pool.ok()) {
    fmt::print(stderr, "{}\n", pool.status().message());
    return 1;
  }
  fmt::print("{}\npool ready in {:.0f} ms\n", (*pool)->description(), now_ms() - setup_begin);
  fmt::print("bare interpreter with the same imports: {:.1f} ms CPU\n", interpreter_cpu_ms(20));

  datasets::Sample sample;
  sample.id = "double";
  for (int i = 0; i < 20; ++i)
    sample.tests.push_back({std::to_string(i) + "\n", std::to_string(2 * i) + "\n"});
  const std::string code = "print(2 * int(input()))";

  struct Mode {
    const char* name;
    bool official;
    bool native;
  };
  for (const Mode mode :
       {Mode{"nothing run", false, false}, Mode{"official, 20 tests", true, false},
        Mode{"native, 20 tests", false, true}, Mode{"both, 40 runs", true, true}}) {
    // What the sandboxes used is measured inside them; the rest is ours and the spawner's.
    double inside = 0.0;
    const double own = own_cpu_ms() + spawner_cpu_ms((*pool)->spawner_pid());
    for (int i = 0; i < solutions; ++i) {
      auto sandbox = (*pool)->open({.source = code}, {});
      if (!sandbox.ok()) return 1;
      if (mode.official) {
        (*sandbox)->begin_checker("", {});
        for (const auto& test : sample.tests)
          (*sandbox)->next_checker_test(test.input);
        (*sandbox)->end_checker();
      }
      for (size_t test = 0; mode.native && test < sample.tests.size(); ++test)
        (*sandbox)->run_program(sample.tests[test].input);
      inside += (*sandbox)->close_and_measure_cpu_ms();
    }
    const double outside = own_cpu_ms() + spawner_cpu_ms((*pool)->spawner_pid()) - own;
    fmt::print("{}: {:.1f} ms CPU a solution ({:.1f} inside, {:.1f} harness and spawner)\n",
               mode.name, (inside + outside) / solutions, inside / solutions, outside / solutions);
  }

  // The whole way that a reply's program takes, threads of the harness included.
  struct Way {
    const char* name;
    CodeScorerOptions options;
  };
  for (const Way& way : {Way{"official", {.modes = {ScoreMode::kOfficial}}},
                         Way{"native", {.modes = {ScoreMode::kNative}}}, Way{"both modes", {}}}) {
    for (const int concurrent : {1, threads}) {
      const double begin = now_ms();
      std::vector<std::thread> workers;
      for (int thread = 0; thread < concurrent; ++thread) {
        workers.emplace_back([&] {
          for (int i = 0; i < solutions / concurrent; ++i)
            score_code(sample, code, **pool, way.options);
        });
      }
      for (std::thread& worker : workers)
        worker.join();
      const double seconds = (now_ms() - begin) / 1e3;
      const int done = solutions / concurrent * concurrent;
      const double runs =
          static_cast<double>(done) * 20 * static_cast<double>(way.options.modes.size());
      fmt::print("{}, {} at a time: {:.1f} ms wall a solution, {:.0f} test runs a minute\n",
                 way.name, concurrent, seconds * 1e3 / done, runs / seconds * 60);
    }
  }
  return 0;
}
