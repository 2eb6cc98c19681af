// A gate on builds whose truth is known: a good one, one that truncates, one that is three
// points worse, one on a flaky machine, one with another dataset, and a thousand builds that
// have not changed at all.

#include "reports/gate/gate_run.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/stats/e_process.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/item_selection.h"
#include "runtime/base/json.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

GateConfig config_of(const std::string& checks, const std::string& head = "") {
  auto config = parse_gate_config(
      "version: 1\ngate: pr\nalpha: 0.01\n" + head + "checks:\n" + checks, "gates/pr.yaml");
  EXPECT_TRUE(config.ok()) << config.status().message();
  // these builds are judged whatever the size; a test below is about the refusal
  config->min_power = 0;
  return std::move(config).value();
}

const char* const kUsual =
    "  - {id: aime, tier: L2, task: aime25, margin: 5pt, min_effect: 1pt}\n"
    "  - {id: trunc, tier: L2, task: aime25, metric: truncation_rate, margin: 3pt}\n";

GateResult run(const GateConfig& config, const EvaluationSide& baseline,
               const EvaluationSide& candidate) {
  GateInputs inputs;
  inputs.baseline = &baseline;
  inputs.candidate = &candidate;
  auto result = run_gate(config, inputs);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return std::move(result).value();
}

SyntheticTask build(uint64_t draw_seed) {
  SyntheticTask recipe;
  recipe.items = 60;
  recipe.repeats = 64;
  recipe.draw_seed = draw_seed;
  return recipe;
}

TEST(GateRunTest, AGoodBuildPasses) {
  const auto gate = run(config_of(kUsual), synthetic_side({build(1)}), synthetic_side({build(2)}));
  EXPECT_EQ(gate.verdict, CheckVerdict::kPass) << gate_text(gate, {.language = Language::kEnglish});
  EXPECT_TRUE(gate_status(gate).ok());
}

TEST(GateRunTest, ABuildThatTruncatesFailsAndSaysWhereToLook) {
  SyntheticTask truncating = build(2);
  truncating.truncation_chance = [](int i) { return i % 4 == 0 ? 0.5 : 0.02; };
  const auto gate =
      run(config_of(kUsual), synthetic_side({build(1)}, "main"), synthetic_side({truncating}));
  EXPECT_EQ(gate.verdict, CheckVerdict::kFail);
  EXPECT_EQ(exit_code(gate_status(gate).code()), 1);
  ASSERT_EQ(gate.checks.size(), 2u);
  EXPECT_EQ(gate.checks[0].verdict, CheckVerdict::kFail);
  EXPECT_EQ(gate.checks[1].verdict, CheckVerdict::kFail);
  const std::string text = gate_text(gate, {.language = Language::kKorean, .max_lines = 0});
  EXPECT_THAT(text, HasSubstr("FAIL"));
  EXPECT_THAT(text, HasSubstr("맞음→틀림"));
  EXPECT_THAT(text, HasSubstr("길이 초과"));
  EXPECT_THAT(text, HasSubstr("먼저 볼 곳: max_tokens, stop 처리"));
  EXPECT_THAT(text, HasSubstr("번에 한 번"));
  EXPECT_THAT(text, HasSubstr("jangwon run --model"));
  EXPECT_THAT(text, HasSubstr("jangwon baseline accept"));
  const std::string english = gate_text(gate, {.language = Language::kEnglish, .max_lines = 0});
  EXPECT_THAT(english, HasSubstr("look first at: max_tokens, stop handling"));
  EXPECT_THAT(english, Not(HasSubstr("의미")));
}

TEST(GateRunTest, ABuildThatIsThreePointsWorseFailsWhereThePlanSaysItCan) {
  const auto chance = [](int i) { return 0.35 + 0.6 * ((i * 7) % 30) / 29.0; };
  SyntheticTask before = build(1), after = build(2);
  before.items = after.items = 600;
  before.repeats = after.repeats = 16;
  before.chance = chance;
  after.chance = [chance](int i) { return chance(i) - 0.03; };
  const auto gate =
      run(config_of("  - {id: aime, tier: L2, task: aime25, margin: 2.5pt, min_effect: 1pt}\n"),
          synthetic_side({before}), synthetic_side({after}));
  EXPECT_GT(*gate.checks[0].power, 0.8);
  EXPECT_EQ(gate.verdict, CheckVerdict::kFail);
}

TEST(GateRunTest, ASmallRealDropInsideTheMarginPassesAsChanged) {
  const auto chance = [](int i) { return 0.35 + 0.6 * ((i * 7) % 30) / 29.0; };
  SyntheticTask before = build(1), after = build(2);
  before.items = after.items = 600;
  before.repeats = after.repeats = 16;
  before.chance = chance;
  after.chance = [chance](int i) { return chance(i) - 0.03; };
  const auto gate =
      run(config_of("  - {id: aime, tier: L2, task: aime25, margin: 10pt, min_effect: 8pt}\n"),
          synthetic_side({before}), synthetic_side({after}));
  EXPECT_EQ(gate.verdict, CheckVerdict::kPassChanged);
  EXPECT_TRUE(gate_status(gate).ok());
}

TEST(GateRunTest, AFlakyMachineIsIncompleteNotAFailure) {
  SyntheticTask flaky = build(2);
  flaky.error_chance = 0.05;
  const auto gate = run(config_of(kUsual), synthetic_side({build(1)}), synthetic_side({flaky}));
  EXPECT_EQ(gate.verdict, CheckVerdict::kIncomplete);
  EXPECT_EQ(exit_code(gate_status(gate).code()), 5);
  EXPECT_EQ(gate.checks[0].reason_code, "errors");
}

TEST(GateRunTest, AChangedDatasetIsNotComparable) {
  SyntheticTask other = build(2);
  other.dataset_sha256 = "d1";
  const auto gate = run(config_of(kUsual), synthetic_side({build(1)}), synthetic_side({other}));
  EXPECT_EQ(gate.verdict, CheckVerdict::kNotComparable);
  EXPECT_EQ(exit_code(gate_status(gate).code()), 4);
  EXPECT_THAT(gate_text(gate, {}), HasSubstr("dataset_sha256 d0→d1"));
}

