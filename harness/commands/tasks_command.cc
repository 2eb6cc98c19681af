// jangwon tasks list | show NAME | render NAME: what can be asked, and exactly how.
//
// render writes the prompts of a task without a model, for any rows in the published columns: what
// is compared with the benchmark's own prompts. The rows need no answers and no tests.
// tests/harness/commands/tasks_render_test.cc.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "datasets/dataset.h"
#include "datasets/row_reader.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "harness/prompt/prompt_renderer.h"
#include "harness/scorers/scorer.h"
#include "harness/task/task_catalogue.h"
#include "reports/language.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/sha256.h"
#include "runtime/base/shown_text.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct TasksFlags {
  std::string name;
  std::string include_path;
  bool json = false;
};

Json in_both(const Message& text) {
  return {{"ko", reports::say(text, reports::Language::kKorean)}, {"en", text.english()}};
}

Json summary_of(const TaskSpec& task) {
  Json styles = Json::array();
  for (const PromptStyle& style : task.styles)
    styles.push_back(style.name);
  Json metrics = Json::array();
  for (const FurtherMetric& metric : task.profile.metrics)
    metrics.push_back(metric.name);
  return Json{{"name", task.name},
              {"version", task.version},
              {"title", in_both(task.profile.title)},
              {"description", in_both(task.profile.description)},
              {"language", task.profile.language},
              {"aliases", task.profile.aliases},
              {"groups", task.profile.groups},
              {"folder", task.folder},
              {"sha256", task.sha256},
              {"kind", task.kind == TaskKind::kGenerate ? "generate" : "multiple_choice"},
              {"bundled", task.bundled_manifest},
              {"published", task.published_manifest},
              {"split", task.split},
              {"styles", styles},
              {"repeats", task.repeats},
              {"reasoning", task.reasoning == ReasoningRule::kStrip ? "strip" : "keep"},
              {"scorer", task.scorers.front().name},
              {"scorer_options", *task.scorers.front().options},
              {"metric", task.metric},
              {"metrics", metrics},
              {"cluster_key", task.profile.cluster_key},
              {"strata_keys", task.profile.strata_keys()}};
}

Status list(const TasksFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskSpec> tasks, list_tasks(flags.include_path));
  if (flags.json) {
    Json all = Json::array();
    for (const TaskSpec& task : tasks)
      all.push_back(summary_of(task));
    write_output(to_json_text(all));
    return ok_status();
  }
  size_t width = 0;
  for (const TaskSpec& task : tasks)
    width = std::max(width, task.name.size());
  const reports::Language language = reports::language_of_environment();
  JANGWON_ASSIGN_OR_RETURN(const std::vector<TaskGroup> groups,
                           list_groups(tasks, flags.include_path));
  for (const TaskGroup& group : groups) {
    if (&group != &groups.front()) write_output("\n");
    write_output(group.name.empty()
                     ? localized("without a group") + "\n"
                     : fmt::format("{}  {}\n", group.name, reports::say(group.title, language)));
    for (const TaskSpec& task : tasks) {
      if (std::find(group.tasks.begin(), group.tasks.end(), task.name) == group.tasks.end())
        continue;
      write_output(fmt::format("  {:<{}}  v{}  {}\n", task.name, width, task.version,
                               shown_text(reports::say(task.profile.description, language))));
    }
  }
  return ok_status();
}

Status show(const TasksFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const TaskSpec task, find_task(flags.name, flags.include_path));
  const Result<const ScorerEntry*> scorer = find_scorer(task.scorers.front().name);
  if (!scorer.ok()) return scorer.status().at(task.folder + "/task.yaml");
  if (flags.json) {
    write_output(to_json_text(summary_of(task)));
    return ok_status();
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(task.folder + "/task.yaml"));
  write_output(fmt::format("# {}/task.yaml\n{}", task.folder, text));
  return ok_status();
}

// --- render

