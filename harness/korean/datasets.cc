// Korean for the messages of data sets: manifests, rows, import and fetch.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"which part of the set is {path}? It must have its published name: {unknown}",
     "{path}이(가) 데이터셋의 어느 부분인지 알 수 없습니다. 파일 이름을 공개된 그대로 두십시오. "
     "{unknown}"},

    {"file name", "파일 이름"},
    {"which release is {path}? It must have its published name: {unknown}",
     "{path}이(가) 어느 배포판인지 알 수 없습니다. 파일 이름을 공개된 그대로 두십시오. {unknown}"},
    {"data set to fetch", "받을 수 있는 데이터셋"},
    {"{unknown} Others are imported from files: jangwon data import.",
     "{unknown} 다른 데이터셋은 파일에서 가져옵니다: jangwon data import."},
    {"method", "method"},
    {"answer_form", "answer_form"},
    {"files_from", "files_from"},
    {"data set", "데이터셋"},
    {"split", "분할"},
    {"file format", "파일 형식"},
    {"test {test} has no text \"{key}\"", "테스트 {test}에 텍스트 \"{key}\"이(가) 없습니다"},
    {"test {test} has the testtype \"{kind}\"; known are stdin and functional",
     "테스트 {test}의 testtype이 \"{kind}\"입니다. stdin과 functional만 쓸 수 있습니다"},
    {"a list of tests is expected", "테스트 목록이 있어야 합니다"},
    {"text stands after the closing quote of a field", "필드를 닫는 따옴표 뒤에 텍스트가 있습니다"},
    {"the quoted field that begins here never closes",
     "여기서 시작한 필드의 따옴표가 닫히지 않습니다"},
    {"a quote stands inside a field that is not quoted",
     "따옴표로 묶지 않은 필드 안에 따옴표가 있습니다"},
    {"a carriage return stands alone", "줄 바꿈 없이 캐리지 리턴만 있습니다"},
    {"line {line}", "{line}행"},
    {"row {row}", "{row}번째 행"},
    {"{place} is a link, and nothing is written through links; remove it, or name another data "
     "folder with --data-dir",
     "{place}은(는) 링크이고, 링크를 거쳐 쓰지는 않습니다. 링크를 지우거나 --data-dir로 다른 "
     "데이터 폴더를 지정하십시오"},
    {"{place} is not a regular file; remove it", "{place}은(는) 일반 파일이 아닙니다. 지우십시오"},
    {"{data_folder}/{record}/{target} is there and was not imported by this program; move it away",
     "{data_folder}/{record}/{target}이(가) 이미 있는데 이 프로그램이 가져온 것이 아닙니다. 다른 "
     "곳으로 옮기십시오"},
    {"cannot make the folder {target}: {cause}", "폴더 {target}을(를) 만들 수 없습니다: {cause}"},
    {"the data set {data_set} has its files beside its manifest; there is nothing to import",
     "데이터셋 {data_set}은(는) 파일이 매니페스트 옆에 있어 가져올 것이 없습니다"},
    {"no file to import was named", "가져올 파일을 지정하지 않았습니다"},
    {"two of the files are called {name}; give them different names",
     "파일 두 개의 이름이 {name}입니다. 서로 다른 이름을 주십시오"},
    {"the data set {data_set} ({split}) was not imported; jangwon data import {data_set} FILE "
     "--split {split}",
     "데이터셋 {data_set}({split})을(를) 아직 가져오지 않았습니다. 다음 명령으로 가져오십시오: "
     "jangwon data import {data_set} FILE --split {split}"},
    {"the date \"{date}\" must be written as 2025-01-31 or 2025-01-31T18:30:00",
     "날짜 \"{date}\"은(는) 2025-01-31 또는 2025-01-31T18:30:00처럼 써야 합니다"},
    {"the data set {data_set} has no dates, so a window selects nothing in it",
     "데이터셋 {data_set}의 문항에는 날짜가 없어 기간으로 고를 수 없습니다"},
    {"the window ends ({end_date}) before it starts ({start_date})",
     "기간의 끝({end_date})이 시작({start_date})보다 빠릅니다"},
    {"the data set {data_set} ({published}) is not on this machine; get it from {source} and "
     "import it: jangwon data "
     "import {data_set} FILE --split {published}",
     "데이터셋 {data_set}({published})이(가) 이 컴퓨터에 없습니다. {source}에서 받아 가져오십시오: "
     "jangwon data import "
     "{data_set} FILE --split {published}"},
    {"the data set {data_set} lacks {missing} of the release that was asked for; import it, or ask "
     "for an increment that is here",
     "데이터셋 {data_set}에 요청한 배포판의 {missing}이(가) 없습니다. 그 파일을 가져오거나 이 "
     "컴퓨터에 있는 증분을 고르십시오"},
    {"the data set {data_set} lacks {missing} of the release that was asked for; import them, or "
     "ask for an increment that is here",
     "데이터셋 {data_set}에 요청한 배포판의 {missing}이(가) 없습니다. 그 파일들을 가져오거나 이 "
     "컴퓨터에 있는 증분을 고르십시오"},
    {"the file has changed: its SHA-256 is {sha256}, recorded is {sha256_2}; import the data set "
     "again, or put the file back",
     "파일이 바뀌었습니다. SHA-256이 {sha256}인데 기록된 값은 {sha256_2}입니다. 데이터셋을 다시 "
     "가져오거나 원래 파일로 되돌리십시오"},
    {"the data set {dataset} ({split}) has no sample {absent}",
     "데이터셋 {dataset}({split})에 문항 {absent}이(가) 없습니다"},
    {"the selection leaves no sample of the data set {dataset} ({split})",
     "선택 조건에 맞는 문항이 데이터셋 {dataset}({split})에 없습니다"},
    {"the id \"{id}\" stands twice, first at {before}; ids must tell samples apart",
     "ID \"{id}\"이(가) 두 번 있습니다(처음은 {before}). ID는 문항마다 달라야 합니다"},
    {"no folder for data sets: set JANGWON_DATA_DIR",
     "데이터셋을 둘 폴더가 없습니다. JANGWON_DATA_DIR을 지정하십시오"},
    {"{rows} rows where {expected} are expected", "{expected}행이어야 하는데 {rows}행"},
    {"{place} has {detail}; import the whole set, or fetch it with `jangwon data fetch`",
     "{place}: {detail}입니다. 데이터셋 전체를 가져오거나 `jangwon data fetch`로 받으십시오"},
    {"the limit on samples must be at least 1", "문항 수 제한은 1 이상이어야 합니다"},
    {"the data set changes on the hub while it is read; try later",
     "읽는 동안 허브의 데이터셋이 바뀌었습니다. 나중에 다시 시도하십시오"},
    {"another process is fetching {name} into {data_folder}; wait for it",
     "다른 프로세스가 {name}을(를) {data_folder}에 받고 있습니다. 끝나기를 기다리십시오"},
    {"the server sent a web page instead of the file; is a login or a proxy in between? Nothing "
     "was imported",
     "서버가 파일 대신 웹 페이지를 보냈습니다. 중간에 로그인 화면이나 프록시가 있는지 "
     "확인하십시오. 아무것도 가져오지 않았습니다"},
    {"the server sent the file in the encoding {encoding}, which was not asked for; is a proxy in "
     "between? Nothing was imported",
     "서버가 요청하지 않은 인코딩 {encoding}(으)로 파일을 보냈습니다. 중간에 프록시가 있는지 "
     "확인하십시오. 아무것도 가져오지 않았습니다"},
    {"cannot write {path}", "{path}에 쓸 수 없습니다"},
    {"cannot write {path}: {cause}", "{path}에 쓸 수 없습니다: {cause}"},
    {"{count} bytes came where {announced} were announced",
     "{announced}바이트라고 했는데 {count}바이트를 받았습니다"},
    {"the hub announces the SHA-256 {sha256}, what came has {sha256_2}; nothing was imported",
     "허브가 알린 SHA-256은 {sha256}인데 받은 것은 {sha256_2}입니다. 아무것도 가져오지 않았습니다"},
    {"the rows service sent {what} (offset {offset})",
     "행 조회 서비스가 {what}을(를) 보냈습니다 (위치 {offset})"},
    {"the rows service has a part of this data set only; import the files instead",
     "행 조회 서비스에는 이 데이터셋의 일부만 있습니다. 대신 파일에서 가져오십시오"},
    {"the rows service cuts long cells of row {index}; import the files instead",
     "행 조회 서비스가 {index}행의 긴 셀을 잘라서 보냅니다. 대신 파일에서 가져오십시오"},
    {"cannot cut {part}: {cause}", "{part}의 뒷부분을 잘라 낼 수 없습니다: {cause}"},
    {"{what} could not be fetched, {attempt} attempts ended in: {why}; the same command goes on "
     "where this one stopped",
     "{what}을(를) 받을 수 없습니다. {attempt}번 시도했으며 마지막 오류는 다음과 같습니다: {why}. "
     "같은 명령을 다시 실행하면 멈춘 곳부터 이어집니다"},
    {"the hub asks to wait {asked} seconds; call again then, it goes on where it stopped",
     "허브가 {asked}초 뒤에 다시 요청하라고 합니다. 그 뒤에 다시 실행하면 멈춘 곳부터 이어집니다"},
    {"{repository} is not given out without an access token ({why}): accept its terms on "
     "https://huggingface.co/datasets/{repository} while logged in, make an access token on "
     "https://huggingface.co/settings/tokens and call again with HF_TOKEN set to it",
     "{repository}은(는) 액세스 토큰 없이 받을 수 없습니다({why}). 로그인한 상태로 "
     "https://huggingface.co/datasets/{repository}에서 약관에 동의하고 "
     "https://huggingface.co/settings/tokens에서 액세스 토큰을 만든 뒤 HF_TOKEN에 넣고 다시 "
     "실행하십시오"},
    {"{repository} is not given out with the token of HF_TOKEN ({why}): accept its terms on "
     "https://huggingface.co/datasets/{repository} while logged in, make an access token on "
     "https://huggingface.co/settings/tokens and call again with HF_TOKEN set to it",
     "{repository}은(는) HF_TOKEN의 토큰으로 받을 수 없습니다({why}). 로그인한 상태로 "
     "https://huggingface.co/datasets/{repository}에서 약관에 동의하고 "
     "https://huggingface.co/settings/tokens에서 액세스 토큰을 만든 뒤 HF_TOKEN에 넣고 다시 "
     "실행하십시오"},
    {"{what} of {repository} cannot be fetched: {why}",
     "{repository}의 {what}을(를) 받을 수 없습니다: {why}"},
    {"cannot make the folder of {path}: {cause}", "{path}의 폴더를 만들 수 없습니다: {cause}"},
    {"not a record of the schema jangwon-fetch-1", "jangwon-fetch-1 형식의 기록이 아닙니다"},
    {"{cause}; remove the file and fetch again", "{cause}. 파일을 지우고 다시 받으십시오"},
    {"{place} has {detail}; the published set is another one, or the fetch went wrong; "
     "--accept-changes takes it",
     "{place}: {detail}입니다. 공개된 데이터셋이 바뀌었거나 잘못 받았습니다. 그대로 받아들이려면 "
     "--accept-changes를 쓰십시오"},
    {"{manifest} has changed on the hub: the rows of {fetched} have the SHA-256 {sha256}, at the "
     "fetch of {fetched_at} they had {sha256_2}; scores of the two must not be compared; "
     "--accept-changes takes the new ones",
     "{manifest}이(가) 허브에서 바뀌었습니다. {fetched}의 행의 SHA-256이 {sha256}인데 "
     "{fetched_at}에 받았을 때는 {sha256_2}이었습니다. 둘의 점수를 비교해서는 안 됩니다. 새 "
     "데이터를 받아들이려면 --accept-changes를 쓰십시오"},
    {"the data set {data_set} comes with the program; there is nothing to fetch",
     "데이터셋 {data_set}은(는) 프로그램에 들어 있어 받을 것이 없습니다"},
    {"{manifest} {split}: the rows have the SHA-256 {sha256}, when they were fetched "
     "({fetched_at}) they had "
     "{sha256_2}; fetch them again: jangwon data fetch {manifest} --again",
     "{manifest} {split}: 행의 SHA-256이 {sha256}인데 {fetched_at}에 받았을 때는 "
     "{sha256_2}이었습니다. 다시 "
     "받으십시오: jangwon data fetch {manifest} --again"},
    {"a file entry needs path, format, sha256, rows and tag; import the data set again",
     "파일 항목에는 path, format, sha256, rows, tag가 필요합니다. 데이터셋을 다시 가져오십시오"},
    {"not a record of the schema jangwon-data-1; import the data set again",
     "jangwon-data-1 형식의 기록이 아닙니다. 데이터셋을 다시 가져오십시오"},
    {"the answer \"{answer}\" is not an integer from 0 to {largest}",
     "정답 \"{answer}\"이(가) 0~{largest} 사이의 정수가 아닙니다"},
    {"the key \"question\" is missing", "키 \"question\"이 없습니다"},
    {"answer_index needs an answer_form by option",
     "answer_index에는 선택지로 된 answer_form이 필요합니다"},
    {"answer and answer_form belong together: give both or neither",
     "answer와 answer_form은 함께 주거나 둘 다 빼야 합니다"},
    {"nothing to judge by: give answer or public_tests",
     "채점 기준이 없습니다. answer 또는 public_tests를 주십시오"},
    {"sha256 must be 64 lower-case hexadecimal digits, or null where nobody has seen it",
     "sha256은 소문자 16진 숫자 64자이거나, 아직 확인되지 않았으면 null이어야 합니다"},
    {"{cause}, or \"format\" must say it", "{cause}. 또는 \"format\"으로 밝히십시오"},
    {"splits is a mapping of at least one name to its files",
     "splits는 분할 이름과 파일의 매핑이며 하나 이상 있어야 합니다"},
    {"the split \"{split}\" has no file", "분할 \"{split}\"에 파일이 없습니다"},
    {"a data set's name is made of lower-case letters, digits, _ and -",
     "데이터셋의 이름에는 영문 소문자, 숫자, _, -만 쓸 수 있습니다"},
    {"there is no manifest {beside}", "매니페스트 {beside}이(가) 없습니다"},
    {"the data set {data_set} has no releases, so \"{tag}\" selects nothing in it",
     "데이터셋 {data_set}에는 배포판이 없어 \"{tag}\"(으)로 고를 수 없습니다"},
    {"the data set {data_set} has no release \"{wanted}\"; known are release_v1 to "
     "release_v{last}, release_latest, "
     "single increments (v{last}) and ranges (v1_v{last})",
     "데이터셋 {data_set}에 배포판 \"{wanted}\"이(가) 없습니다. release_v1~release_v{last}, "
     "release_latest, 단일 "
     "증분(v{last}), 범위(v1_v{last})를 쓸 수 있습니다"},
    {"an option holds an escape that Python does not write",
     "선택지에 Python이 쓰지 않는 이스케이프가 있습니다"},
    {"an option's quote never closes", "선택지의 따옴표가 닫히지 않습니다"},
    {"text stands after the list of options", "선택지 목록 뒤에 텍스트가 있습니다"},
    {"the options are not a list of quoted texts",
     "선택지가 따옴표로 묶은 텍스트의 목록이 아닙니다"},
    {"the options are not a list", "선택지가 목록이 아닙니다"},
    {"an option is not a text", "텍스트가 아닌 선택지가 있습니다"},
    {"the pickle holds a cut-off \\u escape", "pickle에 잘린 \\u 이스케이프가 있습니다"},
    {"the pickle holds a wrong \\u escape", "pickle에 잘못된 \\u 이스케이프가 있습니다"},
    {"base64 text is cut off: its length is not a multiple of 4",
     "base64 텍스트가 잘렸습니다. 길이가 4의 배수가 아닙니다"},
    {"byte {byte} does not belong to base64", "base64에 쓸 수 없는 바이트 {byte}이(가) 있습니다"},
    {"zlib does not start: out of memory", "zlib을 시작할 수 없습니다: 메모리가 부족합니다"},
    {"the zlib stream holds more than the limit of {max_bytes} bytes",
     "zlib 스트림이 한도인 {max_bytes}바이트를 넘습니다"},
    {"the zlib stream is cut off", "zlib 스트림이 잘렸습니다"},
    {"not a zlib stream: {reason}", "zlib 스트림이 아닙니다: {reason}"},
    {"not a zlib stream{value}", "zlib 스트림이 아닙니다{value}"},
    {"{num_left} bytes stand after the end of the zlib stream",
     "zlib 스트림의 끝 뒤에 {num_left}바이트가 있습니다"},
    {"pickle protocol {protocol} is not known", "알 수 없는 pickle 프로토콜 {protocol}입니다"},
    {"the pickle ends without a str", "pickle이 str 없이 끝납니다"},
    {"bytes stand after the end of the pickle", "pickle의 끝 뒤에 바이트가 있습니다"},
    {"the pickle is cut off", "pickle이 잘렸습니다"},
    {"the pickle holds more than one str", "pickle에 str이 둘 이상 있습니다"},
    {"the column \"{column}\" must be text, not {found}",
     "열 \"{column}\"은(는) 텍스트여야 하는데 {found}입니다"},
    {"the column \"{column}\" must be an integer, not \"{raw}\"",
     "열 \"{column}\"은(는) 정수여야 하는데 \"{raw}\"입니다"},
    {"the column \"{options}\" must be a list of texts",
     "열 \"{options}\"은(는) 텍스트의 목록이어야 합니다"},
    {"an option in \"{options}\" is not a text", "\"{options}\"에 텍스트가 아닌 선택지가 있습니다"},
    {"a pad \"{pad}\" stands before a real option, so the letters behind it are not sure",
     "채움값 \"{pad}\"이(가) 실제 선택지 앞에 있어, 그 뒤 선택지의 글자를 확정할 수 없습니다"},
    {"the answer \"{raw}\" names none of the {num_options} options",
     "정답 \"{raw}\"이(가) 선택지 {num_options}개 중 어느 것도 아닙니다"},
    {"the row has {raw} options; 1 to 26 can be told apart by letters",
     "행의 선택지가 {raw}개입니다. 알파벳으로 구별하려면 1~26개여야 합니다"},
    {"an accepted answer in \"{column}\" is not a text",
     "\"{column}\"에 텍스트가 아닌 허용 정답이 있습니다"},
    {"the column \"{column}\" holds no answer", "열 \"{column}\"에 정답이 없습니다"},
    {"the column \"{code_metadata}\" must be {{}} or name a func_name",
     "열 \"{code_metadata}\"은(는) {{}}이거나 func_name이 있어야 합니다"},
    {"the column \"{column}\" holds no test; a program that is never run must not pass",
     "열 \"{column}\"에 테스트가 없습니다. 실행하지 않은 프로그램을 통과시킬 수는 없습니다"},
    {"the column \"{column}\": test {test} is functional, but no func_name says what to call",
     "열 \"{column}\": 테스트 {test}은(는) functional인데 호출할 함수 이름(func_name)이 없습니다"},
    {"the column \"{column}\": test {test} is for standard input, but the problem has a func_name",
     "열 \"{column}\": 테스트 {test}은(는) 표준 입력용인데 문제에 func_name이 있습니다"},
    {"the column \"{column}\" must be text or a number, not {found}",
     "열 \"{column}\"은(는) 텍스트나 숫자여야 하는데 {found}입니다"},
    {"the column \"{column}\" holds no id", "열 \"{column}\"에 ID가 없습니다"},
    {"the column \"{question}\" holds no question", "열 \"{question}\"에 문제가 없습니다"},
    {"a row must be a JSON object, not {row}", "행은 JSON 객체여야 하는데 {row}입니다"},
    {"a JSON array of rows is expected, not {rows}", "행의 JSON 배열이어야 하는데 {rows}입니다"},
    {"the file is empty; its first line must name the columns",
     "파일이 비어 있습니다. 첫 행에 열 이름이 있어야 합니다"},
    {"the column \"{column}\" stands twice", "열 \"{column}\"이(가) 두 번 있습니다"},
    {"{fields} fields where the first line names {columns} columns",
     "첫 행의 열은 {columns}개인데 필드가 {fields}개입니다"},
    {"the format of {path} does not show in its name; it must end in .jsonl, .json or .csv",
     "{path}의 형식을 이름에서 알 수 없습니다. 이름이 .jsonl, .json 또는 .csv로 끝나야 합니다"},
    {"not UTF-8; convert the file to UTF-8", "UTF-8이 아닙니다. 파일을 UTF-8로 바꾸십시오"},
    {"the pickle uses opcode {opcode}; only a pickle of one str is read, none is run",
     "pickle에 명령 코드 {opcode}이(가) 있습니다. str 하나만 든 pickle을 읽으며, pickle은 실행하지 "
     "않습니다"},
    {"the column \"{column}\" is missing; the row has {list}",
     "열 \"{column}\"이(가) 없습니다. 행에 있는 열: {list}"},
    {"the column \"{column}\" is missing; the row has {list} (\"{nearest}\" is the nearest)",
     "열 \"{column}\"이(가) 없습니다. 행에 있는 열: {list} (가장 가까운 것은 \"{nearest}\"입니다)"},
    {"the server sent another part of the file than was asked for",
     "서버가 요청한 것과 다른 부분을 보냈습니다"},
    {"the server sent a part of another version of the file",
     "서버가 다른 버전의 파일 일부를 보냈습니다"},
    {"{answer} says {letter}, {answer_index} says {index}; {answer} is used",
     "{answer}의 값은 {letter}, {answer_index}의 값은 {index}입니다. {answer}을(를) 씁니다"},
    {"the same as {row}", "{row}과(와) 같습니다"},
    {"asks the same as {row}", "{row}과(와) 같은 것을 묻습니다"},
    {"{found} problems where {expected} are expected", "{expected}문항이어야 하는데 {found}문항"},
    {"what came from {url} cannot be used, so nothing was imported: {cause}",
     "{url}에서 받은 것을 쓸 수 없어 아무것도 가져오지 않았습니다: {cause}"},
    {"something that is no JSON", "JSON이 아닌 것"},
    {"a page without rows and num_rows_total", "rows와 num_rows_total이 없는 페이지"},
    {"another row than number {row}", "{row}번이 아닌 행"},
    {"{rows} rows where {expected} are due", "{expected}행이어야 할 곳에 {rows}행"},
    {"the file ended early", "파일이 도중에 끝났습니다"},
    {"{why}, next attempt in {milliseconds} ms", "{why}. {milliseconds} ms 뒤에 다시 시도합니다"},
    {"the hub redirects to a host without TLS", "허브가 TLS를 쓰지 않는 호스트로 리디렉션합니다"},
    {"the hub's redirects lead nowhere", "허브의 리디렉션이 끝없이 이어집니다"},
    {"the data set {data_set} ({published}) lacks the part {missing}; fetch or import what is "
     "missing",
     "데이터셋 {data_set}({published})에 {missing}이(가) 없습니다. 빠진 부분을 내려받거나 "
     "가져오십시오"},
    {"the rows service sent no list of splits", "행 조회 서비스가 분할 목록을 보내지 않았습니다"},
    {"{repository} has no split \"{split}\" on the hub",
     "허브의 {repository}에 분할 \"{split}\"이(가) 없습니다"},
    {"{repository} has several configs with the split \"{split}\": {list}; "
     "datasets/fetch/sources.yaml must name one",
     "{repository}에는 분할 \"{split}\"이(가) 있는 config가 여럿입니다: {list}. "
     "datasets/fetch/sources.yaml에서 하나를 "
     "정해야 합니다"},
    {"give one of options (one column with a list), option_columns and options_in_question",
     "options(목록이 든 열 하나), option_columns, options_in_question 중 하나만 주십시오"},
    {"this answer_form needs options, option_columns or options_in_question",
     "이 answer_form에는 options, option_columns, options_in_question 중 하나가 필요합니다"},
    {"option_separator splits the cell of options, which is not given",
     "option_separator는 options 열의 셀을 나누는 값인데 options가 없습니다"},
    {"the key \"from\" is missing: which column is it made of?",
     "키 \"from\"이 없습니다. 어느 열로 만들지 적으십시오"},
    {"the key \"holds\" is missing", "키 \"holds\"가 없습니다"},
    {"made is a mapping of a column's name to what it is made of",
     "made는 열 이름과 그 열을 만드는 방법의 매핑이어야 합니다"},
    {"add is a mapping of columns to the text that every row of the file is given",
     "add는 열 이름과 그 열에 채울 텍스트의 매핑이어야 합니다. 텍스트는 파일의 모든 행에 똑같이 "
     "들어갑니다"},
    {"two files of the split \"{split}\" are called {file}",
     "분할 \"{split}\"에 이름이 {file}인 파일이 둘 있습니다"},
    {"the question's text holds no options: A and B, each with a colon, a period or a bracket",
     "문제의 텍스트에 선택지가 없습니다. A와 B 뒤에 각각 콜론, 마침표 또는 괄호가 있어야 합니다"},
    {"the option \"{null_column}\" is null before a real option, so the letters behind it are not "
     "sure",
     "실제 선택지 앞의 선택지 \"{null_column}\"이(가) null이어서, 그 뒤 선택지의 글자를 확정할 수 "
     "없습니다"},
    {"the answer \"{raw}\" is the text of none of the options",
     "정답 \"{raw}\"이(가) 어느 선택지의 텍스트와도 같지 않습니다"},
    {"the answer \"{raw}\" is the text of several options, so which one is meant is not sure",
     "정답 \"{raw}\"이(가) 여러 선택지의 텍스트와 같아 어느 것인지 확정할 수 없습니다"},
    {"no rule of the made column \"{made}\" fits the {column} \"{text}\"",
     "made로 만드는 열 \"{made}\"의 규칙 중에 {column} \"{text}\"에 맞는 것이 없습니다"},
    {"the row has a column \"{column}\" of its own, which the manifest would replace",
     "행에 열 \"{column}\"이(가) 이미 있어, 매니페스트의 값이 그것을 덮어쓰게 됩니다"},
    {"{kind}: {place}: {detail}", "{kind}: {place}: {detail}"},
    {"{kind}: 1 row, first at {place} ({sample})", "{kind}: 1행, {place} ({sample})"},
    {"{kind}: {rows} rows, first at {place} ({sample})",
     "{kind}: {rows}행, 처음은 {place} ({sample})"},
    {"{summary}: {detail}", "{summary}: {detail}"},
};

}  // namespace

std::span<const MessageEntry> korean_of_datasets() {
  return kEntries;
}

}  // namespace jangwon::harness
