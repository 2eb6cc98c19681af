// What is wrong with a command line, in one sentence with a way out. CLI11 says that something is wrong; which word it
// is, what was meant and what may stand there is looked up here.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace CLI {
class App;
}

namespace jangwon::harness {

// "--limit=" of a flag that takes a value: CLI11 would take the next word for it.
Status check_empty_values(const CLI::App& app, const std::vector<std::string>& words);

// REQUIRES: CLI11 refused `words`, for the reason `what`; they are those of the command line, in its order.
Status explain_usage_error(const CLI::App& app, const std::vector<std::string>& words, const std::string& what);

}  // namespace jangwon::harness
