// lm-evaluation-harness: MODEL/results_DATE.json and MODEL/samples_TASK_DATE.jsonl. The official
// mode is the filter "none", which its readers take by default; the native mode is the filter
// "native". The runs of one question stand in one line, as its `repeats` have them.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/arithmetic.h"
#include "reports/exports/exported_run.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

using harness::MetricResult;
using harness::SampleRecord;
using harness::Score;
using harness::ScoreMode;

constexpr ScoreMode kModes[] = {ScoreMode::kOfficial, ScoreMode::kNative};

std::string filter_name(ScoreMode mode) {
  return mode == ScoreMode::kOfficial ? "none" : "native";
}

// Its name for a share of right answers.
std::string metric_name(const ExportedTask& task) {
  return task.official->metric == "accuracy" ? "exact_match" : task.official->metric;
}

std::string file_date(const ExportedRun& run) {
  std::string date = run.started_at().empty() ? "1970-01-01T00:00:00Z" : run.started_at();
  std::replace(date.begin(), date.end(), ':', '-');
  if (date.back() == 'Z') date.pop_back();
  return date + ".000000";
}

// The reply as a server without a reasoning parser gives it: the thinking between its common
// markers. The engine keeps the two apart and leaves the model's own markers out.
std::string reply_text(const Completion& completion) {
  if (completion.reasoning.empty() || completion.text.find("</think>") != std::string::npos)
    return completion.text;
  return "<think>" + completion.reasoning + (completion.reasoning_terminated ? "</think>" : "") +
         completion.answer_text;
}

// The runs of one question, read from the journal.
struct Question {
  size_t index = 0;
  std::vector<SampleRecord> runs;
};

Json sample_line(const ExportedTask& task, const Question& question, ScoreMode mode, Json& hashes) {
  const SampleRecord& first = question.runs.front();
  Json doc = *first.metadata;
  if (!doc.contains("id")) doc["id"] = first.key.sample_id;
  const std::string target = first.target.empty() ? "" : first.target.front();
  Json replies = Json::array(), answers = Json::array(), verdicts = Json::array(),
       finish_reasons = Json::array();
  double sum = 0.0;
  int counted = 0;
  for (const SampleRecord& record : question.runs) {
    const Score* score = find_score(record, mode);
    replies.push_back(reply_text(record.completion));
    answers.push_back(score != nullptr ? score->answer.value_or("") : "");
    verdicts.push_back(name_of(score != nullptr ? score->verdict : record.verdict));
    finish_reasons.push_back(name_of(record.completion.finish_reason));
    if (score == nullptr || !score->value) continue;
    sum += *score->value;
    ++counted;
  }
  Json line;
  line["doc_id"] = question.index;
  line["doc"] = doc;
  line["target"] = target;
  line["arguments"] = {{"gen_args_0",
                        {{"arg_0", first.prompt_text},
                         {"arg_1",
                          {{"temperature", task.sampling("temperature")},
                           {"top_p", task.sampling("top_p")},
                           {"max_gen_toks", task.sampling("max_tokens")},
                           {"until", task.sampling("stop")}}}}}};
  line["resps"] = Json::array({replies});
  line["filtered_resps"] = question.runs.size() == 1 ? answers : Json::array({answers});
  line["filter"] = filter_name(mode);
  line["metrics"] = Json::array({metric_name(task)});
  line["doc_hash"] = sha256_hex(to_json_line(doc));
  line["prompt_hash"] = sha256_hex(first.prompt_text);
  line["target_hash"] = sha256_hex(target);
  if (counted > 0) line[metric_name(task)] = sum / counted;
  line["sample_id"] = first.key.sample_id;
  line["verdicts"] = verdicts;
  line["finish_reasons"] = finish_reasons;
  hashes.push_back(line["doc_hash"].get<std::string>() + line["prompt_hash"].get<std::string>() +
                   line["target_hash"].get<std::string>());
  return line;
}

Status write_samples(const ExportedRun& run, const ExportOptions& options, const ExportedTask& task,
                     const std::string& path, std::string& task_hash) {
  std::string text;
  Json hashes = Json::array();
  for (size_t i = 0; i < task.questions.size(); ++i) {
    Question question{i, {}};
    for (const SampleOutcome& outcome : task.questions[i].runs) {
      JANGWON_ASSIGN_OR_RETURN(SampleRecord record, run.record(outcome));
      question.runs.push_back(std::move(record));
    }
    for (ScoreMode mode : kModes) {
      Json both = Json::array();
      text += to_json_line(
                  sample_line(task, question, mode, mode == ScoreMode::kOfficial ? hashes : both)) +
              "\n";
    }
  }
  std::string all;
  for (const Json& hash : hashes)
    all += hash.get<std::string>();
  task_hash = sha256_hex(all);
  return write_export(options, path, text);
}

void add_scores(const ExportedTask& task, Json& scores) {
  for (const MetricResult* row : {task.official, task.native}) {
    if (row == nullptr) continue;
    const std::string key = metric_name(task);
    const std::string filter = filter_name(row->mode);
    if (row->value) scores[key + "," + filter] = *row->value;
    scores[key + "_stderr," + filter] = row->se_total ? Json(*row->se_total) : Json("N/A");
  }
}

