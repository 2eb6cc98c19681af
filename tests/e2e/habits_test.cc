// What people expect because other tools taught them: spellings, settings in a file, completion,
// manual page, languages.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

int shell(const std::string& command, std::string* out = nullptr) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return -1;
  char buffer[4096];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    if (out != nullptr) out->append(buffer, got);
  }
  const int status = pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool has_program(const std::string& name) {
  return shell("command -v " + name) == 0;
}

// The commands of the program, from its own help.
std::vector<std::string> command_names() {
  std::vector<std::string> names;
  const std::string help = run_program({"--help"}).out;
  const std::regex line("\n  ([a-z]+) {2,}");
  const size_t start = help.find("Subcommands:");
  EXPECT_NE(start, std::string::npos);
  for (std::sregex_iterator it(help.begin() + static_cast<std::ptrdiff_t>(start), help.end(), line),
       end;
       it != end; ++it)
    names.push_back((*it)[1]);
  EXPECT_GT(names.size(), 10u);
  return names;
}

Json settings_of(const std::string& folder) {
  const Result<Json> run = read_json_file(folder + "/run.json");
  EXPECT_TRUE(run.ok()) << run.status().message();
  return run.ok() ? *run : Json();
}

TEST(Habits, SpellingsOfOtherHarnessesMeanTheSame) {
  const std::string replies = fresh_folder("habits") + "/replies.jsonl";
  ASSERT_TRUE(write_file_atomically(replies, "{\"id\": 1, \"output\": \"\\\\boxed{2}\"}\n").ok());
  const std::string model = "replay:" + replies;
  const std::vector<std::vector<std::string>> calls = {
      {"run", "--model", model, "--tasks", "aime25", "--limit", "1", "--repeats", "1",
       "--temperature", "0.5", "--max-tokens", "64"},
      {"run", "-M", model, "--tasks", "aime25", "--max_samples", "1", "--epochs", "1",
       "--gen_kwargs", "temperature=0.5,max_gen_toks=64", "--log_samples"},
      {"eval", "--models", model, "--datasets", "aime2025", "--limit", "1", "-k", "1",
       "--generation-config", "{\"temperature\": 0.5, \"max_tokens\": 64}"},
      {"run", "--model", "hf", "--model_args", "pretrained=" + model, "--tasks", "aime25|0", "-L",
       "1", "--n", "1", "--temperature", "0.5", "--max_gen_toks", "64"},
      {"run", "--model", model, "--benchmarks", "aime25:1", "--max-problems", "1",
       "++inference.temperature=0.5", "++inference.tokens_to_generate=64", "--resume"},
  };
  Json first;
  for (size_t i = 0; i < calls.size(); ++i) {
    const std::string folder = fresh_folder("habits_" + std::to_string(i));
    std::vector<std::string> call = calls[i];
    call.insert(call.end(), {"--output_path", folder});
    const ProgramResult result = run_program(call);
    ASSERT_EQ(result.exit_code, 0) << i << ": " << result.err;
    const Json run = settings_of(folder);
    const Json asked{{"frozen", run["frozen"]}, {"sampling", run["models"][0]["sampling"]}};
    if (i == 0) first = asked;
    EXPECT_EQ(asked, first) << "call " << i;
  }
}

TEST(Habits, SettingsThatCannotBeMetAreRefusedNotDropped) {
  const std::string folder = fresh_folder("habits_refused");
  const struct {
    std::vector<std::string> words;
    const char* expected;
  } cases[] = {
      {{"--gen_kwargs", "temprature=1"}, "did you mean \"temperature\"?"},
      {{"--gen_kwargs", "temperature=warm"},
       "temperature is \"warm\"; it must be a number from 0 to 100"},
      {{"--num_fewshot", "3"}, "has 0 shots and not 3"},
      {{"--model_args", "pretrained=standin-axk1,dtype=bfloat16"}, "unknown key \"dtype\""},
      {{"--set", "limt=3"}, "did you mean \"limit\"?"},
      {{"--batch-size", "many"},
       "--batch-size is \"many\"; it must be a whole number from 1 to 4096, or auto"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> words = {"run",    "--model", "standin-axk1", "--tasks",
                                      "aime25", "-o",      folder + "/x"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit_code, 2) << c.expected;
    EXPECT_NE(result.err.find(c.expected), std::string::npos) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder + "/x"));
  }
}

