// Two passes over the journals: first the keys alone, to see that every planned reply is there just
// once, then the lines. A merge that dies leaves no run (harness/record/whole_run.h).
// tests/e2e/shard_test.cc compares with an unsplit run, byte for byte.

#include "harness/run_loop/merge.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "harness/record/whole_run.h"
#include "harness/run_loop/run_loop.h"
#include "harness/run_loop/run_manifest.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"

namespace jangwon::harness {

namespace {

struct Part {
  std::string folder;
  Shard shard;
  RunManifest manifest;
  std::unique_ptr<RunLock> lock;  // nobody appends while we read
};

Message described(const Part& part) {
  return Message("shard {shard} ({folder})",
                 {{"shard", name_of(part.shard)}, {"folder", part.folder}});
}

Result<Part> open_part(const std::string& folder) {
  JANGWON_ASSIGN_OR_RETURN(RunManifest manifest, RunManifest::read(folder));
  const std::optional<Shard> shard = manifest.shard();
  if (!shard) {
    return invalid_argument(
        "{folder} is a whole run and no shard; merge takes the folders of runs with --shard i/n",
        {{"folder", folder}});
  }
  JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<RunLock> lock,
                           RunLock::acquire(folder, LockSharing::kShared));
  return Part{folder, *shard, std::move(manifest), std::move(lock)};
}

// One shard of each index, all of the same run.
Status check_parts(const std::vector<Part>& parts) {
  const Part& first = parts.front();
  for (size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    if (part.shard.count != first.shard.count) {
      return invalid_argument("{part} and {described} are parts of different splits",
                              {{"part", described(part)}, {"described", described(first)}});
    }
    const auto missing = static_cast<int>(i);
    if (part.shard.index > missing) {
      return invalid_argument(
          "shard {shard} is missing; merge needs all {shard_2} folders",
          {{"shard", name_of({missing, first.shard.count})}, {"shard_2", first.shard.count}});
    }
    if (part.shard.index < missing) {
      return invalid_argument(
          "{index} and {folder} are the same shard: its replies would be counted twice",
          {{"index", described(parts[i - 1])}, {"folder", part.folder}});
    }
    const Message difference = first.manifest.settings_difference(part.manifest);
    if (!difference.empty()) {
      return invalid_argument(
          "{part} was run with other settings than {described}: {difference}",
          {{"part", described(part)}, {"described", described(first)}, {"difference", difference}});
    }
  }
  if (static_cast<int>(parts.size()) < first.shard.count) {
    return invalid_argument(
        "shard {shard} is missing; merge needs all {shard_2} folders",
        {{"shard", name_of({static_cast<int>(parts.size()), first.shard.count})},
         {"shard_2", first.shard.count}});
  }
  return ok_status();
}

// Every model that one shard has asked must have been asked by all.
Status check_models(const std::vector<Part>& parts) {
  for (const Part& with : parts) {
    for (const PlannedModel& model : with.manifest.plan().models) {
      for (const Part& part : parts) {
        const std::vector<PlannedModel> models = part.manifest.plan().models;
        const bool asked =
            std::any_of(models.begin(), models.end(),
                        [&](const PlannedModel& other) { return other.model == model.model; });
        if (asked) continue;
        return invalid_argument(
            "{part} lacks the replies of {model}, which {with} has; repeat its call to go on with "
            "it",
            {{"part", described(part)}, {"model", model.model}, {"with", described(with)}});
      }
    }
  }
  return ok_status();
}

// Every planned reply of every shard, and none twice.
Status check_replies(const std::vector<Part>& parts) {
  std::map<RecordKey, const Part*> seen;
  for (const Part& part : parts) {
    const RunPlan plan = part.manifest.plan();
    std::map<std::pair<std::string, std::string>, int> found;
    JANGWON_RETURN_IF_ERROR(read_journal(part.folder, [&](SampleRecord record) {
      const auto [other, fresh] = seen.emplace(record.key, &part);
      if (!fresh) {
        return invalid_argument(
            "sample {sample_id} of {task} stands in {other} too: it would be counted twice",
            {{"sample_id", record.key.sample_id},
             {"task", record.key.task},
             {"other", described(*other->second)}});
      }
      ++found[{record.key.model, record.key.task}];
      return ok_status();
    }));
    for (const auto& [key, count] : found) {
      const bool planned =
          std::any_of(
              plan.models.begin(), plan.models.end(),
              [&key = key](const PlannedModel& model) { return model.model == key.first; }) &&
          std::any_of(plan.tasks.begin(), plan.tasks.end(),
                      [&key = key](const PlannedTask& task) { return task.task == key.second; });
      if (planned) continue;
      return invalid_argument(
          "{part} holds replies of {key} on {key_2}, which it was not asked for",
          {{"part", described(part)}, {"key", key.first}, {"key_2", key.second}});
    }
    for (const PlannedModel& model : plan.models) {
      for (const PlannedTask& task : plan.tasks) {
        const int planned = task.num_samples * task.repeats;
        const int missing = planned - found[{model.model, task.task}];
        if (missing == 0) continue;
        return invalid_argument(
            missing > 0 ? Message("{part} lacks {missing} of {planned} replies of {model} on "
                                  "{task}; `jangwon run -o {folder}` goes on with it",
                                  {{"part", described(part)},
                                   {"missing", std::abs(missing)},
                                   {"planned", planned},
                                   {"model", model.model},
                                   {"task", task.task},
                                   {"folder", part.folder}})
                        : Message("{part} has too many replies: {missing} of {planned} replies of "
                                  "{model} on {task}; `jangwon run -o {folder}` goes on with it",
                                  {{"part", described(part)},
                                   {"missing", std::abs(missing)},
                                   {"planned", planned},
                                   {"model", model.model},
                                   {"task", task.task},
                                   {"folder", part.folder}}));
      }
    }
  }
  return ok_status();
}

// What is recorded of the whole: where it came from, and what the shards say alike.
Result<Json> recorded_of(const std::vector<Part>& parts) {
  Json recorded = parts.front().manifest.json().value("recorded", Json::object());
  // of the call: the whole has none
  if (recorded.contains("settings")) recorded["settings"].erase("shard");
  recorded["merged_from"] = Json::array();
  for (const Part& part : parts) {
    JANGWON_ASSIGN_OR_RETURN(const std::string hash, sha256_of_file(journal_path(part.folder)));
    recorded["merged_from"].push_back(
        {{"shard", name_of(part.shard)}, {"run", part.folder}, {"journal_sha256", hash}});
    const std::string started =
        part.manifest.json().value("recorded", Json::object()).value("started_at", "");
    if (!started.empty() && started < recorded.value("started_at", ""))
      recorded["started_at"] = started;
  }
  return recorded;
}

}  // namespace

