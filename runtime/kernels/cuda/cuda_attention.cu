// A block of threads is one query of one head: it walks the keys that the query may see some at a
// time, first for the largest score, then for probabilities, their sum and the weighted values. So
// no scores are kept, a query's result depends on no other, and every sum has the order of the
// CPU's: a key's lane is its position modulo sixteen, a component's values are added key by key.
// Tests: tests/runtime/ops/attention_test.cc.

#include "runtime/kernels/cuda/cuda_attention.h"

#include <algorithm>

#include "runtime/kernels/cuda/cuda_split_attention.h"
#include "runtime/kernels/cuda/paged_cache.h"

namespace jangwon::runtime {
namespace attention_kernels {

constexpr int kKeysAtATime = 128;
constexpr int kMaxThreads = 512;
static_assert(kKeysAtATime % kBlockTokens == 0 && kBlockTokens == kLanes);

// --- storing ---

__device__ inline void store_bf16(std::byte* block, int64_t offset, float value) {
  *reinterpret_cast<uint16_t*>(block + offset) = nearest_bf16(value);
}

// A thread is one number of one token: of its keys, then its values, then the indexer's key.
__global__ void f32_append_kv_kernel(AppendKvArguments a, KvBlockLayout layout,
                                     const TokenPlace* places, int num_rows) {
  const AttentionShape& shape = a.shape;
  const int64_t keys = int64_t{shape.num_kv_heads} * shape.key_size;
  const int64_t values =
      shape.kind == AttentionKind::kLatent ? 0 : int64_t{shape.num_kv_heads} * shape.value_size;
  const int64_t of_token = keys + values + shape.index_key_size;
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  const int64_t row = index / of_token;
  if (row >= num_rows) return;
  const TokenPlace place = places[row];
  if (place.position < 0) return;
  std::byte* block = block_of(a.cache, place.sequence, place.position / kBlockTokens);
  const int64_t lane = place.position % kBlockTokens;
  const bool halves = shape.cache_dtype == DType::kBF16;
  int64_t i = index % of_token;
  if (i < keys) {
    const int64_t head = i / shape.key_size;
    const int64_t k = i % shape.key_size;
    const float key = a.k.row(row)[i];
    std::byte* of_head = block + head * layout.key_bytes;
    if (halves) {
      store_bf16(of_head, k / 2 * kKeyPairBytes + lane * 4 + k % 2 * 2, key);
    } else {
      reinterpret_cast<float*>(of_head)[k * kBlockTokens + lane] = key;
    }
    return;
  }
  i -= keys;
  if (i < values) {
    const int64_t head = i / shape.value_size;
    const int64_t k = i % shape.value_size;
    const float value = a.v.row(row)[i];
    std::byte* of_head = block + layout.values_offset + head * layout.value_bytes;
    if (halves) {
      store_bf16(
          of_head,
          k / kLanes * kValuePanelBytes + lane / 2 * kKeyPairBytes + k % kLanes * 4 + lane % 2 * 2,
          value);
    } else {
      reinterpret_cast<float*>(of_head)[lane * padded(shape.value_size) + k] = value;
    }
    return;
  }
  i -= values;
  reinterpret_cast<float*>(block + layout.index_keys_offset)[i * kBlockTokens + lane] =
      a.index_k.row(row)[i];
}

// --- attending ---

struct AttendJob {
  AttendArguments arguments;
  KvBlockLayout layout;
  const TokenPlace* places;
};

// What one block of threads works on.
struct Query {
  int64_t row;
  int sequence;
  int head;
  int first_key;
  int end_key;
  int64_t keys_offset;    // of its key head in a block
  int64_t values_offset;  // the same of values
};

__device__ inline Query find_query(const AttendJob& job) {
  const AttentionShape& shape = job.arguments.shape;
  const bool latent = shape.kind == AttentionKind::kLatent;
  const TokenPlace place = job.places[blockIdx.x];
  const int head = static_cast<int>(blockIdx.y);
  const int kv_head = latent ? 0 : head / (shape.num_heads / shape.num_kv_heads);
  Query query;
  query.row = blockIdx.x;
  query.sequence = place.sequence;
  query.head = head;
  query.first_key =
      shape.window > 0 ? max(shape.first_key, place.position - shape.window + 1) : shape.first_key;
  query.end_key = place.position + 1;
  query.keys_offset = kv_head * job.layout.key_bytes;
  query.values_offset = latent ? 0 : job.layout.values_offset + kv_head * job.layout.value_bytes;
  return query;
}

template <bool kSplits>
__device__ float bf16_score(const float* q, const std::byte* keys, int size) {
  PairSum<kSplits> sum;
  const int pairs = (size + 1) / 2;
  for (int i = 0; i < pairs; ++i) {
    const unsigned both = *reinterpret_cast<const uint32_t*>(keys + i * kKeyPairBytes);
    sum.add(q[2 * i], q[2 * i + 1], __uint_as_float(both << 16),
            __uint_as_float(both & 0xffff0000u));
    if ((i + 1) % kSplitPairs == 0 || i + 1 == pairs) sum.fold();
  }
  return sum.total;
}

// What the block of threads has in shared memory.
struct Shared {
  float* q;       // the query, a zero behind an odd size
  float* scores;  // [kKeysAtATime]
  float* lanes;   // [kLanes]
  float* total;   // [2]: the largest score, the sum of all probabilities
};

unsigned shared_bytes_of(int key_size) {
  return static_cast<unsigned>((key_size + 1 + kKeysAtATime + kLanes + 2) * sizeof(float));
}

__device__ inline Shared shared_of(int key_size) {
  constexpr unsigned kFloat = sizeof(float);
  const unsigned q_floats = static_cast<unsigned>(key_size) + 1;
  return {shared_array<float>(0, q_floats), shared_array<float>(q_floats * kFloat, kKeysAtATime),
          shared_array<float>((q_floats + kKeysAtATime) * kFloat, kLanes),
          shared_array<float>((q_floats + kKeysAtATime + kLanes) * kFloat, 2)};
}

constexpr float kLowest = -INFINITY;

// The scores of keys [base, base + kKeysAtATime) into shared memory, minus infinity where the query
// does not see one.
template <DType kCacheType, bool kSplits>
__device__ void score_keys(const AttendJob& job, const Query& query, int base,
                           const Shared& shared) {
  const AttendArguments& a = job.arguments;
  for (int i = static_cast<int>(threadIdx.x); i < kKeysAtATime; i += static_cast<int>(blockDim.x)) {
    const int key = base + i;
    bool sees = key >= query.first_key && key < query.end_key;
    if (sees && a.chosen.masks)
      sees = (a.chosen.masks[query.row * a.chosen.stride + key / kBlockTokens] >>
                  (key % kBlockTokens) &
              1) != 0;
    float score = kLowest;
    if (sees) {
      const std::byte* block =
          block_of(a.cache, query.sequence, key / kBlockTokens) + query.keys_offset;
      if constexpr (kCacheType == DType::kBF16) {
        score = bf16_score<kSplits>(shared.q, block + key % kBlockTokens * 4, a.shape.key_size);
      } else {
        score = f32_score(shared.q, reinterpret_cast<const float*>(block) + key % kBlockTokens,
                          a.shape.key_size);
      }
    }
    shared.scores[i] = score;
  }
}

// The largest of all scores and the sink; for every thread, in shared memory.
template <DType kCacheType, bool kSplits>
__device__ void find_largest(const AttendJob& job, const Query& query, int first, float sink,
                             const Shared& shared) {
  const float scale = job.arguments.shape.scale;
  float largest = sink;
  for (int base = first; base < query.end_key; base += kKeysAtATime) {
    score_keys<kCacheType, kSplits>(job, query, base, shared);
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); threadIdx.x < kLanes && i < kKeysAtATime;
         i += kLanes)
      largest = larger(largest, shared.scores[i] * scale);
    __syncthreads();
  }
  if (threadIdx.x < kLanes) shared.lanes[threadIdx.x] = largest;
  __syncthreads();
  if (threadIdx.x == 0) {
    float peak = sink;
    for (int lane = 0; lane < kLanes; ++lane)
      peak = larger(shared.lanes[lane], peak);
    shared.total[0] = peak;
  }
  __syncthreads();
}

