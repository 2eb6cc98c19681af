#include "harness/run_loop/run_steps.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/run_loop/sampling_origin.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

Asked what_is_asked(const RunConfig& config, const std::vector<TaskSpec>& specs) {
  if (!config.scoring.empty()) return Asked::kScoresByLayer;
  const bool only_scores = std::all_of(specs.begin(), specs.end(), [](const TaskSpec& spec) {
    return spec.kind == TaskKind::kMultipleChoice;
  });
  return only_scores ? Asked::kScores : Asked::kReplies;
}

}  // namespace

RunRequest request_of(const RunConfig& config) {
  return {.models = config.models,
          .tasks = config.task_words,
          .sampling = sampling_flags_json(config.sampling),
          .template_arguments = config.template_arguments,
          .settings = config.asked_settings};
}

Status check_model_names(const std::vector<AskedModel>& models) {
  for (size_t i = 0; i < models.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (models[i].model != models[j].model) continue;
      return invalid_argument(
          "two models are called {model} ({spec} and {spec_2}); give one a name of its own with "
          "--model NAME={spec_2}",
          {{"model", models[i].model}, {"spec", models[j].spec}, {"spec_2", models[i].spec}});
    }
  }
  return ok_status();
}

Status check_scoring(const RunConfig& config, const std::vector<TaskSpec>& specs) {
  for (const TaskSpec& spec : specs) {
    if (!config.scoring.empty() && spec.kind != TaskKind::kMultipleChoice)
      return invalid_argument(
          "--scoring layer-major only scores given answers, and the task {task} asks for replies; "
          "run it without "
          "--scoring",
          {{"task", spec.name}});
  }
  return ok_status();
}

BackendOptions backend_options(const RunConfig& config, const std::vector<TaskSpec>& specs,
                               const AskedModel& model) {
  return {.asked = what_is_asked(config, specs),
          .num_threads = config.num_threads,
          .max_batch_size = config.max_batch_size,
          .num_drafts = config.num_drafts,
          .template_arguments = config.template_arguments,
          .thinking_markers = markers_of_model(config.thinking_markers, model.model),
          .numerics = config.numerics,
          .kv_cache_dtype = config.kv_cache_dtype,
          .weights = config.weights,
          .device = config.device};
}

std::vector<bool> members_of(const PreparedTask& task, const std::optional<Shard>& shard) {
  std::vector<std::string_view> ids;
  for (const datasets::Sample& sample : task.data.samples)
    ids.emplace_back(sample.id);
  return shard ? shard_members(ids, *shard) : std::vector<bool>(ids.size(), true);
}

Json frozen_json(const RunConfig& config, const std::vector<PreparedTask>& tasks) {
  Json frozen{{"program_version", JANGWON_VERSION},
              {"seed", config.seed},
              {"dataset", name_of(config.dataset)},
              {"limit", to_json(config.limit)}};
  if (!config.thinking_markers.empty())
    frozen["thinking_markers"] = to_json(config.thinking_markers);
  frozen["tasks"] = Json::array();
  for (const PreparedTask& task : tasks)
    frozen["tasks"].push_back(task.frozen());
  if (!config.shard) return frozen;
  Json sizes = Json::object();
  for (const PreparedTask& task : tasks) {
    const std::vector<bool> members = members_of(task, config.shard);
    sizes[task.spec.name] = std::count(members.begin(), members.end(), true);
  }
  frozen["shard"] = {
      {"index", config.shard->index}, {"count", config.shard->count}, {"num_samples", sizes}};
  return frozen;
}

}  // namespace jangwon::harness
