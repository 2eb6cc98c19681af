#include "tests/reports/fixture_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/record/run_result.h"
#include "harness/stats/score_interval.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {
namespace {

using harness::MetricResult;
using harness::SampleRecord;
using harness::Verdict;

// A number in [0, 1) that depends on the text alone.
double draw(const std::string& text) {
  return static_cast<double>(std::stoull(sha256_hex(text).substr(0, 12), nullptr, 16)) /
         281474976710656.0;
}

Json metadata_of(const std::string& task, int question) {
  static const char* kLicences[] = {"변호사", "의사", "세무사"};
  static const char* kSubjects[] = {"민법", "형법"};
  static const char* kCategories[] = {"biology", "computer science", "history", "law", "math"};
  static const char* kLevels[] = {"easy", "medium", "hard"};
  Json json = Json::object();
  if (task == "kmmlu_pro") {
    json = {{"license_name", kLicences[question % 3]}, {"subject", kSubjects[question / 3 % 2]}};
  } else if (task == "mmlu_pro") {
    json = {{"category", kCategories[question % 5]}};
  } else if (task == "livecodebench_v6") {
    json = {{"difficulty", kLevels[question % 3]},
            {"platform", question % 2 == 0 ? "atcoder" : "leetcode"},
            {"contest_date",
             fmt::format("2025-{:02}-{:02}T00:00:00", 1 + question % 5, 1 + question % 27)}};
  }
  return json;
}

SampleRecord make_record(const FixtureModel& model, const FixtureTask& task, int question,
                         int repeat) {
  SampleRecord record;
  record.key = {model.name, task.name, fmt::format("{}-{:03}", task.name, question), repeat};
  record.task_version = "1";
  record.prompt_text = fmt::format("문제 {}: 알맞은 답을 고르시오.", question);
  record.prompt_sha256 = sha256_hex(record.prompt_text);
  double difficulty = draw(fmt::format("{}/{}", task.name, question));
  double luck = draw(fmt::format("{}/{}/{}/{}", model.name, task.name, question, repeat));
  bool right = 0.7 * difficulty + 0.3 * luck < model.skill;
  record.verdict = right         ? Verdict::kCorrect
                   : luck > 0.93 ? Verdict::kNoAnswer
                                 : Verdict::kIncorrect;
  record.truncated = luck > 0.96;
  record.completion.text =
      fmt::format("생각해 보면 {}번이 맞다. 답: {}", question % 5 + 1, question % 5 + 1);
  record.completion.answer_text = record.completion.text;
  record.completion.num_prompt_tokens = 20 + question % 7;
  record.completion.token_ids.assign(static_cast<size_t>(30 + 100 * luck), 7);
  harness::Score official =
      harness::counted_score(harness::ScoreMode::kOfficial, "letter", record.verdict);
  official.answer = std::to_string(question % 5 + 1);
  official.scorer_version = "1";
  Verdict native_verdict = luck > 0.9 && !right ? Verdict::kCorrect : record.verdict;
  harness::Score native =
      harness::counted_score(harness::ScoreMode::kNative, "letter", native_verdict);
  native.answer = official.answer;
  native.scorer_version = "1";
  record.scores = {official, native};
  record.target = {std::to_string(question % 5 + 1)};
  record.metadata = metadata_of(task.name, question);
  record.started_at = fmt::format("2026-11-21T09:{:02}:{:02}Z", question / 60 % 60, question % 60);
  record.duration_ms = 12.5;
  return record;
}

MetricResult make_metric(const FixtureModel& model, const FixtureTask& task,
                         const std::vector<SampleRecord>& records, harness::ScoreMode mode) {
  MetricResult metric;
  metric.model = model.name;
  metric.stand_in = model.stand_in;
  metric.task = task.name;
  metric.task_version = "1";
  metric.mode = mode;
  metric.headline = mode == harness::ScoreMode::kOfficial;
  metric.metric = "accuracy";
  metric.repeats = task.repeats;
  metric.planned = task.questions * task.repeats;
  std::map<std::string, std::vector<double>> runs;
  for (Verdict verdict : harness::kAllVerdicts)
    metric.counts[harness::name_of(verdict)] = 0;
  metric.counts["truncated"] = 0;
  metric.counts["unterminated_reasoning"] = 0;
  for (const SampleRecord& record : records) {
    Verdict verdict =
        harness::find_score(record, mode) != nullptr && harness::counts(record.verdict)
            ? harness::find_score(record, mode)->verdict
            : record.verdict;
    ++metric.counts[harness::name_of(verdict)];
    metric.counts["truncated"] += record.truncated;
    metric.counts["unterminated_reasoning"] += record.unterminated_reasoning;
    metric.differs_from_headline += verdict != record.verdict;
    if (harness::counts(verdict))
      runs[record.key.sample_id].push_back(verdict == Verdict::kCorrect ? 1.0 : 0.0);
  }
  std::vector<harness::QuestionScores> questions;
  for (const auto& [id, values] : runs)
    questions.push_back({values});
  harness::ScoreEstimate estimate = harness::estimate_score(questions);
  metric.value = estimate.value;
  metric.ci_low = estimate.ci_low;
  metric.ci_high = estimate.ci_high;
  metric.ci_method = estimate.ci_method;
  metric.se_run = estimate.se_run;
  metric.se_total = estimate.se_total;
  metric.n = estimate.n;
  return metric;
}

}  // namespace

