// Laws that the statistics obey on inputs nobody wrote down: drawn from SplitMix64 with fixed
// seeds, compared with brute force or with one another.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "harness/stats/bootstrap.h"
#include "harness/stats/combined_p.h"
#include "harness/stats/e_process.h"
#include "harness/stats/efficiency.h"
#include "harness/stats/fieller.h"
#include "harness/stats/holm.h"
#include "harness/stats/hypergeometric.h"
#include "harness/stats/majority_vote.h"
#include "harness/stats/mantel_haenszel.h"
#include "harness/stats/mcnemar.h"
#include "harness/stats/moments.h"
#include "harness/stats/non_inferiority.h"
#include "harness/stats/paired_difference.h"
#include "harness/stats/pass_at_k.h"
#include "harness/stats/power.h"
#include "harness/stats/rank_intervals.h"
#include "harness/stats/repeated_runs.h"
#include "harness/stats/sign_flip.h"
#include "harness/stats/special_functions.h"
#include "harness/stats/splitmix64.h"
#include "harness/stats/wilson.h"

namespace jangwon::harness {
namespace {

double choose(int n, int k) {
  double result = 1;
  for (int i = 1; i <= k; ++i)
    result = result * (n - i + 1) / i;
  return result;
}

std::vector<RepeatedPair> random_pairs(SplitMix64& random, int n, int runs) {
  std::vector<RepeatedPair> rows;
  for (int i = 0; i < n; ++i) {
    const double theta = random.uniform();
    RepeatedPair row{0, runs, 0, runs};
    for (int k = 0; k < runs; ++k) {
      row.baseline_successes += random.uniform() < theta;
      row.candidate_successes += random.uniform() < theta;
    }
    rows.push_back(row);
  }
  return rows;
}

TEST(MantelHaenszelProperty, OneRunASideIsMcNemar) {
  SplitMix64 random(1);
  for (int round = 0; round < 50; ++round) {
    const auto rows = random_pairs(random, 40, 1);
    long regressions = 0, improvements = 0;
    for (const RepeatedPair& row : rows) {
      regressions += row.baseline_successes > row.candidate_successes;
      improvements += row.baseline_successes < row.candidate_successes;
    }
    const auto cmh = mantel_haenszel(rows);
    const auto exact = mcnemar(regressions, improvements);
    EXPECT_NEAR(cmh.p_worse_exact, exact.p_one_sided_exact, 1e-12);
    EXPECT_NEAR(cmh.p_two_sided_exact, exact.p_exact, 1e-12);
    EXPECT_NEAR(cmh.chi2, exact.chi2, 1e-9);
  }
}

TEST(MantelHaenszelProperty, OneStratumIsFishersExactTest) {
  SplitMix64 random(2);
  for (int round = 0; round < 50; ++round) {
    const int runs_a = 1 + static_cast<int>(random.index(9)),
              runs_b = 1 + static_cast<int>(random.index(9));
    const int a = static_cast<int>(random.index(static_cast<uint64_t>(runs_a) + 1));
    const int b = static_cast<int>(random.index(static_cast<uint64_t>(runs_b) + 1));
    double fisher = 0;
    for (int x = 0; x <= b; ++x) {
      if (a + b - x >= 0 && a + b - x <= runs_a)
        fisher += choose(runs_b, x) * choose(runs_a, a + b - x) / choose(runs_a + runs_b, a + b);
    }
    const std::vector<RepeatedPair> rows = {{a, runs_a, b, runs_b}};
    EXPECT_NEAR(mantel_haenszel(rows).p_worse_exact, fisher, 1e-12);
  }
}

TEST(MantelHaenszelProperty, OrderOfQuestionsAndSidesAreSymmetric) {
  SplitMix64 random(3);
  for (int round = 0; round < 20; ++round) {
    auto rows = random_pairs(random, 30, 4);
    const auto forward = mantel_haenszel(rows);
    std::reverse(rows.begin(), rows.end());
    EXPECT_NEAR(mantel_haenszel(rows).p_worse_exact, forward.p_worse_exact, 1e-12);
    for (RepeatedPair& row : rows) {
      std::swap(row.baseline_successes, row.candidate_successes);
      std::swap(row.baseline_runs, row.candidate_runs);
    }
    const auto swapped = mantel_haenszel(rows);
    EXPECT_NEAR(swapped.p_worse_exact, forward.p_better_exact, 1e-12);
    EXPECT_NEAR(swapped.z, -forward.z, 1e-12);
  }
}

TEST(MantelHaenszelProperty, QuestionsAskedOnOneSideOnlySayNothing) {
  std::vector<RepeatedPair> rows = {{4, 4, 2, 4}, {1, 4, 1, 4}};
  const auto before = mantel_haenszel(rows);
  rows.push_back({3, 4, 0, 0});
  EXPECT_EQ(mantel_haenszel(rows).p_worse_exact, before.p_worse_exact);
}

TEST(MantelHaenszelProperty, NothingThatCouldDifferIsNoEvidence) {
  const std::vector<RepeatedPair> rows(30, {4, 4, 4, 4});
  const auto result = mantel_haenszel(rows);
  EXPECT_EQ(result.z, 0);
  EXPECT_EQ(result.p_worse_exact, 1);
  EXPECT_EQ(result.p_two_sided_exact, 1);
}

TEST(MantelHaenszelProperty, TwelveThousandQuestionsSumToOne) {
  SplitMix64 random(4);
  const auto rows = random_pairs(random, 12032, 1);
  const auto result = mantel_haenszel(rows);
  long discordant = 0, regressions = 0;
  for (const RepeatedPair& row : rows) {
    discordant += row.baseline_successes != row.candidate_successes;
    regressions += row.baseline_successes > row.candidate_successes;
  }
  EXPECT_NEAR(result.p_worse_exact, fair_binomial_upper_tail(regressions, discordant), 1e-10);
}

TEST(HypergeometricProperty, AgreesWithBinomialCoefficients) {
  for (int total = 1; total <= 12; ++total) {
    for (int successes = 0; successes <= total; ++successes) {
      for (int drawn = 0; drawn <= total; ++drawn) {
        const auto distribution = hypergeometric(drawn, successes, total);
        for (size_t i = 0; i < distribution.pmf.size(); ++i) {
          const int x = static_cast<int>(distribution.lowest) + static_cast<int>(i);
          EXPECT_NEAR(
              distribution.pmf[i],
              choose(successes, x) * choose(total - successes, drawn - x) / choose(total, drawn),
              1e-13);
        }
      }
    }
  }
}

TEST(EValueProperty, ExpectationUnderTheNullIsOne) {
  for (int n : {1, 5, 20, 60}) {
    double two_sided = 0, harm = 0;
    for (int b = 0; b <= n; ++b) {
      two_sided += fair_binomial_pmf(b, n) * e_value_two_sided(b, n - b);
      harm += fair_binomial_pmf(b, n) * e_value_harm(b, n - b);
    }
    EXPECT_NEAR(two_sided, 1, 1e-9) << n;
    EXPECT_NEAR(harm, 1, 1e-9) << n;
  }
}

TEST(EValueProperty, StaysBelowOneOverAlphaInUnchangedStreams) {
  SplitMix64 random(5);
  constexpr int kStreams = 2000, kLength = 300;
  constexpr double kAlpha = 0.05;
  int alarms = 0;
  for (int stream = 0; stream < kStreams; ++stream) {
    long b = 0, c = 0;
    for (int i = 0; i < kLength; ++i) {
      ++(random.uniform() < 0.5 ? b : c);
      if (e_value_harm(b, c) >= 1 / kAlpha) {
        ++alarms;
        break;
      }
    }
  }
  // At most alpha; three standard errors of a simulation of this size on top.
  EXPECT_LE(alarms, kStreams * (kAlpha + 3 * std::sqrt(kAlpha * (1 - kAlpha) / kStreams)));
}

TEST(WilsonProperty, WidthGrowsWithTheStandardError) {
  for (double p : {0.1, 0.5, 0.9, 0.97}) {
    double before = 0;
    for (double se = 0.005; se < 0.2; se += 0.005) {
      const auto interval = effective_wilson(p, se, 30).interval;
      const double width = interval.high - interval.low;
      EXPECT_GE(width, before - 1e-15) << p << " " << se;
      EXPECT_LE(interval.low, p);
      EXPECT_GE(interval.high, p);
      before = width;
    }
  }
}

TEST(WilsonProperty, MirrorsSuccessAndFailure) {
  for (double p : {0.0, 0.03, 0.4, 0.85, 1.0}) {
    const auto a = effective_wilson(p, 0.04, 30).interval,
               b = effective_wilson(1 - p, 0.04, 30).interval;
    EXPECT_NEAR(a.low, 1 - b.high, 1e-12);
    EXPECT_NEAR(a.high, 1 - b.low, 1e-12);
  }
}

TEST(RatioProperty, TheContrastTestDecidesAsFiellersLimit) {
  SplitMix64 random(6);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> x, y;
    for (int i = 0; i < 25; ++i) {
      const double theta = random.uniform();
      x.push_back(std::clamp(theta + 0.3 * (random.uniform() - 0.4), 0.0, 1.0));
      y.push_back(std::clamp(theta + 0.3 * (random.uniform() - 0.5), 0.05, 1.0));
    }
    constexpr double kRho = 0.95, kAlpha = 0.05;
    const auto test = non_inferior_ratio(x, y, kRho);
    ASSERT_TRUE(test && test->p);
    const auto n = static_cast<double>(x.size());
    const auto limits = fieller({*mean_of(x), *mean_of(y), *variance_of(x) / n, *variance_of(y) / n,
                                 *covariance_of(x, y) / n},
                                student_t_quantile(1 - kAlpha, n - 1));
    ASSERT_TRUE(limits.ci.has_value());
    EXPECT_EQ(*test->p<kAlpha, limits.ci->low> kRho) << round;
  }
}

TEST(SignFlipProperty, AgreesWithEveryFlipWrittenOut) {
  SplitMix64 random(7);
  for (int round = 0; round < 30; ++round) {
    std::vector<long> differences;
    for (int i = 0; i < 10; ++i)
      differences.push_back(static_cast<long>(random.index(9)) - 4);
    const long observed = std::accumulate(differences.begin(), differences.end(), 0L);
    int two_sided = 0, worse = 0;
    for (unsigned mask = 0; mask < 1024; ++mask) {
      long sum = 0;
      for (size_t i = 0; i < differences.size(); ++i)
        sum += (mask >> i & 1) != 0 ? differences[i] : -differences[i];
      two_sided += std::labs(sum) >= std::labs(observed);
      worse += sum <= observed;
    }
    const auto result = sign_flip_exact(differences);
    EXPECT_NEAR(result.p_two_sided, two_sided / 1024.0, 1e-12);
    EXPECT_NEAR(result.p_worse, worse / 1024.0, 1e-12);
  }
}

TEST(PairedProperty, SwappingTheSidesNegatesTheDifference) {
  const PairedCounts counts{20, 6, 3, 11}, swapped{20, 3, 6, 11};
  const auto a = summarise_pairs(counts), b = summarise_pairs(swapped);
  EXPECT_DOUBLE_EQ(a->diff, -b->diff);
  EXPECT_DOUBLE_EQ(a->se_paired, b->se_paired);
  EXPECT_NEAR(tango_paired(40, 6, 3)->ci.low, -tango_paired(40, 3, 6)->ci.high, 1e-9);
  EXPECT_NEAR(newcombe_paired(counts)->ci.low, -newcombe_paired(swapped)->ci.high, 1e-12);
}

TEST(PairedProperty, CountsAndVectorsAgree) {
  std::vector<double> x, y;
  const auto add = [&](int times, double a, double b) {
    x.insert(x.end(), static_cast<size_t>(times), a);
    y.insert(y.end(), static_cast<size_t>(times), b);
  };
  add(20, 1, 1);
  add(6, 1, 0);
  add(3, 0, 1);
  add(11, 0, 0);
  const auto counts = summarise_pairs({20, 6, 3, 11});
  const auto vectors = paired_mean(x, y, 0.95, ReferenceDistribution::kNormal);
  EXPECT_NEAR(counts->diff, vectors->diff, 1e-15);
  EXPECT_NEAR(counts->se_paired, vectors->se, 1e-15);
  EXPECT_NEAR(*counts->p_two_sided, *vectors->p_two_sided, 1e-12);
}

TEST(PairedProperty, ClustersOfOneQuestionChangeNothing) {
  const std::vector<double> x = {1, 0.5, 0.75, 0, 1}, y = {0.5, 0.5, 1, 0, 0.25};
  const std::vector<size_t> cluster_of = {0, 1, 2, 3, 4};
  const auto plain = paired_mean(x, y), clustered = paired_mean_clustered(x, y, cluster_of);
  EXPECT_NEAR(plain->se, clustered->se, 1e-15);
  EXPECT_NEAR(*plain->p_two_sided, *clustered->p_two_sided, 1e-12);
}

TEST(PairedProperty, IdenticalSidesHaveNoPValue) {
  const std::vector<double> x = {1, 0, 1};
  const auto result = paired_mean(x, x);
  EXPECT_EQ(result->diff, 0);
  EXPECT_FALSE(result->stat || result->p_two_sided);
  EXPECT_FALSE(summarise_pairs({3, 0, 0, 2})->z.has_value());
  EXPECT_FALSE(paired_mean(std::vector<double>{1}, std::vector<double>{0}).has_value());
}

TEST(PassAtKProperty, AgreesWithEverySubsetWrittenOut) {
  for (int n = 1; n <= 8; ++n) {
    for (int c = 0; c <= n; ++c) {
      for (int k = 1; k <= n; ++k) {
        int subsets = 0, any = 0, all = 0, half = 0;
        for (unsigned mask = 0; mask < 1u << n; ++mask) {
          if (std::popcount(mask) != k) continue;
          const int right = std::popcount(mask & ((1u << c) - 1));
          ++subsets;
          any += right > 0;
          all += right == k;
          half += right >= (k + 1) / 2;
        }
        EXPECT_NEAR(*pass_at_k(n, c, k), static_cast<double>(any) / subsets, 1e-12);
        EXPECT_NEAR(*pass_hat_k(n, c, k), static_cast<double>(all) / subsets, 1e-12);
        EXPECT_NEAR(*g_pass_at_k(n, c, k, 0.5), static_cast<double>(half) / subsets, 1e-12);
      }
    }
  }
  EXPECT_FALSE(pass_at_k(4, 2, 5).has_value());
  EXPECT_FALSE(pass_at_k(4, 2, 0).has_value());
}

TEST(MajorityProperty, AgreesWithEverySubsetWrittenOut) {
  const std::vector<std::vector<int>> cases = {{3, 3, 2}, {1, 4, 2, 1}, {2, 2, 2, 2}, {5, 1}, {4}};
  for (const auto& counts : cases) {
    std::vector<size_t> pool;
    for (size_t i = 0; i < counts.size(); ++i)
      pool.insert(pool.end(), static_cast<size_t>(counts[i]), i);
    for (size_t correct = 0; correct < counts.size(); ++correct) {
      for (int k = 1; k <= static_cast<int>(pool.size()); ++k) {
        double right = 0;
        int subsets = 0;
        for (unsigned mask = 0; mask < 1u << pool.size(); ++mask) {
          if (std::popcount(mask) != k) continue;
          std::vector<int> votes(counts.size(), 0);
          for (size_t i = 0; i < pool.size(); ++i)
            votes[pool[i]] += (mask >> i & 1) != 0;
          const int most = *std::max_element(votes.begin(), votes.end());
          if (votes[correct] == most)
            right += 1.0 / static_cast<double>(std::count(votes.begin(), votes.end(), most));
          ++subsets;
        }
        EXPECT_NEAR(*majority_at_k(counts, correct, k), right / subsets, 1e-12);
      }
    }
  }
  EXPECT_EQ(*majority_at_k(std::vector<int>{3, 1}, std::nullopt, 3), 0.0);
  EXPECT_FALSE(majority_at_k(std::vector<int>{3, 1}, 0, 5).has_value());
}

TEST(HolmProperty, LiesBetweenThePValueAndBonferroni) {
  SplitMix64 random(8);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> p;
    for (int i = 0; i < 7; ++i)
      p.push_back(random.uniform());
    const auto step_down = holm(p), step_up = benjamini_hochberg(p), plain = bonferroni(p);
    for (size_t i = 0; i < p.size(); ++i) {
      EXPECT_LE(p[i], step_up[i]);
      EXPECT_LE(step_up[i], step_down[i] + 1e-15);
      EXPECT_LE(step_down[i], plain[i] + 1e-15);
      for (size_t j = 0; j < p.size(); ++j) {
        if (p[i] < p[j]) {
          EXPECT_LE(step_down[i], step_down[j]);
        }
      }
    }
  }
  EXPECT_TRUE(holm({}).empty());
}

