// How weights stand that are multiplied output by output: in panels of outputs side by side,
// on every device.

#pragma once

namespace jangwon::runtime {

// Outputs of a weight matrix that stand side by side.
constexpr int kPanelWidth = 16;

// How the weights of a chain product are stored. They stand in panels of kPanelWidth outputs, two
// inputs side by side: the elements of inputs 2·i and 2·i + 1 of output `lane` are elements 2·lane
// and 2·lane + 1 of the panel's pair i. An odd last input has a zero beside it.
enum class ChainFormat {
  kBf16,    // 64 bytes a pair
  kInt8,    // 32 bytes a pair; −128 to 127
  kFp8,     // 32 bytes a pair; e4m3 without its NaNs
  kNibble,  // 16 bytes a pair, the even input in the low half; a number of `codebook`
};

}  // namespace jangwon::runtime
