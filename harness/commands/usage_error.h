// What is wrong with a command line, in one sentence with a way out. CLI11 says that something is
// wrong; which word it is, what was meant and what may stand there is looked up here.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace jangwon::harness {

// Whether the option, called `name` in the sentence, takes the value; a list is looked at one by
// one. An empty value is none: what a script leaves empty by mistake must not mean the default.
Status check_option_value(const std::string& name, const CLI::Option& option,
                          const std::string& value);

// "--limit=" and "" where a flag takes a value: CLI11 would take the next word for it,
// or an empty one.
Status check_empty_values(const CLI::App& app, const std::vector<std::string>& words);

// REQUIRES: CLI11 refused `words`; they are those of the command line, in its order.
Status explain_usage_error(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace jangwon::harness
