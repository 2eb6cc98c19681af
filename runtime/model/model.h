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

// Told of bytes of the files that are in memory by now, and of how many there are.
using LoadProgress = std::function<void(int64_t done_bytes, int64_t total_bytes)>;

// Every part of the weights (model_loader.h), for good. `ops` must outlive the model.
Status load_weights(Model& model, const std::string& dir, Ops ops,
                    const LoadProgress& progress = {});

// Every pattern of modules to leave unquantised must match a module of the table: one that matches
// nothing was written for another model or means something that we do not understand.
Status check_module_patterns(const TensorTable& table);

}  // namespace jangwon::runtime
