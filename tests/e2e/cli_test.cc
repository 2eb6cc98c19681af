#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

TEST(Cli, HelpGoesToStdoutAndSucceeds) {
  const ProgramResult help = run_program({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* command :
       {"run", "report", "grade", "tasks", "models", "data", "selftest", "bench"}) {
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
  }
}

TEST(Cli, TasksListNamesEachFolderOfTasks) {
  const ProgramResult list = run_program({"tasks", "list", "--json"});
  ASSERT_EQ(list.exit_code, 0) << list.err;
  std::set<std::string> names, folders;
  for (const Json& task : Json::parse(list.out))
    EXPECT_TRUE(names.insert(task["name"]).second) << task["name"] << " stands there twice";
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(JANGWON_SOURCE_DIR) / "tasks"))
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  EXPECT_EQ(names, folders);
  for (const char* task : {"aime25", "kmmlu_pro", "livecodebench_v6", "mmlu_pro"})
    EXPECT_TRUE(names.contains(task)) << task;
}

struct Mistake {
  std::vector<std::string> arguments;
  const char* expected;
};

TEST(Cli, MistakesAreOneSentenceAndExitTwo) {
  const std::string folder = fresh_folder("mistakes");
  const Mistake mistakes[] = {
      {{"run", "--model", "standin-axk", "--tasks", "aime25", "-o", folder},
       "did you mean \"standin-axk1\"?"},
      {{"run", "--model", "standin-axk1", "--tasks", "aime52", "-o", folder},
       "did you mean \"aime25\"?"},
      {{"run", "--model", "standin-axk1", "-o", folder + "/new"}, "--tasks is missing"},
      {{"run", "--model", "/nowhere/model", "--tasks", "aime25", "-o", folder}, "/nowhere/model"},
      {{"run", "--model", "standin-axk1", "--tasks", "aime25", "--style", "matharen", "-o", folder},
       "did you mean \"matharena\"?"},
      {{"run", "--model", "standin-axk1", "--tasks", "aime25", "--chat-template-args", "[1]", "-o",
        folder},
       "--chat-template-args"},
      {{"run", "--model", "standin-axk1", "--tasks", "aime25", "--limit", "-3", "-o", folder},
       "--limit"},
      {{"run", "--model", "replay:/nowhere.jsonl", "--tasks", "aime25", "-o", folder},
       "/nowhere.jsonl"},
      {{"tasks", "show", "mmlu"}, "unknown task \"mmlu\""},
      {{"frobnicate"}, "unknown command \"frobnicate\""},
      {{"rnu", "--model", "x"}, "did you mean \"run\"?"},
  };
  for (const Mistake& mistake : mistakes) {
    const ProgramResult result = run_program(mistake.arguments);
    EXPECT_EQ(result.exit_code, 2) << mistake.expected << "\n" << result.err;
    EXPECT_NE((result.out + result.err).find(mistake.expected), std::string::npos)
        << mistake.expected << "\n"
        << result.err;
  }
}

TEST(Cli, PublishedDataThatWasNotImportedSaysHowToGetIt) {
  setenv("JANGWON_DATA_DIR", fresh_folder("no_data").c_str(), 1);
  const ProgramResult result =
      run_program({"run", "--model", "standin-axk1", "--tasks", "aime25", "--dataset", "published",
                   "-o", fresh_folder("published")});
  unsetenv("JANGWON_DATA_DIR");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("data import"), std::string::npos) << result.err;
}

TEST(Cli, ReplayedRepliesAreGradedAndTheRestIsOurError) {
  const std::string folder = fresh_folder("replay");
  const std::string replies = folder + "/replies.jsonl";
  // Gold of the first two problems of the bundled set: 2 and 22.
  ASSERT_TRUE(write_file_atomically(
                  replies,
                  R"({"id": "1", "output": "<think>guess \\boxed{9}</think>So \\boxed{2}."})"
                  "\n"
                  R"({"id": 2, "output": "\\boxed{023}"})"
                  "\n")
                  .ok());
  const ProgramResult two =
      run_program({"run", "--model", "replay:" + replies, "--tasks", "aime25", "--repeats", "1",
                   "--limit", "2", "--json", "-o", folder + "/two"});
  ASSERT_EQ(two.exit_code, 0) << two.err;
  const Json results = Json::parse(two.out);
  EXPECT_EQ(results["complete"], true);
  EXPECT_EQ(results["results"][0]["value"], 0.5);
  EXPECT_EQ(results["results"][0]["counts"]["correct"], 1);
  EXPECT_EQ(results["results"][0]["counts"]["incorrect"], 1);

  const ProgramResult three =
      run_program({"run", "--model", "replay:" + replies, "--tasks", "aime25", "--repeats", "1",
                   "--limit", "3", "--json", "-o", folder + "/three"});
  EXPECT_EQ(three.exit_code, 5) << three.err;
  const Json incomplete = Json::parse(three.out);
  EXPECT_EQ(incomplete["complete"], false);
  EXPECT_EQ(incomplete["results"][0]["counts"]["infra_error"], 1);
  EXPECT_EQ(incomplete["results"][0]["n"], 2);
}

}  // namespace
}  // namespace jangwon::e2e
