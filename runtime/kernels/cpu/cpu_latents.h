// Keys and values of every head out of the latents in the cache, on the CPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Bytes of one worker.
int64_t cpu_latents_scratch_bytes(const AttentionShape& latent, const AttentionShape& expanded);
void cpu_expand_latents(OpContext& context, const ExpandLatentsArguments& a);

}  // namespace jangwon::runtime
