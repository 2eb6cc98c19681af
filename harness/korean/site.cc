// Korean for the pages of the site, in the register of a document.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"Skip to content", "본문으로"},
    {"Pages", "페이지"},
    {"Light or dark", "밝은 화면·어두운 화면"},
    {"{title} · Jangwon", "{title} · 장원 Jangwon"},
    {"Overview", "종합"},
    {"Tasks", "과제"},
    {"Comparisons", "비교"},
    {"Runs", "실행"},
    {"Method", "방법"},
    {"Static pages by Jangwon, as of {date}. The same input gives the same bytes. Licence "
     "paraphrases are not legal advice.",
     "장원(Jangwon)이 만든 정적 페이지. 기준일 {date}. 입력이 같으면 바이트까지 같은 페이지가 "
     "나온다. 라이선스 요약은 법률 자문이 아니다."},

    // Scores, their chips and their account.
    {"gold · 1st", "금 · 1위"},
    {"gold · joint 1st", "금 · 공동 1위"},
    {"silver · 2nd", "은 · 2위"},
    {"silver · joint 2nd", "은 · 공동 2위"},
    {"bronze · 3rd", "동 · 3위"},
    {"bronze · joint 3rd", "동 · 공동 3위"},
    {"rank {rank}", "{rank}위"},
    {"○ published", "○ 공표"},
    {"● measured", "● 측정"},
    {"● Measured by this program", "● 이 프로그램이 측정한 값"},
    {"○ Published values: settings differ, never ranked with measured ones",
     "○ 공표된 값: 설정이 저마다 다르며 측정한 값과 함께 순위를 매기지 않는다"},
    {"n × runs", "문항 × 실행"},
    {"Other mode", "다른 채점 방식"},
    {"Samples that differ", "판정이 다른 문항"},
    {"Five verdicts and two flags. Errors are ours and never counted as wrong.",
     "판정 다섯 가지와 표시 두 가지. 시스템 오류는 오답으로 세지 않는다."},
    {"{task}: scores with 95 % intervals", "{task} 점수와 95 % 신뢰구간"},
    {"✓ allowed", "✓ 허용"},
    {"△ conditional", "△ 조건부"},
    {"✕ forbidden", "✕ 불가"},
    {"✕ separate agreement", "✕ 별도 계약"},
    {"– not stated", "– 명시 없음"},
    {"? unconfirmed", "? 미확인"},
    {"read in the original", "원문에서 읽음"},
    {"secondary", "2차 자료"},
    {"derived", "계산한 값"},
    {"unconfirmed", "확인되지 않음"},
    {"not separated", "구분 안 됨"},
    {"complete", "완료"},
    {"all", "모두"},

    // Overview.
    {"Korean language models compared", "한국어 언어 모델 비교"},
    {"{rows} model rows, {tasks} tasks · as of {date}",
     "모델 행 {rows}개, 과제 {tasks}개 · 기준일 {date}"},
    {"A run is incomplete: its scores are not final.",
     "완료되지 않은 실행이 있다. 그 점수는 확정된 것이 아니다."},
    {"Scores in points of 100 with 95 % intervals. Bold: not separated from the best by the "
     "evidence. – undefined, · not asked, n/c not comparable.",
     "점수(100점 만점)와 95 % 신뢰구간. 굵게: 최고와 통계적으로 구분되지 않는 모델. – 값 없음, · "
     "미실시, n/c 비교 불가."},
    {"Filters", "필터"},
    {"Rows", "행"},
    {"Columns", "열"},
    {"Source", "출처"},
    {"measured only", "측정만"},
    {"published only", "공표만"},
    {"Group", "구분"},
    {"national and stand-ins", "국내 모델·대역 모델"},
    {"others", "참조 모델"},
    {"Active parameters", "활성 파라미터"},
    {"Mode", "모드"},
    {"Plain point order", "점수순으로만 보기"},
    {"Copy link", "링크 복사"},
    {"Download", "내려받기"},
    {"With their intervals", "구간으로 보기"},
    {"Thin: 95 % interval had other questions been asked. Thick: the same questions again. Hollow "
     "and dashed: published.",
     "가는 선은 다른 문항을 냈을 때의 95 % 구간, 굵은 선은 같은 문항을 다시 풀었을 때의 구간이다. "
     "빈 점과 점선은 공표된 값."},
    {"Who would pick what", "상황별로 고를 모델"},
    {"The rules are stated and never reduced to one number. Picks rest on published values; a "
     "model that lacks one is left out, and the card says why.",
     "고르는 규칙을 밝히며 숫자 하나로 뭉뚱그리지 않는다. 공표된 값으로 고르고, 값이 빠진 모델은 "
     "제외하고 그 이유를 적는다."},
    {"{model}: more than {limit}B parameters", "{model}: 전체 파라미터가 {limit}B를 넘음"},
    {"{model}: more than {limit}B active parameters", "{model}: 활성 파라미터가 {limit}B를 넘음"},
    {"{model}: licence condition ({condition}) not met or unconfirmed",
     "{model}: 라이선스 조건({condition})을 만족하지 않거나 확인되지 않음"},
    {"{model}: no {task} score", "{model}: {task} 값이 없음"},
    {"No model meets the conditions", "조건에 맞는 모델이 없음"},
    {"{models} (the only one that qualifies)", "{models} (조건에 맞는 유일한 모델)"},
    {"{models} (first under {shares} of all weightings)",
     "{models} (가중치 조합의 {shares}에서 1위)"},
    {"{models}: not separated by the evidence (first under {shares} of all weightings)",
     "{models}: 통계적으로 구분되지 않음 (가중치 조합의 {shares}에서 1위)"},
    {"Evaluations by others, kept apart", "외부 평가(별도 표시)"},

    // A task.
    {"A task that nothing is known of", "알려지지 않은 과제"},
    {"Scores with 95 % intervals, best first", "점수와 95 % 신뢰구간, 높은 순"},
    {"How to read it", "읽는 법"},
    {"Scores are points of 100; brackets are 95 % intervals, had other questions of the kind been "
     "asked.",
     "점수는 100점 만점이다. 대괄호는 같은 종류의 다른 문항을 냈을 때의 95 % 신뢰구간이다."},
    {"Bold: not separated from the best by the evidence. Ranks in parentheses are those that the "
     "evidence allows, and places are shared where it cannot tell.",
     "굵은 값은 최고와 통계적으로 구분되지 않는다. 괄호 안은 통계적으로 가능한 순위의 범위이며, "
     "구분되지 않는 모델은 공동 순위로 한다."},
    {"In the plot, thin: other questions. Thick: the same questions again. Hollow: published.",
     "그림에서 가는 선은 다른 문항을 냈을 때, 굵은 선은 같은 문항을 다시 풀었을 때의 구간이다. 빈 "
     "점은 공표된 값이다."},
    {"Settings", "설정"},
    {"How each score came about", "점수별 설정"},
    {"version {version}", "버전 {version}"},
    {"Who is ahead of whom", "모델 간 우열"},
    {"Differences (row − column, points) with adjusted p, on the questions both answered.",
     "모델 사이의 차이(행 − 열, 점)와 보정한 p값. 같은 문항끼리 비교."},
    {"Differences of published values: unpaired, hence conservative.",
     "공표된 값의 차이. 문항별 자료가 없어 문항끼리 짝지을 수 없으므로 보수적으로 판정한다."},
    {"Question by question", "문항별 성공"},
    {"Cells: right runs of all runs. Grey: an error of ours, or not asked.",
     "칸은 맞힌 횟수/실행 횟수. 회색은 시스템 오류이거나 실행하지 않은 문항."},
    {"{model}: {what}", "{model}: {what}"},
    {"Few questions each, wide intervals: hints, never ranked.",
     "갈래마다 문항이 적어 구간이 넓다. 참고용이며 순위를 매기지 않는다."},
    {"The same verdicts with one rule changed", "규칙 하나만 바꾸어 다시 계산한 점수"},
    {"Mode of grading", "채점 방식"},
    {"Asked several times", "여러 번 실행했을 때"},
    {"pass@k: the chance that one of k runs is right. majority@k: that the vote of k runs is.",
     "pass@k: k번 가운데 한 번이라도 맞힐 확률. majority@k: k번의 다수결이 맞을 확률."},
    {"Answered in Korean", "한국어로 답한 비율"},
    {"Texts in Korean among those on Korean questions; less than about a sentence is not counted.",
     "한국어 문항에 대한 응답 중 한국어인 것. 한 문장이 못 되는 짧은 응답은 세지 않는다."},
    {"Would it pass the examination", "자격 시험 합격 여부"},
    {"Passes by licence", "자격별 합격 여부"},
    {"✓ pass", "✓ 합격"},
    {"✕ fail", "✕ 불합격"},
    {"lowest {score}", "최저 {score}"},
    {"Another window of dates", "기간을 골라 다시 계산"},
    {"Recomputed here. A model released after the window opens may have seen the problems and is "
     "not ranked.",
     "점수와 구간을 이 페이지에서 다시 계산한다. 기간이 시작된 뒤에 공개된 모델은 문제를 학습했을 "
     "수 있어 순위를 매기지 않는다."},
    {"From", "처음"},
    {"To", "끝"},
    {"Scores in the chosen window", "고른 기간의 점수"},
    {"95 % interval", "95 % 구간"},
    {"Note", "주의"},

    // Ratios.
    {"The 95 % criterion", "95 % 기준"},
    {"At least 95 % of a reference may be said only where the data show it.",
     "참조 모델의 95 % 이상이라고 말하려면 자료로 입증되어야 한다."},
    {"Published values come from reports with different windows, sampling and runs. Without "
     "question-level data they cannot be paired, so these verdicts are conservative.",
     "공표된 값은 보고서마다 문제의 기간, 샘플링, 실행 횟수가 다르다. 문항별 자료가 없어 문항끼리 "
     "짝지을 수 없으므로 아래 판정은 보수적이다."},
    {"✓ shown", "✓ 입증"},
    {"✕ below", "✕ 미달"},
    {"? not shown", "? 미입증"},
    {"Ratio to the reference, 90 % interval (Fieller), one-sided p. Shown: p < 0.05. Below: the "
     "whole interval lies under the line.",
     "참조 모델 대비 비율, 90 % 구간(Fieller), 단측 p값. 입증: p < 0.05. 미달: 구간 전체가 "
     "기준보다 낮음."},
    {"Reference", "참조 모델"},
    {"Ratio [90 %]", "비율 [90 %]"},
    {"{model}: at least {percent} % of {reference} on every task is shown (p = {p})",
     "{model}: 모든 과제에서 {reference}의 {percent} % 이상이라고 입증됨 (p = {p})"},
    {"{model}: at least {percent} % of {reference} on every task is not shown (p = {p})",
     "{model}: 모든 과제에서 {reference}의 {percent} % 이상이라고 입증되지 않음 (p = {p})"},
    {"{model}: at least {percent} % of {reference} on every task is not shown (p = {p}, tasks not "
     "comparable: {tasks})",
     "{model}: 모든 과제에서 {reference}의 {percent} % 이상이라고 입증되지 않음 (p = {p}, 비교할 "
     "수 없는 과제 {tasks}개)"},
    {"{task}: ratio to the reference", "{task}: 참조 모델 대비 비율"},
    {"Evaluation month", "평가 월"},
    {"any", "제한 없음"},
    {"References not older than six months", "6개월 안에 공개된 참조 모델"},
    {"As of {date}: eligible when released within the six months before. Other dates: the month "
     "above.",
     "기준일 {date} 이전 6개월 안에 공개된 모델만 인정한다. 다른 날짜는 위의 평가 월에서 고른다."},
    {"Released", "공개"},
    {"Confidence", "확인"},
    {"Eligible", "자격 기간"},
    {"Now", "기준일 현재"},
    {"date unknown", "날짜 미확인"},
    {"eligible", "자격 있음"},
    {"outside", "기간 밖"},

    // Efficiency.
    {"Efficiency", "효율"},
    {"Scores with their costs. Active parameters tell neither memory nor how many tokens a model "
     "thinks.",
     "점수를 비용과 함께 본다. 활성 파라미터 수만으로는 메모리도, 사고에 쓰는 토큰 수도 알 수 "
     "없다."},
    {"active parameters (billion)", "활성 파라미터(10억)"},
    {"total parameters (billion)", "전체 파라미터(10억)"},
    {"Cost", "가로축"},
    {"{task} against {cost}", "{task} 점수와 {cost}"},
    {"On the front (nothing cheaper and better): {models}",
     "파레토 경계(더 싸면서 더 나은 모델이 없음): {models}"},
    {"Tokens per correct answer", "정답 하나에 드는 토큰"},
    {"No measured run, so no token counts: published values state none.",
     "측정한 실행이 없어 토큰 수를 알 수 없다. 공표된 값에는 토큰 수가 없다."},
    {"Generated tokens. FLOPs are estimated as 2 × active parameters × tokens.",
     "생성한 토큰. FLOPs는 2 × 활성 파라미터 × 토큰으로 추정한 값이다."},
    {"Median", "중앙값"},
    {"Truncated", "길이 초과"},
    {"Tokens per correct [95 %]", "정답당 토큰 [95 %]"},
    {"FLOPs per correct (estimate)", "정답당 FLOPs(추정)"},
    {"With other weights", "과제의 가중치를 바꾸면"},
    {"Weighted mean of chance-corrected scores: shows how much the order hangs on the weights, not "
     "a ranking. Only models with all of these scores, which may come from several reports.",
     "우연 수준을 뺀 점수의 가중 평균. 순서가 가중치에 따라 얼마나 달라지는지 보려는 것이며 순위가 "
     "아니다. 모든 과제의 값이 있는 모델만 나오며, 값은 여러 보고서에서 온 것일 수 있다."},
    {"Share of all weightings (steps of 1/20) under which it is first",
     "모든 가중치 조합(1/20 간격) 중 1위가 되는 비율"},
    {"Share", "비율"},

    // The registry.
    {"Licences", "라이선스"},
    {"Clauses in our own words. Not legal advice: the text itself is what counts.",
     "조항을 쉬운 말로 요약했다. 법률 자문이 아니며, 효력은 원문에만 있다."},
    {"Model × clause: verdict, paraphrase, clause number, source, confidence.",
     "모델 × 조항. 칸마다 판정, 요약, 조항 번호, 출처, 확인 정도."},
    {"clause {number}", "조항 {number}"},
    {"The models", "모델 정보"},
    {"Models of the registry", "등록된 모델"},
    {"Organisation", "기관"},
    {"Total (B)", "전체 (B)"},
    {"Active (B)", "활성 (B)"},
    {"Context", "컨텍스트"},
    {"Published and measured", "공표와 측정"},
    {"On the same questions their difficulty cancels; decoding noise and rounding remain.",
     "같은 문항이면 난이도는 상쇄되고, 생성의 무작위성과 반올림에 따른 차이만 남는다."},
    {"Measured − published (points), 95 % interval. Reproduced: shown to lie within the tolerance "
     "(TOST).",
     "측정 − 공표(점)와 95 % 구간. 재현됨: 허용 오차 안이라고 입증됨(TOST)."},
    {"Measured", "측정"},
    {"Published", "공표"},
    {"Difference", "차이"},
    {"Verdict", "판정"},
    {"The published value is on other questions: {questions}",
     "공표된 값은 문항이 다름: {questions}"},
    {"✓ reproduced", "✓ 재현됨"},
    {"✕ differs", "✕ 차이 있음"},
    {"? cannot tell", "? 판정 불가"},
    {"Stand-ins are not published models, so there is nothing to compare. Measure a real model and "
     "its deviations appear here.",
     "대역 모델은 공표된 모델이 아니므로 비교할 값이 없다. 실제 모델을 측정하면 여기에 차이와 "
     "판정이 나온다."},
    {"No run measured a model of the registry. Measure one and its deviations appear here.",
     "등록된 모델을 측정한 실행이 없다. 측정하면 여기에 차이와 판정이 나온다."},
    {"Published values with their settings", "공표된 값과 설정"},
    {"One row a source. Settings not stated: –.", "출처마다 한 행. 밝히지 않은 설정은 –."},
    {"Window", "기간"},
    {"first-party", "자사 발표"},
    {"third-party", "타사 발표"},
    {"read {date}", "{date} 읽음"},

    // Runs, samples, differences.
    {"Differences", "차이"},
    {"Where two models, or two runs, part.", "두 모델 또는 두 실행의 결과가 갈리는 곳."},
    {"Needs two rows with question-level data.",
     "문항별 자료가 있는 행이 둘 이상일 때 비교할 수 있다."},
    {"Questions that flip", "뒤집힌 문항"},
    {"First", "첫째"},
    {"Second", "둘째"},
    {"Direction", "방향"},
    {"both", "양쪽"},
    {"right → wrong", "맞음→틀림"},
    {"wrong → right", "틀림→맞음"},
    {"All differences", "모든 차이"},
    {"First − second (points), 95 % interval, Holm-adjusted p; paired on questions.",
     "첫째 − 둘째(점), 95 % 구간, Holm으로 보정한 p. 같은 문항끼리 짝지었다."},
    {"Adjusted p", "보정한 p"},
    {"Method of the test", "방법"},
    {"Samples", "문항 기록"},
    {"What the models wrote, shown as plain text and never run. Questions and gold answers are "
     "left out by default.",
     "모델이 쓴 텍스트를 그대로 보여 주며 절대 실행하지 않는다. 문제와 정답은 기본적으로 싣지 "
     "않는다."},
    {"No samples are included.", "실린 문항 기록이 없다."},
    {"Outcome", "결과"},
    {"all questions", "모든 문항"},
    {"Category", "분류"},
    {"all categories", "모든 분류"},
    {"● right ◐ some runs right ○ wrong or no answer ⚠ error of ours · not asked. Models in order: "
     "{models}",
     "● 정답 ◐ 일부 실행만 정답 ○ 오답·답 없음 ⚠ 시스템 오류 · 미실시. 모델 순서: {models}"},
    {"Questions", "문항 목록"},
    {"Chosen question", "고른 문항"},
    {"The viewer needs scripts; the same content stands in samples.jsonl of the run folder.",
     "문항 기록을 보려면 스크립트를 허용해야 한다. 같은 내용이 실행 폴더의 samples.jsonl에 있다."},
    {"Runs and settings", "실행과 설정"},
    {"Where every measured number comes from; incomplete runs are not hidden.",
     "모든 측정값의 출처. 완료되지 않은 실행도 숨기지 않는다."},
    {"No run: only published values are shown.", "실행이 없다. 공표된 값만 보인다."},
    {"First – last sample", "시작 – 끝"},
    {"Models", "모델"},
    {"Records", "기록"},
    {"Settings that decide comparability", "비교 가능 여부를 가르는 설정"},
    {"All of run.json", "run.json 전체"},

    // Scores over time.
    {"Scores over time", "점수의 변화"},
    {"Since when is it different? The answers to the same questions before and after, by the test "
     "that gates use.",
     "점수가 언제부터 달라졌는지, 같은 문항에 대한 앞뒤의 답을 게이트와 같은 검정으로 비교한다."},
    {"{model} · {task}", "{model} · {task}"},
    {"Bars are 95 % intervals; the line is broken where settings forbid a comparison, a hollow "
     "point is incomplete, a dashed line is where the score changes.",
     "굵은 선은 95 % 구간, 끊긴 선은 설정이 달라 비교할 수 없는 곳, 빈 점은 미완료, 파선은 점수가 "
     "달라진 곳."},
    {"Scores with 95 % intervals, where they change, verdicts of gates, settings that differ from "
     "the point before",
     "점수와 95 % 구간, 달라진 시점, 게이트의 판정, 앞 시점과 다른 설정"},
    {"Date", "날짜"},
    {"Run", "실행"},
    {"Commit", "커밋"},
    {"Change", "변화"},
    {"Gate", "게이트"},
    {"step by step", "처음부터 조금씩"},
    {"baseline {name}", "기준선 {name}"},
    {"Each p is multiplied by the number of tests on its series, so that false alarms stay below 1 "
     "% for the whole of it. Data: history.csv.",
     "모든 p에는 그 계열에서 한 검정의 수를 곱했다. 계열 전체의 오경보율은 1 % 미만이다. 자료: "
     "history.csv."},

    // The method.
    {"How the numbers came about, and what they cannot say.",
     "숫자를 구한 방법과 그 숫자로 말할 수 없는 것."},
    {"The unit is the question", "단위는 문항"},
    {"Runs of a question are averaged first; the score is the mean of these means. Counting runs "
     "as independent makes intervals far too narrow.",
     "한 문항의 여러 실행을 먼저 평균하고, 그 평균들의 평균이 점수다. 실행을 서로 독립으로 세면 "
     "구간이 지나치게 좁아진다."},
    {"Intervals", "구간"},
    {"95 % intervals are Wilson's on the effective number of questions, n_eff = min(2n, p(1−p)/SE² "
     "· (z/t)²). For published values only the number of questions is known, so one run is "
     "assumed.",
     "95 % 구간은 유효 문항 수의 윌슨 구간이다: n_eff = min(2n, p(1−p)/SE² · (z/t)²). 공표된 값은 "
     "문항 수만 알 수 있으므로 1회 실행으로 보고 계산한다."},
    {"Ranks and medals", "순위와 메달"},
    {"All pairs on a task are tested (exact sign flips or a paired t-test) and adjusted by Holm. A "
     "rank is an interval, from 1 + the number significantly better to M − the number "
     "significantly worse. Medals are shared.",
     "한 과제의 모든 쌍을 검정하고 Holm으로 보정한다(부호 뒤집기 정확 검정 또는 짝지은 t 검정). "
     "순위는 구간으로 적는다: 1 + 유의하게 나은 모델 수부터 M − 유의하게 못한 모델 수까지. "
     "구분되지 않는 모델은 메달을 함께 받는다."},
    {"Verdicts", "판정"},
    {"Correct, incorrect and no answer are the model's and count. The two errors are ours: never "
     "counted as wrong, they make a run incomplete. Truncated and unterminated are flags beside "
     "the verdict.",
     "정답, 오답, 답 없음은 모델이 낸 결과이므로 점수에 들어간다. 인프라 오류와 샌드박스 오류는 "
     "시스템 오류이다. 절대 오답으로 세지 않으며, 있으면 실행은 미완료가 된다. 길이 초과와 사고 "
     "미종료는 판정과 별개의 표시이다."},
    {"Two modes of grading", "두 가지 채점"},
    {"official agrees with the benchmark's own code and is the headline; native does what the "
     "benchmark means and stands beside it with the number of samples on which the two differ.",
     "official은 벤치마크가 공개한 채점 코드와 같은 판정을 하며 대표 점수로 쓴다. native는 "
     "벤치마크의 취지대로 판정하며, 두 판정이 다른 문항의 수와 함께 옆에 적는다."},
    {"Cells that cannot be compared", "비교할 수 없는 칸"},
    {"Another problem set is n/c. Where the same model has a value on the same problem set too, "
     "that one takes the cell and the other stands beside it. Published and measured values are "
     "never ranked together.",
     "문항이 다르면 n/c로 적는다. 같은 모델에 문항이 같은 값도 있으면 그 값을 칸에 넣고 n/c인 값은 "
     "옆에 적는다. 공표된 값과 측정한 값은 함께 순위를 매기지 않는다."},
    {"Limits of the numbers", "한계"},
    {"Of published settings only what the reports state is known. The same model differs by 0.2–2 "
     "points between reports, so smaller gaps may be the harness. Licence paraphrases are not "
     "legal advice.",
     "공표된 값의 설정은 보고서가 밝힌 만큼만 알 수 있다. 같은 모델의 값이 보고서마다 0.2~2점 "
     "다르므로 그보다 작은 차이는 채점 도구의 차이일 수 있다. 라이선스 요약은 법률 자문이 아니다."},
    {"Sources", "출처"},

    // The clauses of a licence.
    {"Commercial use", "상업적 이용"},
    {"Offering to third parties for profit", "영리 목적의 제3자 제공"},
    {"Names of derivatives", "파생 모델 이름"},
    {"Attribution", "표시 의무"},
    {"Limits on use", "용도 제한"},
    {"Rights in outputs", "출력물 권리"},
    {"Patents", "특허"},
    {"Termination", "해지"},
};

}  // namespace

std::span<const MessageEntry> korean_of_site() {
  return kEntries;
}

}  // namespace jangwon::harness