TEST(RankProperty, WithoutEvidenceEverybodySharesGold) {
  const std::vector<double> scores = {0.9, 0.8, 0.7};
  for (const RankInterval& rank : rank_intervals(scores, [](size_t, size_t) { return 1.0; })) {
    EXPECT_EQ(rank.best, 1);
    EXPECT_EQ(rank.worst, 3);
    EXPECT_EQ(medal_of(rank), Medal::kGold);
  }
}

TEST(RankProperty, RanksAndMedalsFollowTheSeparatedPairs) {
  // Only the first and the last are separated.
  const std::vector<double> scores = {0.9, 0.8, 0.7};
  const auto ranks = rank_intervals(
      scores, [](size_t i, size_t j) { return i == 0 && j == 2 ? 0.01 : 0.5; }, 0.05);
  EXPECT_EQ(ranks[0].best, 1);
  EXPECT_EQ(ranks[0].worst, 2);
  EXPECT_EQ(ranks[1].best, 1);
  EXPECT_EQ(ranks[1].worst, 3);
  EXPECT_EQ(ranks[2].best, 2);
  EXPECT_EQ(ranks[2].worst, 3);
  EXPECT_EQ(medal_of({1, 2}), Medal::kGold);
  EXPECT_EQ(medal_of({2, 3}), Medal::kSilver);
  EXPECT_EQ(medal_of({3, 3}), Medal::kBronze);
  EXPECT_EQ(medal_of({4, 4}), Medal::kNone);
}

