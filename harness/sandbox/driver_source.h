// python/*.py as one text; made by CMake.

#pragma once

namespace jangwon::harness {

extern const char* const kDriverSource;      // official_checker.py, then zygote.py, which starts to serve
extern const char* const kQuickCheckSource;  // quick_check.py

}  // namespace jangwon::harness
