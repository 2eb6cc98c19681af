// Every golden checkpoint of the folder: logits, hidden states layer by layer, greedy continuations
// and choices against what Hugging Face transformers computed (tests/golden/models/README.md).

#include "runtime/engine/golden_check.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace jangwon::runtime {
namespace {

// What the goldens were computed in.
const EngineOptions kFloat32{.numerics = "float32"};

std::string models_dir() {
  return std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models";
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(models_dir())) {
    if (std::filesystem::exists(entry.path() / "golden.safetensors"))
      names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

// Layer by layer, of the two cases that have them.
void expect_hidden_states(const GoldenReport& report, int num_layers) {
  int compared = 0;
  for (const GoldenCase& result : report.cases) {
    if (result.name != "single" && result.name != "short") continue;
    ++compared;
    EXPECT_EQ(result.num_hidden_layers, num_layers + 1) << result.name;
    // Components are of the order of 1 to 10 and pass some ten sums of a hundred terms a layer.
    EXPECT_LT(result.max_abs_dhidden, 2e-4) << result.name;
  }
  EXPECT_EQ(compared, 2);
}

TEST_P(GoldenTest, AgreesWithTheReferenceImplementation) {
  const std::string dir = models_dir() + "/" + GetParam();
  const auto runner = ModelRunner::load_whole(dir, kFloat32);
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  const auto report = check_golden(*runner.value(), dir + "/golden.safetensors");
  ASSERT_TRUE(report.ok()) << report.status().message();
  const bool has_drafts =
      GetParam() == "deepseek_v3_mtp" || GetParam() == "exaone_mtp" || GetParam() == "exaone2";
  EXPECT_EQ(report.value().num_draft_cases, has_drafts ? 3 : 0);
  EXPECT_LT(report.value().draft_max_abs_dlogp, 1e-4);
  EXPECT_EQ(report.value().draft_total, has_drafts ? 9 : 0);
  EXPECT_EQ(report.value().draft_equal, report.value().draft_total);
  EXPECT_EQ(report.value().cases.size(), 4u);
  for (const GoldenCase& result : report.value().cases)
    EXPECT_LT(result.max_abs_dlogp, 1e-4) << result.name;
  EXPECT_EQ(report.value().greedy_equal, 128);
  EXPECT_EQ(report.value().greedy_total, 128);
  EXPECT_EQ(report.value().num_choices, 3);
  EXPECT_LT(report.value().choice_max_abs, 1e-4);
  EXPECT_TRUE(report.value().passed(1e-4));
  EXPECT_FALSE(report.value().passed(1e-9))
      << "two float implementations never agree to the last bit";
  expect_hidden_states(report.value(), runner.value()->config().num_hidden_layers);
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenTest, testing::ValuesIn(golden_names()),
                         [](const auto& param) { return param.param; });

// What lies in the draft module alone moves the drafts and nothing else.
TEST(GoldenFileTest, ABrokenDraftModuleIsNoticedAndTheModelStillAgrees) {
  for (const char* name : {"deepseek_v3_mtp", "exaone_mtp", "exaone2"}) {
    const std::string golden = models_dir() + "/" + name + "/golden.safetensors";
    const auto runner = ModelRunner::load_whole(models_dir() + "/" + name, kFloat32);
    ASSERT_TRUE(runner.ok()) << runner.status().message();
    DraftWeights& draft = const_cast<Model&>(runner.value()->model()).weights.draft;
    std::swap(draft.token_norm_D, draft.hidden_norm_D);
    const auto report = check_golden(*runner.value(), golden);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report.value().model_agrees(1e-4)) << name;
    EXPECT_FALSE(report.value().drafts_agree(1e-4)) << name;
    EXPECT_FALSE(report.value().passed(1e-4)) << name;
  }
}

TEST(GoldenFileTest, DraftsCannotBeComparedWithoutADraftModule) {
  const std::string dir = models_dir() + "/exaone_mtp";
  const auto runner = ModelRunner::load(dir, kFloat32);
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  const auto report = check_golden(*runner.value(), dir + "/golden.safetensors");
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.status().message().find("no draft module"), std::string::npos)
      << report.status().message();
}

TEST(GoldenFileTest, AMalformedGoldenFileIsAnErrorAndNotAPass) {
  const std::string dir = models_dir() + "/solar_plain";
  const auto runner = ModelRunner::load(dir, kFloat32);
  EXPECT_FALSE(check_golden(*runner.value(), dir + "/missing.safetensors").ok());
  EXPECT_FALSE(check_golden(*runner.value(), dir + "/config.json").ok());
  EXPECT_FALSE(check_golden(*runner.value(), dir + "/model-00001-of-00002.safetensors").ok())
      << "no cases";
  EXPECT_FALSE(check_golden(*runner.value(), models_dir() + "/solar_yarn/golden.safetensors").ok())
      << "another vocabulary";
}

}  // namespace
}  // namespace jangwon::runtime