TEST(Habits, FileStandsBelowSetAndSetBelowFlags) {
  const std::string folder = fresh_folder("habits_config");
  const std::string config = folder + "/run.yaml";
  ASSERT_TRUE(write_file_atomically(config,
                                    "model: [standin-axk1]\n"
                                    "tasks: [aime25]\n"
                                    "limit: 3\n"
                                    "repeats: 1\n"
                                    "seed: 5\n"
                                    "max_tokens: 8\n"
                                    "chat_template_args: {enable_thinking: false}\n")
                  .ok());
  const ProgramResult result = run_program({"run", "--config", config, "--set", "limit=2", "--set",
                                            "seed=6", "--seed", "7", "-o", folder + "/run"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json run = settings_of(folder + "/run");
  EXPECT_EQ(run["frozen"]["limit"], 2);
  EXPECT_EQ(run["frozen"]["seed"], 7);
  EXPECT_EQ(run["models"][0]["settings"]["template_arguments"]["enable_thinking"], false);
  EXPECT_EQ(run["models"][0]["sampling"]["aime25"]["max_tokens"]["value"], 8);

  const ProgramResult again = run_program({"run", "-o", folder + "/run"});
  EXPECT_EQ(again.exit_code, 0) << "the earlier call's settings hold: " << again.err;

  ASSERT_TRUE(write_file_atomically(config, "model: [standin-axk1]\nlimt: 3\n").ok());
  const ProgramResult wrong = run_program({"run", "--config", config});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("run.yaml:2: unknown key \"limt\"; did you mean \"limit\"?"),
            std::string::npos)
      << wrong.err;
}

TEST(Habits, InitWritesAFileThatRuns) {
  const std::string folder = fresh_folder("habits_init");
  const std::string file = folder + "/jangwon.yaml";
  ASSERT_EQ(run_program({"init", file}).exit_code, 0);
  const std::string text = *read_file(file);
  for (const char* part :
       {"\nmodel: ", "\ntasks: ", "\n# temperature: ", "\n# shard: ", "\n# seed: "})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(run_program({"init", file}).exit_code, 2) << "a file is not overwritten";
  const ProgramResult run =
      run_program({"run", "--config", file, "--set", "limit=1", "--set", "repeats=1", "--set",
                   "max_tokens=8", "-o", folder + "/run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

TEST(Habits, ShellsAcceptTheirCompletionScripts) {
  const std::string folder = fresh_folder("habits_completion");
  for (const char* name : {"bash", "zsh", "fish"}) {
    const ProgramResult script = run_program({"completion", name});
    ASSERT_EQ(script.exit_code, 0) << script.err;
    for (const std::string& command : command_names())
      EXPECT_NE(script.out.find(command), std::string::npos) << name << " " << command;
    const std::string path = folder + "/" + name;
    ASSERT_TRUE(write_file_atomically(path, script.out).ok());
    if (has_program(name)) {
      std::string out;
      EXPECT_EQ(shell(std::string(name) + " -n " + path, &out), 0) << out;
    }
  }
  EXPECT_EQ(run_program({"completion", "tcsh"}).exit_code, 2);
}

TEST(Habits, BashCompletesCommandsFlagsAndNames) {
  if (!has_program("bash")) GTEST_SKIP() << "bash is not installed";
  const std::string script = fresh_folder("habits_bash") + "/completion";
  ASSERT_TRUE(write_file_atomically(script, run_program({"completion", "bash"}).out).ok());
  const struct {
    const char* words;
    const char* expected;
  } cases[] = {{"jangwon mer", "merge"},
               {"jangwon run --temp", "--temperature"},
               {"jangwon run --tasks kmm", "kmmlu_pro"},
               {"jangwon run --model standin-s", "standin-solar-open"},
               {"jangwon tasks sh", "show"}};
  for (const auto& c : cases) {
    std::string out;
    shell("bash -c 'source " + script + "; COMP_WORDS=(" + c.words +
              "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _jangwon; echo \"${COMPREPLY[@]}\"'",
          &out);
    EXPECT_NE(out.find(c.expected), std::string::npos) << c.words << ": " << out;
  }
}

TEST(Habits, ManualPageNamesEveryCommandAndExitCode) {
  // as it is installed: version and day are filled in
  const std::string path =
      std::filesystem::path(JANGWON_PROGRAM).parent_path().string() + "/man/jangwon.1";
  const std::string page = *read_file(path);
  for (const std::string& command : command_names())
    EXPECT_NE(page.find("\n.B " + command + "\n"), std::string::npos)
        << command << " is not in docs/jangwon.1";
  for (const char* code : {"0", "1", "2", "3", "4", "5"})
    EXPECT_NE(page.find(std::string("\n.B ") + code + "\n"), std::string::npos) << code;
  if (!has_program("mandoc")) GTEST_SKIP() << "mandoc is not installed: the page was not linted";
  std::string out;
  EXPECT_EQ(shell("mandoc -T lint -W warning '" + path + "'", &out), 0) << out;
}

TEST(Habits, MessagesFollowTheLanguage) {
  EXPECT_NE(run_program({"--lang", "ko", "--help"}).out.find("나누어 실행한"), std::string::npos);
  EXPECT_NE(run_program({"run", "--lang=ko", "--help"}).out.find("과제마다 처음"),
            std::string::npos);
  setenv("LC_ALL", "ko_KR.UTF-8", 1);
  const ProgramResult korean = run_program({"rnu"});
  const ProgramResult english = run_program({"--lang", "en", "rnu"});
  unsetenv("LC_ALL");
  EXPECT_EQ(korean.exit_code, 2);
  EXPECT_NE(korean.err.find("알 수 없는 명령 \"rnu\"입니다"), std::string::npos) << korean.err;
  EXPECT_NE(english.err.find("did you mean \"run\"?"), std::string::npos) << english.err;
  const ProgramResult wrong = run_program({"--lang", "fr", "tasks", "list"});
  EXPECT_EQ(wrong.exit_code, 2);
}

TEST(Habits, WhatIsSaidIsKoreanToo) {
  const std::string folder = fresh_folder("habits_korean");
  const ProgramResult run =
      run_program({"--lang", "ko", "run", "--model", "standin-axk1", "--tasks", "aime25", "--limit",
                   "1", "--repeats", "1", "--max-tokens", "2", "-o", folder + "/run"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* part : {"내장된 축소판 데이터셋을 씁니다", "standin-axk1: aime25 정답"})
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
  EXPECT_NE(run.out.find("실행 폴더: "), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("벤치마크"), std::string::npos) << run.out;
  EXPECT_NE(run_program({"--lang", "ko", "report", folder + "/run"}).out.find("비교표"),
            std::string::npos);
  for (const std::vector<std::string>& call :
       std::vector<std::vector<std::string>>{{"tasks", "list", "--lang", "ko"},
                                             {"--lang=ko", "tasks", "list"},
                                             {"data", "list", "--lang=ko"}})
    EXPECT_EQ(run_program(call).exit_code, 0) << call.front();
  EXPECT_NE(run_program({"tasks", "--lang", "ko", "--help"}).out.find("하위 명령"),
            std::string::npos);
  EXPECT_NE(
      run_program({"compare", "--lang", "ko", folder + "/run", folder + "/run"}).out.find("범위"),
      std::string::npos);
  const ProgramResult typo = run_program({"run", "--lang=ko", "--modle", "x"});
  EXPECT_EQ(typo.exit_code, 2);
  EXPECT_EQ(typo.err, "jangwon: 알 수 없는 플래그 --modle입니다. --model을(를) 뜻하셨습니까?\n");
  const ProgramResult settings = run_program({"--lang", "ko", "init", "-"});
  EXPECT_EQ(settings.out.find("# Settings"), std::string::npos);
  EXPECT_NE(settings.out.find("플래그와 --set KEY=VALUE는 이 파일보다 우선합니다"),
            std::string::npos)
      << settings.out;
}

TEST(Habits, AUsageErrorIsOneSentence) {
  const std::vector<std::vector<std::string>> calls = {
      {"run", "--modle", "x"},   {"run", "--limit"}, {"tasks", "lst"},
      {"bench", "--batch", "x"}, {"grade"},          {}};
  for (const std::vector<std::string>& call : calls) {
    const ProgramResult result = run_program(call);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.err.rfind("jangwon: ", 0), 0u) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

TEST(Habits, CompletionsOfferEveryFlagOfTheHelp) {
  const std::string script = run_program({"completion", "bash"}).out;
  const std::regex flag("--[a-z][a-z-]+");
  for (const std::string& command : command_names()) {
    const std::string help = run_program({command, "--help"}).out;
    const std::string flags = help.substr(0, help.find("\nExamples:"));
    for (std::sregex_iterator it(flags.begin(), flags.end(), flag), end; it != end; ++it)
      EXPECT_NE(script.find(it->str()), std::string::npos) << command << " " << it->str();
  }
}

TEST(Habits, NoColourOffATerminal) {
  EXPECT_EQ(run_program({"rnu"}).err.find('\033'), std::string::npos);
}

TEST(Habits, OnATerminalNoColorIsKept) {
  if (!has_program("script")) GTEST_SKIP() << "script, which gives a terminal, is not installed";
  const auto on_terminal = [](const std::string& settings) {
    std::string out;
    shell(settings + " script -qec '" JANGWON_PROGRAM " rnu' /dev/null", &out);
    return out;
  };
  EXPECT_NE(on_terminal("TERM=xterm NO_COLOR=").find("\033[1;31m"), std::string::npos)
      << "empty means unset";
  EXPECT_EQ(on_terminal("TERM=xterm NO_COLOR=1").find('\033'), std::string::npos);
  EXPECT_EQ(on_terminal("TERM=dumb NO_COLOR=").find('\033'), std::string::npos);
}

}  // namespace
}  // namespace jangwon::e2e
