// What the readers of `jangwon grade`'s rows share: each scorer reads its own key
// (ForeignRows::read_key).

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::datasets {
struct Sample;
}

namespace jangwon::harness {

// Says that `key` is missing, which key there is that looks like it, and what a row needs.
Status missing_key(const nlohmann::ordered_json& row, const std::string& key,
                   const std::string& needed);

// A string as it is, anything else as JSON writes it.
std::string text_of_value(const nlohmann::ordered_json& value);

Result<std::vector<std::string>> read_strings(const nlohmann::ordered_json& row,
                                              const std::string& key);

// The elements of "target", a string or a number or a list of them. Errors: it is missing, empty or
// of another type.
Result<std::vector<nlohmann::ordered_json>> read_targets(const nlohmann::ordered_json& row,
                                                         const std::string& needed);

// "options", where the row has them, as the choices of the sample.
Status read_row_options(const nlohmann::ordered_json& row, datasets::Sample& sample);

}  // namespace jangwon::harness
