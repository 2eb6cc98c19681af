// Ctrl-C while programs are being run (79 of the sandbox's catalogue): the run ends cleanly, what is written is whole,
// and the same command goes on.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
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

}  // namespace
}  // namespace jangwon::harness
