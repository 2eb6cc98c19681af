// A fifth task is data: a folder, and the program that is built already.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

const char kTask[] = R"(name: capitals
version: "1"
description: Capitals, as letters.
dataset: {bundled: capitals.yaml}
prompt:
  default: plain
  styles:
    plain:
      messages:
        - role: user
          template: |-
            {{ country }}: {{ question }}
            {% for option in choices %}{{ letters[loop.index0] }}) {{ option }}
            {% endfor %}
sampling: {max_tokens: 16, temperature: 0}
reasoning: strip
scorers:
  - name: letter
    options: {style: answer_letter}
strata: {continent: {}}
)";

const char kManifest[] = R"(name: capitals
title: Capitals
source: written for this test
licence: Apache-2.0
files_from: manifest_folder
columns:
  id: key
  question: question
  options: options
  answer: answer
  answer_form: letter
splits:
  test:
    - path: capitals.jsonl
)";

const char kRows[] =
    R"({"key": "kr", "country": "Korea", "continent": "Asia", "question": "Capital?", "options": ["Seoul", "Busan"], "answer": "A"})"
    "\n"
    R"({"key": "fr", "country": "France", "continent": "Europe", "question": "Capital?", "options": ["Lyon", "Paris"], "answer": "B"})"
    "\n";

class CustomTask : public testing::Test {
 protected:
  CustomTask() : root_(fresh_folder("custom")) {
    std::filesystem::create_directories(root_ + "/tasks/capitals");
    write("tasks/capitals/task.yaml", kTask);
    write("tasks/capitals/capitals.yaml", kManifest);
    write("tasks/capitals/capitals.jsonl", kRows);
    write("replies.jsonl", R"({"id": "kr", "output": "Answer: A"})"
                           "\n"
                           R"({"id": "fr", "output": "Answer: A"})"
                           "\n");
  }
  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(write_file_atomically(root_ + "/" + path, text).ok());
  }
  std::string root_;
};

TEST_F(CustomTask, RunsWithTheBuiltProgram) {
  const ProgramResult run =
      run_program({"run", "--model", "replay:" + root_ + "/replies.jsonl", "--tasks", "capitals",
                   "--include-path", root_ + "/tasks", "--json", "-o", root_ + "/run"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json results = Json::parse(run.out);
  EXPECT_EQ(results["results"][0]["task"], "capitals");
  EXPECT_EQ(results["results"][0]["value"], 0.5);
  EXPECT_EQ(results["results"][0]["strata"]["continent"]["Asia"], 1.0);
  EXPECT_EQ(results["results"][0]["strata"]["continent"]["Europe"], 0.0);
  const Result<std::string> journal = read_file(root_ + "/run/samples.jsonl");
  ASSERT_TRUE(journal.ok());
  EXPECT_NE(journal->find("Korea: Capital?"), std::string::npos);
}

TEST_F(CustomTask, IsAlsoFoundByItsFolder) {
  EXPECT_EQ(run_program({"tasks", "show", root_ + "/tasks/capitals"}).exit_code, 0);
}

TEST_F(CustomTask, WrongKeyNamesLineAndNearestName) {
  std::string text = kTask;
  text.replace(text.find("strata"), 6, "starta");
  write("tasks/capitals/task.yaml", text);
  const ProgramResult show = run_program({"tasks", "show", root_ + "/tasks/capitals"});
  EXPECT_EQ(show.exit_code, 2);
  EXPECT_NE(show.err.find("task.yaml:20: unknown key \"starta\"; did you mean \"strata\"?"),
            std::string::npos)
      << show.err;
}

TEST_F(CustomTask, AnUnknownScorerIsAnErrorByEveryDoor) {
  std::string text = kTask;
  text.replace(text.find("name: letter"), 12, "name: leter");
  write("tasks/capitals/task.yaml", text);
  write("rows.jsonl", R"({"id": "kr", "output": "Answer: A", "target": "A"})"
                      "\n");
  const std::string tasks = root_ + "/tasks";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"tasks", "show", "capitals", "--include-path", tasks},
           {"run", "--model", "replay:" + root_ + "/replies.jsonl", "--tasks", "capitals",
            "--include-path", tasks, "-o", root_ + "/run"},
           {"grade", "capitals", root_ + "/rows.jsonl", "--include-path", tasks},
           {"gate", "record", "--task", "capitals", root_ + "/rows.jsonl", "--include-path",
            tasks}}) {
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit_code, 2) << words.front();
    EXPECT_NE(result.err.find("unknown scorer \"leter\"; did you mean \"letter\"?"),
              std::string::npos)
        << words.front() << ": " << result.err;
  }
}

}  // namespace
}  // namespace jangwon::e2e
