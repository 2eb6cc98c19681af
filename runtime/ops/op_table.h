// The operators of a decoder's step, and the table that holds one device's implementation of them.
//
// Every operator does its work for all tokens of a step, over the memory of its device. All tables
// of one Numerics compute the same bits: an output element is a chain of operations in an order
// that its shape alone gives, whatever else stands in the step, however the work is split.
// tests/runtime/ops holds every table to the first one and that one to double precision.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ceilings.h"
#include "runtime/ops/arguments.h"
#include "runtime/ops/packed_matrix.h"
#include "runtime/ops/stored_matrix.h"

namespace jangwon::runtime {

// The order and the precision of sums: results of one can be repeated by every table that has it.
enum class Numerics {
  kFloat32,  // float32 activations and products, sums in parts of 64 multiply-adds
  kChain,    // inputs of products rounded to bf16, summed as the x86 instruction VDPBF16PS does
             // (kernels/cpu/lane_kernels.h); float32 for matrices that are stored as F32 or F16,
             // and where kFloat32Product says so
  kAmx,      // the same, but summed as TDPBF16PS does
  // the same inputs, summed by a GPU's tensor cores sixteen at a time, in their order;
  // attention over BF16 too, in splits of 256 keys that are added in their order.
  kTensor,
  // No CPU has it, and GPUs of different architectures may round differently
};

const char* name_of(Numerics numerics);
std::optional<Numerics> find_numerics(std::string_view name);
const std::vector<Numerics>& all_numerics();

// Who computes: the threads or the stream that share a step's work, and their scratch. Made by a
// table and understood by it alone. One caller at a time.
struct OpContext {
  virtual ~OpContext() = default;
  int num_threads = 1;
  int device = 0;
  // Why products are not computed in the fastest way that the device has; empty where they are.
  std::string why_slower;
};

struct ContextOptions {
  int num_threads = 1;  // at least 1
  int device = 0;       // which of the table's devices; a CPU is one
};

enum class PackedUse {
  kProduct,         // for linear, linear_heads and experts
  kFloat32Product,  // the same in float32 under any numerics: a router, whose near ties decide
  kLookup,          // for embed: rows are copied out, one a token
  // for experts, in the host's memory, from where a GPU copies what a step has use for; to a CPU
  // it is kProduct
  kStreamedProduct,
};

// So many experts whose matrices are streamed stand in a GPU's memory at a time.
constexpr int kStreamedExperts = 8;

// What pack() takes of the device's memory.
struct PackedSize {
  int64_t memory_bytes = 0;
  // its elements are read from the checkpoint's mapped file whenever they are used
  bool stays_in_file = false;
  bool takes_rounded = false;  // as PackedMatrix says it
};

// The largest of everything that a context keeps scratch for.
struct ScratchNeeds {
  AttentionShape attention = {};
  AttentionShape expanded = {};  // of latents; no heads where there are none
  int num_index_heads = 0;       // of choose_keys
  int delta_head_size = 0;       // of delta_rule
  int context_tokens = 0;
  int step_tokens = 0;
  int num_layers = 0;
  int64_t max_matrix_cols = 0;
  int64_t max_head_rows = 0;  // of the matrices of linear_heads
  int num_experts = 0;
  int num_chosen_experts = 0;
  int64_t hidden_size = 0;
  int64_t expert_size = 0;  // inner
  int vocab_size = 0;
};

// --- graphs ---

// A run of operators that is told the same as an earlier one, number for number, and differs in
// what stands in the device's memory alone.
struct GraphArguments {
  // All that the operators are told and that can be another in another run: runs with equal keys
  // make the same calls.
  const int64_t* key = nullptr;
  int key_size = 0;
  // Of the step, as the operators get them: what follows from them changes from run to run and goes
  // to the device before.
  const SequenceRows* sequences = nullptr;
  int num_sequences = 0;
  const int32_t* slot_of_sequence = nullptr;  // LayerStates'; null where there are none
};

enum class GraphRun {
  kByOperators,  // the operators are to be called, as without a graph
  kReplayed,     // what they compute is on its way already: they must not be called
};

struct OpTable {
  const char* name;  // "cpu/avx512": device and variant; with `numerics` no two have the same
  Numerics numerics;
  bool gathers_experts;  // `experts` writes gathered_SD before it sums; others sum in scratch

