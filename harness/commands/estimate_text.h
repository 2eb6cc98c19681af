// An estimate (run_estimate.h) as a reader and as a program want it.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harness/run_loop/run_config.h"
#include "harness/run_loop/run_estimate.h"

namespace jangwon::harness {

// In the reader's language.
std::string estimate_text(const RunConfig& config, const RunEstimate& estimate);

// {"schema": "jangwon-estimate-1", …}; its keys stand in harness/run_loop/README.md.
nlohmann::ordered_json to_json(const RunConfig& config, const RunEstimate& estimate);

}  // namespace jangwon::harness
