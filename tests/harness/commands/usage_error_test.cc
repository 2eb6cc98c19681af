// One sentence for every command line that CLI11 refuses, and help that can be read.

#include "harness/commands/usage_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/korean/catalogue.h"
#include "reports/display_width.h"
#include "runtime/base/file.h"
#include "runtime/base/localized.h"

namespace jangwon::harness {
namespace {

class CommandLine : public testing::Test {
 protected:
  CommandLine() { add_commands(app_, context_); }
  ~CommandLine() override { set_localizer(nullptr); }

  void speak_korean() {
    set_localizer([](const Message& message) { return korean_message(message); });
    translate_help(app_);
  }

  std::string explained(const std::string& line) const { return fault_of(line).message(); }

  Status fault_of(const std::string& line) const {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;)
      words.push_back(word);
    return explain_usage_error(app_, words);
  }

  // Every command, the program itself first; the second argument is what a user types.
  void for_each_command(
      const std::function<void(const CLI::App&, const std::string&)>& visit) const {
    visit_below(app_, app_.get_name(), visit);
  }

  static void visit_below(const CLI::App& app, const std::string& path,
                          const std::function<void(const CLI::App&, const std::string&)>& visit) {
    visit(app, path);
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      visit_below(*command, path + " " + command->get_name(), visit);
  }

  CLI::App app_;
  CommandContext context_;
};

// CLI11 from 2.3 on takes -n, --n and a positional n for one name, and refuses the second when the
// commands are made: nothing would start.
TEST_F(CommandLine, NoTwoOptionsOfACommandShareAName) {
  for_each_command([](const CLI::App& command, const std::string& path) {
    std::set<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
      std::set<std::string> own;
      for (const std::vector<std::string>& list : {option->get_lnames(), option->get_snames()})
        own.insert(list.begin(), list.end());
      if (!option->nonpositional()) own.insert(option->get_name());
      for (const std::string& name : own)
        EXPECT_TRUE(names.insert(name).second) << path << ": " << name;
    }
  });
}

constexpr const char* kNoFault =
    "the command line is not understood; `jangwon COMMAND --help` shows what may stand there";