  std::unique_ptr<OpContext> (*make_context)(const ContextOptions& options);

  // The device's memory: allocated zeroed, aligned to a cache line; null where there is none left.
  // The host reaches it by upload and download alone.
  void* (*allocate)(OpContext&, size_t size_bytes);
  void (*release)(OpContext&, void* memory, size_t size_bytes);
  void (*upload)(OpContext&, void* device, const void* host, size_t size_bytes);
  void (*download)(OpContext&, void* host, const void* device, size_t size_bytes);
  // within the device
  void (*copy)(OpContext&, void* target, const void* source, size_t size_bytes);
  void (*clear)(OpContext&, void* memory, size_t size_bytes);  // to zeroes
  // Between two contexts of this table, on different devices or not, without the host: after all
  // that either was told so far, before what it is told next. Null: over the host.
  void (*send)(OpContext& from, OpContext& to, void* target, const void* source, size_t size_bytes);
  // Empty where the device's memory is the machine's own.
  std::optional<int64_t> (*free_memory_bytes)(OpContext&);

  std::unique_ptr<const PackedMatrix> (*pack)(OpContext&, StoredMatrix stored, PackedUse use);

  // Known before anything is loaded. Of `stored` only sizes and formats are looked at, and whether
  // zeros and bias are empty. Scratch: at most this, for all of the context's threads.
  PackedSize (*packed_size)(const StoredMatrix& stored, PackedUse use);
  int64_t (*scratch_bytes)(const ScratchNeeds& needs, int num_threads);
  int64_t (*held_scratch_bytes)(OpContext&);
  int64_t (*kv_block_bytes)(const AttentionShape& shape);
  Ceilings (*measure_ceilings)(OpContext&);
  int64_t (*delta_state_bytes)(const DeltaShape& shape);

  // Around a run of operators. Between the two no memory goes from or to the host, is allocated or
  // released, and no choose_tokens and no streamed experts are run. Both null: there are no graphs.
  GraphRun (*begin_graph)(OpContext&, const GraphArguments&);
  void (*end_graph)(OpContext&);

  void (*embed)(OpContext&, const EmbedArguments&);
  void (*gather_rows)(OpContext&, const GatherRowsArguments&);
  void (*rms_norm)(OpContext&, const RmsNormArguments&);
  void (*layer_norm)(OpContext&, const LayerNormArguments&);
  void (*gate)(OpContext&, const GateArguments&);
  void (*add_residual)(OpContext&, const ResidualArguments&);
  void (*linear)(OpContext&, const LinearArguments&);
  void (*linear_heads)(OpContext&, const HeadLinearArguments&);
  void (*activate)(OpContext&, const ActivateArguments&);
  void (*rotary_angles)(OpContext&, const RotaryAnglesArguments&);
  void (*rotate)(OpContext&, const RotateArguments&);
  void (*append_kv)(OpContext&, const AppendKvArguments&);
  void (*choose_keys)(OpContext&, const ChooseKeysArguments&);
  void (*attend)(OpContext&, const AttendArguments&);
  void (*expand_latents)(OpContext&, const ExpandLatentsArguments&);
  void (*convolve)(OpContext&, const ConvolveArguments&);
  void (*delta_rule)(OpContext&, const DeltaRuleArguments&);
  void (*route_experts)(OpContext&, const RouteArguments&);
  void (*experts)(OpContext&, const ExpertArguments&);
  void (*choose_tokens)(OpContext&, const ChooseTokensArguments&);
};

// A table and the context that its operators get: what a model is computed with.
struct Ops {
  const OpTable* table = nullptr;
  OpContext* context = nullptr;

  const OpTable* operator->() const { return table; }
};

}  // namespace jangwon::runtime
