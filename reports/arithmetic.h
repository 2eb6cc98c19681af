// What a model was computed with. Two runs of the same weights with other numerics, another type of
// the cache or another form of the weights differ by rounding, which a reader who looks for
// something else must know of.

#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "reports/language.h"
#include "reports/run_folder.h"

namespace jangwon::reports {

// By the names that the facts of a model have in run.json.
using Arithmetic = std::map<std::string, std::string>;

// Those names.
const std::vector<std::string>& arithmetic_names();

// Of a model's entry in run.json or in the settings of results.json; what is not there is left out.
Arithmetic arithmetic_of(const nlohmann::ordered_json& model);

struct ArithmeticDifference {
  std::string name;
  std::string before;
  std::string now;
};

// What both sides tell and tell differently.
std::vector<ArithmeticDifference> arithmetic_differences(const Arithmetic& before,
                                                         const Arithmetic& now);

// A sentence about them; empty where there are none.
Message arithmetic_note(const std::string& model,
                        const std::vector<ArithmeticDifference>& differences);

// A sentence a model that stands in several of the runs and was computed differently.
std::vector<Message> arithmetic_notes(const std::vector<RunFolder>& runs);

}  // namespace jangwon::reports
