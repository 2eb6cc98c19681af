// CUDA's language for an ordinary C++ compiler: what a kernel may write without including anything
// of the project. `__shared__` is missing on purpose: device.h's shared_array is poisoned, bounded,
// and can be copied into.

#pragma once

#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __align__(bytes) alignas(bytes)
#define __launch_bounds__(...)
#define __grid_constant__

struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline int2 make_int2(int x, int y) {
  return {x, y};
}
inline uint2 make_uint2(unsigned x, unsigned y) {
  return {x, y};
}
inline float2 make_float2(float x, float y) {
  return {x, y};
}
inline int4 make_int4(int x, int y, int z, int w) {
  return {x, y, z, w};
}
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
  return {x, y, z, w};
}
inline float4 make_float4(float x, float y, float z, float w) {
  return {x, y, z, w};
}

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

namespace jangwon::cuda_emulator {

// std::source_location, which clang++ 14 does not know.
class Where {
 public:
  constexpr Where() = default;
  static constexpr Where current(const char* file = __builtin_FILE(),
                                 unsigned line = __builtin_LINE()) {
    Where where;
    where.file_ = file;
    where.line_ = line;
    return where;
  }
  constexpr const char* file_name() const { return file_; }
  constexpr unsigned line() const { return line_; }

 private:
  const char* file_ = "";
  unsigned line_ = 0;
};

void block_barrier(Where where);
// The sum over the block of what its threads bring; `operation` is the name in messages.
int block_count(const char* operation, int value, Where where);

unsigned lane_id();
void warp_barrier(unsigned mask, Where where);

// The value that lane `source` brings. All lanes of `mask` take part.
std::uint64_t shuffle_bits(const char* operation, unsigned mask, std::uint64_t bits,
                           unsigned source, Where where);

// What every lane of `present` brought to a warp function.
struct Gathered {
  unsigned lane = 0, present = 0;
  std::uint64_t values[32] = {};
};
Gathered gather(const char* operation, unsigned mask, std::uint64_t value, Where where);

template <class T>
T shuffle(const char* operation, unsigned mask, T value, unsigned source, Where where) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = shuffle_bits(operation, mask, bits, source, where);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

template <class T, class Combine>
T reduce(const char* operation, unsigned mask, T value, Where where, Combine combine) {
  const Gathered all = gather(operation, mask, static_cast<std::uint64_t>(value), where);
  for (unsigned rest = all.present & ~(1u << all.lane); rest != 0; rest &= rest - 1) {
    value = combine(value, static_cast<T>(all.values[std::countr_zero(rest)]));
  }
  return value;
}

// Atomics of one kernel never race here, since its threads are one host thread; atomic for
// ThreadSanitizer's sake.
template <class T, class Change>
T change_atomically(T* address, const Change& change) {
  std::atomic_ref<T> atomic(*address);
  T old = atomic.load(std::memory_order_relaxed);
  while (!atomic.compare_exchange_weak(old, change(old), std::memory_order_relaxed)) {
  }
  return old;
}

}  // namespace jangwon::cuda_emulator

#define JANGWON_EMULATOR_WHERE \
  jangwon::cuda_emulator::Where where = jangwon::cuda_emulator::Where::current()

// --- barriers ---

inline void __syncthreads(JANGWON_EMULATOR_WHERE) {
  jangwon::cuda_emulator::block_barrier(where);
}
inline int __syncthreads_count(int predicate, JANGWON_EMULATOR_WHERE) {
  return jangwon::cuda_emulator::block_count("__syncthreads_count", predicate != 0, where);
}
inline int __syncthreads_or(int predicate, JANGWON_EMULATOR_WHERE) {
  return jangwon::cuda_emulator::block_count("__syncthreads_or", predicate != 0, where) != 0;
}
inline int __syncthreads_and(int predicate, JANGWON_EMULATOR_WHERE) {
  return jangwon::cuda_emulator::block_count("__syncthreads_and", predicate == 0, where) == 0;
}
inline void __syncwarp(unsigned mask = ~0u, JANGWON_EMULATOR_WHERE) {
  jangwon::cuda_emulator::warp_barrier(mask, where);
}
inline void __threadfence() {}
inline void __threadfence_block() {}

// --- warp functions ---

