#include "harness/run_loop/judge.h"

#include <algorithm>

#include "harness/filters/reasoning_filter.h"

namespace jangwon::harness {

namespace {

// The engine has split thinking and answer by the model's own markers; replies made elsewhere are split here.
void split_reasoning(const TaskSpec& task, Completion& completion) {
  const bool wanted = std::find(task.filters.begin(), task.filters.end(), "strip_reasoning") != task.filters.end();
  if (!wanted || !completion.reasoning.empty() || !completion.reasoning_terminated) return;
  const ReasoningSplit split = remove_reasoning(completion.text);
  completion.reasoning = std::string(split.reasoning);
  completion.answer_text = std::string(split.answer_text);
  completion.reasoning_terminated = split.terminated;
}

void score_error_of_ours(const PreparedTask& task, const std::string& error, SampleRecord& record) {
  record.error = error;
  for (ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
    Score score = counted_score(mode, task.spec.scorers.front().name, Verdict::kInfraError);
    score.explanation = error;
    record.scores.push_back(std::move(score));
  }
}

}  // namespace

void judge(const PreparedTask& task, const datasets::Sample& sample, Completion& completion, SampleRecord& record) {
  record.scores.clear();
  record.error.clear();
  if (completion.finish_reason == FinishReason::kError) {
    score_error_of_ours(task, completion.error, record);
  } else {
    split_reasoning(task.spec, completion);
    record.truncated = completion.finish_reason != FinishReason::kStop;
    record.unterminated_reasoning = !completion.reasoning_terminated;
    ScorerInput input;
    input.sample = &sample;
    input.text = completion.text;
    input.answer_text = completion.answer_text;
    input.continuation_logprobs = completion.continuation_logprobs;
    input.prompt_kind = task.prompt_kind;
    input.truncated = record.truncated;
    input.reasoning_terminated = completion.reasoning_terminated;
    record.scores = task.scorer->score(input);
    for (const Score& score : record.scores) {
      if (!counts(score.verdict) && record.error.empty()) record.error = score.explanation;
    }
  }
  record.verdict = record.scores.front().verdict;
}

}  // namespace jangwon::harness