// One component of the weighted values, key after key; over latents in F32 a sum a lane, over BF16
// pair after pair.
template <AttentionKind kKind, DType kCacheType, bool kSplits>
struct ComponentSum {
  float lanes[kLanes] = {};
  PairSum<kSplits> pairs;

  __device__ void add(const AttendJob& job, const Query& query, int component, int base,
                      const float* p) {
    const AttendArguments& a = job.arguments;
    for (int first = base; first < min(base + kKeysAtATime, query.end_key); first += kBlockTokens) {
      if (first + kBlockTokens <= query.first_key) continue;
      const std::byte* values =
          block_of(a.cache, query.sequence, first / kBlockTokens) + query.values_offset;
      const float* of_block = p + (first - base);
      if constexpr (kCacheType == DType::kBF16) {
        add_pairs(values, component, of_block);
      } else if constexpr (kKind == AttentionKind::kLatent) {
        const float* of_component =
            reinterpret_cast<const float*>(values) + int64_t{component} * kBlockTokens;
#pragma unroll
        for (int lane = 0; lane < kLanes; ++lane)
          lanes[lane] = fmaf(of_block[lane], of_component[lane], lanes[lane]);
      } else {
        const float* of_component = reinterpret_cast<const float*>(values) + component;
        for (int key = max(first, query.first_key); key < min(first + kBlockTokens, query.end_key);
             ++key)
          lanes[0] = fmaf(of_block[key - first],
                          of_component[(key - first) * padded(a.shape.value_size)], lanes[0]);
      }
    }
  }
  __device__ void add_pairs(const std::byte* values, int component, const float* p) {
    for (int pair = 0; pair < kBlockTokens / 2; ++pair) {
      uint16_t even;
      uint16_t odd;
      if constexpr (kKind == AttentionKind::kLatent) {
        const std::byte* of_component =
            values + component / 2 * kKeyPairBytes + component % 2 * 2 + pair * 8;
        even = *reinterpret_cast<const uint16_t*>(of_component);
        odd = *reinterpret_cast<const uint16_t*>(of_component + 4);
      } else {
        const std::byte* of_component = values + component / kLanes * kValuePanelBytes +
                                        pair * kKeyPairBytes + component % kLanes * 4;
        even = *reinterpret_cast<const uint16_t*>(of_component);
        odd = *reinterpret_cast<const uint16_t*>(of_component + 2);
      }
      pairs.add(round_to_bf16(p[2 * pair]), round_to_bf16(p[2 * pair + 1]), value_of_bf16(even),
                value_of_bf16(odd));
    }
    pairs.fold();
  }
  __device__ float total() {
    if constexpr (kCacheType == DType::kBF16) return pairs.total;
    return kKind == AttentionKind::kLatent ? sum_lanes(lanes) : lanes[0];
  }
};

