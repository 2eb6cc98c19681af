// kill -9 at random moments and calling again gives the results of an undisturbed run.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <random>

#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

std::vector<std::string> run_arguments(const std::string& folder) {
  return {"run",
          "--model",
          "standin-axk1",
          "--tasks",
          "aime25,mmlu_pro,livecodebench_v6",
          "--limit",
          "12",
          "--repeats",
          "2",
          "--max-tokens",
          "96",
          "--seed",
          "7",
          "--temperature",
          "0.8",
          "-o",
          folder};
}

// Everything of a journal that must not depend on when and in which order it was written.
std::map<harness::RecordKey, std::string> replies_of(const std::string& folder) {
  std::map<harness::RecordKey, std::string> replies;
  const Status status = harness::read_journal(folder, [&](harness::SampleRecord record) {
    std::string line = record.prompt_sha256 + " " + record.completion.text + " " +
                       harness::name_of(record.verdict);
    for (const harness::Score& score : record.scores)
      line += std::string(" ") + name_of(score.verdict) + score.answer.value_or("");
    replies[record.key] = std::move(line);
    return ok_status();
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return replies;
}

TEST(Resume, KilledRunEndsWithTheResultsOfAnUndisturbedOne) {
  const std::string calm = fresh_folder("calm");
  const std::string killed = fresh_folder("killed");
  const ProgramResult undisturbed = run_program(run_arguments(calm));
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;

  std::mt19937 random(20260101);
  int kills = 0;
  for (int round = 0; round < 6; ++round) {
    const pid_t child = start_program(run_arguments(killed));
    usleep(20000 + static_cast<useconds_t>(random() % 600000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
  }
  EXPECT_GT(kills, 0) << "no call was killed in the middle: the test proves nothing";
  const ProgramResult last = run_program(run_arguments(killed));
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(*read_file(killed + "/results.json"), *read_file(calm + "/results.json"));
  EXPECT_EQ(replies_of(killed), replies_of(calm));
}

TEST(Resume, BatchAndThreadsChangeNothing) {
  const std::string wide = fresh_folder("wide");
  const std::string narrow = fresh_folder("narrow");
  const std::vector<std::string> task = {
      "run",    "--model", "standin-solar-open", "--tasks", "kmmlu_pro",    "--limit", "8",
      "--seed", "3",       "--temperature",      "1",       "--max-tokens", "64"};
  std::vector<std::string> first = task, second = task;
  for (const char* word : {"--threads", "2", "--batch-size", "16", "-o"})
    first.push_back(word);
  first.push_back(wide);
  for (const char* word : {"--threads", "1", "--batch-size", "1", "-o"})
    second.push_back(word);
  second.push_back(narrow);
  ASSERT_EQ(run_program(first).exit_code, 0);
  ASSERT_EQ(run_program(second).exit_code, 0);
  EXPECT_EQ(replies_of(wide), replies_of(narrow));
}

TEST(Resume, OtherSettingsInTheSameFolderAreRefused) {
  const std::string folder = fresh_folder("settings");
  std::vector<std::string> arguments = {
      "run",       "--model", "standin-axk1", "--tasks", "aime25", "--limit", "1",
      "--repeats", "1",       "--max-tokens", "8",       "-o",     folder};
  ASSERT_EQ(run_program(arguments).exit_code, 0);
  arguments[6] = "2";
  const ProgramResult other = run_program(arguments);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("/limit was 1 and is now 2"), std::string::npos) << other.err;
}

}  // namespace
}  // namespace jangwon::e2e
