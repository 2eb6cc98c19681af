#include "harness/run_loop/run_manifest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

class RunManifestTest : public testing::Test {
 protected:
  RunManifestTest() : folder_(testing::TempDir() + "/manifest_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~RunManifestTest() override { std::filesystem::remove_all(folder_); }
  static Json frozen(int seed) {
    return Json{{"seed", seed},
                {"tasks", Json::array({Json{{"name", "t"},
                                            {"version", "1"},
                                            {"metric", "accuracy"},
                                            {"cluster_key", ""},
                                            {"strata_keys", Json::array()},
                                            {"num_samples", 3},
                                            {"repeats", 2}}})}};
  }
  static Json model(const std::string& hash) {
    return Json{{"model", "m"}, {"stand_in", true}, {"spec", "m"}, {"settings", {{"sha256", hash}}}};
  }
  std::string folder_;
};

TEST_F(RunManifestTest, SecondCallMustAskForTheSame) {
  ASSERT_TRUE(RunManifest::open(folder_, frozen(1), Json{{"started_at", "then"}}).ok());
  EXPECT_TRUE(RunManifest::open(folder_, frozen(1), Json{{"started_at", "now"}}).ok());
  const Result<RunManifest> other = RunManifest::open(folder_, frozen(2), Json::object());
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.status().message().find("/seed was 1 and is now 2"), std::string::npos) << other.status().message();
}

TEST_F(RunManifestTest, ModelsAreAddedAndCompared) {
  Result<RunManifest> manifest = RunManifest::open(folder_, frozen(1), Json::object());
  ASSERT_TRUE(manifest.ok());
  ASSERT_TRUE(manifest->add_model(model("aa")).ok());
  ASSERT_TRUE(manifest->add_model(model("aa")).ok());
  const Status changed = manifest->add_model(model("bb"));
  ASSERT_FALSE(changed.ok());
  EXPECT_NE(changed.message().find("/settings/sha256 was \"aa\" and is now \"bb\""), std::string::npos)
      << changed.message();
  const Result<RunManifest> back = RunManifest::read(folder_);
  ASSERT_TRUE(back.ok());
  const RunPlan plan = back->plan();
  ASSERT_EQ(plan.models.size(), 1u);
  EXPECT_EQ(plan.tasks[0].num_samples, 3);
  EXPECT_EQ(plan.tasks[0].repeats, 2);
}

TEST_F(RunManifestTest, SpeedAndSpellingOfTheModelAreNotCompared) {
  Result<RunManifest> manifest = RunManifest::open(folder_, frozen(1), Json::object());
  ASSERT_TRUE(manifest.ok());
  Json first = model("aa"), second = model("aa");
  first["performance"] = {{"threads", 1}};
  second["performance"] = {{"threads", 2}};
  second["spec"] = "./m";
  ASSERT_TRUE(manifest->add_model(first).ok());
  EXPECT_TRUE(manifest->add_model(second).ok());
  EXPECT_EQ(manifest->settings_json().find("threads"), std::string::npos);
}

TEST_F(RunManifestTest, OtherFoldersAreRefusedWithASentence) {
  EXPECT_NE(RunManifest::read(folder_).status().message().find("not a run folder"), std::string::npos);
}

}  // namespace
}  // namespace jangwon::harness