std::string make_temporary_folder(const std::string& name) {
  std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                 fmt::format("jangwon_reports_{}_{}", ::getpid(), name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder.string();
}

void write_fixture_run(const std::string& folder, const FixtureRun& run) {
  std::filesystem::create_directories(folder);
  std::ofstream journal(folder + "/samples.jsonl", std::ios::binary);
  harness::RunResult result;
  result.complete = run.complete;
  result.settings = Json{{"seed", 1}, {"dataset", "miniature"}};
  for (const FixtureModel& model : run.models) {
    for (const FixtureTask& task : run.tasks) {
      std::vector<SampleRecord> records;
      for (int question = 0; question < task.questions; ++question) {
        for (int repeat = 0; repeat < task.repeats; ++repeat) {
          SampleRecord record = make_record(model, task, question, repeat);
          if (run.edit && !run.edit(record)) continue;
          journal << harness::to_journal_line(record) << "\n";
          records.push_back(std::move(record));
        }
      }
      if (records.empty()) continue;
      result.results.push_back(make_metric(model, task, records, harness::ScoreMode::kOfficial));
      result.results.push_back(make_metric(model, task, records, harness::ScoreMode::kNative));
    }
  }
  journal.close();
  ASSERT_TRUE(
      write_file_atomically(folder + "/results.json", harness::to_results_json(result)).ok());
  ASSERT_TRUE(
      write_file_atomically(folder + "/run.json", R"({"schema": "jangwon-run-1", "seed": 1})")
          .ok());
}

FixtureRun demo_like_run() {
  FixtureRun run;
  run.models = {{"standin-axk1", true, 0.62},
                {"standin-k-exaone", true, 0.66},
                {"standin-solar-open", true, 0.3}};
  run.tasks = {
      {"aime25", 30, 4}, {"livecodebench_v6", 24, 1}, {"kmmlu_pro", 60, 1}, {"mmlu_pro", 70, 1}};
  return run;
}

FixtureRun hostile_run() {
  FixtureRun run = demo_like_run();
  run.models[1].name = "</script><script>window.pwned=1</script>";
  run.models[2].name = "\u202Eevil\u202C <img src=x onerror=window.pwned=2> | *bold* & \"quoted\"";
  run.complete = false;
  run.edit = [](SampleRecord& record) {
    // never asked
    if (record.key.model == "standin-axk1" && record.key.task == "mmlu_pro") return false;
    // nothing that counts
    if (record.key.task == "livecodebench_v6" && record.key.model != "standin-axk1") {
      record.verdict = Verdict::kSandboxError;
      record.error = "</script><b>kernel</b>";
      for (harness::Score& score : record.scores) {
        score.verdict = record.verdict;
        score.value.reset();
      }
    }
    record.completion.text =
        "</script><script>window.pwned=3</script><img src=x "
        "onerror=window.pwned=4>\u2028\u2029\u202Eright to "
        "left\u202C"
        "<!-- --> ]]> ${window.pwned=5} \\u003cscript\\u003e \x01 ";
    record.completion.text.push_back('\0');
    record.completion.answer_text = record.completion.text;
    if (!record.scores.empty()) record.scores.front().answer = "<svg onload=window.pwned=6>";
    if (record.key.sample_id == "aime25-000" && record.key.repeat == 0 &&
        record.key.model == "standin-axk1") {
      record.completion.text.append(5'000'000, 'x');
    }
    return true;
  };
  return run;
}

FixtureRun large_run() {
  FixtureRun run;
  const char* names[] = {"standin-axk1",
                         "standin-k-exaone",
                         "standin-solar-open",
                         "k-exaone",
                         "solar-open",
                         "axk1",
                         "a-model-whose-name-is-as-long-as-a-name-of-a-fine-tuned-model-gets-v2.1",
                         "우리말모델-7B"};
  for (size_t i = 0; i < 20; ++i) {
    const std::string name =
        i < std::size(names) ? names[i] : fmt::format("candidate-{:02}-instruct", i);
    run.models.push_back({name, i < 3, 0.25 + 0.03 * static_cast<double>(i * 7 % 20)});
  }
  run.tasks = {{"aime25", 30, 2},   {"aime26", 30, 2},      {"click", 30, 1},
               {"hae_rae", 30, 1},  {"hrm8k", 30, 1},       {"ifeval_ko", 30, 1},
               {"kmmlu", 45, 1},    {"kmmlu_pro", 60, 1},   {"kmmlu_redux", 30, 1},
               {"kobalt", 30, 1},   {"kormedmcqa", 30, 1},  {"livecodebench_v6", 24, 1},
               {"mmlu_pro", 70, 1}, {"mmlu_prox_ko", 30, 1}};
  return run;
}

TableInput table_of_all_kinds() {
  TableInput table;
  table.title = Message::value("Comparison", "비교표");
  table.tasks = {{"aime25", Message::value("AIME25"), Message::value("Mathematics", "수학"), ""},
                 {"mmlu_pro", Message::value("MMLU-Pro"),
                  Message::value("Professional knowledge", "전문지식"), ""},
                 {"my_task", Message::value("my_task"), {}, ""}};
  TableRow first;
  first.id = "run/standin-axk1";
  first.model = first.name = "standin-axk1";
  first.stand_in = true;
  first.origin = "run";
  TableCell scored;
  scored.state = CellState::kScored;
  scored.value = 0.85833;
  scored.ci_low = 0.7311;
  scored.ci_high = 0.9342;
  scored.ci_method = "wilson_eff";
  scored.metric = "accuracy";
  scored.task_version = "1";
  scored.n = 30;
  scored.repeats = 4;
  scored.counts = {{"correct", 103},
                   {"incorrect", 15},
                   {"no_answer", 2},
                   {"infra_error", 0},
                   {"sandbox_error", 0},
                   {"truncated", 7},
                   {"unterminated_reasoning", 1}};
  scored.other_mode = OtherMode{"native", 0.8667, 0.7401, 0.9401, 1};
  scored.rank = harness::RankInterval{1, 2};
  scored.tie_group = 1;
  scored.footnotes = {footnote_index(table, Message::value("One footnote.", "각주 하나."))};
  first.cells["aime25"] = scored;
  TableCell large = scored;
  large.value = 0.815;
  large.ci_low = 0.808;
  large.ci_high = 0.822;
  large.n = 12032;
  large.repeats = 1;
  large.other_mode.reset();
  large.rank.reset();
  large.tie_group = 0;
  large.footnotes.clear();
  first.cells["mmlu_pro"] = large;
  TableCell undefined;
  undefined.state = CellState::kUndefined;
  undefined.counts = {{"correct", 0},
                      {"incorrect", 0},
                      {"no_answer", 0},
                      {"infra_error", 0},
                      {"sandbox_error", 24}};
  first.cells["my_task"] = undefined;

  TableRow second;  // without an interval, and with a task it was not asked
  second.id = "run/x";
  second.model = second.name = "모델 | <b>*둘*</b> 100% _a_";
  second.origin = "run";
  second.total_params_b = 519.0;
  second.active_params_b = 33.0;
  second.licence = "Apache-2.0";
  TableCell bare;
  bare.state = CellState::kScored;
  bare.value = 0.5;
  bare.n = 1;
  bare.repeats = 1;
  bare.counts = {{"correct", 0}, {"incorrect", 0}};
  bare.rank = harness::RankInterval{1, 2};
  bare.tie_group = 2;
  second.cells["aime25"] = bare;

  TableRow third;
  third.id = "published/solar";
  third.model = "solar_open";
  third.name = "Solar Open 100B";
  third.source = RowSource::kPublished;
  third.mode = "thinking";
  third.origin_title = "Solar Open card";
  TableCell other_set;
  other_set.state = CellState::kNotComparable;
  other_set.value = 0.742;
  other_set.footnotes = {
      footnote_index(table, Message::value("Another problem set.", "다른 데이터셋."))};
  third.cells["mmlu_pro"] = other_set;
  TableCell with_beside = bare;
  with_beside.counts.clear();
  with_beside.tie_group = 0;
  with_beside.rank.reset();
  with_beside.beside = {other_set};
  third.cells["aime25"] = with_beside;
  table.rows = {first, second, third};
  table.notes = {Message::value("One remark.", "알림 하나.")};
  return table;
}

void expect_approved(const std::string& name, const std::string& text) {
  std::string path = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/reports/" + name;
  if (const char* update = std::getenv("JANGWON_UPDATE_GOLDENS");
      update != nullptr && *update == '1') {
    ASSERT_TRUE(write_file_atomically(path, text).ok());
    return;
  }
  Result<std::string> golden = read_file(path);
  ASSERT_TRUE(golden.ok()) << golden.status().message()
                           << "; write it with JANGWON_UPDATE_GOLDENS=1";
  EXPECT_EQ(text, *golden) << path;
}

}  // namespace jangwon::reports
