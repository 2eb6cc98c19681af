// What the layers of a model keep between steps, from its config: layers with the same needs form a group.

#pragma once

#include "runtime/cache/kv_layout.h"
#include "runtime/model/model_config.h"

namespace jangwon::runtime {

CacheLayout make_cache_layout(const ModelConfig& config);

}  // namespace jangwon::runtime
