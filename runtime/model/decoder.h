// The decoder: one forward pass over the tokens of a step.

#pragma once

#include <functional>
#include <span>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/cache/kv_store.h"
#include "runtime/model/attention_blocks.h"
#include "runtime/model/model.h"
#include "runtime/ops/linear.h"

namespace jangwon::runtime {

// What one sequence brings to a step. Its block tables hold a block for every position of the step and every earlier
// position that a layer of the group can still see.
struct SequenceStep {
  std::span<const int32_t> token_ids;
  int first_position = 0;
  std::span<const std::vector<BlockId>> block_tables;  // by group, by position / kBlockTokens; kNoBlock where released
  int first_logit = 0;  // logits are computed from this token of the step on; token_ids.size(): none
};

// Sees the residual stream of each step: layer 0 is the embedding, i the output of layer i, the last one after the
// final norm. hidden_TD has the given stride.
using HiddenObserver = std::function<void(int layer, const float* hidden_TD, int64_t stride, int num_tokens)>;

class Decoder {
 public:
  Decoder(const Model& model, OpContext context) : model_(model), context_(context) {}

  // Runs the step, writes its keys and values to `cache` and returns the logits, one row a wanted token in the order of
  // the sequences. The rows stay valid until the next call; their stride is logits_stride().
  const float* forward(std::span<const SequenceStep> sequences, KvStore& cache, const HiddenObserver& observer = {});
  int64_t logits_stride() const { return padded(model_.config.vocab_size); }

 private:
  void run_layer(int index, const StepTokens& tokens, std::span<const AttentionSequence> sequences, float* hidden_TD);
  void add_residual(const std::vector<float>& norm_D, float* update_TD, int num_tokens, float* hidden_TD);
  void normalize(const std::vector<float>& norm_D, const float* in_TD, int num_tokens, float* out_TD);

  const Model& model_;
  OpContext context_;
  Arena step_arena_;   // lives through a step
  Arena layer_arena_;  // lives through a layer
};

}  // namespace jangwon::runtime