template <AttentionKind kKind, DType kCacheType, bool kSplits>
__global__ void attend_kernel(AttendJob job) {
  const AttendArguments& a = job.arguments;
  const AttentionShape& shape = a.shape;
  const Query query = find_query(job);
  const Shared shared = shared_of(shape.key_size);
  const float* q = a.q.row(query.row) + int64_t{query.head} * shape.key_size;
  for (int i = static_cast<int>(threadIdx.x); i <= shape.key_size;
       i += static_cast<int>(blockDim.x)) {
    const float value = i < shape.key_size ? q[i] : 0.0f;
    shared.q[i] = kCacheType == DType::kBF16 ? round_to_bf16(value) : value;
  }
  __syncthreads();
  const float sink = shape.sinks_H ? shape.sinks_H[query.head] : kLowest;
  const int first = query.first_key / kBlockTokens * kBlockTokens;
  find_largest<kCacheType, kSplits>(job, query, first, sink, shared);
  const float peak = shared.total[0];

  const int component = static_cast<int>(blockIdx.z * blockDim.x + threadIdx.x);
  ComponentSum<kKind, kCacheType, kSplits> value;
  float lane_sum = 0.0f;
  for (int base = first; base < query.end_key; base += kKeysAtATime) {
    score_keys<kCacheType, kSplits>(job, query, base, shared);
    // The scores that a thread has written itself.
    for (int i = static_cast<int>(threadIdx.x); i < kKeysAtATime; i += static_cast<int>(blockDim.x))
      shared.scores[i] = exponential(shared.scores[i] * shape.scale - peak);
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); threadIdx.x < kLanes && i < kKeysAtATime;
         i += kLanes)
      lane_sum = lane_sum + shared.scores[i];
    if (component < shape.value_size) value.add(job, query, component, base, shared.scores);
    __syncthreads();
  }
  if (threadIdx.x < kLanes) shared.lanes[threadIdx.x] = lane_sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    float lanes[kLanes];
