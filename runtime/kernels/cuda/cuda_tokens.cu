// A block of threads is one row of logits. Everything that is added up is added by one thread in
// the order of the CPU's loops (kernels/cpu/cpu_tokens.cc), from numbers that all threads have
// computed: exponentials are dear, additions are not. Candidates are sorted as far as top-k, top-p
// and min-p look: first those that are at all probable, all only where that is not enough; the
// order is total, so how far was sorted shows nowhere. Tests: tests/runtime/ops/tokens_test.cc.

#include "runtime/kernels/cuda/cuda_tokens.h"

#include <algorithm>

#include "runtime/base/counter_rng.h"
#include "runtime/base/portable_math_bodies.h"
#include "runtime/kernels/cuda/cuda_context.h"
#include "runtime/kernels/cuda/lane_math.h"

namespace jangwon::runtime {
namespace token_kernels {

constexpr int32_t kNoToken = -1;
constexpr int kRowsAtATime = 64;  // that have scratch
constexpr int kSmallVocabulary = 4096;
constexpr int kMaxThreads = 256;

// What the device is told of one wish; lists of ids are in the array beside it, each id once.
struct DeviceWish {
  int32_t known_id = 0;
  int32_t wants_logprob = 0;
  int32_t num_top = 0;
  int32_t top_k = 0;
  double temperature = 0.0;
  double top_p = 0.0;
  double min_p = 0.0;
  double repetition_penalty = 0.0;
  double presence_penalty = 0.0;
  double number = 0.0;  // the draw's, in [0, 1)
  int32_t repeated_begin = 0;
  int32_t repeated_end = 0;
  int32_t present_begin = 0;
  int32_t present_end = 0;
  int32_t top_begin = 0;
};

struct Candidate {
  double probability;
  int32_t id;
};

struct TokensJob {
  ConstRows logits_TV;
  int first_row;
  int vocab_size;
  const DeviceWish* wishes;
  const int32_t* ids;
  double* values;         // [kRowsAtATime, V]: penalised logits, then what they are worth
  Candidate* candidates;  // [kRowsAtATime, V]
  TokenChoice* choices;
  TokenLogprob* top;
};

// Shared memory of a block.
struct Shared {
  double* values;  // [threads]
  int* indices;    // [threads]
  double* number;  // one that one thread has for all
  int* count;      // the same
};

unsigned shared_bytes_of(int threads) {
  return static_cast<unsigned>(threads * (sizeof(double) + sizeof(int)) + 2 * sizeof(double));
}

__device__ inline Shared shared_of() {
  const unsigned threads = blockDim.x;
  return {shared_array<double>(0, threads), shared_array<int>(8 * threads, threads),
          shared_array<double>(12 * threads, 1), shared_array<int>(12 * threads + 8, 1)};
}

// The sum of get(0) … get(count − 1) in this order, known to all threads.
template <typename Get>
__device__ double sum_in_order(const Shared& shared, int count, const Get& get) {
  double sum = 0.0;
  for (int begin = 0; begin < count; begin += static_cast<int>(blockDim.x)) {
    const int i = begin + static_cast<int>(threadIdx.x);
    if (i < count) shared.values[threadIdx.x] = get(i);
    __syncthreads();
    if (threadIdx.x == 0)
      for (int k = 0; k < min(static_cast<int>(blockDim.x), count - begin); ++k)
        sum += shared.values[k];
    __syncthreads();
  }
  if (threadIdx.x == 0) *shared.number = sum;
  __syncthreads();
  return *shared.number;  // the next sum writes it after barriers of its own
}

struct Peak {
  double value;
  int index;  // negative: none
};

// Of two the larger, of equals that with the lower index.
__device__ inline bool comes_before(const Peak& a, const Peak& b) {
  return b.index < 0 ||
         (a.index >= 0 && (a.value > b.value || (a.value == b.value && a.index < b.index)));
}

// The first of get(0) … get(count − 1) in that order, known to all threads; what `takes`
// refuses is left out.
template <typename Get, typename Takes>
__device__ Peak find_first(const Shared& shared, int count, const Get& get, const Takes& takes) {
  Peak own{0.0, -1};
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    const Peak next{get(i), i};
    if (takes(next) && comes_before(next, own)) own = next;
  }
  shared.values[threadIdx.x] = own.value;
  shared.indices[threadIdx.x] = own.index;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      const Peak other{shared.values[threadIdx.x + half], shared.indices[threadIdx.x + half]};
      if (comes_before(other, {shared.values[threadIdx.x], shared.indices[threadIdx.x]})) {
        shared.values[threadIdx.x] = other.value;
        shared.indices[threadIdx.x] = other.index;
      }
    }
    __syncthreads();
  }
  const Peak first{shared.values[0], shared.indices[0]};
  __syncthreads();
  return first;
}

