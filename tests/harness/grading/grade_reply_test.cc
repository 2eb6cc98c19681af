#include "harness/grading/grade_reply.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

TaskSpec integer_task(ReasoningRule reasoning) {
  TaskSpec task;
  task.name = "quiz";
  task.folder = "tasks/quiz";
  task.reasoning = reasoning;
  task.scorers = {{.name = "integer"}};
  return task;
}

Grading grading_of(const TaskSpec& task) {
  Result<Grading> grading = Grading::make(task, Json::object(), PromptKind::kChat, {});
  EXPECT_TRUE(grading.ok()) << grading.status().message();
  return std::move(grading).value();
}

datasets::Sample sample_of(const std::string& target) {
  datasets::Sample sample;
  sample.id = "q1";
  sample.target = {target};
  return sample;
}

Completion reply(const std::string& text) {
  Completion completion;
  completion.text = completion.answer_text = text;
  return completion;
}

TEST(GradeReply, TakesTheThinkingOutOnlyWhereTheTaskAsksForIt) {
  const std::string text = "<think>\\boxed{3}</think>It is unclear.";
  Completion stripped = reply(text);
  const auto without =
      grade_reply(grading_of(integer_task(ReasoningRule::kStrip)), sample_of("3"), {}, stripped);
  EXPECT_EQ(without.front().verdict, Verdict::kNoAnswer);
  EXPECT_EQ(stripped.answer_text, "It is unclear.");
  EXPECT_EQ(stripped.reasoning, "\\boxed{3}");
  Completion kept = reply(text);
  const auto with =
      grade_reply(grading_of(integer_task(ReasoningRule::kKeep)), sample_of("3"), {}, kept);
  EXPECT_EQ(with.front().verdict, Verdict::kCorrect);
  EXPECT_EQ(kept.answer_text, text);
}

TEST(GradeReply, ARecordOfAKoreanQuestionSaysInWhichLanguageItWasAnswered) {
  TaskSpec task = integer_task(ReasoningRule::kStrip);
  SampleRecord record;
  record.completion = reply(
      "<think>First we add the two numbers that are given here.</think>두 수를 더하면 셋이 되므로 "
      "답은 \\boxed{3}입니다.");
  grade_record(grading_of(task), sample_of("3"), {}, record);
  EXPECT_EQ(record.reply_languages, ReplyLanguages())
      << "nothing is said of the questions' language";
  task.profile.language = "ko";
  grade_record(grading_of(task), sample_of("3"), {}, record);
  EXPECT_EQ(record.reply_languages,
            (ReplyLanguages{ReplyLanguage::kKorean, ReplyLanguage::kOther}));
}

TEST(GradeReply, AVoteOverProgramsIsRefused) {
  TaskSpec task = integer_task(ReasoningRule::kStrip);
  task.scorers = {{.name = "code"}};
  task.profile.metrics = {*parse_further_metric("majority@4")};
  const Result<Grading> grading = Grading::make(task, Json::object(), PromptKind::kChat, {});
  ASSERT_FALSE(grading.ok());
  EXPECT_NE(grading.status().message().find("majority@4 needs answers that can be alike"),
            std::string::npos);
}

TEST(GradeReply, TheMarkersOfTheUserStandAboveTheKnownOnes) {
  Completion completion = reply("[plan]\\boxed{3}[/plan]\\boxed{4}");
  const Result<std::vector<ThinkingMarkers>> given =
      parse_thinking_markers(std::vector<std::string>{"[plan]...[/plan]"});
  ASSERT_TRUE(given.ok()) << given.status().message();
  const auto scores = grade_reply(grading_of(integer_task(ReasoningRule::kStrip)), sample_of("4"),
                                  *given, completion);
  EXPECT_EQ(scores.front().answer, "4");
  EXPECT_EQ(completion.reasoning, "\\boxed{3}");
}

TEST(GradeReply, WhatNeverCameIsAnErrorOfOursInEveryMode) {
  Completion completion = reply("\\boxed{3}");
  completion.finish_reason = FinishReason::kError;
  completion.error = "HTTP 500";
  const auto scores =
      grade_reply(grading_of(integer_task(ReasoningRule::kStrip)), sample_of("3"), {}, completion);
  ASSERT_EQ(scores.size(), 2u);
  for (const Score& score : scores) {
    EXPECT_EQ(score.verdict, Verdict::kInfraError);
    EXPECT_EQ(score.scorer, "integer");
    EXPECT_EQ(score.explanation, "HTTP 500");
  }
}

TEST(GradeReply, ARecordGetsWhatItsReplyGets) {
  const Grading grading = grading_of(integer_task(ReasoningRule::kStrip));
  SampleRecord record;
  record.error = "of an earlier try";
  record.completion = reply("<think>so \\boxed{3}");
  record.completion.finish_reason = FinishReason::kLength;
  Completion same = record.completion;
  grade_record(grading, sample_of("3"), {}, record);
  const auto scores = grade_reply(grading, sample_of("3"), {}, same);
  EXPECT_EQ(record.verdict, scores.front().verdict);
  EXPECT_EQ(record.verdict, Verdict::kNoAnswer);
  EXPECT_TRUE(record.truncated);
  EXPECT_TRUE(record.unterminated_reasoning);
  EXPECT_EQ(record.error, "");
  EXPECT_EQ(record.completion.reasoning, same.reasoning);
}

TEST(Grading, WrongNamesAndOptionsNameTheTasksFile) {
  TaskSpec task = integer_task(ReasoningRule::kKeep);
  const auto wrong_option = Grading::make(task, Json{{"rule", "exakt"}}, PromptKind::kChat, {});
  EXPECT_TRUE(wrong_option.status().message().starts_with("tasks/quiz/task.yaml: "))
      << wrong_option.status().message();
  task.scorers = {{.name = "integr"}};
  const auto wrong_name = Grading::make(task, Json::object(), PromptKind::kChat, {});
  EXPECT_NE(wrong_name.status().message().find("did you mean \"integer\"?"), std::string::npos);
}

}  // namespace
}  // namespace jangwon::harness