TEST(GateRunTest, OneThousandUnchangedBuildsRaiseAtMostAlphaFalseAlarms) {
  GateConfig config = config_of(
      "  - {id: a, tier: L2, task: aime25, margin: 4pt}\n"
      "  - {id: b, tier: L2, task: lcb, margin: 4pt}\n"
      "  - {id: c, tier: L2, task: lcb, metric: extraction_failure_rate, margin: 4pt}\n",
      "sequential: {mode: eprocess, alpha_share: 0.3}\n");
  config.alpha = 0.05;  // so that a thousand builds can tell it from more
  constexpr int kBuilds = 1000;
  int alarms = 0;
  for (int i = 0; i < kBuilds; ++i) {
    const auto seed = static_cast<uint64_t>(i);
    const auto side = [&](uint64_t draw_seed, const std::string& name) {
      SyntheticTask aime, lcb;
      aime.repeats = 2;
      aime.draw_seed = 4 * seed + draw_seed;
      lcb.task = "lcb";
      lcb.items = 60;
      lcb.repeats = 1;
      lcb.draw_seed = 4 * seed + draw_seed + 1;
      lcb.truncation_chance = [](int) { return 0.1; };
      return synthetic_side({aime, lcb}, name);
    };
    const auto gate = run(config, side(0, "main"), side(2, "head"));
    alarms += gate.verdict == CheckVerdict::kFail;
  }
  EXPECT_LE(alarms,
            kBuilds * (config.alpha + 3 * std::sqrt(config.alpha * (1 - config.alpha) / kBuilds)));
}

// ---- builds whose p-values can be counted on fingers

// Every question asked once and right, but for the first `fallen`: against fallen(0) the
// exact p is 2^-fallen.
SyntheticTask fallen(int count, int items = 200, const std::string& task = "aime25") {
  SyntheticTask recipe;
  recipe.task = task;
  recipe.items = items;
  recipe.repeats = 1;
  recipe.chance = [count](int i) { return i < count ? 0.0 : 1.0; };
  return recipe;
}

// L2 checks named a, b, … on tasks of the same names.
std::string checks_named(const std::string& letters, const std::string& more) {
  std::string checks;
  for (char letter : letters)
    checks += fmt::format("  - {{id: {0}, tier: L2, task: {0}, {1}}}\n", letter, more);
  return checks;
}

TEST(GateRunTest, HolmIsOverTheWholeFile) {
  // p = 2^-8 = 0.0039 on a; nothing has changed on b and c. Alone a fails at alpha 0.01, among
  // three it does not.
  const auto verdict_of = [](const std::string& letters) {
    std::vector<SyntheticTask> before, after;
    for (char letter : letters) {
      before.push_back(fallen(0, 200, std::string(1, letter)));
      after.push_back(fallen(letter == 'a' ? 8 : 0, 200, std::string(1, letter)));
    }
    const auto gate = run(config_of(checks_named(letters, "margin: 15pt")), synthetic_side(before),
                          synthetic_side(after));
    EXPECT_DOUBLE_EQ(*gate.checks[0].p_harm, 1.0 / 256);
    EXPECT_DOUBLE_EQ(*gate.checks[0].p_harm_adjusted, static_cast<double>(letters.size()) / 256);
    return gate.checks[0].verdict;
  };
  EXPECT_EQ(verdict_of("a"), CheckVerdict::kFail);
  EXPECT_EQ(verdict_of("ab"), CheckVerdict::kFail);
  EXPECT_EQ(verdict_of("abc"), CheckVerdict::kPass);
}

TEST(GateRunTest, TheStreamAndTheFinalTestShareAlpha) {
  const double p_final = 1.0 / 256, p_stream = 1 / harness::e_value_harm(8, 0);
  for (const double share : {0.1, 0.3, 0.9}) {
    const GateConfig config =
        config_of("  - {id: a, tier: L2, task: aime25, margin: 15pt}\n",
                  fmt::format("sequential: {{mode: eprocess, alpha_share: {}}}\n", share));
    const auto whole = run(config, synthetic_side({fallen(0)}), synthetic_side({fallen(8)}));
    EXPECT_NEAR(*whole.checks[0].p_harm, std::min(p_final / (1 - share), p_stream / share), 1e-12)
        << share;
    EXPECT_EQ(whole.checks[0].stopped_by_stream, share == 0.9);
    // The run has not ended: only the stream speaks, with its share.
    EvaluationSide stopped = synthetic_side({fallen(8)});
    stopped.tasks[0].items.back().runs[0].present = false;
    const auto part = run(config, synthetic_side({fallen(0)}), stopped);
    EXPECT_NEAR(*part.checks[0].p_harm, p_stream / share, 1e-12) << share;
  }
  EXPECT_NEAR(*run(config_of("  - {id: a, tier: L2, task: aime25, margin: 15pt}\n"),
                   synthetic_side({fallen(0)}), synthetic_side({fallen(8)}))
                   .checks[0]
                   .p_harm,
              p_final, 1e-12)
      << "without a stream nothing is shared";
}

TEST(GateRunTest, ALookTakesItsWeightOfBothTests) {
  const std::string head =
      "sequential: {mode: eprocess, alpha_share: 0.9}\n"
      "escalate: {max_looks: 2, alpha_weights: [0.25, 0.75], repeats: [x1, x2]}\n";
  const auto gate =
      run(config_of("  - {id: a, tier: L2, task: aime25, margin: 15pt, repeats: 1}\n", head),
          synthetic_side({fallen(0)}), synthetic_side({fallen(8)}));
  EXPECT_NEAR(*gate.checks[0].p_harm, 1 / harness::e_value_harm(8, 0) / 0.9 / 0.25, 1e-12);
}

TEST(GateRunTest, ARunThatWasStoppedPaysForItsLookToo) {
  const std::string head =
      "sequential: {mode: eprocess, alpha_share: 0.9}\n"
      "escalate: {max_looks: 2, alpha_weights: [0.25, 0.75], repeats: [x1, x2]}\n";
  auto candidate = synthetic_side({fallen(8)});
  candidate.tasks[0].items.back().runs[0].present = false;
  const auto gate =
      run(config_of("  - {id: a, tier: L2, task: aime25, margin: 15pt, repeats: 1}\n", head),
          synthetic_side({fallen(0)}), candidate);
  EXPECT_NEAR(*gate.checks[0].p_harm, 1 / harness::e_value_harm(8, 0) / 0.9 / 0.25, 1e-12);
}

