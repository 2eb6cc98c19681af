// A gate file: what must hold before a build may pass. Strict YAML; the format is described in
// README.md, key by key. An unknown key, metric or unit is an error with its line, because a check
// on a misspelt name would pass for ever.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/gate/comparability.h"
#include "reports/gate/task_comparison.h"

namespace jangwon::reports {

enum class Tier { kReplay, kParity, kAccuracy, kClaim };
const char* name_of(Tier tier);  // L0, L1, L2, L3

// "4pt" is four percentage points, "2%" two percent of the baseline's value.
struct Amount {
  double value = 0;  // 0.04, 0.02
  bool relative = false;
};

enum class OnInconclusive { kWarn, kFail };
enum class OnMissing { kFail, kSkip };
enum class Combine { kAll, kAverage };  // of a ratio claim over tasks

struct ItemLimit {
  int n = 0;
  std::string stratify;  // a column; empty: none
};

struct GateCheck {
  std::string id;
  Tier tier = Tier::kAccuracy;
  int line = 0;
  std::vector<std::string> tasks;  // "*": all of the candidate
  std::string model;               // empty: every model of the candidate
  OnInconclusive on_inconclusive = OnInconclusive::kWarn;
  OnMissing on_missing = OnMissing::kFail;
  double max_error_rate = 0.005;

  // L2
  std::string metric = kAccuracyMetric;
  Scope scope = Scope::kFixedItems;
  int repeats = 0;  // runs a question at the first look; 0: as many as the candidate has
  Amount margin;
  Amount min_effect;
  std::string by;
  std::optional<ItemLimit> limit;
  std::optional<std::pair<std::string, std::string>> window;  // of dates, both ends included

  // L3
  std::string reference;
  double ratio = 0.95;
  Combine combine = Combine::kAll;
  double claim_alpha = 0.05;  // at which "shown" is shown

  // L0, L1
  std::string corpus;
  std::string prompts;
  std::optional<double> max_mean_dlogp;
  std::optional<double> max_abs_dlogp;
  std::optional<double> min_top1;
};

struct Look {
  double repeats_factor = 1;
  double alpha_weight = 1;
};

struct GateConfig {
  std::string path;
  std::string name;
  double alpha = 0.01;  // false-alarm budget of the file
  double min_power = 0.5;
  std::vector<Look> looks = {Look{}};
  double eprocess_share = 0;  // of alpha; 0: no stream
  std::string rolling;        // baseline folders; empty: none
  std::string anchor;
  std::vector<std::string> hard_keys;  // empty: the defaults of comparability.h
  std::vector<GateCheck> checks;
};

// Errors: anything that is not understood, with file and line.
Result<GateConfig> read_gate_config(const std::string& path);
Result<GateConfig> parse_gate_config(const std::string& text, const std::string& path);

// "4pt" or "0.5%". A bare number is refused: nobody can tell which of the two it means.
Result<Amount> parse_amount(const std::string& text);

}  // namespace jangwon::reports
