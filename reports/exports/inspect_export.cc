// inspect_ai's log, version 2: one .eval file (a zip of JSON members) for each model and task. A
// run of a sample is an epoch, a mode is a scorer, "N" is its value for a reply without an answer.

#include <nlohmann/json.hpp>

#include "reports/arithmetic.h"
#include "reports/exports/exported_run.h"
#include "reports/exports/zip_writer.h"
#include "runtime/base/file.h"
#include "runtime/base/new_file.h"

namespace jangwon::reports {

namespace {

using harness::MetricResult;
using harness::SampleRecord;
using harness::Score;
using harness::Verdict;

constexpr size_t kIdLength = 22;  // as its own identifiers

const char* stop_reason(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "max_tokens";
    case FinishReason::kContext:
      return "model_length";
    case FinishReason::kError:
      return "unknown";
  }
  return "unknown";
}

const char* score_value(Verdict verdict) {
  return verdict == Verdict::kCorrect ? "C" : verdict == Verdict::kNoAnswer ? "N" : "I";
}

Json usage_of(const SampleRecord& record) {
  const int64_t output = harness::num_output_tokens(record.completion);
  return Json{{"input_tokens", record.completion.num_prompt_tokens},
              {"output_tokens", output},
              {"total_tokens", record.completion.num_prompt_tokens + output},
              {"input_tokens_cache_read", record.completion.num_cached_tokens},
              {"reasoning_tokens", record.completion.num_reasoning_tokens}};
}

Json scores_of(const SampleRecord& record) {
  Json scores = Json::object();
  for (const Score& score : record.scores) {
    if (!counts(score.verdict)) continue;
    scores[name_of(score.mode)] = {
        {"value", score_value(score.verdict)},
        {"answer", score.answer ? Json(*score.answer) : Json()},
        {"explanation", score.explanation.empty() ? Json(score.stage) : Json(score.explanation)},
        {"metadata",
         {{"verdict", name_of(score.verdict)},
          {"stage", score.stage},
          {"scorer", score.scorer},
          {"scorer_version", score.scorer_version}}}};
  }
  return scores;
}

Json error_of(const SampleRecord& record) {
  return Json{{"message", record.error}, {"traceback", ""}, {"traceback_ansi", ""}};
}

Json metadata_of(const SampleRecord& record) {
  Json metadata = *record.metadata;
  metadata["jangwon"] = {{"verdict", name_of(record.verdict)},
                         {"truncated", record.truncated},
                         {"unterminated_reasoning", record.unterminated_reasoning},
                         {"prompt_sha256", record.prompt_sha256}};
  return metadata;
}

Json reply_message(const ExportedTask& task, const SampleRecord& record) {
  Json content = Json::array();
  if (!record.completion.reasoning.empty()) {
    content.push_back({{"type", "reasoning"}, {"reasoning", record.completion.reasoning}});
  }
  content.push_back({{"type", "text"}, {"text", record.completion.answer_text}});
  return Json{{"content", content},
              {"source", "generate"},
              {"role", "assistant"},
              {"model", task.model_id}};
}

// What the list of samples shows; the sample itself has more.
Json summary_of(const ExportedTask& task, const SampleRecord& record) {
  Json summary;
  summary["id"] = record.key.sample_id;
  summary["epoch"] = record.key.repeat + 1;
  summary["input"] = record.prompt_text;
  summary["target"] = record.target;
  summary["metadata"] = Json::object();
  summary["scores"] = scores_of(record);
  summary["model_usage"] = {{task.model_id, usage_of(record)}};
  summary["started_at"] = record.started_at;
  summary["total_time"] = record.duration_ms / 1000.0;
  summary["working_time"] = record.duration_ms / 1000.0;
  if (!counts(record.verdict)) summary["error"] = record.error;
  summary["completed"] = true;
  return summary;
}

Json sample_of(const ExportedRun& run, const ExportedTask& task, const SampleRecord& record) {
  const Json reply = reply_message(task, record);
  Json sample;
  sample["id"] = record.key.sample_id;
  sample["epoch"] = record.key.repeat + 1;
  sample["input"] = record.prompt_text;
  sample["target"] = record.target;
  sample["messages"] = Json::array(
      {Json{{"content", record.prompt_text}, {"source", "input"}, {"role", "user"}}, reply});
  sample["output"] = {
      {"model", task.model_id},
      {"choices",
       Json::array({Json{{"message", reply},
                         {"stop_reason", stop_reason(record.completion.finish_reason)}}})},
      {"completion", record.completion.answer_text},
      {"usage", usage_of(record)},
      {"time", (record.completion.prefill_ms + record.completion.decode_ms) / 1000.0}};
  sample["scores"] = scores_of(record);
  sample["metadata"] = metadata_of(record);
  sample["store"] = Json::object();
  sample["events"] = Json::array();
  sample["model_usage"] = {{task.model_id, usage_of(record)}};
  sample["started_at"] = record.started_at;
  sample["total_time"] = record.duration_ms / 1000.0;
  sample["working_time"] = record.duration_ms / 1000.0;
  sample["uuid"] = run.identifier(task.model + "\n" + task.task + "\n" + record.key.sample_id +
                                  "\n" + std::to_string(record.key.repeat))
                       .substr(0, kIdLength);
  if (!counts(record.verdict)) sample["error"] = error_of(record);
  sample["attachments"] = Json::object();
  return sample;
}

Json eval_spec(const ExportedRun& run, const ExportedTask& task, const std::string& eval_id) {
  const Json& settings = *task.settings;
  Json ids = Json::array();
  for (const ExportedQuestion& question : task.questions)
    ids.push_back(question.id);
  Json spec;
  spec["eval_id"] = eval_id;
  spec["run_id"] = run.identifier("run").substr(0, kIdLength);
  spec["created"] = run.started_at();
  spec["task"] = task.name_in("inspect");
  spec["task_id"] = run.identifier("task\n" + task.task).substr(0, kIdLength);
  spec["task_version"] = settings.value("version", "");
  spec["task_attribs"] = Json::object();
  spec["task_args"] = {{"style", settings.value("style", "")}};
  spec["dataset"] = {{"name", dataset_id(task)},
                     {"location", dataset_id(task)},
                     {"samples", task.questions.size()},
                     {"sample_ids", ids},
                     {"shuffled", false}};
  spec["model"] = task.model_id;
  Json generate;
  for (const char* name : {"temperature", "top_p", "top_k", "max_tokens", "presence_penalty"}) {
    const Json value = task.sampling(name);
    if (!value.is_null()) generate[name] = value;
  }
  generate["seed"] = run.run().at("frozen").value("seed", uint64_t{0});
  spec["model_generate_config"] = generate;
  spec["model_args"] = arithmetic_of(*task.model_settings);
  spec["config"] = {{"epochs", settings.value("repeats", 1)}};
  spec["packages"] = {{"jangwon", run.run().at("frozen").value("program_version", "")}};
  spec["metadata"] = {{"stand_in", task.official->stand_in},
                      {"bundled_miniature_set", task.miniature},
                      {"dataset_sha256", settings.value("dataset_sha256", "")}};
  return spec;
}

Json metric_json(const char* name, double value) {
  return Json{{"name", name}, {"value", value}, {"params", Json::object()}};
}

Json results_of(const ExportedTask& task) {
  const int total = task.official->planned;
  Json scores = Json::array();
  int completed = 0;
  for (const MetricResult* row : {task.official, task.native}) {
    if (row == nullptr) continue;
    const int scored =
        row->counts.at("correct") + row->counts.at("incorrect") + row->counts.at("no_answer");
    if (row->headline) completed = scored;
    Json metrics = Json::object();
    if (row->value) metrics["accuracy"] = metric_json("accuracy", *row->value);
    if (row->se_total) metrics["stderr"] = metric_json("stderr", *row->se_total);
    scores.push_back({{"name", name_of(row->mode)},
                      {"scorer", name_of(row->mode)},
                      {"reducer", "mean"},
                      {"scored_samples", scored},
                      {"unscored_samples", total - scored},
                      {"params", Json::object()},
                      {"metrics", metrics}});
  }
  return Json{{"total_samples", total}, {"completed_samples", completed}, {"scores", scores}};
}

void add_usage(const Json& usage, Json& total) {
  for (const auto& [name, value] : usage.items())
    total[name] = total.value(name, int64_t{0}) + value.get<int64_t>();
}

Status write_log(const ExportedRun& run, const ExportedTask& task, const std::string& path,
                 const std::string& eval_id) {
  JANGWON_ASSIGN_OR_RETURN(ZipWriter zip, ZipWriter::create(path));
  const Json spec = eval_spec(run, task, eval_id);
  const Json plan{
      {"name", "plan"},
      {"steps", Json::array({Json{{"solver", "generate"}, {"params", Json::object()}}})},
      {"config", Json::object()}};
  JANGWON_RETURN_IF_ERROR(zip.add(
      "_journal/start.json", to_json_line(Json{{"version", 2}, {"eval", spec}, {"plan", plan}})));
  Json summaries = Json::array();
  Json usage = Json::object();
  for (const ExportedQuestion& question : task.questions) {
    for (const SampleOutcome& outcome : question.runs) {
      JANGWON_ASSIGN_OR_RETURN(const SampleRecord record, run.record(outcome));
      summaries.push_back(summary_of(task, record));
      add_usage(usage_of(record), usage);
      const std::string name =
          "samples/" + question.id + "_epoch_" + std::to_string(outcome.repeat + 1) + ".json";
      JANGWON_RETURN_IF_ERROR(zip.add(name, to_json_line(sample_of(run, task, record))));
    }
  }
  JANGWON_RETURN_IF_ERROR(zip.add("_journal/summaries/1.json", to_json_line(summaries)));
  JANGWON_RETURN_IF_ERROR(zip.add("summaries.json", to_json_line(summaries)));
  Json header;
  header["version"] = 2;
  header["status"] = run.complete() ? "success" : "cancelled";
  header["eval"] = spec;
  header["plan"] = plan;
  header["results"] = results_of(task);
  header["stats"] = {{"started_at", run.started_at()},
                     {"completed_at", run.ended_at()},
                     {"model_usage", {{task.model_id, usage}}}};
  JANGWON_RETURN_IF_ERROR(zip.add("header.json", to_json_line(header)));
  return zip.close();
}

}  // namespace

Status export_inspect(const ExportedRun& run, const ExportOptions& options, Paths& paths) {
  std::string date;
  for (char c : run.started_at())
    date += c == ':' ? '-' : c;
  for (const ExportedTask& task : run.tasks()) {
    const std::string eval_id = run.identifier(task.model + "\n" + task.task).substr(0, kIdLength);
    const std::string path = options.output_folder + "/" + date + "_" + file_name_of(task.task) +
                             "_" + eval_id + ".eval";
    JANGWON_RETURN_IF_ERROR(claim_export(options, path));
    JANGWON_ASSIGN_OR_RETURN(const std::string temporary, new_name_beside(path));
    JANGWON_RETURN_IF_ERROR(write_log(run, task, temporary, eval_id));
    JANGWON_RETURN_IF_ERROR(move_into_place(temporary, path));
    JANGWON_RETURN_IF_ERROR(sign_export(options, path));
    paths.push_back(path);
  }
  return ok_status();
}

}  // namespace jangwon::reports
