// What a step costs the scheduler while 100, 10,000 and 100,000 prompts wait, as a ratio to the
// shortest queue of the same run. Half of the prompts share one long prefix, the others one of
// fifty; replies are short, so that in every step sequences end, others are admitted and new ones
// arrive: the queue keeps its length.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <vector>

#include "runtime/base/counter_rng.h"
#include "runtime/engine/scheduler.h"

namespace jangwon::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSteps = 500;
constexpr size_t kWeightBytes = size_t{1} << 26;
constexpr int kLongPrefix = 1024;
constexpr int kShortPrefix = 256;
constexpr int kOwnTokens = 40;
constexpr int kReplyTokens = 4;

double us_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

struct Figures {
  double add_us = 0.0;
  double mean_us = 0.0;
  double p99_us = 0.0;
  double max_us = 0.0;
};

class Load {
 public:
  Load() : scheduler_(options(), layout(), {.blocks_of_group = {8192, 2048}}) {}

  void add() {
    Sequence& sequence = sequences_.emplace_back();
    const uint64_t number = sequences_.size();
    const uint64_t family = number % 2 == 0 ? 0 : 1 + number % 50;
    const int prefix = family == 0 ? kLongPrefix : kShortPrefix;
    for (int i = 0; i < prefix; ++i)
      sequence.token_ids.push_back(
          static_cast<int32_t>(combine_keys(family, static_cast<uint64_t>(i)) % 100000));
    for (int i = 0; i < kOwnTokens; ++i)
      sequence.token_ids.push_back(
          static_cast<int32_t>(combine_keys(number + 1000, static_cast<uint64_t>(i)) % 100000));
    sequence.num_prompt_tokens = sequence.num_tokens();
    sequence.first_logit_position = sequence.num_tokens() - 1;
    const Clock::time_point begin = Clock::now();
    scheduler_.add(&sequence);
    add_us_ += us_between(begin, Clock::now());
  }

  Figures run(int num_waiting) {
    for (int i = 0; i < num_waiting; ++i)
      add();
    Figures figures;
    figures.add_us = add_us_ / num_waiting;
    std::vector<double> times;
    for (int step = 0; step < kSteps; ++step) {
      read_weights();
      const Clock::time_point begin = Clock::now();
      const std::vector<ScheduledTokens> scheduled = scheduler_.schedule();
      scheduler_.take_commands();
      scheduler_.complete(scheduled);
      double us = us_between(begin, Clock::now());
      for (const ScheduledTokens& tokens : scheduled)
        us += sample(*tokens.sequence);
      times.push_back(us);
      while (scheduler_.num_waiting() < num_waiting)
        add();
    }
    for (const double us : times)
      figures.mean_us += us / kSteps;
    std::sort(times.begin(), times.end());
    figures.p99_us = times[static_cast<size_t>(kSteps * 99 / 100)];
    figures.max_us = times.back();
    return figures;
  }

 private:
  static SchedulerOptions options() {
    return {.max_batch_size = 64, .max_step_tokens = 512, .max_logit_rows = 64};
  }
  static CacheLayout layout() {
    return {.groups = {{.window = 0, .dtype = DType::kF32, .bytes_per_block = 1, .layers = {0}},
                       {.window = 128, .dtype = DType::kF32, .bytes_per_block = 1, .layers = {1}}},
            .states = {}};
  }

  void read_weights() {
    for (size_t i = 0; i < weights_.size(); i += 64)
      ++weights_[i];
  }

  // The time that ending a sequence takes belongs to the step, making up tokens does not.
  double sample(Sequence& sequence) {
    if (sequence.num_uncomputed_tokens() > 0) return 0.0;
    if (sequence.num_tokens() - sequence.num_prompt_tokens < kReplyTokens) {
      sequence.token_ids.push_back(7);
      sequence.first_logit_position = sequence.num_tokens() - 1;
      return 0.0;
    }
    const Clock::time_point begin = Clock::now();
    scheduler_.finish(&sequence);
    return us_between(begin, Clock::now());
  }

  Scheduler scheduler_;
  std::deque<Sequence> sequences_;
  double add_us_ = 0.0;
  std::vector<unsigned char> weights_ = std::vector<unsigned char>(kWeightBytes);
};

void run() {
  std::printf("%9s %12s %12s %12s %12s %8s\n", "waiting", "add us", "step us", "p99 us", "max us",
              "ratio");
  double shortest = 0.0;
  for (const int num_waiting : {100, 10000, 100000}) {
    const Figures figures = Load().run(num_waiting);
    if (shortest == 0.0) shortest = figures.mean_us;
    std::printf("%9d %12.2f %12.2f %12.2f %12.2f %8.2f\n", num_waiting, figures.add_us,
                figures.mean_us, figures.p99_us, figures.max_us, figures.mean_us / shortest);
  }
}

}  // namespace
}  // namespace jangwon::runtime

int main() {
  jangwon::runtime::run();
}
