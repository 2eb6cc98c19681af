// jangwon run: flags → RunConfig, then run_evaluation, the table and the report. Ctrl-C ends the
// run cleanly; the same command goes on with it.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "harness/backends/all_backends.h"
#include "harness/commands/command.h"
#include "harness/commands/estimate_text.h"
#include "harness/commands/help_text.h"
#include "harness/commands/interrupt_watch.h"
#include "harness/commands/peer_spellings.h"
#include "harness/commands/run_settings.h"
#include "harness/commands/setting_check.h"
#include "harness/record/run_folder_claim.h"
#include "harness/record/run_json.h"
#include "harness/run_loop/prepared_task.h"
#include "harness/run_loop/run_loop.h"
#include "harness/task/task_catalogue.h"
#include "reports/report.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct RunFlags {
  RunConfig config;
  std::vector<std::string> models;  // words
  std::string dataset = "bundled";
  std::string shard, batch_size;
  std::optional<std::string> limit;
  std::vector<std::string> positional_tasks;
  std::vector<std::string> generation;  // in the words of other harnesses
  std::optional<int> num_fewshot;
  EndpointWords endpoint;
  std::string template_arguments = "{}";
  std::vector<std::string> thinking_markers;
  bool always_so = true;
  std::vector<std::string> config_files, settings;  // main has put them among the flags already
  bool dry_run = false;
  bool json = false;
};

std::vector<std::string> split_list(const std::vector<std::string>& values) {
  std::vector<std::string> names;
  for (const std::string& value : values) {
    std::string name;
    for (char c : value + ",") {
      if (c != ',') {
        name += c;
      } else if (!name.empty()) {
        names.push_back(std::move(name));
        name.clear();
      }
    }
  }
  return names;
}

// A model's name may hold anything.
std::string file_name_of(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

std::string default_folder(const RunConfig& config) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y%m%d-%H%M%S", &parts);
  return std::string("runs/") + date + "_" + file_name_of(config.models.front().model);
}

// The models of this call, or for `jangwon run -o DIR` without more all that the run was asked for.
Status complete_models(RunFlags& flags, const Json& earlier) {
  RunConfig& config = flags.config;
  std::vector<std::string> words = split_list(flags.models);
  JANGWON_RETURN_IF_ERROR(apply_endpoint(flags.endpoint, words));
  if (words.empty()) {
    const Result<std::vector<AskedModel>> asked = asked_models(earlier);
    if (!asked.ok()) return asked.status().at(config.output_folder + "/run.json");
    for (const AskedModel& model : *asked)
      words.push_back(model.spec);
  }
  if (words.empty())
    return invalid_argument("--model is missing: a folder, a registered name or replay:RUN");
  for (const std::string& word : words) {
    JANGWON_ASSIGN_OR_RETURN(const ModelIdentity identity, identify_model(word));
    config.models.push_back({.model = identity.name,
                             .spec = word,
                             .place = identity.place,
                             .named = !split_model_word(word).name.empty(),
                             .stand_in = identity.stand_in});
  }
  return ok_status();
}

// What only the embedded engine obeys is refused where nobody would.
Status check_engine_settings(const RunConfig& config) {
  const bool embedded =
      std::any_of(config.models.begin(), config.models.end(), [](const AskedModel& model) {
        const auto [name, word] = split_model_word(model.spec);
        return !word.starts_with("openai:") && !word.starts_with("replay:");
      });
  if (embedded) return ok_status();
  const std::pair<const char*, bool> settings[] = {
      {"--numerics", !config.numerics.empty()},
      {"--kv-cache-dtype", !config.kv_cache_dtype.empty()},
      {"--weights", !config.weights.empty()},
      {"--device", !config.device.empty()},
      {"--speculate", config.num_drafts > 0}};
  for (const auto& [flag, is_set] : settings) {
    if (is_set) {
      return invalid_argument(
          "{flag} is of the embedded engine, and no model of this run is computed by it; leave it "
          "out",
          {{"flag", flag}});
    }
  }
  return ok_status();
}

// A number of shots is part of a prompt style: another number is another prompt.
Status check_shots(const RunConfig& config, const TaskSpec& task, int num_fewshot) {
  JANGWON_ASSIGN_OR_RETURN(const PromptStyle* style, find_style(task, config.style));
  if (style->num_fewshot == num_fewshot) return ok_status();
  return invalid_argument(
      "the prompt style {style} of {task} has {num_fewshot} shots and not {num_fewshot_2}; "
      "`jangwon tasks show {task}` "
      "lists the styles for --style",
      {{"style", style->name},
       {"task", task.name},
       {"num_fewshot", style->num_fewshot},
       {"num_fewshot_2", num_fewshot}});
}