// `width` splits the warp into independent groups, and a source outside the group means the
// thread's own value.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, JANGWON_EMULATOR_WHERE) {
  const unsigned group = jangwon::cuda_emulator::lane_id() & ~(width - 1u);
  return jangwon::cuda_emulator::shuffle("__shfl_sync", mask, value,
                                         group + (source & (width - 1u)), where);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32, JANGWON_EMULATOR_WHERE) {
  const unsigned lane = jangwon::cuda_emulator::lane_id(), source = lane ^ lane_mask;
  const unsigned group_end = (lane & ~(width - 1u)) + width;
  return jangwon::cuda_emulator::shuffle("__shfl_xor_sync", mask, value,
                                         source < group_end ? source : lane, where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, JANGWON_EMULATOR_WHERE) {
  const unsigned lane = jangwon::cuda_emulator::lane_id(), in_group = lane & (width - 1u);
  return jangwon::cuda_emulator::shuffle("__shfl_up_sync", mask, value,
                                         in_group >= delta ? lane - delta : lane, where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, JANGWON_EMULATOR_WHERE) {
  const unsigned lane = jangwon::cuda_emulator::lane_id(), in_group = lane & (width - 1u);
  return jangwon::cuda_emulator::shuffle(
      "__shfl_down_sync", mask, value,
      in_group + delta < static_cast<unsigned>(width) ? lane + delta : lane, where);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, JANGWON_EMULATOR_WHERE) {
  const unsigned own_bit = static_cast<unsigned>(predicate != 0)
                           << jangwon::cuda_emulator::lane_id();
  return jangwon::cuda_emulator::reduce("__ballot_sync", mask, own_bit, where, std::bit_or<>());
}
inline int __any_sync(unsigned mask, int predicate, JANGWON_EMULATOR_WHERE) {
  return jangwon::cuda_emulator::reduce("__any_sync", mask, unsigned{predicate != 0}, where,
                                        std::bit_or<>()) != 0;
}
inline int __all_sync(unsigned mask, int predicate, JANGWON_EMULATOR_WHERE) {
  return jangwon::cuda_emulator::reduce("__all_sync", mask, unsigned{predicate != 0}, where,
                                        std::bit_and<>()) != 0;
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value, JANGWON_EMULATOR_WHERE) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  const auto all = jangwon::cuda_emulator::gather("__match_any_sync", mask, bits, where);
  unsigned same = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((all.present >> lane & 1) != 0 && all.values[lane] == bits) same |= 1u << lane;
  }
  return same;
}
template <class T>
T __reduce_add_sync(unsigned mask, T value, JANGWON_EMULATOR_WHERE) {
  static_assert(std::is_integral_v<T> && sizeof(T) == 4);
  return jangwon::cuda_emulator::reduce("__reduce_add_sync", mask, value, where, std::plus<>());
}
template <class T>
T __reduce_max_sync(unsigned mask, T value, JANGWON_EMULATOR_WHERE) {
  static_assert(std::is_integral_v<T> && sizeof(T) == 4);
  return jangwon::cuda_emulator::reduce("__reduce_max_sync", mask, value, where,
                                        [](T a, T b) { return a < b ? b : a; });
}
template <class T>
T __reduce_min_sync(unsigned mask, T value, JANGWON_EMULATOR_WHERE) {
  static_assert(std::is_integral_v<T> && sizeof(T) == 4);
  return jangwon::cuda_emulator::reduce("__reduce_min_sync", mask, value, where,
                                        [](T a, T b) { return a < b ? a : b; });
}

#undef JANGWON_EMULATOR_WHERE

// --- atomics and loads ---

template <class T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  return jangwon::cuda_emulator::change_atomically(
      address, [&](T old) { return static_cast<T>(old + value); });
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  return jangwon::cuda_emulator::change_atomically(
      address, [&](T old) { return old < value ? value : old; });
}
template <class T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  return jangwon::cuda_emulator::change_atomically(
      address, [&](T old) { return value < old ? value : old; });
}
template <class T>
T atomicOr(T* address, std::type_identity_t<T> value) {
  return jangwon::cuda_emulator::change_atomically(
      address, [&](T old) { return static_cast<T>(old | value); });
}
template <class T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  return jangwon::cuda_emulator::change_atomically(address, [&](T) { return value; });
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return jangwon::cuda_emulator::change_atomically(
      address, [&](T old) { return old == expected ? value : old; });
}
template <class T>
T __ldg(const T* address) {
  return *address;
}

// --- arithmetic ---

inline int min(int a, int b) {
  return a < b ? a : b;
}
inline int max(int a, int b) {
  return a > b ? a : b;
}
inline unsigned min(unsigned a, unsigned b) {
  return a < b ? a : b;
}
inline unsigned max(unsigned a, unsigned b) {
  return a > b ? a : b;
}
inline long min(long a, long b) {
  return a < b ? a : b;
}
inline long max(long a, long b) {
  return a > b ? a : b;
}
inline long long min(long long a, long long b) {
  return a < b ? a : b;
}
inline long long max(long long a, long long b) {
  return a > b ? a : b;
}
inline float rsqrtf(float value) {
  return 1.0f / std::sqrt(value);
}
inline float __expf(float value) {
  return std::exp(value);
}
inline float __logf(float value) {
  return std::log(value);
}
inline float __fdividef(float a, float b) {
  return a / b;
}
inline float __fmaf_rn(float a, float b, float c) {
  return std::fma(a, b, c);
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fdiv_rn(float a, float b) {
  return a / b;
}
inline float __fsqrt_rn(float value) {
  return std::sqrt(value);
}
inline unsigned __float_as_uint(float value) {
  return std::bit_cast<unsigned>(value);
}
inline int __float_as_int(float value) {
  return std::bit_cast<int>(value);
}
inline float __uint_as_float(unsigned bits) {
  return std::bit_cast<float>(bits);
}
inline float __int_as_float(int bits) {
  return std::bit_cast<float>(bits);
}
inline int __popc(unsigned bits) {
  return std::popcount(bits);
}
inline int __clz(int bits) {
  return std::countl_zero(static_cast<unsigned>(bits));
}
inline int __ffs(int bits) {
  return bits == 0 ? 0 : std::countr_zero(static_cast<unsigned>(bits)) + 1;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
// Byte i of the result is byte (selector >> 4 i) % 8 of the eight bytes of b:a.
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector) {
  const std::uint64_t bytes = std::uint64_t{b} << 32 | a;
  unsigned result = 0;
  for (unsigned i = 0; i < 4; ++i)
    result |= static_cast<unsigned>(bytes >> 8 * (selector >> 4 * i & 7) & 0xff) << 8 * i;
  return result;
}
// c + the sum of four products of signed bytes.
inline int __dp4a(int a, int b, int c) {
  for (unsigned i = 0; i < 32; i += 8)
    c += static_cast<std::int8_t>(a >> i) * static_cast<std::int8_t>(b >> i);
  return c;
}