TEST(PowerProperty, SampleSizeEffectAndPowerInvertOneAnother) {
  const ComparisonDesign design = {.omega2 = 0.05,
                                   .sigma2_a = 0.06,
                                   .sigma2_b = 0.06,
                                   .repeats_a = 4,
                                   .repeats_b = 4,
                                   .power = 0.8,
                                   .sided = 1};
  const double effect = minimum_detectable_effect(131, design);
  EXPECT_NEAR(questions_required(effect, design).n_real, 131, 1e-9);
  EXPECT_NEAR(power_at(effect, 131, design), 0.8, 1e-12);
}

TEST(PowerProperty, TheSignTestsPowerIsTheSumOverAllOutcomes) {
  const double discordance = 0.6, drop = 0.4, worse = (discordance + drop) / 2,
               better = (discordance - drop) / 2;
  for (const double least_drop : {0.0, 0.35}) {
    for (const double alpha : {0.2, 0.05, 0.004}) {
      double expected = 0;
      constexpr int kPairs = 12;
      for (int b = 0; b <= kPairs; ++b) {
        for (int c = 0; b + c <= kPairs; ++c) {
          if (mcnemar(b, c).p_one_sided_exact >= alpha || b - c < least_drop * kPairs - 1e-9)
            continue;
          expected += std::exp(log_choose(kPairs, b) + log_choose(kPairs - b, c)) *
                      std::pow(worse, b) * std::pow(better, c) *
                      std::pow(1 - discordance, kPairs - b - c);
        }
      }
      EXPECT_NEAR(sign_test_power(drop, {.pairs = kPairs,
                                         .discordance = discordance,
                                         .alpha = alpha,
                                         .least_drop = least_drop}),
                  expected, 1e-9)
          << alpha << " " << least_drop;
    }
  }
}

