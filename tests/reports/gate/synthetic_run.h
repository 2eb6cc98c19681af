// Run folders and sides made up for tests: given chances of success, outcomes drawn
// from SplitMix64.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/stats/splitmix64.h"
#include "reports/gate/evaluation_side.h"

namespace jangwon::reports {

struct SyntheticTask {
  std::string task = "aime25";
  std::string model = "solar";
  int items = 30;
  int repeats = 4;
  std::string seed_setting = "0";  // of the run
  uint64_t draw_seed = 1;          // of the outcomes
  // of success, by item; default: spread over 0.1 … 0.95
  std::function<double(int)> chance = {};
  std::function<double(int)> truncation_chance = {};  // a truncated run is wrong; default: never
  double error_chance = 0;                            // infrastructure
  std::string dataset_sha256 = "d0";
  std::string max_tokens = "32768";
};

TaskOutcomes synthetic_task(const SyntheticTask& recipe);
EvaluationSide synthetic_side(const std::vector<SyntheticTask>& recipes,
                              const std::string& name = "run");

// Writes run.json and samples.jsonl as the run loop does, so that read_side has something to read.
// All recipes share one model list and one seed.
void write_run_folder(const std::string& folder, const std::vector<SyntheticTask>& recipes);

// A fresh empty folder below the test's temporary one.
std::string fresh_folder(const std::string& name);

}  // namespace jangwon::reports
