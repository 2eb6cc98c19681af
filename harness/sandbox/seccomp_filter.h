// The two system-call filters, as programs for the kernel's filter machine.

#pragma once

#include <string>

#include "runtime/base/status.h"

namespace jangwon::harness {

// An array of struct sock_filter, 8 bytes an instruction.
struct SeccompFilters {
  std::string interpreter;  // allow-list, installed before the interpreter is executed
  std::string program;  // stacked on top by the interpreter before it runs foreign code: no execve, no fork, no filters
};

Result<SeccompFilters> make_seccomp_filters();

}  // namespace jangwon::harness
