#include "harness/run_loop/run_manifest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/record/message_json.h"
#include "harness/run_loop/run_loop.h"
#include "harness/run_loop/sample_limit.h"
#include "runtime/base/file.h"
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
    return Json{
        {"model", "m"}, {"stand_in", true}, {"spec", "m"}, {"settings", {{"sha256", hash}}}};
  }
  static RunRequest request(const std::vector<std::string>& names) {
    RunRequest request;
    for (const std::string& name : names)
      request.models.push_back({.model = name,
                                .spec = "word of " + name,
                                .place = "",
                                .named = false,
                                .stand_in = true});
    request.tasks = {"t:2"};
    return request;
  }
  // What a call does whose folder holds replies.
  Status begin(const RunRequest& request, int seed, const std::string& time) const {
    JANGWON_ASSIGN_OR_RETURN(RunManifest manifest, RunManifest::open(folder_, request));
    return manifest.freeze(request, frozen(seed), Json{{"started_at", time}});
  }
  std::string folder_;
};

TEST_F(RunManifestTest, SecondCallMustAskForTheSame) {
  ASSERT_TRUE(begin(request({"m"}), 1, "then").ok());
  EXPECT_TRUE(begin(request({"m"}), 1, "now").ok());
  EXPECT_NE(begin(request({"m"}), 2, "now").message().find("/seed was 1 and is now 2"),
            std::string::npos);
  RunRequest hot = request({"m"});
  hot.sampling = Json{{"temperature", 0.8}};
  EXPECT_NE(begin(hot, 1, "now").message().find("/sampling/temperature was nothing and is now 0.8"),
            std::string::npos);
  RunRequest other = request({"m"});
  other.template_arguments = Json{{"enable_thinking", false}};
  EXPECT_NE(begin(other, 1, "now").message().find("/template_arguments/enable_thinking"),
            std::string::npos);
}

TEST_F(RunManifestTest, FolderSaysWhatWasAskedBeforeTheRunBegins) {
  ASSERT_TRUE(RunManifest::open(folder_, request({"a", "b"})).ok());
  const Json run = *read_run_json(folder_);
  EXPECT_EQ(*asked_tasks(run), std::vector<std::string>{"t:2"});
  ASSERT_EQ(asked_models(run)->size(), 2u);
  EXPECT_EQ(asked_models(run)->at(1).spec, "word of b");
  EXPECT_NE(RunManifest::read(folder_).status().message().find("ended before its first question"),
            std::string::npos);
}

TEST_F(RunManifestTest, SettingsAreFreeUntilTheFirstReply) {
  ASSERT_TRUE(begin(request({"a"}), 1, "then").ok());
  Result<RunManifest> manifest = RunManifest::open(folder_, request({"b"}));
  ASSERT_TRUE(manifest.ok());
  ASSERT_TRUE(manifest->ask_anew(request({"b"})).ok());
  EXPECT_TRUE(manifest->freeze(request({"b"}), frozen(2), Json::object()).ok());
  const Result<RunManifest> back = RunManifest::read(folder_);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->json()["frozen"]["seed"], 2);
  ASSERT_EQ(back->plan().models.size(), 1u);
  EXPECT_EQ(back->plan().models[0].model, "b");
}

TEST_F(RunManifestTest, EveryModelThatWasAskedForIsPlannedWhetherItWasLoadedOrNot) {
  ASSERT_TRUE(begin(request({"a", "b"}), 1, "then").ok());
  ASSERT_TRUE(begin(request({"c"}), 1, "now").ok());
  const Result<RunManifest> manifest = RunManifest::read(folder_);
  ASSERT_TRUE(manifest.ok());
  std::string names;
  for (const PlannedModel& model : manifest->plan().models)
    names += model.model;
  EXPECT_EQ(names, "abc");
}

