// Korean for the messages of tasks, backends, journals, runs, the sandbox and scorers.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"instruction", "지시"},

    {"problem_set", "problem_set"},
    {"reasoning", "reasoning"},
    {"model", "모델"},
    {"{unknown} (a model is a folder in Hugging Face format, a registered name, openai:URL#MODEL "
     "or replay:RUN)",
     "{unknown} (모델은 Hugging Face 형식의 폴더, 등록된 이름, openai:URL#MODEL 또는 "
     "replay:RUN입니다)"},
    {"option of the remote model", "원격 모델 옵션"},
    {"extractor for the tasks of this run", "이 실행의 과제에 쓸 수 있는 추출기"},
    {"mode", "모드"},
    {"scorer", "채점기"},
    {"licence", "자격"},
    {"option", "옵션"},
    {"{place} is not an object", "{place}이(가) 객체가 아닙니다"},
    {"the completion", "응답"},
    {"\"reply_languages\"", "\"reply_languages\""},
    {"a score", "점수"},
    {"the record", "기록"},
    {"The questions are the miniature sets bundled with the program, not the published benchmarks: "
     "these scores must not be compared with published ones.",
     "공표된 벤치마크의 문항이 아니라 프로그램에 내장된 축소판 문항입니다. 이 점수를 공표된 점수와 "
     "비교하면 안 됩니다."},
    {"{tasks}: miniature sets bundled with the program, not the published benchmarks: these scores "
     "must not be compared with published ones.",
     "{tasks}: 공표된 벤치마크의 문항이 아니라 프로그램에 내장된 축소판 문항입니다. 이 점수를 "
     "공표된 점수와 비교하면 안 됩니다."},
    {"{model}, {task}: greedy, so its {repeats} runs of a sample are the same run.",
     "{model}, {task}: 탐욕적 생성이므로 문항마다 {repeats}회 반복해도 모두 같은 실행입니다."},
    {"{model}: {replies} replies ended with the finish_reason \"{word}\", which is not known; they "
     "were taken for the model's own end.",
     "{model}: 응답 {replies}개가 알 수 없는 finish_reason \"{word}\"(으)로 끝났습니다. 모델이 "
     "응답을 스스로 끝낸 것으로 처리했습니다."},
    {"{task}: the replies were read with the extractor {extractor} in place of the official one, "
     "so these scores are not the benchmark's own.",
     "{task}: 공식 추출기 대신 {extractor}(으)로 답을 추출했으므로 이 점수는 벤치마크의 공식 "
     "점수가 아닙니다."},
    {"options of the scorer \"{scorer}\"", "채점기 \"{scorer}\"의 옵션"},
    {"extractor", "추출기"},
    {"default style", "기본 양식"},
    {"bundled_default style", "bundled_default 양식"},
    {"kind", "kind"},
    {"prompt style", "프롬프트 양식"},
    {"task {task}", "과제 {task}"},
    {"window", "기간"},
    {"the folder {model} has no config.json; a model is a folder in Hugging Face format",
     "폴더 {model}에 config.json이 없습니다. 모델은 Hugging Face 형식의 폴더입니다"},
    {"no model at {model}; give a folder in Hugging Face format, a registered name, "
     "openai:URL#MODEL or replay:RUN",
     "{model}에 모델이 없습니다. Hugging Face 형식의 폴더, 등록된 이름, openai:URL#MODEL 또는 "
     "replay:RUN을 주십시오"},
    {"nothing to replay at {path}; give a run folder or a JSONL file of replies",
     "{path}에 replay로 쓸 응답이 없습니다. 실행 폴더나 응답이 든 JSONL 파일을 주십시오"},
    {"the server scored {token_logprobs} tokens where {end} were sent",
     "토큰 {end}개를 보냈는데 서버는 {token_logprobs}개의 로그 확률을 보냈습니다"},
    {"the server gave no log-probability for a token", "서버가 로그 확률을 빠뜨린 토큰이 있습니다"},
    {"the server's tokenizer joins the end of the prompt and the beginning of an option, and it "
     "has no /tokenize, so the option alone cannot be scored",
     "서버의 토크나이저가 프롬프트의 끝과 선택지의 시작을 한 토큰으로 합치고 서버에 /tokenize도 "
     "없어, 선택지만의 확률을 구할 수 없습니다"},
    {"the server at {url} has no /tokenize, which this request needs: a chat that goes to "
     "/completions, or a prompt of token ids",
     "{url}의 서버에 /tokenize가 없어 이 요청을 보낼 수 없습니다. /completions로 보내는 채팅이나 "
     "토큰 ID로 된 프롬프트에는 /tokenize가 필요합니다"},
    {"max_tokens {max_tokens} leaves no room for a prompt: the server's context holds "
     "{max_model_len} tokens; lower --max-tokens",
     "max_tokens가 {max_tokens}이면 프롬프트가 들어갈 자리가 없습니다. 서버의 컨텍스트는 "
     "{max_model_len}토큰입니다. --max-tokens를 낮추십시오"},
    {"the option {option} of the remote model must be {wanted}",
     "원격 모델의 옵션 {option}에는 {wanted}을(를) 주어야 합니다"},
    {"a whole number from {lowest} to {highest}", "{lowest}~{highest} 사이의 정수"},
    {"a JSON object", "JSON 객체"},
    {"a JSON object of texts", "값이 텍스트인 JSON 객체"},
    {"a JSON object of texts, each one line of ASCII characters",
     "값이 ASCII 한 줄 텍스트인 JSON 객체"},
    {"the remote model's name holds control characters or marks that turn the direction of text; "
     "give it another with the option name",
     "원격 모델의 이름에 제어 문자나 글자 방향을 바꾸는 문자가 있습니다. 옵션 name으로 다른 이름을 "
     "주십시오"},
    {"the first questions to the server were interrupted",
     "서버에 처음 보내는 확인 질문이 중단되었습니다"},
    {"{cause}; a field that it does not take is left out with the option extra_body={{\"FIELD\": "
     "null}}",
     "{cause}. 서버가 지원하지 않는 필드는 옵션 extra_body={{\"FIELD\": null}}으로 뺄 수 있습니다"},
    {"a key inside of the remote model's settings has fewer than 8 characters, too few to be taken "
     "out of what a server sends back; give the key with key_env or key_file, or use a longer one",
     "원격 모델 설정에 적은 API 키가 8자보다 짧아, 서버가 되돌려 보낸 텍스트에서 가릴 수 없습니다. "
     "키를 key_env나 key_file로 주거나 더 긴 키를 쓰십시오"},
    {"extra_body of the remote model may not hold \"{key}\": the run decides it; use the flag of "
     "the run",
     "원격 모델의 extra_body에 \"{key}\"을(를) 넣을 수 없습니다. 실행 설정이 정하는 값이므로 run의 "
     "플래그로 주십시오"},
    {"the remote model's URL may not hold a user name, a password or a query: it is written into "
     "run.json; put the key into OPENAI_API_KEY, or name a variable with key_env or a file with "
     "key_file",
     "원격 모델의 URL에는 사용자 이름, 비밀번호, 쿼리를 넣을 수 없습니다. URL은 run.json에 "
     "기록됩니다. API 키는 OPENAI_API_KEY에 넣거나, key_env로 변수를, key_file로 파일을 "
     "지정하십시오"},
    {"the remote model's URL names no API: it usually ends in /v1 ({origin}/v1)",
     "원격 모델의 URL이 API 주소가 아닙니다. API 주소는 보통 /v1로 끝납니다({origin}/v1)"},
    {"options of the remote model are written as key=value", "원격 모델의 옵션은 키=값으로 씁니다"},
    {"url and model are needed", "url과 model을 적어야 합니다"},
    {"the remote model names no model; write openai:URL#MODEL, e.g. "
     "openai:http://127.0.0.1:8000/v1#K-EXAONE, or "
     "openai:FILE.yaml",
     "원격 모델에 모델 이름이 없습니다. openai:URL#MODEL(예: "
     "openai:http://127.0.0.1:8000/v1#K-EXAONE) 또는 "
     "openai:FILE.yaml로 쓰십시오"},
    {"the remote model has no name; write openai:URL#MODEL, e.g. "
     "openai:http://127.0.0.1:8000/v1#K-EXAONE, or "
     "openai:FILE.yaml",
     "원격 모델에 이름이 없습니다. openai:URL#MODEL(예: openai:http://127.0.0.1:8000/v1#K-EXAONE) "
     "또는 "
     "openai:FILE.yaml로 쓰십시오"},
    {"the remote model has no name", "원격 모델에 이름이 없습니다"},
    {"the environment variable {key_variable}, named as the holder of the key, is not set",
     "API 키를 읽을 환경 변수 {key_variable}이(가) 설정되어 있지 않습니다"},
    {"the server at {url} refuses the key (HTTP {reply}); set {key_variable}, or name another with "
     "the options key_env or key_file",
     "{url}의 서버가 API 키를 거부했습니다(HTTP {reply}). {key_variable}을(를) 설정하거나 옵션 "
     "key_env 또는 key_file로 다른 키를 지정하십시오"},
    {"the server at {url} refuses the key (HTTP {reply}); check the key, or name another with the "
     "options key_env or key_file",
     "{url}의 서버가 API 키를 거부했습니다(HTTP {reply}). 키를 확인하거나 옵션 key_env 또는 "
     "key_file로 다른 키를 지정하십시오"},
    {"the server at {url} redirects, and a key is not carried elsewhere; give the URL that really "
     "serves",
     "{url}의 서버가 다른 주소로 리디렉션하지만 API 키는 다른 곳에 보내지 않습니다. 실제로 "
     "응답하는 서버의 URL을 주십시오"},
    {"the server at {url} {what}: {reply}", "{url}의 서버: {what}: {reply}"},
    {"no server answers at {url}: {failure_text}",
     "{url}에서 응답하는 서버가 없습니다: {failure_text}"},
    {"the server at {url} says: {names}", "{url}의 서버가 보낸 메시지: {names}"},
    {"refuses a chat of one short question", "짧은 질문 하나의 채팅을 거부합니다"},
    {"the server's reply is not one of the API: {what}",
     "서버의 응답이 API 형식에 맞지 않습니다: {what}"},
    {"{name} is not text", "{name}이(가) 텍스트가 아닙니다"},
    {"{name} holds something else than text", "{name}에 텍스트가 아닌 것이 있습니다"},
    {"token_logprobs is not a list", "token_logprobs가 목록이 아닙니다"},
    {"a log-probability is not a number", "로그 확률이 숫자가 아닙니다"},
    {"text_offset is not a list", "text_offset이 목록이 아닙니다"},
    {"a text_offset is not a whole number", "text_offset의 값이 정수가 아닙니다"},
    {"token_ids is not a list", "token_ids가 목록이 아닙니다"},
    {"a token id is not a whole number", "토큰 ID가 정수가 아닙니다"},
    {"a choice is not an object", "choice가 객체가 아닙니다"},
    {"a message is not an object", "message가 객체가 아닙니다"},
    {"a refusal is not text", "refusal이 텍스트가 아닙니다"},
    {"a choice's text is not text", "choice의 text가 텍스트가 아닙니다"},
    {"finish_reason is not text", "finish_reason이 텍스트가 아닙니다"},
    {"only blanks", "공백뿐입니다"},
    {"it is too large", "너무 큽니다"},
    {"{body} is no JSON", "{body}이(가) JSON이 아닙니다"},
    {"it is not an object", "객체가 아닙니다"},
    {"choices is not a list", "choices가 목록이 아닙니다"},
    {"a choice's index is not a whole number", "choice의 index가 정수가 아닙니다"},
    {"a choice has the index {index} where {num_choices} was asked for",
     "{num_choices}개를 요청했는데 choice의 index가 {index}입니다"},
    {"a choice has the index {index} where {num_choices} were asked for",
     "{num_choices}개를 요청했는데 응답의 choice 중 index가 {index}인 것이 있습니다"},
    {"the server's /tokenize sent no list of token ids",
     "서버의 /tokenize가 토큰 ID의 목록을 보내지 않았습니다"},
    {"replies of several models ({model}, {model_2}) stand there; replay takes those of one",
     "여러 모델({model}, {model_2})의 응답이 섞여 있습니다. replay에는 한 모델의 응답만 주십시오"},
    {"the name before = in --model holds a control character",
     "--model의 = 앞 이름에 제어 문자가 있습니다"},
    {"--model {named_word}: a model must follow the =",
     "--model {named_word}: = 뒤에 모델이 있어야 합니다"},
    {"two models are called {model} ({spec} and {spec_2}); give one a name of its own with --model "
     "NAME={spec_2}",
     "이름이 {model}인 모델이 둘입니다({spec}, {spec_2}). --model NAME={spec_2}처럼 써서 하나의 "
     "이름을 바꾸십시오"},
    {"this folder holds replies of another model of the name {model} ({spec}); name this one with "
     "--model NAME={spec_2}, or {model} if it is the same",
     "이 폴더에는 이름이 {model}인 다른 모델({spec})의 응답이 있습니다. --model NAME={spec_2}처럼 "
     "써서 이 모델에 다른 이름을 붙이고, 같은 모델이면 NAME에 {model}을(를) 쓰십시오"},
    {"the model {model} is called {model_2} now and was called {model_3} before",
     "모델 {model}의 이름이 달라졌습니다. 앞서는 {model_3}, 지금은 {model_2}입니다"},
    {"{output_folder} holds {foreign} records that this run was not asked for, the first of "
     "{model} on {task}, sample {sample_id}, repeat {repeat}; take them out, or choose another "
     "folder with -o",
     "{output_folder}에 이 실행이 요청하지 않은 기록이 {foreign}개 있습니다. 첫 기록: {task} "
     "과제의 {model}, 문항 {sample_id}, 반복 {repeat}. 그 기록을 빼거나 -o로 다른 폴더를 "
     "고르십시오"},
    {"a record of {model} on {task}, which run.json does not name",
     "run.json에 없는 기록이 있습니다: {task} 과제의 {model}"},
    {"{part} holds replies of {key} on {key_2}, which it was not asked for",
     "{part}에 요청하지 않은 응답이 있습니다: {key_2} 과제의 {key}"},
    {"the folder {run_folder} holds {name} and no run of this program; choose another folder with "
     "-o",
     "폴더 {run_folder}에 {name}이(가) 있으나 이 프로그램의 실행은 없습니다. -o로 다른 폴더를 "
     "고르십시오"},
    {"{path} is a link, and links are not followed; choose another folder with -o",
     "{path}은(는) 링크이고, 링크는 따라가지 않습니다. -o로 다른 폴더를 고르십시오"},
    {"{run_folder}/{name} is a link, and links are not followed; choose another folder with -o",
     "{run_folder}/{name}은(는) 링크이고, 링크는 따라가지 않습니다. -o로 다른 폴더를 고르십시오"},
    {"{run_folder}/{name} is not what a run writes under this name; choose another folder with -o",
     "{run_folder}/{name}은(는) 실행이 만든 것이 아닌데 이름이 같습니다. -o로 다른 폴더를 "
     "고르십시오"},
    {"{run_folder}/run.json is a link or no file; choose another folder with -o",
     "{run_folder}/run.json은 링크이거나 파일이 아닙니다. -o로 다른 폴더를 고르십시오"},
    {"{cause}; choose another folder with -o", "{cause}. -o로 다른 폴더를 고르십시오"},
    {"{path} is a link or no folder; move it away first",
     "{path}은(는) 링크이거나 폴더가 아닙니다. 먼저 다른 곳으로 옮기십시오"},
    {"{path}/{name} is no file of a run that was being made; move it away first",
     "{path}/{name}은(는) 만들다 만 실행의 파일이 아닙니다. 먼저 다른 곳으로 옮기십시오"},
    {"cannot remove {path}/{name}: {cause}", "{path}/{name}을(를) 지울 수 없습니다: {cause}"},
    {"cannot look at {path}: {cause}", "{path}의 정보를 읽을 수 없습니다: {cause}"},
    {"the run {run_folder} ended before its first question; `jangwon run -o {run_folder}` goes on "
     "with it",
     "실행 {run_folder}은(는) 첫 문항을 풀기 전에 끝났습니다. `jangwon run -o {run_folder}` "
     "명령으로 이어서 실행하십시오"},
    {"its models are not laid out as this program writes them: {cause}",
     "모델 항목이 이 프로그램의 형식이 아닙니다: {cause}"},
    {"its tasks are not laid out as this program writes them: {cause}",
     "과제 항목이 이 프로그램의 형식이 아닙니다: {cause}"},
    {"{name} is not a string", "{name}이(가) 문자열이 아닙니다"},
    {"{name} is not true or false", "{name}이(가) true도 false도 아닙니다"},
    {"its settings are not laid out as this program writes them: {cause}",
     "설정 항목이 이 프로그램의 형식이 아닙니다: {cause}"},
    {"id {sample_id}, repeat {repeat} stands twice",
     "ID {sample_id}, 반복 {repeat}이(가) 두 번 있습니다"},
    {"the folder {path} is no run and has no samples_*.jsonl of lm-eval; give a run folder or a "
     "file of replies",
     "폴더 {path}은(는) 실행 폴더가 아니고 lm-eval의 samples_*.jsonl도 없습니다. 실행 폴더나 응답 "
     "파일을 주십시오"},
    {"no replies are recorded there", "기록된 응답이 없습니다"},
    {"\"resps\" is not a list of replies", "\"resps\"가 응답의 목록이 아닙니다"},
    {"a row is a JSON object", "행은 JSON 객체여야 합니다"},
    {"\"{key}\" of a recorded reply must be {wanted}",
     "기록된 응답의 \"{key}\" 값이 잘못되었습니다. 다음이어야 합니다: {wanted}"},
    {"a row needs \"id\" and \"output\", a text (or the keys of lm-eval: doc_id and resps; of "
     "LiveCodeBench: "
     "question_id and output_list; of MMLU-Pro: question_id and model_outputs)",
     "행에는 \"id\"와 텍스트인 \"output\"이 필요합니다 (또는 lm-eval의 doc_id와 resps, "
     "LiveCodeBench의 question_id와 "
     "output_list, MMLU-Pro의 question_id와 model_outputs)"},
    {"task {task}, sample {sample}: the prompt wants {num_fewshot} shots and only {variables} fit; "
     "import the few-shot "
     "split too, or choose a style without shots",
     "과제 {task}, 문항 {sample}: 프롬프트에 예시 {num_fewshot}개가 필요한데 {variables}개만 "
     "들어갑니다. 퓨샷 분할도 "
     "가져오거나 예시 없는 양식을 고르십시오"},
    {"cannot open {path}; is {run_folder} a run folder?",
     "{path}을(를) 열 수 없습니다. {run_folder}이(가) 실행 폴더인지 확인하십시오"},
    {"cannot create the run folder {run_folder}: {cause}",
     "실행 폴더 {run_folder}을(를) 만들 수 없습니다: {cause}"},
    {"cannot open {path}", "{path}을(를) 열 수 없습니다"},
    {"sample {sample_id} of {task} stands twice", "{task}의 문항 {sample_id}이(가) 두 번 있습니다"},
    {"cannot cut off the incomplete last line of {path}",
     "{path}의 쓰다 만 마지막 줄을 잘라 낼 수 없습니다"},
    {"cannot sync {path}", "{path}을(를) 디스크에 동기화할 수 없습니다"},
    {"the run folder {run_folder} is in use by process {pid} on {host}; wait for it or choose "
     "another folder with -o",
     "실행 폴더 {run_folder}을(를) {host}의 프로세스 {pid}이(가) 사용하고 있습니다. 끝나기를 "
     "기다리거나 -o로 다른 폴더를 고르십시오"},
    {"the run folder {run_folder} is in use by another process; wait for it or choose another "
     "folder with -o",
     "실행 폴더 {run_folder}을(를) 다른 프로세스가 사용하고 있습니다. 끝나기를 기다리거나 -o로 "
     "다른 폴더를 고르십시오"},
    {"cannot open {run_folder}/lock", "{run_folder}/lock을 열 수 없습니다"},
    {"cannot lock {run_folder}/lock", "{run_folder}/lock을 잠글 수 없습니다"},
    {"cannot write {run_folder}/lock", "{run_folder}/lock에 쓸 수 없습니다"},
    {"the run folder {run_folder} is in use by process {pid} on {host}; if that process is dead, "
     "remove {run_folder}/lock.owner",
     "실행 폴더 {run_folder}을(를) {host}의 프로세스 {pid}이(가) 사용하고 있습니다. 그 프로세스가 "
     "이미 죽었다면 {run_folder}/lock.owner를 지우십시오"},
    {"not a results file of this program: \"schema\" must be \"{results_schema}\"",
     "이 프로그램의 결과 파일이 아닙니다: \"schema\"의 값이 \"{results_schema}\"이(가) 아닙니다"},
    {"the completion has an unknown finish_reason \"{finish_reason}\"",
     "응답에 알 수 없는 finish_reason \"{finish_reason}\"이(가) 있습니다"},
    {"a score has an unknown mode \"{mode}\"", "점수에 알 수 없는 mode \"{mode}\"이(가) 있습니다"},
    {"a score has an unknown verdict \"{verdict}\"",
     "점수에 알 수 없는 verdict \"{verdict}\"이(가) 있습니다"},
    {"the record has schema_version {schema_version}, this program reads {record_schema_version}",
     "기록의 schema_version은 {schema_version}인데 이 프로그램은 {record_schema_version}만 "
     "읽습니다"},
    {"the record has an unknown verdict \"{verdict}\"",
     "기록에 알 수 없는 verdict \"{verdict}\"이(가) 있습니다"},
    {"the record lacks \"{name}\"", "기록에 \"{name}\"이(가) 없습니다"},
    {"the record's \"scores\" is not a list", "기록의 \"scores\"가 목록이 아닙니다"},
    {"the record's \"metadata\" is not an object", "기록의 \"metadata\"가 객체가 아닙니다"},
    {"{folder} is a whole run and no shard; merge takes the folders of runs with --shard i/n",
     "{folder}은(는) 조각이 아니라 전체 실행입니다. merge에는 --shard i/n으로 실행한 폴더를 "
     "주십시오"},
    {"{part} and {described} are parts of different splits",
     "{part}과(와) {described}은(는) 조각 수가 서로 다릅니다"},
    {"shard {shard} is missing; merge needs all {shard_2} folders",
     "조각 {shard}이(가) 없습니다. merge에는 폴더 {shard_2}개가 모두 필요합니다"},
    {"{index} and {folder} are the same shard: its replies would be counted twice",
     "{index}과(와) {folder}은(는) 같은 조각입니다. 합치면 응답을 두 번 세게 됩니다"},
    {"{part} was run with other settings than {described}: {difference}",
     "{part}은(는) {described}과(와) 다른 설정으로 실행되었습니다: {difference}"},
    {"{part} lacks the replies of {model}, which {with} has; repeat its call to go on with it",
     "{with}에는 {model}의 응답이 있는데 {part}에는 없습니다. {part}을(를) 만든 명령을 다시 실행해 "
     "마저 끝내십시오"},
    {"sample {sample_id} of {task} stands in {other} too: it would be counted twice",
     "{task}의 문항 {sample_id}이(가) {other}에도 있습니다. 합치면 두 번 세게 됩니다"},
    {"{part} lacks {missing} of {planned} replies of {model} on {task}; `jangwon run -o {folder}` "
     "goes on with it",
     "{part}에 {task} 과제의 {model} 응답 {planned}개 중 {missing}개가 없습니다. `jangwon run -o "
     "{folder}` 명령으로 이어서 실행하십시오"},
    {"{part} has too many replies: {missing} of {planned} replies of {model} on {task}; `jangwon "
     "run -o {folder}` goes on with it",
     "{part}에 응답이 너무 많습니다: {task} 과제의 {model} 응답 {missing}/{planned}개. `jangwon "
     "run -o {folder}` 명령으로 이어서 실행하십시오"},
    {"merge needs the folders of the shards", "merge에 조각의 실행 폴더를 주십시오"},
    {"task {task} has no {choice} data set; use --dataset {other}",
     "과제 {task}에 {choice} 데이터셋이 없습니다. --dataset {other}을(를) 쓰십시오"},
    {"--window names a release and dates; leave --release, --start-date and --end-date out",
     "배포판과 날짜는 --window가 정합니다. --release, --start-date, --end-date를 빼십시오"},
    {"the task {task} is named twice in --tasks", "과제 {task}이(가) --tasks에 두 번 있습니다"},
    {"task {tasks}: the questions are not those of the run (hash {now} instead of {before}), so "
     "its replies cannot be judged against them",
     "과제 {tasks}: 문항이 실행 당시와 달라(해시가 지금은 {now}, 실행 때는 {before}) 그 응답을 "
     "채점할 수 없습니다"},
    {"the folder {run_folder} holds a run already; choose another with -o",
     "폴더 {run_folder}에 이미 실행이 있습니다. -o로 다른 폴더를 고르십시오"},
    {"a record of the task {task}, which run.json does not name",
     "run.json에 없는 과제 {task}의 기록이 있습니다"},
    {"a record of the unknown sample {sample_id}", "알 수 없는 문항 {sample_id}의 기록이 있습니다"},
    {"this folder holds a run with other settings: {difference}; repeat the earlier call or choose "
     "another folder with -o",
     "이 폴더에는 다른 설정의 실행이 있습니다: {difference}. 앞서 쓴 명령을 그대로 다시 쓰거나 "
     "-o로 다른 폴더를 고르십시오"},
    {"{run_folder} is not a run folder: it has no run.json",
     "{run_folder}은(는) 실행 폴더가 아닙니다: run.json이 없습니다"},
    {"{run_folder}/run.json: not a run of this program: \"schema\" must be \"{run_schema}\"",
     "{run_folder}/run.json: 이 프로그램의 실행이 아닙니다: \"schema\"의 값이 "
     "\"{run_schema}\"이(가) 아닙니다"},
    {"not a valid results file: {cause}", "올바른 결과 파일이 아닙니다: {cause}"},
    {"the shard \"{shard}\" is not of the form i/n, e.g. 0/4 for the first of four",
     "조각 \"{shard}\"이(가) i/n 형식이 아닙니다. 예: 넷으로 나눈 첫째 조각은 0/4"},
    {"the shard {shard} does not exist: shards count from 0, so of n the last is n-1/n",
     "조각 {shard}은(는) 없습니다. 조각 번호는 0부터 시작하므로 n개 중 마지막은 n-1/n입니다"},
    {"the sandbox was killed from outside (out of memory, or its spawner died)",
     "샌드박스가 외부에서 강제로 종료되었습니다(메모리가 부족하거나 샌드박스를 만드는 프로세스가 "
     "죽었습니다)"},
    {"the kernel refuses {failed_step}: {cause}", "커널이 {failed_step}을(를) 거부합니다: {cause}"},
    {"poll: {cause}", "poll: {cause}"},
    {"the sandbox's interpreter did not start ({reason})",
     "샌드박스의 인터프리터가 시작되지 않았습니다({reason})"},
    {"the sandbox's interpreter did not start ({reason}): {stderr}",
     "샌드박스의 인터프리터가 시작되지 않았습니다({reason}): {stderr}"},
    {"it ended with status {status}", "상태 {status}(으)로 끝남"},
    {"memory limit", "메모리 한도"},
    {"it broke the protocol", "프로토콜을 어김"},
    {"it did not answer in time", "제때 응답하지 않음"},
    {"no Python interpreter at {python}; install python3 and python3-numpy, or name another one",
     "{python}에 파이썬 인터프리터가 없습니다. python3와 python3-numpy를 설치하거나 다른 것을 "
     "지정하십시오"},
    {"{python} is not a program of this machine (a shim or a script?); name the interpreter "
     "itself, such as /usr/bin/python3",
     "{python}은(는) 이 컴퓨터에서 바로 실행되는 프로그램이 아닙니다(shim이나 스크립트일 수 "
     "있습니다). /usr/bin/python3처럼 인터프리터 자체를 지정하십시오"},
    {"{python} has no standard library at {library}; name a complete installation",
     "{python}의 표준 라이브러리가 {library}에 없습니다. 온전히 설치된 것을 지정하십시오"},
    {"{python} needs {loader}, which is not there", "{python}에 필요한 {loader}이(가) 없습니다"},
    {"no descriptors for a sandbox: {cause}", "샌드박스에 쓸 파일 디스크립터가 없습니다: {cause}"},
    {"its interpreter broke the protocol", "인터프리터가 프로토콜을 어겼습니다"},
    {"the kernel refuses Landlock version 3 (it has {landlock_abi})",
     "커널이 Landlock 버전 3을 지원하지 않습니다(커널의 버전은 {landlock_abi}입니다)"},
    {"the sandbox does not hold on this kernel: {stderr}",
     "이 커널에서는 샌드박스의 격리가 보장되지 않습니다: {stderr}"},
    {"model-written programs need a sandbox, and {cause} (and with Landlock and seccomp alone: "
     "{cause_2}); allow it on this machine, use another, or accept the risk with "
     "--allow-unsandboxed",
     "모델이 쓴 프로그램에는 샌드박스가 필요합니다. {cause} (Landlock과 seccomp만 쓸 때: "
     "{cause_2}). 이 컴퓨터에서 샌드박스를 허용하거나 다른 컴퓨터를 쓰거나 --allow-unsandboxed로 "
     "위험을 감수하십시오"},
    {"cannot make a seccomp filter: memfd_create: {cause}",
     "seccomp 필터를 만들 수 없습니다: memfd_create: {cause}"},
    {"cannot make a seccomp filter with libseccomp: {cause}",
     "libseccomp로 seccomp 필터를 만들 수 없습니다: {cause}"},
    {"cannot start the sandbox: socketpair: {cause}",
     "샌드박스를 시작할 수 없습니다: socketpair: {cause}"},
    {"cannot start the sandbox's spawner from /proc/self/exe: {cause}",
     "/proc/self/exe로 샌드박스 생성 프로세스를 시작할 수 없습니다: {cause}"},
    {"the sandbox's spawner ended at once; run `jangwon selftest sandbox` on this machine",
     "샌드박스 생성 프로세스가 곧바로 끝났습니다. 이 컴퓨터에서 `jangwon selftest sandbox`를 "
     "실행하십시오"},
    {"the sandbox's spawner does not take requests",
     "샌드박스 생성 프로세스가 요청을 받지 않습니다"},
    {"the sandbox's spawner ended without an answer",
     "샌드박스 생성 프로세스가 응답 없이 끝났습니다"},
    {"sample {sample} has no tests, so nothing can be judged",
     "문항 {sample}에 테스트가 없어 채점할 수 없습니다"},
    {"sample {sample}: the expected output of test {test} is not JSON",
     "문항 {sample}: 테스트 {test}의 기대 출력이 JSON이 아닙니다"},
    {"sample {sample}: the input of test {test} is not JSON",
     "문항 {sample}: 테스트 {test}의 입력이 JSON이 아닙니다"},
    {"scorer code runs programs and needs a sandbox; run it where one was made",
     "채점기 code는 프로그램을 실행하므로 샌드박스가 필요합니다. 샌드박스가 있는 곳에서 "
     "실행하십시오"},
    {"version 1 of the licence rules is known, not {version}",
     "자격 규칙은 버전 1만 지원합니다. {version}은(는) 알 수 없는 버전입니다"},
    {"a mapping is expected, not {options}", "매핑이어야 하는데 {options}입니다"},
    {"the golden file is malformed at case {outcomes}: {cause}",
     "골든 파일의 {outcomes}번 사례가 잘못되었습니다: {cause}"},
    {"version 1 of an errata file is known, not {version}",
     "정오표 파일은 버전 1만 지원합니다. {version}은(는) 알 수 없는 버전입니다"},
    {"the question {id} stands under two kinds", "문항 {id}이(가) 두 종류에 함께 들어 있습니다"},
    {"two tasks are called \"{index}\": {folder} and {folder_2}; rename one",
     "두 과제의 이름이 \"{index}\"입니다: {folder}, {folder_2}. 하나의 이름을 바꾸십시오"},
    {"no task.yaml in the folder {folder}; give a task's name or the folder of one",
     "폴더 {folder}에 task.yaml이 없습니다. 과제 이름이나 task.yaml이 있는 폴더를 주십시오"},
    {"a data set is needed: give the name of its manifest as \"published\" or \"bundled\"",
     "데이터셋이 필요합니다. 매니페스트의 이름을 \"published\" 또는 \"bundled\"로 주십시오"},
    {"the options of a scorer are a mapping", "채점기의 옵션은 키와 값의 매핑이어야 합니다"},
    {"unknown role \"{role}\"; known are system, user, assistant",
     "알 수 없는 역할 \"{role}\"입니다. 가능한 것: system, user, assistant"},
    {"the prompt style \"{style}\" needs either messages or completion",
     "프롬프트 양식 \"{style}\"에는 messages와 completion 중 하나가 필요합니다"},
    {"a multiple_choice task needs a continuation template in each style",
     "multiple_choice 과제는 양식마다 continuation 템플릿이 필요합니다"},
    {"exactly one scorer is needed; it gives the scores of both modes",
     "채점기를 정확히 하나 지정하십시오. 채점기 하나가 두 모드의 점수를 모두 냅니다"},
    {"the prompt style \"{style}\" wants shots, but there is no fewshot section",
     "프롬프트 양식 \"{style}\"에 예시가 필요한데 fewshot 항목이 없습니다"},
    {"task {task} has no windows; leave --window out",
     "과제 {task}에는 windows가 없습니다. --window를 빼십시오"},
    {"{place} lacks \"{name}\"", "{place}에 \"{name}\"이(가) 없습니다"},
    {"{place} has a \"{name}\" that is not {expected}",
     "{place}에서 \"{name}\"의 값이 {expected}이(가) 아닙니다"},
    {"a string", "문자열"},
    {"true or false", "true 또는 false"},
    {"an integer", "정수"},
    {"a number", "숫자"},
    {"a list", "목록"},
    {"{title}: {done} of {total} are in the journal already",
     "{title}: {total}개 중 {done}개는 이미 기록에 있습니다"},
    {"{title}: {task} {correct}/{counted} correct, {left} left, {time}",
     "{title}: {task} 정답 {correct}/{counted}, {left}개 남음, {time}"},
    {"{title}: {task} {correct}/{counted} correct, {time}",
     "{title}: {task} 정답 {correct}/{counted}, {time}"},
    {"ETA {left}", "남은 시간 {left}"},
    {"--limit is \"{text}\"; it must be a whole number above 0, or the share of each task's "
     "questions as a number "
     "below 1, e.g. 0.1",
     "--limit이 \"{text}\"입니다. 0보다 큰 정수, 또는 과제별 문항의 비율인 1보다 작은 수(예: "
     "0.1)여야 합니다"},
    {"{path} was {before} and is now {now}", "{path}: 전에는 {before}, 지금은 {now}"},
    {"shard {shard} ({folder})", "조각 {shard}({folder})"},
    {"a page of HTML or XML beginning with \"{begin}\"",
     "\"{begin}\"(으)로 시작하는 HTML 또는 XML 문서"},
    {"something beginning with \"{begin}\"", "\"{begin}\"(으)로 시작하는 것"},
    {"{key} must be a mapping: a name, then what is said of it",
     "{key}은(는) 이름과 그 내용의 매핑이어야 합니다"},
    {"margin_points must be above 0", "margin_points는 0보다 커야 합니다"},
    {"without a group", "그룹 없음"},
    {"there is no key \"strata_keys\" any more; write \"strata:\" and each column below it",
     "\"strata_keys\" 키는 더 이상 쓰지 않습니다. \"strata:\" 아래에 열을 하나씩 적으십시오"},
    {"there is no key \"filters\" any more; write \"reasoning: strip\" for strip_reasoning",
     "\"filters\" 키는 더 이상 쓰지 않습니다. strip_reasoning 대신 \"reasoning: strip\"으로 "
     "쓰십시오"},
    {"--probe: {lost}", "--probe: {lost}"},
    {"--like: no replies are recorded in {like}", "--like: {like}에 기록된 응답이 없습니다"},
    {"{model}: {num_requests} requests", "{model}: 요청 {num_requests}개"},
    {"about {prompts} prompt tokens", "프롬프트 토큰 약 {prompts}개"},
    {"{prompts} prompt tokens", "프롬프트 토큰 {prompts}개"},
    {"{prompt_tokens} % of them few-shot", "그중 예시 {prompt_tokens} %"},
    {"about {replies} tokens of replies by {replies_from}",
     "응답 토큰 약 {replies}개({replies_from} 기준)"},
    {"at most {replies} tokens of replies", "응답 토큰 최대 {replies}개"},
    {"about {seconds} at {tokens_a_second} tokens a second by {speed_from}",
     "초당 토큰 {tokens_a_second}개({speed_from} 기준)로 약 {seconds}"},
    {"memory {plan}", "메모리 {plan}"},
    {"cost {cost}", "비용 {cost}"},
    {"about {disk} on disk", "디스크 약 {disk}"},
    {"at most about {disk} on disk", "디스크 최대 약 {disk}"},
    {"more than {disk} on disk", "디스크 {disk} 이상"},
    {"--tokenizer: the folder {folder} has no tokenizer.json",
     "--tokenizer: 폴더 {folder}에 tokenizer.json이 없습니다"},
    {"options of the scorer \"letter\": the official rule of the style {style} is the same in "
     "every language; leave "
     "language out",
     "채점기 \"letter\"의 옵션: 양식 {style}의 공식 규칙은 어느 언어에서나 같습니다. language를 "
     "빼십시오"},
    {"the record has an unknown reply language \"{language}\"",
     "기록에 알 수 없는 응답 언어 \"{language}\"이(가) 있습니다"},
    {"{metric} needs answers that can be alike, and programs are not",
     "{metric}에는 서로 같은지 비교할 수 있는 답이 필요한데 프로그램은 비교할 수 없습니다"},
    {"  loosely, without the first or last line or asterisks: {right} of {count} ({share})",
     "  느슨하게(첫 줄이나 마지막 줄, 별표를 빼고): {count}개 중 {right}개 ({share})"},
    {"it has no instructions", "지시가 없습니다"},
    {"it has no column \"kwargs\" with the parameters of its instructions",
     "지시의 매개변수가 든 열 \"kwargs\"가 없습니다"},
    {"the parameters of the instruction {id} are no mapping",
     "지시 {id}의 매개변수가 매핑이 아닙니다"},
    {"the instruction {id} needs the parameter {parameter}, which is {to_json_line}",
     "지시 {id}에는 매개변수 {parameter}이(가) 필요한데 {to_json_line}입니다"},
    {"the language \"{language}\" of {id} is not known",
     "{id}의 언어 \"{language}\"을(를) 알 수 없습니다"},
    {"kwargs is no list of mappings", "kwargs가 매핑의 목록이 아닙니다"},
    {"kwargs must be a list with one mapping for each of the {ids} instructions",
     "kwargs는 지시 {ids}개마다 매핑이 하나씩 든 목록이어야 합니다"},
    {"{task}, data: {defect}", "{task}, 데이터: {defect}"},
    {"a stored message is neither a text nor a template with arguments",
     "저장된 메시지가 텍스트도, 인자를 갖춘 템플릿도 아닙니다"},
};

}  // namespace

std::span<const MessageEntry> korean_of_harness() {
  return kEntries;
}

}  // namespace jangwon::harness