TEST(GateRunTest, AnExactTieWithAlphaIsNoEvidence) {
  GateConfig config = config_of("  - {id: a, tier: L2, task: aime25, margin: 90pt, repeats: 1}\n");
  const auto baseline = synthetic_side({fallen(0)}), candidate = synthetic_side({fallen(6)});
  const double p = *run(config, baseline, candidate).checks[0].p_harm_adjusted;
  config.alpha = p;
  EXPECT_NE(run(config, baseline, candidate).checks[0].reason_code, "harm_shown");
  config.alpha = std::nextafter(p, 1.0);
  EXPECT_EQ(run(config, baseline, candidate).checks[0].reason_code, "harm_shown");
}

TEST(GateRunTest, ThirtyQuestionsAskedOnceCanOnlyFail) {
  // Nothing has changed and the margin is wide: the interval of thirty equal answers lies within
  // it, and would pass.
  const std::string wide = "  - {id: aime, tier: L2, task: aime25, margin: 25pt}\n";
  const auto same =
      run(config_of(wide), synthetic_side({fallen(0, 30)}), synthetic_side({fallen(0, 30)}));
  ASSERT_GT(same.checks[0].comparison->ci->low, -0.25);
  EXPECT_EQ(same.verdict, CheckVerdict::kInconclusive);
  EXPECT_EQ(same.checks[0].reason_code, "margin_not_testable");
  EXPECT_TRUE(gate_status(same).ok()) << "the policy of the file is warn";
  // A fall whose interval lies beyond a narrow margin, and whose p of 2^-8 is not enough
  // among four checks.
  std::vector<SyntheticTask> before, after;
  for (const char* task : {"a", "b", "c", "d"}) {
    before.push_back(fallen(0, 30, task));
    after.push_back(fallen(*task == 'a' ? 8 : 0, 30, task));
  }
  const auto fall = run(config_of(checks_named("abcd", "margin: 1pt")), synthetic_side(before),
                        synthetic_side(after));
  ASSERT_LT(fall.checks[0].comparison->ci->high, -0.01);
  ASSERT_GT(*fall.checks[0].p_harm_adjusted, 0.01);
  EXPECT_EQ(fall.checks[0].verdict, CheckVerdict::kInconclusive);
  // Evidence of harm fails at any size.
  EXPECT_EQ(run(config_of(wide), synthetic_side({fallen(0, 30)}), synthetic_side({fallen(8, 30)}))
                .verdict,
            CheckVerdict::kFail);
  // A hundred questions, or two runs a side, are enough for the margin.
  EXPECT_EQ(run(config_of(wide), synthetic_side({fallen(0, 100)}), synthetic_side({fallen(0, 100)}))
                .verdict,
            CheckVerdict::kPass);
  EXPECT_EQ(run(config_of(wide), synthetic_side({fallen(0, 99)}), synthetic_side({fallen(0, 99)}))
                .verdict,
            CheckVerdict::kInconclusive);
  SyntheticTask twice = fallen(0, 30);
  twice.repeats = 2;
  EXPECT_EQ(run(config_of(wide), synthetic_side({twice}), synthetic_side({twice})).verdict,
            CheckVerdict::kPass);
}

// Questions that all differ alike say nothing of how others would: an interval of no width lies
// within any margin.
TEST(GateRunTest, APopulationWithoutSpreadIsNotHeldToItsMargin) {
  const auto same =
      run(config_of("  - {id: aime, tier: L2, task: aime25, scope: population, margin: 25pt}\n"),
          synthetic_side({fallen(0, 30)}), synthetic_side({fallen(0, 30)}));
  ASSERT_TRUE(same.checks[0].comparison->ci);
  ASSERT_EQ(same.checks[0].comparison->ci->low, same.checks[0].comparison->ci->high);
  EXPECT_EQ(same.verdict, CheckVerdict::kInconclusive);
  EXPECT_EQ(same.checks[0].reason_code, "margin_not_testable");
}

TEST(GateRunTest, AWholeIntervalBeyondTheMarginFailsWithoutHolm) {
  std::vector<SyntheticTask> before, after;
  for (const char* task : {"a", "b", "c", "d"}) {
    before.push_back(fallen(0, 200, task));
    after.push_back(fallen(*task == 'a' ? 8 : 0, 200, task));
  }
  const auto gate = run(config_of(checks_named("abcd", "margin: 0.5pt")), synthetic_side(before),
                        synthetic_side(after));
  ASSERT_GT(*gate.checks[0].p_harm_adjusted, 0.01);
  EXPECT_EQ(gate.checks[0].verdict, CheckVerdict::kFail);
  EXPECT_EQ(gate.checks[0].reason_code, "beyond_margin");
}

TEST(GateRunTest, TheWorstVerdictDecidesByThePrecedenceOfExitCodes) {
  // Checks whose verdicts are known: f fails, n has another dataset, e has errors of ours, p
  // passes, i (few questions) is inconclusive and the file says fail.
  const auto gate_of = [](const std::string& letters) {
    std::vector<SyntheticTask> before, after;
    for (char letter : letters) {
      const std::string task(1, letter);
      const int items = letter == 'i' ? 20 : 200;
      before.push_back(fallen(0, items, task));
      after.push_back(fallen(letter == 'f' ? 30 : 0, items, task));
      if (letter == 'n') after.back().dataset_sha256 = "d1";
      if (letter == 'e') after.back().error_chance = 0.2;
    }
    return run(config_of(checks_named(letters, "margin: 3pt, on_inconclusive: fail")),
               synthetic_side(before), synthetic_side(after));
  };
  const struct {
    const char* letters;
    CheckVerdict verdict;
    int exit;
  } rows[] = {{"p", CheckVerdict::kPass, 0},           {"pi", CheckVerdict::kInconclusive, 3},
              {"if", CheckVerdict::kFail, 1},          {"pf", CheckVerdict::kFail, 1},
              {"fn", CheckVerdict::kNotComparable, 4}, {"nf", CheckVerdict::kNotComparable, 4},
              {"in", CheckVerdict::kNotComparable, 4}, {"fe", CheckVerdict::kIncomplete, 5},
              {"ne", CheckVerdict::kIncomplete, 5},    {"pifne", CheckVerdict::kIncomplete, 5}};
  for (const auto& row : rows) {
    const GateResult gate = gate_of(row.letters);
    EXPECT_EQ(gate.verdict, row.verdict) << row.letters;
    EXPECT_EQ(exit_code(gate_status(gate).code()), row.exit) << row.letters;
  }
}

