// Keys and values of every head out of the latents in the cache, on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

int64_t cuda_latents_scratch_bytes(const AttentionShape& latent, const AttentionShape& expanded);
void cuda_expand_latents(OpContext& context, const ExpandLatentsArguments& a);

}  // namespace jangwon::runtime
