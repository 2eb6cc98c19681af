// The inner loops of the CPU's operators, compiled once per instruction set, and the table that
// holds one choice of them.
//
// All tables compute the same bits: every output element is one chain of fused multiply-adds in the
// order of the inner dimension, or a sum over kVectorLanes lanes given by the element's index and a
// fixed tree; vectors only ever run across outputs. tests/runtime/kernels/cpu/lane_kernels_test.cc
// holds every table to the portable one, and that one to double precision.

#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/ops/kv_block.h"
#include "runtime/ops/weight_panels.h"

namespace jangwon::runtime {

// Floats that one instruction works on, whatever the machine: sums over lanes are part of the bits.
constexpr int kVectorLanes = 16;

// y_TN = x_TK · W, where W stands in panels of kPanelWidth outputs: element (k, lane) of a panel is
// panel[k * kPanelWidth + lane].
template <typename WeightType>
struct GemmArguments {
  int num_rows = 0;  // T
  int inner = 0;     // K
  // N / kPanelWidth, rounded up: y has room for num_panels * kPanelWidth
  int num_panels = 0;
  const float* x = nullptr;                   // [T, x_stride]
  int64_t x_stride = 0;                       // in elements
  const WeightType* const* panels = nullptr;  // [num_panels]
  float* y = nullptr;                         // [T, y_stride]
  int64_t y_stride = 0;
};

// From one rounded row to the next, in halves: whole tiles of 32 inputs, and 64 bytes more, since
// rows a power of two apart share few sets of the first-level cache. Inlined everywhere, because
// kernels of every instruction set ask it.
[[gnu::always_inline]] constexpr int64_t chain_row_size(int64_t inner) {
  return (inner + 31) / 32 * 32 + 32;
}

// y_TN = x_TK · W in the order of the x86 instruction VDPBF16PS, with whatever instructions. Inputs
// are rows of LaneKernels::round_row, subnormal numbers count as zero throughout, and an output of
// one group is the chain
//
//   acc = fma(x[2i + 1], w[2i + 1], acc);  acc = fma(x[2i], w[2i], acc)        i = 0, 1, …
//
// where groups of `group_size` inputs have a scale each, y = Σ scale · acc_group, one fma
// after the other.
struct ChainArguments {
  ChainFormat format = ChainFormat::kBf16;
  int num_rows = 0;  // T
  int inner = 0;     // K
  // N / kPanelWidth, rounded up: y has room for num_panels * kPanelWidth
  int num_panels = 0;
  const uint16_t* x = nullptr;               // [T, x_stride], rounded rows
  int64_t x_stride = 0;                      // chain_row_size(inner) or more, even
  const std::byte* const* panels = nullptr;  // [num_panels]
  // Panels that are read after these, if somebody knows: their beginning is asked for.
  const std::byte* const* next_panels = nullptr;
  int num_next_panels = 0;
  // [num_panels], each [groups, kPanelWidth] floats, or bf16; null: none
  const std::byte* const* scales = nullptr;
  bool scales_are_bf16 = false;
  // [num_panels], each [groups, kPanelWidth]: added to a code
  const uint8_t* const* offsets = nullptr;
  const uint16_t* codebook = nullptr;  // [32] bf16 numbers, of kNibble
  int group_size = 0;                  // even and at least 16, or no less than `inner`
  float* y = nullptr;                  // [T, y_stride]
  int64_t y_stride = 0;
  // Whether y is too large to be still in a cache when it is read: a kernel may then write past
  // them. Who reads y on another thread has synchronised with the end of the call.
  bool y_is_far = false;
  // gemm_work_bytes(inner), or chain_work_bytes(inner) of kBf16; aligned to 8 bytes
  std::byte* work = nullptr;
};

constexpr int kMaxChainRows = 12;  // rows that a kernel keeps in registers, in 8 bytes a pair …
constexpr int kMaxValueRows = 16;  // … or, rounded, in a tile, beside a few of weights and sums:
constexpr int64_t kTileWorkBytes = 24576;
constexpr int64_t chain_work_bytes(int64_t inner) {
  return (kMaxChainRows * 4 + kMaxValueRows * 2) * chain_row_size(inner) + kTileWorkBytes;
}
// What many rows multiply is decoded once: so many panels at a time as bf16 numbers.
constexpr int kDecodedPanels = 4;
constexpr int64_t gemm_work_bytes(int64_t inner) {
  return chain_work_bytes(inner) + kDecodedPanels * kPanelWidth * 2 * chain_row_size(inner) + 64;
}

// out = Σ_j p_j · v_j over all keys of the blocks, as a chain: probabilities are rounded to bf16,
// keys 2i and 2i + 1 of a block are a pair. A block holds a panel of kVectorLanes components after
// the other, each as weights in kBf16 stand, with kBlockTokens keys for inputs. A key that a row
// does not see has probability zero and changes nothing.
struct ChainValuesArguments {
  int num_rows = 0;
  const float* p = nullptr;  // [num_rows, p_stride], kBlockTokens a block
  int64_t p_stride = 0;
  int num_blocks = 0;
  const std::byte* const* blocks = nullptr;
  int num_panels = 0;    // of kVectorLanes components
  float* out = nullptr;  // [num_rows, out_stride], room for num_panels * kVectorLanes
  int64_t out_stride = 0;
  bool continues = false;     // the chain goes on from what stands in out
  std::byte* work = nullptr;  // chain_work_bytes(num_blocks * kBlockTokens)
};

// out = Σ_j p_j · v_j over the keys j of [first, last), for rows (queries) that see the same keys.
// Keys are counted from the start of blocks[0]; a block holds kBlockTokens keys.
struct AttentionValuesArguments {
  int num_rows = 0;
  // [num_rows, p_stride]; zero outside [first, last) as far as the blocks reach
  const float* p = nullptr;
  int64_t p_stride = 0;
  int first = 0;
  int last = 0;
  const float* const* blocks = nullptr;
  int64_t value_stride = 0;  // f32_attention_values: from one key of a block to the next
  int num_panels = 0;        // of kVectorLanes components
  float* out = nullptr;      // [num_rows, out_stride], room for num_panels * kVectorLanes
  int64_t out_stride = 0;
};

// Products that nothing waits for, on one thread: what the instructions of a kernel can do at most.
struct PeakProducts {
  int64_t operations_per_round;
  float (*run)(int64_t rounds);  // what comes out says nothing
};

// The entries of a table that an instruction set may have of its own.
struct ChainKernels {
  void (*round_row)(const float* x, int inner, uint16_t* out);
  void (*gemm)(const ChainArguments& arguments);
  void (*values)(const ChainValuesArguments& arguments);
  void (*split_gemm)(const ChainArguments& arguments);
  void (*split_values)(const ChainValuesArguments& arguments);
  void (*turn_pairs)(const std::byte* in, std::byte* out);
  PeakProducts peak;
};

// The gated delta rule of one head over some tokens; the formula stands at
// runtime/ops/arguments.h, with q, k, decay and beta as they are used there. Sums over keys are
// four chains, of every fourth component each.
struct DeltaRuleLanesArguments {
  int num_tokens = 0;
  int size = 0;                  // K
  const float* q = nullptr;      // [num_tokens, K]
  const float* k = nullptr;      // [num_tokens, K]
  const float* decay = nullptr;  // [num_tokens, K]
  const float* beta = nullptr;   // [num_tokens]
  const float* v = nullptr;      // [num_tokens, v_stride]
  int64_t v_stride = 0;
  float* state = nullptr;  // [ceil(K / kVectorLanes) of values, K of keys, kVectorLanes]
  float* out = nullptr;    // [num_tokens, out_stride]
  int64_t out_stride = 0;
};

struct LaneKernels {
  const char* isa;

