// Figures of one model on one task that a comparison needs: its score, and its
// indicators, yes-or-no facts of a run such as "was cut off at the token limit", which
// move before accuracy does.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/stats/mantel_haenszel.h"
#include "harness/stats/score_interval.h"
#include "reports/gate/evaluation_side.h"

namespace jangwon::reports {

inline constexpr const char* kAccuracyMetric = "accuracy";
inline constexpr const char* kOutputTokensMetric = "mean_output_tokens";

enum class Direction { kHigherIsBetter, kLowerIsBetter };

struct Indicator {
  std::string name;
  Direction direction = Direction::kHigherIsBetter;
  bool (*holds)(const RunOutcome&) = nullptr;    // asked of runs in the base
  bool (*in_base)(const RunOutcome&) = nullptr;  // which runs are asked
};

// accuracy, truncation_rate, unterminated_reasoning_rate, extraction_failure_rate,
// sandbox_timeout_rate, error_rate.
const std::vector<Indicator>& all_indicators();
const Indicator* find_indicator(std::string_view name);

// Over runs; absent without a run in the base.
std::optional<double> indicator_rate(const TaskOutcomes& outcomes, const Indicator& indicator);

// Over items of the mean over runs; absent without runs.
std::optional<double> mean_output_tokens(const TaskOutcomes& outcomes);

// With the clusters that the task names.
harness::ScoreEstimate score_of(const TaskOutcomes& outcomes);

// The task was asked at temperature 0 and every question got the same outcome each time: its runs
// are copies of one run, and a second copy is no evidence.
bool runs_are_copies(const TaskOutcomes& outcomes);

// How often the indicator holds on one item: {hits, runs in the base}, over the first
// `max_runs` repeats.
struct ItemCount {
  long hits = 0;
  long runs = 0;
};
ItemCount count_of(const ItemOutcomes& item, const Indicator& indicator, int max_runs);

}  // namespace jangwon::reports
