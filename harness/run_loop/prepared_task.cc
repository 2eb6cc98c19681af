// All that one task needs, made before a model is loaded: a style that does not exist, a data set
// that is missing or a kernel that refuses the sandbox must be told in the first second and not
// after the weights. Scorer options are laid over each other in the order in which they are nearer
// to the call: task, style, flags. What frozen() returns is compared on a resume, so whatever can
// change a verdict has to be in it. tests/e2e/resume_test.cc, tests/e2e/every_task_test.cc.

#include "harness/run_loop/prepared_task.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/scorers/licence_rule.h"
#include "harness/task/derived_columns.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

// The manifest of the chosen data set: the name that task.yaml gives, or a file beside it.
Result<std::string> manifest_of(const TaskSpec& task, DatasetChoice choice) {
  const std::string& name =
      choice == DatasetChoice::kBundled ? task.bundled_manifest : task.published_manifest;
  if (!name.empty()) return name;
  const DatasetChoice other =
      choice == DatasetChoice::kBundled ? DatasetChoice::kPublished : DatasetChoice::kBundled;
  return not_found("task {task} has no {choice} data set; use --dataset {other}",
                   {{"task", task.name}, {"choice", name_of(choice)}, {"other", name_of(other)}});
}

// Which rows of the manifest: a named window of the task, or what the flags say.
Result<datasets::DataOptions> selection_of(const RunConfig& config, const TaskSpec& task) {
  datasets::DataOptions options;
  // The tests of the full programming set take gigabytes unpacked.
  options.decode.test_storage = datasets::TestStorage::kPackedWhenLarge;
  if (config.limit.count > 0) options.limit = config.limit.count;
  if (config.limit.share > 0) options.share = config.limit.share;
  options.tag = config.release_tag;
  options.start_date = config.start_date;
  options.end_date = config.end_date;
  if (config.window.empty()) return options;
  if (!config.release_tag.empty() || !config.start_date.empty() || !config.end_date.empty()) {
    return invalid_argument(
        "--window names a release and dates; leave --release, --start-date and --end-date out");
  }
  JANGWON_ASSIGN_OR_RETURN(const WindowSpec* window, find_window(task, config.window));
  options.tag = window->release;
  options.start_date = window->start_date;
  options.end_date = window->end_date;
  return options;
}

// A window with another number of problems than it is known to have is another benchmark.
void check_window_size(const RunConfig& config, PreparedTask& task) {
  if (task.window.empty() || !config.limit.none() || config.dataset != DatasetChoice::kPublished)
    return;
  const WindowSpec& window = **find_window(task.spec, task.window);
  const auto found = static_cast<int64_t>(task.data.samples.size());
  if (window.num_samples == 0 || found == window.num_samples) return;
  task.data.defects.push_back({datasets::DefectKind::kRowCount, "", "window " + window.name,
                               Message("{found} problems where {expected} are expected",
                                       {{"found", found}, {"expected", window.num_samples}})});
}

Result<PreparedTask> prepare_task(const RunConfig& config, TaskSpec spec,
                                  const ScorerContext& scorer_context) {
  PreparedTask task;
  task.spec = std::move(spec);
  const bool bundled = config.dataset == DatasetChoice::kBundled;
  const std::string& default_style = bundled ? task.spec.bundled_style : std::string();
  JANGWON_ASSIGN_OR_RETURN(
      const PromptStyle* style,
      find_style(task.spec, config.style.empty() ? default_style : config.style));
  task.style = style->name;
  task.repeats = config.repeats > 0 ? config.repeats : task.spec.repeats;

  JANGWON_ASSIGN_OR_RETURN(const std::string name, manifest_of(task.spec, config.dataset));
  JANGWON_ASSIGN_OR_RETURN(const datasets::Manifest manifest,
                           datasets::find_manifest(name, task.spec.folder));
  task.miniature = datasets::comes_with_program(manifest);
  JANGWON_ASSIGN_OR_RETURN(const datasets::DataOptions options, selection_of(config, task.spec));
  JANGWON_ASSIGN_OR_RETURN(task.data, datasets::load_dataset(manifest, task.spec.split, options));
  JANGWON_ASSIGN_OR_RETURN(const DerivedColumns derived, DerivedColumns::make(task.spec));
  for (datasets::Sample& sample : task.data.samples) {
    derived.add_to(*sample.columns, sample.id, manifest.columns.date);
    task.by_id[sample.id] = &sample;
  }
  if (!bundled)
    task.window = window_name(task.spec, task.data.tag, task.data.start_date, task.data.end_date);
  check_window_size(config, task);

  std::vector<datasets::Sample> shots;
  if (style->num_fewshot > 0) {
    JANGWON_ASSIGN_OR_RETURN(datasets::Dataset split,
                             datasets::load_dataset(manifest, task.spec.fewshot.split, {}));
    shots = std::move(split.samples);
  }
  JANGWON_ASSIGN_OR_RETURN(PromptRenderer renderer,
                           PromptRenderer::make(task.spec, *style, std::move(shots)));
  if (!task.spec.profile.passes.empty()) {
    const std::string licences = task.spec.folder + "/" + task.spec.profile.passes;
    JANGWON_ASSIGN_OR_RETURN(task.licence_rules, read_file(licences));
    const Result<LicenceRules> rules = parse_licence_rules(task.licence_rules, licences);
    if (!rules.ok()) return rules.status();
  }
  task.renderer = std::make_unique<PromptRenderer>(std::move(renderer));
  ScorerSpec& scorer = task.spec.scorers.front();
  scorer.options->update(*style->scorer_options);
  scorer.options->update(*config.scorer_options);
  const PromptKind prompt_kind =
      style->messages.empty() ? PromptKind::kCompletion : PromptKind::kChat;
  JANGWON_ASSIGN_OR_RETURN(task.grading,
                           Grading::make(task.spec, *scorer.options, prompt_kind, scorer_context));
  return task;
}

}  // namespace

