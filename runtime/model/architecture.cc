#include "runtime/model/architecture.h"

namespace jangwon::runtime {

TensorTable make_tensor_table(const ModelConfig& config, Weights& weights) {
  weights.layers.resize(static_cast<size_t>(config.num_hidden_layers + (config.drafts() ? 1 : 0)));
  TensorTable table(config, weights);
  config.architecture->add_tensors(table);
  return table;
}

}  // namespace jangwon::runtime
