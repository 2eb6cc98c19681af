// The program without its process: what main calls, and what tests call a thousand times
// without starting it.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::harness {

// Runs the command that the words call, those behind the program's name; a failure is told on
// stderr. The exit code.
int run_program(std::vector<std::string> words);

// What the program would say of the words alone; nothing is done. For tests of what documents tell
// a reader to type.
Status check_words(std::vector<std::string> words);

// Tells a failure in the language of the environment. Its exit code.
int tell_failure(const Status& status);

}  // namespace jangwon::harness
