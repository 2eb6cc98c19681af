// Attention under the numerics `tensor` over a cache in bf16: the keys in splits of fixed length
// from position 0 on, each split a block of threads with both products on tensor cores, and a step
// that merges the splits in their order. Where a split begins is a matter of positions alone, so a
// query has the same bits in any batch, chunk and state of the cache.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// So much scratch is taken at a time; the rows of a step are attended in as many parts.
constexpr int64_t kPartialBytes = int64_t{64} << 20;

// REQUIRES: a cache in bf16
void cuda_split_attend(OpContext& context, const AttendArguments& a,
                       int64_t partial_bytes = kPartialBytes);
int64_t cuda_split_attention_scratch_bytes(const AttentionShape& shape, int context_tokens,
                                           int step_tokens);

}  // namespace jangwon::runtime
