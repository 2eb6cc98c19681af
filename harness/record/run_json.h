// run.json for readers that need no more of it than whom a run asked. Its layout stands in
// harness/run_loop/run_manifest.cc.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::harness {

inline constexpr const char* kRunSchema = "jangwon-run-1";

// A model that a run was asked for, whether it has been asked yet or not.
struct AskedModel {
  std::string model;  // its name
  std::string spec;   // the word after --model
  // of a model on a server, which may be another one tomorrow: where it is; else empty
  std::string place;
  bool named = false;  // by the user, in `spec`
  bool stand_in = false;
};

// Whether two calls mean one model by one name. Where both have a folder or a recording, the
// hashes of the model's facts decide; a server could be any, unless the user has said by its name
// that it is the same.
bool is_same_model(const AskedModel& before, const AskedModel& now);

nlohmann::ordered_json to_json(const AskedModel& model);

// RUN/run.json. Errors: not there, not readable, not of this program, a value that is not what it
// must be. What is not there is for the reader that needs it to miss.
Result<nlohmann::ordered_json> read_run_json(const std::string& run_folder);

// The same of a run that has begun: its data sets were read, and its settings stand
// there under "frozen".
Result<nlohmann::ordered_json> read_begun_run(const std::string& run_folder);

// The words after --tasks; of a run that does not say, the names of its tasks.
Result<std::vector<std::string>> asked_tasks(const nlohmann::ordered_json& run);

// In the order in which they were asked for. An error names what has the wrong type.
Result<std::vector<AskedModel>> asked_models(const nlohmann::ordered_json& run);

}  // namespace jangwon::harness
