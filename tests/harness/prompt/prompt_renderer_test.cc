#include "harness/prompt/prompt_renderer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "datasets/dataset.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

using datasets::Sample;

Sample multiple_choice(const std::string& id, const std::string& question,
                       const std::string& category) {
  Sample sample;
  sample.id = id;
  sample.question = question;
  sample.choices = {"one", "two", "three"};
  sample.columns =
      Json{{"category", category},
           {"cot_content", "A: Let's think step by step. Because. The answer is (B)."}};
  return sample;
}

Result<Request> render(const std::string& task_name, const std::string& style_name,
                       const Sample& sample, std::vector<Sample> shots) {
  Result<TaskSpec> task = find_task(task_name, "");
  if (!task.ok()) return task.status();
  JANGWON_ASSIGN_OR_RETURN(const PromptStyle* style, find_style(*task, style_name));
  JANGWON_ASSIGN_OR_RETURN(const PromptRenderer renderer,
                           PromptRenderer::make(*task, *style, std::move(shots)));
  Request request;
  JANGWON_RETURN_IF_ERROR(renderer.render(sample, request));
  return request;
}

std::vector<Sample> five_shots() {
  std::vector<Sample> shots = {multiple_choice("other", "Wrong category?", "law")};
  for (int i = 0; i < 6; ++i)
    shots.push_back(multiple_choice(std::to_string(i), "Q" + std::to_string(i) + "?", "math"));
  return shots;
}

TEST(PromptRenderer, MmluProTakesTheFirstShotsOfTheSampleCategory) {
  const Result<Request> request =
      render("mmlu_pro", "api", multiple_choice("x", "Which?", "math"), five_shots());
  ASSERT_TRUE(request.ok()) << request.status().message();
  ASSERT_EQ(request->messages.size(), 1u);
  EXPECT_EQ(request->num_fewshot, 5);
  std::string expected =
      "The following are multiple choice questions (with answers) about math. Think step by step "
      "and then output the "
      "answer in the format of \"The answer is (X)\" at the end.\n\n";
  for (int i = 0; i < 5; ++i) {
    expected += "Question: Q" + std::to_string(i) +
                "?\nOptions: A. one\nB. two\nC. three\nAnswer: Let's think step by step. Because. "
                "The answer is (B).\n\n";
  }
  expected +=
      "Question: Which?\nOptions: A. one\nB. two\nC. three\nAnswer: Let's think step by step.\n\n";
  EXPECT_EQ(request->messages[0].content, expected);
}

TEST(PromptRenderer, MmluProLocalStyleIsACompletion) {
  const Result<Request> request =
      render("mmlu_pro", "local", multiple_choice("x", "Which?", "math"), five_shots());
  ASSERT_TRUE(request.ok()) << request.status().message();
  EXPECT_TRUE(request->messages.empty());
  EXPECT_TRUE(request->raw_prompt.ends_with(
      "Question:\nWhich?\nOptions:\nA. one\nB. two\nC. three\nAnswer: Let's think step by step."))
      << request->raw_prompt;
}

TEST(PromptRenderer, TooFewShotsAreAnError) {
  const Result<Request> request =
      render("mmlu_pro", "api", multiple_choice("x", "Which?", "physics"), five_shots());
  ASSERT_FALSE(request.ok());
  EXPECT_NE(request.status().message().find("wants 5 shots and only 0 fit"), std::string::npos);
}

TEST(PromptRenderer, QuestionIsNeverItsOwnShot) {
  const Result<Request> request =
      render("mmlu_pro", "api", multiple_choice("0", "Q0?", "math"), five_shots());
  EXPECT_FALSE(request.ok());
}

TEST(PromptRenderer, KmmluProNamesAsManyLettersAsThereAreOptions) {
  const Result<Request> request =
      render("kmmlu_pro", "", multiple_choice("x", "옳은 것은?", "법"), {});
  ASSERT_TRUE(request.ok()) << request.status().message();
  EXPECT_EQ(request->messages[0].content,
            "다음 문제에 대해 정답을 고르세요. 당신의 최종 정답은 ABC 중 하나이고, \"정답:\" 뒤에 "
            "와야 합니다. 정답을 "
            "고르기 전에 차근차근 생각하고 추론하세요.\n\n옳은 것은?\n\nA) one\nB) two\nC) three");
}