TEST(GateRunTest, ACheckThatCannotFindItsOwnMarginIsRefused) {
  GateConfig config = config_of("  - {id: aime, tier: L2, task: aime25, margin: 2pt}\n");
  config.min_power = 0.5;
  SyntheticTask small = build(1);
  small.items = 30;
  small.repeats = 2;
  const auto side = synthetic_side({small});
  GateInputs inputs;
  inputs.baseline = inputs.candidate = &side;
  const auto gate = run_gate(config, inputs);
  ASSERT_FALSE(gate.ok());
  EXPECT_EQ(exit_code(gate.status().code()), 2);
  EXPECT_THAT(gate.status().message(), HasSubstr("gates/pr.yaml:5: aime: 30 questions × 2 runs"));
  EXPECT_THAT(gate.status().message(), HasSubstr("ask each question"));
}

TEST(GateRunTest, GreedyRunsAreCopiesAndCountOnce) {
  // Two questions of thirty fall, each in all of its 64 identical runs: two flips, and no
  // evidence at alpha 0.01.
  const auto greedy = [](int fallen) {
    SyntheticTask recipe = build(1);
    recipe.items = 30;
    recipe.chance = [fallen](int i) { return i < fallen ? 0.0 : 1.0; };
    EvaluationSide side = synthetic_side({recipe});
    side.tasks[0].settings["sampling.temperature"] = "0.0";
    return side;
  };
  const auto gate = run(config_of("  - {id: aime, tier: L2, task: aime25, margin: 20pt}\n"),
                        greedy(0), greedy(2));
  const TaskComparison& comparison = *gate.checks[0].comparison;
  EXPECT_TRUE(comparison.one_run_counts);
  EXPECT_EQ(comparison.candidate_repeats, 1);
  EXPECT_DOUBLE_EQ(*comparison.p_harm, 0.25);  // McNemar, exact, one-sided: 2 of 2
  EXPECT_THAT(gate_text(gate, {.language = Language::kEnglish}), HasSubstr("copies"));
}

TEST(GateRunTest, AColumnThatNoQuestionHasIsAConfigurationError) {
  const auto side = synthetic_side({build(1)});
  GateInputs inputs;
  inputs.baseline = inputs.candidate = &side;
  const auto gate = run_gate(
      config_of("  - {id: a, tier: L2, task: aime25, margin: 5pt, by: categry}\n"), inputs);
  ASSERT_FALSE(gate.ok());
  EXPECT_THAT(gate.status().message(), HasSubstr("did you mean \"category\"?"));
}

TEST(GateRunTest, AReleaseGateFailsOnInconclusive) {
  const auto gate = run(
      config_of("  - {id: aime, tier: L2, task: aime25, margin: 15pt, on_inconclusive: fail}\n"),
      synthetic_side({{.repeats = 1}}), synthetic_side({{.repeats = 1}}));
  EXPECT_EQ(exit_code(gate_status(gate).code()), 3);
}

TEST(GateRunTest, InformationalNeverFails) {
  SyntheticTask broken = build(2);
  broken.chance = [](int) { return 0.0; };
  const auto baseline = synthetic_side({build(1)}), candidate = synthetic_side({broken});
  GateInputs inputs;
  inputs.baseline = &baseline;
  inputs.candidate = &candidate;
  inputs.informational = true;
  const auto gate = run_gate(config_of(kUsual), inputs);
  ASSERT_TRUE(gate.ok());
  EXPECT_EQ(gate->verdict, CheckVerdict::kFail);
  EXPECT_TRUE(gate_status(*gate).ok());
}

TEST(GateRunTest, AMisspeltTaskIsAConfigurationError) {
  const auto baseline = synthetic_side({build(1)}), candidate = synthetic_side({build(2)});
  GateInputs inputs;
  inputs.baseline = &baseline;
  inputs.candidate = &candidate;
  const auto gate =
      run_gate(config_of("  - {id: aime, tier: L2, task: aime52, margin: 4pt}\n"), inputs);
  ASSERT_FALSE(gate.ok());
  EXPECT_EQ(exit_code(gate.status().code()), 2);
  EXPECT_THAT(gate.status().message(), HasSubstr("aime25"));
  EXPECT_THAT(gate.status().message(), HasSubstr("gates/pr.yaml:5"));
}

TEST(GateRunTest, ATaskThatDidNotRunIsNotASuccess) {
  SyntheticTask other = build(1);
  other.task = "mmlu_pro";
  const auto baseline = synthetic_side({build(1), other}), candidate = synthetic_side({build(2)});
  const std::string check = "  - {id: mmlu, tier: L2, task: mmlu_pro, margin: 4pt";
  EXPECT_EQ(exit_code(gate_status(run(config_of(check + "}\n"), baseline, candidate)).code()), 5);
  const auto skipped = run(config_of(check + ", missing: skip}\n"), baseline, candidate);
  EXPECT_EQ(skipped.checks[0].verdict, CheckVerdict::kSkipped);
  EXPECT_EQ(exit_code(gate_status(skipped).code()), 5) << "nothing at all ran";
}

TEST(GateRunTest, WithoutABaselineNothingIsComparable) {
  const auto candidate = synthetic_side({build(2)});
  GateInputs inputs;
  inputs.candidate = &candidate;
  const auto gate = run_gate(config_of(kUsual), inputs);
  ASSERT_TRUE(gate.ok());
  EXPECT_EQ(exit_code(gate_status(*gate).code()), 4);
}

