// Korean for the tables of reports and their notes, in the register of a document.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"float tolerance 1e-6", "부동소수점 허용 오차 1e-6"},
    {"standard deviation between runs (points)", "실행 간 표준편차(점)"},
    {"{percent} % ({part} of {whole})", "{percent} % ({whole}개 중 {part}개)"},
    {"stand-in", "대역 모델"},
    {"No point is complete.", "완료된 시점이 없다."},
    {"From {point} on {key} differs, so it cannot be compared with the points before, and there is "
     "no other point yet.",
     "{point}부터는 {key} 설정이 달라 앞의 시점과 비교할 수 없고, 그 뒤로는 아직 한 시점뿐이다."},
    {"One point alone says nothing.", "시점이 하나뿐이라 변화를 알 수 없다."},
    {"{number} points [{low}, {high}]", "{number}점 [{low}, {high}]"},
    {"Lower step by step from {first} to {point}: {change}, p={p}. No single point is shown to "
     "have done it.",
     "{first}에서 {point}까지 조금씩 떨어졌다: {change}, p={p}. 특정한 시점에 떨어졌다는 증거는 "
     "없다."},
    {"Lower since {point}, and not back since: {change}, p={p}.",
     "{point}부터 떨어졌고 그 뒤로 회복되지 않았다: {change}, p={p}."},
    {"Not lower now. It rose with {point}: {change}, p={p}.",
     "지금은 떨어져 있지 않다. {point}부터 올랐다: {change}, p={p}."},
    {"Only {point} was lower: {change}, p={p}. The points behind it are as those before.",
     "{point} 하나만 낮았다: {change}, p={p}. 그 뒤로는 이전과 같다."},
    {"No change is shown among the {points} points that can be compared (alpha {alpha}).",
     "비교할 수 있는 시점 {points}개 사이에 변화가 있었다는 증거가 없다(α={alpha})."},
    {"Total params", "전체 파라미터"},
    {"Active params", "활성 파라미터"},
    {"Licence", "라이선스"},
    {"Benchmark", "벤치마크"},
    {"Model", "모델"},
    {"Measured here", "측정한 값"},
    {"Published values", "공표된 값"},
    {"Scores in points of 100 with 95 % confidence intervals that include the sampling of "
     "questions. – undefined, · not asked, n/c not comparable.",
     "점수는 100점 만점이며 괄호는 문항 표집의 오차까지 담은 95 % 신뢰구간이다. – 값 없음, · "
     "미실시, n/c 비교 불가."},
    {"Marks follow the point value alone, whether or not the evidence separates the models.",
     "굵기와 밑줄은 점수의 크기만 따르며 통계적으로 구분되는지는 나타내지 않는다."},
    {"Bold (*): every model that the evidence does not separate from the best; underlined (+): the "
     "next group.",
     "굵게(*): 최고와 통계적으로 구분되지 않는 모델 전부. 밑줄(+): 그다음 묶음."},
    {"What became of every sample", "모든 문항의 내역"},
    {"Task", "과제"},
    {"correct", "정답"},
    {"incorrect", "오답"},
    {"no answer", "답 없음"},
    {"infra error", "인프라 오류"},
    {"sandbox error", "샌드박스 오류"},
    {"truncated", "길이 초과"},
    {"unterminated", "사고 미종료"},
    {"other mode (samples that differ)", "다른 채점 방식(판정이 다른 문항)"},
    {"Under another rule", "규칙을 바꾸면"},
    {"Grading mode", "채점 방식"},
    {"Changed rule", "바꾼 규칙"},
    {"Score", "점수"},
    {"Further figures", "그 밖의 지표"},
    {"Figure", "값"},
    {"Score [95 %]", "점수 [95 %]"},
    {"Korean questions answered in Korean", "한국어 문항에 한국어로 답한 비율"},
    {"Answer", "답"},
    {"Thinking", "사고"},
    {"Texts of less than about a sentence are undecided and not counted.",
     "한 문장이 못 되는 짧은 응답은 판별하지 않고 집계에서 뺀다."},
    {"Licences passed", "합격한 자격"},
    {"Professional licence", "자격"},
    {"passed", "합격"},
    {"The mean over subjects (the lowest subject); ✓ would pass the examination.",
     "과목 평균(과목 최저). ✓는 실제 시험의 합격 기준을 넘었다는 뜻이다."},
    {"published", "공표"},
    {"thinking", "사고"},
    {"non-thinking", "비사고"},
    {"{mark} {mean} (lowest {lowest})", "{mark} {mean} (최저 {lowest})"},
    {"Incomplete: some samples ended in errors of ours, which are not counted as wrong.",
     "미완료: 시스템 오류로 끝난 문항이 있다. 오류는 오답으로 세지 않았다."},
    {"Not all planned samples were run.", "계획한 문항을 모두 실행하지 않았다."},
    {"More than 5 % of the replies hit the token limit.", "응답의 5 % 넘게 길이 제한에 걸렸다."},
    {"More than 5 % of the answers to Korean questions are not in Korean.",
     "한국어 문항에 대한 답의 5 % 넘게 한국어가 아니다."},
    {"Stand-ins are models of a few megabytes with the real architectures; their scores say "
     "nothing about the real models.",
     "대역 모델(stand-in)은 실제 구조를 가진 몇 MB짜리 연습용 모델이다. 실제 모델의 성능을 뜻하지 "
     "않는다."},
    {"Comparison", "비교표"},
    {"The run {run} is incomplete.", "실행 {run}은(는) 완료되지 않았다."},
    {"Not comparable: other questions ({dataset}, SHA-256 {hash}…).",
     "비교 불가: 다른 데이터셋({dataset}, SHA-256 {hash}…)."},
    {"Not comparable: another part of the same questions ({questions} of them).",
     "비교 불가: 같은 데이터셋의 {questions}문항만 실행했다."},
    {"Not comparable: another version of the task ({version}).",
     "비교 불가: 과제의 버전이 다르다({version})."},
    {"Not comparable: another metric ({metric}).", "비교 불가: 지표가 다르다({metric})."},
    {"Not a published benchmark", "공표된 벤치마크가 아니다"},
    {"A stand-in is not the real model", "대역 모델은 실제 모델이 아니다"},
    {"The run does not record which questions it asked", "어떤 문항을 풀었는지 기록이 없다"},
    {"Other questions: {dataset}", "다른 데이터셋: {dataset}"},
    {"Other questions: {measured} measured, {published} published",
     "문항이 다름: 측정 {measured}문항, 공표 {published}문항"},
    {"An unconfirmed copy: SHA-256 {hash}…", "확인되지 않은 사본: SHA-256 {hash}…"},
    {"Unconfirmed: no source that was read states the value.",
     "확인되지 않음: 읽은 출처에는 이 값이 없다."},
    {"Not comparable: {problem_set} ({source}).", "비교 불가: {problem_set} ({source})."},
    {"The source does not state the window.", "출처가 문제의 기간을 밝히지 않았다."},
    {"The source does not state the runs a question; the interval assumes one.",
     "출처가 문항당 실행 횟수를 밝히지 않아 1회로 보고 구간을 계산했다."},
    {"Measured by another company for its own report.",
     "다른 회사가 자사 보고서에서 측정한 값이다."},
    {"Other questions than the published values are about: not comparable (n/c) with those.",
     "공표된 값과 문항이 달라 서로 비교할 수 없다(n/c)."},
    {"From the {source}.", "출처: {source}."},
    {"alone", "이 시점만"},
    {"from here on", "여기부터"},
    {"incomplete", "미완료"},
    {"not comparable with the one before: {keys}", "앞 시점과 비교 불가: {keys}"},
    {"changed: {keys}", "바뀐 설정: {keys}"},
    {"baseline {baseline}", "기준선 {baseline}"},
    {"Published scores", "공표된 점수"},
    {"The two errors are ours and never counted as wrong; truncated and unterminated are flags "
     "beside the verdict.",
     "인프라 오류와 샌드박스 오류는 시스템 오류이며 오답으로 세지 않는다. 길이 초과와 사고 "
     "미종료는 판정과 별개의 표시이다."},
    {"Run `{run}`: complete", "실행 `{run}`: 완료"},
    {"Run `{run}`: **incomplete**", "실행 `{run}`: **미완료**"},
    {"Settings of {run}", "설정: {run}"},
    {"| key | value |", "| 항목 | 값 |"},
};

}  // namespace

std::span<const MessageEntry> korean_of_tables() {
  return kEntries;
}

}  // namespace jangwon::harness
