// What NVIDIA's tensor cores compute, to the bit, as far as published measurements tell (mmasim,
// arXiv 2511.10909).
//
// The hardware does not add products one after another. It takes a block of products and the
// accumulator, writes each as significand * 2^exponent, cuts every significand off below the
// largest exponent minus `fraction_bits`, adds what is left exactly, and cuts the sum off again to
// the result's fraction bits. All cuts are towards zero. So the order within a block does not
// matter, the order of blocks does, and the error is one-sided: a CPU sum in float differs.
//
//   instruction, f32 result             block  fraction bits  result's fraction bits
//   wgmma and mma.sync on Hopper, bf16     16             25                      23
//   wgmma on Hopper, fp8                   32             13                      13
//   mma.sync on Ampere, bf16                8             24                      23
//
// These are claims of that publication. What is tested here is that this file agrees with that
// publication's program on its own inputs and ours (tests/golden/tensor_core); no GPU was asked.
#pragma once

#include <cstdint>

namespace jangwon::cuda_emulator::tensor_core {

struct Arithmetic {
  int block;
  int fraction_bits;
  int result_fraction_bits;
};
constexpr Arithmetic kHopperBf16 = {16, 25, 23};
constexpr Arithmetic kHopperFp8 = {32, 13, 13};
constexpr Arithmetic kAmpereBf16 = {8, 24, 23};

// The exponent below which an input format has only subnormal numbers.
constexpr int kBf16MinExponent = -126, kE4m3MinExponent = -6, kE5m2MinExponent = -14;

// c + a[0] b[0] + ... + a[k - 1] b[k - 1]. The slow, obvious form; the only one for fp8. REQUIRES:
// k is a multiple of the block; a and b hold values of formats with these minimum exponents.
float dot(const float* a, int a_min_exponent, const float* b, int b_min_exponent, int k, float c,
          const Arithmetic& arithmetic);

// d_MN += a_MK * b_KN for k = 16, with bf16 bit patterns; b is given transposed. The same bits as
// `dot`, much faster. REQUIRES: m is at most 16; n is a multiple of 8.
void multiply_bf16(int m, int n, const std::uint16_t* a_MK, const std::uint16_t* b_NK, float* d_MN,
                   const Arithmetic& arithmetic);

float from_e4m3(std::uint8_t bits);
float from_e5m2(std::uint8_t bits);

}  // namespace jangwon::cuda_emulator::tensor_core
