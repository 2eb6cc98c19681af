// What the layers of a model keep between steps, from its config: layers with the same needs form a group.

#pragma once

#include "runtime/cache/kv_layout.h"
#include "runtime/model/model_config.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// A block takes as many bytes as the table's device makes of it.
CacheLayout make_cache_layout(const ModelConfig& config, const OpTable& ops);

}  // namespace jangwon::runtime
