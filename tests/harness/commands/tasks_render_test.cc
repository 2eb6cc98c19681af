// jangwon tasks render as a user calls it. What the prompts say is tested in tests/harness/prompt.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/program.h"

namespace jangwon::harness {
namespace {

using Json = nlohmann::ordered_json;
using e2e::ProgramResult;

ProgramResult render(std::vector<std::string> arguments, const std::vector<Json>& rows) {
  std::string text;
  for (const Json& row : rows)
    text += row.dump() + "\n";
  arguments.insert(arguments.begin(), {"tasks", "render"});
  return e2e::run_program(arguments, text);
}

Json only_row(const ProgramResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1) << result.out;
  return Json::parse(result.out, nullptr, false);
}

TEST(TasksRender, NeedsNeitherAnswersNorTests) {
  const Json row = only_row(
      render({"livecodebench_v6", "--style", "QwQ", "--jsonl", "-"},
             {{{"question_id", "abc999_a"}, {"question_content", "Add."}, {"starter_code", ""}}}));
  EXPECT_EQ(row["id"], "abc999_a");
  EXPECT_EQ(row["style"], "qwq") << "the benchmark's own name is understood";
  EXPECT_NE(row["prompt"].get<std::string>().find("Question: Add.\n"), std::string::npos);
  EXPECT_EQ(row["sha256"].get<std::string>().size(), 64u);
}

TEST(TasksRender, GivesAChatAsItsMessages) {
  const Json row = only_row(render({"aime25", "--jsonl", "-"}, {{{"problem", "Find 1+1."}}}));
  EXPECT_EQ(row["id"], "0") << "the number of the row where there is no id";
  ASSERT_EQ(row["prompt"].size(), 1u);
  EXPECT_EQ(row["prompt"][0]["role"], "user");
  EXPECT_TRUE(row["prompt"][0]["content"].get<std::string>().ends_with("\n\nFind 1+1."));
}

TEST(TasksRender, TakesOptionsAsPublishedUnlessToldToStrip) {
  const Json question = {{"question_id", 1},
                         {"question", "Which?"},
                         {"options", {" one", "two"}},
                         {"category", "math"}};
  const std::vector<std::string> arguments = {"mmlu_pro", "--style", "local", "--num-fewshot",
                                              "0",        "--jsonl", "-"};
  EXPECT_NE(only_row(render(arguments, {question}))["prompt"].get<std::string>().find(
                "\nA.  one\nB. two\n"),
            std::string::npos);
  std::vector<std::string> stripped = arguments;
  stripped.insert(stripped.end(), {"--option-text", "stripped"});
  EXPECT_NE(only_row(render(stripped, {question}))["prompt"].get<std::string>().find(
                "\nA. one\nB. two\n"),
            std::string::npos);
}

TEST(TasksRender, SaysWhereShotsCanComeFrom) {
  const ProgramResult result = render({"mmlu_pro", "--dataset", "published", "--jsonl", "-"},
                                      {{{"question_id", 1},
                                        {"question", "Which?"},
                                        {"options", {"one", "two"}},
                                        {"category", "no such category"}}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(result.err.find("--shots FILE") != std::string::npos ||
              result.err.find("wants 5 shots") != std::string::npos)
      << result.err;
}

TEST(TasksRender, NamesTheNearestStyle) {
  const ProgramResult result = render({"livecodebench_v6", "--style", "openai_chatt"}, {});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("did you mean \"openai_chat\"?"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace jangwon::harness
