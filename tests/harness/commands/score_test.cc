// jangwon score as a user calls it, on a run made from recorded replies.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/e2e/program.h"

namespace jangwon::harness {
namespace {

using Json = nlohmann::ordered_json;
using e2e::run_program;

Json read_json(const std::string& path) {
  std::ifstream file(path);
  return Json::parse(file, nullptr, false);
}

// A run of the stand-in on a few bundled questions, whose replies say "정답: X".
std::string small_run(const std::string& name) {
  std::string folder = e2e::fresh_folder(name) + "/run";
  const auto run = run_program(
      {"run", "--model", "standin-k-exaone", "--tasks", "kmmlu_pro", "--limit", "8", "-o", folder});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return folder;
}

TEST(Score, AsAnotherHarnessIsANewRunLinkedToItsParent) {
  const std::string run = small_run("score_as");
  const auto scored = run_program({"score", run, "--as", "lm-eval", "-o", run + "-as", "--json"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  const Json printed = Json::parse(scored.out);
  EXPECT_EQ(printed["records"], 8);
  EXPECT_FALSE(printed["changed"].empty()) << "lm-eval reads English sentences only";
  for (const Json& change : printed["changed"]) {
    EXPECT_EQ(change["mode"], "official") << "native is unaffected";
    EXPECT_EQ(change["after"], "no_answer");
  }
  const Json manifest = read_json(run + "-as/run.json");
  EXPECT_EQ(manifest["frozen"]["parent"]["run"], run);
  EXPECT_EQ(manifest["frozen"]["tasks"][0]["scorer_options"]["extractor"], "lm-eval");
  const Json results = read_json(run + "-as/results.json");
  EXPECT_NE(results["warnings"].dump().find("extractor lm-eval"), std::string::npos)
      << results["warnings"];
}

TEST(Score, PrintsWhatWasGainedAndLost) {
  const std::string run = small_run("score_text");
  const auto scored =
      run_program({"score", run, "--extractor", "answer_letter", "-o", run + "-other"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_NE(scored.out.find("standin-k-exaone · kmmlu_pro · official: +0 −"), std::string::npos)
      << scored.out;
}

TEST(Score, TheModeThatIsNotAskedForKeepsItsScores) {
  const std::string run = small_run("score_mode");
  const auto scored = run_program({"score", run, "--mode", "native", "--extractor", "answer_letter",
                                   "-o", run + "-native", "--json"});
  ASSERT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_TRUE(Json::parse(scored.out)["changed"].empty());
  EXPECT_EQ(read_json(run + "-native/results.json")["results"][0]["value"],
            read_json(run + "/results.json")["results"][0]["value"]);
}

TEST(Score, NamesTheNearestExtractorPeerAndMode) {
  const std::string run = small_run("score_names");
  const std::pair<std::vector<std::string>, const char*> kCases[] = {
      {{"--extractor", "answer_leter"}, "did you mean \"answer_letter\"?"},
      {{"--as", "lm-evl"}, "did you mean \"lm-eval\"?"},
      {{"--mode", "nativ"}, "did you mean \"native\"?"},
      {{"--as", "lm-eval", "--extractor", "native"}, "leave --extractor out"},
      {{"--extractor", "last_two_fences"}, "extractor for the tasks of this run"},
  };
  for (const auto& [arguments, expected] : kCases) {
    std::vector<std::string> call = {"score", run, "-o", run + "-bad"};
    call.insert(call.end(), arguments.begin(), arguments.end());
    const auto result = run_program(call);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find(expected), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace jangwon::harness