// Whether any thread's predicate holds.
__device__ inline bool any_of_block(bool predicate) {
  return __syncthreads_or(predicate ? 1 : 0) != 0;
}

__device__ inline void penalize(const TokensJob& job, const DeviceWish& wish, const float* logits,
                                double* values) {
  for (int i = static_cast<int>(threadIdx.x); i < job.vocab_size; i += static_cast<int>(blockDim.x))
    values[i] = static_cast<double>(logits[i]);
  __syncthreads();
  for (int i = wish.repeated_begin + static_cast<int>(threadIdx.x); i < wish.repeated_end;
       i += static_cast<int>(blockDim.x)) {
    double& value = values[job.ids[i]];
    value = value > 0.0 ? value / wish.repetition_penalty : value * wish.repetition_penalty;
  }
  __syncthreads();
  for (int i = wish.present_begin + static_cast<int>(threadIdx.x); i < wish.present_end;
       i += static_cast<int>(blockDim.x))
    values[job.ids[i]] -= wish.presence_penalty;
  // race alone: it is first asked only for NaN, which no penalty makes, and then all wait
  __syncthreads();
}

// --- sorting ---

__device__ inline bool comes_before(const Candidate& a, const Candidate& b) {
  return a.probability > b.probability || (a.probability == b.probability && a.id < b.id);
}

// A network of comparisons that all put the first to the lower place: what is missing up to a power
// of two would be last and is left out.
__device__ inline void sort_candidates(Candidate* candidates, int count) {
  const auto compare = [&](int low, int high) {
    if (high >= count || !comes_before(candidates[high], candidates[low])) return;
    const Candidate first = candidates[high];
    candidates[high] = candidates[low];
    candidates[low] = first;
  };
  int padded_count = 1;
  while (padded_count < count)
    padded_count *= 2;
  for (int size = 2; size <= padded_count; size *= 2) {
    for (int i = static_cast<int>(threadIdx.x); i < padded_count / 2;
         i += static_cast<int>(blockDim.x)) {
      const int begin = i / (size / 2) * size;
      const int offset = i % (size / 2);
      compare(begin + offset, begin + size - 1 - offset);
    }
    __syncthreads();
    for (int distance = size / 4; distance > 0; distance /= 2) {
      for (int i = static_cast<int>(threadIdx.x); i < padded_count / 2;
           i += static_cast<int>(blockDim.x)) {
        const int low = i / distance * 2 * distance + i % distance;
        compare(low, low + distance);
      }
      __syncthreads();
    }
  }
}

// Candidates that are at least so probable, in the order of their ids; how many.
__device__ inline int gather_candidates(const Shared& shared, const double* probabilities,
                                        int vocab_size, double least, Candidate* candidates) {
  int count = 0;
  for (int begin = 0; begin < vocab_size; begin += static_cast<int>(blockDim.x)) {
    const int id = begin + static_cast<int>(threadIdx.x);
    const bool takes = id < vocab_size && probabilities[id] >= least;
    shared.indices[threadIdx.x] = takes ? 1 : 0;
    __syncthreads();
    int place = count;
    int total = 0;
    for (unsigned other = 0; other < blockDim.x; ++other) {
      place += other < threadIdx.x ? shared.indices[other] : 0;
      total += shared.indices[other];
    }
    if (takes) candidates[place] = {probabilities[id], id};
    count += total;
    __syncthreads();
  }
  return count;
}

