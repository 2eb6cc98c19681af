// A run split over processes, one of them killed and called again, has the results of the run that
// was never split.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

std::vector<std::string> run_arguments(const std::string& folder, const std::string& shard) {
  std::vector<std::string> words = {"run",
                                    "--model",
                                    "standin-axk1,standin-solar-open",
                                    "--tasks",
                                    "aime25,kmmlu_pro,livecodebench_v6",
                                    "--limit",
                                    "13",
                                    "--repeats",
                                    "2",
                                    "--max-tokens",
                                    "64",
                                    "--seed",
                                    "11",
                                    "--temperature",
                                    "0.9",
                                    "-o",
                                    folder};
  if (!shard.empty()) words.insert(words.end(), {"--shard", shard});
  return words;
}

int64_t journal_bytes(const std::string& folder) {
  std::error_code error;
  const auto size = std::filesystem::file_size(folder + "/samples.jsonl", error);
  return error ? 0 : static_cast<int64_t>(size);
}

// Kills the call as soon as it has written a few replies, so that there is something to lose.
void run_and_kill(const std::vector<std::string>& arguments, const std::string& folder) {
  const pid_t child = start_program(arguments);
  while (journal_bytes(folder) < 4000)
    usleep(2000);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the run ended before it could be killed";
}

TEST(Shards, JoinedRunHasTheBytesOfAnUnsplitOneThoughOneShardWasKilled) {
  const std::string whole = fresh_folder("shard_whole");
  const std::string parts = fresh_folder("shard_parts");
  const std::string joined = fresh_folder("shard_joined") + "/run";
  const ProgramResult undivided = run_program(run_arguments(whole, ""));
  ASSERT_EQ(undivided.exit_code, 0) << undivided.err;

  std::vector<std::string> merge = {"merge", joined, "--json"};
  for (int i : {2, 0, 1}) {
    const std::string folder = parts + "/" + std::to_string(i);
    const std::vector<std::string> arguments = run_arguments(folder, std::to_string(i) + "/3");
    if (i == 1) {
      run_and_kill(arguments, folder);
      const ProgramResult refused =
          run_program({"merge", joined, parts + "/0", folder, parts + "/2"});
      EXPECT_EQ(refused.exit_code, 2);
      EXPECT_NE(refused.err.find("lacks"), std::string::npos) << refused.err;
    }
    const ProgramResult shard = run_program(arguments);
    ASSERT_EQ(shard.exit_code, 0) << shard.err;
    merge.push_back(folder);
    std::set<std::string> tasks;
    ASSERT_TRUE(harness::read_journal(folder, [&](const harness::SampleRecord& record) {
                  tasks.insert(record.key.task);
                  return ok_status();
                }).ok());
    EXPECT_EQ(tasks.size(), 3u) << "shard " << i << " has not seen every task";
  }
  const ProgramResult merged = run_program(merge);
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(*read_file(joined + "/results.json"), *read_file(whole + "/results.json"));
  EXPECT_EQ(merged.out, *read_file(whole + "/results.json"));
  EXPECT_TRUE(std::filesystem::exists(joined + "/site/index.html"));

  // The joined run goes on being a run: the same call finds nothing to do.
  const ProgramResult again = run_program(run_arguments(joined, ""));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(*read_file(joined + "/results.json"), *read_file(whole + "/results.json"));
}

TEST(Shards, ShardGoesOnWithoutBeingToldWhichItIs) {
  const std::string folder = fresh_folder("shard_again");
  ASSERT_EQ(run_program({"run", "--model", "standin-axk1", "--tasks", "kmmlu_pro", "--limit", "9",
                         "--max-tokens", "8", "--shard", "1/4", "-o", folder})
                .exit_code,
            0);
  const std::string before = *read_file(folder + "/results.json");
  const ProgramResult again =
      run_program({"run", "--limit", "9", "--max-tokens", "8", "-o", folder});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(*read_file(folder + "/results.json"), before);
}

TEST(Shards, ImpossibleOnesAreRefused) {
  const ProgramResult result =
      run_program({"run", "--model", "standin-axk1", "--tasks", "aime25", "--shard", "3/3", "-o",
                   fresh_folder("shard_impossible")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("shards count from 0"), std::string::npos) << result.err;
}

TEST(Shards, TwoProcessesOnOneFolderAreRefusedUntilTheFirstDies) {
  const std::string folder = fresh_folder("shard_lock");
  const std::vector<std::string> arguments = {
      "run",       "--model", "standin-k-exaone", "--tasks", "mmlu_pro", "--max-tokens", "2000",
      "--repeats", "64",      "--temperature",    "1",       "-o",       folder};
  const pid_t child = start_program(arguments);
  while (journal_bytes(folder) == 0 && kill(child, 0) == 0)
    usleep(2000);
  const ProgramResult second = run_program(arguments);
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_NE(second.err.find("is in use by process " + std::to_string(child)), std::string::npos)
      << second.err;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(harness::Journal::open(folder).ok()) << "a dead process must not keep the folder";
}

}  // namespace
}  // namespace jangwon::e2e
