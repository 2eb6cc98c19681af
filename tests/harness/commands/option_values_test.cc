// Every option of every command, as the program declares them, is given a hundred values that a
// user, a script or an accident could give: a new option is covered the day it is declared. A
// refusal is one sentence and a documented exit code; nothing ends by a signal or an exception,
// whatever the value.
//
// The program is called within this process, a child for each option, because some fifteen thousand
// starts would take minutes. A child notes which value it is at in memory that both share, so that
// one that dies names its value.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "harness/commands/command.h"
#include "harness/commands/program.h"
#include "harness/commands/setting_check.h"
#include "runtime/base/file.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

// What a command is called with while one of its options is tried. Calls end before they ask a
// model or write a run: the values are what is tried here, and a disk that syncs ten thousand
// files takes minutes.
struct Call {
  std::map<std::string, Words> options;  // by the first long name; words as they are given
  Words positionals;
};

const std::map<std::string, Call>& calls() {
  static const std::map<std::string, Call> list = {
      {"run",
       {{{"model", {"--model", "replay:no_replies.jsonl"}},
         {"tasks", {"--tasks", "aime25"}},
         {"dataset", {"--dataset", "published"}},
         {"limit", {"--limit", "1"}},
         {"output", {"-o", "FRESH"}}},
        {}}},
      {"init", {{}, {"FRESH.yaml"}}},
      {"serve", {{{"model", {"--model", "no_model"}}}, {}}},
      {"merge", {{}, {"FRESH", "no_run", "no_run_either"}}},
      {"score", {{{"output", {"-o", "FRESH"}}}, {"no_run"}}},
      {"grade", {{}, {"aime25", "rows.jsonl"}}},
      {"report", {{}, {"no_run"}}},
      {"compare", {{}, {"no_run", "no_run"}}},
      {"plan", {{{"task", {"--task", "aime25"}}}, {}}},
      {"gate", {{{"config", {"-c", "gate.yaml"}}, {"candidate", {"--candidate", "no_run"}}}, {}}},
      {"gate run",
       {{{"config", {"-c", "gate.yaml"}}, {"candidate", {"--candidate", "no_run"}}}, {}}},
      {"gate record", {{{"task", {"--task", "aime25"}}}, {"rows.jsonl"}}},
      {"gate explain", {{}, {"gate.json", "check"}}},
      {"baseline accept", {{{"as", {"--as", "main"}}, {"reason", {"--reason", "x"}}}, {"no_run"}}},
      {"baseline list", {}},
      {"baseline diff", {{}, {"no_run", "no_run"}}},
      {"baseline verify", {}},
      {"export", {{{"format", {"-f", "junit"}}, {"output", {"-o", "FRESH"}}}, {"no_run"}}},
      {"completion", {{}, {"bash"}}},
      {"tasks list", {}},
      {"tasks show", {{}, {"aime25"}}},
      {"tasks render", {{}, {"aime25"}}},
      {"models show", {{}, {"no_model"}}},
      {"models verify", {{}, {"no_model"}}},
      {"models tokenize", {{{"jsonl", {"--jsonl", "rows.jsonl"}}}, {"no_model"}}},
      {"models render", {{{"jsonl", {"--jsonl", "rows.jsonl"}}}, {"no_model"}}},
      {"data list", {}},
      {"data fetch", {{}, {"no_set"}}},
      {"data import", {{}, {"aime25", "rows.jsonl"}}},
      {"data verify", {{}, {"bundled_aime25"}}},
      {"bench", {{{"model", {"--model", "no_model"}}}, {}}},
      {"selftest sandbox", {{{"python", {"--python", "no_python"}}}, {}}},
      {"selftest determinism", {{{"model", {"--model", "no_model"}}}, {}}},
      {"selftest stats", {{{"golden", {"--golden", "no_golden.json"}}}, {}}},
  };
  return list;
}

