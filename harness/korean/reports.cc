// Korean for the messages of tables, exports, gates and baselines.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"source", "출처"},
    {"metric", "지표"},
    {"comparable key", "비교 키"},
    {"column of {table}", "{table}의 열"},
    {"axis", "axis"},
    {"--lang is {flag}; it can be ko or en", "--lang이 {flag}입니다. ko 또는 en이어야 합니다"},
    {"results.json has {model} on {task}, which run.json does not name",
     "results.json에 {model}({task})이(가) 있으나 run.json에는 없습니다"},
    {"--model-id names one model, and the run {run_folder} holds {models}",
     "--model-id는 모델 하나를 가리키는데 실행 {run_folder}에는 {models}이(가) 있습니다"},
    {"cannot read {path} again; has it changed meanwhile?",
     "{path}을(를) 다시 읽을 수 없습니다. 그동안 바뀌었습니까?"},
    {"the run {run_folder} has no score to export: nothing counted",
     "실행 {run_folder}에 내보낼 점수가 없습니다: 집계된 문항이 없습니다"},
    {"the run {run_folder} has no programming task, and livecodebench can hold nothing else; "
     "choose another format",
     "실행 {run_folder}에 프로그래밍 과제가 없습니다. livecodebench 형식에는 프로그래밍 과제만 "
     "담을 수 있으므로 다른 형식을 고르십시오"},
    {"cannot write {what} of {path}", "{path}의 {what}을(를) 쓸 수 없습니다"},
    {"the directory", "디렉터리"},
    {"not a baseline of this program", "이 프로그램의 기준선이 아닙니다"},
    {"not a valid baseline: {cause}", "올바른 기준선이 아닙니다: {cause}"},
    {"a baseline needs a reason: say with --reason why this run is the new reference",
     "기준선을 채택하려면 이유가 필요합니다. 이 실행을 새 기준선으로 삼는 이유를 --reason으로 "
     "적으십시오"},
    {"{run} is a baseline already; accept a run folder",
     "{run}은(는) 이미 기준선입니다. 기준선으로 채택할 실행 폴더를 주십시오"},
    {"{run} holds no task: nothing ran", "{run}에 과제가 없습니다: 실행된 것이 없습니다"},
    {"{run}: {model} on {task} is not complete ({num_present} of {planned} runs, {error_rate} % "
     "errors of ours) and cannot become a baseline; go on with `jangwon run -o {run}`",
     "{run}: {model}의 {task} 과제가 완료되지 않아({num_present}/{planned}회, 시스템 오류 "
     "{error_rate} %) 기준선이 될 수 없습니다. `jangwon run -o {run}` 명령으로 이어서 "
     "실행하십시오"},
    {"{what}; restore the baseline from version control or accept a run again",
     "{what}. 버전 관리 시스템에서 기준선을 복원하거나 실행을 다시 채택하십시오"},
    {"{folder} exists and is not a baseline; choose another name",
     "{folder}이(가) 이미 있고 기준선이 아닙니다. 다른 이름을 고르십시오"},
    {"two models would share the file {task}/{model}.json",
     "두 모델이 파일 {task}/{model}.json을 함께 쓰게 됩니다"},
    {"cannot move {fresh} to {folder}: {cause}",
     "{fresh}을(를) {folder}(으)로 옮길 수 없습니다: {cause}"},
    {"cannot make the folder of {fresh}/{task}/{model}.json: {cause}",
     "{fresh}/{task}/{model}.json의 폴더를 만들 수 없습니다: {cause}"},
    {"cannot make the folder {folder}/{slash}: {cause}",
     "폴더 {folder}/{slash}을(를) 만들 수 없습니다: {cause}"},
    {"{side} has no model {asked}; it has {models}",
     "{side}에 모델 {asked}이(가) 없습니다. 있는 모델: {models}"},
    {"no model stands on both sides ({models_a} against {models_b}); name two with --model-a and "
     "--model-b",
     "양쪽에 공통으로 있는 모델이 없습니다({models_a}, {models_b}). --model-a와 --model-b로 비교할 "
     "모델을 지정하십시오"},
    {"{side} has no task {task}; it has {task_names}",
     "{side}에 과제 {task}이(가) 없습니다. 있는 과제: {task_names}"},
    {"{a} and {b} have no task in common for {model_a} and {model_b}",
     "{a}의 {model_a}과(와) {b}의 {model_b}에 공통된 과제가 없습니다"},
    {"{task} of {model_a} and {model_b} cannot be compared: {key} was {baseline} and is "
     "{candidate}; make both runs with the same {key}",
     "{task} 과제에서 {model_a}과(와) {model_b}을(를) 비교할 수 없습니다. {key}이(가) 기준 쪽은 "
     "{baseline}, 비교할 쪽은 {candidate}입니다. 두 실행의 {key}을(를) 같게 하십시오"},
    {"{path} is there and was not written by this program; move it away or choose another folder "
     "with -o",
     "{path}이(가) 이미 있는데 이 프로그램이 만든 것이 아닙니다. 다른 곳으로 옮기거나 -o로 다른 "
     "폴더를 고르십시오"},
    {"cannot read the folder {folder}: {cause}", "폴더 {folder}을(를) 읽을 수 없습니다: {cause}"},
    {"{folder} is a link or no folder; choose another name",
     "{folder}은(는) 링크이거나 폴더가 아닙니다. 다른 이름을 고르십시오"},
    {"{folder}/{name} is no file of this baseline; move it away first",
     "{folder}/{name}은(는) 이 기준선의 파일이 아닙니다. 먼저 다른 곳으로 옮기십시오"},
    {"{run_folder}/run.json: not a run of this program: {cause}",
     "{run_folder}/run.json: 이 프로그램의 실행이 아닙니다: {cause}"},
    {"{run_folder}/samples.jsonl holds a record of {model} on {task}, which run.json does not name",
     "{run_folder}/samples.jsonl에 {model}({task})의 기록이 있으나 run.json에는 없습니다"},
    {"{path} is neither a run folder (run.json) nor a baseline (baseline.json); run `jangwon run "
     "-o {path}` or "
     "`jangwon baseline accept RUN --as {path}` first",
     "{path}은(는) 실행 폴더(run.json)도 기준선(baseline.json)도 아닙니다. 먼저 `jangwon run -o "
     "{path}` 또는 `jangwon "
     "baseline accept RUN --as {path}`을(를) 실행하십시오"},
    {"{key} must be a share from 0% to 100%, e.g. 0.5%",
     "{key}은(는) 0%~100%의 비율이어야 합니다. 예: 0.5%"},
    {"task: the list is empty", "task: 목록이 비어 있습니다"},
    {"window must be two dates in order, e.g. [2025-02-01, 2025-05-01]",
     "window는 순서대로 적은 두 날짜여야 합니다. 예: [2025-02-01, 2025-05-01]"},
    {"{metric} is better when it is higher; remove `direction` or correct it",
     "{metric}은(는) 높을수록 좋습니다. `direction`을 지우거나 고치십시오"},
    {"{metric} is better when it is lower; remove `direction` or correct it",
     "{metric}은(는) 낮을수록 좋습니다. `direction`을 지우거나 고치십시오"},
    {"margin must be above 0, e.g. margin: 2pt", "margin은 0보다 커야 합니다. 예: margin: 2pt"},
    {"the margin of mean_output_tokens must be relative, e.g. 10%",
     "mean_output_tokens의 margin은 상대값이어야 합니다. 예: 10%"},
    {"min_effect is above the margin; no drop could fail before it is intolerable",
     "min_effect가 margin보다 큽니다. 하락이 허용 폭을 넘어도 실패로 판정하지 못하게 됩니다"},
    {"a claim about two models has the scope population",
     "두 모델을 비교하는 검사의 scope는 population이어야 합니다"},
    {"an L3 check needs a model", "L3 검사에는 model이 필요합니다"},
    {"an L1 check needs a model", "L1 검사에는 model이 필요합니다"},
    {"an L1 check needs max_mean_dlogp, max_abs_dlogp or min_top1",
     "L1 검사에는 max_mean_dlogp, max_abs_dlogp 또는 min_top1이 필요합니다"},
    {"a check is a mapping with id and tier", "검사는 id와 tier가 있는 매핑이어야 합니다"},
    {"a check needs a tier, L0 to L3", "검사에는 L0~L3의 tier가 필요합니다"},
    {"name a task, a list of tasks, or \"*\"", "과제 하나, 과제 목록 또는 \"*\"을 주십시오"},
    {"escalate: alpha_weights and repeats must have one entry for each of max_looks",
     "escalate: alpha_weights와 repeats의 항목 수는 max_looks와 같아야 합니다"},
    {"escalate.repeats are factors, e.g. [x1, x2, x4]",
     "escalate.repeats는 배수입니다. 예: [x1, x2, x4]"},
    {"escalate.repeats must begin with x1 and grow",
     "escalate.repeats는 x1에서 시작해 커져야 합니다"},
    {"escalate.alpha_weights must add up to 1: they share out alpha",
     "escalate.alpha_weights는 alpha를 나누는 비율이므로 합이 1이어야 합니다"},
    {"defaults.direction: accuracy is better when it is higher",
     "defaults.direction: 정확도는 높을수록 좋습니다"},
    {"version is {version}; this program reads version 1",
     "version이 {version}입니다. 이 프로그램은 버전 1만 읽습니다"},
    {"the id {id} is used twice", "ID {id}이(가) 두 번 쓰였습니다"},
    {"\"{text}\" is not an amount; write e.g. 2pt or 5%, at most 100pt or 1000%",
     "\"{text}\"은(는) 올바른 크기가 아닙니다. 2pt나 5%처럼 쓰십시오. 최대 100pt 또는 1000%입니다"},
    {"\"{text}\" has no unit: pt is percentage points, % is relative to the baseline",
     "\"{text}\"에 단위가 없습니다. 점(퍼센트포인트)이면 pt, 기준선에 대한 상대값이면 %를 "
     "붙이십시오"},
    {"a file that is extended must not extend another one",
     "다른 파일이 확장(extends)하는 파일은 또 다른 파일을 확장할 수 없습니다"},
    {"a gate without checks passes everything; add `checks`",
     "검사가 없는 게이트는 무엇이든 통과시킵니다. `checks`를 추가하십시오"},
    {"{config}:{line}: {id}: the task {task} is neither in the baseline nor a published one; give "
     "its baseline with --baseline",
     "{config}:{line}: {id}: 과제 {task}이(가) 기준선에도 공개 과제에도 없습니다. --baseline으로 "
     "이 과제가 있는 기준선을 주십시오"},
    {"{count} questions × {repeats} runs find a drop of {margin}pt with a power of {finding_power} "
     "% only (at least {min_power} % is asked); {way_out}; min_power: 0 at the top of the file "
     "keeps "
     "checks that cannot decide",
     "{count}문항 × {repeats}회로는 {margin}pt 하락을 찾을 검정력이 {finding_power} %에 "
     "그칩니다(최소 {min_power} % 필요). {way_out}. 판정할 수 없는 검사를 그대로 두려면 파일 맨 "
     "위에 min_power: 0을 쓰십시오"},
    {"even a fall to zero could be missed; ask more questions, or let the file check less",
     "0점으로 떨어져도 놓칠 수 있습니다. 문항을 늘리거나 파일의 검사를 줄이십시오"},
    {"ask each question {repeats_needed} times on both sides, or raise the margin to {wide}pt",
     "양쪽 모두 문항마다 {repeats_needed}회 반복하거나 margin을 {wide}pt로 높이십시오"},
    {"at temperature 0 more runs are copies; sample, or raise the margin to {wide}pt",
     "온도 0에서는 반복해도 같은 결과가 나올 뿐입니다. 샘플링을 켜거나 margin을 {wide}pt로 "
     "높이십시오"},
    {"no number of runs is enough with {count} questions; raise the margin to {wide}pt",
     "{count}문항으로는 몇 번을 반복해도 모자랍니다. margin을 {wide}pt로 높이십시오"},
    {"no item of {task} lies in the window", "{task}의 문항 중 기간 안에 드는 것이 없습니다"},
    {"the limit asks for {count} items, both sides share {ids}",
     "limit은 문항 {count}개를 요구하는데 양쪽에 공통으로 있는 문항은 {ids}개입니다"},
    {"the items of {task} have no date; remove `window` from the check",
     "{task}의 문항에 날짜가 없습니다. 검사에서 `window`를 지우십시오"},
    {"no item has the column {stratify}", "열 {stratify}이(가) 있는 문항이 없습니다"},
    {"{path} is not the index of a baseline of this program",
     "{path}은(는) 이 프로그램의 기준선 색인이 아닙니다"},
    {"{path}: \"{key}\" is not a text", "{path}: \"{key}\"의 값이 텍스트가 아닙니다"},
    {"{path}: {name} has no SHA-256", "{path}: {name}에 SHA-256이 없습니다"},
    {"{path} was changed after it was accepted: its SHA-256 is not the one in baseline.json",
     "{path}이(가) 기준선으로 채택된 뒤에 바뀌었습니다. SHA-256이 baseline.json의 것과 다릅니다"},
    {"{path} is not part of this baseline", "{path}은(는) 이 기준선에 속하지 않습니다"},
    {"the items are damaged: not base64 of deflated text",
     "문항 데이터가 손상되었습니다: 압축한 텍스트의 base64가 아닙니다"},
    {"the items are damaged: an unknown outcome of item {item}",
     "문항 데이터가 손상되었습니다: 문항 {item}의 결과를 알 수 없습니다"},
    {"the items are damaged: no whole number of tokens of item {item}",
     "문항 데이터가 손상되었습니다: 문항 {item}의 토큰 수가 정수가 아닙니다"},
    {"the items are damaged: {cause}", "문항 데이터가 손상되었습니다: {cause}"},
    {"the url of a source must begin with https://", "출처의 url은 https://로 시작해야 합니다"},
    {"a published value must lie in 0 to 100", "공표된 값은 0~100이어야 합니다"},
    {"a second model \"{model}\"", "모델 \"{model}\"이(가) 두 번 있습니다"},
    {"no results.json here; give a run folder, or end the run by calling jangwon run with -o "
     "{path} again",
     "results.json이 없습니다. 실행 폴더를 주거나 `jangwon run -o {path}` 명령으로 실행을 마저 "
     "끝내십시오"},
    {"gate {gate}: {verdict} ({ids})", "게이트 {gate}: {verdict} ({ids})"},
    {"{path} is no run folder, no baseline and no result of a gate; name folders with a run.json, "
     "a baseline.json or a "
     "gate.json",
     "{path}은(는) 실행 폴더도 기준선도 게이트의 결과도 아닙니다. run.json, baseline.json 또는 "
     "gate.json이 있는 폴더를 "
     "주십시오"},
    {"{path} is no result of a gate (gate.json)",
     "{path}은(는) 게이트의 결과(gate.json)가 아닙니다"},
    {"--history needs run folders or baselines", "--history에는 실행 폴더나 기준선이 필요합니다"},
    {"the task {task} says nothing of a published benchmark; its task.yaml needs it",
     "과제 {task}에 공표된 벤치마크의 정보가 없습니다. task.yaml에 적어야 합니다"},
};

}  // namespace

std::span<const MessageEntry> korean_of_reports() {
  return kEntries;
}

}  // namespace jangwon::harness
