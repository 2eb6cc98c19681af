// For every command of the program a call that prints, on files that are made here. Tests that hold
// for all commands walk over it; one of them fails where a command has no call.

#pragma once

#include <map>
#include <string>
#include <vector>

namespace jangwon::e2e {

// Command, as in "tasks list" → the words behind the program's name. The files lie in `root`, an
// empty folder; what the calls write goes below OUT, to be replaced by a fresh folder in each call.
std::map<std::string, std::vector<std::string>> printing_calls(const std::string& root);

}  // namespace jangwon::e2e
