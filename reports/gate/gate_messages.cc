#include "reports/gate/gate_messages.h"

#include <fmt/format.h>

#include "reports/gate/wording.h"

namespace jangwon::reports {

Bilingual verdict_label(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPass:
      return {"통과", "pass"};
    case CheckVerdict::kPassChanged:
      return {"통과 (허용 범위 안의 변화)", "pass (changed within tolerance)"};
    case CheckVerdict::kFail:
      return {"실패", "fail"};
    case CheckVerdict::kInconclusive:
      return {"판단 불가", "inconclusive"};
    case CheckVerdict::kIncomplete:
      return {"평가 미완료", "evaluation incomplete"};
    case CheckVerdict::kNotComparable:
      return {"비교 불가", "not comparable"};
    case CheckVerdict::kSkipped:
      return {"건너뜀", "skipped"};
  }
  return {};
}

Bilingual reason_sentence(const std::string& code) {
  if (code == "harm_shown")
    return {"우연으로 보기 어려운 악화입니다.", "The harm is too unlikely to be chance."};
  if (code == "harm_shown_early")
    return {"평가를 다 마치기 전에 이미 하락이 드러났습니다.",
            "The harm was shown before the evaluation had ended."};
  if (code == "beyond_margin")
    return {"구간 전체가 허용 폭 밖에 있습니다.", "The whole interval lies beyond the margin."};
  if (code == "within_margin")
    return {"허용 폭만큼의 하락은 배제됩니다.", "A fall of the margin is ruled out."};
  if (code == "changed")
    return {"하락은 실재하지만 허용 폭 안입니다.", "There is a fall, and it is within the margin."};
  if (code == "not_enough_evidence")
    return {"허용 폭을 넘는 하락도, 무해함도 보이지 못했습니다.",
            "Neither harm nor its absence within the margin is shown."};
  if (code == "margin_not_testable")
    return {"문항이 적고 반복이 없어 실패 여부만 판정할 수 있습니다. 반복을 늘리십시오.",
            "With few questions and one run only a failure can be shown; ask each question more "
            "often."};
  if (code == "claim_shown")
    return {"기준 모델 대비 비율이 입증되었습니다.", "The share of the reference is shown."};
  if (code == "claim_not_shown")
    return {"기준 모델 대비 비율이 입증되지 않았습니다. 미달이라는 뜻은 아닙니다.",
            "The share of the reference is not shown, which does not mean that it is missed."};
  if (code == "below_reference")
    return {"적어도 한 과제에서 기준 비율에 못 미칩니다.",
            "On at least one task the model falls short of the share."};
  if (code == "identical")
    return {"모든 답이 같게 채점되었습니다.", "Every reply is graded as recorded."};
  if (code == "grading_changed")
    return {"채점 결과가 달라졌습니다.", "Replies are graded differently."};
  if (code == "parity")
    return {"로그 확률이 기록과 맞습니다.", "Log-probabilities agree with the recorded ones."};
  if (code == "logprobs_changed")
    return {"로그 확률이 기록과 다릅니다.", "Log-probabilities differ from the recorded ones."};
  if (code == "settings_differ")
    return {"설정이 달라 비교할 수 없습니다.",
            "The settings differ, so the two cannot be compared."};
  if (code == "no_baseline") return {"기준선이 없습니다.", "There is no baseline."};
  if (code == "no_reference")
    return {"기준 모델의 실행이 없습니다.", "There is no run of the reference."};
  if (code == "errors")
    return {"실행 오류가 허용치를 넘었습니다. 점수의 문제가 아닙니다.",
            "Too many errors of ours; this says nothing of the score."};
  if (code == "runs_missing") return {"실행이 끝나지 않았습니다.", "The run is not complete."};
  if (code == "too_few_repeats")
    return {"반복 수가 모자랍니다.", "There are too few runs a question."};
  if (code == "nothing_ran") return {"실행된 것이 없습니다.", "Nothing ran."};
  if (code == "missing")
    return {"실행되지 않아 건너뜁니다.", "Not run, and skipped as the file says."};
  return same_in_both(code);
}

Bilingual where_to_look(const std::string& metric) {
  if (metric == "truncation_rate") return {"max_tokens, stop 처리", "max_tokens, stop handling"};
  if (metric == "unterminated_reasoning_rate")
    return {"챗 템플릿, 생각 표지, 길이 제한", "chat template, thinking markers, token limit"};
  if (metric == "extraction_failure_rate")
    return {"프롬프트 형식, 추출 필터", "prompt format, extraction filter"};
  if (metric == "sandbox_timeout_rate")
    return {"채점 기계의 부하, 시간 제한", "load of the grading machine, time limits"};
  if (metric == "error_rate") return {"로그의 오류 문구", "error messages in the journal"};
  if (metric == kOutputTokensMetric)
    return {"샘플링 설정, 종료 토큰", "sampling settings, end tokens"};
  return {};
}

Bilingual size_text(int n, int repeats) {
  return {fmt::format("{}문항×{}회", n, repeats),
          fmt::format("{} questions × {} runs", n, repeats)};
}

Bilingual chance_sentence(double p, std::optional<double> p_adjusted) {
  Bilingual text = {
      fmt::format("코드가 그대로인데 이만큼 나빠질 확률은 약 {}번에 1번입니다.", one_in(p)),
      fmt::format("With nothing changed, a harm of this size would appear about once in {}.",
                  one_in(p))};
  if (p_adjusted) {
    text.ko += fmt::format(" (여러 검사를 감안해도 약 {}번에 1번)", one_in(*p_adjusted));
    text.en +=
        fmt::format(" (Allowing for all checks of the file: once in {}.)", one_in(*p_adjusted));
  }
  return text;
}

}  // namespace jangwon::reports