constexpr int kTooFew = -1;

// How many remain after top-k, top-p and min-p, by one thread; kTooFew where that shows only
// among candidates that were not sorted. `all` is the sum over the whole vocabulary in the
// order of the ids.
__device__ inline int count_kept(const DeviceWish& wish, const Candidate* sorted, int num_sorted,
                                 int vocab_size, double all) {
  int kept = vocab_size;
  if (wish.top_k > 0) kept = min(kept, wish.top_k);
  double total = all;
  if (kept < vocab_size) {
    if (num_sorted < kept) return kTooFew;
    total = 0.0;
    for (int i = 0; i < kept; ++i)
      total += sorted[i].probability;
  }
  if (wish.top_p < 1.0) {
    double sum = 0.0;
    int count = 0;
    while (count < kept && (count == 0 || sum < wish.top_p * total)) {
      if (count == num_sorted) return kTooFew;
      sum += sorted[count++].probability;
    }
    kept = count;
  }
  if (wish.min_p > 0.0) {
    if (num_sorted == 0) return kTooFew;
    const double bound = wish.min_p * sorted[0].probability;
    int count = 1;
    while (count < kept) {
      if (count == num_sorted) return kTooFew;
      if (sorted[count].probability < bound) break;
      ++count;
    }
    kept = count;
  }
  return kept <= num_sorted ? kept : kTooFew;
}

// The token at `number` of the distribution that get(i) and id_of(i) tell, in their order; the last
// possible one where the sum falls short of 1 by rounding.
template <typename Get, typename IdOf>
__device__ int32_t draw_in_order(const Shared& shared, int count, double number, const Get& get,
                                 const IdOf& id_of) {
  const double total = sum_in_order(shared, count, get);
  double sum = 0.0;
  int32_t last_possible = count > 0 ? id_of(0) : kNoToken;
  int32_t drawn = kNoToken;
  for (int begin = 0; begin < count && drawn == kNoToken; begin += static_cast<int>(blockDim.x)) {
    const int i = begin + static_cast<int>(threadIdx.x);
    if (i < count) shared.values[threadIdx.x] = get(i) / total;
    __syncthreads();
    if (threadIdx.x == 0) {
      const int end = min(count, begin + static_cast<int>(blockDim.x));
      for (int k = begin; drawn == kNoToken && k < end; ++k) {
        const double probability = shared.values[k - begin];
        sum += probability;
        if (probability > 0.0) last_possible = id_of(k);
        if (number < sum) drawn = id_of(k);
      }
      *shared.count = drawn == kNoToken && end == count ? last_possible : drawn;
    }
    __syncthreads();
    drawn = *shared.count;  // what writes it next does so behind a barrier of its own
  }
  return drawn;
}

__device__ inline int32_t draw_filtered(const TokensJob& job, const Shared& shared,
                                        const DeviceWish& wish, const double* probabilities,
                                        Candidate* candidates) {
  const double all = sum_in_order(shared, job.vocab_size, [&](int i) { return probabilities[i]; });
  int kept = kTooFew;
  // The most probable has 1.
  for (double least = 0x1p-8; kept == kTooFew; least = least > 0x1p-64 ? least * least : 0.0) {
    const int count = gather_candidates(shared, probabilities, job.vocab_size, least, candidates);
    sort_candidates(candidates, count);
    if (threadIdx.x == 0) *shared.count = count_kept(wish, candidates, count, job.vocab_size, all);
    __syncthreads();
    kept = *shared.count;  // what writes it next does so behind a barrier of its own
  }
  return draw_in_order(
      shared, kept, wish.number, [&](int i) { return candidates[i].probability; },
      [&](int i) { return candidates[i].id; });
}

