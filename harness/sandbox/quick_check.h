// The attacks that run whenever a pool is made: harmless to try, so all of them fit one process and
// a few milliseconds. The longer form is `jangwon selftest sandbox`.

#pragma once

#include <string>

namespace jangwon::harness {

inline constexpr const char* kQuickCheckPassed = "holds\n";

// The frame that hands the interpreter the filter for its children; empty filter: none.
std::string encode_program_filter(const std::string& filter);

}  // namespace jangwon::harness
