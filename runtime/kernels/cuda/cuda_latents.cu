// Latents of some blocks become rows, linear_heads makes every head's keys and values of them, and
// a last kernel puts those into blocks: simple, and under all numerics the sums that other products
// have. Rows of a few blocks at a time, so that scratch does not grow with the context. Tests:
// tests/runtime/ops/latents_test.cc.

#include "runtime/kernels/cuda/cuda_latents.h"

#include <algorithm>

#include "runtime/kernels/cuda/cuda_matrix.h"
#include "runtime/kernels/cuda/lane_math.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {
namespace latent_kernels {

constexpr int64_t kRowsBytes = int64_t{16} << 20;  // of a part, where one block takes no more

struct ExpandJob {
  ExpandLatentsArguments arguments;  // of the part
  KvBlockLayout layout;              // of expanded blocks
  Rows latents;                      // [tokens, key_size]
  Rows keys;                         // [tokens, H, key_size]: the rotary part is not in them
  Rows values;                       // [tokens, H, value_size]
};

// A thread is one number of one token.
__global__ void read_latents_kernel(ExpandJob job) {
  const ExpandLatentsArguments& a = job.arguments;
  const int64_t size = a.latent.key_size;
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  const int64_t token = index / size;
  if (token >= int64_t{a.num_blocks} * kBlockTokens) return;
  const int64_t i = index % size;
  const int64_t lane = token % kBlockTokens;
  const std::byte* block = a.cache.blocks + a.block_ids[token / kBlockTokens] * a.cache.block_bytes;
  job.latents.row(token)[i] = a.latent.cache_dtype == DType::kBF16
                                  ? value_of_bf16(*reinterpret_cast<const uint16_t*>(
                                        block + i / 2 * kKeyPairBytes + lane * 4 + i % 2 * 2))
                                  : reinterpret_cast<const float*>(block)[i * kBlockTokens + lane];
}

// A thread is one number of one token and head: of its key, a zero behind one of odd size, then of
// its value.
__global__ void store_expanded_kernel(ExpandJob job) {
  const ExpandLatentsArguments& a = job.arguments;
  const AttentionShape& expanded = a.expanded;
  const bool halves = expanded.cache_dtype == DType::kBF16;
  const int64_t key_size = expanded.key_size;
  const int64_t stored = halves ? key_size + key_size % 2 : key_size;
  const int64_t of_head = stored + expanded.value_size;
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  const int64_t head = index / of_head % expanded.num_kv_heads;
  const int64_t token = index / of_head / expanded.num_kv_heads;
  if (token >= int64_t{a.num_blocks} * kBlockTokens) return;
  const int64_t lane = token % kBlockTokens;
  std::byte* block = a.blocks + token / kBlockTokens * job.layout.block_bytes;
  int64_t i = index % of_head;
  if (i < stored) {
    const int64_t nope = key_size - (a.latent.key_size - a.latent.value_size);
    float key = 0.0f;
    if (i < nope) {
      key = job.keys.row(token)[head * nope + i];
    } else if (i < key_size) {
      key = job.latents.row(token)[a.latent.value_size + i - nope];
    }
    std::byte* keys = block + head * job.layout.key_bytes;
    if (halves) {
      *reinterpret_cast<uint16_t*>(keys + i / 2 * kKeyPairBytes + lane * 4 + i % 2 * 2) =
          nearest_bf16(key);
    } else {
      reinterpret_cast<float*>(keys)[i * kBlockTokens + lane] = key;
    }
    return;
  }
  i -= stored;
  const float value = job.values.row(token)[head * expanded.value_size + i];
  std::byte* values = block + job.layout.values_offset + head * job.layout.value_bytes;
  if (halves) {
    *reinterpret_cast<uint16_t*>(values + i / kLanes * kValuePanelBytes + lane / 2 * kKeyPairBytes +
                                 i % kLanes * 4 + lane % 2 * 2) = nearest_bf16(value);
  } else {
    reinterpret_cast<float*>(values)[lane * padded(expanded.value_size) + i] = value;
  }
}

// Floats of a token's rows.
struct RowSizes {
  int64_t nope;
  int64_t latents;
  int64_t keys;
  int64_t values;

  RowSizes(const AttentionShape& latent, const AttentionShape& expanded)
      : nope(expanded.key_size - (latent.key_size - latent.value_size)),
        latents(padded(latent.key_size)),
        keys(padded(expanded.num_kv_heads * nope)),
        values(padded(int64_t{expanded.num_kv_heads} * expanded.value_size)) {}

  int64_t bytes_of_block() const {
    return kBlockTokens * (latents + keys + values) * static_cast<int64_t>(sizeof(float));
  }
};

}  // namespace latent_kernels

using namespace latent_kernels;

int64_t cuda_latents_scratch_bytes(const AttentionShape& latent, const AttentionShape& expanded) {
  return std::max(kRowsBytes, RowSizes(latent, expanded).bytes_of_block());
}

void cuda_expand_latents(OpContext& context, const ExpandLatentsArguments& a) {
  if (a.num_blocks == 0) return;
  CudaContext& cuda = as_cuda(context);
  const RowSizes sizes(a.latent, a.expanded);
  const int heads = a.expanded.num_kv_heads;
  const int part =
      static_cast<int>(std::clamp<int64_t>(kRowsBytes / sizes.bytes_of_block(), 1, a.num_blocks));
  const int64_t tokens = int64_t{part} * kBlockTokens;
  float* memory =
      cuda.scratch.make<float>(part * sizes.bytes_of_block() / static_cast<int64_t>(sizeof(float)));
  ExpandJob job{.arguments = a,
                .layout = kv_block_layout_of(a.expanded),
                .latents = {memory, sizes.latents},
                .keys = {memory + tokens * sizes.latents, sizes.keys},
                .values = {memory + tokens * (sizes.latents + sizes.keys), sizes.values}};
  job.arguments.keys_H = nullptr;  // the host's
  job.arguments.values_H = nullptr;
  for (int first = 0; first < a.num_blocks; first += part) {
    const int count = std::min(part, a.num_blocks - first);
    const int num_rows = count * kBlockTokens;
    job.arguments.block_ids = a.block_ids + first;
    job.arguments.num_blocks = count;
    job.arguments.blocks = a.blocks + first * job.layout.block_bytes;
    launch(read_latents_kernel, blocks_for_elements(int64_t{num_rows} * a.latent.key_size),
           kElementThreads, 0, cuda.stream, job);
    cuda_linear_heads(context, {.x = job.latents,
                                .x_head_stride = 0,
                                .num_rows = num_rows,
                                .num_heads = heads,
                                .weights_H = a.keys_H,
                                .y = job.keys,
                                .y_head_stride = sizes.nope});
    cuda_linear_heads(context, {.x = job.latents,
                                .x_head_stride = 0,
                                .num_rows = num_rows,
                                .num_heads = heads,
                                .weights_H = a.values_H,
                                .y = job.values,
                                .y_head_stride = a.expanded.value_size});
    const int64_t of_token = int64_t{heads} * (a.expanded.key_size + 1 + a.expanded.value_size);
    launch(store_expanded_kernel, blocks_for_elements(num_rows * of_token), kElementThreads, 0,
           cuda.stream, job);
  }
}

}  // namespace jangwon::runtime
