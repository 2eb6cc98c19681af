// Tests: tests/runtime/model/cache_layout_test.cc.

#include "runtime/model/cache_layout.h"

#include <algorithm>

#include "runtime/model/attention_blocks.h"
#include "runtime/model/delta_block.h"

namespace jangwon::runtime {

namespace {

void add_layer(const KvGroup& needs, int layer, CacheLayout& layout) {
  auto group = std::find_if(layout.groups.begin(), layout.groups.end(), [&](const KvGroup& other) {
    return other.window == needs.window && other.dtype == needs.dtype &&
           other.bytes_per_block == needs.bytes_per_block;
  });
  if (group == layout.groups.end()) group = layout.groups.insert(group, needs);
  group->layers.push_back(layer);
}

}  // namespace

CacheLayout make_cache_layout(const ModelConfig& config, const OpTable& ops) {
  CacheLayout layout;
  const int num_layers = config.num_hidden_layers + (config.drafts() ? 1 : 0);
  for (int i = 0; i < num_layers; ++i) {
    const LayerConfig& layer = config.layer(i);
    if (layer.mixer == Mixer::kDeltaRule) {
      layout.states.push_back({i, ops.delta_state_bytes(delta_shape_of(config))});
      continue;
    }
    add_layer({.window = layer.window,
               .dtype = config.kv_cache_dtype,
               .bytes_per_block = ops.kv_block_bytes(attention_shape_of(config, layer)),
               .layers = {}},
              i, layout);
  }
  // One hidden state a block: the next pair needs that of the token before it.
  if (config.drafts()) {
    add_layer({.window = 2,
               .dtype = DType::kF32,
               .bytes_per_block = padded(config.hidden_size) * static_cast<int64_t>(sizeof(float)),
               .layers = {}},
              hidden_state_layer(config), layout);
  }
  return layout;
}

}  // namespace jangwon::runtime
