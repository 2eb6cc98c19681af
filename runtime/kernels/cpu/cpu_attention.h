// Attention over the blocks of the cache on the CPU, and how keys and values stand in a block.
//
// A block holds kBlockTokens tokens of one layer. Keys stand transposed, components outside and tokens inside, so that
// a vector holds one component of all keys of a block and a score is one chain over the components; the block is then
// exactly a panel of the matrix product.
//
//   grouped: keys [G, K, kBlockTokens], then values [G, kBlockTokens, padded(K)]
//   latent:  [R + rotary, kBlockTokens]; the first R components are the value too
//
// Keys of an indexer follow, [index_key_size, kBlockTokens].

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

int64_t cpu_kv_block_bytes(const AttentionShape& shape);
int64_t cpu_index_key_offset(const AttentionShape& shape);  // floats of a block before the indexer's keys
// A vector that grows may hold twice what it needs: the bound counts that.
int64_t cpu_scratch_bytes(const ScratchNeeds& needs, int num_threads);
void cpu_append_kv(OpContext& context, const AppendKvArguments& a);
void cpu_attend(OpContext& context, const AttendArguments& a);

}  // namespace jangwon::runtime