TEST(PromptRenderer, Aime25AsksForTheBoxFirst) {
  Sample sample;
  sample.question = "Find $1+1$.";
  const Result<Request> request = render("aime25", "", sample, {});
  ASSERT_TRUE(request.ok()) << request.status().message();
  EXPECT_EQ(request->messages[0].content,
            "Put your final answer within \\boxed{}.\nThe answer is an integer between 0 and 999 "
            "inclusive.\n\nFind $1+1$.");
}

TEST(PromptRenderer, TemplateMistakesNameTaskStyleAndLine) {
  Result<TaskSpec> task = find_task("aime25", "");
  ASSERT_TRUE(task.ok());
  task->styles[0].messages[0].template_text = "a\n{{ question | nofilter }}";
  const Result<PromptRenderer> renderer = PromptRenderer::make(*task, task->styles[0], {});
  ASSERT_FALSE(renderer.ok());
  EXPECT_NE(renderer.status().message().find("aime25/matharena/user:2"), std::string::npos)
      << renderer.status().message();
}

// --- against the official prompts

std::vector<Json> rows_of_file(const std::string& path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    rows.push_back(Json::parse(line));
  return rows;
}

std::vector<Json> rows_of(const std::string& relative) {
  const char* data = std::getenv("JANGWON_DATA");
  return data == nullptr ? std::vector<Json>() : rows_of_file(std::string(data) + "/" + relative);
}

