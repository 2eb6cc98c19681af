// jangwon report --history on real runs: the page, the CSV and the answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;

TEST(HistoryOfRuns, IsAPageOfTheSiteACsvAndAnAnswer) {
  const std::string folder = fresh_folder("history_runs");
  for (const char* name : {"first", "second"}) {
    const ProgramResult run = run_program({"run", "--model", "standin-axk1", "--tasks", "kmmlu_pro",
                                           "--limit", "4", "-o", folder + "/" + name});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  const ProgramResult accepted = run_program(
      {"baseline", "accept", folder + "/first", "--as", folder + "/main", "--reason", "x"});
  ASSERT_EQ(accepted.exit_code, 0) << accepted.err;
  const ProgramResult report =
      run_program({"report", "--history", folder + "/first", folder + "/second", folder + "/main",
                   "-o", folder + "/out"});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  EXPECT_THAT(
      report.out,
      HasSubstr("standin-axk1 · kmmlu_pro  [stand-in]\n  No change is shown among the 2 points"));
  const Result<std::string> page = read_file(folder + "/out/site/history.html");
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(*page, HasSubstr("No change is shown among the 2 points"));
  EXPECT_THAT(*page, HasSubstr("변화가 있었다는 증거가 없다"));
  EXPECT_THAT(*read_file(folder + "/out/site/index.html"), HasSubstr("history.html"));
  const std::string csv = *read_file(folder + "/out/history.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  EXPECT_THAT(csv, HasSubstr(",first,"));
  EXPECT_THAT(csv, HasSubstr(",main,"));

  const ProgramResult json =
      run_program({"report", "--history", folder + "/first", folder + "/second", "--json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(parse_json(json.out)->at("series").at(0).at("points").size(), 2u);

  const ProgramResult none = run_program({"report", "--history", folder + "/out"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("is no run folder, no baseline and no result of a gate"));
}

}  // namespace
}  // namespace jangwon::e2e
