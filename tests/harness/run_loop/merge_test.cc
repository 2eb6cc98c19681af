// What merge refuses, on folders made by hand; that it gives an unsplit run's bytes is
// tests/e2e/shard_test.cc.

#include "harness/run_loop/merge.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "harness/run_loop/run_manifest.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

class MergeTest : public testing::Test {
 protected:
  MergeTest() : root_(testing::TempDir() + "/merge_" + std::to_string(getpid())) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~MergeTest() override { std::filesystem::remove_all(root_); }

  struct Options {
    int seed = 1;
    std::string weights = "aa";
    Verdict verdict = Verdict::kCorrect;
    std::vector<std::string> models = {"m"};
    std::string foreign = "";  // a model that has a reply and was not asked for
  };

  // Shard `index` of `count` of a run that asks `planned` questions in this part;
  // `ids` are answered.
  std::string shard(const std::string& name, int index, int count, int planned,
                    const std::vector<std::string>& ids, const Options& options) {
    const std::string folder = root_ + "/" + name;
    auto journal = Journal::open(folder);
    EXPECT_TRUE(journal.ok());
    for (const std::string& id : ids) {
      SampleRecord record;
      record.key = {"m", "t", id, 0};
      record.verdict = options.verdict;
      record.scores = {counted_score(ScoreMode::kOfficial, "letter", options.verdict),
                       counted_score(ScoreMode::kNative, "letter", options.verdict)};
      EXPECT_TRUE((*journal)->append(record).ok());
      if (options.foreign.empty()) continue;
      record.key.model = options.foreign;
      EXPECT_TRUE((*journal)->append(record).ok());
    }
    Json frozen{{"seed", options.seed},
                {"tasks", Json::array({Json{{"name", "t"},
                                            {"version", "1"},
                                            {"metric", "accuracy"},
                                            {"cluster_key", ""},
                                            {"strata_keys", Json::array()},
                                            {"num_samples", 4},
                                            {"repeats", 1}}})}};
    if (count > 0)
      frozen["shard"] = {{"index", index}, {"count", count}, {"num_samples", {{"t", planned}}}};
    RunRequest request;
    for (const std::string& model : options.models)
      request.models.push_back(
          {.model = model, .spec = name, .place = "", .named = false, .stand_in = true});
    auto manifest = RunManifest::open(folder, request);
    EXPECT_TRUE(manifest.ok());
    EXPECT_TRUE(manifest->freeze(request, frozen, Json::object()).ok());
    EXPECT_TRUE(manifest
                    ->add_model(Json{{"model", "m"},
                                     {"stand_in", true},
                                     {"spec", name},
                                     {"settings", {{"sha256", options.weights}}}})
                    .ok());
    return folder;
  }
  std::string shard(const std::string& name, int index, int count, int planned,
                    const std::vector<std::string>& ids) {
    return shard(name, index, count, planned, ids, Options());
  }

  std::string refusal(const std::vector<std::string>& folders) {
    const Result<RunResult> merged = merge_shards(root_ + "/out", folders);
    EXPECT_FALSE(std::filesystem::exists(root_ + "/out")) << "nothing may be written";
    return merged.ok() ? "" : merged.status().message();
  }
  std::string root_;
};

TEST_F(MergeTest, PartsInAnyOrderBecomeTheWhole) {
  const std::string b = shard("b", 1, 2, 2, {"3", "4"});
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const Result<RunResult> merged = merge_shards(root_ + "/out", {b, a});
  ASSERT_TRUE(merged.ok()) << merged.status().message();
  EXPECT_TRUE(merged->complete);
  EXPECT_EQ(merged->results[0].n, 4);
  EXPECT_FALSE(merged->settings->contains("shard"));
  EXPECT_FALSE(RunManifest::read(root_ + "/out")->shard());
}

TEST_F(MergeTest, GapsAreNamed) {
  const std::string a = shard("a", 0, 3, 2, {"1", "2"});
  const std::string b = shard("b", 1, 3, 1, {"3"});
  EXPECT_NE(refusal({a, b}).find("shard 2/3 is missing"), std::string::npos);
  const std::string c = shard("c", 2, 3, 1, {});
  const std::string sentence = refusal({a, b, c});
  EXPECT_NE(sentence.find("/c) lacks 1 of 1 replies of m on t; `jangwon run -o"), std::string::npos)
      << sentence;
}

TEST_F(MergeTest, MissingShardInTheMiddleIsNamed) {
  const std::string a = shard("a", 0, 3, 2, {"1", "2"});
  const std::string c = shard("c", 2, 3, 1, {"4"});
  EXPECT_NE(refusal({a, c}).find("shard 1/3 is missing"), std::string::npos);
}