#pragma unroll
    for (int lane = 0; lane < kLanes; ++lane)
      lanes[lane] = shared.lanes[lane];
    float total = sum_lanes(lanes);
    if (sink > kLowest) total = total + exponential(sink - peak);
    shared.total[1] = total;
  }
  __syncthreads();
  if (component < shape.value_size)
    a.out.row(query.row)[int64_t{query.head} * shape.value_size + component] =
        query.end_key > 0 ? value.total() / shared.total[1] : 0.0f;
}

template <AttentionKind kKind>
auto kernel_of(DType cache_dtype, Numerics numerics) {
  if (cache_dtype != DType::kBF16) return attend_kernel<kKind, DType::kF32, false>;
  return numerics == Numerics::kAmx ? attend_kernel<kKind, DType::kBF16, true>
                                    : attend_kernel<kKind, DType::kBF16, false>;
}

}  // namespace attention_kernels

using namespace attention_kernels;

void cuda_append_kv(OpContext& context, const AppendKvArguments& a) {
  CudaContext& cuda = as_cuda(context);
  const int rows = num_rows_of(a.sequences, a.num_sequences);
  if (rows == 0) return;
  const AttentionShape& shape = a.shape;
  const int64_t values = shape.kind == AttentionKind::kLatent ? 0 : shape.value_size;
  const int64_t of_token = shape.num_kv_heads * (shape.key_size + values) + shape.index_key_size;
  launch(f32_append_kv_kernel, blocks_for_elements(rows * of_token), kElementThreads, 0,
         cuda.stream, on_device(a), kv_block_layout_of(shape),
         cuda.places_of(a.sequences, a.num_sequences), rows);
}

void cuda_attend(OpContext& context, const AttendArguments& a) {
  CudaContext& cuda = as_cuda(context);
  const int rows = num_rows_of(a.sequences, a.num_sequences);
  if (rows == 0) return;
  const AttentionShape& shape = a.shape;
  if (cuda.numerics == Numerics::kTensor && shape.cache_dtype == DType::kBF16)
    return cuda_split_attend(context, a);
  const auto kernel = shape.kind == AttentionKind::kLatent
                          ? kernel_of<AttentionKind::kLatent>(shape.cache_dtype, cuda.numerics)
                          : kernel_of<AttentionKind::kGrouped>(shape.cache_dtype, cuda.numerics);
  const int threads = std::min(kMaxThreads, ceil_div(shape.value_size, kWarpSize) * kWarpSize);
  const dim3 grid(static_cast<unsigned>(rows), static_cast<unsigned>(shape.num_heads),
                  static_cast<unsigned>(ceil_div(shape.value_size, threads)));
  launch(kernel, grid, static_cast<unsigned>(threads), shared_bytes_of(shape.key_size), cuda.stream,
         AttendJob{on_device(a), kv_block_layout_of(shape),
                   cuda.places_of(a.sequences, a.num_sequences)});
}

}  // namespace jangwon::runtime
