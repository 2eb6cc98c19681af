// A run on a server that misbehaves, killed at random moments and called again, ends with the results of a calm run on
// a server that behaves; and the key is nowhere in what is left behind.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"
#include "tests/fakes/openai_fake.h"

namespace jangwon::e2e {
namespace {

using fakes::Manner;
using fakes::OpenAiFake;

constexpr const char* kKey = "sk-e2e-0123456789abcdef";

// What the probe asks is answered well, so that run.json says the same of every server.
bool is_probe(const std::string& question) {
  return question == "Name a random animal.";
}

std::vector<std::string> run_arguments(const std::string& word, const std::string& folder) {
  return {"run",       "--model", word,     "--tasks", "aime25,mmlu_pro", "--limit", "20",
          "--repeats", "2",       "--seed", "7",       "--temperature",   "0.8",     "--max-tokens",
          "64",        "-o",      folder};
}

class RemoteRun : public testing::Test {
 protected:
  RemoteRun() { setenv("OPENAI_API_KEY", kKey, 1); }
  ~RemoteRun() override { unsetenv("OPENAI_API_KEY"); }
};

void expect_no_key_below(const std::string& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_file(entry.path().string())->find(kKey), std::string::npos) << entry.path();
  }
}

TEST_F(RemoteRun, KilledRunOnAHostileServerEndsWithTheResultsOfACalmOne) {
  OpenAiFake good([](const std::string&, int) { return Manner::kGood; });
  OpenAiFake hostile([](const std::string& question, int attempt) {
    if (is_probe(question)) return Manner::kGood;
    static const Manner kManners[] = {Manner::kResetInBody,       Manner::k429RetryAfter, Manner::kTruncatedStream,
                                      Manner::kErrorInsideStream, Manner::kHtml,          Manner::kGood,
                                      Manner::k503RetryAfterMs,   Manner::kResetAtOnce,   Manner::kWrongJson,
                                      Manner::kKeepAlives};
    // A third of the attempts is answered well, which third depends on the question.
    const size_t turn = std::hash<std::string>()(question) + static_cast<size_t>(attempt);
    return turn % 3 == 0 ? Manner::kGood : kManners[turn % std::size(kManners)];
  });
  hostile.thinking_time = std::chrono::milliseconds(15);

  const std::string calm = fresh_folder("remote_calm"), killed = fresh_folder("remote_killed");
  const ProgramResult undisturbed = run_program(run_arguments(good.word("?retry_ms=1&concurrency=4"), calm));
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;

  const std::vector<std::string> arguments = run_arguments(hostile.word("?retry_ms=1&concurrency=4"), killed);
  std::mt19937 random(20260102);
  int kills = 0;
  for (int round = 0; round < 5; ++round) {
    const pid_t child = start_program(arguments);
    usleep(100000 + static_cast<useconds_t>(random() % 300000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
  }
  EXPECT_GT(kills, 0) << "no call was killed in the middle: the test proves nothing";
  const ProgramResult last = run_program(arguments);
  ASSERT_EQ(last.exit_code, 0) << last.err;

  std::set<harness::RecordKey> keys;
  const Status read = harness::read_journal(killed, [&](harness::SampleRecord record) {
    EXPECT_TRUE(keys.insert(record.key).second) << record.key.task << " " << record.key.sample_id << " stands twice";
    EXPECT_NE(record.verdict, harness::Verdict::kInfraError) << record.error;
    return ok_status();
  });
  ASSERT_TRUE(read.ok()) << read.message();
  Json calm_results = *read_json_file(calm + "/results.json"), results = *read_json_file(killed + "/results.json");
  EXPECT_EQ(results, calm_results);
  expect_no_key_below(killed);
  expect_no_key_below(calm);
  for (const std::string& text : {last.out, last.err, undisturbed.out, undisturbed.err})
    EXPECT_EQ(text.find(kKey), std::string::npos);
}

TEST_F(RemoteRun, RequestThatFailedForGoodIsAnErrorOfOursAndAskedAgainLater) {
  std::atomic<bool> repaired = false;
  OpenAiFake fake([&](const std::string& question, int) {
    if (is_probe(question) || repaired) return Manner::kGood;
    return std::hash<std::string>()(question) % 2 == 0 ? Manner::kUnauthorized : Manner::kEchoesKey;
  });
  const std::string folder = fresh_folder("remote_errors");
  const std::vector<std::string> arguments = run_arguments(fake.word("?retry_ms=1&attempts=2"), folder);
  const ProgramResult first = run_program(arguments);
  EXPECT_EQ(first.exit_code, 5) << first.err;
  int errors = 0;
  ASSERT_TRUE(harness::read_journal(folder, [&](harness::SampleRecord record) {
                errors += record.verdict == harness::Verdict::kInfraError ? 1 : 0;
                return ok_status();
              }).ok());
  EXPECT_GT(errors, 0);
  expect_no_key_below(folder);
  for (const std::string& text : {first.out, first.err})
    EXPECT_EQ(text.find(kKey), std::string::npos);
  repaired = true;
  EXPECT_EQ(run_program(arguments).exit_code, 0);
  EXPECT_TRUE(read_json_file(folder + "/results.json")->at("complete").get<bool>());
}

TEST_F(RemoteRun, WrongModelWordsAreOneSentenceWithoutTheKey) {
  for (const std::string& word : {std::string("openai:http://") + kKey + "@127.0.0.1:1/v1#m",
                                  std::string("openai:http://127.0.0.1:1/v1?key=") + kKey + "#m",
                                  std::string("openai:http://127.0.0.1:1/v1#m?attempts=1&retry_ms=1")}) {
    const ProgramResult result = run_program(run_arguments(word, fresh_folder("remote_wrong")));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ((result.out + result.err).find(kKey), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace jangwon::e2e
