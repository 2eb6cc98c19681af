// The products of a warp's tensor core, to the bits that tensor_core.h describes.

#include "tests/cuda_emulator/device_state.h"
#include "tests/cuda_emulator/tensor_core.h"

namespace jangwon::cuda_emulator {
namespace {

Arithmetic arithmetic = Arithmetic::kTensorCore;

float to_float(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace

void set_arithmetic(Arithmetic chosen) {
  arithmetic = chosen;
}

void multiply_bf16(unsigned m, unsigned n, const std::uint16_t* a_MK, const std::uint16_t* b_NK,
                   float* d_MN, bool is_wgmma) {
  if (arithmetic == Arithmetic::kTensorCore ||
      (arithmetic == Arithmetic::kOrderedWgmma && !is_wgmma)) {
    const auto& hardware =
        is_wgmma || is_hopper() ? tensor_core::kHopperBf16 : tensor_core::kAmpereBf16;
    return tensor_core::multiply_bf16(static_cast<int>(m), static_cast<int>(n), a_MK, b_NK, d_MN,
                                      hardware);
  }
  for (unsigned row = 0; row < m; ++row) {
    for (unsigned column = 0; column < n; ++column) {
      float& sum = d_MN[row * n + column];
      for (unsigned k = 0; k < 16; ++k)
        sum += to_float(a_MK[row * 16 + k]) * to_float(b_NK[column * 16 + k]);
    }
  }
}

// With g = lane / 4 and p = lane % 4 * 2, a thread holds (pairs share a register, the lower index
// in the lower half)
//   a: rows g, g + 8, g, g + 8 at columns p, p, p + 8, p + 8, and the column after each
//   b: rows p, p + 8 and the row after each, at column g
//   d: rows g, g, g + 8, g + 8 at columns p, p + 1, p, p + 1
void mma_m16n8k16_bf16(float* d, const std::uint32_t* a, const std::uint32_t* b, Where where) {
  const Unseen unseen;
  struct Operand {
    float* d;
    const std::uint32_t *a, *b;
  } operand = {d, a, b};
  if (current_warp().lanes != ~0u) fail("mma_m16n8k16_bf16", where, "needs a full warp");
  const auto perform = [](void* const(&operands)[kLanes]) {
    std::uint16_t a_MK[16][16], b_NK[8][16];
    float d_MN[16][8];
    const auto half = [](std::uint32_t pair, unsigned i) {
      return static_cast<std::uint16_t>(pair >> 16 * i);
    };
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      const auto& in = *static_cast<Operand*>(operands[lane]);
      const unsigned g = lane / 4, p = lane % 4 * 2;
      for (unsigned r = 0; r < 4; ++r) {
        for (unsigned i = 0; i < 2; ++i)
          a_MK[g + r % 2 * 8][p + r / 2 * 8 + i] = half(in.a[r], i);
        d_MN[g + r / 2 * 8][p + r % 2] = in.d[r];
      }
      for (unsigned r = 0; r < 2; ++r) {
        for (unsigned i = 0; i < 2; ++i)
          b_NK[g][p + r * 8 + i] = half(in.b[r], i);
      }
    }
    cuda_emulator::multiply_bf16(16, 8, &a_MK[0][0], &b_NK[0][0], &d_MN[0][0], /*is_wgmma=*/false);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      const unsigned g = lane / 4, p = lane % 4 * 2;
      for (unsigned r = 0; r < 4; ++r)
        static_cast<Operand*>(operands[lane])->d[r] = d_MN[g + r / 2 * 8][p + r % 2];
    }
  };
  warp_operation("mma_m16n8k16_bf16", ~0u, &operand, perform, where);
}

}  // namespace jangwon::cuda_emulator