TEST_F(MergeTest, OverlapsAreNamed) {
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string again = shard("again", 0, 2, 2, {"1", "2"});
  const std::string b = shard("b", 1, 2, 2, {"2", "3"});
  EXPECT_NE(refusal({a, again, b}).find("are the same shard"), std::string::npos);
  const std::string sentence = refusal({a, b});
  EXPECT_NE(sentence.find("sample 2 of t stands in shard 0/2"), std::string::npos) << sentence;
}

TEST_F(MergeTest, OtherSettingsAreNamedWithBothValues) {
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string seed = shard("seed", 1, 2, 2, {"3", "4"}, {.seed = 2});
  const std::string weights = shard("weights", 1, 2, 2, {"3", "4"}, {.weights = "bb"});
  EXPECT_NE(refusal({a, seed}).find("/seed was 1 and is now 2"), std::string::npos);
  const std::string sentence = refusal({a, weights});
  EXPECT_NE(sentence.find("/models/m/settings/sha256 was \"aa\" and is now \"bb\""),
            std::string::npos)
      << sentence;
}

TEST_F(MergeTest, ModelThatOnlySomeWereAskedForIsNamed) {
  Options both;
  both.models = {"m", "n"};
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string b = shard("b", 1, 2, 2, {"3", "4"}, both);
  for (const std::vector<std::string>& folders : {std::vector{a, b}, std::vector{b, a}})
    EXPECT_NE(refusal(folders).find("/a) lacks the replies of n"), std::string::npos)
        << refusal(folders);
}

TEST_F(MergeTest, ModelThatNoneHasAskedIsNamed) {
  Options both;
  both.models = {"m", "n"};
  const std::string a = shard("a", 0, 2, 2, {"1", "2"}, both);
  const std::string b = shard("b", 1, 2, 2, {"3", "4"}, both);
  EXPECT_NE(refusal({a, b}).find("lacks 2 of 2 replies of n"), std::string::npos)
      << refusal({a, b});
}

TEST_F(MergeTest, RepliesOfAModelThatNobodyAskedForAreNamed) {
  Options foreign;
  foreign.foreign = "n";
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string b = shard("b", 1, 2, 2, {"3", "4"}, foreign);
  EXPECT_NE(refusal({a, b}).find("holds replies of n on t, which it was not asked for"),
            std::string::npos)
      << refusal({a, b});
}

TEST_F(MergeTest, FolderWithForeignFilesIsRefused) {
  const std::string a = shard("a", 0, 1, 4, {"1", "2", "3", "4"});
  std::filesystem::create_directories(root_ + "/theirs");
  ASSERT_TRUE(write_file_atomically(root_ + "/theirs/report.md", "mine").ok());
  EXPECT_NE(
      merge_shards(root_ + "/theirs", {a}).status().message().find("holds report.md and no run"),
      std::string::npos);
  EXPECT_EQ(*read_file(root_ + "/theirs/report.md"), "mine");
}

TEST_F(MergeTest, PartsOfDifferentSplitsAndWholeRunsAreRefused) {
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string b = shard("b", 1, 3, 1, {"3"});
  const std::string whole = shard("whole", 0, 0, 4, {"1", "2", "3", "4"});
  EXPECT_NE(refusal({a, b}).find("different splits"), std::string::npos);
  EXPECT_NE(refusal({a, whole}).find("is a whole run and no shard"), std::string::npos);
  EXPECT_NE(refusal({a, root_ + "/nowhere"}).find("is not a run folder"), std::string::npos);
}

TEST_F(MergeTest, RunningShardIsRefused) {
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string b = shard("b", 1, 2, 2, {"3", "4"});
  const auto writer = Journal::open(b);
  ASSERT_TRUE(writer.ok());
  EXPECT_NE(refusal({a, b}).find("in use by process"), std::string::npos);
}

TEST_F(MergeTest, FolderWithARunIsNotOverwritten) {
  const std::string a = shard("a", 0, 1, 4, {"1", "2", "3", "4"});
  const Result<RunResult> merged = merge_shards(a, {a});
  ASSERT_FALSE(merged.ok());
  EXPECT_NE(merged.status().message().find("holds a run already"), std::string::npos);
}

TEST_F(MergeTest, ErrorsOfOursAreTakenOverAndLeaveTheRunIncomplete) {
  const std::string a = shard("a", 0, 2, 2, {"1", "2"});
  const std::string b = shard("b", 1, 2, 2, {"3", "4"}, {.verdict = Verdict::kInfraError});
  const Result<RunResult> merged = merge_shards(root_ + "/out", {a, b});
  ASSERT_TRUE(merged.ok()) << merged.status().message();
  EXPECT_FALSE(merged->complete);
  EXPECT_EQ(merged->results[0].counts.at("infra_error"), 2);
}

}  // namespace
}  // namespace jangwon::harness