TEST_F(CommandLine, ASentenceNamesTheWordAndTheWayOut) {
  const struct {
    const char* line;
    const char* sentence;
  } cases[] = {
      {"run --modle x", "unknown flag --modle; did you mean --model?"},
      {"run --limt=3", "unknown flag --limt; did you mean --limit?"},
      {"data fetch x --attemps 3", "unknown flag --attemps; did you mean --attempts?"},
      {"models show x --jsn", "unknown flag --jsn; did you mean --json?"},
      {"report --zzzzzzzz",
       "unknown flag --zzzzzzzz; `jangwon report --help` lists those there are"},
      {"run -q", "unknown flag -q; `jangwon run --help` lists those there are"},
      {"run --model",
       "--model needs a value: folder, registered name, openai:URL#model or replay:PATH; several "
       "with commas"},
      {"run --model --tasks x",
       "--model needs a value: folder, registered name, openai:URL#model or replay:PATH; several "
       "with commas"},
      {"run --tasks= --model x",
       "--tasks needs a value: names or folders with a task.yaml; several with commas"},
      {"run --repeats two", "--repeats is \"two\"; it must be a whole number from 1 to 10000"},
      {"run --repeats=0", "--repeats is \"0\"; it must be a whole number from 1 to 10000"},
      {"run --repeats=0x10", "--repeats is \"0x10\"; it must be a whole number from 1 to 10000"},
      {"run -k 1.5", "-k is \"1.5\"; it must be a whole number from 1 to 10000"},
      {"run --seed -1",
       "--seed is \"-1\"; it must be a whole number from 0 to 18446744073709551615"},
      {"run --seed 18446744073709551616",
       "--seed is \"18446744073709551616\"; it must be a whole number from 0 to "
       "18446744073709551615"},
      {"run --threads 100000", "--threads is \"100000\"; it must be a whole number from 0 to 1024"},
      {"run --speculate 17", "--speculate is \"17\"; it must be a whole number from 0 to 16"},
      {"bench --model x --speculate -1",
       "--speculate is \"-1\"; it must be a whole number from 0 to 16"},
      {"run --graders 100000", "--graders is \"100000\"; it must be a whole number from 0 to 1024"},
      {"grade aime25 f --jobs 1000000",
       "--jobs is \"1000000\"; it must be a whole number from 0 to 1024"},
      {"compare a b --ratio nan", "--ratio is \"nan\"; it must be a number above 0 and at most 2"},
      {"compare a b --flips -1", "--flips is \"-1\"; it must be a whole number from 0 to 1000000"},
      {"report --as-of 2025-99-99",
       "--as-of is \"2025-99-99\"; it must be a day of the calendar, written as in 2025-03-31"},
      {"run --limit 3 --limit 4", "--limit is given twice, and takes one value"},
      {"run --limit 3 -n 4", "-n is given twice, and takes one value"},
      {"run --temperature warm", "--temperature is \"warm\"; it must be a number from 0 to 100"},
      {"run --temperature nan", "--temperature is \"nan\"; it must be a number from 0 to 100"},
      {"bench --model x --batch 0", "--batch is \"0\"; it must be a whole number from 1 to 4096"},
      {"tasks render aime25 --dataset publishd",
       "unknown value of --dataset \"publishd\"; did you mean \"published\"?"},
      {"selftest sandbox --tier Z9Z9", "unknown value of --tier \"Z9Z9\"; known are A, B"},
      {"tasks lst", "unknown command of `jangwon tasks` \"lst\"; did you mean \"list\"?"},
      {"tasks", "`jangwon tasks` needs one of its commands: list, show, render"},
      {"compare a b c",
       "\"c\" is one word too many; `jangwon compare --help` shows what may stand there"},
      {"grade aime25",
       "`jangwon grade` needs FILE: rows, one JSON object a line; a pipe or - for standard input "
       "will do"},
      {"baseline accept runs/x --as main",
       "`jangwon baseline accept` needs --reason: why, for those who read the history"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(explained(c.line), c.sentence) << c.line;
}

TEST_F(CommandLine, ThatIsSaidInKoreanToo) {
  speak_korean();
  const struct {
    const char* line;
    const char* sentence;
  } cases[] = {
      {"run --modle x", "알 수 없는 플래그 --modle입니다. --model을(를) 뜻하셨습니까?"},
      {"run --repeats two",
       "--repeats이(가) \"two\"입니다. 다음이어야 합니다: 1~10000 사이의 정수"},
      {"run --set", "--set에 값이 필요합니다: 파일보다 우선하는 키=값. 여러 번 쓸 수 있음"},
      {"tasks", "`jangwon tasks` 뒤에 하위 명령이 하나 필요합니다: list, show, render"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(korean_message(fault_of(c.line).sentence()), c.sentence) << c.line;
}

TEST_F(CommandLine, ARightOneHasNoFault) {
  for (const char* line :
       {"run --model x --tasks y -n 5 --temperature=0.6", "eval -k2 --json --stop a --stop b",
        "run aime25 mmlu_pro", "merge out a b c", "gate -c x --candidate y", "gate explain a b",
        "data fetch a b --again", "run --model a --model b --stop x --stop y",
        "bench --model x --batch 1,8,32"})
    EXPECT_EQ(explained(line), kNoFault) << line;
}

// The calls of this program in an example: behind a pipe or &&, up to a redirection.
std::vector<std::string> calls_in(const std::string& example) {
  std::vector<std::string> calls;
  std::istringstream words(example);
  bool inside = false;
  for (std::string word; words >> word;) {
    if (word == "jangwon" || word == "<(jangwon") {
      inside = true;
      calls.emplace_back();
    } else if (word == "|" || word == "&&" || word == ">") {
      inside = false;
    } else if (inside) {
      calls.back() += (calls.back().empty() ? "" : " ") + word.substr(0, word.find(')'));
    }
  }
  return calls;
}

TEST_F(CommandLine, EveryCommandHasTwoOrThreeExamplesThatItUnderstands) {
  for_each_command([&](const CLI::App& command, const std::string& path) {
    const std::vector<std::string> examples = examples_of(command);
    EXPECT_GE(examples.size(), 2u) << path;
    EXPECT_LE(examples.size(), 4u) << path;
    bool own = false;
    for (const std::string& example : examples) {
      own = own || example.find(path) != std::string::npos;
      const std::vector<std::string> calls = calls_in(example);
      EXPECT_FALSE(calls.empty()) << example;
      for (const std::string& call : calls) {
        // A text in quotes is several words here.
        if (call.find('"') == std::string::npos) {
          EXPECT_EQ(explained(call), kNoFault) << example;
        }
      }
    }
    EXPECT_TRUE(own) << path << ": no example shows it";
  });
}

TEST_F(CommandLine, EveryFlagAndCommandSaysWhatItIs) {
  for_each_command([&](const CLI::App& command, const std::string& path) {
    EXPECT_FALSE(command.get_description().empty()) << path;
    for (const CLI::Option* option : command.get_options())
      EXPECT_FALSE(option->get_description().empty()) << path << " " << option->get_name();
  });
}

TEST_F(CommandLine, HelpFitsTheWidthInBothLanguages) {
  for (const char* language : {"en", "ko"}) {
    if (std::string_view(language) == "ko") speak_korean();
    for_each_command([&](const CLI::App& command, const std::string& path) {
      std::istringstream lines(command.help());
      bool examples = false;
      for (std::string line; std::getline(lines, line);) {
        examples = examples || line == localized("Examples:");
        // A command to be copied stays in one line.
        if (!examples) {
          EXPECT_LE(reports::display_width(line), kWidestHelp)
              << path << " " << language << ": " << line;
        }
        EXPECT_EQ(line.find_first_of("\t\033"), std::string::npos) << path;
      }
      EXPECT_TRUE(examples) << path << " " << language;
    });
  }
}

// What remains English in Korean help are names: flags, values, commands.
TEST_F(CommandLine, KoreanHelpIsKorean) {
  speak_korean();
  const std::regex english(
      R"((^|[ (])(the|of|and|is|are|with|default|required|several|Usage|Options)([ ,.:;)]|$))");
  for_each_command([&](const CLI::App& command, const std::string& path) {
    std::istringstream lines(command.help());
    for (std::string line; std::getline(lines, line);)
      EXPECT_FALSE(std::regex_search(line, english)) << path << ": " << line;
  });
}

TEST_F(CommandLine, ManualPageNamesNoFlagThatThereIsNot) {
  std::vector<std::string> known = {"--version"};
  for_each_command([&](const CLI::App& command, const std::string&) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames())
        known.push_back("--" + name);
    }
  });
  std::string page = *read_file(JANGWON_SOURCE_DIR "/docs/jangwon.1");
  page.erase(std::remove(page.begin(), page.end(), '\\'), page.end());
  const std::regex flag("--[a-z][a-z-]*[a-z]");
  size_t count = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), flag), end; it != end; ++it, ++count)
    EXPECT_THAT(known, testing::Contains(it->str()));
  EXPECT_GT(count, 8u);
}

}  // namespace
}  // namespace jangwon::harness
