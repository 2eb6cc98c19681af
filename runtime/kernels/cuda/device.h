// The one header that a kernel includes. A .cu file compiles
//
//   with nvcc                  as CUDA: what follows is a thin name for an instruction or a call of
//                              the runtime;
//   with the host's compiler   as C++, for tests: the headers of the toolkit are
//                              tests/cuda_emulator's then, which define CUDA's own vocabulary and
//                              the functions below, and the kernel really runs.
//
// Only what CUDA spells with inline PTX, with <<<>>> or with `extern __shared__`
// gets a name of ours:
//
//   shared_array<T>(offset_bytes, count)        a named part of the block's dynamic shared memory;
//                                               never __shared__
//   cp_async_16 / cp_async_commit / cp_async_wait<pending>
//   ldmatrix_x4 / ldmatrix_x4_trans / mma_m16n8k16_bf16
//   to_float / to_bf16                          bf16 is rounded to nearest even
//   launch(kernel, grid, block, shared_bytes, stream, args...)
//   check_cuda(cudaError_t)
//
// and for Hopper (sm_90a)
//
//   mbarrier_init / _arrive / _arrive_expect_tx / _try_wait / _wait(barrier, parity)
//   fence_mbarrier_init
//   make_tensor_map(...) on the host, tma_load_2d on the device: a box of a matrix, zeros outside
//   bulk_copy(shared, global, bytes, barrier): bytes in a row
//   wgmma_tile(shared tile), wgmma_column_tile(shared tile, rows) -> descriptor, wgmma_fence
//   wgmma_m64k16_bf16<n>, wgmma_commit, wgmma_wait<pending>; a from a tile or from registers
//   swizzle_128(byte)                           where TMA and wgmma put a byte of a tile, for
//                                               ordinary loads and stores
//   fence_proxy_async                           between ordinary stores and a wgmma that reads them
//   increase_max_registers<n>, decrease_max_registers<n>
//   named_barrier_sync / _arrive(id, threads), elect_one
//   launch_overlapped, grid_dependency_wait / _trigger: programmatic dependent launch
//
// A kernel stands in a named namespace, takes plain values, and pointers to device memory alone,
// and is named <activation dtype>_<weight dtype>w_<op>_kernel. Its parameters are plain data.

#pragma once

#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "runtime/base/check.h"

#ifdef __CUDACC__
#include "runtime/kernels/cuda/instructions.h"
#else
#include <emulated_instructions.h>
#endif

// A kernel that needs wgmma has an empty body where this is 0: for older GPUs nvcc compiles it too.
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define JANGWON_HAS_WGMMA 1
#else
#define JANGWON_HAS_WGMMA 0
#endif

namespace jangwon::runtime {

using bf16 = __nv_bfloat16;

constexpr int kWarpSize = 32;
constexpr unsigned kFullWarp = 0xffffffffu;

__host__ __device__ inline float to_float(bf16 value) {
  return __bfloat162float(value);
}
__host__ __device__ inline bf16 to_bf16(float value) {
  return __float2bfloat16_rn(value);
}

template <class T>
__host__ __device__ constexpr T ceil_div(T a, T b) {
  return (a + b - 1) / b;
}

// In tiles of 128-byte rows the 16-byte piece within the row is xored with the row's
// number modulo 8.
__device__ inline unsigned swizzle_128(unsigned byte) {
  return byte ^ (byte >> 7 & 7) << 4;
}

// What fails here is a fault of the program or of the GPU: running out of memory is asked for
// where it can happen.
inline void check_cuda_call(cudaError_t status, const char* file, int line, const char* call) {
  if (status == cudaSuccess) return;
  check_failed(file, line, call, cudaGetErrorString(status));
}
#define check_cuda(...) \
  ::jangwon::runtime::check_cuda_call((__VA_ARGS__), __FILE__, __LINE__, #__VA_ARGS__)

// A row-major matrix as the TMA sees it, to be loaded in boxes of box_rows x box_columns with
// 128-byte swizzle. REQUIRES: `matrix` and the row pitch are multiples of 16 bytes; box_columns * 2
// is 128 bytes; box_rows <= 256.
inline CUtensorMap make_tensor_map(const bf16* matrix, uint64_t rows, uint64_t columns,
                                   uint32_t box_rows, uint32_t box_columns) {
  // The driver's function, found through the runtime, so that nothing links against the driver.
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found = {};
  constexpr unsigned kFirstVersion = 12000;
  check_cuda(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, kFirstVersion,
                                              cudaEnableDefault, &found));
  JANGWON_CHECK(found == cudaDriverEntryPointSuccess, "the driver has no cuTensorMapEncodeTiled");
  const auto encode = reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(function);
  CUtensorMap map = {};
  const cuuint64_t dims[] = {columns, rows}, strides[] = {columns * sizeof(bf16)};
  const cuuint32_t box[] = {box_columns, box_rows}, element_strides[] = {1, 1};
  const CUresult result =
      encode(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<bf16*>(matrix), dims, strides,
             box, element_strides, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  JANGWON_CHECK(result == CUDA_SUCCESS, std::to_string(rows) + " x " + std::to_string(columns) +
                                            " in boxes of " + std::to_string(box_rows) + " x " +
                                            std::to_string(box_columns));
  return map;
}

}  // namespace jangwon::runtime
