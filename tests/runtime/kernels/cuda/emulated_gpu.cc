// A program that links this file has emulated GPUs: their tables are those of "cuda", and whatever
// walks all tables walks them too. With JANGWON_TEST_ON_GPU=1 it has this machine's GPUs in their
// place, whose kernels are those of the shared library beside the program.

#include <cstdlib>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/device/cuda_library.h"
#include "runtime/device/devices.h"

extern "C" const jangwon::runtime::OpLibrary* jangwon_op_library();

namespace jangwon::runtime {
namespace {

const OpLibrary& library() {
  const char* on_gpu = std::getenv("JANGWON_TEST_ON_GPU");
  if (on_gpu == nullptr || std::string_view(on_gpu) != "1") return *jangwon_op_library();
  JANGWON_CHECK(cuda_library().ok(), cuda_library().status().message());
  return *cuda_library().value();
}

[[maybe_unused]] const bool kThere = [] {
  set_gpu_op_library(library());
  return true;
}();

}  // namespace
}  // namespace jangwon::runtime