TEST_F(RunManifestTest, AnotherServerUnderTheSameNameIsAnotherModelUnlessTheUserSaysOtherwise) {
  RunRequest first = request({"m"}), moved = request({"m"});
  first.models[0].place = "http://a/v1#m";
  moved.models[0].place = "http://b/v1#m";
  moved.models[0].spec = "openai:http://b/v1#m";
  ASSERT_TRUE(begin(first, 1, "then").ok());
  const std::string sentence = begin(moved, 1, "now").message();
  EXPECT_NE(sentence.find("another model of the name m"), std::string::npos) << sentence;
  moved.models[0].named = true;
  EXPECT_TRUE(begin(moved, 1, "now").ok());
}

TEST_F(RunManifestTest, FactsOfAModelAreAddedAndCompared) {
  Result<RunManifest> manifest = RunManifest::open(folder_, request({"m"}));
  ASSERT_TRUE(manifest.ok());
  ASSERT_TRUE(manifest->freeze(request({"m"}), frozen(1), Json::object()).ok());
  ASSERT_TRUE(manifest->add_model(model("aa")).ok());
  ASSERT_TRUE(manifest->add_model(model("aa")).ok());
  const Status changed = manifest->add_model(model("bb"));
  ASSERT_FALSE(changed.ok());
  EXPECT_NE(changed.message().find("/settings/sha256 was \"aa\" and is now \"bb\""),
            std::string::npos)
      << changed.message();
  const Result<RunManifest> back = RunManifest::read(folder_);
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->plan().models.size(), 1u);
  EXPECT_EQ(back->plan().tasks[0].num_samples, 3);
  EXPECT_EQ(back->plan().tasks[0].repeats, 2);
}

TEST_F(RunManifestTest, SpeedAndSpellingOfTheModelAreNotCompared) {
  Result<RunManifest> manifest = RunManifest::open(folder_, request({"m"}));
  ASSERT_TRUE(manifest.ok());
  ASSERT_TRUE(manifest->freeze(request({"m"}), frozen(1), Json::object()).ok());
  Json first = model("aa"), second = model("aa");
  first["performance"] = {{"threads", 1}};
  second["performance"] = {{"threads", 2}};
  second["spec"] = "./m";
  ASSERT_TRUE(manifest->add_model(first).ok());
  EXPECT_TRUE(manifest->add_model(second).ok());
  EXPECT_EQ(manifest->settings().dump().find("threads"), std::string::npos);
}

TEST_F(RunManifestTest, DefectsOfDataAreWarnedOfByTheirTemplates) {
  const Message defect("{task}, data: {defect}",
                       {{"task", "t"},
                        {"defect", Message("{rows} rows where {expected} are expected",
                                           {{"rows", 3}, {"expected", 4}})}});
  Result<RunManifest> manifest = RunManifest::open(folder_, request({"m"}));
  ASSERT_TRUE(manifest.ok());
  ASSERT_TRUE(manifest
                  ->freeze(request({"m"}), frozen(1),
                           Json{{"data_defects", Json::array({defect.english()})},
                                {"data_defect_messages", Json::array({message_json(defect)})}})
                  .ok());
  ASSERT_TRUE(manifest->add_model(model("aa")).ok());
  ASSERT_TRUE(write_file_atomically(folder_ + "/samples.jsonl", "").ok());
  Json run = *read_run_json(folder_);
  const auto warnings = [&]() -> Result<std::vector<Message>> {
    JANGWON_RETURN_IF_ERROR(write_file_atomically(folder_ + "/run.json", to_json_text(run)));
    JANGWON_ASSIGN_OR_RETURN(const RunManifest read, RunManifest::read(folder_));
    JANGWON_ASSIGN_OR_RETURN(RunResult result, aggregate_run(folder_, read));
    return std::move(result.warnings);
  };
  EXPECT_EQ(*warnings(), std::vector<Message>{defect});
  run["recorded"]["data_defect_messages"] = Json::array({7});
  EXPECT_FALSE(warnings().ok());
  run["recorded"].erase("data_defect_messages");
  EXPECT_EQ(*warnings(), std::vector<Message>{Message::value(defect.english())})
      << "a run of before has the sentence alone";
}

