// What is printed arrives, or the program says that it did not and ends with exit code 2.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>

#include "harness/commands/command.h"
#include "runtime/base/sanitized.h"
#include "tests/e2e/printing_calls.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using testing::HasSubstr;

// Everything that can be called, as it is declared.
void add_callable(const CLI::App& command, const std::string& name,
                  std::vector<std::string>& names) {
  const auto inner = command.get_subcommands([](const CLI::App*) { return true; });
  if (!name.empty() && command.get_require_subcommand_min() == 0) names.push_back(name);
  for (const CLI::App* sub : inner)
    add_callable(*sub, name.empty() ? sub->get_name() : name + " " + sub->get_name(), names);
}

std::vector<std::string> all_commands() {
  CLI::App app;
  harness::CommandContext context;
  harness::add_commands(app, context);
  std::vector<std::string> names;
  add_callable(app, "", names);
  return names;
}

class Output : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root() = fresh_folder("output");
    calls() = printing_calls(root());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(root()); }
  static std::string& root() {
    static std::string path;
    return path;
  }
  static std::map<std::string, std::vector<std::string>>& calls() {
    static std::map<std::string, std::vector<std::string>> made;
    return made;
  }

  static std::vector<std::string> words_of(const std::string& name) {
    std::vector<std::string> words = calls().at(name);
    const std::string out = root() + "/out";
    std::filesystem::remove_all(out);
    for (std::string& word : words)
      word = word == "OUT" ? out : word;
    return words;
  }
};

int sentences_in(const std::string& err) {
  int count = 0;
  for (size_t at = err.find("jangwon: "); at != std::string::npos;
       at = err.find("jangwon: ", at + 1))
    ++count;
  return count;
}

TEST_F(Output, EveryCommandHasACallThatPrints) {
  for (const std::string& name : all_commands()) {
    ASSERT_TRUE(calls().contains(name)) << "printing_calls.cc has no call of: jangwon " << name;
    const ProgramResult result = run_program(words_of(name));
    EXPECT_EQ(result.exit_code, 0) << name << "\n" << result.err;
    EXPECT_NE(result.out, "") << name;
  }
}

TEST_F(Output, AFullDiskIsSaidByEveryCommand) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  for (const auto& [name, unused] : calls()) {
    const ProgramResult result = run_program(words_of(name), {.stdout_fd = full});
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_EQ(sentences_in(result.err), 1) << name << "\n" << result.err;
    EXPECT_THAT(result.err,
                HasSubstr("standard output could not be written: No space left on device"))
        << name;
  }
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"},
                                                {"--version"},
                                                {"run", "--help"},
                                                {"tasks", "list", "--json"}}) {
    EXPECT_EQ(run_program(words, {.stdout_fd = full}).exit_code, 2) << words.front();
  }
  close(full);
}

TEST_F(Output, NothingComputedIsLostWhereItCannotBePrinted) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(run_program(words_of("run"), {.stdout_fd = full}).exit_code, 2);
  EXPECT_TRUE(std::filesystem::exists(root() + "/out/results.json"));
  std::vector<std::string> gate = words_of("gate");
  gate.insert(gate.end(), {"--format", "junit,json", "--out", root() + "/out"});
  EXPECT_EQ(run_program(gate, {.stdout_fd = full}).exit_code, 2);
  EXPECT_TRUE(std::filesystem::exists(root() + "/out/junit.xml"));
  close(full);
}

TEST_F(Output, AClosedOutputIsSaidAndGetsNoFileOfOurs) {
  for (const char* name : {"tasks list", "run", "grade"}) {
    const ProgramResult result = run_program(words_of(name), {.close_stdout = true});
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_THAT(result.err, HasSubstr("standard output could not be written: Bad file descriptor"))
        << name;
  }
  // The journal did not get what was printed.
  (void)run_program(words_of("run"), {.close_stdout = true});
  const ProgramResult again = run_program({"report", root() + "/out"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST_F(Output, AReaderThatHasSeenEnoughIsNoFailure) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  for (const char* name :
       {"tasks list", "tasks render", "grade", "models tokenize", "run", "report"}) {
    const ProgramResult result = run_program(words_of(name), {.stdout_fd = ends[1]});
    EXPECT_EQ(result.exit_code, 128 + SIGPIPE) << name;
    EXPECT_EQ(sentences_in(result.err), 0) << name << "\n" << result.err;
  }
  // What the command had to do besides printing was done.
  EXPECT_EQ(run_program(words_of("run"), {.stdout_fd = ends[1]}).exit_code, 128 + SIGPIPE);
  EXPECT_TRUE(std::filesystem::exists(root() + "/out/results.json"));
  // A verdict is more than that.
  std::vector<std::string> words = words_of("grade");
  words.back() = "/nowhere.jsonl";
  EXPECT_EQ(run_program(words, {.stdout_fd = ends[1]}).exit_code, 2);
  close(ends[1]);
}

TEST_F(Output, NotesThatCannotBeWrittenStopNothing) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  for (const char* name : {"run", "grade", "tasks render"}) {
    const ProgramResult result = run_program(words_of(name), {.stderr_fd = full});
    EXPECT_EQ(result.exit_code, 0) << name;
    EXPECT_NE(result.out, "") << name;
  }
  close(full);
}

TEST_F(Output, ASmallMemoryEndsInASentence) {
#if defined(JANGWON_SANITIZED)
  GTEST_SKIP() << "a sanitizer needs all address space there is";
#endif
  // Somewhere in this row it becomes too little, in the main thread or in another.
  int refused = 0;
  for (int megabytes = 40; megabytes <= 400; megabytes += 40) {
    const ProgramResult result =
        run_program({"bench", "--model", JANGWON_SOURCE_DIR "/runtime/stand_ins/standin-axk1",
                     "--prefill", "2", "--decode", "1", "--threads", "4"},
                    {.address_space_bytes = uint64_t(megabytes) << 20});
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 2 || result.exit_code == 127)
        << megabytes << " MB: " << result.exit_code << "\n"
        << result.err;
    if (result.exit_code == 2) ++refused;
    EXPECT_EQ(sentences_in(result.err), result.exit_code == 2 ? 1 : 0) << result.err;
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace jangwon::e2e
