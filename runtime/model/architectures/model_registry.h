// The architectures that can be loaded, by explicit list, and configs that one of them reads.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/model/architecture.h"

namespace jangwon::runtime {

// One function a file: axk1.cc, exaone_moe.cc, …
Architecture axk1_architecture();
Architecture axk2_architecture();
Architecture deepseek_v3_architecture();
Architecture exaone_moe_architecture();
Architecture gpt_oss_architecture();
Architecture hyperclovax_architecture();
Architecture qwen3_moe_architecture();
Architecture solar_open_architecture();
Architecture solar_open2_architecture();
Architecture vaetki_architecture();

const std::vector<Architecture>& all_architectures();

// Parses config.json. Unknown, missing and contradictory keys are errors that name them.
Result<ModelConfig> parse_model_config(const Json& json, const std::string& place);
// a config.json, or the folder with one
Result<ModelConfig> read_model_config(const std::string& path);

}  // namespace jangwon::runtime
