#include "harness/grading/grade_reply.h"

#include <algorithm>

#include "harness/extractors/reasoning_split.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The engine has split thinking and answer by the model's own markers; replies made elsewhere are
// split here. A server that has taken the thinking out may have left it in the text all the same.
// Markers that a user gives count for all.
void split_reasoning(const std::vector<ThinkingMarkers>& given, Completion& completion) {
  const bool taken_out = !completion.reasoning.empty();
  const ReasoningSplit split = remove_reasoning(
      completion.text, given, taken_out ? ThinkingElsewhere::kTakenOut : ThinkingElsewhere::kNone);
  const bool by_given =
      std::any_of(given.begin(), given.end(),
                  [&](const ThinkingMarkers& markers) { return markers.name == split.markers; });
  const bool split_before = completion.answer_text != completion.text;
  if (split_before && !by_given) return;
  completion.answer_text = std::string(split.answer_text);
  completion.reasoning_terminated =
      split.terminated && (split_before || completion.reasoning_terminated);
  if (!taken_out || split_before) completion.reasoning = std::string(split.reasoning);
  // Cut while it thought, by a server that sends the thinking in both places and without its mark.
  const bool cut = completion.finish_reason == FinishReason::kLength ||
                   completion.finish_reason == FinishReason::kContext;
  if (taken_out && cut && split.markers.empty() &&
      trimmed(completion.text) == trimmed(completion.reasoning)) {
    completion.answer_text.clear();
    completion.reasoning_terminated = false;
  }
}

std::vector<Score> errors_of_ours(const std::string& scorer, const std::string& error) {
  std::vector<Score> scores;
  for (ScoreMode mode : {ScoreMode::kOfficial, ScoreMode::kNative}) {
    scores.push_back(counted_score(mode, scorer, Verdict::kInfraError));
    scores.back().explanation = error;
  }
  return scores;
}

}  // namespace

Result<Grading> Grading::make(const TaskSpec& task, const Json& given, PromptKind prompt_kind,
                              const ScorerContext& context) {
  const std::string place = task.folder + "/task.yaml";
  Grading grading;
  grading.reasoning = task.reasoning;
  grading.prompt_kind = prompt_kind;
  grading.question_language = task.profile.language;
  const Result<const ScorerEntry*> entry = find_scorer(task.scorers.front().name);
  if (!entry.ok()) return entry.status().at(place);
  grading.entry = *entry;
  for (const FurtherMetric& metric : task.profile.metrics) {
    // Two programs that do the same are hardly ever alike.
    if (metric.kind == FurtherMetric::Kind::kMajorityAtK &&
        grading.entry->reads == AnswerKind::kProgram)
      return invalid_argument("{metric} needs answers that can be alike, and programs are not",
                              {{"metric", metric.name}})
          .at(place);
  }
  Result<ScorerOptions> options = grading.entry->parse_options(given);
  if (!options.ok()) return options.status().at(place);
  grading.options = std::move(options).value();
  Result<std::unique_ptr<Scorer>> scorer = grading.entry->make(grading.options, context);
  if (!scorer.ok()) return scorer.status().at(place);
  grading.scorer = std::move(scorer).value();
  return grading;
}

std::vector<Score> grade_reply(const Grading& grading, const datasets::Sample& sample,
                               const std::vector<ThinkingMarkers>& given, Completion& completion,
                               ReplyForm form) {
  if (completion.finish_reason == FinishReason::kError)
    return errors_of_ours(grading.entry->name, completion.error);
  ScorerInput input;
  input.sample = &sample;
  if (form == ReplyForm::kAnswer)
    input.given_answer = completion.text;
  else if (grading.reasoning == ReasoningRule::kStrip)
    split_reasoning(given, completion);
  input.text = completion.text;
  input.answer_text = completion.answer_text;
  input.continuation_logprobs = completion.continuation_logprobs;
  input.prompt_kind = grading.prompt_kind;
  input.truncated = completion.finish_reason != FinishReason::kStop;
  input.reasoning_terminated = completion.reasoning_terminated;
  return grading.scorer->score(input);
}

void grade_record(const Grading& grading, const datasets::Sample& sample,
                  const std::vector<ThinkingMarkers>& given, SampleRecord& record) {
  record.set_scores(grade_reply(grading, sample, given, record.completion));
  if (record.completion.finish_reason == FinishReason::kError) return;
  record.truncated = record.completion.finish_reason != FinishReason::kStop;
  record.unterminated_reasoning = !record.completion.reasoning_terminated;
  record.reply_languages = languages_of_reply(
      grading.question_language, record.completion.answer_text, record.completion.reasoning);
}

}  // namespace jangwon::harness