TEST(GateRunTest, TheAnchorCatchesWhatSmallStepsHide) {
  const auto worse_by = [](double drop, uint64_t seed) {
    SyntheticTask recipe = build(seed);
    recipe.items = 300;
    recipe.chance = [drop](int i) { return 0.4 + 0.5 * ((i * 7) % 30) / 29.0 - drop; };
    return recipe;
  };
  const auto anchor = synthetic_side({worse_by(0, 1)}, "rel"),
             rolling = synthetic_side({worse_by(0.05, 2)}, "main"),
             candidate = synthetic_side({worse_by(0.055, 3)}, "head");
  GateInputs inputs;
  inputs.baseline = &rolling;
  inputs.anchor = &anchor;
  inputs.candidate = &candidate;
  const auto gate = run_gate(
      config_of("  - {id: aime, tier: L2, task: aime25, margin: 3pt, min_effect: 1pt}\n"), inputs);
  ASSERT_TRUE(gate.ok());
  ASSERT_EQ(gate->checks.size(), 2u);
  EXPECT_NE(gate->checks[0].verdict, CheckVerdict::kFail);
  EXPECT_EQ(gate->checks[1].id, "aime@anchor");
  EXPECT_EQ(gate->checks[1].verdict, CheckVerdict::kFail);
}

TEST(GateRunTest, LooksUseThePlannedRunsAndTheirShareOfAlpha) {
  const std::string head =
      "escalate: {max_looks: 3, alpha_weights: [0.2, 0.3, 0.5], repeats: [x1, x2, x4]}\n";
  const GateConfig config =
      config_of("  - {id: aime, tier: L2, task: aime25, repeats: 4, margin: 1pt}\n", head);
  const auto at = [&](int repeats) {
    return run(config, synthetic_side({{.repeats = 16, .draw_seed = 1}}),
               synthetic_side({{.repeats = repeats, .draw_seed = 2}}));
  };
  const auto first = at(4), second = at(11), third = at(16), none = at(3);
  EXPECT_EQ(first.checks[0].look, 1);
  EXPECT_EQ(*first.checks[0].next_repeats, 8);
  EXPECT_EQ(second.checks[0].look, 2);
  EXPECT_EQ(second.checks[0].comparison->candidate_repeats, 8)
      << "three runs more than planned are not looked at";
  EXPECT_EQ(third.checks[0].look, 3);
  EXPECT_FALSE(third.checks[0].next_repeats.has_value());
  EXPECT_NEAR(*first.checks[0].p_harm, std::min(1.0, *first.checks[0].comparison->p_harm / 0.2),
              1e-12);
  EXPECT_EQ(none.checks[0].reason_code, "too_few_repeats");
  EXPECT_EQ(exit_code(gate_status(none).code()), 5);
}

TEST(GateRunTest, TheStreamFailsABadBuildBeforeItHasEnded) {
  const std::string head = "sequential: {mode: eprocess, alpha_share: 0.3}\n";
  const char* check = "  - {id: mmlu, tier: L2, task: mmlu_pro, margin: 3pt, min_effect: 1pt}\n";
  const auto side = [](double chance, uint64_t seed, int done) {
    SyntheticTask recipe;
    recipe.task = "mmlu_pro";
    recipe.items = 2000;
    recipe.repeats = 1;
    recipe.draw_seed = seed;
    recipe.chance = [chance](int) { return chance; };
    auto side = synthetic_side({recipe});
    for (size_t i = static_cast<size_t>(done); i < side.tasks[0].items.size(); ++i)
      side.tasks[0].items[i].runs[0].present = false;
    return side;
  };
  const auto baseline = side(0.9, 1, 2000);
  const auto broken = run(config_of(check, head), baseline, side(0.6, 2, 500));
  EXPECT_EQ(broken.checks[0].verdict, CheckVerdict::kFail);
  EXPECT_EQ(broken.checks[0].reason_code, "harm_shown_early");
  // A good build that is not complete passes nothing.
  const auto early = run(config_of(check, head), baseline, side(0.9, 3, 500));
  EXPECT_EQ(early.checks[0].verdict, CheckVerdict::kIncomplete);
  // Without the stream an incomplete run is incomplete, however bad.
  EXPECT_EQ(run(config_of(check), baseline, side(0.6, 2, 500)).checks[0].verdict,
            CheckVerdict::kIncomplete);
}

TEST(GateRunTest, AClaimIsShownMissedOrOpen) {
  const auto model = [](const std::string& name, double chance, uint64_t seed, int items = 400) {
    SyntheticTask recipe;
    recipe.model = name;
    recipe.items = items;
    recipe.draw_seed = seed;
    recipe.chance = [chance](int) { return chance; };
    return recipe;
  };
  const GateConfig config = config_of(
      "  - {id: sovereign95, tier: L3, task: aime25, model: ours, reference: theirs, ratio: "
      "0.95}\n");
  const auto verdict = [&](double ours, double theirs, int items) {
    const auto candidate =
        synthetic_side({model("ours", ours, 1, items), model("theirs", theirs, 2, items)});
    GateInputs inputs;
    inputs.candidate = &candidate;
    const auto gate = run_gate(config, inputs);
    EXPECT_TRUE(gate.ok()) << gate.status().message();
    return gate->checks[0].verdict;
  };
  EXPECT_EQ(verdict(0.85, 0.8, 400), CheckVerdict::kPass);
  EXPECT_EQ(verdict(0.5, 0.8, 400), CheckVerdict::kFail);
  EXPECT_EQ(verdict(0.78, 0.8, 20), CheckVerdict::kInconclusive);
}

