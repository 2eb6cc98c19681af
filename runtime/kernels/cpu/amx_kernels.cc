// Products in the tiles of AMX. That a machine's tiles add as ours are written down to is asked
// before they are listed (lane_kernel_list.cc).

#if defined(__x86_64__)

#include <immintrin.h>

#include "runtime/kernels/cpu/amx_helper.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
namespace {

struct AmxTiles {
  struct alignas(64) Config {
    uint8_t palette = 1;
    uint8_t start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t bytes_of_row[16] = {};
    uint8_t rows[16] = {};
  };

  static void configure(int inner_pairs, int rows, int more) {
    Config config;
    const int rows_of[8] = {rows, more, inner_pairs, inner_pairs, rows, rows, more, more};
    for (int tile = 0; tile < 8; ++tile) {
      if (rows_of[tile] == 0) continue;
      config.bytes_of_row[tile] = static_cast<uint16_t>(tile < 2 ? 4 * inner_pairs : 64);
      config.rows[tile] = static_cast<uint8_t>(rows_of[tile]);
    }
    // GCC's intrinsic tells of the first eight bytes alone that it reads them.
    asm volatile("" : : "r"(&config) : "memory");
    _tile_loadconfig(&config);
  }
  // The intrinsics of GCC take a literal for a tile's number.
  template <int tile>
  static void zero() {
    static_assert(tile >= 4 && tile <= 7);
    if constexpr (tile == 4) _tile_zero(4);
    if constexpr (tile == 5) _tile_zero(5);
    if constexpr (tile == 6) _tile_zero(6);
    if constexpr (tile == 7) _tile_zero(7);
  }
  template <int tile>
  static void load(const void* base, int64_t stride) {
    static_assert(tile >= 0 && tile <= 7);
    if constexpr (tile == 0) _tile_loadd(0, base, stride);
    if constexpr (tile == 1) _tile_loadd(1, base, stride);
    if constexpr (tile == 2) _tile_loadd(2, base, stride);
    if constexpr (tile == 3) _tile_loadd(3, base, stride);
    if constexpr (tile == 4) _tile_loadd(4, base, stride);
    if constexpr (tile == 5) _tile_loadd(5, base, stride);
    if constexpr (tile == 6) _tile_loadd(6, base, stride);
    if constexpr (tile == 7) _tile_loadd(7, base, stride);
  }
  template <int tile>
  static void store(void* base, int64_t stride) {
    static_assert(tile >= 4 && tile <= 7);
    if constexpr (tile == 4) _tile_stored(4, base, stride);
    if constexpr (tile == 5) _tile_stored(5, base, stride);
    if constexpr (tile == 6) _tile_stored(6, base, stride);
    if constexpr (tile == 7) _tile_stored(7, base, stride);
  }
  template <int sum, int inputs, int weights>
  static void multiply() {
    static_assert(sum == 4 + 2 * inputs + weights - 2);
    if constexpr (sum == 4) _tile_dpbf16ps(4, 0, 2);
    if constexpr (sum == 5) _tile_dpbf16ps(5, 0, 3);
    if constexpr (sum == 6) _tile_dpbf16ps(6, 1, 2);
    if constexpr (sum == 7) _tile_dpbf16ps(7, 1, 3);
  }
  static void release() { _tile_release(); }
};

}  // namespace

void amx_gemm(const ChainArguments& arguments) {
  amx_kernel_bodies::gemm<AmxTiles, AmxHelper>(arguments);
}

void amx_values(const ChainValuesArguments& arguments) {
  amx_kernel_bodies::values<AmxTiles, AmxHelper>(arguments);
}

float amx_peak_products(int64_t rounds) {
  alignas(64) float tile[256] = {};
  AmxTiles::configure(16, 16, 16);
  AmxTiles::load<0>(tile, 64);
  AmxTiles::load<1>(tile, 64);
  AmxTiles::load<2>(tile, 64);
  AmxTiles::load<3>(tile, 64);
  AmxTiles::zero<4>();
  AmxTiles::zero<5>();
  AmxTiles::zero<6>();
  AmxTiles::zero<7>();
  for (int64_t round = 0; round < rounds; ++round) {
    AmxTiles::multiply<4, 0, 2>();
    AmxTiles::multiply<5, 0, 3>();
    AmxTiles::multiply<6, 1, 2>();
    AmxTiles::multiply<7, 1, 3>();
  }
  AmxTiles::store<4>(tile, 64);
  AmxTiles::release();
  return tile[0];
}

}  // namespace jangwon::runtime

#endif