Status export_model(const ExportedRun& run, const std::vector<const ExportedTask*>& tasks,
                    const ExportOptions& options, Paths& paths) {
  const ExportedTask& first = *tasks.front();
  const std::string folder = options.output_folder + "/" + file_name_of(first.model_id);
  const std::string date = file_date(run);
  Json results, versions, shots, higher, sizes, configs, hashes, subtasks;
  for (const ExportedTask* task : tasks) {
    const Json& settings = *task->settings;
    const std::string& name = task->name_in("lm-eval");
    results[name] = {{"name", name}, {"alias", name}, {"sample_len", task->questions.size()}};
    add_scores(*task, results[name]);
    subtasks[name] = Json::array();
    versions[name] = settings.value("version", "");
    sizes[name] = {{"original", settings.value("num_samples", 0)},
                   {"effective", task->questions.size()}};
    higher[name] = {{metric_name(*task), true}};
    configs[name] = {{"task", name},
                     {"dataset_path", dataset_id(*task)},
                     {"test_split", settings.value("split", "test")},
                     {"output_type", "generate_until"},
                     {"repeats", settings.value("repeats", 1)},
                     {"generation_kwargs",
                      {{"temperature", task->sampling("temperature")},
                       {"top_p", task->sampling("top_p")},
                       {"max_gen_toks", task->sampling("max_tokens")},
                       {"until", task->sampling("stop")}}},
                     {"metadata",
                      {{"version", settings.value("version", "")},
                       {"prompt_style", settings.value("style", "")},
                       {"dataset_sha256", settings.value("dataset_sha256", "")}}}};
    int num_fewshot = 0;
    if (!task->questions.empty()) {
      JANGWON_ASSIGN_OR_RETURN(const SampleRecord record,
                               run.record(task->questions.front().runs.front()));
      num_fewshot = record.num_fewshot;
    }
    shots[name] = num_fewshot;
    configs[name]["num_fewshot"] = num_fewshot;
    std::string task_hash;
    const std::string path = folder + "/samples_" + file_name_of(name) + "_" + date + ".jsonl";
    JANGWON_RETURN_IF_ERROR(write_samples(run, options, *task, path, task_hash));
    hashes[name] = task_hash;
    paths.push_back(path);
  }
  const Json& frozen = run.run().at("frozen");
  const Json model_settings = first.model_settings->value("settings", Json::object());
  Json json;
  json["results"] = results;
  json["group_subtasks"] = subtasks;
  json["configs"] = configs;
  json["versions"] = versions;
  json["n-shot"] = shots;
  json["higher_is_better"] = higher;
  json["n-samples"] = sizes;
  json["config"] = {{"model", "jangwon"},
                    {"model_args", {{"pretrained", first.model_id}}},
                    {"model_dtype", model_settings.value("compute_dtype", "")},
                    {"model_sha", model_settings.value("weights_sha256", "")},
                    {"batch_size", nullptr},
                    {"device", model_settings.value("device", "")},
                    {"use_cache", nullptr},
                    {"limit", frozen.value("limit", Json(0)) == 0 ? Json() : frozen.at("limit")},
                    {"gen_kwargs", nullptr},
                    {"random_seed", frozen.value("seed", uint64_t{0})},
                    {"numpy_seed", frozen.value("seed", uint64_t{0})},
                    {"torch_seed", frozen.value("seed", uint64_t{0})},
                    {"fewshot_seed", frozen.value("seed", uint64_t{0})}};
  json["git_hash"] = nullptr;
  json["date"] = 0.0;
  json["pretty_env_info"] = "jangwon " + frozen.value("program_version", "");
  json["transformers_version"] = nullptr;
  json["lm_eval_version"] = "jangwon " + frozen.value("program_version", "");
  json["upper_git_hash"] = nullptr;
  json["task_hashes"] = hashes;
  json["model_source"] = "jangwon";
  json["model_name"] = first.model_id;
  json["model_name_sanitized"] = file_name_of(first.model_id);
  json["system_instruction"] = nullptr;
  json["system_instruction_sha"] = nullptr;
  json["fewshot_as_multiturn"] = false;
  json["chat_template"] = nullptr;
  json["chat_template_sha"] = model_settings.value("chat_template_sha256", "");
  json["total_evaluation_time_seconds"] = "0";
  json["jangwon"] = {{"complete", run.complete()},
                     {"bundled_miniature_sets",
                      std::any_of(tasks.begin(), tasks.end(),
                                  [](const ExportedTask* task) { return task->miniature; })},
                     {"started_at", run.started_at()}};
  json["config"]["model_args"].update(Json(arithmetic_of(*first.model_settings)));
  const std::string path = folder + "/results_" + date + ".json";
  paths.push_back(path);
  return write_export(options, path, to_json_text(json));
}

}  // namespace

Status export_lm_eval(const ExportedRun& run, const ExportOptions& options, Paths& paths) {
  for (const std::vector<const ExportedTask*>& tasks : run.tasks_by_model())
    JANGWON_RETURN_IF_ERROR(export_model(run, tasks, options, paths));
  return ok_status();
}

}  // namespace jangwon::reports
