// How much memory a model's weights and its largest step take, without a weight and without a step.
//
// The step is rehearsed: the decoder's own code runs with operators that do nothing, over
// memory that is only counted. So the figures are those of the code, of every architecture, and
// cannot fall behind it.

#pragma once

#include <cstdint>
#include <vector>

#include "runtime/model/decoder.h"
#include "runtime/model/model_config.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

struct StepSize {
  int num_tokens = 0;
  int num_sequences = 0;
  int num_logit_rows = 0;
  int context_tokens = 0;  // of each sequence
  int num_drafts = 0;      // a sequence; 0: no drafts
};

struct RehearsedMemory {
  int64_t weight_bytes = 0;         // packed, beside the checkpoint's files
  int64_t mapped_weight_bytes = 0;  // of the files, read from there whenever they are used
  // Of both, by the part of the weights.
  int64_t embedding_bytes = 0;
  std::vector<int64_t> layer_bytes;
  std::vector<int64_t> expert_bytes;  // of a layer's bytes those of its routed experts
  int64_t head_bytes = 0;
  int64_t largest_part_bytes() const;  // of a layer or the head
  Workspace workspace;
  Workspace before_head;  // of a device that has no head
  ScratchNeeds scratch;
};

// A config alone announces how its tensors are stored; the files of an opened model say it.
struct ModelSource {
  ModelSource(const ModelConfig& c) : config(c) {}                    // NOLINT: implicit on purpose
  ModelSource(const Model& m) : config(m.config), files(&m.files) {}  // NOLINT
  const ModelConfig& config;
  const CheckpointFiles* files = nullptr;
};

// REQUIRES: at least a token a sequence. `device` is whose sizes count; nothing of it is run.
RehearsedMemory rehearse(const ModelSource& source, const OpTable& device, const StepSize& step);

}  // namespace jangwon::runtime
