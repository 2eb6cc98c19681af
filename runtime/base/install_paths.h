// Where the program's own data lies (tasks, data set manifests, bundled sets, stand-ins): the
// folder named by JANGWON_HOME, else the source tree the program was built in or stands in, else
// PREFIX/share/jangwon of an installed program.

#pragma once

#include <string>

#include "runtime/base/status.h"

namespace jangwon {

// The program's own path; where /proc is not mounted, as in a bare root, the one it was called by.
std::string own_path();

// The absolute path of `relative` (e.g. "tasks") below the first of these places that has it.
Result<std::string> find_installed(const std::string& relative);

}  // namespace jangwon
