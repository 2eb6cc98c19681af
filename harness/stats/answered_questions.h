// Figures of questions that were asked several times, each a mean over questions: pass@k,
// majority@k, and how much the score changes from run to run.
//
//   pass@k      some of k runs is right (Chen et al. 2021, arXiv 2107.03374, the unbiased
//               estimator)
//   majority@k  the answer that most of k runs give is right, ties split evenly (Wang et al. 2022,
//               arXiv 2203.11171, "self-consistency"); the expectation over all choices of k runs,
//               so no seed
//   spread      the standard deviation of the scores of the single runs, as repeats of an
//               evaluation would scatter
//
// A question with fewer than k runs that count is left out, and a figure without any
// question is absent.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/stats/score_interval.h"

namespace jangwon::harness {

struct AnsweredRun {
  int repeat = 0;  // runs of one number are one run of the evaluation
  bool right = false;
  std::string answer;  // empty: none, which is never right by majority
};

// The runs of one question that count.
using AnsweredQuestion = std::vector<AnsweredRun>;

ScoreEstimate pass_at_k_of(std::span<const AnsweredQuestion> questions, int k);
ScoreEstimate majority_at_k_of(std::span<const AnsweredQuestion> questions, int k);

// Only over questions that every run answered, so that the runs are about the same questions;
// absent for fewer than two runs.
std::optional<double> spread_of(std::span<const AnsweredQuestion> questions);

}  // namespace jangwon::harness
