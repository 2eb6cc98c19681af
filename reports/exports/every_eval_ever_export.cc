// every_eval_ever, schema 0.3.0: data/jangwon/DEVELOPER/MODEL/UUID.json with the aggregate of a
// model and beside it UUID_samples.jsonl with one line a reply. Values of its free-form maps
// must be strings.

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "reports/arithmetic.h"
#include "reports/exports/exported_run.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

using harness::MetricResult;
using harness::SampleRecord;
using harness::Score;

constexpr const char* kSchemaVersion = "0.3.0";

std::string developer_of(const ExportedTask& task) {
  const size_t slash = task.model_id.find('/');
  return slash == std::string::npos ? "unknown" : task.model_id.substr(0, slash);
}

// The text of a version 4 UUID, from a hash instead of chance.
std::string uuid_of(const std::string& hash) {
  std::string uuid = hash.substr(0, 8) + "-" + hash.substr(8, 4) + "-4" + hash.substr(13, 3) +
                     "-a" + hash.substr(17, 3) + "-" + hash.substr(20, 12);
  return uuid;
}

// Seconds since 1970 of an RFC 3339 time in UTC, as text.
std::string epoch_text(const std::string& time) {
  std::tm parts{};
  if (strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr) return "0";
  return std::to_string(timegm(&parts));
}

Json source_data(const ExportedTask& task) {
  const Json& settings = *task.settings;
  const Json details{{"dataset_sha256", settings.value("dataset_sha256", "")},
                     {"release", settings.value("release", "")},
                     {"split", settings.value("split", "test")}};
  if (!is_on_hub(task)) {
    return Json{{"dataset_name", dataset_id(task)},
                {"source_type", "other"},
                {"additional_details", details}};
  }
  return Json{{"dataset_name", task.task},
              {"source_type", "hf_dataset"},
              {"hf_repo", dataset_id(task)},
              {"hf_split", settings.value("split", "test")},
              {"samples_number", task.questions.size()},
              {"additional_details", details}};
}

Json uncertainty_of(const MetricResult& row) {
  Json uncertainty{{"num_samples", row.n}};
  if (row.se_total)
    uncertainty["standard_error"] = {{"value", *row.se_total}, {"method", "analytic"}};
  if (row.ci_low && row.ci_high) {
    uncertainty["confidence_interval"] = {{"lower", *row.ci_low},
                                          {"upper", *row.ci_high},
                                          {"confidence_level", 0.95},
                                          {"method", row.ci_method}};
  }
  return uncertainty;
}

Json result_of(const ExportedRun& run, const ExportedTask& task, const MetricResult& row) {
  Json counts = Json::object();
  for (const auto& [name, count] : row.counts)
    counts[name] = std::to_string(count);
  counts["repeats"] = std::to_string(row.repeats);
  counts["mode"] = name_of(row.mode);
  Json arguments = Json::object();
  for (const char* name : {"temperature", "top_p", "top_k", "max_tokens"}) {
    const Json value = task.sampling(name);
    if (!value.is_null()) arguments[name] = value;
  }
  return Json{{"evaluation_name", task.name_in("every-eval-ever")},
              {"source_data", source_data(task)},
              {"evaluation_timestamp", epoch_text(run.started_at())},
              {"metric_config",
               {{"evaluation_description", task.task + ", graded in the mode " + name_of(row.mode)},
                {"metric_id", row.metric + "/" + name_of(row.mode)},
                {"metric_name", row.metric},
                {"metric_kind", "accuracy"},
                {"metric_unit", "proportion"},
                {"lower_is_better", false},
                {"score_type", "continuous"},
                {"min_score", 0},
                {"max_score", 1}}},
              {"score_details",
               {{"score", *row.value}, {"details", counts}, {"uncertainty", uncertainty_of(row)}}},
              {"generation_config",
               {{"generation_args", arguments},
                {"additional_details",
                 {{"prompt_style", task.settings->value("style", "")},
                  {"seed", std::to_string(run.run().at("frozen").value("seed", uint64_t{0}))}}}}}};
}

Json attribution_of(const Score& score) {
  Json attribution = Json::array();
  if (!score.answer) return attribution;
  attribution.push_back({{"turn_idx", 0},
                         {"source", "output.raw"},
                         {"extracted_value", *score.answer},
                         {"extraction_method", score.stage.empty() ? score.scorer : score.stage},
                         {"is_terminal", true}});
  return attribution;
}

