#include "harness/commands/message_catalogue.h"

#include <CLI/CLI.hpp>
#include <optional>
#include <string_view>
#include <vector>

namespace jangwon::harness {

namespace {

struct Entry {
  std::string_view english;
  std::string_view korean;  // as many {} as the English has, in the same order
};

constexpr Entry kEntries[] = {
    // Commands.
    {"Jangwon evaluates Korean large language models.", "장원은 한국어 거대 언어 모델을 평가합니다."},
    {"Evaluate models on tasks; the same -o goes on with a run",
     "모델을 과제로 평가합니다. 같은 -o를 주면 이어서 실행합니다"},
    {"Put the shards of a run together", "나누어 실행한 조각을 하나의 실행으로 합칩니다"},
    {"Grade a run again from its journal, without generating", "다시 생성하지 않고 기록만으로 다시 채점합니다"},
    {"Write a run in the formats of other tools", "실행 결과를 다른 도구의 형식으로 내보냅니다"},
    {"Write a commented file of settings for jangwon run --config",
     "jangwon run --config에 쓸 설정 파일을 설명과 함께 만듭니다"},
    {"Print a completion script for bash, zsh or fish", "bash, zsh, fish용 자동 완성 스크립트를 출력합니다"},
    // Flags of run.
    {"Print this help message and exit", "이 도움말을 출력하고 끝냅니다"},
    {"folder, registered name, openai:URL#model or replay:PATH; several with commas",
     "폴더, 등록된 이름, openai:URL#모델 또는 replay:경로. 여럿이면 쉼표로 구분"},
    {"names or folders with a task.yaml; several with commas",
     "과제 이름 또는 task.yaml이 있는 폴더. 여럿이면 쉼표로 구분"},
    {"run folder (default runs/DATE_NAME)", "실행 폴더 (기본값 runs/날짜_이름)"},
    {"the first N samples of each task", "과제마다 처음 N개 문항만"},
    {"runs a sample (default: the task's)", "문항마다 반복 횟수 (기본값은 과제가 정함)"},
    {"every draw depends on it and on the sample alone", "모든 표본 추출은 이 값과 문항에만 달려 있습니다"},
    {"bundled (miniature sets, the default) or published (imported)",
     "bundled (내장 축소판, 기본값) 또는 published (가져온 공개 데이터)"},
    {"prompt style of the tasks", "과제의 프롬프트 양식"},
    {"a folder of further tasks", "추가 과제가 있는 폴더"},
    {"i/n: only part i of n of the questions, from 0; see jangwon merge",
     "i/n: 문항을 n조각으로 나눈 것 중 i번째(0부터)만. jangwon merge 참고"},
    {"0 is greedy", "0이면 탐욕적 생성"},
    {"most tokens of a reply, thinking included", "응답의 최대 토큰 수 (생각 포함)"},
    {"results.json on stdout instead of the table", "표 대신 results.json을 표준 출력으로"},
    {"settings from a YAML file; see jangwon init", "YAML 파일의 설정. jangwon init 참고"},
    {"KEY=VALUE above the file; may be repeated", "파일보다 우선하는 키=값. 여러 번 쓸 수 있습니다"},
    // Failures.
    {"unknown command \"{}\"; did you mean \"{}\"?", "알 수 없는 명령 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown command \"{}\"; known are {}", "알 수 없는 명령 \"{}\"입니다. 아는 명령: {}"},
    {"unknown task \"{}\"; did you mean \"{}\"?", "알 수 없는 과제 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown task \"{}\"; known are {}", "알 수 없는 과제 \"{}\"입니다. 아는 과제: {}"},
    {"unknown key \"{}\"; did you mean \"{}\"?", "알 수 없는 키 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"unknown key \"{}\"; known are {}", "알 수 없는 키 \"{}\"입니다. 아는 키: {}"},
    {"unknown export format \"{}\"; did you mean \"{}\"?", "알 수 없는 형식 \"{}\"입니다. \"{}\"을(를) 뜻하셨습니까?"},
    {"--model is missing: a folder, a registered name or replay:RUN",
     "--model이 없습니다: 폴더, 등록된 이름 또는 replay:실행"},
    {"--tasks is missing; `jangwon tasks list` shows what there is",
     "--tasks가 없습니다. `jangwon tasks list`가 있는 과제를 보여 줍니다"},
    {"the run folder {} is in use by process {} on {}; wait for it or choose another folder with -o",
     "실행 폴더 {}은(는) 프로세스 {}(호스트 {})이(가) 쓰고 있습니다. 기다리거나 -o로 다른 폴더를 고르십시오"},
    {"the run was interrupted and is incomplete; `jangwon run -o {}` goes on with it",
     "실행이 중단되어 끝나지 않았습니다. `jangwon run -o {}`로 이어서 실행하십시오"},
    {"the run is incomplete: {} samples ended in an error of ours and were not counted; `jangwon run -o {}` goes on "
     "with it",
     "실행이 끝나지 않았습니다: 표본 {}개가 우리 쪽 오류로 끝나 세지 않았습니다. `jangwon run -o {}`로 이어서 "
     "실행하십시오"},
    {"shard {} is missing; merge needs all {} folders",
     "조각 {}이(가) 없습니다. merge에는 폴더 {}개가 모두 필요합니다"},
    {"{} is not a run folder: it has no run.json", "{}은(는) 실행 폴더가 아닙니다: run.json이 없습니다"},
    {"{} is there already; remove it or name another file",
     "{}이(가) 이미 있습니다. 지우거나 다른 파일 이름을 주십시오"},
    {"--lang is {}; it can be ko or en", "--lang이 {}입니다. ko 또는 en이어야 합니다"},
};

std::vector<std::string_view> pieces_of(std::string_view pattern) {
  std::vector<std::string_view> pieces;
  for (size_t at; (at = pattern.find("{}")) != std::string_view::npos; pattern.remove_prefix(at + 2))
    pieces.push_back(pattern.substr(0, at));
  pieces.push_back(pattern);
  return pieces;
}

// What stands in the places of {}; nothing where the message is another one.
std::optional<std::vector<std::string_view>> match(std::string_view pattern, std::string_view message) {
  const std::vector<std::string_view> pieces = pieces_of(pattern);
  if (!message.starts_with(pieces.front())) return std::nullopt;
  message.remove_prefix(pieces.front().size());
  std::vector<std::string_view> values;
  for (size_t i = 1; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    const size_t at = last && pieces[i].empty() ? message.size() : message.find(pieces[i]);
    if (at == std::string_view::npos) return std::nullopt;
    values.push_back(message.substr(0, at));
    message.remove_prefix(at + pieces[i].size());
  }
  if (!message.empty()) return std::nullopt;
  return values;
}

std::string fill(std::string_view pattern, const std::vector<std::string_view>& values) {
  const std::vector<std::string_view> pieces = pieces_of(pattern);
  std::string text(pieces.front());
  for (size_t i = 1; i < pieces.size(); ++i) {
    text += values.at(i - 1);
    text += pieces[i];
  }
  return text;
}

std::optional<std::string> find_korean(std::string_view message) {
  for (const Entry& entry : kEntries) {
    if (const auto values = match(entry.english, message)) return fill(entry.korean, *values);
  }
  return std::nullopt;
}

}  // namespace

std::string korean_message(const std::string& english) {
  if (const auto korean = find_korean(english)) return *korean;
  // "FILE:12: message"
  for (size_t at = english.find(": "); at != std::string::npos; at = english.find(": ", at + 1)) {
    if (const auto korean = find_korean(std::string_view(english).substr(at + 2))) {
      return english.substr(0, at + 2) + *korean;
    }
  }
  return english;
}

void translate_help(CLI::App& app) {
  app.description(korean_message(app.get_description()));
  for (CLI::Option* option : app.get_options())
    option->description(korean_message(option->get_description()));
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    translate_help(*command);
}

}  // namespace jangwon::harness
