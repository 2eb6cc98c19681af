// JANGWON_CHECK: a programmer's error ends the program at once, with the place.

#pragma once

#include <string_view>

namespace jangwon {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               std::string_view detail = {});

#define JANGWON_CHECK(condition, ...)                                                     \
  do {                                                                                    \
    if (!(condition)) [[unlikely]]                                                        \
      ::jangwon::check_failed(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)

}  // namespace jangwon
