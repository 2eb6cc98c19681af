#include "tests/reports/gate/synthetic_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "harness/record/sample_record.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::reports {

namespace {

double default_chance(int item) {
  return 0.1 + 0.85 * ((item * 7) % 30) / 29.0;
}

std::string item_id(int item) {
  std::string id = std::to_string(item);
  return "q" + std::string(5 - std::min<size_t>(5, id.size()), '0') + id;
}

}  // namespace

TaskOutcomes synthetic_task(const SyntheticTask& recipe) {
  TaskOutcomes outcomes;
  outcomes.model = recipe.model;
  outcomes.task = recipe.task;
  outcomes.metric = "accuracy";
  outcomes.planned_items = recipe.items;
  outcomes.repeats = recipe.repeats;
  outcomes.mean_generation_ms = 1500;
  outcomes.settings = {{"program_version", "0.1.0"},
                       {"seed", recipe.seed_setting},
                       {"task.dataset_sha256", recipe.dataset_sha256},
                       {"task.scorer", "integer"},
                       {"task.scorer_options", "{}"},
                       {"task.style_sha256", "s0"},
                       {"sampling.temperature", "0.6"},
                       {"sampling.max_tokens", recipe.max_tokens}};
  harness::SplitMix64 random(recipe.draw_seed);
  for (int i = 0; i < recipe.items; ++i) {
    ItemOutcomes item;
    item.id = item_id(i);
    item.prompt_digest = sha256_hex(recipe.model + item.id).substr(0, 8);
    item.columns = {{"category", i % 3 == 0 ? "number theory" : "geometry"}};
    const double chance = recipe.chance ? recipe.chance(i) : default_chance(i);
    const double truncation = recipe.truncation_chance ? recipe.truncation_chance(i) : 0.0;
    for (int k = 0; k < recipe.repeats; ++k) {
      RunOutcome run;
      run.present = true;
      const bool right = random.uniform() < chance;
      run.truncated = random.uniform() < truncation;
      run.verdict =
          right && !run.truncated ? harness::Verdict::kCorrect : harness::Verdict::kIncorrect;
      if (run.truncated) run.verdict = harness::Verdict::kNoAnswer;
      if (random.uniform() < recipe.error_chance) run.verdict = harness::Verdict::kInfraError;
      run.answer = run.correct() ? "42" : "7";
      item.num_output_tokens +=
          run.truncated ? 4000 : 1000 + static_cast<int64_t>(random.index(200));
      item.runs.push_back(run);
    }
    outcomes.items.push_back(std::move(item));
  }
  return outcomes;
}

EvaluationSide synthetic_side(const std::vector<SyntheticTask>& recipes, const std::string& name) {
  EvaluationSide side;
  side.path = name;
  side.name = name;
  side.journal_sha256 = "j0";
  for (const SyntheticTask& recipe : recipes)
    side.tasks.push_back(synthetic_task(recipe));
  return side;
}

void write_run_folder(const std::string& folder, const std::vector<SyntheticTask>& recipes) {
  std::filesystem::create_directories(folder);
  Json frozen = {{"program_version", "0.1.0"},
                 {"seed", std::stoi(recipes.front().seed_setting)},
                 {"dataset", "bundled"},
                 {"limit", 0},
                 {"tasks", Json::array()}};
  Json models = Json::array();
  const auto known = [](const Json& list, const char* key, const std::string& name) {
    for (const Json& entry : list) {
      if (entry[key] == name) return true;
    }
    return false;
  };
  for (const SyntheticTask& recipe : recipes) {
    if (!known(frozen["tasks"], "name", recipe.task)) {
      frozen["tasks"].push_back({{"name", recipe.task},
                                 {"version", "1"},
                                 {"dataset_sha256", recipe.dataset_sha256},
                                 {"style_sha256", "s0"},
                                 {"num_samples", recipe.items},
                                 {"repeats", recipe.repeats},
                                 {"scorer", "integer"},
                                 {"scorer_options", Json::object()},
                                 {"metric", "accuracy"},
                                 {"cluster_key", ""},
                                 {"strata_keys", {"category"}}});
    }
    if (!known(models, "model", recipe.model)) {
      models.push_back({{"model", recipe.model},
                        {"stand_in", true},
                        {"spec", recipe.model},
                        {"kind", "replay"},
                        {"settings", {{"template_arguments", "{}"}}},
                        {"sampling", Json::object()}});
    }
    for (Json& model : models) {
      if (model["model"] == recipe.model)
        model["sampling"][recipe.task] = {
            {"temperature", {{"value", 0.6}, {"origin", "task"}}},
            {"max_tokens", {{"value", std::stoi(recipe.max_tokens)}, {"origin", "task"}}}};
    }
  }
  const Json manifest = {{"schema", "jangwon-run-1"},
                         {"frozen", frozen},
                         {"models", models},
                         {"recorded", Json::object()}};
  ASSERT_TRUE(write_file_atomically(folder + "/run.json", to_json_text(manifest)).ok());
  std::string journal;
  for (const SyntheticTask& recipe : recipes) {
    const TaskOutcomes outcomes = synthetic_task(recipe);
    for (const ItemOutcomes& item : outcomes.items) {
      for (size_t k = 0; k < item.runs.size(); ++k) {
        const RunOutcome& run = item.runs[k];
        harness::SampleRecord record;
        record.key = {recipe.model, recipe.task, item.id, static_cast<int>(k)};
        record.task_version = "1";
        record.prompt_sha256 = item.prompt_digest;
        record.verdict = run.verdict;
        record.truncated = run.truncated;
        record.metadata = Json(item.columns);
        harness::Score score =
            harness::counted_score(harness::ScoreMode::kOfficial, "integer", run.verdict);
        if (run.verdict != harness::Verdict::kNoAnswer) score.answer = run.answer;
        record.scores.push_back(score);
        record.completion.token_ids.assign(7, 1);
        record.completion.decode_ms = 10;
        record.started_at = "2026-11-21T00:00:00Z";
        journal += harness::to_journal_line(record) + "\n";
      }
    }
  }
  ASSERT_TRUE(write_file_atomically(harness::journal_path(folder), journal).ok());
}

std::string fresh_folder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/gate_" + std::to_string(getpid()) + "_" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

}  // namespace jangwon::reports