TEST(GateRunTest, AClaimOnSeveralTasksPaysForLookingAtEach) {
  const auto of = [](const std::string& model, const std::string& task, double chance,
                     uint64_t seed) {
    SyntheticTask recipe;
    recipe.model = model;
    recipe.task = task;
    recipe.items = 60;
    recipe.draw_seed = seed;
    recipe.chance = [chance](int) { return chance; };
    return recipe;
  };
  const auto candidate = synthetic_side(
      {of("ours", "aime25", 0.6, 1), of("theirs", "aime25", 0.7, 2), of("ours", "lcb", 0.7, 3),
       of("theirs", "lcb", 0.7, 4), of("ours", "kmmlu", 0.7, 5), of("theirs", "kmmlu", 0.7, 6)});
  GateInputs inputs;
  inputs.candidate = &candidate;
  const auto check_of = [&](const std::string& more) {
    const auto gate = run_gate(
        config_of(
            "  - {id: c, tier: L3, task: [aime25, lcb, kmmlu], model: ours, reference: theirs, "
            "ratio: 0.95" +
            more + "}\n"),
        inputs);
    EXPECT_TRUE(gate.ok()) << gate.status().message();
    return gate->checks[0];
  };
  const CheckResult all = check_of("");
  double smallest = 1, largest = 0;
  for (const RatioClaim& task : all.claim->tasks) {
    smallest = std::min(smallest, *task.p_below);
    largest = std::max(largest, *task.p_shown);
  }
  ASSERT_LT(3 * smallest, 1);
  EXPECT_DOUBLE_EQ(*all.p_harm, 3 * smallest);
  EXPECT_DOUBLE_EQ(*all.claim->p_all, largest) << "every task must be shown";
  const CheckResult average = check_of(", combine: average");
  EXPECT_DOUBLE_EQ(*average.p_harm, 1 - *average.claim->p_average);
}

TEST(GateRunTest, RelativeAmountsAreSharesOfTheBaselinesLevel) {
  SyntheticTask half = fallen(100);  // the baseline has 100 of 200 right
  const auto gate =
      run(config_of("  - {id: a, tier: L2, task: aime25, margin: 10%, min_effect: 4%}\n"
                    "  - {id: b, tier: L2, task: aime25, margin: 10pt, min_effect: 4pt}\n"),
          synthetic_side({half}), synthetic_side({half}));
  EXPECT_DOUBLE_EQ(gate.checks[0].margin, 0.05);
  EXPECT_DOUBLE_EQ(gate.checks[0].min_effect, 0.02);
  EXPECT_DOUBLE_EQ(gate.checks[1].margin, 0.10);
  EXPECT_DOUBLE_EQ(gate.checks[1].min_effect, 0.04);
}

TEST(GateRunTest, TheIntervalIsTwoSidedAtTwiceAlpha) {
  const auto gate = run(config_of("  - {id: a, tier: L2, task: aime25, margin: 10pt}\n"),
                        synthetic_side({fallen(0)}), synthetic_side({fallen(0)}));
  EXPECT_DOUBLE_EQ(gate.checks[0].comparison->ci_level, 0.98);
}

TEST(GateRunTest, FewerTruncatedRepliesAreNoHarm) {
  SyntheticTask before = build(1), after = build(2);
  before.truncation_chance = [](int) { return 0.3; };
  const auto gate = run(
      config_of("  - {id: trunc, tier: L2, task: aime25, metric: truncation_rate, margin: 3pt}\n"),
      synthetic_side({before}), synthetic_side({after}));
  EXPECT_EQ(gate.checks[0].verdict, CheckVerdict::kPass);
}

TEST(GateRunTest, ErrorsAreToleratedUpToTheLimitOfTheFile) {
  const auto verdict_with = [](int errors) {
    EvaluationSide side = synthetic_side({fallen(0, 1000)});
    for (int i = 0; i < errors; ++i)
      side.tasks[0].items[static_cast<size_t>(i)].runs[0].verdict = harness::Verdict::kInfraError;
    return run(config_of(
                   "  - {id: a, tier: L2, task: aime25, margin: 10pt, max_error_rate: 0.5%}\n"),
               synthetic_side({fallen(0, 1000)}), side)
        .checks[0]
        .verdict;
  };
  EXPECT_EQ(verdict_with(5), CheckVerdict::kPass);
  EXPECT_EQ(verdict_with(6), CheckVerdict::kIncomplete);
}

TEST(GateRunTest, TheLastLookHasItsOwnWeight) {
  const std::string head =
      "escalate: {max_looks: 2, alpha_weights: [0.2, 0.8], repeats: [x1, x2]}\n";
  SyntheticTask twice = fallen(0), worse = fallen(4);
  twice.repeats = worse.repeats = 2;
  const auto gate =
      run(config_of("  - {id: a, tier: L2, task: aime25, margin: 15pt, repeats: 1}\n", head),
          synthetic_side({twice}), synthetic_side({worse}));
  EXPECT_EQ(gate.checks[0].look, 2);
  EXPECT_NEAR(*gate.checks[0].p_harm, 1.0 / 256 / 0.8, 1e-12)
      << "four questions twice are eight pairs of runs";
}

TEST(GateRunTest, AnEarlyFallBelowMinEffectIsNotFailedEarly) {
  const std::string head = "sequential: {mode: eprocess, alpha_share: 0.5}\n";
  EvaluationSide stopped = synthetic_side({fallen(20, 400)});
  stopped.tasks[0].items.back().runs[0].present = false;
  const auto verdict = [&](const std::string& min_effect) {
    return run(config_of("  - {id: a, tier: L2, task: aime25, margin: 15pt, min_effect: " +
                             min_effect + "}\n",
                         head),
               synthetic_side({fallen(0, 400)}), stopped)
        .checks[0]
        .verdict;
  };
  EXPECT_EQ(verdict("4pt"), CheckVerdict::kFail);
  EXPECT_EQ(verdict("6pt"), CheckVerdict::kIncomplete);
}

// A claim of "ours" against "theirs" on two tasks, with what `edit` does to the runs.
CheckResult claim_check(const std::string& more, const std::function<void(EvaluationSide&)>& edit) {
  std::vector<SyntheticTask> tasks;
  for (const char* task : {"aime25", "lcb"}) {
    for (const char* model : {"ours", "theirs"}) {
      SyntheticTask recipe;
      recipe.task = task;
      recipe.model = model;
      recipe.items = 200;
      recipe.repeats = 1;
      recipe.draw_seed = tasks.size() + 1;
      // Far ahead on the first task, a little behind on the second.
      const double chance = recipe.model == "theirs" ? 0.6 : recipe.task == "aime25" ? 0.9 : 0.55;
      recipe.chance = [chance](int i) { return (i * 37 % 200) < 200 * chance ? 1.0 : 0.0; };
      tasks.push_back(recipe);
    }
  }
  EvaluationSide side = synthetic_side(tasks);
  edit(side);
  GateInputs inputs;
  inputs.candidate = &side;
  const auto gate = run_gate(
      config_of(
          "  - {id: c, tier: L3, task: [aime25, lcb], model: ours, reference: theirs, ratio: 0.95" +
          more + "}\n"),
      inputs);
  EXPECT_TRUE(gate.ok()) << gate.status().message();
  return gate->checks[0];
}