TEST_F(RunManifestTest, WrongTypesAreASentence) {
  ASSERT_TRUE(begin(request({"m"}), 1, "then").ok());
  const Json good = *read_run_json(folder_);
  const std::vector<std::string> places = {
      "/models",         "/asked/models",           "/asked/models/0/model",
      "/frozen/tasks",   "/frozen/tasks/0/name",    "/frozen/tasks/0/num_samples",
      "/frozen/tasks/0", "/frozen/tasks/0/repeats", "/frozen"};
  for (const std::string& place : places) {
    for (const Json& value : {Json(5), Json("x"), Json::array({1})}) {
      Json bad = good;
      const Json& right = good.at(Json::json_pointer(place));
      if ((value.is_number() && right.is_number()) || (value.is_string() && right.is_string()))
        continue;
      bad[Json::json_pointer(place)] = value;
      ASSERT_TRUE(write_file_atomically(folder_ + "/run.json", to_json_text(bad)).ok());
      const Result<RunManifest> read = RunManifest::read(folder_);
      ASSERT_FALSE(read.ok()) << place << " = " << value;
      EXPECT_NE(read.status().message().find("run.json"), std::string::npos)
          << read.status().message();
    }
  }
}

TEST_F(RunManifestTest, ABegunRunWithoutAListOfModelsIsRefused) {
  ASSERT_TRUE(begin(request({"m"}), 1, "then").ok());
  Json without = *read_run_json(folder_);
  without.erase("models");
  Json object = without;
  object["models"] = {{"m", {{"model", "m"}}}};
  for (const Json& bad : {without, object}) {
    ASSERT_TRUE(write_file_atomically(folder_ + "/run.json", to_json_text(bad)).ok());
    const Result<RunManifest> read = RunManifest::read(folder_);
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_NE(read.status().message().find("run.json"), std::string::npos)
        << read.status().message();
  }
}

TEST_F(RunManifestTest, WholeNumbersAreWholeAndWithinTheirRange) {
  ASSERT_TRUE(begin(request({"m"}), 1, "then").ok());
  Json good = *read_run_json(folder_);
  good["frozen"]["shard"] = {{"index", 0}, {"count", 2}, {"num_samples", {{"t", 2}}}};
  for (const char* place :
       {"/frozen/seed", "/frozen/tasks/0/num_samples", "/frozen/tasks/0/repeats",
        "/frozen/shard/num_samples/t", "/frozen/shard/index", "/frozen/shard/count"}) {
    for (const Json& value :
         {Json(6.5), Json(-1), Json(1e30), Json("2"), Json(nullptr), Json(true)}) {
      Json bad = good;
      bad[Json::json_pointer(place)] = value;
      ASSERT_TRUE(write_file_atomically(folder_ + "/run.json", to_json_text(bad)).ok());
      const Result<RunManifest> read = RunManifest::read(folder_);
      EXPECT_FALSE(read.ok()) << place << " = " << value;
    }
  }
  Json bad = good;
  bad["frozen"]["tasks"][0]["num_samples"] = 6.5;
  ASSERT_TRUE(write_file_atomically(folder_ + "/run.json", to_json_text(bad)).ok());
  EXPECT_EQ(RunManifest::read(folder_).status().message(),
            folder_ +
                "/run.json: /frozen/tasks/0/num_samples is \"6.5\"; it must be a whole number from "
                "0 to 1000000000");
}

TEST(SampleLimitOfARun, IsReadAsTheFlagIs) {
  EXPECT_EQ(*sample_limit_of(Json(0)), SampleLimit());
  EXPECT_EQ(*sample_limit_of(Json(6)), (SampleLimit{.count = 6}));
  EXPECT_EQ(*sample_limit_of(Json(0.1)), (SampleLimit{.share = 0.1}));
  for (const Json& wrong :
       {Json(6.5), Json(-1), Json(5000000000), Json("6"), Json(nullptr), Json::array({6})})
    EXPECT_FALSE(sample_limit_of(wrong).ok()) << wrong;
}

TEST_F(RunManifestTest, OtherFoldersAreRefusedWithASentence) {
  EXPECT_NE(RunManifest::read(folder_).status().message().find("not a run folder"),
            std::string::npos);
}

}  // namespace
}  // namespace jangwon::harness