  // Ceilings, for benchmarks.
  // of the fastest products with bf16 inputs
  PeakProducts peak;
  PeakProducts float_peak;                                // of float multiply-adds
  float (*read_memory)(const float* data, int64_t size);  // `size` a multiple of 64

  void (*f32_f32w_gemm)(const GemmArguments<float>& arguments);
  void (*f32_bf16w_gemm)(const GemmArguments<uint16_t>& arguments);
  // To bf16, to nearest even, as inputs of the products below: a NaN stays one, subnormal numbers
  // become zero. Fills up with zeros to whole tiles of 32.
  void (*round_row)(const float* x, int inner, uint16_t* out);
  void (*chain_gemm)(const ChainArguments& arguments);
  void (*chain_values)(const ChainValuesArguments& arguments);
  // The same sums in the order of the instruction TDPBF16PS. Sixteen pairs are a tile: the even
  // inputs of a tile are one chain, the odd ones another, and total = total + (even + odd). Tiles
  // are counted from the beginning of a group; of values a block is a tile.
  void (*split_gemm)(const ChainArguments& arguments);
  void (*split_values)(const ChainValuesArguments& arguments);
  // Two pairs of components by sixteen keys to pairs of keys by components: eight pairs, 64 bytes
  // each, both in and out.
  void (*turn_pairs)(const std::byte* in, std::byte* out);

