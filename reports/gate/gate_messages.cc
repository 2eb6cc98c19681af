#include "reports/gate/gate_messages.h"

#include "reports/gate/wording.h"

namespace jangwon::reports {

Message verdict_label(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPass:
      return Message("pass");
    case CheckVerdict::kPassChanged:
      return Message("pass (changed within tolerance)");
    case CheckVerdict::kFail:
      return Message("fail");
    case CheckVerdict::kInconclusive:
      return Message("inconclusive");
    case CheckVerdict::kIncomplete:
      return Message("evaluation incomplete");
    case CheckVerdict::kNotComparable:
      return Message("not comparable");
    case CheckVerdict::kSkipped:
      return Message("skipped");
  }
  return {};
}

Message reason_sentence(const std::string& code) {
  if (code == "harm_shown") return Message("The harm is too unlikely to be chance.");
  if (code == "harm_shown_early")
    return Message("The harm was shown before the evaluation had ended.");
  if (code == "beyond_margin") return Message("The whole interval lies beyond the margin.");
  if (code == "within_margin") return Message("A fall of the margin is ruled out.");
  if (code == "changed") return Message("There is a fall, and it is within the margin.");
  if (code == "not_enough_evidence")
    return Message("Neither harm nor its absence within the margin is shown.");
  if (code == "margin_not_testable")
    return Message(
        "With few questions and one run only a failure can be shown; ask each question more "
        "often.");
  if (code == "claim_shown") return Message("The share of the reference is shown.");
  if (code == "claim_not_shown")
    return Message(
        "The share of the reference is not shown, which does not mean that it is missed.");
  if (code == "below_reference")
    return Message("On at least one task the model falls short of the share.");
  if (code == "identical") return Message("Every reply is graded as recorded.");
  if (code == "grading_changed") return Message("Replies are graded differently.");
  if (code == "parity") return Message("Log-probabilities agree with the recorded ones.");
  if (code == "logprobs_changed")
    return Message("Log-probabilities differ from the recorded ones.");
  if (code == "settings_differ")
    return Message("The settings differ, so the two cannot be compared.");
  if (code == "no_baseline") return Message("There is no baseline.");
  if (code == "no_reference") return Message("There is no run of the reference.");
  if (code == "errors") return Message("Too many errors of ours; this says nothing of the score.");
  if (code == "runs_missing") return Message("The run is not complete.");
  if (code == "too_few_repeats") return Message("There are too few runs a question.");
  if (code == "nothing_ran") return Message("Nothing ran.");
  if (code == "missing") return Message("Not run, and skipped as the file says.");
  return Message::value(code);
}

Message where_to_look(const std::string& metric) {
  if (metric == "truncation_rate") return Message("max_tokens, stop handling");
  if (metric == "unterminated_reasoning_rate")
    return Message("chat template, thinking markers, token limit");
  if (metric == "extraction_failure_rate") return Message("prompt format, extraction filter");
  if (metric == "sandbox_timeout_rate") return Message("load of the grading machine, time limits");
  if (metric == "error_rate") return Message("error messages in the journal");
  if (metric == kOutputTokensMetric) return Message("sampling settings, end tokens");
  return {};
}

Message size_text(int n, int repeats) {
  return Message("{questions} questions × {repeats} runs",
                 {{"questions", n}, {"repeats", repeats}});
}

Message chance_sentence(double p, std::optional<double> p_adjusted) {
  if (!p_adjusted)
    return Message("With nothing changed, a harm of this size would appear about once in {times}.",
                   {{"times", one_in(p)}});
  return Message(
      "With nothing changed, a harm of this size would appear about once in {times}. (Allowing for "
      "all checks of the file: once in {corrected}.)",
      {{"times", one_in(p)}, {"corrected", one_in(*p_adjusted)}});
}

}  // namespace jangwon::reports
