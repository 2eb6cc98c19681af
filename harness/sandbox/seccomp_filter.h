// The two system-call filters, as programs for the kernel's filter machine.

#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/status.h"

namespace jangwon::harness {

// Stands in the program's filter for the process that installs it; the interpreter puts the number
// of each child there.
inline constexpr uint32_t kOwnPidMark = 0x7a6b5c4d;

// An array of struct sock_filter, 8 bytes an instruction.
struct SeccompFilters {
  std::string interpreter;  // allow-list, installed before the interpreter is executed
  // stacked on top by the interpreter before it runs foreign code: no execve, no fork, no filters
  std::string program;
};

Result<SeccompFilters> make_seccomp_filters();

}  // namespace jangwon::harness
