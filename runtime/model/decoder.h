// The decoder: one forward pass over the tokens of a step, as calls of operators.
//
//   decoder.begin(sequences, cache);
//   decoder.run_layers(0, decoder.num_layers());
//   const StepOutput output = decoder.finish();
//
// The parts are apart for whoever works layer by layer: scoring that keeps all hidden states and
// reads each layer's weights once, comparing hidden states with a reference, and layers on several
// devices, each with a decoder of its own (runtime/engine/pipeline.h).
//
// A model with a draft module (multi-token prediction) goes on from there. The pair of a hidden
// state after the final norm and the token behind it, at that token's position, gives the logits of
// the token after it, over the pairs before it:
//
//   const ConstRows hidden_TD = decoder.normed_hidden_TD();
//   // of tokens that are known
//   const StepOutput drafts = decoder.draft(pairs, hidden_TD, cache);
//   // each from the draft before it
//   const StepOutput further = decoder.draft(next, drafts.normed_TD, cache);

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/cache/cache_memory.h"
#include "runtime/model/attention_blocks.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {

// What one sequence brings to a step. Its block tables hold a block for every position of the step
// and every earlier position that a layer of the group can still see.
struct SequenceStep {
  std::span<const int32_t> token_ids;
  int first_position = 0;
  // by group, by position / kBlockTokens; kNoBlock where released
  std::span<const std::vector<BlockId>> block_tables;
  // logits and hidden states are wanted from this token of the step on; token_ids.size(): none
  int first_wanted = 0;
  StateSlot state = kNoSlot;  // where the model has layers with states
  // Latent attention of tokens at positions before this one is computed over expanded keys and
  // values, of the others on the latent. A token's results depend on it, so it must be the same
  // whenever the token is computed.
  int absorbed_from = 0;
};

// SequenceStep::absorbed_from: the whole blocks of the prompt are those that others may share.
constexpr int absorbed_from(int num_prompt_tokens) {
  return num_prompt_tokens / kBlockTokens * kBlockTokens;
}

// What one sequence brings to a draft: tokens from position 1 on, each with the hidden state of the
// token before it.
// kInCache: keep_hidden() was told of it in an earlier step
enum class FirstHidden { kInRows, kInCache };
struct DraftStep {
  SequenceStep tokens;
  // the first token's row of the hidden states, as if it stood there where it lies in the cache
  int first_hidden = 0;
  FirstHidden where = FirstHidden::kInRows;
};

// A hidden state to be kept in the cache, for the token at `position` + 1.
struct KeptHidden {
  int row = 0;
  int position = 0;
  std::span<const std::vector<BlockId>> block_tables;
};

// Sizes that a step is filled up to with padding (SequenceRows), so that steps alike tell their
// operators the same numbers and one graph serves them all.
struct StepFill {
  int num_rows = 0;    // tokens, each of which is wanted
  int num_blocks = 0;  // of a sequence's table
};

// What one device computes of a step: layers [first_layer, end_layer), before them the embedding,
// behind them the head.
struct StepPart {
  int first_layer = 0;
  int end_layer = 0;
  bool embeds = true;
  bool has_head = true;
};

// One row for each wanted token, in the order of the sequences; in the device's memory, valid until
// the next begin(); logits and hidden states of drafts until the next draft().
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
  int64_t draft_bytes = 0;  // through a draft
  int64_t bytes() const { return step_bytes + layer_bytes + draft_bytes; }
};

class Decoder {
 public:
  // Model and operators outlive the decoder.
  Decoder(const Model& model, Ops ops);

  int num_layers() const { return model_.config.num_hidden_layers; }

