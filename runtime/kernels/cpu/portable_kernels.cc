// The reference: plain C++ over an array of lanes, with std::fma's exact rounding. Slow where the
// compiler may not assume a fused multiply-add, and meant to be compared with, not run.

#include <cmath>
#include <cstring>

#include "runtime/kernels/cpu/chain_kernel_bodies.h"
#include "runtime/kernels/cpu/lane_kernel_bodies.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
namespace {

struct PortableVec {
  static constexpr int kTileRows = 2;
  static constexpr int kTilePanels = 2;
  float lane[kVectorLanes];

  template <typename F>
  static PortableVec each(F f) {
    PortableVec out;
    for (int i = 0; i < kVectorLanes; ++i)
      out.lane[i] = f(i);
    return out;
  }
  static PortableVec zero() { return broadcast(0.0f); }
  static PortableVec broadcast(float x) {
    return each([&](int) { return x; });
  }
  static PortableVec load(const float* x) {
    return each([&](int i) { return x[i]; });
  }
  static PortableVec load(const uint16_t* x) {
    return each([&](int i) {
      const uint32_t bits = static_cast<uint32_t>(x[i]) << 16;
      float value;
      std::memcpy(&value, &bits, 4);
      return value;
    });
  }
  static PortableVec fma(const PortableVec& a, const PortableVec& b, const PortableVec& c) {
    return each([&](int i) { return std::fma(a.lane[i], b.lane[i], c.lane[i]); });
  }
  static PortableVec add(const PortableVec& a, const PortableVec& b) {
    return each([&](int i) { return a.lane[i] + b.lane[i]; });
  }
  static PortableVec sub(const PortableVec& a, const PortableVec& b) {
    return each([&](int i) { return a.lane[i] - b.lane[i]; });
  }
  static PortableVec mul(const PortableVec& a, const PortableVec& b) {
    return each([&](int i) { return a.lane[i] * b.lane[i]; });
  }
  static PortableVec div(const PortableVec& a, const PortableVec& b) {
    return each([&](int i) { return a.lane[i] / b.lane[i]; });
  }
  // As the x86 instructions: the second operand where the comparison is false, so
  // NaN in it survives.
  static PortableVec max(const PortableVec& a, const PortableVec& b) {
    return each([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
  }
  static PortableVec min(const PortableVec& a, const PortableVec& b) {
    return each([&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
  }
  static PortableVec round(const PortableVec& a) {
    return each([&](int i) { return std::nearbyint(a.lane[i]); });
  }
  static PortableVec power_of_two(const PortableVec& n) {
    return each([&](int i) { return std::ldexp(1.0f, static_cast<int>(n.lane[i])); });
  }
  static PortableVec zero_where_below(const PortableVec& x, float limit, const PortableVec& value) {
    return each([&](int i) { return x.lane[i] < limit ? 0.0f : value.lane[i]; });
  }
  void store(float* out) const {
    for (int i = 0; i < kVectorLanes; ++i)
      out[i] = lane[i];
  }
};

// e4m3: 1 sign, 4 exponent bits with bias 7, 3 fraction bits; exponent 0 is subnormal. The two NaN
// codes are 0: whoever packs a matrix with one makes its scale NaN.
float fp8_value(uint8_t code) {
  const int exponent = (code >> 3) & 15;
  const int fraction = code & 7;
  float value = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -9)
                              : std::ldexp(static_cast<float>(8 + fraction), exponent - 10);
  if ((code & 0x7f) == 0x7f) value = 0.0f;
  return code < 128 ? value : -value;
}

struct PortableChain : chain_kernel_bodies::FloatChain<PortableVec> {
  static constexpr int kTileRows = 2;
  static constexpr int tile_panels(int) { return 2; }
  static constexpr int kSplitTileRows = 2;
  static constexpr int split_tile_panels(int) { return 2; }
  using Decoder = chain_kernel_bodies::CodeMeaning;

  template <ChainFormat format>
  static Decoder decoder(chain_kernel_bodies::CodeMeaning meaning) {
    return meaning;
  }

  static float bf16_value(uint16_t half) {
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  }
  static void store_bf16(const Pair& w, std::byte* out) {
    for (int lane = 0; lane < kVectorLanes; ++lane) {
      uint32_t even;
      uint32_t odd;
      std::memcpy(&even, &w.even.lane[lane], 4);
      std::memcpy(&odd, &w.odd.lane[lane], 4);
      const uint32_t both = even >> 16 | (odd & 0xffff0000u);
      std::memcpy(out + 4 * lane, &both, 4);
    }
  }

  // Element `half` (0 even, 1 odd) of output `lane`.
  template <ChainFormat format>
  static float element(const std::byte* pair, int lane, int half, const Decoder& decoder) {
    if constexpr (format == ChainFormat::kBf16) {
      uint16_t bits;
      std::memcpy(&bits, pair + 4 * lane + 2 * half, 2);
      return bf16_value(bits);
    } else if constexpr (format == ChainFormat::kNibble) {
      const uint32_t code = (static_cast<uint32_t>(pair[lane]) >> (4 * half)) & 15;
      const uint32_t offset = decoder.offsets ? decoder.offsets[lane] : 0;
      return bf16_value(decoder.codebook[code + offset]);
    } else {
      const auto byte = static_cast<uint8_t>(pair[2 * lane + half]);
      return format == ChainFormat::kInt8 ? static_cast<float>(static_cast<int8_t>(byte))
                                          : fp8_value(byte);
    }
  }
  template <ChainFormat format>
  static Pair load(const std::byte* pair, const Decoder& decoder) {
    return {PortableVec::each([&](int lane) { return element<format>(pair, lane, 0, decoder); }),
            PortableVec::each([&](int lane) { return element<format>(pair, lane, 1, decoder); })};
  }
};

}  // namespace

const LaneKernels kPortableKernels = lane_kernel_bodies::make_table<PortableVec>(
    "portable", chain_kernel_bodies::make_chains<PortableChain>());

}  // namespace jangwon::runtime