const Words& values() {
  static const Words list = {
      "",
      " ",
      "-",
      "--",
      "-1",
      "0",
      "1",
      "2",
      "-0",
      "+1",
      "010",
      "0x10",
      "0b11",
      "1e3",
      "1e400",
      "-1e400",
      "1e-400",
      "nan",
      "-NaN",
      "inf",
      "-inf",
      "Infinity",
      "0.5",
      ".5",
      "5.",
      "0.1e",
      "1.5",
      "6.5",
      "100000",
      "1000000",
      "2147483647",
      "2147483648",
      "-2147483648",
      "4294967296",
      "9223372036854775807",
      "9223372036854775808",
      "18446744073709551615",
      "18446744073709551616",
      std::string(4000, '9'),
      "1_000",
      "1'000",
      "1,000",
      "1,2",
      ",",
      ",,",
      " 1",
      "1 ",
      "1\n",
      "１２",
      "٣",
      "½",
      "true",
      "false",
      "yes",
      "null",
      "~",
      "{}",
      "[]",
      "[a,b]",
      "{\"a\":1}",
      "{\"max_tokens\":-5}",
      "{",
      "a=b",
      "=",
      "a=",
      "=b",
      "temperature=nan",
      "top_p=-1,presence_penalty=inf",
      "50%",
      "2pt",
      "-2pt",
      "1e400pt",
      "0/4",
      "4/4",
      "1/0",
      "2147483648/2147483649",
      "auto",
      "2025-01-31",
      "2025-99-99",
      "2025-02-30",
      "2025-01-31T24:00:00",
      "ko",
      "fr",
      ".",
      "..",
      "a/b",
      "/dev/null",
      "/dev/full",
      "/proc/nowhere/x",
      "/dev/null/x",
      "gate.yaml",
      "rows.jsonl",
      "x\ny",
      "\t",
      "\x1b[31mred",
      "\xff\xfe",
      "\xc3\x28",
      "\\0",
      "%s%n",
      "$(id)",
      "한글",
      "🙂",
      std::string(100000, 'a'),
      std::string(3000, '/'),
      "*",
      "aime25:0",
      "aime25|6.5",
      "openai:",
      "openai:http://",
      "openai:http://h/v1#m?n=6.5",
      "replay:",
      "replay:rows.jsonl",
  };
  return list;
}

// Memory that a child writes and its parent reads.
struct Shared {
  int at = 0;            // which value
  char fault[600] = {};  // the first one
};

struct Option {
  std::string command;
  std::string name;                // as it is said in a failure
  std::string key;                 // its first long name; empty for a positional
  std::string flag;                // "--seed"; empty for a positional
  std::optional<size_t> position;  // among the positionals
};

void collect(const CLI::App& app, const std::string& path, std::vector<Option>& options) {
  size_t position = 0;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_name() == "--help,-h" || option->check_lname("help") ||
        option->check_lname("version"))
      continue;
    if (!option->nonpositional()) {
      options.push_back({path, option->get_name(), "", "", position++});
    } else if (option->get_expected_max() > 0 && app.get_parent() != nullptr) {
      const bool is_long = !option->get_lnames().empty();
      const std::string key = is_long ? option->get_lnames().front() : option->get_snames().front();
      options.push_back(
          {path, option->get_name(), key, (is_long ? "--" : "-") + key, std::nullopt});
    }
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    collect(*command, path + (path.empty() ? "" : " ") + command->get_name(), options);
}