std::vector<Json> golden_rows(const std::string& name) {
  return rows_of_file(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/prompts/" + name);
}

// The texts of the messages, or the one of a completion.
std::vector<std::string> contents_of(const Request& request) {
  if (request.messages.empty()) return {request.raw_prompt};
  std::vector<std::string> contents;
  for (const ChatMessage& message : request.messages)
    contents.push_back(message.content);
  return contents;
}

TEST(PromptRenderer, EveryLivecodebenchStyleEqualsTheOfficialOne) {
  const std::vector<Json> rows = golden_rows("livecodebench.jsonl");
  ASSERT_EQ(rows.size(), 24u);
  for (const Json& row : rows) {
    Sample sample;
    sample.question = row["question"].get<std::string>();
    sample.starter_code = row["starter_code"].get<std::string>();
    const auto style = row["style"].get<std::string>();
    const Result<Request> request = render("livecodebench_v6", style, sample, {});
    ASSERT_TRUE(request.ok()) << request.status().message();
    EXPECT_EQ(contents_of(*request), row["contents"].get<std::vector<std::string>>()) << style;
  }
}

Sample mmlu_pro_sample(const Json& row) {
  Sample sample;
  sample.id = row["question_id"].dump();
  sample.question = row["question"].get<std::string>();
  for (const Json& option : row["options"]) {
    if (option != "N/A") sample.choices.push_back(option.get<std::string>());
  }
  sample.columns = row;
  return sample;
}

TEST(PromptRenderer, MmluProStylesEqualTheOfficialOnes) {
  std::vector<Sample> shots;
  Sample question;
  int num_prompts = 0;
  for (const Json& line : golden_rows("mmlu_pro.jsonl")) {
    if (line["kind"] == "shot") shots.push_back(mmlu_pro_sample(line["row"]));
    if (line["kind"] == "question") question = mmlu_pro_sample(line["row"]);
    if (line["kind"] != "prompt") continue;
    const Result<TaskSpec> task = find_task("mmlu_pro", "");
    ASSERT_TRUE(task.ok()) << task.status().message();
    PromptStyle style = **find_style(*task, line["style"].get<std::string>());
    style.num_fewshot = line["num_fewshot"].get<int>();
    const Result<PromptRenderer> renderer = PromptRenderer::make(*task, style, shots);
    ASSERT_TRUE(renderer.ok()) << renderer.status().message();
    Request request;
    ASSERT_TRUE(renderer->render(question, request).ok());
    EXPECT_EQ(contents_of(request), std::vector<std::string>{line["text"].get<std::string>()});
    ++num_prompts;
  }
  EXPECT_EQ(num_prompts, 3);
}

TEST(PromptRenderer, ShotsOfAPromptAreKnownByTheirIds) {
  const Result<TaskSpec> task = find_task("mmlu_pro", "");
  ASSERT_TRUE(task.ok()) << task.status().message();
  const Result<PromptRenderer> renderer =
      PromptRenderer::make(*task, **find_style(*task, "api"), five_shots());
  ASSERT_TRUE(renderer.ok()) << renderer.status().message();
  const std::map<std::string, std::vector<std::string>> expected = {
      {"law", {"other"}}, {"math", {"0", "1", "2", "3", "4"}}};
  EXPECT_EQ(renderer->fewshot_ids(), expected);
}

TEST(PromptRenderer, EqualsTheOfficialMmluProPromptsByteForByte) {
  const std::vector<Json> rendered = rows_of("prompts/mmlu_pro_api_5shot_rendered.jsonl");
  if (rendered.empty())
    GTEST_SKIP() << "JANGWON_DATA is not set: the official prompts are not compared";
  std::map<std::string, Sample> questions;
  for (const Json& row : rows_of("mmlu_pro/mmlu_pro_test.jsonl"))
    questions[row["question_id"].dump()] = mmlu_pro_sample(row);
  std::vector<Sample> shots;
  for (const Json& row : rows_of("mmlu_pro/mmlu_pro_validation_reconstructed.jsonl"))
    shots.push_back(mmlu_pro_sample(row));
  for (const Json& row : rendered) {
    const Result<Request> request =
        render("mmlu_pro", "api", questions.at(row["question_id"].dump()), shots);
    ASSERT_TRUE(request.ok()) << request.status().message();
    EXPECT_EQ(request->messages[0].content,
              row["instruction"].get<std::string>() + row["input"].get<std::string>());
  }
  for (const Json& row : rows_of("prompts/mmlu_pro_local_5shot_rendered.jsonl")) {
    if (row["k"] != 5) continue;
    const Result<Request> request =
        render("mmlu_pro", "local", questions.at(row["question_id"].dump()), shots);
    ASSERT_TRUE(request.ok()) << request.status().message();
    EXPECT_EQ(request->raw_prompt, row["prompt"].get<std::string>());
  }
}

// Prompts that a script builds from the same rows in its own way
// (tests/golden/prompts/draw_korean_prompts.py).
TEST(PromptRenderer, KoreanBenchmarksAreAskedAsTheirOwnCodeAsks) {
  std::map<std::string, int> num_prompts;
  for (const Json& line : golden_rows("korean_prompts.jsonl")) {
    const std::string name = line["task"], style_name = line["style"];
    const Result<TaskSpec> task = find_task(name, "");
    ASSERT_TRUE(task.ok()) << task.status().message();
    const Result<const PromptStyle*> style = find_style(*task, style_name);
    ASSERT_TRUE(style.ok()) << style.status().message();
    const Result<datasets::Manifest> manifest =
        datasets::find_manifest(task->bundled_manifest, task->folder);
    ASSERT_TRUE(manifest.ok()) << manifest.status().message();
    std::vector<Sample> shots;
    if ((*style)->num_fewshot > 0)
      shots = datasets::load_dataset(*manifest, task->fewshot.split)->samples;
    const Result<PromptRenderer> renderer = PromptRenderer::make(*task, **style, std::move(shots));
    ASSERT_TRUE(renderer.ok()) << renderer.status().message();
    const auto rows = datasets::load_dataset(*manifest, task->split);
    ASSERT_TRUE(rows.ok()) << rows.status().message();
    Request request;
    ASSERT_TRUE(renderer->render(rows->samples.at(line["row"].get<size_t>()), request).ok());
    const std::vector<std::string> rendered = request.messages.empty()
                                                  ? std::vector<std::string>{request.raw_prompt}
                                                  : contents_of(request);
    EXPECT_EQ(rendered, line["contents"].get<std::vector<std::string>>())
        << name << " " << style_name;
    ++num_prompts[name];
  }
  EXPECT_EQ(num_prompts.size(), 10u);
}

}  // namespace
}  // namespace jangwon::harness