TEST(PowerProperty, TheSignTestsSumAndItsNormalApproximationMeet) {
  // Just below and just above the size at which one replaces the other.
  for (const double drop : {0.02, 0.03, 0.04}) {
    for (const double alpha : {0.05, 0.0005}) {
      const double below =
          sign_test_power(drop, {.pairs = 3990, .discordance = 0.1, .alpha = alpha});
      const double above =
          sign_test_power(drop, {.pairs = 4010, .discordance = 0.1, .alpha = alpha});
      EXPECT_NEAR(below, above, 0.01) << drop << " " << alpha;
    }
  }
}

TEST(PowerProperty, NothingThatCouldDifferHasNoPower) {
  EXPECT_EQ(sign_test_power(0, {.pairs = 100, .discordance = 0}), 0);
  EXPECT_EQ(sign_test_power(0.5, {.pairs = 0, .discordance = 0.5}), 0);
  EXPECT_NEAR(sign_test_power(1, {.pairs = 30, .discordance = 1}), 1, 1e-9);
  EXPECT_EQ(sign_test_power(1, {.pairs = 4, .discordance = 1}), 0) << "1/16 is above 0.05";
  EXPECT_EQ(sign_test_power(1, {.pairs = 5, .discordance = 1}), 1) << "1/32 is below";
}

