// jangwon data fetch, verify and run, from a hub that misbehaves to a score.

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"
#include "tests/fakes/hub_fake.h"

namespace jangwon::e2e {
namespace {

using fakes::HubFake;
using fakes::HubManner;

TEST(DataFetch, SetIsFetchedVerifiedAndAsked) {
  HubFake hub([](const std::string&, int number) {
    return number % 2 == 0 ? HubManner::k503 : HubManner::kGood;
  });
  std::string rows, replies;
  for (int i = 0; i < 30; ++i) {
    const std::string id = std::to_string(i), answer = std::to_string(100 + i);
    rows += to_json_line(Json{{"problem", "Problem " + id}, {"answer", answer}, {"id", id}}) + "\n";
    replies +=
        to_json_line(Json{{"id", id}, {"output", "\\boxed{" + (i < 15 ? answer : "0") + "}"}}) +
        "\n";
  }
  hub.put_file("math-ai/aime25/test.jsonl", rows);
  const std::string folder = fresh_folder("fetch");
  ASSERT_TRUE(write_file_atomically(folder + "/replies.jsonl", replies).ok());
  setenv("HF_ENDPOINT", hub.url().c_str(), 1);
  setenv("HF_TOKEN", "hf_e2e_0123456789abcdef", 1);
  setenv("JANGWON_DATA_DIR", (folder + "/data").c_str(), 1);

  const ProgramResult fetched =
      run_program({"data", "fetch", "aime25", "--retry-ms", "1", "--json"});
  ASSERT_EQ(fetched.exit_code, 0) << fetched.err;
  const Json report = *parse_json(fetched.out);
  const Json& file = report.at(0).at("files").at(0);
  EXPECT_EQ(file.at("rows"), 30);
  EXPECT_FALSE(file.at("revision").is_null());

  const ProgramResult verified = run_program({"data", "verify", "aime25", "--json"});
  ASSERT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_EQ(parse_json(verified.out)->at(0).at("rows_sha256"), file.at("rows_sha256"));

  const ProgramResult asked =
      run_program({"run", "--model", "replay:" + folder + "/replies.jsonl", "--tasks", "aime25",
                   "--dataset", "published", "--repeats", "1", "-o", folder + "/run"});
  EXPECT_EQ(asked.exit_code, 0) << asked.err;
  const Json results = *read_json_file(folder + "/run/results.json");
  EXPECT_EQ(results.at("results").at(0).at("value"), 0.5);

  const ProgramResult closed = run_program({"data", "fetch", "kmmlu_pro", "--attempts", "1"});
  EXPECT_EQ(closed.exit_code, 2);
  for (const ProgramResult* result : {&fetched, &verified, &asked, &closed})
    EXPECT_EQ((result->out + result->err).find("hf_e2e_0123456789abcdef"), std::string::npos);
  for (const char* variable : {"HF_ENDPOINT", "HF_TOKEN", "JANGWON_DATA_DIR"})
    unsetenv(variable);
}

TEST(DataFetch, ParquetFileNamesTheWayToReadIt) {
  const ProgramResult result =
      run_program({"data", "import", "mmlu_pro", "test-00000-of-00001.parquet"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("datasets/fetch/parquet_to_jsonl.py"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace jangwon::e2e
