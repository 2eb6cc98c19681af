// What each operator is told. Plain data, so that a table of operators can come from a shared
// library: sizes count elements, and nothing is owned. Pointers to numbers are into the memory
// of the table's device; arrays of matrices and of SequenceRows are the host's, since they say
// what is to be done.
//
// Names end in their dimensions (runtime/README.md). T are the tokens of the step, all sequences
// one after the other.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "runtime/base/completion.h"
#include "runtime/base/dtype.h"
#include "runtime/ops/kv_block.h"
#include "runtime/ops/packed_matrix.h"
#include "runtime/ops/tensor.h"

namespace jangwon::runtime {

// --- rows ---

// hidden = multiplier · the table's row of each id.
struct EmbedArguments {
  const PackedMatrix* table_VD = nullptr;
  const int32_t* ids_T = nullptr;
  int num_tokens = 0;
  float multiplier = 1.0f;
  Rows hidden_TD = {};
};

// out[i] = in[indices[i]], `size` floats each.
struct GatherRowsArguments {
  ConstRows in = {};
  const int32_t* indices = nullptr;
  int num_rows = 0;
  int size = 0;
  Rows out = {};
};

// out = in · rsqrt(mean(in²) + epsilon) · weight over `size` components of each row; out may be in.
struct RmsNormArguments {
  ConstRows in = {};
  const float* weight = nullptr;
  int num_rows = 0;
  int size = 0;
  float epsilon = 0.0f;
  Rows out = {};
};

// out = (in − mean(in)) · rsqrt(variance(in) + epsilon) · weight + bias over `size` components of
// each row; out may be in.
struct LayerNormArguments {
  ConstRows in = {};
  const float* weight = nullptr;
  const float* bias = nullptr;
  int num_rows = 0;
  int size = 0;
  float epsilon = 0.0f;
  Rows out = {};
};

// out = in · sigmoid(gate) over each head of each row; out may be in. With in for
// gate it is silu(in).
struct GateArguments {
  ConstRows in = {};
  ConstRows gate = {};
  int num_rows = 0;
  int num_heads = 1;
  int size = 0;  // components of a head
  int64_t in_head_stride = 0;
  int64_t gate_head_stride = 0;
  Rows out = {};
  int64_t out_head_stride = 0;
};

// hidden += multiplier · update.
struct ResidualArguments {
  ConstRows update_TD = {};
  int num_rows = 0;
  int size = 0;
  float multiplier = 1.0f;
  Rows hidden_TD = {};
};

// --- matrix products ---

// y = scale · (x · Wᵀ + bias). y's stride is at least padded(weight->rows()); what lies between
// rows() and that is undefined afterwards.
struct LinearProduct {
  const PackedMatrix* weight = nullptr;  // null: there is none, and y is left alone
  Rows y = {};
};

constexpr int kMaxLinearProducts = 6;

// All matrices that a layer multiplies the same rows with: a CPU rounds the rows once for them, and
// its threads meet once. Each y is what its matrix alone would give.
struct LinearArguments {
  ConstRows x = {};
  int num_rows = 0;
  float scale = 1.0f;
  LinearProduct products[kMaxLinearProducts] = {};
};

// A matrix of its own for each head: y[t, head] = x[t, head] · W_headᵀ. Heads lie `x_head_stride`
// and `y_head_stride` floats apart; of y exactly rows() floats a head are written.
struct HeadLinearArguments {
  ConstRows x = {};
  int64_t x_head_stride = 0;
  int num_rows = 0;
  int num_heads = 0;
  const PackedMatrix* const* weights_H = nullptr;
  Rows y = {};
  int64_t y_head_stride = 0;
};

enum class Activation {
  kSwiglu,  // silu(gate) · up
  // gpt-oss: g = min(gate, limit), u = clamp(up, ±limit); g · sigmoid(1.702 · g) · (u + 1)
  kClampedSwiglu,
  kLimitedSwiglu,  // K-EXAONE 2.0: the same g and u; silu(g) · u
};

// out = the activation of gate and up; out may be gate.
struct ActivateArguments {
  Activation activation = Activation::kSwiglu;
  float limit = 0.0f;
  ConstRows gate = {};
  ConstRows up = {};
  int num_rows = 0;
  int size = 0;
  Rows out = {};
};

// --- positions ---

// Which components form a pair: (i, i + dims/2), or (2i, 2i + 1). Queries and keys of one
// model use the same.
enum class RotaryPairs { kHalfSplit, kInterleaved };

// Cosines and sines of positions · inverse frequencies, each times `magnitude`. The product is
// rounded to float first, as the reference implementations do: at long positions that rounding is
// part of the model.
struct RotaryAnglesArguments {
  const int32_t* positions_T = nullptr;
  int num_tokens = 0;
  const float* inverse_frequencies = nullptr;  // [num_pairs]
  int num_pairs = 0;
  float magnitude = 1.0f;
  float* cosines = nullptr;  // [T, num_pairs]
  float* sines = nullptr;    // [T, num_pairs]
};

struct RotaryAngles {
  RotaryPairs pairs = RotaryPairs::kHalfSplit;
  int dims = 0;                    // components that are rotated, the first of a head
  const float* cosines = nullptr;  // [T, dims / 2]; null: no position embedding
  const float* sines = nullptr;    // [T, dims / 2]
};

// Makes heads ready for attention: the norm over each head where there is one, then the rotation.
// Heads lie `in_head_stride` floats apart in a row of `in`; out may be in.
struct RotateArguments {
  ConstRows in = {};
  int64_t in_head_stride = 0;
  int num_tokens = 0;
  int num_heads = 0;
  int size = 0;                   // components of a head
  const float* norm_K = nullptr;  // RMSNorm's weight over a head, or null
  float epsilon = 0.0f;
  RotaryAngles angles = {};
  Rows out = {};
  int64_t out_head_stride = 0;
};

// --- attention ---

enum class AttentionKind {
  kGrouped,  // grouped-query attention; one key head for each query head is a special case
  // DeepSeek's multi-head latent attention: one key [latent | rotary] for all heads, whose latent
  // is the
  kLatent,
  // value
};

struct AttentionShape {
  AttentionKind kind = AttentionKind::kGrouped;
  int num_heads = 0;     // H
  int num_kv_heads = 0;  // G; 1 for latent attention
  int key_size = 0;      // K; of latent attention R + rotary
  int value_size = 0;    // K; of latent attention R
  int window = 0;        // keys that a query sees, itself included; 0: all before it
  int first_key = 0;     // nobody sees the keys before it
  float scale = 1.0f;    // of the scores
  // Of the cache's keys and values, F32 or BF16. Over BF16 queries and probabilities are rounded
  // too, their sum is not, and both products are chains; under kTensor they are that one's.
  DType cache_dtype = DType::kF32;
  // of the keys by which an indexer chooses, which stand beside the others; 0: there is none
  int index_key_size = 0;
  // one more logit a head in the softmax's sum; null where there is none
  const float* sinks_H = nullptr;
};

// One layer's keys and values in the blocks of the cache. How they stand in a block is the
// device's own affair.
struct PagedKv {
  std::byte* blocks = nullptr;  // block `id` begins at id · block_bytes
  int64_t block_bytes = 0;
  // The block of position p of sequence s is page_table[s · page_stride + p / kBlockTokens];
  // negative where nobody sees it any more.
  const int32_t* page_table = nullptr;
  int64_t page_stride = 0;
};

// The tokens of one sequence in a step. Of tables with graphs one token at position -1 is padding,
// which fills a step up to a size that has a graph: it sees no key and leaves none, has no state,
// and what attention and recurrences make of it is zero.
struct SequenceRows {
  int first_row = 0;
  int num_tokens = 0;
  int first_position = 0;
  bool operator==(const SequenceRows&) const = default;
};

// Writes the step's keys and values into their blocks. k rows are [G, key_size] without gaps, v
// rows [G, value_size]; latent attention has no v.
struct AppendKvArguments {
  AttentionShape shape = {};
  const SequenceRows* sequences = nullptr;
  int num_sequences = 0;
  ConstRows k = {};
  ConstRows v = {};
  ConstRows index_k = {};  // [index_key_size]; where the shape has an indexer
  PagedKv cache = {};
};

// Which keys a token sees where not all of them: bit `lane` of entry b of its row is position b ·
// kBlockTokens + lane.
struct ChosenKeys {
  const uint16_t* masks = nullptr;  // [T, stride]; null: every key that the shape lets it see
  int64_t stride = 0;
};
static_assert(kBlockTokens == 16);

// An indexer's choice. A token sees, of the keys up to its own position, the `num_chosen`
// with the largest
//   Σ_h weights[h] · max(0, q_h · key);
// of equal ones those that come first, a score that is no number after all others; all keys
// where there are no more than that. Constant factors of the scores are left out, since they
// change no order.
struct ChooseKeysArguments {
  AttentionShape shape = {};  // of the layer's attention, which has no window
  int num_heads = 0;          // of the indexer
  const SequenceRows* sequences = nullptr;
  int num_sequences = 0;
  ConstRows q = {};        // [T, num_heads, index_key_size], without gaps between heads
  ConstRows weights = {};  // [T, num_heads]
  PagedKv cache = {};
  int num_chosen = 0;
  uint16_t* masks = nullptr;  // ChosenKeys: room for the blocks of the longest sequence
  int64_t stride = 0;
};

// out [T, H, value_size] from q [T, H, key_size], both without gaps between heads, over the keys of
// the cache that each token may see.
struct AttendArguments {
  AttentionShape shape = {};
  const SequenceRows* sequences = nullptr;
  int num_sequences = 0;
  ConstRows q = {};
  PagedKv cache = {};
  ChosenKeys chosen = {};
  Rows out = {};
};

// Latents of the cache turned back into what they were made from: of every head the key [nope |
// rotary] and the value, as grouped attention with a key head for each query head reads them from
// blocks of its own.
//
//   key[head]   = [keys_H[head] · latent | rotary]
//   value[head] = values_H[head] · latent
struct ExpandLatentsArguments {
  AttentionShape latent = {};  // of the cache
  PagedKv cache = {};          // its page table is not looked at
  const int32_t* block_ids = nullptr;
  int num_blocks = 0;
  AttentionShape expanded = {};                   // kGrouped, num_heads = num_kv_heads = H
  const PackedMatrix* const* keys_H = nullptr;    // each [nope, R]
  const PackedMatrix* const* values_H = nullptr;  // each [value_size, R]
  // [num_blocks, kv_block_bytes of `expanded`], in the order of block_ids
  std::byte* blocks = nullptr;
};

// --- linear attention ---

// A layer that keeps, in place of keys and values, a state of one size however long the sequence
// is: the last inputs of its convolutions and a matrix a head.
struct DeltaShape {
  int num_heads = 0;  // H
  int head_size = 0;  // K, of queries, keys and values
  int num_taps = 0;   // inputs that a convolution sees, the token's own included
};

// One layer's states. How a state stands in its slot is the device's own affair; zeros are that of
// an empty sequence.
struct LayerStates {
  std::byte* slots = nullptr;  // slot `id` begins at id · slot_bytes
  int64_t slot_bytes = 0;
  const int32_t* slot_of_sequence = nullptr;  // of each of the step's, on the host
};

enum class DeltaStream { kQueries, kKeys, kValues };  // each has a convolution of its own

// out[t] = silu(Σ_j weight[c, j] · in[t − num_taps + 1 + j]) for each channel c by itself, over the
// tokens of its sequence. The state keeps the last inputs.
struct ConvolveArguments {
  DeltaShape shape = {};
  DeltaStream stream = DeltaStream::kQueries;
  const SequenceRows* sequences = nullptr;
  int num_sequences = 0;
  ConstRows in = {};              // [T, H · K]
  const float* weight = nullptr;  // [H · K, num_taps], the token's own tap last
  LayerStates states = {};
  Rows out = {};  // not in
};

// The gated delta rule, token by token, with a matrix S [keys, values] a head:
//
//   a  = exp(max(decay_floor, −exp(log_rate) · softplus(decay + decay_bias))), a component each
//   q' = q / sqrt(Σq² + 1e-6) · K^-½
//   k' = k / sqrt(Σk² + 1e-6)
//   b  = beta_scale · sigmoid(beta)
//   S ← a · S;   S ← S + k' (b · (v − k'ᵀS))ᵀ;   out = q'ᵀS
struct DeltaRuleArguments {
  DeltaShape shape = {};
  const SequenceRows* sequences = nullptr;
  int num_sequences = 0;
  ConstRows q = {};  // [T, H, K], as k, v and decay
  ConstRows k = {};
  ConstRows v = {};
  ConstRows decay = {};
  ConstRows beta = {};  // [T, H]
  const float* log_rate_H = nullptr;
  const float* decay_bias_HK = nullptr;
  float decay_floor = -std::numeric_limits<float>::infinity();
  float beta_scale = 1.0f;
  LayerStates states = {};
  Rows out = {};  // [T, H, K]
};

// --- experts ---

enum class RouterScoring {
  // each expert by itself; a correction bias may shift the choice, never the weight
  kSigmoid,
  kSoftmax,            // over all experts, before the choice
  kSoftmaxOverChosen,  // the choice is made on raw logits
};

struct RouterOptions {
  RouterScoring scoring = RouterScoring::kSigmoid;
  int num_experts = 0;
  int num_chosen = 0;
  int num_groups = 1;  // experts stand in equal groups …
  // … of which those with the largest sum of their two best scores are kept
  int num_kept_groups = 1;
  // What experts of the other groups count as. Above minus infinity they can be chosen: where the
  // rest counts less.
  float rejected_score = -std::numeric_limits<float>::infinity();
  bool normalize = true;  // weights are divided by their sum + epsilon
  float epsilon = 1e-20f;
  float scale = 1.0f;  // and multiplied by this
};

// Which experts each token goes to, and where its copies stand when tokens are grouped by expert. A
// slot is one choice of one token, [T, A].
struct ExpertRouting {
  int32_t* ids_TA = nullptr;  // best first
  float* weights_TA = nullptr;
  int32_t* offsets_E = nullptr;  // [E + 1]: expert e has rows offsets[e] to offsets[e + 1]
  int32_t* row_of_slot_TA = nullptr;
  int32_t* token_of_row_TA = nullptr;
};

// Ties go to the lower index. Rows of an expert are in the order of their tokens.
struct RouteArguments {
  ConstRows logits_TE = {};
  int num_tokens = 0;
  RouterOptions options = {};
  const float* bias_E = nullptr;  // or null
  ExpertRouting routing = {};
};

struct ExpertMatrices {
  const PackedMatrix* gate_FD = nullptr;
  const PackedMatrix* up_FD = nullptr;
  const PackedMatrix* down_DF = nullptr;
};

// out = Σ weight · down(activation(gate(x), up(x))) over a token's experts in the order of choice,
// then + shared. Each expert's weights are read once, however many tokens chose it.
struct ExpertArguments {
  ConstRows hidden_TD = {};
  int num_tokens = 0;
  const ExpertMatrices* experts_E = nullptr;
  int num_experts = 0;
  int num_chosen = 0;
  int hidden_size = 0;
  int inner_size = 0;
  Activation activation = Activation::kSwiglu;
  float limit = 0.0f;
  ExpertRouting routing = {};
  ConstRows shared_TD = {};  // null where there are no shared experts
  Rows out_TD = {};
  // Work space of T · A rows each: outputs of down, and its inputs. Null where nobody touches them,
  // so that neither a step nor the memory plan has room for them: gathered_SD where the table sums
  // outputs in scratch (OpTable::gathers_experts), gate_SF where every down takes rounded rows.
  Rows gathered_SD = {};
  Rows gate_SF = {};
};

// --- tokens ---

// How the next token is drawn; names and meaning of SamplingParams. The number that decides is a
// function of seed and position alone, not of a state.
struct TokenDraw {
  double temperature = 0.0;
  double top_p = 1.0;
  int top_k = 0;
  double min_p = 0.0;
  double repetition_penalty = 1.0;
  double presence_penalty = 0.0;
  uint64_t seed = 0;
  // What the penalties look at, on the host; the position of the draw is num_reply_ids.
  const int32_t* prompt_ids = nullptr;
  int num_prompt_ids = 0;
  const int32_t* reply_ids = nullptr;
  int num_reply_ids = 0;
};

// What is wanted of one row of logits: a token that stands there is to be scored, or
// one is to be drawn.
struct TokenWish {
  int32_t known_id = -1;  // negative: draw
  TokenDraw draw = {};
  bool wants_logprob = true;
  int num_top = 0;              // of the most probable tokens, listed; at most vocab_size
  TokenLogprob* top = nullptr;  // [num_top], on the host
};

struct TokenChoice {
  int32_t id = -1;  // negative: the logits are no finite numbers
  // ln p under the plain distribution (temperature 1, nothing filtered); only where it is wanted
  double logprob = 0.0;
};

// Parameters apply in this order: repetition penalty (prompt and reply, each id once; positive
// logits divided, others multiplied), presence penalty (reply; subtracted), temperature, top-k,
// top-p over what is left (the smallest set that reaches it), min-p (against the most probable).
// Temperature 0 takes the largest logit after penalties, of equals the lowest id; so do the lists
// of the most probable. All in double precision and in a fixed order.
struct ChooseTokensArguments {
  ConstRows logits_TV = {};
  int num_rows = 0;
  int vocab_size = 0;
  const TokenWish* wishes = nullptr;  // [num_rows], on the host
  TokenChoice* choices = nullptr;     // [num_rows], on the host
};

}  // namespace jangwon::runtime
