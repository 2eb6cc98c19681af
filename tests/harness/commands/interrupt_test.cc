// Ctrl-C while programs are being run (79 of the sandbox's catalogue): the run ends cleanly, what
// is written is whole, and the same command goes on.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/program.h"

namespace jangwon::harness {
namespace {

// The lines of a journal; each must be whole.
std::vector<std::string> whole_lines(const std::string& folder) {
  std::ifstream file(folder + "/samples.jsonl", std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    EXPECT_FALSE(file.eof()) << "the last line has no end";
    EXPECT_TRUE(nlohmann::json::parse(line, nullptr, false).is_object()) << line;
    lines.push_back(line);
  }
  return lines;
}

bool has_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  return file.good() && file.tellg() > 0;
}

TEST(Interrupt, ARunOfProgramsStopsCleanlyAndGoesOn) {
  const std::string folder = e2e::fresh_folder("interrupt") + "/run";
  const std::vector<std::string> arguments = {
      "run", "--model", "standin-k-exaone", "--tasks", "livecodebench_v6", "-k", "2", "-o", folder};
  const pid_t child = e2e::start_program(arguments);
  int status = 0;
  // As soon as the first verdict is written, however long that takes here.
  while (!has_bytes(folder + "/samples.jsonl")) {
    ASSERT_EQ(waitpid(child, &status, WNOHANG), 0) << "the run ended before its first sample";
    usleep(5000);
  }
  kill(child, SIGINT);
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  const size_t before = whole_lines(folder).size();
  // 5: incomplete; 0: it was through already.
  EXPECT_EQ(WEXITSTATUS(status), before < 48 ? 5 : 0);
  const e2e::ProgramResult again = e2e::run_program(arguments);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(whole_lines(folder).size(), 48u);
}

// A checkpoint on a disk that does not answer: opening its configuration waits for a writer
// that never comes.
TEST(Interrupt, ASignalEndsAPhaseThatDoesNotEndByItself) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string root = e2e::fresh_folder("interrupt_load_" + std::to_string(signal));
    ASSERT_EQ(mkdir((root + "/model").c_str(), 0777), 0);
    ASSERT_EQ(mkfifo((root + "/model/config.json").c_str(), 0666), 0);
    const pid_t child = e2e::start_program(
        {"run", "--model", root + "/model", "--tasks", "mmlu_pro", "-o", root + "/run"});
    int status = 0;
    while (!has_bytes(root + "/run/run.json")) {
      ASSERT_EQ(waitpid(child, &status, WNOHANG), 0) << "the run ended by itself";
      usleep(5000);
    }
    kill(child, signal);
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 5);
  }
}

TEST(Interrupt, RepliesThatWaitForTheirVerdictAreKept) {
  const std::string root = e2e::fresh_folder("interrupt_ungraded");
  const std::string folder = root + "/run";
  std::ifstream questions(std::string(JANGWON_SOURCE_DIR) +
                          "/datasets/bundled/livecodebench_v6/test.jsonl");
  std::ofstream replies(root + "/replies.jsonl");
  size_t count = 0;
  for (std::string line; std::getline(questions, line) && count < 6; ++count) {
    const auto question = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(question.is_object());
    replies << nlohmann::json{{"id", question["question_id"]},
                              {"output", "```python\nimport time\ntime.sleep(3)\nprint(1)\n```"}}
            << "\n";
  }
  replies.close();
  const std::vector<std::string> arguments = {"run",
                                              "--model",
                                              "replay:" + root + "/replies.jsonl",
                                              "--tasks",
                                              "livecodebench_v6",
                                              "--limit",
                                              std::to_string(count),
                                              "-k",
                                              "1",
                                              "--graders",
                                              "1",
                                              "-o",
                                              folder};
  const pid_t child = e2e::start_program(arguments);
  int status = 0;
  while (!has_bytes(folder + "/samples.jsonl")) {
    ASSERT_EQ(waitpid(child, &status, WNOHANG), 0) << "the run ended before its first sample";
    usleep(5000);
  }
  kill(child, SIGTERM);
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 5);
  std::set<std::string> safe;
  for (const char* name : {"/samples.jsonl", "/ungraded.jsonl"}) {
    std::ifstream file(folder + name);
    for (std::string line; std::getline(file, line);)
      safe.insert(nlohmann::json::parse(line)["sample_id"].get<std::string>());
  }
  EXPECT_EQ(safe.size(), count) << "a reply that was there is lost";

  const e2e::ProgramResult again = e2e::run_program({"run", "-o", folder, "--graders", "4"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(whole_lines(folder).size(), count);
  EXPECT_FALSE(std::ifstream(folder + "/ungraded.jsonl").good());
}

}  // namespace
}  // namespace jangwon::harness
