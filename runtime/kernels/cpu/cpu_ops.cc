// The operators are the same for every instruction set; a table's contexts bring the lane kernels that they call.

#include "runtime/kernels/cpu/cpu_ops.h"

#include <cstring>

#include "runtime/kernels/cpu/cpu_attention.h"
#include "runtime/kernels/cpu/cpu_experts.h"
#include "runtime/kernels/cpu/cpu_indexer.h"
#include "runtime/kernels/cpu/cpu_matrix.h"
#include "runtime/kernels/cpu/cpu_rows.h"
#include "runtime/kernels/cpu/cpu_tokens.h"
#include "runtime/kernels/cpu/lane_kernel_list.h"

namespace jangwon::runtime {
namespace {

// mmap under AlignedBuffer and not the heap: untouched pages of a large cache then cost nothing.
void* allocate(OpContext&, size_t size_bytes) {
  return AlignedBuffer(size_bytes).release();
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

template <const LaneKernels& lanes>
std::unique_ptr<OpContext> make_context(const ContextOptions& options) {
  return std::make_unique<CpuContext>(lanes, options);
}

template <const LaneKernels& lanes>
constexpr OpTable make_table(const char* name) {
  return {.name = name,
          .numerics = Numerics::kFloat32,
          .make_context = make_context<lanes>,
          .allocate = allocate,
          .release = release,
          .upload = copy_bytes,
          .download = copy_bytes,
          .copy = copy_bytes,
          .clear = clear,
          .pack = cpu_pack,
          .packed_size = cpu_packed_size,
          .scratch_bytes = cpu_scratch_bytes,
          .held_scratch_bytes = cpu_held_scratch_bytes,
          .kv_block_bytes = cpu_kv_block_bytes,
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
          .route_experts = cpu_route_experts,
          .experts = cpu_experts,
          .choose_tokens = cpu_choose_tokens};
}

constexpr OpTable kPortable = make_table<kPortableKernels>("cpu/portable");
#if defined(__x86_64__)
constexpr OpTable kAvx2 = make_table<kAvx2Kernels>("cpu/avx2");
constexpr OpTable kAvx512 = make_table<kAvx512Kernels>("cpu/avx512");
#endif

const OpTable* table_of(const LaneKernels* lanes) {
#if defined(__x86_64__)
  if (lanes == &kAvx2Kernels) return &kAvx2;
  if (lanes == &kAvx512Kernels) return &kAvx512;
#endif
  return lanes == &kPortableKernels ? &kPortable : nullptr;
}

}  // namespace

const std::vector<const OpTable*>& cpu_op_tables() {
  static const std::vector<const OpTable*> tables = [] {
    std::vector<const OpTable*> list;
    for (const LaneKernels* lanes : available_lane_kernels())
      list.push_back(table_of(lanes));
    return list;
  }();
  return tables;
}

}  // namespace jangwon::runtime
