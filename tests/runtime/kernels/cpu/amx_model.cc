// The kernels of AMX over tiles that are arrays: what a machine without AMX can prove of them. What
// a tile instruction computes is written here from its description; that a machine's own does so is
// asked when its kernels are listed.

#include "tests/runtime/kernels/cpu/amx_model.h"

#if defined(__x86_64__)

#include <cstdlib>
#include <cstring>

#include "runtime/kernels/cpu/amx_helper.h"

namespace jangwon::runtime {
namespace {

constexpr int kNumTiles = 8;

struct ModelTiles {
  struct State {
    bool configured = false;
    int rows[kNumTiles] = {};
    int bytes_of_row[kNumTiles] = {};
    alignas(64) uint8_t data[kNumTiles][16][64] = {};
  };
  static State& state() {
    static thread_local State tiles;
    return tiles;
  }
  static void require(bool condition) {
    if (!condition) std::abort();
  }

  static void configure(int inner_pairs, int rows, int more) {
    State& tiles = state();
    tiles = {};
    tiles.configured = true;
    std::memset(tiles.data, 0x7f, sizeof(tiles.data));  // what nobody loaded is no small number
    const int rows_of[kNumTiles] = {rows, more, inner_pairs, inner_pairs, rows, rows, more, more};
    for (int tile = 0; tile < kNumTiles; ++tile) {
      require(rows_of[tile] >= 0 && rows_of[tile] <= 16);
      tiles.rows[tile] = rows_of[tile];
      tiles.bytes_of_row[tile] = rows_of[tile] == 0 ? 0 : tile < 2 ? 4 * inner_pairs : 64;
    }
  }
  static void release() { state() = {}; }

  template <int tile>
  static void zero() {
    require(state().configured && state().rows[tile] > 0);
    std::memset(state().data[tile], 0, sizeof(state().data[tile]));
  }
  template <int tile>
  static void load(const void* base, int64_t stride) {
    State& tiles = state();
    require(tiles.configured && tiles.rows[tile] > 0 && stride >= tiles.bytes_of_row[tile]);
    for (int row = 0; row < tiles.rows[tile]; ++row)
      std::memcpy(tiles.data[tile][row], static_cast<const char*>(base) + row * stride,
                  static_cast<size_t>(tiles.bytes_of_row[tile]));
  }
  template <int tile>
  static void store(void* base, int64_t stride) {
    State& tiles = state();
    require(tiles.configured && tiles.rows[tile] > 0);
    for (int row = 0; row < tiles.rows[tile]; ++row)
      std::memcpy(static_cast<char*>(base) + row * stride, tiles.data[tile][row],
                  static_cast<size_t>(tiles.bytes_of_row[tile]));
  }
  static float element(int tile, int row, int index) {
    uint16_t half;
    std::memcpy(&half, state().data[tile][row] + 2 * index, 2);
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  }
  template <int sum, int inputs, int weights>
  static void multiply() {
    State& tiles = state();
    require(tiles.configured && tiles.rows[sum] > 0 && tiles.rows[inputs] == tiles.rows[sum] &&
            tiles.bytes_of_row[inputs] == 4 * tiles.rows[weights]);
    for (int row = 0; row < tiles.rows[sum]; ++row) {
      for (int column = 0; column < 16; ++column) {
        float even = 0.0f;
        float odd = 0.0f;
        for (int pair = 0; pair < tiles.rows[weights]; ++pair) {
          even = __builtin_fmaf(element(inputs, row, 2 * pair), element(weights, pair, 2 * column),
                                even);
          odd = __builtin_fmaf(element(inputs, row, 2 * pair + 1),
                               element(weights, pair, 2 * column + 1), odd);
        }
        float total;
        std::memcpy(&total, tiles.data[sum][row] + 4 * column, 4);
        total = total + (even + odd);
        std::memcpy(tiles.data[sum][row] + 4 * column, &total, 4);
      }
    }
  }
};

}  // namespace

void modelled_amx_gemm(const ChainArguments& arguments) {
  amx_kernel_bodies::gemm<ModelTiles, AmxHelper>(arguments);
}

void modelled_amx_values(const ChainValuesArguments& arguments) {
  amx_kernel_bodies::values<ModelTiles, AmxHelper>(arguments);
}

}  // namespace jangwon::runtime

#endif
