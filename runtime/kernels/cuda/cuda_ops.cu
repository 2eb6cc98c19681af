// The operators are the same under all numerics; a table's contexts and matrices say in which order
// products are summed.

#include "runtime/kernels/cuda/cuda_ops.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/kernels/cuda/cuda_attention.h"
#include "runtime/kernels/cuda/cuda_ceilings.h"
#include "runtime/kernels/cuda/cuda_context.h"
#include "runtime/kernels/cuda/cuda_delta.h"
#include "runtime/kernels/cuda/cuda_experts.h"
#include "runtime/kernels/cuda/cuda_indexer.h"
#include "runtime/kernels/cuda/cuda_latents.h"
#include "runtime/kernels/cuda/cuda_matrix.h"
#include "runtime/kernels/cuda/cuda_rows.h"
#include "runtime/kernels/cuda/cuda_split_attention.h"
#include "runtime/kernels/cuda/cuda_tokens.h"
#include "runtime/kernels/cuda/hopper_experts.h"
#include "runtime/kernels/cuda/self_check.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {
namespace {

template <Numerics numerics>
std::unique_ptr<OpContext> make_context(const ContextOptions& options) {
  auto context = std::make_unique<CudaContext>(numerics, options);
  if (numerics == Numerics::kTensor) choose_expert_products(*context);
  return context;
}

// The scratch of the operator that needs most, the places of a step's rows, and
// arguments on their way.
template <Numerics numerics>
int64_t scratch_bytes(const ScratchNeeds& needs, int) {
  const int64_t indexer =
      needs.num_index_heads > 0 ? cuda_indexer_scratch_bytes(needs.context_tokens) : 0;
  const int64_t places =
      needs.step_tokens * static_cast<int64_t>(sizeof(TokenPlace) + sizeof(SequenceState));
  // Of a layer: three of each expert, and of latent attention one before and one behind each head.
  const int64_t views = int64_t{3} * needs.num_experts + int64_t{2} * needs.attention.num_heads;
  const int64_t lasting = needs.num_layers * views * static_cast<int64_t>(sizeof(MatrixView));
  const int64_t expert_rows =
      numerics == Numerics::kTensor
          ? wgmma_rows_bytes(int64_t{needs.step_tokens} * needs.num_chosen_experts,
                             needs.hidden_size, needs.expert_size)
          : 0;
  const bool splits = numerics == Numerics::kTensor && needs.attention.cache_dtype == DType::kBF16;
  const int64_t attention = splits ? cuda_split_attention_scratch_bytes(
                                         needs.attention, needs.context_tokens, needs.step_tokens)
                                   : 0;
  const int64_t latents = needs.expanded.num_heads == 0
                              ? 0
                              : cuda_latents_scratch_bytes(needs.attention, needs.expanded);
  return std::max({attention, indexer, expert_rows, latents,
                   cuda_tokens_scratch_bytes(needs.vocab_size)}) +
         places + lasting + static_cast<int64_t>(kArgumentRingBytes);
}

// JANGWON_CUDA_GRAPHS=0 has every operator called in every step, to see what graphs gain, and
// whether a fault is theirs.
bool graphs_are_wanted() {
  const char* wanted = std::getenv("JANGWON_CUDA_GRAPHS");
  return wanted == nullptr || std::string_view(wanted) != "0";
}

template <Numerics numerics>
OpTable make_table(const char* name) {
  return {.name = name,
          .numerics = numerics,
          .gathers_experts = true,
          .make_context = make_context<numerics>,
          .allocate = cuda_allocate,
          .release = cuda_release,
          .upload = cuda_upload,
          .download = cuda_download,
          .copy = cuda_copy,
          .clear = cuda_clear,
          .send = cuda_send,
          .free_memory_bytes = cuda_free_memory_bytes,
          .pack = cuda_pack,
          .packed_size = cuda_packed_size<numerics>,
          .scratch_bytes = scratch_bytes<numerics>,
          .held_scratch_bytes = cuda_held_scratch_bytes,
          .kv_block_bytes = kv_block_bytes_of,
          .measure_ceilings = cuda_measure_ceilings,
          .delta_state_bytes = cuda_delta_state_bytes,
          .begin_graph = graphs_are_wanted() ? cuda_begin_graph : nullptr,
          .end_graph = graphs_are_wanted() ? cuda_end_graph : nullptr,
          .embed = cuda_embed,
          .gather_rows = cuda_gather_rows,
          .rms_norm = cuda_rms_norm,
          .layer_norm = cuda_layer_norm,
          .gate = cuda_gate,
          .add_residual = cuda_add_residual,
          .linear = cuda_linear,
          .linear_heads = cuda_linear_heads,
          .activate = cuda_activate,
          .rotary_angles = cuda_rotary_angles,
          .rotate = cuda_rotate,
          .append_kv = cuda_append_kv,
          .choose_keys = cuda_choose_keys,
          .attend = cuda_attend,
          .expand_latents = cuda_expand_latents,
          .convolve = cuda_convolve,
          .delta_rule = cuda_delta_rule,
          .route_experts = cuda_route_experts,
          .experts = cuda_experts,
          .choose_tokens = cuda_choose_tokens};
}

// Empty where there is no GPU.
std::string name_of_device() {
#ifdef __CUDACC__
  int major = 0;
  int minor = 0;
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0) return "";
  check_cuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  check_cuda(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0));
  return "cuda/sm_" + std::to_string(major) + std::to_string(minor);
#else
  return "cuda/emulated";
#endif
}

}  // namespace

const std::vector<const OpTable*>& cuda_op_tables() {
  static const std::string name = name_of_device();
  static const OpTable tables[] = {
      make_table<Numerics::kFloat32>(name.c_str()), make_table<Numerics::kChain>(name.c_str()),
      make_table<Numerics::kAmx>(name.c_str()), make_table<Numerics::kTensor>(name.c_str())};
  static const std::vector<const OpTable*> list =
      name.empty() ? std::vector<const OpTable*>()
                   : std::vector<const OpTable*>{&tables[0], &tables[1], &tables[2], &tables[3]};
  return list;
}

}  // namespace jangwon::runtime