TEST(GateRunTest, AClaimOnAverageIsAnotherOneThanOnEveryTask) {
  const auto untouched = [](EvaluationSide&) {};
  EXPECT_NE(claim_check("", untouched).verdict, CheckVerdict::kPass);
  EXPECT_EQ(claim_check(", combine: average", untouched).verdict, CheckVerdict::kPass);
}

TEST(GateRunTest, AClaimIsShownAtItsOwnAlpha) {
  const auto untouched = [](EvaluationSide&) {};
  const double p = *claim_check("", untouched).claim->p_all;
  ASSERT_GT(p, 0.06);
  EXPECT_EQ(claim_check(fmt::format(", claim_alpha: {}", p + 0.001), untouched).verdict,
            CheckVerdict::kPass);
  EXPECT_NE(claim_check(fmt::format(", claim_alpha: {}", p - 0.001), untouched).verdict,
            CheckVerdict::kPass);
  EXPECT_NE(claim_check(fmt::format(", claim_alpha: {}", p), untouched).verdict,
            CheckVerdict::kPass)
      << "a tie";
}

TEST(GateRunTest, AClaimWithoutAnyVariationIsNoHarm) {
  SyntheticTask ours;
  ours.model = "ours";
  ours.chance = [](int) { return 1.0; };
  SyntheticTask theirs = ours;
  theirs.model = "theirs";
  const auto candidate = synthetic_side({ours, theirs});
  GateInputs inputs;
  inputs.candidate = &candidate;
  const auto gate = run_gate(
      config_of(
          "  - {id: c, tier: L3, task: aime25, model: ours, reference: theirs, ratio: 0.95}\n"),
      inputs);
  ASSERT_TRUE(gate.ok()) << gate.status().message();
  EXPECT_NE(gate->checks[0].verdict, CheckVerdict::kFail);
}

TEST(GateRunTest, AClaimNeedsBothModelsOnTheSameQuestionsAndWhole) {
  const CheckResult other = claim_check(
      "", [](EvaluationSide& side) { side.tasks[3].settings["task.dataset_sha256"] = "another"; });
  EXPECT_EQ(other.verdict, CheckVerdict::kNotComparable);
  const CheckResult cut =
      claim_check("", [](EvaluationSide& side) { side.tasks[0].items[7].runs[0].present = false; });
  EXPECT_EQ(cut.verdict, CheckVerdict::kIncomplete);
  const CheckResult none = claim_check("", [](EvaluationSide& side) { side.tasks.pop_back(); });
  EXPECT_EQ(none.verdict, CheckVerdict::kNotComparable) << "no run of the reference";
}

TEST(GateRunTest, EveryLimitOfParityIsHeldTo) {
  const auto candidate = synthetic_side({build(2)});
  GateInputs inputs;
  inputs.candidate = &candidate;
  inputs.probes.parity = [](const std::string&, const std::string&) -> Result<ParityOutcome> {
    ParityOutcome outcome;
    outcome.num_prompts = 100;
    outcome.mean_abs_dlogp = 1e-3;
    outcome.max_abs_dlogp = 0.05;
    outcome.top1_agreement = 0.98;
    return outcome;
  };
  const auto verdict = [&](const std::string& limits) {
    const auto gate = run_gate(
        config_of("  - {id: p, tier: L1, model: m, prompts: p.jsonl, " + limits + "}\n"), inputs);
    EXPECT_TRUE(gate.ok()) << gate.status().message();
    return gate->checks[0].verdict;
  };
  EXPECT_EQ(verdict("max_mean_dlogp: 1.1e-3, max_abs_dlogp: 0.06, min_top1: 98%"),
            CheckVerdict::kPass);
  EXPECT_EQ(verdict("max_mean_dlogp: 1e-3, max_abs_dlogp: 0.05"), CheckVerdict::kPass)
      << "the limit itself is allowed";
  EXPECT_EQ(verdict("max_mean_dlogp: 0.9e-3"), CheckVerdict::kFail);
  EXPECT_EQ(verdict("max_abs_dlogp: 0.04"), CheckVerdict::kFail);
  EXPECT_EQ(verdict("min_top1: 99%"), CheckVerdict::kFail);
}

TEST(GateRunTest, ReplayAndParityAreExactAndBounded) {
  const auto candidate = synthetic_side({build(2)});
  GateInputs inputs;
  inputs.candidate = &candidate;
  inputs.probes.replay = [](const std::string& corpus) -> Result<ReplayOutcome> {
    ReplayOutcome outcome;
    outcome.num_items = 3;
    if (corpus == "changed.jsonl")
      outcome.differences.push_back({"q1", "correct (B)", "no_answer"});
    return outcome;
  };
  inputs.probes.parity = [](const std::string&,
                            const std::string& prompts) -> Result<ParityOutcome> {
    ParityOutcome outcome;
    outcome.num_prompts = 200;
    outcome.mean_abs_dlogp = prompts == "far.jsonl" ? 5e-3 : 1e-4;
    return outcome;
  };
  const auto verdicts = [&](const std::string& corpus, const std::string& prompts) {
    const auto gate =
        run_gate(config_of("  - {id: replay, tier: L0, corpus: " + corpus +
                           "}\n  - {id: parity, tier: L1, model: m, prompts: " + prompts +
                           ", max_mean_dlogp: 2e-3}\n"),
                 inputs);
    EXPECT_TRUE(gate.ok()) << gate.status().message();
    return std::pair(gate->checks[0].verdict, gate->checks[1].verdict);
  };
  EXPECT_EQ(verdicts("same.jsonl", "near.jsonl"),
            std::pair(CheckVerdict::kPass, CheckVerdict::kPass));
  EXPECT_EQ(verdicts("changed.jsonl", "far.jsonl"),
            std::pair(CheckVerdict::kFail, CheckVerdict::kFail));
}

