// What of the machine an interpreter needs to run: its program and libraries, a few devices,
// its environment.

#pragma once

#include <string>

#include "harness/sandbox/confinement.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// `python` must resolve to a program of this machine, not to a shim or a script. The last word of
// argv, the source that it runs, is the caller's to add, and so are the filters.
Result<ConfinementFiles> find_interpreter_files(const std::string& python);

}  // namespace jangwon::harness
