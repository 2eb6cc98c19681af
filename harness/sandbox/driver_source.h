// python/*.py as one text; made by CMake.

#pragma once

namespace jangwon::harness {

// official_checker.py, then zygote.py, which starts to serve
extern const char* const kDriverSource;
extern const char* const kQuickCheckSource;  // quick_check.py
extern const char* const kAttackCatalogue;   // attacks.txt

}  // namespace jangwon::harness
