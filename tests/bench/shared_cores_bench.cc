// Decoding beside processes that do nothing but compute: what is left of the throughput, against
// the fair share of the cores. With n threads on n cores and k busy processes the system gives n of
// n + k parts where it is fair.
//
//   shared_cores_bench FOLDER [THREADS] [REPEATS]
//
// The numbers of busy processes take turns, so that what else the machine does meets all of them.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/base/thread_pool.h"
#include "runtime/engine/engine.h"

namespace jangwon::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReplyTokens = 64;

class BusyProcesses {
 public:
  explicit BusyProcesses(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile uint64_t n = 0;;)
          n = n + 1;
      }
      if (child > 0) children_.push_back(child);
    }
  }
  BusyProcesses(const BusyProcesses&) = delete;
  BusyProcesses& operator=(const BusyProcesses&) = delete;
  ~BusyProcesses() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

double decode_tokens_per_s(Engine& engine, int batch) {
  for (int i = 0; i < batch; ++i) {
    EngineRequest request;
    request.prompt_token_ids = {5 + i, 6, 7, 8};
    request.sampling.max_tokens = kReplyTokens;
    request.end_of_sequence = EndOfSequence::kIgnore;
    engine.submit(std::move(request));
  }
  engine.step();
  const Clock::time_point begin = Clock::now();
  while (engine.has_work())
    engine.step();
  engine.take_completed();
  return batch * (kReplyTokens - 1) / std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int run(int argc, char** argv) {
  if (argc < 2)
    return std::fprintf(stderr, "usage: shared_cores_bench FOLDER [THREADS] [REPEATS]\n"), 2;
  const int threads = argc > 2 ? std::atoi(argv[2]) : available_cpus();
  const int repeats = argc > 3 ? std::atoi(argv[3]) : 5;
  const auto engine = Engine::load(argv[1], {.max_context_tokens = 128,
                                             .num_threads = threads,
                                             .max_batch_size = 8,
                                             .prefix_cache = PrefixCache::kOff});
  if (!engine.ok()) return std::fprintf(stderr, "%s\n", engine.status().message().c_str()), 2;
  const int cores = available_cpus();
  constexpr int kBusy[] = {0, 2, 4};
  std::printf("%d threads on %d cores\n%6s %6s %10s %10s %12s %12s\n", threads, cores, "batch",
              "busy", "tok/s", "of alone", "fair share", "of the fair");
  for (const int batch : {1, 8}) {
    std::vector<double> rates[3];
    for (int repeat = 0; repeat < repeats; ++repeat) {
      for (size_t i = 0; i < 3; ++i) {
        const BusyProcesses busy(kBusy[i]);
        rates[i].push_back(decode_tokens_per_s(**engine, batch));
      }
    }
    for (size_t i = 0; i < 3; ++i) {
      const double share = median(rates[i]) / median(rates[0]);
      const double fair = std::min(1.0, static_cast<double>(cores) / (threads + kBusy[i]));
      std::printf("%6d %6d %10.1f %9.0f%% %11.0f%% %11.2f\n", batch, kBusy[i], median(rates[i]),
                  100 * share, 100 * fair, share / fair);
    }
  }
  return 0;
}

}  // namespace
}  // namespace jangwon::runtime

int main(int argc, char** argv) {
  return jangwon::runtime::run(argc, argv);
}
