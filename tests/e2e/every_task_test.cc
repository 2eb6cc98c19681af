// Every task that comes with the program, over its bundled set, with replies that are right:
// whatever a task says of its columns, prompt, extractor and scorer, right answers must be found
// right, in both modes.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "datasets/dataset.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "tests/e2e/program.h"

namespace jangwon::e2e {
namespace {

using harness::TaskSpec;

// A right reply in the form that the task's prompt asks for; {} is the target. Tasks of a scorer
// that are not named here take the form of their scorer.
const std::map<std::string, std::string> kForms = {
    {"mmlu_pro", "The answer is ({})."},
    {"kobalt", "정답은 {}입니다."},
    {"kmmlu", "{}"},
    {"mmlu_prox_ko", "답은 ({})입니다."},
    {"letter", "정답: {}"},
    {"integer", "\\boxed{{}}"},
    {"numeric", "따라서 $\\boxed{{}}$입니다."},
};

std::string filled(std::string form, const std::string& target) {
  return form.replace(form.find("{}"), 2, target);
}

// Replies to prompts with instructions stand beside the set.
std::map<std::string, std::string> replies_beside_the_set() {
  std::map<std::string, std::string> replies;
  const Result<std::string> text =
      read_file(JANGWON_SOURCE_DIR "/datasets/bundled/ifeval_ko/replies.jsonl");
  std::istringstream lines(text.ok() ? *text : "");
  for (std::string line; std::getline(lines, line);) {
    const Json reply = *parse_json(line);
    replies[reply["id"]] = reply["reply"].get<std::string>();
  }
  return replies;
}

// Programs have their own right answers (tests/harness/scorers/code_scorer_test.cc),
// and take minutes.
bool has_written_replies(const TaskSpec& task) {
  return task.scorers.front().name != "code";
}

std::string right_replies(const TaskSpec& task) {
  const std::string scorer = task.scorers.front().name;
  const auto manifest = datasets::find_manifest(task.bundled_manifest, task.folder);
  EXPECT_TRUE(manifest.ok()) << manifest.status().message();
  const auto dataset = datasets::load_dataset(*manifest, task.split);
  EXPECT_TRUE(dataset.ok()) << dataset.status().message();
  const auto form = kForms.contains(task.name) ? kForms.find(task.name) : kForms.find(scorer);
  const std::map<std::string, std::string> written = replies_beside_the_set();
  std::string text;
  for (const datasets::Sample& sample : dataset->samples) {
    const std::string reply =
        form == kForms.end() ? written.at(sample.id) : filled(form->second, sample.target.front());
    text += to_json_line(Json{{"task", task.name}, {"id", sample.id}, {"output", reply}}) + "\n";
  }
  return text;
}

// One grader writes the replies in the order in which they came, and a recording replies in the
// order in which it is asked.
void expect_long_replies_first(const std::vector<TaskSpec>& tasks, const std::string& journal) {
  std::map<std::string, int> reply_tokens;
  for (const TaskSpec& task : tasks)
    reply_tokens[task.name] = task.profile.plan ? task.profile.plan->reply_tokens : 0;
  std::ifstream lines(journal);
  int longest = std::numeric_limits<int>::max();
  std::string line;
  while (std::getline(lines, line)) {
    const std::string task = Json::parse(line).at("task");
    EXPECT_LE(reply_tokens.at(task), longest) << task;
    EXPECT_GT(reply_tokens.at(task), 0) << task;
    longest = std::min(longest, reply_tokens.at(task));
  }
  EXPECT_LT(longest, reply_tokens.at("aime25"));
}

TEST(EveryTask, RightRepliesAreFoundRightInBothModes) {
  const auto tasks = harness::list_tasks("");
  ASSERT_TRUE(tasks.ok()) << tasks.status().message();
  const std::string root = fresh_folder("every_task");
  std::string replies, names;
  std::set<std::string> asked;
  for (const TaskSpec& task : *tasks) {
    if (!has_written_replies(task)) continue;
    replies += right_replies(task);
    names += (names.empty() ? "" : ",") + task.name;
    asked.insert(task.name);
  }
  EXPECT_GE(asked.size(), 13u);
  ASSERT_TRUE(write_file_atomically(root + "/replies.jsonl", replies).ok());
  const ProgramResult run = run_program({"run", "--model", "replay:" + root + "/replies.jsonl",
                                         "--tasks", names, "--dataset", "bundled", "--repeats", "1",
                                         "--graders", "1", "--json", "-o", root + "/run"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  expect_long_replies_first(*tasks, root + "/run/samples.jsonl");
  const auto results = read_json_file(root + "/run/results.json");
  ASSERT_TRUE(results.ok()) << results.status().message();
  std::map<std::string, int> num_modes;
  for (const Json& result : results->at("results")) {
    ++num_modes[result["task"]];
    EXPECT_EQ(result["value"], 1.0) << result["task"] << " " << result["mode"];
  }
  for (const std::string& task : asked)
    EXPECT_EQ(num_modes[task], 2) << task;
}

TEST(EveryTask, IsShownAndRendered) {
  const auto tasks = harness::list_tasks("");
  ASSERT_TRUE(tasks.ok()) << tasks.status().message();
  for (const TaskSpec& task : *tasks) {
    EXPECT_EQ(run_program({"tasks", "show", task.name}).exit_code, 0) << task.name;
    for (const harness::PromptStyle& style : task.styles) {
      const ProgramResult rendered =
          run_program({"tasks", "render", task.name, "--style", style.name, "--limit", "1"});
      EXPECT_EQ(rendered.exit_code, 0) << task.name << " " << style.name << ": " << rendered.err;
    }
  }
}

// IFEval's four figures: prompt and instruction level, each strict and loose.
TEST(EveryTask, InstructionsHaveFourFigures) {
  const std::string root = fresh_folder("four_figures");
  // 1001 asks for no comma and two keywords, 1010 for an end: the first follows one of two, the
  // second only loosely.
  std::string replies;
  for (const auto& [id, reply] : replies_beside_the_set()) {
    const std::string output = id == "1001"   ? "멸치, 두부"
                               : id == "1010" ? reply + "\n도움이 되었기를 바랍니다."
                                              : reply;
    replies += to_json_line(Json{{"id", id}, {"output", output}}) + "\n";
  }
  ASSERT_TRUE(write_file_atomically(root + "/replies.jsonl", replies).ok());
  const ProgramResult run =
      run_program({"run", "--model", "replay:" + root + "/replies.jsonl", "--tasks", "ifeval_ko",
                   "--dataset", "bundled", "--json", "-o", root + "/run"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json result = (*read_json_file(root + "/run/results.json"))["results"][0];
  const double num_prompts = 15, num_instructions = 21;
  EXPECT_DOUBLE_EQ(result["value"].get<double>(), 13 / num_prompts);
  EXPECT_DOUBLE_EQ(result["variants"]["loose"].get<double>(), 14 / num_prompts);
  EXPECT_DOUBLE_EQ(result["variants"]["instruction_strict"].get<double>(), 19 / num_instructions);
  EXPECT_DOUBLE_EQ(result["variants"]["instruction_loose"].get<double>(), 20 / num_instructions);
}

}  // namespace
}  // namespace jangwon::e2e
