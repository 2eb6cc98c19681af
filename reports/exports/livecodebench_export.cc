// LiveCodeBench: MODEL/Scenario.codegeneration_N_T_eval_all.json, the file that its compute_scores
// reads. Verdicts are those of the official mode; replies that ended in an error of ours are left
// out of the lists.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/exports/exported_run.h"

namespace jangwon::reports {

namespace {

using harness::SampleRecord;
using harness::Score;

std::string text_column(const Json& columns, const char* name) {
  return columns.contains(name) && columns[name].is_string() ? columns[name].get<std::string>()
                                                             : "";
}

Result<Json> problem_of(const ExportedRun& run, const ExportedQuestion& question) {
  Json problem;
  Json outputs = Json::array(), codes = Json::array(), graded = Json::array(),
       metadata = Json::array();
  int passed = 0;
  for (const SampleOutcome& outcome : question.runs) {
    JANGWON_ASSIGN_OR_RETURN(const SampleRecord record, run.record(outcome));
    if (problem.empty()) {
      const Json& columns = *record.metadata;
      problem["question_title"] = text_column(columns, "question_title");
      problem["question_content"] = text_column(columns, "question_content");
      problem["platform"] = text_column(columns, "platform");
      problem["question_id"] = question.id;
      problem["contest_id"] = text_column(columns, "contest_id");
      problem["contest_date"] = text_column(columns, "contest_date");
      problem["starter_code"] = text_column(columns, "starter_code");
      problem["difficulty"] = text_column(columns, "difficulty");
    }
    const Score* score = find_score(record, harness::ScoreMode::kOfficial);
    // Results of tests are what tells a programming task from others.
    if (score == nullptr || !score->value || score->results.empty()) continue;
    const bool right = score->verdict == harness::Verdict::kCorrect;
    passed += right ? 1 : 0;
    outputs.push_back(record.completion.text);
    codes.push_back(score->answer.value_or(""));
    graded.push_back(right);
    metadata.push_back(to_json_line(
        Json{{"verdict", name_of(score->verdict)}, {"explanation", score->explanation}}));
  }
  if (graded.empty()) return Json();
  problem["output_list"] = outputs;
  problem["code_list"] = codes;
  problem["graded_list"] = graded;
  problem["pass@1"] = static_cast<double>(passed) / static_cast<double>(graded.size());
  problem["metadata"] = metadata;
  return problem;
}

}  // namespace

Status export_livecodebench(const ExportedRun& run, const ExportOptions& options, Paths& paths) {
  for (const ExportedTask& task : run.tasks()) {
    Json problems = Json::array();
    for (const ExportedQuestion& question : task.questions) {
      JANGWON_ASSIGN_OR_RETURN(Json problem, problem_of(run, question));
      if (!problem.is_null()) problems.push_back(std::move(problem));
    }
    if (problems.empty()) continue;
    const Json temperature = task.sampling("temperature");
    const std::string path =
        fmt::format("{}/{}/Scenario.codegeneration_{}_{}_eval_all.json", options.output_folder,
                    file_name_of(task.model_id), task.official->repeats,
                    temperature.is_number() ? temperature.dump() : "0.0");
    JANGWON_RETURN_IF_ERROR(write_export(options, path, to_json_text(problems)));
    paths.push_back(path);
  }
  if (!paths.empty()) return ok_status();
  return invalid_argument(
      "the run {run_folder} has no programming task, and livecodebench can hold nothing else; "
      "choose another format",
      {{"run_folder", options.run_folder}});
}

}  // namespace jangwon::reports
