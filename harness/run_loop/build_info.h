// Which program made a run, and on what: recorded, and compared with nothing.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/base/json.h"

namespace jangwon::harness {

// "0.2.0 (1234567890ab, g++ 12.2.0)"; a commit that ends in -dirty had changes, "unknown" was built
// from no repository.
std::string program_version();

// {"version", "git_commit", "compiler", "system", "processor", "num_processors"}. No host name:
// runs are published.
Json build_info();

}  // namespace jangwon::harness
