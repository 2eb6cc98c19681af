#include "harness/run_loop/judge.h"

#include <algorithm>

#include "harness/extractors/reasoning_split.h"

namespace jangwon::harness {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The engine has split thinking and answer by the model's own markers; replies made elsewhere are split here. A server
// that has taken the thinking out may have left it in the text all the same. Markers that a user gives count for all.
void split_reasoning(const TaskSpec& task, const std::vector<ThinkingMarkers>& given, Completion& completion) {
  if (task.reasoning == ReasoningRule::kKeep) return;
  const bool taken_out = !completion.reasoning.empty();
  const ReasoningSplit split =
      remove_reasoning(completion.text, given, taken_out ? ThinkingElsewhere::kTakenOut : ThinkingElsewhere::kNone);
  const bool by_given = std::any_of(given.begin(), given.end(),
                                    [&](const ThinkingMarkers& markers) { return markers.name == split.markers; });
  const bool split_before = completion.answer_text != completion.text;
  if (split_before && !by_given) return;
  completion.answer_text = std::string(split.answer_text);
  completion.reasoning_terminated = split.terminated && (split_before || completion.reasoning_terminated);
  if (!taken_out || split_before) completion.reasoning = std::string(split.reasoning);
  // Cut while it thought, by a server that sends the thinking in both places and without its mark.
  const bool cut =
      completion.finish_reason == FinishReason::kLength || completion.finish_reason == FinishReason::kContext;
  if (taken_out && cut && split.markers.empty() && trimmed(completion.text) == trimmed(completion.reasoning)) {
    completion.answer_text.clear();
    completion.reasoning_terminated = false;
  }
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

void judge(const PreparedTask& task, const std::vector<ThinkingMarkers>& given, const datasets::Sample& sample,
           Completion& completion, SampleRecord& record) {
  record.scores.clear();
  record.error.clear();
  if (completion.finish_reason == FinishReason::kError) {
    score_error_of_ours(task, completion.error, record);
  } else {
    split_reasoning(task.spec, given, completion);
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