TEST(ItemSelectionTest, SubsetsAreProportionalAndDoNotDependOnTheOrder) {
  auto outcomes = synthetic_task({.items = 300, .repeats = 1});
  const auto all = common_items(outcomes, outcomes);
  const auto ids = stratified_subset(all, {60, "category"}, "pr");
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(ids->size(), 60u);
  int geometry = 0;
  const auto chosen = restricted_to(outcomes, *ids);
  for (const ItemOutcomes& item : chosen.items)
    geometry += item.columns.at("category") == "geometry";
  EXPECT_EQ(geometry, 40);
  std::reverse(outcomes.items.begin(), outcomes.items.end());
  const auto again = stratified_subset(common_items(outcomes, outcomes), {60, "category"}, "pr");
  EXPECT_EQ(*again, *ids);
  EXPECT_NE(*stratified_subset(all, {60, "category"}, "other gate"), *ids);
  EXPECT_FALSE(stratified_subset(all, {60, "colour"}, "pr").ok());
}

TEST(ItemSelectionTest, WhatIsLeftOverGoesToTheLargestRemainders) {
  // Of ten, five in a, three in b and two in c: three items are 1.5, 0.9 and 0.6 of
  // them, so 1, 1 and 1.
  auto outcomes = synthetic_task({.items = 10, .repeats = 1});
  for (size_t i = 0; i < 10; ++i)
    outcomes.items[i].columns["s"] = i < 5 ? "a" : i < 8 ? "b" : "c";
  const auto ids = stratified_subset(common_items(outcomes, outcomes), {3, "s"}, "pr");
  ASSERT_TRUE(ids.ok());
  std::map<std::string, int> taken;
  for (const ItemOutcomes& item : restricted_to(outcomes, *ids).items)
    ++taken[item.columns.at("s")];
  EXPECT_EQ(taken, (std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}}));
}

TEST(ItemSelectionTest, WindowsIncludeBothEnds) {
  auto outcomes = synthetic_task({.items = 4, .repeats = 1});
  const char* dates[] = {"2025-01-31", "2025-02-01", "2025-05-01T00:00:00", "2025-05-02"};
  for (size_t i = 0; i < 4; ++i)
    outcomes.items[i].columns["contest_date"] = dates[i];
  const auto ids = items_in_window(outcomes, {"2025-02-01", "2025-05-01"});
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<std::string>{"q00001", "q00002"}));
  EXPECT_FALSE(items_in_window(synthetic_task({}), {"2025-02-01", "2025-05-01"}).ok());
}

// ---- formats

class GateFormatsTest : public testing::Test {
 protected:
  GateFormatsTest() {
    SyntheticTask broken = build(2);
    broken.model = "evil\"<&>\n::model";
    SyntheticTask before = build(1);
    before.model = broken.model;
    broken.chance = [](int) { return 0.2; };
    gate_ = run(config_of(kUsual), synthetic_side({before}, "main"), synthetic_side({broken}));
  }
  GateResult gate_;
};

TEST_F(GateFormatsTest, JsonSaysWhatTheExitCodeSays) {
  const Json json = gate_json(gate_);
  EXPECT_EQ(json["schema"], "jangwon.gate/1");
  EXPECT_EQ(json["verdict"], "FAIL");
  EXPECT_EQ(json["exit_code"], 1);
  EXPECT_EQ(json["checks"][0]["id"], "aime");
  EXPECT_EQ(json["checks"][0]["reason_code"], "harm_shown");
  EXPECT_LT(json["checks"][0]["p_harm_adj"].get<double>(), 0.01);
  EXPECT_EQ(json["checks"][0]["config"]["line"], 5);
  EXPECT_GT(json["checks"][0]["comparison"]["flips"]["r2w"].size(), 0u);
}

TEST_F(GateFormatsTest, JunitCountsAndEscapes) {
  const std::string xml = gate_junit(gate_);
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"aime25\" tests=\"2\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("classname=\"jangwon.pr.aime25\" name=\"aime\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"regression\""));
  EXPECT_THAT(xml, HasSubstr("<property name=\"aime.delta\" value=\"-"));
  EXPECT_THAT(xml, Not(HasSubstr("evil\"<")));
}

TEST_F(GateFormatsTest, GithubAnnotationsAreOneLineEachAndFew) {
  const std::string out = gate_github_annotations(gate_, Language::kEnglish);
  EXPECT_TRUE(out.starts_with("::error file=gates/pr.yaml,line=5,title=FAIL aime::")) << out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  GateResult many = gate_;
  for (int i = 0; i < 30; ++i)
    many.checks.push_back(gate_.checks[0]);
  const std::string capped = gate_github_annotations(many, Language::kEnglish);
  EXPECT_EQ(std::count(capped.begin(), capped.end(), '\n'), 10);
  EXPECT_THAT(capped, HasSubstr("22 more checks"));
  EXPECT_LT(gate_github_summary(many, Language::kKorean).size(), 64000u);
  EXPECT_THAT(gate_github_summary(gate_, Language::kKorean), HasSubstr("| FAIL | aime |"));
}

TEST_F(GateFormatsTest, GitlabAndBadgeReadTheSameVerdict) {
  EXPECT_THAT(gate_gitlab_metrics(gate_),
              HasSubstr("jangwon_score{gate=\"pr\",check=\"aime\",task=\"aime25\""));
  const auto annotations = parse_json(gate_gitlab_annotations(gate_, "https://example.org/report"));
  ASSERT_TRUE(annotations.ok());
  EXPECT_EQ((*annotations)["jangwon"][0]["external_link"]["url"], "https://example.org/report");
  const auto badge = parse_json(gate_badge(gate_));
  ASSERT_TRUE(badge.ok());
  EXPECT_EQ((*badge)["message"], "fail");
  EXPECT_EQ((*badge)["color"], "red");
}

TEST_F(GateFormatsTest, TheTextStaysShortUnlessAsked) {
  GateResult many = gate_;
  for (int i = 0; i < 30; ++i)
    many.checks.push_back(gate_.checks[0]);
  const std::string text = gate_text(many, {.language = Language::kEnglish});
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 61);
  EXPECT_THAT(text, HasSubstr("--verbose"));
}

}  // namespace
}  // namespace jangwon::reports
