// The score of one model on one task, with its interval and both standard errors.
//
// The unit of analysis is the question: its runs are averaged first, and the questions are what
// varies. Two standard errors answer two different questions and are never mixed:
//   se_run    the question set is fixed; only decoding noise: "the same questions asked again"
//   se_total  the questions are a sample too: "other questions of the same kind"; it already
//             contains the decoding noise
// The interval is effective-n Wilson on se_total (wilson.h); simulated coverage stands in
// tests/harness/stats.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/stats/interval.h"

namespace jangwon::harness {

// What happened on one question: the values (0 to 1) of its runs that count. A run that ended
// in an error of ours is left out here, never entered as 0; a question without any counting run
// is left out of n.
struct QuestionScores {
  std::vector<double> runs;
  // questions of one kind, present by design (a subject, a licence); "" = one stratum
  std::string stratum = {};
  // questions that share a stimulus (a contest, a passage); "" = independent of all others
  std::string cluster = {};
};

enum class VarianceRule {
  kIndependent,  // questions are independent draws
  kStratified,   // independent draws within each stratum, strata present in fixed shares
  kClustered,    // clusters are the independent draws
};

struct ScoreIntervalOptions {
  double confidence = kDefaultConfidence;
  VarianceRule rule = VarianceRule::kIndependent;
};

struct ScoreEstimate {
  // mean over questions of the mean over runs; absent without questions
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  // wilson_eff, wilson_eff_stratified, wilson_eff_clustered; empty without questions
  std::string ci_method;
  double ci_level = kDefaultConfidence;
  std::optional<double> se_run;    // absent unless some question has two runs
  std::optional<double> se_total;  // absent for fewer than two questions (clusters)
  std::optional<double> n_eff;     // the effective number of questions behind the interval
  std::optional<double> df;        // degrees of freedom behind se_total
  int n = 0;                       // questions with at least one run
  int repeats = 0;                 // the largest number of runs of a question
  std::optional<int> num_clusters;
  std::optional<int> num_strata;
};

// A stratum with a single question has no variance of its own; all such strata together are treated
// as one (and a lone one joins the next stratum), which can only widen the interval.
ScoreEstimate estimate_score(std::span<const QuestionScores> questions,
                             const ScoreIntervalOptions& options = {});

// The same for one value a question (K = 1, or already averaged); se_run is absent.
ScoreEstimate estimate_score(std::span<const double> question_means,
                             const ScoreIntervalOptions& options = {});

}  // namespace jangwon::harness