Result<RunResult> merge_shards(const std::string& output_folder,
                               const std::vector<std::string>& shard_folders) {
  // 1. Are these the parts of one run, each there once and whole?
  if (shard_folders.empty()) return invalid_argument("merge needs the folders of the shards");
  std::vector<Part> parts;
  for (const std::string& folder : shard_folders) {
    JANGWON_ASSIGN_OR_RETURN(Part part, open_part(folder));
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::tie(a.shard.index, a.folder) < std::tie(b.shard.index, b.folder);
  });
  JANGWON_RETURN_IF_ERROR(check_parts(parts));
  JANGWON_RETURN_IF_ERROR(check_models(parts));
  JANGWON_RETURN_IF_ERROR(check_replies(parts));
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<WholeRun> whole, WholeRun::begin(output_folder));

  // 2. The whole: settings without the split, every line, the results of the lines.
  Json run = parts.front().manifest.json();
  run["frozen"].erase("shard");
  JANGWON_ASSIGN_OR_RETURN(run["recorded"], recorded_of(parts));
  JANGWON_ASSIGN_OR_RETURN(const RunManifest manifest,
                           RunManifest::create(whole->path(), std::move(run)));
  for (const Part& part : parts)
    JANGWON_RETURN_IF_ERROR(read_journal(
        part.folder, [&](const SampleRecord& record) { return whole->journal().append(record); }));
  JANGWON_ASSIGN_OR_RETURN(RunResult result, aggregate_run(whole->path(), manifest));
  JANGWON_RETURN_IF_ERROR(write_results(whole->path(), result));
  JANGWON_RETURN_IF_ERROR(whole->finish());
  return result;
}

}  // namespace jangwon::harness
