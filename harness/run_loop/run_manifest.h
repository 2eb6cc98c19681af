// run.json: what a run was asked for, and its frozen configuration with the hashes of
// everything that went in.
//
// What was asked (models, settings) is written first of all, so that `jangwon run -o DIR` alone
// goes on after a kill at any moment. Until the journal holds a reply a further call may ask for
// something else. From then on it must ask for the same, or it is refused with the first key that
// differs; it may add a model. What cannot change a result (threads, batch, instruction set, time)
// is recorded, but not compared.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "harness/record/run_json.h"
#include "harness/run_loop/aggregate.h"
#include "harness/run_loop/shard.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// What a call asks for.
struct RunRequest {
  std::vector<AskedModel> models;
  std::vector<std::string> tasks;                      // words
  JsonValue sampling = JsonValue::object();            // the flags that were given
  JsonValue template_arguments = JsonValue::object();  // of the chat template
  JsonValue settings = JsonValue::object();            // the call in flags, for the next one
};

class RunManifest {
 public:
  // Opens RUN/run.json, or makes one of what is asked. REQUIRES: the folder may be written to
  // (run_folder_claim.h).
  static Result<RunManifest> open(const std::string& run_folder, const RunRequest& request);
  // A run.json of a run that was made by other means than asking; an error where there is one.
  static Result<RunManifest> create(const std::string& run_folder, nlohmann::ordered_json run);
  // Reads an existing one, for grading again and for reports. A run that has not begun is an error.
  static Result<RunManifest> read(const std::string& run_folder);

  // Takes back what earlier calls asked for in vain. REQUIRES: the lock of the run folder, and no
  // reply in the journal.
  Status ask_anew(const RunRequest& request);
  // Sets `frozen` (seed, data set, tasks: everything but the models), or compares it and the
  // request with what stands there: a run.json that says otherwise is an error that names the key
  // and both values. New models are added.
  Status freeze(const RunRequest& request, const nlohmann::ordered_json& frozen,
                const nlohmann::ordered_json& recorded);

  // What freeze() would say of it. REQUIRES: begun().
  Status check(const RunRequest& request, const nlohmann::ordered_json& frozen) const;

  // Adds the facts of a model that is loaded, or compares them with those of the earlier call.
  Status add_model(const nlohmann::ordered_json& model);

  // What came of a model's drafts in this call, together with what earlier calls had. Nothing where
  // `counts` is null.
  Status add_speculation(const std::string& model, const nlohmann::ordered_json& counts);

  bool begun() const;                  // its configuration is frozen
  std::optional<Shard> shard() const;  // absent: the whole run
  // Where the settings of two runs differ, as "/seed was 1 and is now 2"; "" where they agree.
  // Which shard each is and how fast it ran do not count.
  Message settings_difference(const RunManifest& other) const;

  const RunPlan& plan() const { return plan_; }  // of a shard: its own part
  // for results.json: what a reader needs to judge comparability
  nlohmann::ordered_json settings() const;
  const nlohmann::ordered_json& json() const;

 private:
  RunManifest() = default;
  Status read_plan();
  Status save();
  std::string path_;
  JsonValue json_;
  RunPlan plan_;  // of what json_ says
};

}  // namespace jangwon::harness