__device__ inline int32_t draw_token(const TokensJob& job, const Shared& shared,
                                     const DeviceWish& wish, const float* logits, double* values,
                                     Candidate* candidates) {
  penalize(job, wish, logits, values);
  bool has_nan = false;
  for (int i = static_cast<int>(threadIdx.x); i < job.vocab_size; i += static_cast<int>(blockDim.x))
    has_nan = has_nan || values[i] != values[i];
  if (any_of_block(has_nan)) return kNoToken;
  const Peak peak = find_first(
      shared, job.vocab_size, [&](int i) { return values[i]; }, [](const Peak&) { return true; });
  if (peak.index < 0 || !(fabs(peak.value) <= 1.7976931348623157e308)) return kNoToken;
  if (wish.temperature <= 0.0) return peak.index;
  for (int i = static_cast<int>(threadIdx.x); i < job.vocab_size; i += static_cast<int>(blockDim.x))
    values[i] = portable_math_bodies::exp((values[i] - peak.value) / wish.temperature);
  // Every thread reads those values alone that it wrote.
  if (wish.top_k > 0 || wish.top_p < 1.0 || wish.min_p > 0.0)
    return draw_filtered(job, shared, wish, values, candidates);
  return draw_in_order(
      shared, job.vocab_size, wish.number, [&](int i) { return values[i]; },
      [](int i) { return i; });
}

__global__ void f64_choose_tokens_kernel(TokensJob job) {
  const int row = job.first_row + static_cast<int>(blockIdx.x);
  const Shared shared = shared_of();
  const DeviceWish wish = job.wishes[row];
  const float* logits = job.logits_TV.row(row);
  double* values = job.values + int64_t{blockIdx.x} * job.vocab_size;
  Candidate* candidates = job.candidates + int64_t{blockIdx.x} * job.vocab_size;
  int32_t id = wish.known_id;
  if (id < 0) id = draw_token(job, shared, wish, logits, values, candidates);
  double logprob = 0.0;
  if (id != kNoToken && wish.wants_logprob != 0) {
    const auto logit_of = [&](int i) { return static_cast<double>(logits[i]); };
    const Peak peak = find_first(shared, job.vocab_size, logit_of,
                                 [](const Peak& p) { return p.value == p.value; });
    // What is no number makes the sum none.
    const double log_sum =
        portable_math_bodies::log(sum_in_order(shared, job.vocab_size, [&](int i) {
          return portable_math_bodies::exp(logit_of(i) - peak.value);
        }));
    logprob = logit_of(id) - peak.value - log_sum;
    if (logprob != logprob) {
      id = kNoToken;
      logprob = 0.0;
    }
    Peak last = peak;
    for (int i = 0; id != kNoToken && i < wish.num_top; ++i) {
      if (i > 0) {
        const Peak bound = last;
        last = find_first(shared, job.vocab_size, logit_of,
                          [&](const Peak& p) { return comes_before(bound, p); });
      }
      if (threadIdx.x == 0)
        job.top[wish.top_begin + i] = {.id = last.index,
                                       .logprob = last.value - peak.value - log_sum};
    }
  }
  if (threadIdx.x == 0) job.choices[row] = {.id = id, .logprob = logprob};
}

// --- the host's part ---

// The ids of both lists, each once, at the end of `ids`.
void append_distinct(const int32_t* first, int first_count, const int32_t* second, int second_count,
                     std::vector<int32_t>& ids) {
  const auto begin = static_cast<std::ptrdiff_t>(ids.size());
  ids.insert(ids.end(), first, first + first_count);
  ids.insert(ids.end(), second, second + second_count);
  std::sort(ids.begin() + begin, ids.end());
  ids.erase(std::unique(ids.begin() + begin, ids.end()), ids.end());
}