Words call_of(const Option& option, const Call& call, const std::string& value,
              const std::string& fresh) {
  Words words;
  std::string word;
  for (const char c : option.command + " ") {
    if (c != ' ') {
      word += c;
    } else {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  const auto put = [&](const std::string& given) {
    words.push_back(given.starts_with("FRESH") ? fresh + given.substr(5) : given);
  };
  for (size_t i = 0; i < std::max(call.positionals.size(), option.position.value_or(0)); ++i) {
    if (option.position != i) put(i < call.positionals.size() ? call.positionals[i] : "x");
    if (option.position == i) words.push_back(value);
  }
  if (option.position && *option.position >= std::max(call.positionals.size(), *option.position))
    words.push_back(value);
  for (const auto& [key, given] : call.options) {
    if (key == option.key) continue;
    for (const std::string& each : given)
      put(each);
  }
  if (option.position) return words;
  // Both spellings: CLI11 takes them by different ways.
  if (option.flag.starts_with("--") && value.size() % 2 == 0) {
    words.push_back(option.flag + "=" + value);
  } else {
    words.push_back(option.flag);
    words.push_back(value);
  }
  return words;
}

std::string said_since(int file) {
  std::string text(static_cast<size_t>(lseek(file, 0, SEEK_END)), '\0');
  if (pread(file, text.data(), text.size(), 0) < 0) text.clear();
  return text;
}

// What is wrong with how a call ended; empty where nothing is.
std::string fault_of(int code, const std::string& said) {
  if (code < 0 || code > 5) return "exit code " + std::to_string(code);
  size_t sentences = 0;
  for (size_t begin = 0; begin < said.size(); begin = said.find('\n', begin) + 1) {
    if (said.compare(begin, 9, "jangwon: ") == 0) ++sentences;
    if (said.find('\n', begin) == std::string::npos) return "the last line has no end: " + said;
  }
  if (code == 0) return sentences == 0 ? "" : "a sentence and exit code 0: " + said;
  // A verdict is told by the output of gate and by the table of plan; everything
  // else by a sentence.
  if (sentences != 1) return std::to_string(sentences) + " sentences: " + said;
  for (const char* foreign :
       {"json.exception", "std::", "Could not convert", "basic_string", "vector::"}) {
    if (said.find(foreign) != std::string::npos) return "a library's words: " + said;
  }
  return "";
}

// In the child: every value; does not return.
[[noreturn]] void try_values(const Option& option, const Call& call, const std::string& folder,
                             Shared& shared) {
  fs::create_directories(folder + "/a/b/c");
  if (chdir((folder + "/a/b/c").c_str()) != 0) _exit(99);
  for (const char* variable : {"HOME", "XDG_DATA_HOME", "JANGWON_DATA_DIR"})
    setenv(variable, folder.c_str(), 1);
  for (const char* variable : {"LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "HF_TOKEN"})
    unsetenv(variable);
  const int nothing = open("/dev/null", O_RDWR);
  const int said = memfd_create("stderr", 0);
  dup2(nothing, 0);
  dup2(nothing, 1);
  dup2(said, 2);
  const auto write = [](const char* name, const char* text) {
    if (!write_file_atomically(name, text).ok()) _exit(98);
  };
  write("no_replies.jsonl", "\n");
  write("rows.jsonl", "{\"id\": 1, \"output\": \"5\", \"target\": \"5\"}\n");
  write("gate.yaml", "version: 1\nchecks:\n  - {id: a, tier: L2, task: aime25, margin: 20pt}\n");
  write("gate.json", "{\"schema\": \"jangwon.gate/1\", \"checks\": []}");
  for (size_t i = 0; i < values().size(); ++i) {
    shared.at = static_cast<int>(i);
    if (ftruncate(said, 0) != 0 || lseek(said, 0, SEEK_SET) != 0) _exit(97);
    std::string fault;
    try {
      const int code =
          run_program(call_of(option, call, values()[i], "fresh_" + std::to_string(i)));
      fault = fault_of(code, said_since(said));
    } catch (const std::exception& error) {
      fault = std::string("an exception: ") + error.what();
    }
    if (fault.empty()) continue;
    std::strncpy(shared.fault, fault.c_str(), sizeof shared.fault - 1);
    _exit(1);
  }
  _exit(0);
}

std::vector<Option> all_options() {
  CLI::App app;
  CommandContext context;
  add_commands(app, context);
  std::vector<Option> options;
  collect(app, "", options);
  return options;
}

TEST(OptionValues, NoneOfAHundredEndsOtherwiseThanInASentence) {
  ASSERT_GE(values().size(), 100u);
  const std::vector<Option> options = all_options();
  ASSERT_GT(options.size(), 120u) << "the walk finds less than there was";
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const std::string root = testing::TempDir() + "/option_values_" + std::to_string(getpid());
  for (size_t i = 0; i < options.size(); ++i) {
    const Option& option = options[i];
    const auto call = calls().find(option.command);
    ASSERT_NE(call, calls().end()) << "write a call for: " << option.command;
    Shared& shared = *new (memory) Shared;
    const std::string folder = root + "/" + std::to_string(i);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) try_values(option, call->second, folder, shared);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    const std::string value = values()[static_cast<size_t>(shared.at)].substr(0, 60);
    const std::string place =
        "jangwon " + option.command + ": " + option.name + " given \"" + value + "\"";
    ASSERT_FALSE(WIFSIGNALED(status)) << place << " ended by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0) << place << ": " << shared.fault;
  }
  munmap(memory, sizeof(Shared));
  std::error_code ignored;
  fs::remove_all(root, ignored);
}

// CLI11 alone takes hexadecimal and octal numbers, and lets large ones wrap.
TEST(OptionValues, EveryNumberIsHeldToTheTableOfSettings) {
  CLI::App app;
  CommandContext context;
  add_commands(app, context);
  size_t numbers = 0;
  const std::function<void(const CLI::App&)> visit = [&](const CLI::App& command) {
    for (const CLI::Option* option : command.get_options()) {
      const std::string type = option->get_type_name().substr(0, option->get_type_name().find(':'));
      if (type != "INT" && type != "UINT" && type != "FLOAT") continue;
      ++numbers;
      const std::string range = range_of(*option);
      ASSERT_FALSE(range.empty()) << command.get_name() << " " << option->get_name();
      EXPECT_EQ(setting_range(range).type == SettingType::kNumber, type == "FLOAT")
          << option->get_name();
    }
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
      visit(*sub);
  };
  visit(app);
  EXPECT_GT(numbers, 20u);
}

}  // namespace
}  // namespace jangwon::harness