// A word that names one task stays as it is, because it may be a path. Of a group those that are
// new are added: groups overlap.
void add_tasks(const std::string& word, const std::vector<TaskSpec>& meant,
               std::vector<std::string>& tasks) {
  if (meant.size() == 1) {
    tasks.push_back(word.find('/') == std::string::npos ? meant.front().name : word);
    return;
  }
  for (const TaskSpec& task : meant) {
    if (std::find(tasks.begin(), tasks.end(), task.name) == tasks.end()) tasks.push_back(task.name);
  }
}

// Task words in the spellings of other harnesses: NAME:8 (runs a question), NAME|5 (shots), and
// names of groups.
Status complete_tasks(RunFlags& flags, const Json& earlier) {
  RunConfig& config = flags.config;
  std::vector<std::string> words = split_list(config.tasks);
  for (const std::string& word : split_list(flags.positional_tasks)) {
    if (word.starts_with("++")) continue;
    words.push_back(word);
  }
  if (words.empty()) {
    const Result<std::vector<std::string>> asked = asked_tasks(earlier);
    if (!asked.ok()) return asked.status().at(config.output_folder + "/run.json");
    words = *asked;
  }
  config.task_words = words;
  config.tasks.clear();
  for (const std::string& word : words) {
    JANGWON_ASSIGN_OR_RETURN(const TaskWord task, parse_task_word(word));
    JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> meant,
                             find_tasks(task.name, config.include_path));
    const std::optional<int> shots = task.num_fewshot ? task.num_fewshot : flags.num_fewshot;
    if (shots) {
      for (const TaskSpec& each : meant)
        JANGWON_RETURN_IF_ERROR(check_shots(config, each, *shots));
    }
    if (task.repeats && config.repeats > 0 && config.repeats != *task.repeats) {
      return invalid_argument(
          "the tasks ask for different numbers of runs ({repeats} and {repeats_2}); give them in "
          "runs of their own",
          {{"repeats", config.repeats}, {"repeats_2", *task.repeats}});
    }
    if (task.repeats) config.repeats = *task.repeats;
    add_tasks(task.name, meant, config.tasks);
  }
  return ok_status();
}

Status complete_generation(RunFlags& flags) {
  for (const std::string& text : flags.generation)
    JANGWON_RETURN_IF_ERROR(add_generation_settings(text, flags.config.sampling));
  constexpr std::string_view kInference = "++inference.";
  for (const std::string& word : flags.positional_tasks) {
    if (!word.starts_with("++")) continue;
    const size_t equals = word.find('=');
    if (!word.starts_with(kInference) || equals == std::string::npos) {
      return invalid_argument(
          "the word {word} is not understood; generation settings are ++inference.KEY=VALUE",
          {{"word", word}});
    }
    JANGWON_RETURN_IF_ERROR(
        add_generation_setting(word.substr(kInference.size(), equals - kInference.size()),
                               word.substr(equals + 1), flags.config.sampling));
  }
  if (flags.batch_size.empty() || flags.batch_size.starts_with("auto")) return ok_status();
  const Status status =
      read_setting("batch_size", "--batch-size", flags.batch_size, flags.config.max_batch_size);
  return status.ok() ? status
                     : invalid_argument("{cause}, or auto", {{"cause", status.sentence()}});
}

Status complete_flags(RunFlags& flags) {
  RunConfig& config = flags.config;
  Json earlier = Json::object();
  if (!config.output_folder.empty()) {
    JANGWON_ASSIGN_OR_RETURN(earlier, read_earlier_run(config.output_folder));
  }
  JANGWON_RETURN_IF_ERROR(complete_models(flags, earlier));
  JANGWON_RETURN_IF_ERROR(check_engine_settings(flags.config));
  JANGWON_RETURN_IF_ERROR(complete_tasks(flags, earlier));
  JANGWON_RETURN_IF_ERROR(complete_generation(flags));
  if (config.tasks.empty()) {
    return invalid_argument("--tasks is missing; `jangwon tasks list` shows what there is");
  }
  if (flags.dataset != "bundled" && flags.dataset != "published") {
    return invalid_argument("unknown --dataset \"{dataset}\"; known are bundled, published",
                            {{"dataset", flags.dataset}});
  }
  config.dataset = flags.dataset == "bundled" ? DatasetChoice::kBundled : DatasetChoice::kPublished;
  if (flags.limit) {
    JANGWON_ASSIGN_OR_RETURN(config.limit, parse_sample_limit(*flags.limit));
  }
  Result<Json> arguments = parse_json(flags.template_arguments);
  if (!arguments.ok()) return arguments.status().at("--chat-template-args");
  if (!arguments->is_object())
    return invalid_argument("--chat-template-args: a JSON object is needed");
  config.template_arguments = std::move(arguments).value();
  JANGWON_ASSIGN_OR_RETURN(config.thinking_markers, parse_thinking_markers(flags.thinking_markers));
  if (!flags.shard.empty()) {
    JANGWON_ASSIGN_OR_RETURN(config.shard, parse_shard(flags.shard));
  }
  if (config.output_folder.empty()) config.output_folder = default_folder(config);
  return ok_status();
}

