// Korean for the messages of tables, exports, gates and baselines.

#include "harness/commands/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {
    {"{} is no run folder, no baseline and no result of a gate; name folders with a run.json, a baseline.json or a "
     "gate.json",
     "{}은(는) 실행 폴더도 기준선도 게이트의 결과도 아닙니다. run.json, baseline.json 또는 gate.json이 있는 폴더를 "
     "주십시오"},
    {"{} is no result of a gate (gate.json)", "{}은(는) 게이트의 결과(gate.json)가 아닙니다"},
    {"--history needs run folders or baselines", "--history에는 실행 폴더나 기준선이 필요합니다"},
    {"--lang is {}; it can be ko or en", "--lang이 {}입니다. ko 또는 en이어야 합니다"},
    {"{}: results.json has {} on {}, which run.json does not name",
     "{0}: results.json에 {1}({2})이(가) 있으나 run.json에는 없습니다"},
    {"--model-id names one model, and the run {} holds {}",
     "--model-id는 모델 하나를 가리키는데 실행 {}에는 {}이(가) 있습니다"},
    {"cannot read {} again; has it changed meanwhile?", "{}을(를) 다시 읽을 수 없습니다. 그동안 바뀌었습니까?"},
    {"the run {} has no score to export: nothing counted", "실행 {}에 내보낼 점수가 없습니다: 센 것이 없습니다"},
    {"the task {} says nothing of a published benchmark; its task.yaml needs it",
     "과제 {}에 공표된 벤치마크의 정보가 없습니다. task.yaml에 적어야 합니다"},
    {"the run {} has no programming task, and livecodebench can hold nothing else; choose another format",
     "실행 {}에 프로그래밍 과제가 없고, livecodebench 형식은 다른 것을 담지 못합니다. 다른 형식을 고르십시오"},
    {"cannot write {} of {}", "{1}의 {0}을(를) 쓸 수 없습니다"},
    {"the directory", "디렉터리"},
    {"not a baseline of this program", "이 프로그램의 기준선이 아닙니다"},
    {"not a valid baseline: {}", "올바른 기준선이 아닙니다: {}"},
    {"a baseline needs a reason: say with --reason why this run is the new reference",
     "기준선에는 이유가 필요합니다. 이 실행이 새 기준인 까닭을 --reason으로 적으십시오"},
    {"{} is a baseline already; accept a run folder", "{}은(는) 이미 기준선입니다. 실행 폴더를 받아들이십시오"},
    {"{} holds no task: nothing ran", "{}에 과제가 없습니다: 실행된 것이 없습니다"},
    {"{}: {} on {} is not complete ({} of {} runs, {} % errors of ours) and cannot become a baseline; go on with "
     "`jangwon run -o {}`",
     "{}: {}의 {} 과제가 끝나지 않아({}/{}회, 우리 쪽 오류 {} %) 기준선이 될 수 없습니다. `jangwon run -o {}`로 이어서 "
     "실행하십시오"},
    {"{}; restore the baseline from version control or accept a run again",
     "{}. 버전 관리에서 기준선을 되살리거나 실행을 다시 받아들이십시오"},
    {"{} exists and is not a baseline; choose another name",
     "{}이(가) 있으나 기준선이 아닙니다. 다른 이름을 고르십시오"},
    {"two models would share the file {}/{}.json", "두 모델이 파일 {}/{}.json을 함께 쓰게 됩니다"},
    {"cannot move {} to {}: {}", "{}을(를) {}(으)로 옮길 수 없습니다: {}"},
    {"cannot make the folder of {}/{}/{}.json: {}", "{}/{}/{}.json의 폴더를 만들 수 없습니다: {}"},
    {"cannot make the folder {}/{}: {}", "폴더 {}/{}을(를) 만들 수 없습니다: {}"},
    {"{} has no model {}; it has {}", "{}에 모델 {}이(가) 없습니다. 있는 모델: {}"},
    {"no model stands on both sides ({} against {}); name two with --model-a and --model-b",
     "양쪽에 모두 있는 모델이 없습니다({} 대 {}). --model-a와 --model-b로 둘을 지정하십시오"},
    {"{} has no task {}; it has {}", "{}에 과제 {}이(가) 없습니다. 있는 과제: {}"},
    {"{} and {} have no task in common for {} and {}", "{}과(와) {}에 {}과(와) {}의 공통 과제가 없습니다"},
    {"{} of {} and {} cannot be compared: {} was {} and is {}; make both runs with the same {}",
     "{}은(는) {}과(와) {} 사이에서 비교할 수 없습니다: {}이(가) {}이었는데 {}입니다. 두 실행의 {}을(를) 같게 "
     "하십시오"},
    {"{} is there and was not written by this program; move it away or choose another folder with -o",
     "{}이(가) 이미 있으며 이 프로그램이 쓴 것이 아닙니다. 옮기거나 -o로 다른 폴더를 고르십시오"},
    {"cannot read the folder {}: {}", "폴더 {}을(를) 읽을 수 없습니다: {}"},
    {"{} is a link or no folder; choose another name", "{}은(는) 링크이거나 폴더가 아닙니다. 다른 이름을 고르십시오"},
    {"{}/{} is no file of this baseline; move it away first",
     "{}/{}은(는) 이 기준선의 파일이 아닙니다. 먼저 옮기십시오"},
    {"{}/run.json: not a run of this program: {}", "{}/run.json: 이 프로그램의 실행이 아닙니다: {}"},
    {"{}/samples.jsonl holds a record of {} on {}, which run.json does not name",
     "{0}/samples.jsonl에 {1}({2})의 기록이 있으나 run.json에는 없습니다"},
    {"{} is neither a run folder (run.json) nor a baseline (baseline.json); run `jangwon run -o {}` or `jangwon "
     "baseline accept RUN --as {}` first",
     "{}은(는) 실행 폴더(run.json)도 기준선(baseline.json)도 아닙니다. 먼저 `jangwon run -o {}` 또는 `jangwon baseline "
     "accept RUN --as {}`을(를) 실행하십시오"},
    {"{} must be a share from 0% to 100%, e.g. 0.5%", "{}은(는) 0%~100%의 비율이어야 합니다. 예: 0.5%"},
    {"task: the list is empty", "task: 목록이 비어 있습니다"},
    {"window must be two dates in order, e.g. [2025-02-01, 2025-05-01]",
     "window는 순서대로 적은 두 날짜여야 합니다. 예: [2025-02-01, 2025-05-01]"},
    {"unknown metric \"{}\"; did you mean \"{}\"?", "알 수 없는 지표 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown metric \"{}\"; known are {}", "알 수 없는 지표 \"{}\"입니다. 가능한 것: {}"},
    {"{}: {} is better when it is higher; remove `direction` or correct it",
     "{}: {}은(는) 높을수록 좋습니다. `direction`을 지우거나 고치십시오"},
    {"{}: {} is better when it is lower; remove `direction` or correct it",
     "{}: {}은(는) 낮을수록 좋습니다. `direction`을 지우거나 고치십시오"},
    {"{}: margin must be above 0, e.g. margin: 2pt", "{}: margin은 0보다 커야 합니다. 예: margin: 2pt"},
    {"{}: the margin of mean_output_tokens must be relative, e.g. 10%",
     "{}: mean_output_tokens의 margin은 상대값이어야 합니다. 예: 10%"},
    {"{}: min_effect is above the margin; no drop could fail before it is intolerable",
     "{}: min_effect가 margin보다 큽니다. 하락이 용납할 수 없게 되기 전에는 실패할 수 없습니다"},
    {"{}: a claim about two models has the scope population", "{}: 두 모델에 관한 주장의 범위는 population입니다"},
    {"{}: an L3 check needs a model", "{}: L3 검사에는 model이 필요합니다"},
    {"{}: an L1 check needs a model", "{}: L1 검사에는 model이 필요합니다"},
    {"{}: an L1 check needs max_mean_dlogp, max_abs_dlogp or min_top1",
     "{}: L1 검사에는 max_mean_dlogp, max_abs_dlogp 또는 min_top1이 필요합니다"},
    {"a check is a mapping with id and tier", "검사는 id와 tier가 있는 매핑입니다"},
    {"{}: a check needs a tier, L0 to L3", "{}: 검사에는 L0~L3의 tier가 필요합니다"},
    {"{}: name a task, a list of tasks, or \"*\"", "{}: 과제 하나, 과제 목록 또는 \"*\"을 주십시오"},
    {"escalate: alpha_weights and repeats must have one entry for each of max_looks",
     "escalate: alpha_weights와 repeats의 항목 수는 max_looks와 같아야 합니다"},
    {"escalate.repeats are factors, e.g. [x1, x2, x4]", "escalate.repeats는 배수입니다. 예: [x1, x2, x4]"},
    {"escalate.repeats must begin with x1 and grow", "escalate.repeats는 x1에서 시작해 커져야 합니다"},
    {"escalate.alpha_weights must add up to 1: they share out alpha",
     "escalate.alpha_weights의 합은 1이어야 합니다. alpha를 나누는 값입니다"},
    {"unknown comparable key \"{}\"; did you mean \"{}\"?",
     "알 수 없는 비교 키 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown comparable key \"{}\"; known are {}", "알 수 없는 비교 키 \"{}\"입니다. 가능한 것: {}"},
    {"defaults.direction: accuracy is better when it is higher", "defaults.direction: 정확도는 높을수록 좋습니다"},
    {"version is {}; this program reads version 1", "version이 {}입니다. 이 프로그램은 버전 1을 읽습니다"},
    {"the id {} is used twice", "ID {}이(가) 두 번 쓰였습니다"},
    {"\"{}\" is not an amount; write e.g. 2pt or 5%, at most 100pt or 1000%",
     "\"{}\"은(는) 크기가 아닙니다. 2pt나 5%처럼 쓰십시오. 100pt 또는 1000%까지 됩니다"},
    {"\"{}\" has no unit: pt is percentage points, % is relative to the baseline",
     "\"{}\"에 단위가 없습니다: pt는 퍼센트포인트, %는 기준선에 대한 상대값입니다"},
    {"a file that is extended must not extend another one", "확장 대상이 된 파일은 다른 파일을 확장할 수 없습니다"},
    {"a gate without checks passes everything; add `checks`",
     "검사가 없는 게이트는 모든 것을 통과시킵니다. `checks`를 추가하십시오"},
    {"{}:{}: {}: the task {} is neither in the baseline nor a published one; give its baseline with --baseline",
     "{}:{}: {}: 과제 {}은(는) 기준선에도 공개 과제에도 없습니다. --baseline으로 기준선을 주십시오"},
    {"{}: {} questions × {} runs find a drop of {}pt with a power of {} % only (at least {} % is asked); even a fall "
     "to "
     "zero could be missed; ask more questions, or let the file check less; min_power: 0 keeps a check that cannot "
     "decide",
     "{}: {} 문항 × {}회로는 하락 {}pt를 검정력 {} %로만 찾습니다(최소 {} % 필요). 0점으로 떨어져도 놓칠 수 있습니다. "
     "더 많은 문항을 묻거나 파일의 검사를 줄이십시오. min_power: 0이면 판정할 수 없는 검사도 남깁니다"},
    {"{}: {} questions × {} runs find a drop of {}pt with a power of {} % only (at least {} % is asked); ask each "
     "question {} times on both sides, or raise the margin to {}pt; min_power: 0 keeps a check that cannot decide",
     "{}: {} 문항 × {}회로는 하락 {}pt를 검정력 {} %로만 찾습니다(최소 {} % 필요). 양쪽 모두 문항마다 {}번 묻거나 "
     "margin을 "
     "{}pt로 높이십시오. min_power: 0이면 판정할 수 없는 검사도 남깁니다"},
    {"{}: {} questions × {} runs find a drop of {}pt with a power of {} % only (at least {} % is asked); at "
     "temperature 0 more runs are copies; sample, or raise the margin to {}pt; min_power: 0 keeps a check that cannot "
     "decide",
     "{}: {} 문항 × {}회로는 하락 {}pt를 검정력 {} %로만 찾습니다(최소 {} % 필요). 온도 0에서는 반복이 복사본일 "
     "뿐입니다. 표본 추출을 켜거나 margin을 {}pt로 높이십시오. min_power: 0이면 판정할 수 없는 검사도 남깁니다"},
    {"{}: {} questions × {} runs find a drop of {}pt with a power of {} % only (at least {} % is asked); no number of "
     "runs is enough with {} questions; raise the margin to {}pt; min_power: 0 keeps a check that cannot decide",
     "{}: {} 문항 × {}회로는 하락 {}pt를 검정력 {} %로만 찾습니다(최소 {} % 필요). {} 문항으로는 몇 번을 반복해도 "
     "모자랍니다. margin을 {}pt로 높이십시오. min_power: 0이면 판정할 수 없는 검사도 남깁니다"},
    {"unknown model \"{}\"; did you mean \"{}\"?", "알 수 없는 모델 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown model \"{}\"; known are {}", "알 수 없는 모델 \"{}\"입니다. 가능한 것: {}"},
    {"no item of {} lies in the window", "{}의 문항 중 기간 안에 드는 것이 없습니다"},
    {"the limit asks for {} items, both sides share {}",
     "제한은 문항 {}개를 요구하는데 양쪽에 모두 있는 문항은 {}개입니다"},
    {"the items of {} have no date; remove `window` from the check",
     "{}의 문항에 날짜가 없습니다. 검사에서 `window`를 지우십시오"},
    {"unknown column of {} \"{}\"; did you mean \"{}\"?",
     "{}의 알 수 없는 열 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown column of {} \"{}\"; known are {}", "{}의 알 수 없는 열 \"{}\"입니다. 가능한 것: {}"},
    {"no item has the column {}", "열 {}이(가) 있는 문항이 없습니다"},
    {"the items are damaged: not base64 of deflated text",
     "문항 데이터가 손상되었습니다: 압축한 텍스트의 base64가 아닙니다"},
    {"the items are damaged: an unknown outcome of item {}",
     "문항 데이터가 손상되었습니다: 문항 {}의 결과를 알 수 없습니다"},
    {"the items are damaged: no whole number of tokens of item {}",
     "문항 데이터가 손상되었습니다: 문항 {}의 토큰 수가 정수가 아닙니다"},
    {"the items are damaged: {}", "문항 데이터가 손상되었습니다: {}"},
    {"the url of a source must begin with https://", "출처의 url은 https://로 시작해야 합니다"},
    {"unknown axis \"{}\"; did you mean \"{}\"?", "알 수 없는 axis \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown axis \"{}\"; known are {}", "알 수 없는 axis \"{}\"입니다. 가능한 것: {}"},
    {"a published value must lie in 0 to 100", "공개된 값은 0~100이어야 합니다"},
    {"a second model \"{}\"", "모델 \"{}\"이(가) 두 번 있습니다"},
    {"{}/models: {}", "{}/models: {}"},
    {"{}: no results.json here; give a run folder, or end the run by calling jangwon run with -o {} again",
     "{}: results.json이 없습니다. 실행 폴더를 주거나 jangwon run을 -o {}(으)로 다시 불러 실행을 끝내십시오"},
    {"gate {}: {} ({})", "게이트 {}: {} ({})"},
};

}  // namespace

std::span<const MessageEntry> korean_of_reports() {
  return kEntries;
}

}  // namespace jangwon::harness