struct RenderFlags {
  std::string task;
  std::string include_path;
  std::string style;
  std::string jsonl;
  std::string shots;
  std::string dataset;
  std::string option_text;
  int num_fewshot = -1;  // as the style says
  int64_t limit = 0;
};

Result<std::string> read_rows_text(const std::string& path) {
  return path == "-" ? read_standard_input() : read_file(path);
}

// What a prompt needs of the columns: not the answer, not the tests, and an id where there is one.
datasets::ColumnMap columns_for(const datasets::ColumnMap& published, const Json& row) {
  datasets::ColumnMap columns = published;
  columns.answer.clear();
  columns.answer_form = datasets::AnswerForm::kNone;
  columns.answer_index.clear();
  columns.public_tests.clear();
  columns.private_tests.clear();
  columns.code_metadata.clear();
  if (!columns.starter_code.empty() && !row.contains(columns.starter_code))
    columns.starter_code.clear();
  const bool has_id = std::any_of(columns.id.begin(), columns.id.end(),
                                  [&](const std::string& id) { return row.contains(id); });
  if (!has_id)
    columns.id = row.contains("id") ? std::vector<std::string>{"id"} : std::vector<std::string>{};
  return columns;
}

Result<std::vector<datasets::Sample>> read_samples(const std::string& path,
                                                   const datasets::ColumnMap& columns,
                                                   const datasets::DecodeOptions& options,
                                                   int64_t limit) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_rows_text(path));
  std::vector<datasets::Sample> samples;
  const Status read =
      datasets::visit_rows(text, datasets::FileFormat::kJsonl, [&](Json& row, size_t) {
        if (limit > 0 && static_cast<int64_t>(samples.size()) >= limit) return ok_status();
        Result<datasets::DecodedRow> decoded =
            datasets::decode_row(row, columns_for(columns, row), samples.size(), options);
        if (!decoded.ok()) return decoded.status();
        samples.push_back(std::move(decoded->sample));
        return ok_status();
      });
  if (!read.ok()) return read.at(path == "-" ? "standard input" : path);
  if (samples.empty())
    return invalid_argument(path == "-" ? Message("standard input has no rows")
                                        : Message("{file} has no rows", {{"file", path}}));
  return samples;
}

// A file of the few-shot split that lies beside the questions, as published folders have it:
// test.jsonl and validation.jsonl. Empty where there is none.
Result<std::string> find_shots_beside(const std::string& jsonl, const std::string& split) {
  namespace fs = std::filesystem;
  if (jsonl == "-") return std::string();
  std::vector<std::string> found;
  const fs::path folder =
      fs::path(jsonl).has_parent_path() ? fs::path(jsonl).parent_path() : fs::path(".");
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(folder.string()));
  for (const std::string& name : names) {
    if (name.find(split) == std::string::npos || !name.ends_with(".jsonl")) continue;
    std::error_code error;
    if (!fs::equivalent(folder / name, jsonl, error)) found.push_back((folder / name).string());
  }
  if (found.size() > 1)
    return invalid_argument("several files beside {jsonl} may be the shots; name one with --shots",
                            {{"jsonl", jsonl}});
  return found.empty() ? std::string() : found.front();
}

// Everything that a task is rendered from.
struct RenderInput {
  std::vector<datasets::Sample> samples;
  std::vector<datasets::Sample> shots;
};

