// generation_config.json: where a reply ends, and how the model's makers sample.

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"
#include "runtime/model/model_config.h"

namespace jangwon::runtime {

struct GenerationConfig {
  std::vector<int32_t> eos_token_ids;  // this file's, or else those of config.json
  // recommended values under the names of the file itself, only those that are set
  JsonValue sampling = JsonValue::object();
};

// A folder without the file is fine; a malformed value is an error. Keys that steer a Python
// library (caches, beams, watermarks) are left alone: nothing here depends on them.
Result<GenerationConfig> read_generation_config(const std::string& dir, const ModelConfig& config);

}  // namespace jangwon::runtime
