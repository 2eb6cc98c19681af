// The emulator's half of runtime/kernels/cuda/device.h: the instructions that have a name
// there, and launches.

#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <functional>
#include <tuple>

namespace jangwon::cuda_emulator {

void* shared_bytes(unsigned offset, std::size_t size);

void cp_async(void* shared, const void* global, bool in_bounds, Where where);
void cp_async_commit(Where where);
void cp_async_wait(unsigned pending_groups, Where where);

[[noreturn]] void fail(const char* operation, Where where, const char* message);
// A 16-byte access by an instruction of its own: the hardware traps if it is misaligned, and reads
// or writes anything if it is not in shared memory.
void require_shared_16(const char* operation, Where where, const void* pointer);

// Lane l gives the address of row l % 8 of matrix l / 8. Of each 8 x 8 matrix lane t receives
// elements 2 (t % 4) and 2 (t % 4) + 1 of row t / 4; transposed, of column t / 4. The loads happen
// here, where the sanitizers see them.
inline void ldmatrix(const char* name, std::uint32_t (&r)[4], const void* row, bool transposed,
                     Where where) {
  require_shared_16(name, where, row);
  const Gathered all = gather(name, ~0u, reinterpret_cast<std::uintptr_t>(row), where);
  if (all.present != ~0u) fail(name, where, "needs a full warp");
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned along = all.lane / 4, across = all.lane % 4 * 2 + i % 2;
    const auto* source = reinterpret_cast<const std::uint16_t*>(
        all.values[i / 2 * 8 + (transposed ? across : along)]);
    r[i / 2] = (i % 2 == 0 ? 0 : r[i / 2]) | std::uint32_t{source[transposed ? along : across]}
                                                 << 16 * (i % 2);
  }
}
void mma_m16n8k16_bf16(float* d, const std::uint32_t* a, const std::uint32_t* b, Where where);

void mbarrier_init(std::uint64_t* barrier, unsigned arrivals, Where where);
void mbarrier_arrive(const char* operation, std::uint64_t* barrier, unsigned bytes, Where where);
bool mbarrier_try_wait(std::uint64_t* barrier, unsigned parity, Where where);
void mbarrier_wait(std::uint64_t* barrier, unsigned parity, Where where);
void fence_mbarrier_init(Where where);
void fence_proxy_async(Where where);
void tma_load_2d(void* shared, const CUtensorMap* map, int x, int y, std::uint64_t* barrier,
                 Where where);
void bulk_copy(void* shared, const void* global, unsigned bytes, std::uint64_t* barrier,
               Where where);

std::uint64_t wgmma_tile(const void* tile, Where where);
std::uint64_t wgmma_column_tile(const void* tile, unsigned rows, Where where);
void wgmma_fence(Where where);
void wgmma_commit(Where where);
void wgmma_wait(unsigned pending_groups, Where where);
// With a in registers, or where there are none in a tile.
void wgmma(float* d, unsigned n, const std::uint32_t* a_registers, std::uint64_t a, std::uint64_t b,
           bool accumulate, Where where);
void set_max_registers(unsigned count, Where where);

void named_barrier_sync(unsigned barrier, unsigned threads, Where where);
void named_barrier_arrive(unsigned barrier, unsigned threads, Where where);
bool elect_one(Where where);
void grid_dependency_wait(Where where);

struct Launch {
  const void* kernel;
  dim3 grid, block;
  std::size_t shared_bytes;
  bool overlapped;
  int device;
};
// The GPU that a stream's work runs on, which must be the current one.
int device_of_launch(const void* kernel, cudaStream_t stream);
// Ends with an error where eight aligned bytes of a parameter are an address that the launch's
// GPU does not reach.
void check_parameter(const Launch& launch, const void* parameter, std::size_t size);
void check_pointer(const Launch& launch, const void* pointer);
// Runs `body` once a thread: now if there is no stream, and otherwise when the stream gets there;
// or records it, during capture. `check` runs before it does.
void enqueue_launch(const Launch& launch, cudaStream_t stream, std::function<void()> check,
                    std::function<void()> body);