Result<RenderInput> render_input(const RenderFlags& flags, const TaskSpec& task,
                                 const PromptStyle& style) {
  const bool from_file = !flags.jsonl.empty();
  const std::string choice = !flags.dataset.empty()                          ? flags.dataset
                             : from_file && !task.published_manifest.empty() ? "published"
                                                                             : "bundled";
  const std::string& name = choice == "bundled" ? task.bundled_manifest : task.published_manifest;
  if (name.empty())
    return not_found(!flags.dataset.empty()
                         ? Message("task {task} has no {dataset} data set",
                                   {{"task", task.name}, {"dataset", flags.dataset}})
                     : from_file && !task.published_manifest.empty()
                         ? Message("task {task} has no published data set", {{"task", task.name}})
                         : Message("task {task} has no bundled data set", {{"task", task.name}}));
  JANGWON_ASSIGN_OR_RETURN(const datasets::Manifest manifest,
                           datasets::find_manifest(name, task.folder));
  datasets::DataOptions options;
  if (flags.limit > 0) options.limit = flags.limit;
  const bool raw = flags.option_text.empty() ? from_file : flags.option_text == "raw";
  options.decode.option_text = raw ? datasets::OptionText::kRaw : datasets::OptionText::kStripped;
  options.decode.test_storage = datasets::TestStorage::kPackedWhenLarge;
  RenderInput input;
  if (from_file) {
    JANGWON_ASSIGN_OR_RETURN(
        input.samples, read_samples(flags.jsonl, manifest.columns, options.decode, flags.limit));
  } else {
    JANGWON_ASSIGN_OR_RETURN(datasets::Dataset data,
                             datasets::load_dataset(manifest, task.split, options));
    input.samples = std::move(data.samples);
  }
  if (style.num_fewshot == 0) return input;
  std::string shots = flags.shots;
  if (shots.empty() && from_file) {
    JANGWON_ASSIGN_OR_RETURN(shots, find_shots_beside(flags.jsonl, task.fewshot.split));
  }
  if (!shots.empty()) {
    JANGWON_ASSIGN_OR_RETURN(input.shots, read_samples(shots, manifest.columns, options.decode, 0));
    return input;
  }
  options.limit.reset();
  Result<datasets::Dataset> data = datasets::load_dataset(manifest, task.fewshot.split, options);
  if (!data.ok()) return data.status().at("the shots (--shots FILE names a file of them)");
  input.shots = std::move(data->samples);
  return input;
}

Json rendered_row(const TaskSpec& task, const PromptStyle& style, const datasets::Sample& sample,
                  const Request& request) {
  Json prompt;
  if (request.messages.empty()) {
    prompt = request.raw_prompt;
  } else {
    for (const ChatMessage& message : request.messages)
      prompt.push_back({{"role", message.role}, {"content", message.content}});
  }
  const std::string hashed = prompt.is_string() ? request.raw_prompt : to_json_line(prompt);
  Json row{{"id", sample.id},     {"task", task.name},
           {"style", style.name}, {"num_fewshot", request.num_fewshot},
           {"prompt", prompt},    {"sha256", sha256_hex(hashed)}};
  if (!request.continuations.empty()) row["continuations"] = request.continuations;
  return row;
}

Status render(const RenderFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const TaskSpec task, find_task(flags.task, flags.include_path));
  const bool bundled = flags.jsonl.empty() && flags.dataset != "published";
  JANGWON_ASSIGN_OR_RETURN(
      const PromptStyle* named,
      find_style(task, flags.style.empty() && bundled ? task.bundled_style : flags.style));
  PromptStyle style = *named;
  if (flags.num_fewshot >= 0) style.num_fewshot = flags.num_fewshot;
  if (style.num_fewshot > 0 && task.fewshot.split.empty())
    return invalid_argument("task {task} has no few-shot split; leave --num-fewshot out",
                            {{"task", task.name}});
  JANGWON_ASSIGN_OR_RETURN(RenderInput input, render_input(flags, task, style));
  JANGWON_ASSIGN_OR_RETURN(const PromptRenderer renderer,
                           PromptRenderer::make(task, style, std::move(input.shots)));
  for (const datasets::Sample& sample : input.samples) {
    Request request;
    JANGWON_RETURN_IF_ERROR(renderer.render(sample, request));
    std::string line = to_json_line(rendered_row(task, style, sample, request));
    while (!line.empty() && line.back() == '\n')
      line.pop_back();
    write_output(line + "\n");
    if (output_failed()) return ok_status();  // main says so
  }
  write_note(localized("{samples} prompts of {task}, style {style} (sha256 {style_sha})",
                       {{"samples", input.samples.size()},
                        {"task", task.name},
                        {"style", style.name},
                        {"style_sha", renderer.style_sha256()}}) +
             "\n");
  return ok_status();
}