const char* name_of(DatasetChoice choice) {
  return choice == DatasetChoice::kBundled ? "bundled" : "published";
}

Json PreparedTask::frozen() const {
  const ScorerSpec& scorer_spec = spec.scorers.front();
  const Json fewshot{{"split", spec.fewshot.split},
                     {"same_key", spec.fewshot.same_key},
                     {"ids", renderer->fewshot_ids()}};
  Json frozen{
      {"name", spec.name},
      {"version", spec.version},
      {"task_sha256", spec.sha256},
      {"style", style},
      {"style_sha256", renderer->style_sha256()},
      {"prompt_kind", grading.prompt_kind == PromptKind::kCompletion ? "completion" : "chat"},
      {"fewshot", fewshot},
      {"dataset", data.name},
      {"miniature", miniature},
      {"dataset_revision", data.revision ? Json(*data.revision) : Json()},
      {"dataset_sha256", data.rows_sha256},
      {"split", data.split},
      {"release", data.tag},
      {"window", window},
      {"start_date", data.start_date},
      {"end_date", data.end_date},
      {"num_samples", data.samples.size()},
      {"repeats", repeats},
      {"scorer", scorer_spec.name},
      {"scorer_options", *scorer_spec.options},
      {"metric", spec.metric},
      {"cluster_key", spec.profile.cluster_key},
      {"strata_keys", spec.profile.strata_keys()},
      {"profile", *spec.recorded_profile}};
  if (!licence_rules.empty()) frozen["licence_rules"] = licence_rules;
  return frozen;
}

std::vector<ThinkingMarkers> thinking_markers_for(const std::string& model,
                                                  const std::vector<ThinkingMarkers>& of_run,
                                                  const std::vector<ThinkingMarkers>& of_model) {
  std::vector<ThinkingMarkers> markers = of_model;
  markers.insert(markers.end(), of_run.begin(), of_run.end());
  return markers_of_model(markers, model);
}

Result<std::vector<TaskSpec>> find_tasks(const RunConfig& config) {
  std::vector<TaskSpec> specs;
  for (const std::string& name : config.tasks) {
    JANGWON_ASSIGN_OR_RETURN(TaskSpec spec, find_task(name, config.include_path));
    const bool twice = std::any_of(specs.begin(), specs.end(),
                                   [&](const TaskSpec& other) { return other.name == spec.name; });
    if (twice)
      return invalid_argument("the task {task} is named twice in --tasks", {{"task", spec.name}});
    specs.push_back(std::move(spec));
  }
  return specs;
}

bool asks_miniature_set(const TaskSpec& task, DatasetChoice choice) {
  const Result<std::string> name = manifest_of(task, choice);
  if (!name.ok()) return false;
  const Result<datasets::Manifest> manifest = datasets::find_manifest(*name, task.folder);
  return manifest.ok() && datasets::comes_with_program(*manifest);
}

Result<PreparedTasks> prepare_tasks(const RunConfig& config, const std::vector<TaskSpec>& specs) {
  PreparedTasks prepared;
  bool needs_sandbox = false;
  for (const TaskSpec& spec : specs) {
    const Result<const ScorerEntry*> scorer = find_scorer(spec.scorers.front().name);
    if (!scorer.ok()) return scorer.status().at(spec.folder + "/task.yaml");
    needs_sandbox = needs_sandbox || (*scorer)->needs_sandbox;
  }
  if (needs_sandbox) {
    SandboxOptions options;
    options.allow_unsandboxed = config.allow_unsandboxed;
    options.max_concurrent =
        config.num_graders > 0
            ? config.num_graders
            : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    JANGWON_ASSIGN_OR_RETURN(prepared.sandbox, SandboxPool::create(options));
  }
  for (const TaskSpec& spec : specs) {
    JANGWON_ASSIGN_OR_RETURN(
        PreparedTask task,
        prepare_task(config, spec, {.sandbox = prepared.sandbox.get(), .modes = config.modes}));
    prepared.tasks.push_back(std::move(task));
  }
  return prepared;
}

}  // namespace jangwon::harness