Json instance_of(const ExportedTask& task, const std::string& evaluation_id,
                 const SampleRecord& record, const Score& score) {
  const Json& columns = *record.metadata;
  Json metadata{{"repeat", std::to_string(record.key.repeat)},
                {"verdict", name_of(record.verdict)},
                {"truncated", record.truncated ? "true" : "false"},
                {"unterminated_reasoning", record.unterminated_reasoning ? "true" : "false"}};
  for (const auto& [name, value] : columns.items())
    metadata[name] = value.is_string() ? value.get<std::string>() : value.dump();
  const int64_t output_tokens = harness::num_output_tokens(record.completion);
  const std::string raw = columns.contains("question") && columns["question"].is_string()
                              ? columns["question"].get<std::string>()
                              : record.prompt_text;
  std::string hashed = raw;
  for (const std::string& target : record.target)
    hashed += target;
  Json line;
  line["schema_version"] = kSchemaVersion;
  line["evaluation_id"] = evaluation_id;
  line["model_id"] = task.model_id;
  line["evaluation_name"] = task.name_in("every-eval-ever");
  line["sample_id"] = record.key.sample_id;
  line["sample_hash"] = sha256_hex(hashed);
  line["interaction_type"] = "single_turn";
  line["input"] = {{"raw", raw}, {"formatted", record.prompt_text}, {"reference", record.target}};
  line["output"] = {{"raw", Json::array({record.completion.text})}};
  if (!record.completion.reasoning.empty())
    line["output"]["reasoning_trace"] = Json::array({record.completion.reasoning});
  line["messages"] = nullptr;
  line["answer_attribution"] = attribution_of(score);
  line["evaluation"] = {{"score", *score.value},
                        {"is_correct", score.verdict == harness::Verdict::kCorrect},
                        {"num_turns", 1}};
  line["token_usage"] = {{"input_tokens", record.completion.num_prompt_tokens},
                         {"output_tokens", output_tokens},
                         {"total_tokens", record.completion.num_prompt_tokens + output_tokens},
                         {"input_tokens_cache_read", record.completion.num_cached_tokens},
                         {"reasoning_tokens", record.completion.num_reasoning_tokens}};
  line["performance"] = {{"latency_ms", record.duration_ms},
                         {"time_to_first_token_ms", record.completion.prefill_ms},
                         {"generation_time_ms", record.completion.decode_ms}};
  line["error"] = nullptr;
  line["metadata"] = metadata;
  return line;
}

// The replies that count; errors of ours have no score, which the schema wants.
Result<std::string> instances_of(const ExportedRun& run,
                                 const std::vector<const ExportedTask*>& tasks,
                                 const std::string& evaluation_id, int& num_rows) {
  std::string text;
  for (const ExportedTask* task : tasks) {
    for (const ExportedQuestion& question : task->questions) {
      for (const SampleOutcome& outcome : question.runs) {
        JANGWON_ASSIGN_OR_RETURN(const SampleRecord record, run.record(outcome));
        const Score* score = find_score(record, harness::ScoreMode::kOfficial);
        if (score == nullptr || !score->value) continue;
        text += to_json_line(instance_of(*task, evaluation_id, record, *score)) + "\n";
        ++num_rows;
      }
    }
  }
  return text;
}

Status export_model(const ExportedRun& run, const std::vector<const ExportedTask*>& tasks,
                    const ExportOptions& options, Paths& paths) {
  const ExportedTask& first = *tasks.front();
  const std::string uuid = uuid_of(run.identifier(first.model));
  const std::string evaluation_id =
      "jangwon/" + first.model_id + "/" + epoch_text(run.started_at());
  const size_t slash = first.model_id.find('/');
  const std::string short_name =
      slash == std::string::npos ? first.model_id : first.model_id.substr(slash + 1);
  const std::string folder =
      "data/jangwon/" + file_name_of(developer_of(first)) + "/" + file_name_of(short_name);
  const std::string samples = folder + "/" + uuid + "_samples.jsonl";
  int num_rows = 0;
  JANGWON_ASSIGN_OR_RETURN(const std::string instances,
                           instances_of(run, tasks, evaluation_id, num_rows));
  Json results = Json::array();
  for (const ExportedTask* task : tasks) {
    for (const MetricResult* row : {task->official, task->native}) {
      if (row != nullptr && row->value) results.push_back(result_of(run, *task, *row));
    }
  }
  const std::string version = run.run().at("frozen").value("program_version", "unknown");
  const std::string kind = first.model_settings->value("kind", "");
  Json json;
  json["schema_version"] = kSchemaVersion;
  json["evaluation_id"] = evaluation_id;
  json["evaluation_timestamp"] = epoch_text(run.started_at());
  json["retrieved_timestamp"] = epoch_text(run.started_at());
  json["source_metadata"] = {{"source_name", "jangwon"},
                             {"source_type", "evaluation_run"},
                             {"source_organization_name", options.organization},
                             {"evaluator_relationship", "other"}};
  json["eval_library"] = {{"name", "jangwon"}, {"version", version}};
  json["model_info"] = {{"name", first.model},
                        {"id", first.model_id},
                        {"developer", developer_of(first)},
                        {"additional_details",
                         {{"deployment_type", kind == "embedded" ? "self_deployed" : "unknown"},
                          {"model_availability", kind == "embedded" ? "open_weights" : "unknown"},
                          {"stand_in", first.official->stand_in ? "true" : "false"}}}};
  for (const auto& [name, value] : arithmetic_of(*first.model_settings))
    json["model_info"]["additional_details"][name] = value;
  if (kind == "embedded")
    json["model_info"]["inference_engine"] = {{"name", "jangwon"}, {"version", version}};
  json["evaluation_results"] = results;
  json["detailed_evaluation_results"] = {{"format", "jsonl"},
                                         {"file_path", samples},
                                         {"hash_algorithm", "sha256"},
                                         {"checksum", sha256_hex(instances)},
                                         {"total_rows", num_rows}};
  const std::string aggregate = options.output_folder + "/" + folder + "/" + uuid + ".json";
  JANGWON_RETURN_IF_ERROR(write_export(options, aggregate, to_json_text(json)));
  JANGWON_RETURN_IF_ERROR(write_export(options, options.output_folder + "/" + samples, instances));
  paths.push_back(aggregate);
  paths.push_back(options.output_folder + "/" + samples);
  return ok_status();
}

}  // namespace

Status export_every_eval_ever(const ExportedRun& run, const ExportOptions& options, Paths& paths) {
  for (const std::vector<const ExportedTask*>& tasks : run.tasks_by_model())
    JANGWON_RETURN_IF_ERROR(export_model(run, tasks, options, paths));
  return ok_status();
}

}  // namespace jangwon::reports