// Whether addresses within structures are looked at: padding, which may hold half of an old
// address, must be cleared before, and clang++ has no way to.
#if defined(__clang__)
constexpr bool kLooksIntoStructures = false;
#else
constexpr bool kLooksIntoStructures = true;
#endif

template <class T>
void check_structure(const Launch& launch, T copy) {
#if !defined(__clang__)
  __builtin_clear_padding(&copy);
#endif
  if (kLooksIntoStructures) check_parameter(launch, &copy, sizeof copy);
}

template <class... Params, class... Args>
void launch_grid(bool overlapped, void (*kernel)(Params...), dim3 grid, dim3 block,
                 std::size_t shared_bytes, cudaStream_t stream, Args... args) {
  static_assert((std::is_trivially_copyable_v<Params> && ...),
                "a kernel's parameters are copied byte by byte");
  const std::tuple<Params...> params(static_cast<Params>(args)...);
  const auto address = reinterpret_cast<const void*>(kernel);
  const Launch launch = {address,      grid,       block,
                         shared_bytes, overlapped, device_of_launch(address, stream)};
  const auto check = [=] {
    const auto check_one = [&](const auto& param) {
      if constexpr (std::is_pointer_v<std::decay_t<decltype(param)>>) {
        check_pointer(launch, param);
      } else if constexpr (sizeof param >= sizeof(void*)) {
        check_structure(launch, param);
      }
    };
    std::apply([&](const Params&... each) { (check_one(each), ...); }, params);
  };
  check();  // where the launch stands; and when it runs, because memory may be freed meanwhile
  enqueue_launch(launch, stream, check, [=] { std::apply(kernel, params); });
}

}  // namespace jangwon::cuda_emulator

