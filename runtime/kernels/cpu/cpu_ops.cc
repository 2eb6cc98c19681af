// The operators are the same for every instruction set; a table's contexts bring the lane
// kernels that they call.

#include "runtime/kernels/cpu/cpu_ops.h"

#include <cstring>

#include "runtime/kernels/cpu/cpu_attention.h"
#include "runtime/kernels/cpu/cpu_ceilings.h"
#include "runtime/kernels/cpu/cpu_delta.h"
#include "runtime/kernels/cpu/cpu_experts.h"
#include "runtime/kernels/cpu/cpu_indexer.h"
#include "runtime/kernels/cpu/cpu_latents.h"
#include "runtime/kernels/cpu/cpu_matrix.h"
#include "runtime/kernels/cpu/cpu_rows.h"
#include "runtime/kernels/cpu/cpu_tokens.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {
namespace {

// mmap under AlignedBuffer and not the heap: untouched pages of a large cache then cost nothing.
// Huge ones, since a token's keys and values stand in as many places as there are layers and heads.
void* allocate(OpContext&, size_t size_bytes) {
  return AlignedBuffer(size_bytes, PageSize::kHuge).release();
}

void release(OpContext&, void* memory, size_t size_bytes) {
  AlignedBuffer::adopt(memory, size_bytes);
}

void copy_bytes(OpContext&, void* target, const void* source, size_t size_bytes) {
  if (size_bytes > 0) std::memcpy(target, source, size_bytes);
}

void clear(OpContext&, void* memory, size_t size_bytes) {
  std::memset(memory, 0, size_bytes);
}

std::optional<int64_t> free_memory_bytes(OpContext&) {
  return std::nullopt;
}

template <const LaneKernels& lanes, Numerics numerics>
std::unique_ptr<OpContext> make_context(const ContextOptions& options) {
  return std::make_unique<CpuContext>(lanes, numerics, options);
}

template <const LaneKernels& lanes, Numerics numerics>
constexpr OpTable make_table(const char* name) {
  return {.name = name,
          .numerics = numerics,
          .gathers_experts = false,
          .make_context = make_context<lanes, numerics>,
          .allocate = allocate,
          .release = release,
          .upload = copy_bytes,
          .download = copy_bytes,
          .copy = copy_bytes,
          .clear = clear,
          .send = nullptr,
          .free_memory_bytes = free_memory_bytes,
          .pack = cpu_pack,
          .packed_size = cpu_packed_size<numerics>,
          .scratch_bytes = cpu_scratch_bytes,
          .held_scratch_bytes = cpu_held_scratch_bytes,
          .kv_block_bytes = kv_block_bytes_of,
          .measure_ceilings = cpu_measure_ceilings,
          .delta_state_bytes = cpu_delta_state_bytes,
          .begin_graph = nullptr,
          .end_graph = nullptr,
          .embed = cpu_embed,
          .gather_rows = cpu_gather_rows,
          .rms_norm = cpu_rms_norm,
          .layer_norm = cpu_layer_norm,
          .gate = cpu_gate,
          .add_residual = cpu_add_residual,
          .linear = cpu_linear,
          .linear_heads = cpu_linear_heads,
          .activate = cpu_activate,
          .rotary_angles = cpu_rotary_angles,
          .rotate = cpu_rotate,
          .append_kv = cpu_append_kv,
          .choose_keys = cpu_choose_keys,
          .attend = cpu_attend,
          .expand_latents = cpu_expand_latents,
          .convolve = cpu_convolve,
          .delta_rule = cpu_delta_rule,
          .route_experts = cpu_route_experts,
          .experts = cpu_experts,
          .choose_tokens = cpu_choose_tokens};
}

template <Numerics numerics>
struct Tables {
  static constexpr OpTable kPortable = make_table<kPortableKernels, numerics>("cpu/portable");
#if defined(__x86_64__)
  static constexpr OpTable kAvx2 = make_table<kAvx2Kernels, numerics>("cpu/avx2");
  static constexpr OpTable kAvx512 = make_table<kAvx512Kernels, numerics>("cpu/avx512");
  static constexpr OpTable kAvx512Bf16 =
      make_table<kAvx512Bf16Kernels, numerics>("cpu/avx512_bf16");
  static constexpr OpTable kAmx = make_table<kAmxKernels, numerics>("cpu/amx");
#endif
};

// Null where the lane kernels are another table's in these numerics.
template <Numerics numerics>
const OpTable* table_of(const LaneKernels* lanes) {
  using Table = Tables<numerics>;
#if defined(__x86_64__)
  if (lanes == &kAvx2Kernels) return &Table::kAvx2;
  if (lanes == &kAvx512Kernels) return &Table::kAvx512;
  if (lanes == &kAvx512Bf16Kernels)
    return numerics == Numerics::kChain ? &Table::kAvx512Bf16 : nullptr;
  if (lanes == &kAmxKernels) return numerics == Numerics::kAmx ? &Table::kAmx : nullptr;
#endif
  return lanes == &kPortableKernels ? &Table::kPortable : nullptr;
}

template <Numerics numerics>
void add_tables(std::vector<const OpTable*>& list) {
  for (const LaneKernels* lanes : available_lane_kernels()) {
    if (const OpTable* table = table_of<numerics>(lanes)) list.push_back(table);
  }
#if defined(__x86_64__)
  // The last one is the fastest.
  if (numerics == Numerics::kChain && list.back() == &Tables<numerics>::kAvx512Bf16 &&
      !has_fast_bf16_chains())
    std::swap(list.back(), list[list.size() - 2]);
#endif
}

}  // namespace

const std::vector<const OpTable*>& cpu_op_tables() {
  static const std::vector<const OpTable*> tables = [] {
    std::vector<const OpTable*> list;
    add_tables<Numerics::kFloat32>(list);
    add_tables<Numerics::kChain>(list);
    add_tables<Numerics::kAmx>(list);
    return list;
  }();
  return tables;
}

}  // namespace jangwon::runtime