void add_render_command(CLI::App& group, CommandContext& context) {
  auto flags = std::make_shared<RenderFlags>();
  CLI::App& command =
      *group.add_subcommand("render",
                            "The prompts of a task, one JSON object a line: {\"id\", \"style\", "
                            "\"prompt\", \"sha256\", …}; a chat's "
                            "prompt is its list of messages, a completion's is the text");
  command.add_option("name", flags->task, "a task's name, or a folder with a task.yaml")
      ->required();
  command.add_option("--style", flags->style, "prompt style (default: the task's)");
  command.add_option(
      "--jsonl", flags->jsonl,
      "rows in the published columns, or - for standard input (default: the task's data set)");
  command.add_option(
      "--shots,--fewshot", flags->shots,
      "rows of the few-shot split (default: a file beside --jsonl with the split's name, then the "
      "imported split)");
  command
      .add_option("--num-fewshot", flags->num_fewshot, "shots in a prompt (default: the style's)")
      ->transform(setting_check("num_fewshot"));
  command.add_option("--dataset", flags->dataset, "bundled or published")
      ->check(CLI::IsMember({"bundled", "published"}));
  command
      .add_option("--option-text", flags->option_text,
                  "stripped: options without blanks at their ends, as a run asks them; raw: as "
                  "published (the default "
                  "with --jsonl, because the benchmarks' own scripts do so)")
      ->check(CLI::IsMember({"stripped", "raw"}));
  command.add_option("-n,--limit", flags->limit, "the first N rows")
      ->transform(setting_check("row_limit"));
  command.add_option("--include-path", flags->include_path, "a folder of further tasks");
  set_examples(command, {{"jangwon tasks render {task} --limit 2", "what a model reads"},
                         {"jangwon tasks render {task} --jsonl test.jsonl",
                          "questions from a file of your own"}});
  command.callback([flags, &context] { context.status = render(*flags); });
}

}  // namespace

void add_tasks_command(CLI::App& app, CommandContext& context) {
  CLI::App& group = *app.add_subcommand("tasks", "What can be asked: list, show, render");
  group.require_subcommand(1);
  set_examples(group, {{"jangwon tasks list", ""},
                       {"jangwon tasks show {task}", ""},
                       {"jangwon tasks render {task} --limit 1", ""}});
  auto flags = std::make_shared<TasksFlags>();

  CLI::App& list_command = *group.add_subcommand("list", "All tasks");
  list_command.add_option("--include-path", flags->include_path, "a folder of further tasks");
  list_command.add_flag("--json", flags->json, "JSON on stdout");
  set_examples(list_command, {{"jangwon tasks list", ""},
                              {"jangwon tasks list --include-path my_tasks --json",
                               "tasks of your own too, for another program"}});
  list_command.callback([flags, &context] { context.status = list(*flags); });

  CLI::App& show_command = *group.add_subcommand(
      "show", "One task: its task.yaml, or with --json what was read from it");
  show_command.add_option("name", flags->name, "a task's name, or a folder with a task.yaml")
      ->required();
  show_command.add_option("--include-path", flags->include_path, "a folder of further tasks");
  show_command.add_flag("--json", flags->json, "JSON on stdout");
  set_examples(show_command,
               {{"jangwon tasks show {task}", "styles, scorers and sampling of a task"},
                {"jangwon tasks show my_tasks/law", "a task in a folder"}});
  show_command.callback([flags, &context] { context.status = show(*flags); });
  add_render_command(group, context);
}

}  // namespace jangwon::harness
