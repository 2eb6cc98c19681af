// The main job in small: the three stand-ins on the four bundled sets.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

TEST(StandInRun, ThreeModelsOnFourTasksAreGradedAndTabled) {
  const std::string folder = fresh_folder("stand_ins");
  const ProgramResult run =
      run_program({"run", "--model", "standin-axk1,standin-k-exaone,standin-solar-open", "--tasks",
                   "aime25,livecodebench_v6,kmmlu_pro,mmlu_pro", "--limit", "4", "--repeats", "1",
                   "--max-tokens", "160", "-o", folder});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("stand-in"), std::string::npos) << run.out;

  const Result<Json> results = read_json_file(folder + "/results.json");
  ASSERT_TRUE(results.ok());
  EXPECT_EQ((*results)["schema"], "jangwon-results-1");
  EXPECT_EQ((*results)["complete"], true);
  ASSERT_EQ((*results)["results"].size(), 24u) << "three models, four tasks, two modes";
  for (const Json& row : (*results)["results"]) {
    EXPECT_EQ(row["stand_in"], true);
    EXPECT_EQ(row["n"], 4);
    int counted = 0;
    for (const char* verdict :
         {"correct", "incorrect", "no_answer", "infra_error", "sandbox_error"}) {
      counted += row["counts"][verdict].get<int>();
    }
    EXPECT_EQ(counted, 4) << row.dump();
  }
  for (const char* file : {"run.json", "samples.jsonl", "report.md", "site/index.html"}) {
    EXPECT_TRUE(std::filesystem::exists(folder + "/" + file)) << file;
  }
  EXPECT_FALSE((*results)["warnings"].empty()) << "bundled questions must be said to be such";
}

}  // namespace
}  // namespace jangwon::e2e
