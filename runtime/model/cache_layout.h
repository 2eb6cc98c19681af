// What the layers of a model keep between steps, from its config: layers with the same
// needs form a group.

#pragma once

#include "runtime/cache/kv_layout.h"
#include "runtime/model/model_config.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Where drafts need it, each block has room for the hidden state after the final norm of its last
// computed token. It stands in the layout as one more layer, which sees a token and the one before
// it, so that it is shared, swapped and cut as keys and values are.
constexpr int hidden_state_layer(const ModelConfig& config) {
  return config.num_hidden_layers + 1;
}

// A block takes as many bytes as the table's device makes of it.
CacheLayout make_cache_layout(const ModelConfig& config, const OpTable& ops);

}  // namespace jangwon::runtime
