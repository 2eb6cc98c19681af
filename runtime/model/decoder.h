// The decoder: one forward pass over the tokens of a step, as calls of operators.
//
//   decoder.begin(sequences, cache);
//   decoder.run_layers(0, decoder.num_layers());
//   const StepOutput output = decoder.finish();
//
// The parts are apart for whoever works layer by layer: scoring that keeps all hidden states and reads each layer's
// weights once, pipeline stages, drafting, comparing hidden states with a reference.

#pragma once

#include <span>
#include <vector>

#include "runtime/cache/kv_store.h"
#include "runtime/model/attention_blocks.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {

// What one sequence brings to a step. Its block tables hold a block for every position of the step and every earlier
// position that a layer of the group can still see.
struct SequenceStep {
  std::span<const int32_t> token_ids;
  int first_position = 0;
  std::span<const std::vector<BlockId>> block_tables;  // by group, by position / kBlockTokens; kNoBlock where released
  int first_wanted = 0;  // logits and hidden states are wanted from this token of the step on; token_ids.size(): none
};

// One row for each wanted token, in the order of the sequences; in the device's memory, valid until the next begin().
struct StepOutput {
  int num_rows = 0;
  ConstRows logits_TV = {};
  ConstRows hidden_TD = {};  // the residual stream after the last layer
  ConstRows normed_TD = {};  // the same after the final norm: what the head reads
};

// Memory that steps need while they run.
struct Workspace {
  int64_t step_bytes = 0;   // through a step
  int64_t layer_bytes = 0;  // through a layer
  int64_t bytes() const { return step_bytes + layer_bytes; }
};

class Decoder {
 public:
  // Model and operators outlive the decoder.
  Decoder(const Model& model, Ops ops);

  int num_layers() const { return model_.config.num_hidden_layers; }

  // Embeds the step's tokens. What `sequences` points to may go after the call; `cache` must stay until finish().
  void begin(std::span<const SequenceStep> sequences, const KvStore& cache);
  // Layers [first, last), which write their keys and values to the cache. REQUIRES: the layers before were run.
  void run_layers(int first, int last);
  StepOutput finish();

  // begin, every layer, finish.
  StepOutput run(std::span<const SequenceStep> sequences, const KvStore& cache);

  // Between begin() and finish(): the residual stream of all tokens of the step.
  ConstRows hidden_TD() const { return hidden_TD_; }
  // The same after the final norm, for comparing.
  ConstRows normed_hidden_TD();

  // Between steps: takes the workspace of the largest step at once, so that no step takes more.
  void reserve(const Workspace& workspace);
  int64_t workspace_bytes() const;      // held
  Workspace largest_workspace() const;  // that a step so far has used

 private:
  void upload_page_tables(std::span<const SequenceStep> sequences, int num_groups);
  void compute_angles(const std::vector<int32_t>& positions);
  void run_layer(int index);
  void normalize(const DeviceVector& norm_D, ConstRows in_TD, int num_rows, Rows out_TD);
  void gate_norm(const NormGateWeights& gate, Rows normed_TD);
  void add_residual(const DeviceVector& norm_D, Rows update_TD);

  // The block ids of every sequence, for one group of layers.
  struct PageTable {
    const int32_t* ids = nullptr;
    int64_t stride = 0;
  };

  const Model& model_;
  Ops ops_;
  DeviceArena step_arena_;   // lives through a step
  DeviceArena layer_arena_;  // lives through a layer

  // Of the step.
  const KvStore* cache_ = nullptr;
  StepTokens tokens_;
  std::vector<PageTable> page_tables_;  // by group
  std::vector<int32_t> wanted_rows_;
  Rows hidden_TD_;
};

}  // namespace jangwon::runtime