  // Embeds the step's tokens. What `sequences` points to may go after the call; `cache` must
  // stay until finish().
  void begin(std::span<const SequenceStep> sequences, CacheMemory& cache);
  // The same with the hidden states in memory of the caller, [tokens, hidden_size], where they stay
  // after finish(); and a step that goes on with what its earlier layers left there.
  void begin(std::span<const SequenceStep> sequences, CacheMemory& cache, Rows hidden_TD);
  void resume(std::span<const SequenceStep> sequences, CacheMemory& cache, Rows hidden_TD);
  // A step whose earlier layers ran on another device: rows for what they left, which the caller
  // fills before it goes on.
  Rows receive(std::span<const SequenceStep> sequences, CacheMemory& cache);
  // For whoever has a whole part of a step computed: what the host tells of it goes to the device.
  // Gives the rows of the residual stream, to be filled where the part does not begin with the
  // embedding. Rows of padding count.
  Rows load(std::span<const SequenceStep> sequences, CacheMemory& cache, const StepFill& fill);
  int num_rows() const { return tokens_.num_tokens; }
  // Without the head there is no output. Through a graph where the device has them: then part and
  // fill are those of steps to come. REQUIRES: no experts of the part are streamed.
  StepOutput compute(const StepPart& part, bool through_graph);
  // Layers [first, last), which write their keys and values to the cache and move its states on.
  // REQUIRES: the layers before were run.
  void run_layers(int first, int last);
  StepOutput finish();

  // begin, every layer, finish.
  StepOutput run(std::span<const SequenceStep> sequences, CacheMemory& cache);

  // Between begin() and finish(): the residual stream of all tokens of the step.
  ConstRows hidden_TD() const { return hidden_TD_; }
  // The same after the final norm.
  ConstRows normed_hidden_TD();

  // --- drafts: after finish(), of a model that has a loaded draft module ------------------------
  // Writes the pairs' keys and values to the draft layer's cache.
  StepOutput draft(std::span<const DraftStep> sequences, ConstRows hidden_TD, CacheMemory& cache);
  void keep_hidden(std::span<const KeptHidden> kept, ConstRows hidden_TD, CacheMemory& cache);

  // Between steps: takes the workspace of the largest step at once, so that no step takes more.
  void reserve(const Workspace& workspace);
  int64_t workspace_bytes() const;      // held
  Workspace largest_workspace() const;  // that a step so far has used

 private:
  void prepare(std::span<const SequenceStep> sequences, CacheMemory& cache);
  void upload_tokens(std::span<const SequenceStep> sequences, const StepFill& fill,
                     DeviceArena& arena);
  void upload_page_tables(std::span<const SequenceStep> sequences, int num_groups,
                          const StepFill& fill, DeviceArena& arena);
  void compute_angles(DeviceArena& arena);
  void embed(const WeightMatrix& table_VD, Rows out_TD);
  StepOutput run_operators(const StepPart& part);
  std::vector<int64_t> graph_key(const StepPart& part) const;
  Rows gather_draft_hidden(std::span<const DraftStep> sequences, ConstRows hidden_TD);
  float* hidden_place(const KeptHidden& kept) const;
  void run_layer(int index);
  void mix_tokens(int index, ConstRows normed_TD, Rows update_TD);
  StepOutput read_head(const DeviceVector& norm_D, DeviceArena& arena);
  void normalize(const DeviceVector& norm_D, ConstRows in_TD, int num_rows, Rows out_TD);
  void gate_norm(const NormGateWeights& gate, Rows normed_TD);
  void add_residual(const DeviceVector& norm_D, Rows update_TD);

  // The block ids of every sequence, for one group of layers.
  struct PageTable {
    const int32_t* ids = nullptr;
    int64_t stride = 0;
    std::vector<int32_t> on_host;
    std::optional<ExpandedKeys> expanded;  // made by the first layer that has use for them
  };
  const ExpandedKeys* expanded_keys_of(const LayerConfig& layer, PageTable& pages);
  void order_by_form(DeviceArena& arena);

  const Model& model_;
  Ops ops_;
  const int64_t serial_;                        // no other decoder has it
  std::vector<DeviceVector> rope_frequencies_;  // of each of the config's ropes, [dims / 2]
  DeviceArena step_arena_;                      // lives through a step
  DeviceArena layer_arena_;                     // lives through a layer
  DeviceArena draft_arena_;                     // lives through a draft

  // Of the step, or of the draft after it.
  CacheMemory* cache_ = nullptr;
  StepTokens tokens_;
  std::vector<PageTable> page_tables_;  // by group
  const int32_t* ids_T_ = nullptr;      // on the device, as what follows
  const int32_t* positions_T_ = nullptr;
  const int32_t* wanted_rows_ = nullptr;
  int num_wanted_ = 0;   // rows of the head, with padding
  int num_outputs_ = 0;  // without
  Rows hidden_TD_;
};

}  // namespace jangwon::runtime
