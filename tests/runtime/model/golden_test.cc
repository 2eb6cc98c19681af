// Every golden checkpoint of the folder: logits, hidden states layer by layer, greedy continuations and choices against
// what Hugging Face transformers computed (tests/golden/models/README.md).

#include "runtime/engine/golden_check.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace jangwon::runtime {
namespace {

std::string models_dir() {
  return std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models";
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(models_dir())) {
    if (std::filesystem::exists(entry.path() / "golden.safetensors")) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, AgreesWithTheReferenceImplementation) {
  const std::string dir = models_dir() + "/" + GetParam();
  const auto runner = ModelRunner::load(dir, {});
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  const auto report = check_golden(*runner.value(), dir + "/golden.safetensors");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report.value().cases.size(), 4u);
  for (const GoldenCase& result : report.value().cases)
    EXPECT_LT(result.max_abs_dlogp, 1e-4) << result.name;
  EXPECT_EQ(report.value().greedy_equal, 128);
  EXPECT_EQ(report.value().greedy_total, 128);
  EXPECT_EQ(report.value().num_choices, 3);
  EXPECT_LT(report.value().choice_max_abs, 1e-4);
  EXPECT_TRUE(report.value().passed(1e-4));
  EXPECT_FALSE(report.value().passed(1e-9)) << "two float implementations never agree to the last bit";
}

TEST_P(GoldenTest, HiddenStatesAgreeLayerByLayer) {
  const std::string dir = models_dir() + "/" + GetParam();
  const auto runner = ModelRunner::load(dir, {});
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  const auto report = check_golden(*runner.value(), dir + "/golden.safetensors");
  ASSERT_TRUE(report.ok()) << report.status().message();
  int compared = 0;
  for (const GoldenCase& result : report.value().cases) {
    if (result.name != "single" && result.name != "short") continue;
    ++compared;
    EXPECT_EQ(result.num_hidden_layers, runner.value()->config().num_hidden_layers + 1) << result.name;
    // Components are of the order of 1 to 10 and pass some ten sums of a hundred terms a layer.
    EXPECT_LT(result.max_abs_dhidden, 2e-4) << result.name;
  }
  EXPECT_EQ(compared, 2);
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenTest, testing::ValuesIn(golden_names()),
                         [](const auto& param) { return param.param; });

TEST(GoldenFileTest, AMalformedGoldenFileIsAnErrorAndNotAPass) {
  const std::string dir = models_dir() + "/solar_plain";
  const auto runner = ModelRunner::load(dir, {});
  EXPECT_FALSE(check_golden(*runner.value(), dir + "/missing.safetensors").ok());
  EXPECT_FALSE(check_golden(*runner.value(), dir + "/config.json").ok());
  EXPECT_FALSE(check_golden(*runner.value(), dir + "/model-00001-of-00002.safetensors").ok()) << "no cases";
  EXPECT_FALSE(check_golden(*runner.value(), models_dir() + "/solar_yarn/golden.safetensors").ok())
      << "another vocabulary";
}

}  // namespace
}  // namespace jangwon::runtime
