// A loaded model: config, weights, the mapped files that some weights still lie in, and what was
// done with each tensor.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/io/safetensors.h"
#include "runtime/model/model_config.h"
#include "runtime/model/tensor_table.h"
#include "runtime/model/weights.h"

namespace jangwon::runtime {

struct LoadAudit {
  int num_used = 0;
  int64_t used_bytes = 0;
  struct Unused {
    std::string name;
    std::string shape;
    std::string reason;
  };
  std::vector<Unused> unused;                // in the files, known, not used
  std::vector<std::string> absent_optional;  // not in the files; counted as zero
};

struct Model {
  ModelConfig config;
  CheckpointFiles files;
  Weights weights;
  LoadAudit audit;
};

// The checkpoint in `dir`, whose files are mapped and of whose weights nothing is read yet.
// `config` was read there.
Result<std::unique_ptr<Model>> open_model(const std::string& dir, ModelConfig config);

// Whether the config announces a draft module and the files hold tensors of it.
bool holds_draft_module(const Model& model);

// Whose memory the weights go to: layers [first_layer, end_layer) of the model are one device's.
// The first stage has the embedding before its layers, the last one the head behind them.
struct StageOps {
  Ops ops;
  int first_layer = 0;
  int end_layer = 0;
  int first_streamed_layer = 0;  // from which on experts are packed to be streamed
};
std::vector<StageOps> one_stage(Ops ops, const ModelConfig& config);

// Told of bytes of the files that are in memory by now, and of how many there are.
using LoadProgress = std::function<void(int64_t done_bytes, int64_t total_bytes)>;

// Every part of the weights (model_loader.h), for good. The stages' operators must outlive the
// model.
Status load_weights(Model& model, const std::string& dir, const std::vector<StageOps>& stages,
                    const LoadProgress& progress = {});

// Every pattern of modules to leave unquantised must match a module of the table: one that matches
// nothing was written for another model or means something that we do not understand.
Status check_module_patterns(const TensorTable& table);

}  // namespace jangwon::runtime