namespace jangwon::runtime {

#define JANGWON_EMULATOR_WHERE cuda_emulator::Where where = cuda_emulator::Where::current()

// Every array is a block of memory of its own and exactly `count` long, so that AddressSanitizer
// also catches a step from one array into its neighbour. Arrays must not overlap; memory is reused
// by asking for the same bytes again.
template <class T>
T* shared_array(unsigned offset_bytes, unsigned count) {
  return static_cast<T*>(cuda_emulator::shared_bytes(offset_bytes, std::size_t{count} * sizeof(T)));
}

inline void cp_async_16(void* shared, const void* global, bool in_bounds, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::cp_async(shared, global, in_bounds, where);
}
inline void cp_async_commit(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::cp_async_commit(where);
}
template <int kPendingGroups>
void cp_async_wait(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::cp_async_wait(kPendingGroups, where);
}
inline void ldmatrix_x4(std::uint32_t (&r)[4], const void* row, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::ldmatrix("ldmatrix_x4", r, row, false, where);
}
inline void ldmatrix_x4_trans(std::uint32_t (&r)[4], const void* row, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::ldmatrix("ldmatrix_x4_trans", r, row, true, where);
}
inline void mma_m16n8k16_bf16(float (&d)[4], const std::uint32_t (&a)[4],
                              const std::uint32_t (&b)[2], JANGWON_EMULATOR_WHERE) {
  cuda_emulator::mma_m16n8k16_bf16(d, a, b, where);
}

// --- Hopper ---

inline void mbarrier_init(std::uint64_t* barrier, unsigned arrivals, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::mbarrier_init(barrier, arrivals, where);
}
inline void mbarrier_arrive(std::uint64_t* barrier, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::mbarrier_arrive("mbarrier_arrive", barrier, 0, where);
}
inline void mbarrier_arrive_expect_tx(std::uint64_t* barrier, unsigned bytes,
                                      JANGWON_EMULATOR_WHERE) {
  cuda_emulator::mbarrier_arrive("mbarrier_arrive_expect_tx", barrier, bytes, where);
}
inline bool mbarrier_try_wait(std::uint64_t* barrier, unsigned parity, JANGWON_EMULATOR_WHERE) {
  return cuda_emulator::mbarrier_try_wait(barrier, parity, where);
}
inline void mbarrier_wait(std::uint64_t* barrier, unsigned parity, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::mbarrier_wait(barrier, parity, where);
}
inline void fence_mbarrier_init(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::fence_mbarrier_init(where);
}
inline void fence_proxy_async(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::fence_proxy_async(where);
}
inline void tma_load_2d(void* shared, const CUtensorMap* map, int x, int y, std::uint64_t* barrier,
                        JANGWON_EMULATOR_WHERE) {
  cuda_emulator::tma_load_2d(shared, map, x, y, barrier, where);
}
inline void bulk_copy(void* shared, const void* global, unsigned bytes, std::uint64_t* barrier,
                      JANGWON_EMULATOR_WHERE) {
  cuda_emulator::bulk_copy(shared, global, bytes, barrier, where);
}
inline void tma_prefetch_map(const CUtensorMap*) {}

inline std::uint64_t wgmma_tile(const void* tile, JANGWON_EMULATOR_WHERE) {
  return cuda_emulator::wgmma_tile(tile, where);
}
inline std::uint64_t wgmma_column_tile(const void* tile, unsigned rows, JANGWON_EMULATOR_WHERE) {
  return cuda_emulator::wgmma_column_tile(tile, rows, where);
}
inline void wgmma_fence(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::wgmma_fence(where);
}
inline void wgmma_commit(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::wgmma_commit(where);
}
template <int kPendingGroups>
void wgmma_wait(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::wgmma_wait(kPendingGroups, where);
}
template <int kN>
void wgmma_m64k16_bf16(float (&d)[kN / 2], std::uint64_t a, std::uint64_t b, bool accumulate,
                       JANGWON_EMULATOR_WHERE) {
  static_assert(kN % 8 == 0 && kN <= 256);
  cuda_emulator::wgmma(d, kN, nullptr, a, b, accumulate, where);
}
template <int kN>
void wgmma_m64k16_bf16(float (&d)[kN / 2], const std::uint32_t (&a)[4], std::uint64_t b,
                       JANGWON_EMULATOR_WHERE) {
  static_assert(kN % 8 == 0 && kN <= 256);
  cuda_emulator::wgmma(d, kN, a, 0, b, /*accumulate=*/true, where);
}

template <int kCount>
void increase_max_registers(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::set_max_registers(kCount, where);
}
template <int kCount>
void decrease_max_registers(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::set_max_registers(kCount, where);
}
inline void named_barrier_sync(unsigned barrier, unsigned threads, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::named_barrier_sync(barrier, threads, where);
}
inline void named_barrier_arrive(unsigned barrier, unsigned threads, JANGWON_EMULATOR_WHERE) {
  cuda_emulator::named_barrier_arrive(barrier, threads, where);
}
inline bool elect_one(JANGWON_EMULATOR_WHERE) {
  return cuda_emulator::elect_one(where);
}
inline void grid_dependency_wait(JANGWON_EMULATOR_WHERE) {
  cuda_emulator::grid_dependency_wait(where);
}
inline void grid_dependency_trigger() {}

#undef JANGWON_EMULATOR_WHERE

template <class... Params, class... Args>
void launch(void (*kernel)(Params...), dim3 grid, dim3 block, std::size_t shared_bytes,
            cudaStream_t stream, Args... args) {
  cuda_emulator::launch_grid(/*overlapped=*/false, kernel, grid, block, shared_bytes, stream,
                             args...);
}
template <class... Params, class... Args>
void launch_overlapped(void (*kernel)(Params...), dim3 grid, dim3 block, std::size_t shared_bytes,
                       cudaStream_t stream, Args... args) {
  cuda_emulator::launch_grid(/*overlapped=*/true, kernel, grid, block, shared_bytes, stream,
                             args...);
}

}  // namespace jangwon::runtime