TEST(PowerProperty, TheMeanTestsPowerIsTheOneThatIsFound) {
  SplitMix64 random(11);
  constexpr int kRounds = 4000, kQuestions = 12;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> x, zero(kQuestions, 0.0);
    for (int i = 0; i < kQuestions; ++i)
      x.push_back(0.5 - normal_quantile(std::min(0.999999, std::max(1e-6, random.uniform()))));
    const auto test = paired_mean(x, zero);
    found += student_t_upper_tail(*test->stat, test->df) < 0.02;
  }
  const MeanTestDesign design = {
      .se = 1 / std::sqrt(kQuestions), .df = kQuestions - 1.0, .alpha = 0.02};
  const double share = static_cast<double>(found) / kRounds;
  EXPECT_NEAR(mean_test_power(0.5, design), share,
              3.3 * std::sqrt(share * (1 - share) / kRounds) + 0.005);
  EXPECT_GT(mean_test_power(0.5, {.se = design.se, .df = {}, .alpha = 0.02}), share + 0.03)
      << "a normal approximation would promise more";
}

TEST(PowerProperty, ANaiveOnePointGateOnOneAimeRunFailsFourInTenUnchangedBuilds) {
  // The simulation behind the fact page found 39 %; so does one here, and the closed form
  // stands beside it.
  ComparisonDesign design = {.sigma2_a = 0.045, .sigma2_b = 0.045};
  const double predicted = naive_false_alarm_rate(0.01, 30, design);
  SplitMix64 random(9);
  int alarms = 0;
  constexpr int kRounds = 20000;
  for (int round = 0; round < kRounds; ++round) {
    // questions with theta = 1/2 carry a decoding variance of 1/4; 18 % of 30 of them give 0.045
    int drop = 0;
    for (int i = 0; i < 30; ++i) {
      if (random.uniform() >= 0.18) continue;
      drop += (random.uniform() < 0.5) - (random.uniform() < 0.5);
    }
    alarms += drop >= 1;
  }
  EXPECT_NEAR(predicted, static_cast<double>(alarms) / kRounds, 0.03);
  EXPECT_GT(predicted, 0.33);
  EXPECT_LT(predicted, 0.43);
}

