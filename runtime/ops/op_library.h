// What a shared library of operators exports: runtime/kernels/cuda's, which runtime/device loads
// when a GPU is first asked for.

#pragma once

#include <string>
#include <vector>

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

struct OpLibrary {
  // Of the sources that both sides were built from: tables are plain structures, and another layout
  // must not be called.
  const char* layout;
  // Devices of this machine; 0 where there are none, with the reason.
  int (*count_devices)(std::string* why_none);
  // Empty where kernels give the right numbers on this device; otherwise what is the matter.
  std::string (*check_device)(int device);
  const std::vector<const OpTable*>& (*tables)();
};

// extern "C" const OpLibrary* jangwon_op_library();
constexpr const char* kOpLibrarySymbol = "jangwon_op_library";
using OpLibrarySymbol = const OpLibrary* (*)();

}  // namespace jangwon::runtime