DeviceWish device_wish_of(const TokenWish& wish, std::vector<int32_t>& ids) {
  const TokenDraw& draw = wish.draw;
  DeviceWish told{.known_id = wish.known_id,
                  .wants_logprob = wish.wants_logprob ? 1 : 0,
                  .num_top = wish.num_top,
                  .top_k = draw.top_k,
                  .temperature = draw.temperature,
                  .top_p = draw.top_p,
                  .min_p = draw.min_p,
                  .repetition_penalty = draw.repetition_penalty,
                  .presence_penalty = draw.presence_penalty,
                  .number = uniform_at(draw.seed, static_cast<uint64_t>(draw.num_reply_ids))};
  const bool draws = wish.known_id < 0;
  told.repeated_begin = static_cast<int32_t>(ids.size());
  if (draws && draw.repetition_penalty != 1.0)
    append_distinct(draw.prompt_ids, draw.num_prompt_ids, draw.reply_ids, draw.num_reply_ids, ids);
  told.repeated_end = told.present_begin = static_cast<int32_t>(ids.size());
  if (draws && draw.presence_penalty != 0.0)
    append_distinct(draw.reply_ids, draw.num_reply_ids, nullptr, 0, ids);
  told.present_end = static_cast<int32_t>(ids.size());
  return told;
}

int64_t bytes_of_row(int64_t vocab_size) {
  return vocab_size * static_cast<int64_t>(sizeof(double) + sizeof(Candidate));
}

}  // namespace token_kernels

using namespace token_kernels;

int64_t cuda_tokens_scratch_bytes(int64_t vocab_size) {
  return kRowsAtATime * bytes_of_row(vocab_size);
}

void cuda_choose_tokens(OpContext& context, const ChooseTokensArguments& a) {
  if (a.num_rows == 0) return;
  CudaContext& cuda = as_cuda(context);
  std::vector<DeviceWish> wishes;
  std::vector<int32_t> ids;
  int32_t num_top = 0;
  for (int row = 0; row < a.num_rows; ++row) {
    wishes.push_back(device_wish_of(a.wishes[row], ids));
    wishes.back().top_begin = num_top;
    num_top += a.wishes[row].num_top;
  }
  std::vector<TokenChoice> choices(static_cast<size_t>(a.num_rows));
  std::vector<TokenLogprob> top(static_cast<size_t>(num_top));
  cuda.arguments.reserve(wishes.size() * sizeof(DeviceWish) + ids.size() * sizeof(int32_t) +
                         choices.size() * sizeof(TokenChoice) + top.size() * sizeof(TokenLogprob) +
                         4 * kArgumentAlignment);
  const int rows_at_a_time = std::min(a.num_rows, kRowsAtATime);
  std::byte* memory = cuda.scratch.make<std::byte>(rows_at_a_time * bytes_of_row(a.vocab_size));
  const int64_t value_bytes =
      int64_t{rows_at_a_time} * a.vocab_size * static_cast<int64_t>(sizeof(double));
  TokensJob job{.logits_TV = a.logits_TV,
                .first_row = 0,
                .vocab_size = a.vocab_size,
                .wishes = cuda.arguments.put(wishes),
                .ids = cuda.arguments.put(ids),
                .values = reinterpret_cast<double*>(memory),
                .candidates = reinterpret_cast<Candidate*>(memory + value_bytes),
                // Their places hold nothing yet: what is put there is written over.
                .choices = const_cast<TokenChoice*>(cuda.arguments.put(choices)),
                .top = const_cast<TokenLogprob*>(cuda.arguments.put(top))};
  const int threads = a.vocab_size <= kSmallVocabulary ? kWarpSize : kMaxThreads;
  for (; job.first_row < a.num_rows; job.first_row += kRowsAtATime) {
    const int count = std::min(kRowsAtATime, a.num_rows - job.first_row);
    launch(f64_choose_tokens_kernel, static_cast<unsigned>(count), static_cast<unsigned>(threads),
           shared_bytes_of(threads), cuda.stream, job);
  }
  cuda_download(context, a.choices, job.choices, choices.size() * sizeof(TokenChoice));
  cuda_download(context, top.data(), job.top, top.size() * sizeof(TokenLogprob));
  for (int row = 0; row < a.num_rows; ++row) {
    const auto first = top.begin() + wishes[static_cast<size_t>(row)].top_begin;
    if (a.choices[row].id != kNoToken) std::copy_n(first, a.wishes[row].num_top, a.wishes[row].top);
  }
}

}  // namespace jangwon::runtime
