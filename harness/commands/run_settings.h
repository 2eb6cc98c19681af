// Settings of a run from a file, from --set and from the earlier call on the same folder. A setting
// is a flag of `jangwon run` by its long name: so there is one list of them, and a file can say
// whatever the command line can.
//
// Order, later stands above earlier: earlier call, --config FILE, --set KEY=VALUE, flags.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace CLI {
class App;
}

namespace jangwon::harness {

// `words` are those behind `run` on the command line; the result has --config and --set resolved
// into flags. Errors name the file and its line, and the nearest right key.
Result<std::vector<std::string>> resolve_settings(const CLI::App& run_command,
                                                  const std::vector<std::string>& words);

// The parsed settings that decide what is asked, as a JSON object of lists of texts: kept in
// run.json for `jangwon run -o DIR`. REQUIRES: the command was parsed.
nlohmann::ordered_json settings_to_keep(const CLI::App& run_command);

// A commented file for --config with every setting.
std::string settings_template(const CLI::App& run_command);

}  // namespace jangwon::harness