  // Blocks are [kBlockTokens keys, value_stride]: lanes are components, the chain of an output
  // runs over its keys.
  void (*f32_attention_values)(const AttentionValuesArguments& arguments);
  // Blocks are [components, kBlockTokens keys]: lanes are keys, summed at the end.
  void (*f32_attention_values_transposed)(const AttentionValuesArguments& arguments);

  // out = x · rsqrt(mean(x²) + epsilon) · weight over `size` elements; out may be x.
  void (*f32_rms_norm)(const float* x, const float* weight, int size, float epsilon, float* out);

  // out = (x − mean(x)) · rsqrt(variance(x) + epsilon) · weight + bias over `size`
  // elements; out may be x.
  void (*f32_layer_norm)(const float* x, const float* weight, const float* bias, int size,
                         float epsilon, float* out);

  // out = out + x · multiplier over `size` elements, each rounded.
  void (*f32_add_scaled)(const float* x, float multiplier, int64_t size, float* out);

  // out = x / divisor over `size` elements; out may be x.
  void (*f32_divide)(const float* x, float divisor, int size, float* out);

  // A pair (a, b) of components becomes (a · cosine − b · sine, b · cosine + a · sine), every
  // operation rounded; pairs are (i, i + num_pairs), or (2i, 2i + 1). out may be in.
  void (*f32_rotate_halves)(const float* in, const float* cosines, const float* sines,
                            int num_pairs, float* out);
  void (*f32_rotate_neighbours)(const float* in, const float* cosines, const float* sines,
                                int num_pairs, float* out);

  // out = sigmoid(gate) · x over `size` elements; out may be either.
  void (*f32_sigmoid_mul)(const float* gate, const float* x, int64_t size, float* out);

  // out = silu(gate) · up over `size` elements; out may be gate.
  void (*f32_silu_mul)(const float* gate, const float* up, int64_t size, float* out);

  // gpt-oss: g = min(gate, limit), u = clamp(up, −limit, limit); out = g ·
  // sigmoid(1.702·g) · (u + 1).
  void (*f32_clamped_swiglu)(const float* gate, const float* up, int64_t size, float limit,
                             float* out);

  // K-EXAONE 2.0: g and u as above; out = silu(g) · u.
  void (*f32_limited_swiglu)(const float* gate, const float* up, int64_t size, float limit,
                             float* out);

  // x = 1 / (1 + e^−x) over `size` elements.
  void (*f32_sigmoid)(float* x, int64_t size);

  // out = exp(max(floor, −rate · softplus(x + bias))) over `size` elements.
  void (*f32_decay)(const float* x, const float* bias, float rate, float floor, int size,
                    float* out);

  void (*f32_delta_rule)(const DeltaRuleLanesArguments& arguments);

  // Softmax numerators over keys [first, last) of one row of raw scores: p_j = exp(scale·s_j − m)
  // with m the largest of scale·s and `sink`; returns Σ p + exp(sink − m). Lanes of the sum go by j
  // modulo kVectorLanes. `sink` is −infinity where there is none. The rest of the first and the
  // last group of kVectorLanes becomes zero.
  float (*f32_softmax)(float* scores, int first, int last, float scale, float sink);

  // The first index of the largest of `size` elements; −1 where one is NaN, the largest is not
  // finite, or there is none.
  int64_t (*f32_find_peak)(const float* x, int64_t size);
};

}  // namespace jangwon::runtime
