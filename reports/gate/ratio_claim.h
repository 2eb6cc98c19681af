// "At least 95 % of the reference": per task, on every task, and on average. Questions are a sample
// (scope: population), runs are averaged first, and both sides answered the same questions.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/stats/interval.h"
#include "reports/gate/evaluation_side.h"

namespace jangwon::reports {

struct RatioClaim {
  std::string task;
  int n = 0;
  double rho = 0.95;
  std::optional<double> model_score;
  std::optional<double> reference_score;
  std::optional<double> ratio;          // absent when the reference got nothing right
  std::optional<harness::Interval> ci;  // Fieller, two-sided 95 %; absent when unbounded
  std::optional<double> contrast;       // mean of model - rho * reference
  std::optional<double> se;
  std::optional<double> df;  // clusters less one
  // one-sided, for "at least rho"; absent when the contrast does not vary
  std::optional<double> p_shown;
  std::optional<double> p_below;  // one-sided, for "below rho"
};

// Absent pairs leave everything absent but n. Clusters are taken where the task names them.
RatioClaim ratio_claim(const TaskOutcomes& model, const TaskOutcomes& reference, double rho);

struct CombinedRatioClaim {
  std::vector<RatioClaim> tasks;
  double rho = 0.95;
  // the largest p_shown: every task must be shown, no correction needed
  std::optional<double> p_all;
  std::optional<double> ratio_of_averages;
  std::optional<harness::Interval> average_ci;
  std::optional<double> p_average;  // "at least rho on average" is a different, weaker claim
};

CombinedRatioClaim combine_claims(std::vector<RatioClaim> tasks, double rho);

// shown, not_shown, below, undefined: what a table may print for a p-value pair at level alpha.
const char* claim_word(const std::optional<double>& p_shown, const std::optional<double>& p_below,
                       double alpha);

}  // namespace jangwon::reports
