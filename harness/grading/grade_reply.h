// From a reply to its scores: the one way, for the run, for `jangwon score`, for `jangwon grade`
// and for the gate's probes. Who judges a reply twice therefore gets the same scores twice,
// wherever it came from.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datasets/sample.h"
#include "harness/record/sample_record.h"
#include "harness/scorers/scorer.h"
#include "harness/task/task_spec.h"
#include "runtime/base/status.h"
#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

// How the replies to a task are judged.
struct Grading {
  const ScorerEntry* entry = nullptr;
  ScorerOptions options;
  std::unique_ptr<Scorer> scorer;
  ReasoningRule reasoning = ReasoningRule::kKeep;
  PromptKind prompt_kind = PromptKind::kUnknown;
  // of the task; whether replies are in Korean is told where it is ko
  std::string question_language;

  // `options`: all options of the scorer, the task's among them. Errors name the task's file.
  static Result<Grading> make(const TaskSpec& task, const nlohmann::ordered_json& options,
                              PromptKind prompt_kind, const ScorerContext& context);
};

enum class ReplyForm {
  kReply,
  // the text is the answer itself: nothing is taken out or extracted. REQUIRES: the
  // scorer has an answer
  kAnswer,
  // column
};

// Takes the thinking out of the completion where the task asks for it and the backend has not,
// then judges what is left. One score a mode, official first. A completion that failed for good
// gets infra_error in every mode. `given`: the markers of thinking that the user named for the
// model that replied.
std::vector<Score> grade_reply(const Grading& grading, const datasets::Sample& sample,
                               const std::vector<ThinkingMarkers>& given, Completion& completion,
                               ReplyForm form = ReplyForm::kReply);

// The same for the completion of a record; fills the record's scores, verdict, flags and error.
void grade_record(const Grading& grading, const datasets::Sample& sample,
                  const std::vector<ThinkingMarkers>& given, SampleRecord& record);

}  // namespace jangwon::harness
