// A program that links this file has an emulated GPU: its tables are those of "cuda", and whatever
// walks all tables walks them too.

#include "runtime/device/devices.h"
#include "runtime/kernels/cuda/cuda_ops.h"

namespace jangwon::runtime {
namespace {

[[maybe_unused]] const bool kThere = [] {
  set_gpu_op_tables(cuda_op_tables());
  return true;
}();

}  // namespace
}  // namespace jangwon::runtime
