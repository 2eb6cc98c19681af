// Simulations with fixed seeds: does an interval of nominal 95 % contain the truth that often,
// does a test at level alpha raise that many false alarms? The bounds leave three standard errors
// of the simulation.
//
// Difficulties theta ~ Beta(mu s, (1 - mu) s) are drawn once into a table of quantiles, then
// questions pick from it.

#include <gtest/gtest.h>

#include <cmath>

#include "harness/stats/mantel_haenszel.h"
#include "harness/stats/moments.h"
#include "harness/stats/paired_difference.h"
#include "harness/stats/score_interval.h"
#include "harness/stats/sign_flip.h"
#include "harness/stats/special_functions.h"
#include "harness/stats/splitmix64.h"

namespace jangwon::harness {
namespace {

class DifficultyTable {
 public:
  DifficultyTable(double mu, double spread) {
    for (int i = 0; i < kSize; ++i)
      quantiles_.push_back(beta_quantile((i + 0.5) / kSize, mu * spread, (1 - mu) * spread));
    mean_ = *mean_of(quantiles_);
  }
  double draw(SplitMix64& random) const { return quantiles_[random.index(kSize)]; }
  double mean() const { return mean_; }

 private:
  static constexpr int kSize = 1024;
  std::vector<double> quantiles_;
  double mean_ = 0;
};

struct CoverageCase {
  int questions;
  int runs;
  double mu;
  double at_least;  // coverage, in percent
};

class ScoreCoverage : public ::testing::TestWithParam<CoverageCase> {};

TEST_P(ScoreCoverage, EffectiveWilsonContainsTheTruth) {
  const CoverageCase& c = GetParam();
  const DifficultyTable difficulties(c.mu, 1.0);
  SplitMix64 random(20261121);
  constexpr int kRounds = 2000;
  int covered = 0, naive_covered = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<QuestionScores> questions(static_cast<size_t>(c.questions));
    double sum = 0;
    for (QuestionScores& question : questions) {
      const double theta = difficulties.draw(random);
      for (int k = 0; k < c.runs; ++k) {
        question.runs.push_back(random.uniform() < theta ? 1.0 : 0.0);
        sum += question.runs.back();
      }
    }
    const ScoreEstimate estimate = estimate_score(questions);
    covered += *estimate.ci_low <= difficulties.mean() && difficulties.mean() <= *estimate.ci_high;
    const double trials = static_cast<double>(c.questions) * c.runs, p = sum / trials;
    naive_covered += std::fabs(p - difficulties.mean()) <= 1.96 * std::sqrt(p * (1 - p) / trials);
  }
  EXPECT_GE(100.0 * covered / kRounds, c.at_least);
  // Why the runs of a question are averaged first: as independent trials they promise far too much.
  if (c.runs >= 16) {
    EXPECT_LT(100.0 * naive_covered / kRounds, 60.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ScoreCoverage,
                         ::testing::Values(CoverageCase{30, 1, 0.9, 94.0},
                                           CoverageCase{30, 16, 0.9, 93.5},
                                           CoverageCase{30, 16, 0.97, 93.5},
                                           CoverageCase{30, 16, 0.65, 93.5},
                                           CoverageCase{131, 4, 0.76, 93.5}));

// An unchanged build: the same difficulty on both sides of every question.
TEST(TypeOneError, TheRegressionTestKeepsItsLevel) {
  const DifficultyTable difficulties(0.8, 1.5);
  for (int runs : {1, 4, 16}) {
    SplitMix64 random(static_cast<uint64_t>(runs));
    constexpr int kRounds = 2000;
    constexpr double kAlpha = 0.05;
    int alarms = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::vector<RepeatedPair> rows(30, {0, runs, 0, runs});
      for (RepeatedPair& row : rows) {
        const double theta = difficulties.draw(random);
        for (int k = 0; k < runs; ++k) {
          row.baseline_successes += random.uniform() < theta;
          row.candidate_successes += random.uniform() < theta;
        }
      }
      alarms += mantel_haenszel(rows).p_worse_exact < kAlpha;
    }
    EXPECT_LE(alarms, kRounds * (kAlpha + 3 * std::sqrt(kAlpha * (1 - kAlpha) / kRounds)))
        << runs << " runs";
  }
}

// Two models that differ on every question but not on average: the population claim "A is better"
// must stay rare, which it does question by question and does not when (question, run) pairs are
// taken as independent.
TEST(TypeOneError, APopulationClaimNeedsQuestionsAsTheUnit) {
  const DifficultyTable difficulties(0.6, 1.5);
  SplitMix64 random(77);
  constexpr int kRounds = 1000, kRuns = 16, kQuestions = 30;
  constexpr double kAlpha = 0.05;
  int by_t = 0, by_flips = 0, by_runs = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> a, b;
    std::vector<long> differences;
    double discordant = 0, net = 0;
    for (int i = 0; i < kQuestions; ++i) {
      const double theta_a = difficulties.draw(random), theta_b = difficulties.draw(random);
      long hits_a = 0, hits_b = 0;
      for (int k = 0; k < kRuns; ++k) {
        const bool right_a = random.uniform() < theta_a, right_b = random.uniform() < theta_b;
        hits_a += right_a;
        hits_b += right_b;
        discordant += right_a != right_b;
      }
      net += static_cast<double>(hits_a - hits_b);
      a.push_back(static_cast<double>(hits_a) / kRuns);
      b.push_back(static_cast<double>(hits_b) / kRuns);
      differences.push_back(hits_a - hits_b);
    }
    by_t += *paired_mean(a, b)->p_two_sided < kAlpha;
    by_flips += sign_flip_exact(differences).p_two_sided < kAlpha;
    by_runs += net * net / discordant > 3.841;
  }
  const double limit = kRounds * (kAlpha + 3 * std::sqrt(kAlpha * (1 - kAlpha) / kRounds));
  EXPECT_LE(by_t, limit);
  EXPECT_LE(by_flips, limit);
  EXPECT_GT(by_runs, 3 * limit);
}

}  // namespace
}  // namespace jangwon::harness
