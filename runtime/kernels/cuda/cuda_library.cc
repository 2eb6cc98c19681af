// What the shared library of GPU kernels exports (runtime/ops/op_library.h).

#include <cuda_runtime_api.h>

#include <op_layout.h>
#include "runtime/kernels/cuda/cuda_ops.h"
#include "runtime/kernels/cuda/self_check.h"
#include "runtime/ops/op_library.h"

namespace jangwon::runtime {
namespace {

int count_devices(std::string* why_none) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return count;
  *why_none = cudaGetErrorString(status == cudaSuccess ? cudaErrorNoDevice : status);
  return 0;
}

}  // namespace
}  // namespace jangwon::runtime

extern "C" __attribute__((visibility("default"))) const jangwon::runtime::OpLibrary*
jangwon_op_library() {
  using namespace jangwon::runtime;
  static const OpLibrary library = {
      .layout = JANGWON_OP_LAYOUT,
      .count_devices = count_devices,
      .check_device = check_gpu,
      .tables = cuda_op_tables,
  };
  return &library;
}