Status interrupted(const std::string& folder) {
  return {StatusCode::kIncomplete,
          "the run was interrupted and is incomplete; `jangwon run -o {folder}` goes on with it",
          {{"folder", folder}}};
}

Status incomplete(const RunOutcome& outcome, const std::string& folder) {
  if (outcome.interrupted) return interrupted(folder);
  int errors = 0, missing = 0;
  for (const MetricResult& row : outcome.result.results) {
    if (!row.headline) continue;
    errors += row.counts.at("infra_error") + row.counts.at("sandbox_error");
    missing += row.planned;
    for (const Verdict verdict : kAllVerdicts)
      missing -= row.counts.at(name_of(verdict));
  }
  if (missing > 0) {
    return {StatusCode::kIncomplete,
            "the run is incomplete: {missing} samples were not asked and {errors} ended in an "
            "error of ours; `jangwon "
            "run -o {folder}` goes on with it",
            {{"missing", missing}, {"errors", errors}, {"folder", folder}}};
  }
  return {StatusCode::kIncomplete,
          "the run is incomplete: {errors} samples ended in an error of ours and were not counted; "
          "`jangwon run -o "
          "{folder}` goes on with it",
          {{"errors", errors}, {"folder", folder}}};
}

// What the run would come to; what would refuse it is the command's own failure.
Status foretell(const RunFlags& flags) {
  const Status interrupted = {StatusCode::kIncomplete,
                              "the estimate was interrupted; nothing was written"};
  const InterruptWatch watch("\njangwon: " + localized(interrupted.sentence()) + "\n");
  JANGWON_ASSIGN_OR_RETURN(const RunEstimate estimate,
                           estimate_run(flags.config, [&watch] { return watch.asked_to_end(); }));
  if (watch.asked_to_end()) return interrupted;
  write_output(flags.json ? to_json_text(to_json(flags.config, estimate))
                          : estimate_text(flags.config, estimate));
  return estimate.first_refusal();
}

Status run(RunFlags flags) {
  JANGWON_RETURN_IF_ERROR(complete_flags(flags));
  const RunConfig& config = flags.config;
  if (flags.dry_run) return foretell(flags);
  const InterruptWatch watch(
      "\njangwon: " + localized(interrupted(config.output_folder).sentence()) + "\n");
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> tasks, find_tasks(config));
  if (std::any_of(tasks.begin(), tasks.end(),
                  [&](const TaskSpec& task) { return asks_miniature_set(task, config.dataset); })) {
    write_note(localized("Using the bundled miniature question sets; --dataset published asks the "
                         "imported ones.") +
               "\n");
  }
  JANGWON_ASSIGN_OR_RETURN(const RunOutcome outcome, run_evaluation(config, stderr, [&watch] {
                             return watch.asked_to_end();
                           }));
  JANGWON_RETURN_IF_ERROR(reports::write_report(
      {config.output_folder}, {reports::ReportFormat::kMarkdown, reports::ReportFormat::kSite},
      config.output_folder));
  if (flags.json) {
    write_output(to_results_json(outcome.result));
  } else {
    JANGWON_ASSIGN_OR_RETURN(const reports::TableInput table,
                             reports::load_run_table(config.output_folder));
    write_output(reports::render_table(table, reports::TableFormat::kText,
                                       {.language = reports::language_of_environment()}));
    write_output(localized("Run folder: {output}", {{"output", config.output_folder}}) + "\n");
  }
  if (outcome.result.complete) return ok_status();
  return incomplete(outcome, config.output_folder);
}