TEST(BootstrapProperty, TheSeedDecidesAndIsReported) {
  const std::vector<double> x = {0.25, 1, 1, 0.75, 1, 0.5, 1, 1, 0, 1};
  const auto a = bootstrap_percentile(x, {.seed = 1}), b = bootstrap_percentile(x, {.seed = 1}),
             c = bootstrap_percentile(x, {.seed = 2});
  EXPECT_EQ(*a->se, *b->se);
  EXPECT_NE(*a->se, *c->se);
  EXPECT_EQ(a->seed, 1u);
  EXPECT_FALSE(bootstrap_percentile({}).has_value());
}

TEST(MomentsProperty, SmallTermsSurviveLargeOnes) {
  const std::vector<double> x = {1e16, 1, -1e16, 1};
  EXPECT_DOUBLE_EQ(sum_of(x), 2);
  EXPECT_FALSE(mean_of({}).has_value());
  EXPECT_FALSE(variance_of(std::vector<double>{1}).has_value());
}

TEST(RepeatedRunsProperty, OneRunHasNoDecodingVariance) {
  const auto result = decompose_variance({{1}, {0}, {1}});
  EXPECT_FALSE(result->msw || result->se_run || result->icc || result->sd_run_means);
  EXPECT_TRUE(result->se_total.has_value());
  EXPECT_FALSE(decompose_variance({}).has_value());
}

TEST(EfficiencyProperty, UndefinedFiguresAreAbsent) {
  const std::vector<double> tokens = {100, 200}, none = {0, 0};
  EXPECT_FALSE(tokens_per_correct(tokens, none).has_value());
  EXPECT_FALSE(fisher_combined({}).has_value());
  EXPECT_FALSE(stouffer_combined({}).has_value());
}

}  // namespace
}  // namespace jangwon::harness
