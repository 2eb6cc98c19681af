// The golden file of the statistics: every function of this folder against values made by another
// implementation (tests/golden/stats). The same cases run as a unit test and, from a copy inside
// the program, as `jangwon selftest stats`.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

struct GoldenOutcome {
  std::string name;
  std::string function;
  bool passed = false;
  std::string detail;  // what differs, with both values; empty when passed
};

// Runs every case of a golden file. A case whose function is not known counts as not passed.
// Errors: the file is not what it should be (no "cases", a case without name, function, inputs or
// expected, or an input of the wrong type).
Result<std::vector<GoldenOutcome>> run_golden_cases(const Json& golden);

// The text of tests/golden/stats/stats_golden.json as it was when the program was built.
std::string_view embedded_stats_golden();

}  // namespace jangwon::harness
