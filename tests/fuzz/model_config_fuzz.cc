#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/base/json.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model_summary.h"

// A config that passes must give a tensor table and sizes that are not negative.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const Result<Json> json = parse_json({reinterpret_cast<const char*>(data), size});
  if (!json.ok()) return 0;
  const Result<runtime::ModelConfig> config =
      runtime::parse_model_config(json.value(), "config.json");
  if (!config.ok()) {
    JANGWON_CHECK(!config.status().message().empty());
    return 0;
  }
  const Result<runtime::ModelSummary> summary = runtime::summarize_model(config.value());
  if (!summary.ok()) return 0;
  JANGWON_CHECK(summary->total_parameters > 0);
  JANGWON_CHECK(summary->active_parameters > 0);
  JANGWON_CHECK(summary->kv_growing_bytes_per_token_fp32 >= 0);
  return 0;
}
