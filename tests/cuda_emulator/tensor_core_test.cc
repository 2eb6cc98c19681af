// tensor_core.cc against what the published model computes (tests/golden/tensor_core), and both its
// forms against each other.

#include "tests/cuda_emulator/tensor_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <string>
#include <vector>

namespace jangwon::cuda_emulator::tensor_core {
namespace {

struct Kind {
  const char* name;
  int hex_digits;  // of a number
  float (*decode_a)(unsigned bits);
  float (*decode_b)(unsigned bits);
  int a_min_exponent, b_min_exponent;
  Arithmetic arithmetic;
};

float bf16_value(unsigned bits) {
  return std::bit_cast<float>(bits << 16);
}
float e4m3_value(unsigned bits) {
  return from_e4m3(static_cast<uint8_t>(bits));
}
float e5m2_value(unsigned bits) {
  return from_e5m2(static_cast<uint8_t>(bits));
}

const Kind kKinds[] = {
    {"hopper_wgmma_bf16", 4, bf16_value, bf16_value, kBf16MinExponent, kBf16MinExponent,
     kHopperBf16},
    {"hopper_mma_bf16", 4, bf16_value, bf16_value, kBf16MinExponent, kBf16MinExponent, kHopperBf16},
    {"ampere_mma_bf16", 4, bf16_value, bf16_value, kBf16MinExponent, kBf16MinExponent, kAmpereBf16},
    {"hopper_wgmma_e4m3", 2, e4m3_value, e4m3_value, kE4m3MinExponent, kE4m3MinExponent,
     kHopperFp8},
    {"hopper_wgmma_e5m2", 2, e5m2_value, e4m3_value, kE5m2MinExponent, kE4m3MinExponent,
     kHopperFp8}};

std::vector<unsigned> parse(const std::string& hex, int digits) {
  std::vector<unsigned> values;
  for (size_t i = 0; i < hex.size(); i += static_cast<size_t>(digits))
    values.push_back(
        static_cast<unsigned>(std::stoul(hex.substr(i, static_cast<size_t>(digits)), nullptr, 16)));
  return values;
}

// The bits of the sum by the fast form, which does eight columns; they are all the
// same column here.
uint32_t fast_bits(const std::vector<unsigned>& a, const std::vector<unsigned>& b, float c,
                   const Arithmetic& arithmetic) {
  constexpr int kColumns = 8, kK = 16;
  float d[kColumns];
  std::fill(std::begin(d), std::end(d), c);
  for (size_t k = 0; k < a.size(); k += kK) {
    uint16_t a_K[kK], b_NK[kColumns * kK];
    for (size_t i = 0; i < kK; ++i) {
      a_K[i] = static_cast<uint16_t>(a[k + i]);
      for (size_t n = 0; n < kColumns; ++n)
        b_NK[n * kK + i] = static_cast<uint16_t>(b[k + i]);
    }
    multiply_bf16(1, kColumns, a_K, b_NK, d, arithmetic);
  }
  return std::bit_cast<uint32_t>(d[kColumns - 1]);
}

TEST(TensorCore, AddsAsThePublishedModelDoes) {
  std::ifstream file(JANGWON_SOURCE_DIR "/tests/golden/tensor_core/tensor_core.txt");
  std::string name, a_hex, b_hex, c_hex, d_hex;
  int cases = 0, differ_from_float = 0;
  while (file >> name >> a_hex >> b_hex >> c_hex >> d_hex) {
    const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&](const Kind& k) { return k.name == name; });
    ASSERT_NE(kind, std::end(kKinds)) << name;
    const auto a = parse(a_hex, kind->hex_digits), b = parse(b_hex, kind->hex_digits);
    std::vector<float> a_K, b_K;
    for (const unsigned bits : a)
      a_K.push_back(kind->decode_a(bits));
    for (const unsigned bits : b)
      b_K.push_back(kind->decode_b(bits));
    const float c = std::bit_cast<float>(static_cast<uint32_t>(std::stoul(c_hex, nullptr, 16)));
    const auto expected = static_cast<uint32_t>(std::stoul(d_hex, nullptr, 16));
    const float actual = dot(a_K.data(), kind->a_min_exponent, b_K.data(), kind->b_min_exponent,
                             static_cast<int>(a.size()), c, kind->arithmetic);
    EXPECT_EQ(std::bit_cast<uint32_t>(actual), expected) << name << " case " << cases;
    if (kind->hex_digits == 4) {
      EXPECT_EQ(fast_bits(a, b, c, kind->arithmetic), expected)
          << name << " case " << cases << ", the fast form";
    }
    float in_order = c;
    for (size_t i = 0; i < a.size(); ++i)
      in_order += a_K[i] * b_K[i];
    differ_from_float += std::bit_cast<uint32_t>(in_order) != expected ? 1 : 0;
    ++cases;
  }
  EXPECT_EQ(cases, 720);
  EXPECT_GT(differ_from_float, 300);  // or the golden cases would not tell the two apart
}

}  // namespace
}  // namespace jangwon::cuda_emulator::tensor_core