void add_estimate_flags(CLI::App& command, RunFlags& flags) {
  EstimateSettings& estimate = flags.config.estimate;
  command
      .add_flag(
          "--dry-run", flags.dry_run,
          "what the run comes to and what would refuse it; nothing is asked and nothing is written")
      ->group("Estimate");
  command
      .add_option("--like", estimate.like,
                  "an earlier run, whose replies say how long these will be and how fast they come")
      ->group("Estimate");
  command.add_option("--reply-tokens", estimate.reply_tokens, "tokens of a reply to expect")
      ->transform(setting_check("reply_tokens"))
      ->group("Estimate");
  command
      .add_option("--tokens-per-second", estimate.tokens_a_second,
                  "of replies, all that are in flight together")
      ->transform(setting_check("tokens_per_second"))
      ->group("Estimate");
  command
      .add_option("--prompt-tokens-per-second", estimate.prompt_tokens_a_second,
                  "of prompts (default: the speed of replies has them in it)")
      ->transform(setting_check("tokens_per_second"))
      ->group("Estimate");
  command
      .add_option("--prompt-price", estimate.prompt_price,
                  "of a million prompt tokens, in any currency")
      ->transform(setting_check("price"))
      ->group("Estimate");
  command.add_option("--reply-price", estimate.reply_price, "of a million tokens of replies")
      ->transform(setting_check("price"))
      ->group("Estimate");
  command
      .add_option("--tokenizer", estimate.tokenizer,
                  "a folder with the tokenizer of a model on a server")
      ->group("Estimate");
  command
      .add_flag("--probe", estimate.probe,
                "with --dry-run: a server is asked eight questions, for its speed")
      ->group("Estimate");
}

void add_sampling_flags(CLI::App& command, TaskSampling& sampling) {
  command.add_option("--temperature,--temp", sampling.temperature, "0 is greedy")
      ->transform(setting_check("temperature"))
      ->group("Sampling");
  command
      .add_option("--top-p", sampling.top_p,
                  "the most likely tokens with this share of the probability")
      ->transform(setting_check("top_p"))
      ->group("Sampling");
  command.add_option("--top-k", sampling.top_k, "so many of the most likely tokens; 0 or -1: all")
      ->transform(setting_check("top_k"))
      ->group("Sampling");
  command
      .add_option("--min-p", sampling.min_p,
                  "tokens with at least this share of the likeliest one's probability")
      ->transform(setting_check("min_p"))
      ->group("Sampling");
  command
      .add_option("--presence-penalty", sampling.presence_penalty,
                  "taken off tokens that stand in the reply already")
      ->transform(setting_check("presence_penalty"))
      ->group("Sampling");
  command
      .add_option(
          "--max-tokens,--max-gen-toks,--max-new-tokens,--max-completion-tokens,--tokens-to-"
          "generate",
          sampling.max_tokens, "most tokens of a reply, thinking included")
      ->transform(setting_check("max_tokens"))
      ->group("Sampling");
  command.add_option("--stop", sampling.stop, "a reply ends before this text; may be repeated")
      ->allow_extra_args(false)
      ->group("Sampling");
}

}  // namespace

