// run.json: the frozen configuration of a run, with the hashes of everything that went in.
//
// A second call with the same folder must ask for the same thing, or it is refused with the first key that differs; it
// may add a model. What cannot change a result (threads, batch, instruction set, time) is recorded, but not compared.

#pragma once

#include <memory>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "harness/run_loop/aggregate.h"
#include "harness/run_loop/shard.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

class RunManifest {
 public:
  // Opens RUN/run.json, or starts one from `frozen` (seed, data set, tasks: everything but the models). A run.json that
  // says otherwise is an error that names the key and both values.
  static Result<RunManifest> open(const std::string& run_folder, const nlohmann::ordered_json& frozen,
                                  const nlohmann::ordered_json& recorded);
  // Reads an existing one, for grading again and for reports.
  static Result<RunManifest> read(const std::string& run_folder);

  // Adds a model's facts, or compares them with those of the earlier call.
  Status add_model(const nlohmann::ordered_json& model);

  std::optional<Shard> shard() const;  // absent: the whole run
  // Where the settings of two runs differ, as "/seed was 1 and is now 2"; "" where they agree. Which shard each is and
  // how fast it ran do not count.
  std::string settings_difference(const RunManifest& other) const;

  RunPlan plan() const;               // of a shard: its own part
  std::string settings_json() const;  // for results.json: what a reader needs to judge comparability
  const nlohmann::ordered_json& json() const;

  RunManifest(const RunManifest&);
  RunManifest(RunManifest&&) noexcept;
  RunManifest& operator=(RunManifest&&) noexcept;
  ~RunManifest();

 private:
  RunManifest();
  Status save() const;
  std::string path_;
  std::unique_ptr<nlohmann::ordered_json> json_;
};

}  // namespace jangwon::harness
