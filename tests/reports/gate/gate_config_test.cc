#include "reports/gate/gate_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/base/file.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

using testing::HasSubstr;

constexpr const char* kWhole = R"(version: 1
gate: pr
alpha: 0.01
on_inconclusive: warn
escalate: {max_looks: 3, alpha_weights: [0.2, 0.3, 0.5], repeats: [x1, x2, x4]}
sequential: {mode: eprocess, alpha_share: 0.3}
baselines: {rolling: baselines/main, anchor: baselines/rel}
comparable:
  hard: [dataset_sha256, item_ids, prompt_sha256, extractor, scorer, reasoning_mode, sampling, max_tokens]
  soft: [runtime_sha, gpu, driver, dtype, batch, seed]
defaults: {scope: fixed_items, direction: higher, missing: fail, max_error_rate: 0.5%}
checks:
  - {id: replay,      tier: L0, corpus: tests/replay/*.jsonl, require: identical}
  - {id: parity,      tier: L1, model: k-exaone, prompts: tests/parity/ko200.jsonl, max_mean_dlogp: 2e-3, min_top1: 99.5%}
  - {id: aime.think,  tier: L2, task: aime25, model: k-exaone@think, repeats: 32, margin: 4pt, min_effect: 2.5pt}
  - {id: lcb,         tier: L2, task: livecodebench_v6, model: k-exaone@think, repeats: 10, margin: 4pt, min_effect: 2.5pt, window: [2025-02-01, 2025-05-01]}
  - {id: mmlu.smoke,  tier: L2, task: mmlu_pro, model: solar-open, limit: {n: 1000, stratify: category}, margin: 3pt, min_effect: 1.5pt}
  - {id: trunc,       tier: L2, metric: truncation_rate, task: "*", direction: lower, margin: 1pt}
  - {id: sovereign95, tier: L3, task: [aime25, mmlu_pro], model: a.x-k1@think,
     reference: deepseek-v3.1@think, ratio: 0.95, scope: population, combine: all, on_inconclusive: warn}
)";

TEST(GateConfigTest, TheExampleOfTheReadmeIsUnderstood) {
  const auto config = parse_gate_config(kWhole, "pr.yaml");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->name, "pr");
  ASSERT_EQ(config->looks.size(), 3u);
  EXPECT_EQ(config->looks[2].repeats_factor, 4);
  EXPECT_EQ(config->looks[1].alpha_weight, 0.3);
  EXPECT_EQ(config->eprocess_share, 0.3);
  EXPECT_EQ(config->anchor, "baselines/rel");
  ASSERT_EQ(config->checks.size(), 7u);
  const GateCheck& aime = config->checks[2];
  EXPECT_EQ(aime.repeats, 32);
  EXPECT_NEAR(aime.margin.value, 0.04, 1e-15);
  EXPECT_FALSE(aime.margin.relative);
  EXPECT_EQ(aime.max_error_rate, 0.005);
  EXPECT_EQ(config->checks[1].min_top1, 0.995);
  EXPECT_EQ(config->checks[3].window->first, "2025-02-01");
  EXPECT_EQ(config->checks[4].limit->stratify, "category");
  EXPECT_EQ(config->checks[5].metric, "truncation_rate");
  EXPECT_EQ(config->checks[6].tasks.size(), 2u);
  EXPECT_EQ(config->checks[6].scope, Scope::kPopulation);
  EXPECT_GT(aime.line, 12);
}

struct BadFile {
  const char* name;
  const char* check;  // replaces the only check, or the whole file when it begins with "version"
  const char* message;
};

class BadGateFile : public testing::TestWithParam<BadFile> {};

TEST_P(BadGateFile, IsAnErrorThatNamesTheThing) {
  const std::string check = GetParam().check;
  const std::string text =
      check.starts_with("version") ? check : "version: 1\nchecks:\n  - " + check + "\n";
  const auto config = parse_gate_config(text, "pr.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.status().message(), HasSubstr(GetParam().message));
  EXPECT_THAT(config.status().message(), HasSubstr("pr.yaml"));
  EXPECT_EQ(exit_code(config.status().code()), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadGateFile,
    testing::Values(
        BadFile{"key", "{id: a, tier: L2, task: t, margin: 1pt, margn: 2pt}", "margin"},
        BadFile{"metric", "{id: a, tier: L2, task: t, margin: 1pt, metric: truncation_rat}",
                "truncation_rate"},
        BadFile{"bare_number", "{id: a, tier: L2, task: t, margin: 2}", "pt is percentage points"},
        BadFile{"no_margin", "{id: a, tier: L2, task: t}", "margin must be above 0"},
        BadFile{"no_task", "{id: a, tier: L2, margin: 1pt}", "name a task"},
        BadFile{"direction", "{id: a, tier: L2, task: t, margin: 1pt, direction: lower}",
                "better when it is higher"},
        BadFile{"effect", "{id: a, tier: L2, task: t, margin: 1pt, min_effect: 2pt}", "min_effect"},
        BadFile{"tier", "{id: a, tier: L9, task: t, margin: 1pt}", "L9"},
        BadFile{"replay_key", "{id: a, tier: L0, corpus: x, margin: 1pt}", "margin"},
        BadFile{
            "claim_scope",
            "{id: a, tier: L3, task: t, model: m, reference: r, ratio: 0.95, scope: fixed_items}",
            "population"},
        BadFile{"tokens", "{id: a, tier: L2, task: t, metric: mean_output_tokens, margin: 5pt}",
                "relative"},
        BadFile{"twice", "{id: a, tier: L0, corpus: x}\n  - {id: a, tier: L0, corpus: y}",
                "used twice"},
        BadFile{"empty", "version: 1\ngate: x\n", "passes everything"},
        BadFile{"version", "version: 2\nchecks: []\n", "version is 2"},
        BadFile{
            "weights",
            "version: 1\nescalate: {max_looks: 2, alpha_weights: [0.5, 0.6], repeats: [x1, x2]}\n",
            "add up to 1"},
        BadFile{"comparable", "version: 1\ncomparable: {hard: [prompt_sha]}\n", "prompt_sha256"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(GateConfigTest, AmountsNeedAUnit) {
  EXPECT_EQ(parse_amount("4pt")->value, 0.04);
  EXPECT_TRUE(parse_amount("0.5%")->relative);
  for (const char* bad : {"4", "", "pt", "-1pt", "4 points", "nan%"})
    EXPECT_FALSE(parse_amount(bad).ok()) << bad;
}

TEST(GateConfigTest, AFileMayExtendAnotherOnce) {
  const std::string folder = fresh_folder("extends");
  std::filesystem::create_directories(folder);
  const std::string base =
      "version: 1\ngate: base\nalpha: 0.02\nchecks:\n  - {id: a, tier: L2, task: t, margin: 1pt}\n"
      "  - {id: b, tier: L2, task: u, margin: 1pt}\n";
  ASSERT_TRUE(write_file_atomically(folder + "/base.yaml", base).ok());
  ASSERT_TRUE(write_file_atomically(folder + "/pr.yaml",
                                    "version: 1\ngate: pr\nextends: base.yaml\nchecks:\n"
                                    "  - {id: a, tier: L2, task: t, margin: 3pt}\n")
                  .ok());
  const auto config = read_gate_config(folder + "/pr.yaml");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->name, "pr");
  EXPECT_EQ(config->alpha, 0.02);
  ASSERT_EQ(config->checks.size(), 2u);
  EXPECT_NEAR(config->checks[0].margin.value, 0.03, 1e-15);
  ASSERT_TRUE(write_file_atomically(folder + "/deep.yaml", "version: 1\nextends: pr.yaml\n").ok());
  EXPECT_FALSE(read_gate_config(folder + "/deep.yaml").ok());
}

}  // namespace
}  // namespace jangwon::reports
