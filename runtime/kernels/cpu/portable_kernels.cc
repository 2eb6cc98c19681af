// The reference: plain C++ over an array of lanes, with std::fma's exact rounding. Slow where the compiler may not
// assume a fused multiply-add, and meant to be compared with, not run.

#include <cmath>
#include <cstring>

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
  // As the x86 instructions: the second operand where the comparison is false, so NaN in it survives.
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

}  // namespace

const LaneKernels kPortableKernels = lane_kernel_bodies::make_table<PortableVec>("portable");

}  // namespace jangwon::runtime
