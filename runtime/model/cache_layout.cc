// Tests: tests/runtime/model/cache_layout_test.cc.

#include "runtime/model/cache_layout.h"

#include <algorithm>

#include "runtime/model/attention_blocks.h"

namespace jangwon::runtime {

CacheLayout make_cache_layout(const ModelConfig& config, const OpTable& ops) {
  CacheLayout layout;
  for (size_t i = 0; i < config.layers.size(); ++i) {
    const LayerConfig& layer = config.layers[i];
    const KvGroup needs{.window = layer.window,
                        .dtype = DType::kF32,
                        .bytes_per_block = ops.kv_block_bytes(attention_shape_of(config, layer)),
                        .layers = {}};
    auto group = std::find_if(layout.groups.begin(), layout.groups.end(), [&](const KvGroup& other) {
      return other.window == needs.window && other.dtype == needs.dtype &&
             other.bytes_per_block == needs.bytes_per_block;
    });
    if (group == layout.groups.end()) group = layout.groups.insert(group, needs);
    group->layers.push_back(static_cast<int>(i));
  }
  return layout;
}

}  // namespace jangwon::runtime
