// How much memory a model takes with these options: every byte that grows with the model, the
// context or the batch, known before any of it is taken. `models show` prints it, loading holds
// the machine to it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/cache/kv_layout.h"
#include "runtime/device/devices.h"
#include "runtime/engine/engine_options.h"
#include "runtime/model/decoder.h"
#include "runtime/model/memory_rehearsal.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

enum class Residence { kAllLayers, kOneLayer };

// What one device holds: layers [first_layer, end_layer), with the embedding where they are the
// first ones, and the head.
struct StagePlan {
  std::string device;
  int entry = 0;  // of the list of devices
  int first_layer = 0;
  int end_layer = 0;
  bool has_head = true;
  Workspace workspace;
  int64_t weight_bytes = 0;  // what is read from the checkpoint's files among them
  int64_t cache_bytes = 0;   // keys, values and states
  int64_t scratch_bytes = 0;
  // From this layer on the experts of the stage's layers stay in the host's memory, and a step
  // copies those that it has use for. end_layer: none do.
  int first_streamed_layer = 0;
  int64_t streamed_bytes = 0;   // of the host
  int64_t available_bytes = 0;  // of the device; 0 where nobody asked

  int64_t device_bytes() const {
    return weight_bytes + cache_bytes + workspace.bytes() + scratch_bytes;
  }
};

struct MemoryPlan {
  Numerics numerics = Numerics::kFloat32;
  DType kv_cache_dtype = DType::kF32;
  Residence residence = Residence::kAllLayers;
  int64_t max_pass_tokens = 0;  // kOneLayer: tokens that are scored together
  int max_context_tokens = 0;
  int max_batch_size = 0;
  CacheLayout cache_layout;
  CacheCapacity cache_capacity;
  Workspace workspace;

  // in the form that the operators read; kOneLayer: of the largest layer or the head
  int64_t weight_bytes = 0;
  // read from the files while running: they should find room in memory, too
  int64_t mapped_weight_bytes = 0;
  int64_t kv_cache_bytes = 0;
  int64_t state_bytes = 0;
  int64_t workspace_bytes = 0;  // activations and logits of a step
  int64_t scratch_bytes = 0;    // of the operators: attention scores, decoded weights
  int64_t swap_bytes = 0;       // at most, of sequences that lost their place in the cache
  int64_t sequence_bytes = 0;   // tables of a batch of sequences
  int64_t hidden_bytes = 0;     // kOneLayer: hidden states of a pass
  int64_t streamed_bytes = 0;   // of experts that stay in the host's memory for GPUs
  // In the order in which they compute; one where a single device holds everything. The bytes above
  // are those of all of them together.
  std::vector<StagePlan> stages;

  int64_t total_bytes() const {
    return weight_bytes + mapped_weight_bytes + kv_cache_bytes + state_bytes + workspace_bytes +
           scratch_bytes + swap_bytes + sequence_bytes + hidden_bytes + streamed_bytes;
  }
};

// {"weights_bytes", …, "total_bytes"}, as every command writes a plan.
Json to_json(const MemoryPlan& plan);

// What a model is computed with where nobody wishes otherwise.
Numerics default_numerics(const ModelConfig& config, DeviceKind device);
DType default_cache_dtype(Numerics numerics);
// REQUIRES: one of made_weights_names(), or none. Groups of 128 for int8 and 32 for int4, where the
// name says nothing.
MadeWeights made_weights_of(const std::string& name);

// At least one whole context always fits the cache.
MemoryPlan plan_memory(const ModelSource& source, const EngineOptions& options, const OpTable& ops);

// The plan that fits into `available_bytes`: with a smaller cache than the options allow where
// it must be, as long as one context fits. Where nothing fits, an error that says which
// context or batch would.
Result<MemoryPlan> fit_memory(const ModelSource& source, const EngineOptions& options,
                              const OpTable& ops, int64_t available_bytes);

// The plan that scores layer by layer within `available_bytes`.
Result<MemoryPlan> fit_one_layer(const ModelSource& source, const EngineOptions& options,
                                 const OpTable& ops, int64_t available_bytes);

// The cache of a plan whose options, layout and numerics stand: capacity, bytes, and what it takes
// of the host.
void plan_cache(const EngineOptions& options, MemoryPlan& plan);
// The largest step that the plan allows, and its weights, over a device's operators.
RehearsedMemory rehearse_plan(const ModelSource& source, const EngineOptions& options,
                              const OpTable& ops, const MemoryPlan& plan);
// What stands in a plan before anything is counted.
MemoryPlan begin_plan(const ModelConfig& config, const EngineOptions& options, const OpTable& ops);
int threads_of(const EngineOptions& options);

std::string in_mib(int64_t bytes);

// Of a step, whatever the options say: each sequence of a full batch has room for a
// token and its drafts.
struct StepLimits {
  int tokens = 0;
  int logit_rows = 0;
};
StepLimits limits_of_step(const EngineOptions& options);

// Blocks of a group that one sequence can hold at a time.
int max_blocks_of_sequence(const KvGroup& group, int context_tokens, const EngineOptions& options);

}  // namespace jangwon::runtime