void add_run_command(CLI::App& app, CommandContext& context) {
  CLI::App& command =
      *app.add_subcommand("run", "Evaluate models on tasks; the same -o goes on with a run");
  auto flags = std::make_shared<RunFlags>();
  RunConfig& config = flags->config;
  command
      .add_option("--model,-m,-M,--models,--model-name", flags->models,
                  "folder, registered name, openai:URL#model or replay:PATH; several with commas")
      ->allow_extra_args(false);
  command.add_option("TASK", flags->positional_tasks, "tasks, as --tasks");
  command.add_option("--tasks,-t,--task,--datasets,--benchmarks,--bench,--only", config.tasks,
                     "names or folders with a task.yaml; several with commas");
  command.add_option("--output,-o,-w,--output-path,--output-dir,--log-dir", config.output_folder,
                     "run folder (default runs/DATE_NAME)");
  command.add_option(
      "--limit,-n,-l,-L,--max-samples,--max-problems,--max-eval-instances,--examples", flags->limit,
      "the first N samples of each task, or below 1 the share of them that is asked, e.g. 0.1");
  command
      .add_option("--repeats,-k,--epochs,--num-repeats", config.repeats,
                  "runs a sample (default: the task's)")
      ->transform(setting_check("repeats"));
  command.add_option("--seed", config.seed, "every draw depends on it and on the sample alone")
      ->transform(setting_check("seed"));
  command.add_option("--dataset", flags->dataset,
                     "bundled (miniature sets, the default) or published (imported)");
  command.add_option("--style", config.style, "prompt style of the tasks");
  command.add_option("--include-path", config.include_path, "a folder of further tasks");
  command.add_option("--window", config.window,
                     "a named selection of a task's questions (`windows` in its task.yaml)");
  command.add_option("--release", config.release_tag, "LiveCodeBench: release_v6, v6, …");
  command
      .add_option("--start-date", config.start_date,
                  "LiveCodeBench: first contest date, YYYY-MM-DD")
      ->transform(setting_check("window_date"));
  command.add_option("--end-date", config.end_date, "LiveCodeBench: last contest date, YYYY-MM-DD")
      ->transform(setting_check("window_date"));
  command.add_option("--shard", flags->shard,
                     "i/n: only part i of n of the questions, from 0; see jangwon merge");
  command.add_option("--chat-template-args,--template-kwargs", flags->template_arguments,
                     "JSON object for the chat template, e.g. {\"enable_thinking\": false}");
  command
      .add_option("--thinking-markers,--reasoning-markers,--reasoning-tags",
                  flags->thinking_markers,
                  "how the model marks its thinking: a known name, BEGIN...END, JSON or a YAML "
                  "file; may be repeated")
      ->allow_extra_args(false);
  add_arithmetic_options(command, config.numerics, config.kv_cache_dtype);
  add_device_option(command, config.device);
  add_weights_option(command, config.weights);
  command.add_option("--threads", config.num_threads, "of the engine (default: all)")
      ->transform(setting_check("threads"))
      ->group("Speed");
  command.add_option("--batch-size,-b", flags->batch_size, "sequences in one step, or auto")
      ->group("Speed");
  command
      .add_option("--speculate", config.num_drafts,
                  "tokens that the model's draft module proposes for a step to verify; changes no "
                  "result (default: 0)")
      ->transform(setting_check("speculate"))
      ->group("Speed");
  command
      .add_option("--scoring", config.scoring,
                  "layer-major: tasks that only score read each layer's weights once for all "
                  "questions, as a model that does "
                  "not fit into memory is run anyway; changes no result")
      ->check(CLI::IsMember({"layer-major"}))
      ->group("Speed");
  command
      .add_option("--graders", config.num_graders, "replies graded at once (default: one a core)")
      ->transform(setting_check("graders"))
      ->group("Speed");
  command.add_flag("--allow-unsandboxed", config.allow_unsandboxed,
                   "run model-written code where the kernel refuses the sandbox");
  command
      .add_option("--num-fewshot,-f", flags->num_fewshot,
                  "shots; must be those of the prompt style")
      ->transform(setting_check("num_fewshot"))
      ->group("Spellings of other harnesses");
  command
      .add_option("--gen-kwargs,--generation-config", flags->generation,
                  "key=value,… or a JSON object")
      ->group("Spellings of other harnesses");
  command
      .add_option("--base-url,--api-url,--model-url,--server-address", flags->endpoint.base_url,
                  "server of the OpenAI API, as openai:URL#model")
      ->group("Spellings of other harnesses");
  command
      .add_option("--model-args,-a", flags->endpoint.model_args,
                  "pretrained=…, model=…, base_url=…")
      ->group("Spellings of other harnesses");
  command
      .add_flag(
          "--resume,-r,--continue-existing,--log-samples,-s,--save-details,--dump-eval-details,--"
          "apply-chat-template",
          flags->always_so, "accepted; it is always so")
      ->group("Spellings of other harnesses");
  command.add_option("--config,-C", flags->config_files,
                     "settings from a YAML file; see jangwon init");
  command.add_option("--set", flags->settings, "KEY=VALUE above the file; may be repeated");
  command.add_flag("--json", flags->json, "results.json on stdout instead of the table");
  add_sampling_flags(command, config.sampling);
  add_estimate_flags(command, *flags);
  command.alias("eval");
  set_examples(command,
               {{"jangwon run --model standin-axk1 --tasks {task},{other task} -o runs/first", ""},
                {"jangwon run --model standin-axk1 --tasks {task} --dry-run",
                 "what it would come to, before it is asked"},
                {"jangwon run -o runs/first", "goes on with it, with the same settings"},
                {"jangwon run --config jangwon.yaml --set limit=20", "settings from a file"}});
  command.callback([flags, &context, &command] {
    flags->config.asked_settings = settings_to_keep(command);
    context.status = run(*flags);
  });
}

}  // namespace jangwon::harness
