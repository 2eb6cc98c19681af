// Questions asked several times: how much of a score's variance comes from the questions and how
// much from decoding.

#pragma once

#include <optional>
#include <span>
#include <vector>

namespace jangwon::harness {

// n questions (rows) of K runs each (columns), values 0 to 1.
using ScoreMatrix = std::vector<std::vector<double>>;

// One-way random-effects analysis of variance. What needs two questions or two runs is
// absent without them.
struct VarianceDecomposition {
  double mean = 0;
  // questions are a sample: sqrt(MSB/(nK)) = sd of question means / sqrt(n)
  std::optional<double> se_total;
  std::optional<double> se_run;           // question set fixed: sqrt(MSW/(nK))
  std::optional<double> msb;              // mean square between questions
  std::optional<double> msw;              // mean square within questions
  std::optional<double> sigma2_question;  // max(0, (MSB - MSW)/K)
  std::optional<double> sigma2_run;       // MSW
  std::optional<double> icc;              // sigma2_question / (sigma2_question + sigma2_run)
  std::vector<double> run_means;          // the score of each run
  std::optional<double> sd_run_means;
  // sqrt(p(1-p)/(nK)): wrong for K > 1, kept to show what others report
  double naive_binomial_se = 0;
};

// Absent for an empty matrix. REQUIRES: rows of equal length.
std::optional<VarianceDecomposition> decompose_variance(const ScoreMatrix& matrix);

// The standard error of a score with other n and K: sqrt((sigma2_question + sigma2_run/K)/n).
double projected_standard_error(double sigma2_question, double sigma2_run, double num_questions,
                                double repeats);

// The smallest K that brings the standard error down to the target; absent where no K can, because
// the questions alone vary too much.
std::optional<long> repeats_required(double target_se, double sigma2_question, double sigma2_run,
                                     double num_questions);

struct PosteriorMean {
  double mu = 0;
  double sigma = 0;
};

// The Dirichlet-multinomial posterior of Hariri et al. 2025 (arXiv 2510.04265) under a uniform
// prior. `outcomes` holds category indices into `weights`; `prior_outcomes` adds earlier draws and
// may be empty. For comparison with papers only: the prior pulls a perfect 4 of 4 to 0.83, so it is
// never shown as a score. REQUIRES: at least one row and one weight.
PosteriorMean bayes_at_n(const std::vector<std::vector<int>>& outcomes,
                         std::span<const double> weights,
                         const std::vector<std::vector<int>>& prior_outcomes = {});

}  // namespace jangwon::harness
