// Whether tests that take minutes are asked for, as by ./test.sh --full.

#pragma once

#include <cstdlib>

namespace jangwon {

inline bool long_tests_wanted() {
  const char* wanted = std::getenv("JANGWON_LONG_TESTS");
  return wanted != nullptr && *wanted != '\0';
}

}  // namespace jangwon
