// Figures of a server in Prometheus' text format. Not thread-safe: the server's thread counts.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "runtime/base/completion.h"
#include "runtime/serve/engine_worker.h"

namespace jangwon::runtime {

class DurationHistogram {
 public:
  void add(double seconds);
  std::string text(const std::string& name, const std::string& help) const;

 private:
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                     0.25,  0.5,    1,     2.5,  10,    60,   600};
  std::array<uint64_t, kBounds.size() + 1> counts_ = {};
  double sum_ = 0.0;
};

// What stands now, beside what is counted.
struct MetricsNow {
  std::string model;
  WorkerFigures worker = {};
  int num_connections = 0;
  int num_calls = 0;    // being prepared, waiting or running
  int num_choices = 0;  // in the engine
  size_t bodies_bytes = 0;
};

struct Metrics {
  std::map<std::pair<std::string, int>, uint64_t> replies;  // by endpoint and status
  std::map<std::string, uint64_t> ended_early;              // calls, by why
  uint64_t prompt_tokens = 0;
  uint64_t cached_tokens = 0;
  uint64_t reply_tokens = 0;
  uint64_t reasoning_tokens = 0;
  DurationHistogram first_token;  // of streams
  DurationHistogram whole_call;

  void count(const Completion& completion);
  std::string text(const MetricsNow& now) const;
};

}  // namespace jangwon::runtime
