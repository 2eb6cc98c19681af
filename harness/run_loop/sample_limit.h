// --limit: how much of each task is asked.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/base/status.h"

namespace jangwon::harness {

// The first `count` samples of each task, or the first `share` of them, rounded up: ceil(share ×
// samples) in double precision, as lm-eval counts (`math.ceil(len(docs) * limit)` for a limit below
// 1). Neither: all.
struct SampleLimit {
  int count = 0;
  double share = 0;

  bool none() const { return count == 0 && share == 0; }
  bool operator==(const SampleLimit&) const = default;
};

// "10" or "0.1". Errors: everything else, 0 and 1.5 and nan among it; the sentence names the
// flag and the value.
Result<SampleLimit> parse_sample_limit(const std::string& text);

// As it stands in run.json: a number, 0 for all.
nlohmann::ordered_json to_json(const SampleLimit& limit);
Result<SampleLimit> sample_limit_of(const nlohmann::ordered_json& number);

}  // namespace jangwon::harness
